//! Regression against `tests/vectors/regression.json`, which an implementation of its own made from the
//! document: scores, scaling back, and whole generations of every estimator.

mod common;

use common::pack;
use common::vectors::{flat, list, number};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{Loss, NoTask, Samples, Target, TargetKind, raw_value};
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/regression.json")).unwrap()
}

#[test]
fn scores_and_errors() {
    for case in list(&vectors()["scores"]) {
        let (values, outputs): (Vec<i8>, Vec<i8>) = (flat(&case["targets"]), flat(&case["outputs"]));
        let target = |loss| Target::Values { values: &values, loss };
        assert_eq!(target(Loss::Squared).score(&outputs), number::<i32>(&case["squared"]), "{case}");
        assert_eq!(target(Loss::Absolute).score(&outputs), number::<i32>(&case["absolute"]), "{case}");
        let mut error = vec![0; outputs.len()];
        target(Loss::Squared).error(&outputs, &mut error);
        assert_eq!(error, flat::<i8>(&case["error"]), "{case}");
    }
}

#[test]
fn outputs_become_raw_values() {
    for case in list(&vectors()["scaling"]) {
        let (centre, mul, shift) = (number(&case["centre"]), number(&case["mul"]), number(&case["shift"]));
        assert_eq!(
            raw_value(number(&case["output"]), centre, mul, shift),
            number::<i32>(&case["back"]),
            "{case}"
        );
    }
    assert_eq!(raw_value(127, 5, -1, 9), 5);
    assert_eq!(raw_value(-127, i32::MIN, 1, 255), i32::MIN);
}

/// Where a step is finer than a raw unit is wide, nothing is lost on the way back.
#[test]
fn every_output_is_its_own_target() {
    for (mul, shift) in [(1, 1), (3, 2), (27_235, 16), (1, 20), ((1 << 30) - 1, 30)] {
        for y in -127..=127 {
            let raw = i64::from(raw_value(y, 1000, mul, shift));
            let scaled = ((raw - 1000) * i64::from(mul) + (1 << (shift - 1))) >> shift;
            assert_eq!(scaled, i64::from(y), "{mul} {shift}");
        }
    }
}

fn estimator_of(name: &str, case: &Value) -> Estimator {
    let noise = if case["noise"] == "near-normal" { Noise::NearNormal } else { Noise::Sign };
    if name.starts_with("weight") {
        let credit = if case["credit"] == "sample" { CreditTo::Sample } else { CreditTo::Pair };
        return Estimator::Weight(Weight {
            pairs: number(&case["pairs"]),
            samples: number(&case["samples"]),
            own_samples: case["own_samples"] == true,
            rank: number(&case["rank"]),
            sigma_shift: number(&case["sigma_shift"]),
            noise,
            clip: number(&case["clip"]),
            credit,
        });
    }
    let node = Node {
        slots: number(&case["slots"]),
        members: number(&case["members"]),
        amplitude: number(&case["amplitude"]),
        clip: number(&case["clip"]),
        skip: case["skip"].as_u64().map(|skip| skip as u16),
        antithetic: case["antithetic"] == true,
    };
    if name.starts_with("node") {
        return Estimator::Node(node);
    }
    Estimator::Guided(Guided {
        node,
        member_slots: number(&case["member_slots"]),
        residual_weight: number(&case["residual_weight"]),
        guide_scale: number(&case["guide_scale"]),
        train: LayerSet::of(flat::<usize>(&case["trained"])).unwrap(),
    })
}

/// A case's run, and its records.
fn run_of(v: &Value, name: &str) -> (Run, Vec<u8>) {
    let case = &v[name];
    let own = |key: &'static str| if case[key].is_null() { &v[key] } else { &case[key] };
    let rows = list(own("inputs")).iter().zip(list(own("targets")));
    let records: Vec<u8> = rows
        .flat_map(|(input, targets)| [flat::<i8>(input), flat(targets)].concat())
        .map(i8::cast_unsigned)
        .collect();
    let vote = Optimizer::Vote { reference_rank_scale: false };
    let run = Run {
        seed: number(&v["seed"]),
        model: Description::mlp(&flat(&case["sizes"]), case["bias"] == true).unwrap(),
        task: TaskKind::Regression {
            count: list(own("inputs")).len() as u32,
            loss: if case["loss"] == "absolute" { Loss::Absolute } else { Loss::Squared },
        },
        estimator: estimator_of(name, case),
        optimizer: if case["vote"] == true { vote } else { Optimizer::Residual },
        saturation: case["saturation"] == true,
    };
    (run, records)
}

