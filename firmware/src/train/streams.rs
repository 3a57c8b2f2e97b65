//! The memory of runs on a text.

use super::Estimator;
use super::arena::{Cutter, words};
use super::plan::CreditLens;
use crate::Error;
use crate::estimator::stream::{NodeWork, WeightWork, inputs_per_token, nodes_per_token};
use crate::estimator::weight::{Weight, entries_per_pair};
use crate::model::Layout;
use crate::model::recurrent::{Sizes, Work};
use crate::progress::Progress;
use crate::task::Streams;

/// Words of scratch that an evaluation, or a credit, needs.
pub(super) fn scratch_words(layout: &Layout, estimator: &Estimator) -> u64 {
    let Sizes { width, products, logits } = Sizes::of(layout);
    let [width, logits, state] = [width, logits, layout.state_len()].map(|len| words::<i8>(len as u64));
    let step =
        words::<i32>(products as u64) + 3 * width + words::<i8>(4 * Sizes::of(layout).width as u64) + logits;
    step + match estimator {
        Estimator::Node(_) => 3 * state + words::<i8>(nodes_per_token(layout) as u64),
        Estimator::Weight(weight) => state + words::<i8>(entries_per_pair(weight, layout) as u64),
    }
}

/// What the credit of estimator `node` keeps.
pub(super) fn node_credit(layout: &Layout, slots: u64, streams: Streams) -> CreditLens {
    let states = u64::from(streams.count) * layout.state_len() as u64;
    CreditLens {
        slots,
        activations: states + slots * inputs_per_token(layout) as u64,
        values: slots * nodes_per_token(layout) as u64,
    }
}

fn step_work<'a>(layout: &Layout, cutter: &mut Cutter<'a>) -> Result<Workspace<'a>, Error> {
    let Sizes { width, products, logits } = Sizes::of(layout);
    Ok(Workspace {
        products: cutter.take(products)?,
        stream: cutter.take(width)?,
        branch: cutter.take(width)?,
        wide: cutter.take(4 * width)?,
        vector: cutter.take(width)?,
        logits: cutter.take(logits)?,
    })
}

/// Cuts the scratch of estimator `node`.
pub(super) fn node_work<'a>(
    layout: &Layout,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<NodeWork<'a>, Error> {
    let len = layout.state_len();
    Ok(NodeWork {
        step: step_work(layout, &mut cutter)?,
        state: cutter.take(len)?,
        before: cutter.take(len)?,
        fork: cutter.take(len)?,
        eps: cutter.take(nodes_per_token(layout))?,
        progress,
    })
}

/// Cuts the scratch of estimator `weight`.
pub(super) fn weight_work<'a>(
    layout: &Layout,
    weight: &Weight,
    mut cutter: Cutter<'a>,
    progress: &'a mut dyn Progress,
) -> Result<WeightWork<'a>, Error> {
    Ok(WeightWork {
        step: step_work(layout, &mut cutter)?,
        state: cutter.take(layout.state_len())?,
        factors: cutter.take(entries_per_pair(weight, layout))?,
        progress,
    })
}
