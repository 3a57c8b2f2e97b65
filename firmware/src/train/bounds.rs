//! Worst cases of every sum, computed before anything is loaded.

use super::{Estimator, Run};
use crate::Error;
use crate::Setting;
use crate::estimator::guided::Guided;
use crate::estimator::weight::{CreditTo, Weight};
use crate::kernel::MOST_CREDIT;
use crate::model::{Program, Tensor, TensorKind};
use crate::noise::{BLOCKS_PER_TENSOR, Noise, RESERVED_TENSORS};
use crate::update::{Optimizer, Squares};

/// Which sums of a run need 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Widths {
    /// The perturbation of some layer.
    pub(super) perturbation: bool,
    /// The credit of some tensor.
    pub(super) credit: bool,
    /// What members report beyond the guide, and what they teach it.
    pub(super) guide: bool,
}

const I32: u64 = i32::MAX as u64;

/// Refuses what could overflow, where the learner `updates` itself also in its update, and says what needs 64
/// bits.
// Out of line: a board's stack has no room for what this, and what its caller does next, take at once.
#[inline(never)]
pub(super) fn check(run: &Run, program: &Program, updates: bool) -> Result<Widths, Error> {
    let mut widths = Widths { perturbation: false, credit: false, guide: false };
    if run.streams().is_some_and(|streams| streams.feed_len(program.state_len()) > u64::from(u32::MAX)) {
        return Err(Error::Setting(Setting::Context));
    }
    if let Estimator::Guided(guided) = &run.estimator {
        widths.guide = if cfg!(feature = "recurrent") && program.is_recurrent() {
            check_text_guide(guided, program)?
        } else {
            check_guide(guided, program)?
        };
    }
    for tensor in program.tensors() {
        check_noise(run, program, &tensor)?;
        let layer = tensor.layer as u32;
        // A tensor of a window is credited at each of its places.
        let places = if cfg!(feature = "convolution") {
            program.step_of(&tensor).map_or(1, |step| step.places())
        } else {
            1
        };
        let credit = match &run.estimator {
            Estimator::Node(node) => {
                let delta = u64::from(node.members) * node.clip as u64;
                slots_credit(node.slots, places, delta, &tensor)
            }
            Estimator::Guided(guided) => {
                let delta = if cfg!(feature = "recurrent") && program.is_recurrent() {
                    MOST_CREDIT as u64
                } else {
                    127
                };
                slots_credit(guided.node.slots, places, delta, &tensor)
            }
            Estimator::Weight(weight) => {
                if weight.credit == CreditTo::Sample && u64::from(weight.pairs) * weight.clip as u64 > 32_767
                {
                    return Err(Error::Setting(Setting::PairsTimesClip));
                }
                widths.perturbation |= check_perturbation(weight, &tensor, layer)?;
                weight_credit(weight, places, &tensor)
            }
        };
        widths.credit |= credit > I32;
        refuse_above(layer, credit, (1 << 47) - 1)?;
        let squares = u128::from(credit) * u128::from(credit) * tensor.len() as u128;
        let most = Squares::MAX;
        #[allow(clippy::unnecessary_cast, reason = "another type on another target")]
        let too_large = squares > most as u128;
        if updates && needs_rho(run) && too_large {
            let limit = most.checked_div(tensor.len() as Squares).unwrap_or(0).isqrt() as u64;
            return Err(Error::Overflow { layer, bound: credit, limit });
        }
    }
    Ok(widths)
}

fn refuse_above(layer: u32, bound: u64, limit: u64) -> Result<(), Error> {
    if bound > limit { Err(Error::Overflow { layer, bound, limit }) } else { Ok(()) }
}

fn needs_rho(run: &Run) -> bool {
    run.optimizer == Optimizer::Residual || run.estimator.crediting_pairs().is_none()
}