fn begun(v: &Value, name: &str, updates: bool) -> Learner<Vec<u64>> {
    let ((run, records), case) = (run_of(v, name), &v[name]);
    let needs = Plan::new(run.clone(), updates).unwrap().needs();
    let mut learner = Learner::new(vec![0; needs.div_ceil(8) as usize]);
    learner.configure(run, updates).unwrap();
    learner.load(Section::Samples, 0, &records).unwrap();
    let start: Vec<i8> = flat(&case["start"]);
    learner.load(Section::Weights, 0, bytemuck::cast_slice(&start)).unwrap();
    if updates && !case["start_guide"].is_null() {
        let guide = flat::<i16>(&case["start_guide"]);
        let bytes: Vec<u8> = guide.iter().flat_map(|g| g.to_le_bytes()).collect();
        learner.load(Section::Guide, 0, &bytes).unwrap();
    }
    learner.start(0).unwrap();
    learner
}

#[test]
fn generations() {
    let v = vectors();
    let names = v.as_object().unwrap().keys().filter(|name| !v[*name]["generations"].is_null());
    let mut count = 0;
    for name in names {
        count += 1;
        let case = &v[name];
        let (mut told, mut alone, mut board) =
            (begun(&v, name, true), begun(&v, name, true), begun(&v, name, false));
        let estimator = told.plan().unwrap().run().estimator;
        let (shape, units, rate) = (estimator.shape(), estimator.units(), number(&case["rate"]));
        for (generation, expected) in (1..).zip(list(&case["generations"])) {
            let mut values = flat::<i16>(&expected["f"]).into_iter();
            let kept = list(&expected["kept"]).iter().enumerate();
            let report: Vec<_> = kept
                .map(|(unit, kept)| {
                    // Without members of a guided run nobody reports which slots are kept.
                    let kept = kept == true || shape.is_silent();
                    kept.then(|| values.by_ref().take(shape.values_of(unit) as usize).collect())
                })
                .collect();
            let wanted = pack(shape, &report);
            let mut reply = [0; 256];
            for learner in [&mut told, &mut board] {
                let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut reply).unwrap();
                assert_eq!(reply[..len], wanted, "{name} {generation}");
            }
            told.credit(generation, 0, units, &wanted).unwrap();
            told.step(rate).unwrap();
            let pace = Pace::Constant(rate);
            alone.train(generation, 1, pace, &mut NoTask, &mut Quiet, &mut reply).unwrap();
            for learner in [&mut told, &mut alone] {
                assert_eq!(learner.weights(), flat::<i8>(&expected["weights"]), "{name} {generation}");
                assert_eq!(learner.residuals(), flat::<i16>(&expected["residuals"]), "{name} {generation}");
                if !expected["guide"].is_null() {
                    assert_eq!(learner.guide(), flat::<i16>(&expected["guide"]), "{name} {generation}");
                }
            }
            let weights: Vec<i8> = flat(&expected["weights"]);
            board.load(Section::Weights, 0, bytemuck::cast_slice(&weights)).unwrap();
            board.start(generation).unwrap();
        }
    }
    assert_eq!(count, 15);
}

#[test]
fn what_could_leave_its_integer_is_refused() {
    let v = vectors();
    let refused = |run: Run| Plan::new(run, true).unwrap_err();
    let (guided, _) = run_of(&v, "guided_one_hidden");
    let task = TaskKind::Regression { count: 5, loss: Loss::Absolute };
    assert_eq!(refused(Run { task, ..guided.clone() }), Error::Setting(Setting::Loss));
    let task = TaskKind::Regression { count: 0, loss: Loss::Squared };
    assert_eq!(refused(Run { task, ..guided }), Error::Setting(Setting::Task));
    let (run, _) = run_of(&v, "weight_squared");
    let Estimator::Weight(weight) = run.estimator else { panic!() };
    let with = |loss, samples| {
        let task = TaskKind::Regression { count: 5, loss };
        let model = Description::mlp(&[8, 4096], false).unwrap();
        Plan::new(
            Run { model, task, estimator: Estimator::Weight(Weight { samples, ..weight }), ..run.clone() },
            false,
        )
    };
    // 4096 outputs: 16,516,096 in 16 squares, 1,040,384 steps.
    assert!(with(Loss::Squared, 130).is_ok() && with(Loss::Absolute, 2064).is_ok());
    for (loss, samples) in [(Loss::Squared, 131), (Loss::Absolute, 2065)] {
        assert_eq!(with(loss, samples).unwrap_err(), Error::Setting(Setting::Errors));
    }
}

#[test]
fn a_target_below_the_range_is_refused() {
    let v = vectors();
    let (run, mut records) = run_of(&v, "node_squared");
    let kind = TargetKind::Values { outputs: 3, loss: Loss::Squared };
    assert_eq!(Samples::with(&records, 8, kind).len(), 19);
    records[2 * 11 + 9] = 128;
    assert_eq!(Samples::with(&records, 8, kind).first_invalid(3), Some(2));
    let mut learner = Learner::new(vec![0; 4096]);
    learner.configure(run, true).unwrap();
    learner.load(Section::Samples, 0, &records).unwrap();
    learner.initialize().unwrap();
    assert_eq!(learner.start(0).unwrap_err(), Error::BadSample { at: 2 });
}
