//! The scores of a range of units, on all cores.

mod node;
mod weight;

use super::isa::{Isa, Job};
use super::model::Model;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Shape};
use eggroll_firmware::estimator::weight::Weight;
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::noise::sample_index;
use eggroll_firmware::task::{Feed, Samples, Streams};
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use std::ops::Range;

pub use node::kept;

/// Rows of a batch: enough that a matrix is read for many of them, few enough that their activations stay near.
pub(super) const ROWS: usize = 96;

/// What a generation is evaluated on.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The run.
    pub plan: &'a Plan,
    /// Sample records; empty for a text.
    pub samples: &'a [u8],
    /// What the generation reads of a text; empty for another task.
    pub feed: &'a [u8],
    /// The generation, from 1.
    pub generation: u32,
}

impl<'a> Material<'a> {
    pub(super) fn run(&self) -> &'a Run {
        self.plan.run()
    }

    pub(super) fn sample(&self, number: u64) -> (&'a [i8], usize) {
        let samples = Samples::new(self.samples, self.plan.program().inputs());
        samples.get(sample_index(self.run().seed, number, self.run().samples()))
    }

    /// The streams and the feed of a run on a text.
    pub fn text(&self) -> Option<(Streams, Feed<'a>)> {
        let streams = self.run().streams()?;
        Some((streams, Feed::new(self.feed, streams, self.plan.program().state_len())))
    }
}

/// Whether members of a run can be evaluated in batches. What cannot: tasks that a member acts in, and perturbations
/// whose sums need 64 bits.
pub fn is_batched(plan: &Plan) -> bool {
    let narrow = match &plan.run().estimator {
        Estimator::Weight(weight) => !plan.low_rank(weight).wide,
        Estimator::Node(_) => true,
    };
    narrow && matches!(plan.run().task, TaskKind::Samples { .. } | TaskKind::Text { .. })
}

/// The packed scores of a range of units of a run that [`is_batched`]: the bytes that the firmware's learner gives.
///
/// # Errors
/// [`Error::NoSuchUnits`].
pub fn scores(model: &Model, material: &Material<'_>, units: Range<u32>) -> Result<Vec<u8>, Error> {
    let estimator = &material.run().estimator;
    let has = estimator.units();
    if units.end > has {
        return Err(Error::NoSuchUnits { end: units.end.into(), has });
    }
    let scored = match estimator {
        Estimator::Weight(weight) => weight::evaluate(model, material, weight, units.clone(), true),
        Estimator::Node(node) => node::evaluate(model, material, node, units.clone()),
    };
    pack(estimator.shape(), units.len(), &scored)
}

/// The rows that [`scores`] evaluates for pairs, all of them the base model: what a perturbation costs is measured
/// against. Returns how many rows, or tokens of rows, that were.
pub fn unperturbed(model: &Model, material: &Material<'_>, weight: &Weight, pairs: Range<u32>) -> u64 {
    let context = material.run().streams().map_or(1, |streams| streams.context);
    let rows = 2 * pairs.len() as u64 * u64::from(weight.samples) * u64::from(context);
    std::hint::black_box(weight::evaluate(model, material, weight, pairs, false));
    rows
}

/// The scores of units that follow each other.
#[derive(Default)]
pub struct Scored {
    /// Whether each is kept.
    pub kept: Vec<bool>,
    /// The values of those that are.
    pub values: Vec<i16>,
}

/// Packs the scores of units.
///
/// # Errors
/// What the firmware refuses of such a shape.
pub fn pack(shape: Shape, units: usize, scored: &[Scored]) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; shape.len(units, units)];
    let mut packer = Packer::new(shape, units, &mut bytes)?;
    for Scored { kept, values } in scored {
        let mut values = values.iter();
        for &kept in kept {
            if kept {
                packer.keep();
                values.by_ref().take(shape.values as usize).for_each(|&f| packer.push(f));
            } else {
                packer.skip();
            }
        }
    }
    let len = packer.finish();
    bytes.truncate(len);
    Ok(bytes)
}

/// The log-likelihoods of rows' targets.
pub(super) struct Likelihoods<'a> {
    pub(super) logits: &'a [i8],
    pub(super) targets: &'a [usize],
    pub(super) out: &'a mut Vec<i32>,
}

impl Job for Likelihoods<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let outputs = self.logits.len() / self.targets.len().max(1);
        self.out.clear();
        for (logits, &target) in self.logits.chunks_exact(outputs.max(1)).zip(self.targets) {
            self.out.push(log_likelihood(logits, target));
        }
    }
}
