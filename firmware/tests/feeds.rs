//! Runs on texts that cannot be, and feeds that come out of step.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{NoTask, Streams};
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};

fn text(context: u32, slots: u32) -> Run {
    let node = Node { slots, members: 2, amplitude: 4, clip: 7, skip: None, antithetic: false };
    Run {
        seed: 1,
        model: Description::egg(4, 1, 9).unwrap(),
        task: TaskKind::Text { context },
        estimator: Estimator::Node(node),
        optimizer: Optimizer::Residual,
        saturation: false,
    }
}

#[test]
fn runs_that_cannot_be() {
    let refusal = |run: Run| Plan::new(run, true).unwrap_err();
    let mlp = Description::mlp(&[4, 9], false).unwrap();
    assert_eq!(refusal(Run { model: mlp, ..text(2, 4) }), Error::Setting(Setting::Model));
    let samples = Run { task: TaskKind::Samples { count: 5 }, ..text(2, 4) };
    assert_eq!(refusal(samples), Error::Setting(Setting::Model));
    for (context, slots) in [(0, 4), (3, 4), (65_536, 65_536)] {
        assert_eq!(refusal(text(context, slots)), Error::Setting(Setting::Context), "{context} {slots}");
    }
    let weight = Weight {
        pairs: 1 << 20,
        samples: 1 << 10,
        own_samples: false,
        rank: 1,
        sigma_shift: 4,
        noise: Noise::Sign,
        clip: 1,
        credit: CreditTo::Pair,
    };
    let of = |weight, context| Run { estimator: Estimator::Weight(weight), ..text(context, 4) };
    assert_eq!(refusal(of(weight, 1025)), Error::Setting(Setting::Context));
    assert_eq!(refusal(of(Weight { own_samples: true, ..weight }, 1)), Error::Setting(Setting::Context));
    let per_sample = Weight { credit: CreditTo::Sample, pairs: 2, ..weight };
    assert_eq!(refusal(of(per_sample, 1)), Error::Setting(Setting::Task));
    assert!(Plan::new(of(weight, 1024), false).is_ok());
}

#[test]
fn feeds_out_of_step() {
    let run = text(2, 4);
    let Streams { count: 2, context: 2 } = run.streams().unwrap() else { panic!() };
    let plan = Plan::new(run.clone(), true).unwrap();
    let mut learner = Learner::new(vec![0; plan.needs() as usize / 8]);
    assert_eq!(learner.feed(1, 0, &[1]), Err(Error::NotConfigured));
    learner.configure(run, true).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    let feed = [1, 2, 3, 4, 5, 8, 0, 0, 0, 0, 0, 0, 0, 1];
    assert_eq!(learner.feed(2, 0, &feed), Err(Error::WrongGeneration { have: 0 }));
    assert_eq!(learner.feed(1, 1, &feed[1..]), Err(Error::NotFed { have: 0 }));
    assert_eq!(learner.feed(1, 0, &[0; 15]), Err(Error::OutOfRange { end: 15, has: 14 }));
    let mut bad = feed;
    bad[5] = 9;
    assert_eq!(learner.feed(1, 0, &bad), Err(Error::BadFeed { at: 5 }));
    bad[5] = 8;
    bad[9] = 128;
    assert_eq!(learner.feed(1, 0, &bad), Err(Error::BadFeed { at: 9 }));
    let mut out = [0; 64];
    assert_eq!(learner.evaluate(1, 0, 4, &mut NoTask, &mut out), Err(Error::NotFed { have: 0 }));
    assert_eq!(learner.credit(1, 0, 4, &[0; 4]), Err(Error::NotFed { have: 0 }));
    learner.feed(1, 0, &feed).unwrap();
    // A late repeat, whole or in part, changes nothing.
    learner.feed(1, 0, &bad[..3]).unwrap();
    let len = learner.evaluate(1, 0, 4, &mut NoTask, &mut out).unwrap();
    assert_eq!(learner.carried(), Err(Error::NoSuchUnits { end: 0, has: 4 }));
    learner.credit(1, 0, 4, &out[..len]).unwrap();
    assert_eq!(learner.carried().unwrap().len(), 8);
    learner.step(1000).unwrap();
    // The next generation reads on.
    assert_eq!(learner.evaluate(2, 0, 4, &mut NoTask, &mut out), Err(Error::NotFed { have: 0 }));
    let trained = learner.train(2, 1, Pace::Constant(1), &mut NoTask, &mut Quiet, &mut out);
    assert_eq!(trained, Err(Error::NotFed { have: 0 }));
}
