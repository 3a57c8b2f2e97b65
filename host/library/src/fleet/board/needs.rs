//! What a run needs of a board's memory, and of which layers.

use eggroll_firmware::model::{Layer, Program};
use eggroll_firmware::train::{Plan, PlanParts, Run};
use std::collections::BTreeMap;
use std::fmt::Write;

/// What the bytes are for that a run needs on a board: the parts of its memory, largest first, each with the
/// layer that takes most of it. `needs` is what the board says; without its samples where it stores these
/// elsewhere. Empty for a run that no board could take.
pub(super) fn explained(run: &Run, updates: bool, needs: u64) -> String {
    let Ok(plan) = Plan::new(run.clone(), updates) else { return String::new() };
    let (program, PlanParts { weights, residuals, guide, text, samples, credit, scratch }) =
        (plan.program(), plan.parts());
    // A board may say any number.
    let is_stored = |bytes: u64| needs.checked_add(bytes) == Some(plan.needs());
    let of_text = run.streams().is_some();
    let text = if is_stored(text) { 0 } else { text };
    let samples = if !of_text && is_stored(samples) { 0 } else { samples };
    let weights_of = largest(program.tensors().map(|tensor| (tensor.layer, tensor.len())));
    let values_of = program.steps().map(|step| (step.layer, step.from.len() + step.to.len()));
    let values_of = largest(values_of);
    let mut parts = [
        ("the weights", weights, weights_of),
        ("their residuals", residuals, None),
        ("the guide", guide, None),
        ("the text", text, None),
        (if of_text { "what a generation reads" } else { "the samples" }, samples, None),
        ("the credit of a generation", credit, None),
        ("a pass", scratch, values_of),
    ];
    parts.sort_by_key(|(_, bytes, _)| std::cmp::Reverse(*bytes));
    let mut text = String::new();
    for (what, bytes, layer) in parts.into_iter().filter(|(_, bytes, _)| *bytes > 0) {
        let separator = if text.is_empty() { "" } else { ", " };
        let _ = write!(text, "{separator}{what} {bytes}");
        if let Some((layer, most)) = layer {
            let _ = write!(text, " ({most} of layer {layer}, {})", kind(program, layer));
        }
    }
    text
}

/// What makes a run need less memory.
pub(super) fn way_out(run: &Run) -> &'static str {
    match (run.held_tokens(), run.streams()) {
        (Some(_), _) => {
            "use fewer --streams, a shorter --context, a smaller model (D, L or V), a shorter text, or a board with more \
             memory"
        }
        (None, Some(_)) => {
            "use fewer --streams, a shorter --context, a smaller model (D, L or V), or a board with more memory"
        }
        (None, None) => {
            "use a smaller model, a board with more memory, or --train last of a trained model, whose front runs on the \
             host"
        }
    }
}

fn kind(program: &Program, place: usize) -> &'static str {
    program.layers().nth(place).map_or("", |place| Layer::kind(&place.layer))
}

/// The layer with the largest sum of bytes, and that sum.
fn largest(of_layers: impl Iterator<Item = (usize, usize)>) -> Option<(usize, usize)> {
    let mut sums = BTreeMap::<usize, usize>::new();
    for (layer, bytes) in of_layers {
        *sums.entry(layer).or_default() += bytes;
    }
    sums.into_iter().max_by_key(|&(layer, bytes)| (bytes, std::cmp::Reverse(layer)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::ModelName;
    use eggroll_firmware::estimator::node::Node;
    use eggroll_firmware::train::{Estimator, TaskKind};
    use eggroll_firmware::update::Optimizer;

    #[test]
    fn every_part_and_the_layer_that_takes_most_of_it() {
        let model: ModelName = "conv:8x8x1/c8k3/max2/32/10".parse().unwrap();
        let node = Node { slots: 4, members: 2, amplitude: 8, clip: 127, skip: Some(1), antithetic: false };
        let run = Run {
            seed: 1,
            model: model.description().unwrap(),
            task: TaskKind::Samples { count: 100 },
            estimator: Estimator::Node(node),
            optimizer: Optimizer::Residual,
            saturation: false,
        };
        let plan = Plan::new(run.clone(), true).unwrap();
        let parts = plan.parts();
        let PlanParts { weights, residuals, guide, text: _, samples, credit, scratch } = parts;
        assert_eq!(weights + residuals + guide + samples + credit + scratch, plan.needs());
        let text = explained(&run, true, plan.needs());
        // The 4x4x8 values that a dense layer of 32 reads, and the 8x8x8 that the pool reads beside its own.
        assert!(text.contains(&format!("the weights {weights} (4096 of layer 2, a dense layer)")), "{text}");
        assert!(text.contains(&format!("a pass {scratch} (640 of layer 1, a pool)")), "{text}");
        assert!(text.contains(&format!("the samples {samples}")), "{text}");
        // A board with a store for samples needs none of its memory for them.
        let stored = explained(&run, true, plan.needs() - samples);
        assert!(!stored.contains("the samples"), "{stored}");
    }
}
