//! Texts that a learner holds: it trains alone to the bytes that it gets to where a host feeds it.

#![cfg(feature = "recurrent")]

use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{InArena, NoTask, SampleStore};
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, Section, State, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::checksum_of;
use eggroll_firmware::{Error, Setting};

const VOCABULARY: u32 = 9;
const CONTEXT: u32 = 3;
const TEXT: [u8; 23] = [0, 3, 1, 4, 1, 5, 2, 6, 5, 3, 5, 8, 0, 7, 2, 3, 8, 4, 6, 2, 6, 4, 3];
const LAST: u32 = 9;

const NODE: Node = Node { slots: 12, members: 3, amplitude: 8, clip: 9, skip: Some(1), antithetic: false };

fn runs() -> [Run; 4] {
    let guided = Guided {
        node: Node { members: 0, clip: 127, skip: None, ..NODE },
        member_slots: 1,
        residual_weight: 0,
        guide_scale: 64,
        train: LayerSet::ALL,
    };
    let weight = Weight {
        pairs: 5,
        samples: 4,
        own_samples: false,
        rank: 1,
        sigma_shift: 2,
        noise: Noise::Sign,
        clip: 127,
        credit: CreditTo::Pair,
    };
    let of = |estimator, optimizer| Run {
        seed: 3,
        model: Description::egg(6, 2, VOCABULARY).unwrap(),
        task: TaskKind::Text { context: CONTEXT },
        estimator,
        optimizer,
        saturation: false,
    };
    let residual = |estimator| of(estimator, Optimizer::Residual);
    [
        residual(Estimator::Guided(guided)),
        of(Estimator::Guided(guided), Optimizer::Vote { reference_rank_scale: false }),
        residual(Estimator::Node(NODE)),
        residual(Estimator::Weight(weight)),
    ]
}

const fn pace(run: &Run) -> Pace {
    let initial = if matches!(run.optimizer, Optimizer::Residual) { 40_000 } else { 24 };
    Pace::Linear { initial, generations: 12 }
}

fn held(run: &Run, tokens: u32) -> Run {
    Run { task: TaskKind::HeldText { context: CONTEXT, tokens }, ..run.clone() }
}

/// What a board needs to go on from a generation.
#[derive(Clone, Debug, PartialEq)]
struct Point {
    state: State,
    weights: Vec<i8>,
    residuals: Vec<i16>,
    feed: Vec<u8>,
}

/// Generation by generation, the tokens and states from outside: the points before each, and the scores.
fn fed(run: &Run) -> (Vec<Point>, Vec<Vec<u8>>) {
    let plan = Plan::new(run.clone(), true).unwrap();
    let mut learner = Learner::new(vec![0; plan.needs() as usize / 8]);
    learner.configure(run.clone(), true).unwrap();
    learner.initialize().unwrap();
    let mut state = learner.start(0).unwrap();
    let (streams, state_len) = (run.streams().unwrap(), plan.program().state_len());
    let mut states = vec![0; streams.count as usize * state_len];
    let (mut points, mut scores) = (vec![], vec![]);
    for generation in 1..=LAST + 1 {
        let mut feed = vec![];
        for stream in 0..streams.count {
            let start = streams.start(stream, generation, TEXT.len() as u64) as usize;
            feed.extend((start..=start + CONTEXT as usize).map(|at| TEXT[at % TEXT.len()]));
        }
        feed.extend(states.iter().map(|&s: &i8| s as u8));
        let (weights, residuals) = (learner.weights().to_vec(), learner.residuals().to_vec());
        points.push(Point { state, weights, residuals, feed: feed.clone() });
        learner.feed(generation, 0, &feed).unwrap();
        let (mut out, units) = ([0; 400], run.estimator.units());
        let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut out).unwrap();
        learner.credit(generation, 0, units, &out[..len]).unwrap();
        states = learner.carried().unwrap().to_vec();
        state = learner.step(pace(run).at(generation)).unwrap().0;
        scores.push(out[..len].to_vec());
    }
    (points, scores)
}

/// A learner of a run, with its text, that goes on from a point.
fn from<S: SampleStore>(run: &Run, store: S, point: &Point) -> Learner<Vec<u64>, S> {
    let (run, pace) = (held(run, TEXT.len() as u32), pace(run));
    let words = Plan::new(run.clone(), true).unwrap().needs() as usize / 8;
    let mut learner = Learner::with_store(vec![u64::MAX; words], store);
    learner.configure(run, true).unwrap();
    if !learner.expect_samples(checksum_of(&TEXT)).unwrap() {
        for (place, bytes) in TEXT.chunks(5).enumerate() {
            learner.load(Section::Samples, 5 * place as u32, bytes).unwrap();
        }
    }
    let weights: Vec<u8> = point.weights.iter().map(|&w| w as u8).collect();
    learner.load(Section::Weights, 0, &weights).unwrap();
    let residuals: Vec<u8> = point.residuals.iter().flat_map(|r| r.to_le_bytes()).collect();
    learner.load(Section::Residuals, 0, &residuals).unwrap();
    let begins = point.state.generation;
    learner.start(begins).unwrap();
    let (mut out, trained) = ([0; 400], Err(Error::NotFed { have: 0 }));
    assert_eq!(learner.train(begins + 1, 1, pace, &mut NoTask, &mut Quiet, &mut out), trained);
    assert_eq!(learner.state(), Some(point.state));
    learner.feed(begins + 1, 0, &point.feed).unwrap();
    learner
}

