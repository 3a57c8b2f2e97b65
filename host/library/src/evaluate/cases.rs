//! Random runs of every kind, with odd shapes and extreme values, and a comparison with the firmware's
//! scores.

use super::ReferenceEvaluator;
use crate::convolutions;
use crate::run::{Identity, Schedule};
use crate::update::{Setup, Sync};
use eggroll_batch::evaluate::is_batched;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Activation, Description, Layer, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::{Loss, TargetKind};
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use proptest::prelude::*;
use std::iter::once;
use std::ops::Range;
use std::sync::Arc;

/// Pseudo-random activations and weights; with `true`, only the largest and smallest.
struct Values(u64, bool);

impl Values {
    fn next(&mut self) -> i8 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        let value = (self.0 >> 33) as i32 % 255 - 127;
        // Extreme weights saturate everything.
        (if self.1 { 127 * value.signum() } else { value / 2 }) as i8
    }

    fn bytes(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| self.next()).collect()
    }
}

/// A run with everything that the evaluation of a generation needs.
#[derive(Debug)]
pub(crate) struct Case {
    pub(crate) setup: Arc<Setup>,
    pub(crate) weights: Arc<[i8]>,
    pub(crate) feed: Vec<u8>,
}

/// The generation that is evaluated.
pub(crate) const GENERATION: u32 = 3;

impl Case {
    /// Makes a run on values of a seed. With `extremes` every value has the largest magnitude.
    pub(super) fn new(run: Run, seed: u64, extremes: bool) -> Self {
        let mut values = Values(seed, extremes);
        let plan = Plan::new(run.clone(), false).unwrap();
        let (program, samples) = (plan.program(), run.samples() as usize);
        let mut records = Vec::new();
        for _ in 0..samples {
            records.extend(values.bytes(program.inputs()).iter().map(|&x| x.cast_unsigned()));
            if let TargetKind::Values { outputs, .. } = run.target_kind() {
                records.extend(values.bytes(outputs).iter().map(|&t| t.cast_unsigned()));
            } else {
                records.push(values.next().unsigned_abs() % program.outputs() as u8);
            }
        }
        let feed = run.streams().map_or(Vec::new(), |streams| {
            let tokens = streams.count as usize * (streams.context as usize + 1);
            let states = streams.count as usize * program.state_len();
            let mut feed: Vec<u8> = (0..tokens)
                .map(|_| (usize::from(values.next().unsigned_abs()) % program.outputs()) as u8)
                .collect();
            feed.extend(values.bytes(states).iter().map(|&s| s.cast_unsigned()));
            feed
        });
        let weights: Arc<[i8]> = values.bytes(program.parameters()).into();
        let (text, sync) = (Arc::from([]), Sync::default());
        let identity = Identity::new(&run, Schedule::Q(0), 1, &records, &text, None);
        let setup = Arc::new(Setup {
            run,
            samples: records,
            text,
            start: None,
            identity,
            sync,
            own: None,
            holds_text: false,
        });
        Self { setup, weights, feed }
    }

    pub(super) fn plan(&self) -> Plan {
        Plan::new(self.setup.run.clone(), false).unwrap()
    }

    /// Compares the scores of several ranges with the firmware's. A range beyond the last unit must be
    /// refused.
    pub(super) fn check(&self, scores: impl FnMut(Range<u32>) -> Result<Vec<u8>, Error>) {
        let units = self.setup.run.estimator.units();
        self.check_ranges([0..units, 1..units.div_ceil(2), units - 1..units], scores);
    }

    /// The same with ranges that begin at any unit, since which units have members depends on their number.
    pub(super) fn check_from_any_unit(&self, scores: impl FnMut(Range<u32>) -> Result<Vec<u8>, Error>) {
        let units = self.setup.run.estimator.units();
        let from = |first: u32| first..units.min(first + 1 + first % 6);
        self.check_ranges((0..units).map(from).chain(once(0..units)), scores);
    }

