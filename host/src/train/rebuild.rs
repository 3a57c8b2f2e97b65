use super::Experiment;
use crate::error::Error;
use crate::evaluate::Referee;
use crate::run::history::{History, Recounted};
use crate::run::journal::{self, Damage};
use crate::run::{Config, JournalError, Rates, RunDirectory};
use crate::update::{Outcome, Replica, Tally};
use std::collections::HashSet;
use std::sync::Arc;

/// A run rebuilt from its journal.
pub struct Rebuilt {
    /// The weights after the last whole generation that counts.
    pub replica: Replica,
    /// The run as it started, with its data.
    pub experiment: Experiment,
    /// Its step sizes.
    pub rates: Rates,
    /// Forward passes of the generations that count.
    pub passes: u64,
    /// Names of its boards, by their numbers in the journal.
    pub boards: Vec<String>,
    /// Names of the boards that were caught with wrong scores and not audited yet.
    pub unaudited: Vec<String>,
    /// How often it went back to before a wrong generation.
    pub rollbacks: u32,
    /// Where the journal stops being whole, if it does.
    pub damage: Option<Damage>,
    /// Bytes of the journal that are whole.
    pub whole: u64,
}

/// Rebuilds the weights of a run from its journal, without evaluating a member: the base passes of estimator
/// `node` are all that is computed forward.
///
/// # Errors
/// [`JournalError`], [`Error::Data`], [`Error::Run`].
pub fn rebuild(directory: &RunDirectory) -> Result<Rebuilt, Error> {
    walk(directory, &[]).map(|(rebuilt, _)| rebuilt)
}

/// Recomputes every reply of these boards that counts, in order, up to the first that is wrong. Returns the run
/// rebuilt up to before it, and its generation; the whole run and `None` where all are right.
///
/// # Errors
/// Those of [`rebuild`].
pub fn audit(directory: &RunDirectory, suspects: &[String]) -> Result<(Rebuilt, Option<u32>), Error> {
    walk(directory, suspects)
}

fn walk(directory: &RunDirectory, suspects: &[String]) -> Result<(Rebuilt, Option<u32>), Error> {
    let path = directory.journal();
    let history = History::read(&path)?;
    let recorded = &history.recorded;
    let experiment = Experiment::load(Config::from_toml(&recorded.config)?)?;
    if experiment.setup.run != recorded.run {
        return Err(Error::Config(format!("{}: the run is not that of its configuration", path.display())));
    }
    let mut replica = Replica::new(&experiment.setup).map_err(Error::Run)?;
    let mut referee = match suspects {
        [] => None,
        _ => Some(Referee::new(&experiment.setup).map_err(Error::Run)?),
    };
    let suspects: HashSet<&String> = suspects.iter().collect();
    let suspected: Vec<bool> = history.boards.iter().map(|name| suspects.contains(name)).collect();
    let (estimator, mut passes, mut wrong) = (recorded.run.estimator, 0, None);
    history.recount(&path, |Recounted { number, scores, checksum, answers }| {
        let misfit = || JournalError::Scores { path: path.clone(), number };
        let mut tally = Tally::new(estimator.shape(), estimator.units());
        tally.insert(0..estimator.units(), &scores).map_err(|_| misfit())?;
        let doubted = answers.iter().filter(|answer| suspected.get(answer.board as usize) == Some(&true));
        for answer in doubted {
            let Some(referee) = &mut referee else { break };
            let units = answer.first..answer.first.saturating_add(answer.count);
            let given = tally.pack(units.clone()).map_err(|_| misfit())?;
            let feed = replica.feed();
            if referee.scores(number, replica.weights(), &feed, units).map_err(Error::Run)? != given {
                wrong = Some(number);
                return Ok(false);
            }
        }
        passes += experiment.passes(&tally);
        let outcome = Outcome::new(number, recorded.rates.at(number), tally).map_err(|_| misfit())?;
        replica.apply(Arc::new(outcome)).map_err(|_| misfit())?;
        journal::check(&path, replica.state(), number, checksum)?;
        Ok(true)
    })?;
    let History { recorded, boards, unaudited, rollbacks, damage, whole, .. } = history;
    let rates = recorded.rates;
    let rebuilt = Rebuilt { replica, experiment, rates, passes, boards, unaudited, rollbacks, damage, whole };
    Ok((rebuilt, wrong))
}