/// Lets a learner train to the last generation, so many at a time; what it holds then, and all scores.
fn alone<S: SampleStore>(
    learner: &mut Learner<Vec<u64>, S>,
    count: u32,
    room: usize,
) -> (State, Vec<i8>, Vec<u8>) {
    let pace = pace(learner.plan().unwrap().run());
    let mut scores = vec![];
    let mut next = learner.state().unwrap().generation + 1;
    while next <= LAST {
        let mut out = vec![0; room];
        let count = count.min(LAST + 1 - next);
        let (done, len) = learner.train(next, count, pace, &mut NoTask, &mut Quiet, &mut out).unwrap();
        assert!((1..=count).contains(&done), "{done} of {count}");
        scores.extend_from_slice(&out[..len]);
        next += done;
    }
    (learner.state().unwrap(), learner.weights().to_vec(), scores)
}

#[test]
fn a_learner_alone_gets_to_where_a_host_feeds_it() {
    for run in runs() {
        let (points, scores) = fed(&run);
        let Point { state, weights, feed, .. } = &points[LAST as usize];
        assert!(*weights != points[0].weights, "it would show nothing: {run:?}");
        let room = run.estimator.shape().room(run.estimator.units() as usize);
        for (begins, count, room) in [(0, LAST, 4000), (0, 1, 400), (0, LAST, 2 * room + 1), (4, 2, 400)] {
            let mut learner = from(&run, InArena, &points[begins]);
            let (at, by, reported) = alone(&mut learner, count, room);
            assert_eq!((at, &by), (*state, weights), "{begins}, {count} at a time: {run:?}");
            assert_eq!(reported, scores[begins..LAST as usize].concat());
            // What comes next is here: the same from a host changes nothing, and is not needed.
            learner.feed(LAST + 1, 0, feed).unwrap();
            let mut out = [0; 400];
            let len = learner.evaluate(LAST + 1, 0, run.estimator.units(), &mut NoTask, &mut out).unwrap();
            assert_eq!(out[..len], *scores[LAST as usize]);
        }
    }
}

/// A store beside the arena.
struct Beside(Vec<u8>);

impl SampleStore for Beside {
    fn capacity(&self) -> usize {
        self.0.len()
    }

    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn erase(&mut self, len: usize) -> Result<(), Error> {
        self.0[..len].fill(0xFF);
        Ok(())
    }

    fn write(&mut self, offset: usize, bytes: &[u8]) -> Result<(), Error> {
        self.0[offset..offset + bytes.len()].copy_from_slice(bytes);
        Ok(())
    }
}

#[test]
fn a_text_in_a_store() {
    for run in runs() {
        let (points, _) = fed(&run);
        let mut there = vec![0; TEXT.len() + 9];
        for reset in [false, true] {
            let mut learner = from(&run, Beside(there.clone()), &points[0]);
            let (state, weights, _) = alone(&mut learner, 4, 400);
            let expected = &points[LAST as usize];
            assert_eq!((state, weights), (expected.state, expected.weights.clone()), "{reset}");
            there[..TEXT.len()].copy_from_slice(&TEXT);
        }
        let run = held(&run, TEXT.len() as u32);
        let needs = Plan::new(run.clone(), true).unwrap().needs() - TEXT.len().next_multiple_of(8) as u64;
        let mut learner = Learner::with_store(vec![0; needs as usize / 8], Beside(there));
        assert_eq!(learner.configure(run.clone(), true), Ok(needs), "the arena has no copy of it");
        assert_eq!(learner.expect_samples(checksum_of(&TEXT)), Ok(true));
        let mut small = Learner::with_store(vec![0; needs as usize / 8], Beside(vec![0; 20]));
        let refused = Err(Error::StoreTooSmall { needs: TEXT.len() as u64, has: 20 });
        assert_eq!(small.configure(run, true), refused);
    }
}

#[test]
fn what_is_refused() {
    let [run, ..] = runs();
    let nothing = Plan::new(held(&run, 0), true);
    assert_eq!(nothing.map(|_| ()), Err(Error::Setting(Setting::Task)));
    let run = held(&run, TEXT.len() as u32);
    let needs = Plan::new(run.clone(), true).unwrap().needs();
    let mut small = Learner::new(vec![0; needs as usize / 8 - 1]);
    assert_eq!(small.configure(run.clone(), true), Err(Error::ArenaTooSmall { needs, has: needs - 8 }));
    let mut learner = Learner::new(vec![0; needs as usize / 8]);
    learner.configure(run.clone(), true).unwrap();
    learner.initialize().unwrap();
    let mut text = TEXT;
    text[7] = 9;
    assert_eq!(learner.expect_samples(checksum_of(&text)), Ok(false));
    assert_eq!(learner.start(0), Err(Error::SamplesDiffer), "no start without the text");
    assert_eq!(learner.expect_samples(checksum_of(&text)), Ok(false));
    learner.load(Section::Samples, 0, &text).unwrap();
    assert_eq!(learner.start(0), Err(Error::BadSample { at: 7 }), "a token that the model does not have");
    let beyond = learner.load(Section::Samples, 20, &text[..4]);
    assert_eq!(beyond, Err(Error::OutOfRange { end: 24, has: 23 }));
    assert_eq!(learner.expect_samples(checksum_of(&TEXT)), Ok(false));
    learner.load(Section::Samples, 0, &TEXT).unwrap();
    learner.start(0).unwrap();
    // Who does not move its weights itself cannot go on.
    let mut follower = Learner::new(vec![0; needs as usize / 8]);
    follower.configure(run.clone(), false).unwrap();
    follower.load(Section::Samples, 0, &TEXT).unwrap();
    follower.start(0).unwrap();
    let trained = follower.train(1, 1, pace(&run), &mut NoTask, &mut Quiet, &mut [0; 400]);
    assert_eq!(trained, Err(Error::NoLocalUpdate));
}