    fn check_ranges(
        &self,
        ranges: impl IntoIterator<Item = Range<u32>>,
        mut scores: impl FnMut(Range<u32>) -> Result<Vec<u8>, Error>,
    ) {
        let mut reference = ReferenceEvaluator::new(&self.setup).unwrap();
        let units = self.setup.run.estimator.units();
        for range in ranges {
            let expected = reference.scores(GENERATION, &self.weights, &self.feed, range.clone()).unwrap();
            assert_eq!(scores(range.clone()).unwrap(), expected, "{range:?} {:?}", self.setup.run);
        }
        let beyond = Error::NoSuchUnits { end: u64::from(units) + 1, has: units };
        assert_eq!(scores(0..units + 1), Err(beyond));
    }
}

/// Runs so many cases, and does not record failures in a file.
pub(crate) fn cases(cases: u32) -> ProptestConfig {
    ProptestConfig { failure_persistence: None, cases, ..Default::default() }
}

fn noise() -> impl Strategy<Value = Noise> {
    prop_oneof![Just(Noise::Sign), Just(Noise::NearNormal)]
}

fn run(seed: u64, model: Description, task: TaskKind, estimator: Estimator) -> Run {
    let optimizer = Optimizer::Vote { reference_rank_scale: false };
    Run { seed: seed as u32, model, task, estimator, optimizer, saturation: false }
}

/// Samples of any kind: with labels in one case of three, else of a regression.
fn on_samples(count: u32, seed: u64) -> TaskKind {
    match seed % 3 {
        0 => TaskKind::Samples { count },
        1 => TaskKind::Regression { count, loss: Loss::Squared },
        _ => TaskKind::Regression { count, loss: Loss::Absolute },
    }
}

/// Estimator `weight` on samples.
pub(super) fn pairs_on_samples() -> impl Strategy<Value = Case> {
    let sizes = proptest::collection::vec(1u32..70, 2..5);
    let perturbation = (1u8..=8, 0u8..8, noise());
    let flags = any::<(bool, bool, bool, bool)>();
    let counts = (prop_oneof![Just(1i16), Just(7), Just(300)], 1u32..9, 1u32..130, any::<u64>());
    (sizes, perturbation, flags, counts).prop_map(|(sizes, perturbation, flags, counts)| {
        let ((rank, sigma_shift, noise), (clip, pairs, samples, seed)) = (perturbation, counts);
        let (bias, own_samples, per_sample, extremes) = flags;
        let own_samples = own_samples && !per_sample;
        let credit = if per_sample { CreditTo::Sample } else { CreditTo::Pair };
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let model = Description::mlp(&sizes, bias).unwrap();
        let run = run(seed, model, on_samples(11, seed), Estimator::Weight(settings));
        Case::new(run, seed, extremes)
    })
}

/// Estimator `weight` with pairs enough for several chunks; what they are evaluated on does not matter.
#[cfg(feature = "cuda")]
pub(super) fn pairs_to_credit() -> impl Strategy<Value = Case> {
    let sizes = proptest::collection::vec(1u32..150, 2..4);
    let counts = (1u32..600, 1u8..=8, noise(), any::<bool>(), any::<u64>());
    (sizes, counts).prop_map(|(sizes, (pairs, rank, noise, bias, seed))| {
        let (samples, own_samples, sigma_shift, clip, credit) = (1, false, 4, 1, CreditTo::Pair);
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let model = Description::mlp(&sizes, bias).unwrap();
        let run = run(seed, model, TaskKind::Samples { count: 1 }, Estimator::Weight(settings));
        Case::new(run, seed, false)
    })
}

/// Estimator `node` on samples.
pub(super) fn slots_on_samples() -> impl Strategy<Value = Case> {
    let sizes = proptest::collection::vec(1u32..70, 2..5);
    let counts = (1u32..60, 1u32..9, 1u8..=127, 1i16..=127);
    let flags = any::<(bool, bool, bool, bool)>();
    (sizes, counts, flags, 0u16..200, any::<u64>()).prop_map(|(sizes, counts, flags, skip, seed)| {
        let ((slots, members, amplitude, clip), (bias, antithetic, skips, extremes)) = (counts, flags);
        let skip = skips.then_some(skip);
        let estimator = Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic });
        let model = Description::mlp(&sizes, bias).unwrap();
        Case::new(run(seed, model, on_samples(11, seed), estimator), seed, extremes)
    })
}

