use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::model::Program;
use eggroll_firmware::train::{Estimator, Run};
use eggroll_firmware::wire::{Command, RunCommand};

/// An upper estimate of the multiplications that a request takes, each noise entry as one.
pub(super) fn work(run: Option<&Run>, command: &Command<'_>) -> u64 {
    let Some(run) = run else { return 0 };
    let Ok(program) = Program::new(&run.model) else { return 0 };
    let parameters = program.parameters() as u64;
    let units = u64::from(run.estimator.units());
    let Command::InRun { command, .. } = command else { return 0 };
    let (count, steps) = match *command {
        RunCommand::Evaluate { count, .. } => (u64::from(count).min(units), 0),
        RunCommand::Apply { count, .. } => (u64::from(count).min(units), 1),
        // Evaluates and credits: about twice each.
        RunCommand::Train { count, .. } => (2 * units * u64::from(count), u64::from(count)),
        _ => return 0,
    };
    // A sample of a text is a stream, and a token of it comes after those before.
    let context = run.streams().map_or(1, |streams| u64::from(streams.context));
    match &run.estimator {
        Estimator::Node(node) | Estimator::Guided(Guided { node, .. }) => {
            let members = u64::from(node.members) + context;
            let step = steps.saturating_mul(2 * units * parameters);
            count.saturating_mul((1 + 2 * members) * parameters).saturating_add(step)
        }
        Estimator::Weight(weight) => {
            let (rank, rows) = (u64::from(weight.rank), program.products().max(program.inputs()) as u64);
            let step = steps.saturating_mul(2 * units * rows * rank * (parameters + rows));
            let evaluation =
                count.saturating_mul(u64::from(weight.samples) * 2 * context * (parameters + rank * rows));
            step.saturating_add(evaluation)
        }
    }
}
