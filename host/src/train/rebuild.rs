use super::Experiment;
use crate::error::Error;
use crate::run::journal::{self, Damage, JournalReader};
use crate::run::{Config, JournalError, Rates, Record, RunDirectory};
use crate::update::{Outcome, Replica, Tally};
use eggroll_firmware::train::Run;
use std::sync::Arc;

/// A run rebuilt from its journal.
pub struct Rebuilt {
    /// The weights after the last whole generation.
    pub replica: Replica,
    /// The run as boards got it.
    pub run: Run,
    /// Its configuration as it started.
    pub config: Config,
    /// Its step sizes.
    pub rates: Rates,
    /// Forward passes so far.
    pub passes: u64,
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
    let path = directory.journal();
    let mut reader = JournalReader::open(&path)?;
    let recorded = journal::read_start(&mut reader)?;
    let experiment = Experiment::again(Config::from_toml(&recorded.config)?)?;
    if experiment.setup.run != recorded.run {
        return Err(Error::Config(format!("{}: the run is not that of its configuration", path.display())));
    }
    let mut replica = Replica::new(&experiment.setup).map_err(Error::Run)?;
    let (estimator, mut passes) = (recorded.run.estimator, 0);
    let mut position = reader.position();
    while let Some(record) = reader.next_record() {
        let start = core::mem::replace(&mut position, reader.position());
        let Record::Generation { number, scores, checksum } = record else { continue };
        let after = replica.state().generation;
        if number != after + 1 {
            reader.reject(start);
            break;
        }
        let misfit = || JournalError::Scores { path: path.clone(), number };
        let mut tally = Tally::new(estimator.shape(), estimator.units());
        tally.insert(0..estimator.units(), &scores).map_err(|_| misfit())?;
        passes += experiment.passes(&tally);
        let outcome = Outcome { number, rate: recorded.rates.at(number), tally };
        replica.apply(Arc::new(outcome)).map_err(|_| misfit())?;
        journal::check(&path, replica.state(), number, checksum)?;
    }
    let (damage, whole) = (reader.damage(), reader.position());
    let (config, run, rates) = (experiment.config, recorded.run, recorded.rates);
    Ok(Rebuilt { replica, run, config, rates, passes, damage, whole })
}