/// Estimator `node` with a guide, on samples: of up to four layers some are trained, or all, and hidden ones
/// may be linear.
pub(crate) fn guided_slots() -> impl Strategy<Value = Case> {
    let sizes = (proptest::collection::vec(1u32..70, 1..5), 2u32..=40);
    let counts = (1u32..30, 0u32..=5, 1u32..=4, 1u8..=127, 1i16..=127);
    let flags = any::<(bool, bool, bool, u8, u8)>();
    (sizes, counts, flags, 0u16..200, any::<u64>()).prop_map(|(sizes, counts, flags, skip, seed)| {
        let ((mut sizes, outputs), (slots, members, member_slots, amplitude, clip)) = (sizes, counts);
        let (bias, skips, extremes, trained, linear) = flags;
        sizes.push(outputs);
        let layers = sizes.len() - 1;
        let some = LayerSet::of((0..layers).filter(|layer| trained >> layer & 1 == 1)).unwrap();
        let train = if some.is_empty() { LayerSet::ALL } else { some };
        // There are no members where no hidden layer is trained.
        let members = if train.before(layers - 1).is_empty() { 0 } else { members };
        let (skip, antithetic) = (skips.then_some(skip), false);
        let node = Node { slots, members, amplitude, clip, skip, antithetic };
        let (residual_weight, guide_scale) = (16, 256);
        let guided = Guided { node, member_slots, residual_weight, guide_scale, train };
        let mut model = Description::mlp(&sizes, bias).unwrap();
        for (place, layer) in model.layers.iter_mut().enumerate() {
            if let (Layer::Dense { activation, .. }, 1) = (layer, linear >> place & 1) {
                *activation = Activation::None;
            }
        }
        // With a guide the loss is squared.
        let task = on_samples(11, seed % 2);
        Case::new(run(seed, model, task, Estimator::Guided(guided)), seed, extremes)
    })
}

/// An EGG model, with a ReLU or without, as the seed has it.
pub(crate) fn language_model(seed: u64, width: u32, blocks: u32, vocabulary: u32) -> Description {
    let of = if seed & 2 == 0 { Description::egg } else { Description::egg_relu };
    of(width, blocks, vocabulary).unwrap()
}

/// Estimator `weight` on texts.
pub(crate) fn pairs_on_texts() -> impl Strategy<Value = Case> {
    let shape = (1u32..40, 1u32..4, 2u32..90);
    let perturbation = (1u8..=8, 0u8..8, noise());
    let counts = (1u32..9, 1u32..4, 1u32..12, any::<u64>());
    (shape, perturbation, any::<(bool, bool)>(), counts).prop_map(|(shape, perturbation, flags, counts)| {
        let ((width, blocks, vocabulary), (rank, sigma_shift, noise)) = (shape, perturbation);
        let ((own_samples, extremes), (pairs, samples, context, seed)) = (flags, counts);
        let (clip, credit) = (500, CreditTo::Pair);
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let model = language_model(seed, width, blocks, vocabulary);
        Case::new(run(seed, model, TaskKind::Text { context }, Estimator::Weight(settings)), seed, extremes)
    })
}

/// Estimator `node` on texts.
pub(crate) fn slots_on_texts() -> impl Strategy<Value = Case> {
    let shape = (1u32..70, 1u32..4, 2u32..90);
    let counts = (1u32..9, 1u32..7, 1u32..6, 1u8..=127, 1i16..=127);
    let flags = any::<(bool, bool, bool)>();
    (shape, counts, flags, 0u16..200, any::<u64>()).prop_map(|(shape, counts, flags, skip, seed)| {
        let ((width, blocks, vocabulary), (streams, context, members, amplitude, clip)) = (shape, counts);
        let (antithetic, skips, extremes) = flags;
        let (slots, skip) = (streams * context, skips.then_some(skip));
        let estimator = Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic });
        let model = language_model(seed, width, blocks, vocabulary);
        Case::new(run(seed, model, TaskKind::Text { context }, estimator), seed, extremes)
    })
}