/// Every stream stays within its tensor's blocks.
#[inline(never)]
fn check_noise(run: &Run, program: &Program, tensor: &Tensor) -> Result<(), Error> {
    // A window makes more nodes than its matrix has rows.
    let nodes = if cfg!(feature = "convolution") {
        program.step_of(tensor).and_then(|step| step.nodes).map_or(0, |nodes| nodes.len)
    } else {
        0
    };
    let (initial, entries, noise) = match (&run.estimator, tensor.kind) {
        (Estimator::Node(_) | Estimator::Guided(_), TensorKind::Matrix { rows, columns }) => {
            (tensor.len(), rows.max(columns).max(nodes), Noise::Sign)
        }
        (Estimator::Node(_) | Estimator::Guided(_), TensorKind::Vector { .. }) => (0, 0, Noise::Sign),
        (Estimator::Weight(w), TensorKind::Matrix { .. }) => (tensor.len(), w.entries(tensor), w.noise),
        (Estimator::Weight(w), TensorKind::Vector { .. }) => (0, w.entries(tensor), w.noise),
    };
    let most = Noise::NearNormal.blocks(initial as u64).max(noise.blocks(entries as u64));
    if most > u64::from(BLOCKS_PER_TENSOR) || tensor.id >= RESERVED_TENSORS {
        return Err(Error::Setting(Setting::Noise));
    }
    Ok(())
}

/// Products, perturbation and their sum fit an `i32`; returns whether the perturbation's own sum does not.
fn check_perturbation(weight: &Weight, tensor: &Tensor, index: u32) -> Result<bool, Error> {
    let TensorKind::Matrix { columns, .. } = tensor.kind else { return Ok(false) };
    // A looked-up row is a product with a single entry, which is less.
    let (n, rank) = (columns as u64, u64::from(weight.rank));
    let entry = weight.noise.largest() as u64;
    let inputs = n * 127 * entry;
    refuse_above(index, inputs, I32)?;
    let sum = rank * entry * inputs;
    let (before, after) = match (weight.noise, weight.sigma_shift) {
        (Noise::Sign, s @ 0..=4) => (sum << (4 - s), sum << (4 - s)),
        (Noise::Sign, s) => (sum, sum >> (s - 4)),
        (Noise::NearNormal, s) => (sum, sum >> (4 + s)),
    };
    refuse_above(index, n * 127 * 127 + after + 1, I32)?;
    Ok(before > I32)
}

/// Refuses a guide that its noise is too short for, and says whether its sums need 64 bits.
#[inline(never)]
fn check_guide(guided: &Guided, program: &Program) -> Result<bool, Error> {
    let outputs = program.outputs() as u64;
    for hidden in guided.hidden(program) {
        if Noise::Sign.blocks(hidden.nodes.len as u64 * outputs) > u64::from(BLOCKS_PER_TENSOR) {
            return Err(Error::Setting(Setting::Noise));
        }
    }
    // The guide makes at most 16,256 of an error, and 16 reports of 127 are 2,032.
    let residual = 16_256 * guided.hidden_nodes(program) as u64 + 2_032;
    Ok(u64::from(guided.node.members) * residual > I32 || guided.node.slots > 512)
}

/// Refuses a guide of a text that its noise is too short for, or whose products with the credit of the
/// residual stream need more than 32 bits. None of its sums needs 64.
#[inline(never)]
fn check_text_guide(guided: &Guided, program: &Program) -> Result<bool, Error> {
    // The model begins with its embedding, which is as wide as its blocks.
    let width = program.steps().next().map_or(0, |step| u64::from(step.to.len));
    if Noise::Sign.blocks(4 * width * width) > u64::from(BLOCKS_PER_TENSOR) {
        return Err(Error::Setting(Setting::Noise));
    }
    if u64::from(guided.guide_scale) * MOST_CREDIT as u64 * width > I32 {
        return Err(Error::Setting(Setting::GuideScale));
    }
    Ok(false)
}

/// Largest |Z| of slots whose nodes have a credit within `delta`.
fn slots_credit(slots: u32, places: u64, delta: u64, tensor: &Tensor) -> u64 {
    let input = if matches!(tensor.kind, TensorKind::Matrix { .. }) { 127 } else { 1 };
    u64::from(slots) * places * delta * input
}

/// Largest |Z| of estimator `weight`.
fn weight_credit(weight: &Weight, places: u64, tensor: &Tensor) -> u64 {
    if weight.credit == CreditTo::Sample {
        let input = if matches!(tensor.kind, TensorKind::Matrix { .. }) { 127 } else { 1 };
        let samples = u64::from(weight.samples) * places;
        return samples * u64::from(weight.pairs) * weight.clip as u64 * input;
    }
    let entry = weight.noise.largest() as u64;
    let terms = if matches!(tensor.kind, TensorKind::Matrix { .. }) { u64::from(weight.rank) } else { 1 };
    u64::from(weight.pairs) * weight.clip as u64 * terms * entry * entry
}
