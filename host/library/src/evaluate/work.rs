//! What a run asks of whoever evaluates it.

use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};

/// Multiply-accumulates of one unit, about: a unit of estimator `node` is all members of a slot, one of `weight` the two
/// members of a pair on all their samples, streams or episodes. 1 for a run that no board can hold.
pub fn products_a_unit(run: &Run) -> u64 {
    // Every weight is used once in a forward pass, but for an embedding's.
    let parameters = Plan::new(run.clone(), false).map_or(1, |plan| plan.program().parameters() as u64);
    let passes = run.estimator.passes(1, 1).max(1);
    let each = match (run.task, run.estimator) {
        (TaskKind::Text { context }, Estimator::Weight(_)) => u64::from(context),
        // As long as an episode may become.
        (TaskKind::Environment(kind), _) => u64::from(kind.steps()),
        (TaskKind::Text { .. } | TaskKind::Samples { .. } | TaskKind::Own, _) => 1,
    };
    parameters.saturating_mul(passes).saturating_mul(each)
}
