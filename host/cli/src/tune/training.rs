//! One training of a search.

use super::candidates::Free;
use super::trial::Candidate;
use crate::args::TrainArgs;
use crate::error::Error;
use crate::flag_values::Hidden;
use crate::loaded::Loaded;
use crate::train::{sync, verifier};
use eggroll_host::fleet::{self, Patience, Traffic};
use eggroll_host::run::{Config, ModelName, Schedule};
use eggroll_host::train::{CancellationToken, Experiment, Progress, Stop, Summary, Trainer};
use eggroll_host::update::Setup;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

/// What the flags leave free, and the candidate that the defaults are.
pub(super) fn defaults(config: &Config, args: &TrainArgs) -> (Candidate, Free) {
    let hidden = match &config.model {
        ModelName::Mlp { sizes, .. } => sizes.get(1..sizes.len().saturating_sub(1)).map(<[u32]>::to_vec),
        ModelName::Egg { .. } | ModelName::Convolutional(_) => None,
    };
    // --train counts layers.
    let sized = args.hidden.is_some() || args.model.is_some() || args.train.is_some();
    let free = Free {
        sizes: !sized && hidden.is_some(),
        rates: args.lr.is_none() && matches!(config.schedule, Schedule::LearningRate(_)),
        seeds: args.seed.is_none(),
    };
    (Candidate { hidden, doublings: 0, seed: config.seed }, free)
}

/// The configuration of a candidate: the defaults for its size, with its rate and its seed.
pub(super) fn config(
    loaded: &Loaded,
    args: &TrainArgs,
    candidate: &Candidate,
    free: Free,
) -> Result<Config, Error> {
    let mut args = args.clone();
    if free.sizes {
        args.hidden = candidate.hidden.clone().map(Hidden);
    }
    let mut config = loaded.config(&args)?;
    config.seed = candidate.seed;
    if let Schedule::LearningRate(rate) = &mut config.schedule {
        *rate = scaled(*rate, candidate.doublings);
    }
    Ok(config)
}

/// A rate that is so many times doubled, or halved if that is negative.
fn scaled(rate: u32, doublings: i32) -> u32 {
    let halved = rate.checked_shr(doublings.min(0).unsigned_abs()).unwrap_or(0).max(1);
    let doubled = u64::from(rate).checked_shl(doublings.max(0).unsigned_abs()).unwrap_or(u64::MAX);
    if doublings < 0 { halved } else { u32::try_from(doubled).unwrap_or(u32::MAX) }
}

/// A training that came to its end, with the bytes that were sent and received.
pub(super) type Trained = (Summary, (u64, u64));

/// Trains a run in this directory. Returns `None` if it was stopped before its end.
pub(super) async fn train(
    args: &TrainArgs,
    experiment: Experiment,
    path: &Path,
    stop: &CancellationToken,
    mut tell: impl FnMut(&Progress<'_>),
) -> Result<Option<Trained>, Error> {
    let traffic = Arc::new(Traffic::default());
    let setup = Arc::new(Setup { sync: sync(args)?, ..Setup::clone(&experiment.setup) });
    let verifier = verifier(args, &setup)?;
    let gathering = fleet::gather(&args.boards, None, &setup, &traffic);
    let Some(boards) = stop.run_until_cancelled(gathering).await else { return Ok(None) };
    let boards = boards?;
    let trainer = Trainer::start(experiment, path)?;
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(args.patience)));
    verifier.into_iter().for_each(|verifier| fleet.verify(verifier));
    let summary = trainer.train(&mut fleet, None, stop, |progress, _| tell(progress)).await?;
    Ok((summary.stop == Stop::Finished).then(|| (summary, traffic.totals())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates() {
        assert_eq!([-2, -1, 0, 1, 2].map(|doublings| scaled(1000, doublings)), [250, 500, 1000, 2000, 4000]);
        assert_eq!((scaled(1, -1), scaled(u32::MAX, 1)), (1, u32::MAX));
    }
}
