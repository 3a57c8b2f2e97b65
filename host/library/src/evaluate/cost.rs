//! The cost of a run for its evaluators.

use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};

/// A trial of a task of a board's own may wait for something in the world, so it is counted as so many
/// passes: a board whose speed is not known is asked for one pair.
const PASSES_OF_OWN: u64 = 1 << 20;

/// About how many multiply-accumulates a unit takes. A slot has all its members, and a pair has two members
/// on all their samples, streams or episodes. Returns 1 for a run that the firmware refuses.
pub(crate) fn products_a_unit(run: &Run) -> u64 {
    // A forward pass uses every weight once, except those of an embedding.
    let parameters = Plan::new(run.clone(), false).map_or(1, |plan| plan.program().parameters() as u64);
    let passes = run.estimator.passes(1, run.estimator.shape().values.into()).max(1);
    let each = match (run.task, &run.estimator) {
        (TaskKind::Text { context }, Estimator::Weight(_)) => u64::from(context),
        (TaskKind::Reward(reward), _) => u64::from(reward.kind.longest()),
        (TaskKind::Own, _) => PASSES_OF_OWN,
        // Every episode is counted at its greatest length.
        (task, _) => task.domain().map_or(1, |domain| u64::from(domain.kind.steps())),
    };
    parameters.saturating_mul(passes).saturating_mul(each)
}
