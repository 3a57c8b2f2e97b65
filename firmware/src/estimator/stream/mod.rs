//! Estimators of recurrent models: members run on streams of a text. Every member forks from the base model's state, so
//! that a score is a function of the weights and of what is read, whoever evaluated the generations before: a member of
//! `weight` at the start of its streams, one of `node` at its token.

mod node;
mod places;
mod weight;

pub use node::{GenerationCredit, NodeRun, NodeWork, Record, credit, evaluate};
pub use places::{inputs_per_token, nodes, nodes_per_token, record_of};
pub use weight::{StreamEvaluation, WeightWork};

use crate::model::Layout;
use crate::model::recurrent::{Alteration, Unaltered, Work, step};
use crate::task::{Feed, Streams};

/// Copies as much as there is room for.
fn copy(to: &mut [i8], from: &[i8]) {
    to.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
}

/// Runs the base model over every stream of a feed; `ends` takes the states after them, one stream after another.
pub fn carry(
    layout: &Layout,
    weights: &[i8],
    streams: Streams,
    feed: Feed<'_>,
    work: &mut Work<'_>,
    ends: &mut [i8],
) {
    let mut rest = ends;
    for stream in 0..streams.count {
        let Some((state, after)) = rest.split_at_mut_checked(layout.state_len()) else { return };
        rest = after;
        copy(state, feed.state(stream));
        run(layout, weights, state, feed.tokens(stream), &mut Unaltered, work, |_, _| {});
    }
}

/// Runs a member over tokens; `see` gets the logits after each but the last, and the token that followed.
fn run(
    layout: &Layout,
    weights: &[i8],
    state: &mut [i8],
    tokens: &[u8],
    member: &mut impl Alteration,
    work: &mut Work<'_>,
    mut see: impl FnMut(&[i8], usize),
) {
    for (&token, &target) in tokens.iter().zip(tokens.iter().skip(1)) {
        see(step(layout, weights, state, token, member, work), target.into());
    }
}