/// The same runs behind a frozen front of some tensors, on samples of their own.
pub(super) fn behind_front(runs: impl Strategy<Value = Case>) -> impl Strategy<Value = Case> {
    (runs, 0u16..100, any::<(u64, bool)>()).prop_map(|(case, tensors, (seed, extremes))| {
        let mut run = case.setup.run.clone();
        let front = Layer::Front { outputs: run.model.inputs, tensors };
        run.model.layers.insert(0, front).unwrap();
        if let Estimator::Guided(Guided { train, .. }) = &mut run.estimator
            && *train != LayerSet::ALL
        {
            let layers = run.model.layers.len();
            *train = LayerSet::of((1..layers).filter(|layer| train.has(layer - 1))).unwrap();
        }
        Case::new(run, seed, extremes)
    })
}

/// A convolutional model of a seed, small or with many channels, and the seed's other numbers.
fn windows(seed: u64, linear: bool) -> (Description, convolutions::Dice) {
    let mut dice = convolutions::Dice(seed);
    let most = [4, 40][dice.below(2)];
    (convolutions::convolutional(&mut dice, linear, most), dice)
}

/// Estimator `weight` on samples, of convolutional models.
pub(super) fn pairs_on_windows() -> impl Strategy<Value = Case> {
    let perturbation = (1u8..=8, 0u8..8, noise());
    let flags = any::<(bool, bool, bool)>();
    let counts = (prop_oneof![Just(1i16), Just(7), Just(300)], 1u32..9, 1u32..20, any::<u64>());
    let runs = (perturbation, flags, counts).prop_map(|(perturbation, flags, counts)| {
        let ((rank, sigma_shift, noise), (clip, pairs, samples, seed)) = (perturbation, counts);
        let (own_samples, per_sample, extremes) = flags;
        let own_samples = own_samples && !per_sample;
        let credit = if per_sample { CreditTo::Sample } else { CreditTo::Pair };
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        let run = run(seed, windows(seed, false).0, on_samples(11, seed), Estimator::Weight(settings));
        Case::new(run, seed, extremes)
    });
    runs.prop_filter("sums of 64 bits are the firmware's alone", |case| is_batched(&case.plan()))
}

/// Estimator `node` on samples, of convolutional models.
pub(super) fn slots_on_windows() -> impl Strategy<Value = Case> {
    let counts = (1u32..40, 1u32..9, 1u8..=127, 1i16..=127);
    let flags = any::<(bool, bool, bool)>();
    (counts, flags, 0u16..200, any::<u64>()).prop_map(|(counts, flags, skip, seed)| {
        let ((slots, members, amplitude, clip), (antithetic, skips, extremes)) = (counts, flags);
        let skip = skips.then_some(skip);
        let estimator = Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic });
        Case::new(run(seed, windows(seed, false).0, on_samples(11, seed), estimator), seed, extremes)
    })
}

/// Estimator `node` with a guide, on samples, of convolutional models.
pub(super) fn guided_windows() -> impl Strategy<Value = Case> {
    let counts = (1u32..30, 0u32..=5, 1u32..=4, 1u8..=127, 1i16..=127);
    let flags = any::<(bool, bool)>();
    (counts, flags, 0u16..200, any::<u64>()).prop_map(|(counts, flags, skip, seed)| {
        let ((slots, members, member_slots, amplitude, clip), (skips, extremes)) = (counts, flags);
        let (model, mut dice) = windows(seed, true);
        let last = model.layers.len() - 1;
        let trained = (0..=last).filter(|&at| model.layers[at].is_linear() && dice.below(2) == 0);
        let some = LayerSet::of(trained).unwrap();
        let train = if some.is_empty() { LayerSet::ALL } else { some };
        let hidden = (0..last).any(|at| model.layers[at].is_linear() && train.has(at));
        // There are no members where no hidden layer is trained.
        let members = if hidden { members } else { 0 };
        let (skip, antithetic) = (skips.then_some(skip), false);
        let node = Node { slots, members, amplitude, clip, skip, antithetic };
        let (residual_weight, guide_scale) = (16, 256);
        let guided = Guided { node, member_slots, residual_weight, guide_scale, train };
        // With a guide the loss is squared.
        let task = on_samples(11, seed % 2);
        Case::new(run(seed, model, task, Estimator::Guided(guided)), seed, extremes)
    })
}
