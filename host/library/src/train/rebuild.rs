use super::Experiment;
use super::TrainError;
use super::look::Looks;
use crate::data::input::{self, CONFIG};
use crate::evaluate::ReferenceEvaluator;
use crate::measure::Work;
use crate::run::RunError;
use crate::run::history::{History, Recounted};
use crate::run::journal::{self, Damage};
use crate::run::{Config, JournalError, MetricsRow, Record, RunDirectory};
use crate::update::{Outcome, Replica, Tally};
use std::collections::HashSet;
use std::sync::Arc;

/// A run that was rebuilt from its journal.
pub struct Rebuilt {
    /// The weights after the last generation that is whole and counts.
    pub replica: Replica,
    /// The run as it was started, with its data.
    pub experiment: Experiment,
    /// The work of all generations that count.
    pub work: Work,
    /// The names of its boards, by their numbers in the journal.
    pub boards: Vec<String>,
    /// The names of boards that were caught with wrong scores and have not been audited.
    pub unaudited: Vec<String>,
    /// How often the run went back to before a wrong generation.
    pub rollbacks: u32,
    /// The damage at which the whole part of the journal ends, if there is any.
    pub damage: Option<Damage>,
    /// The length in bytes of the whole part of the journal.
    pub whole: u64,
    /// A new beginning for a journal whose beginning is damaged, made from `config.toml`.
    pub head: Option<Vec<u8>>,
    /// The number of generations that count.
    pub generations: u32,
}

/// Options for rebuilding a run.
#[derive(Default)]
pub(super) struct Walk<'a> {
    /// Replies of these boards are computed again, until one is wrong.
    pub(super) suspects: &'a [String],
    /// The last generation to rebuild; `None` for all.
    pub(super) last: Option<u32>,
    /// The rows of `metrics.csv` that are known, if the validations are wanted.
    pub(super) known: Option<Vec<MetricsRow>>,
}

/// A run that was rebuilt, and the results of the options.
pub(super) struct Walked {
    pub(super) rebuilt: Rebuilt,
    /// The first generation with a wrong reply of a suspect.
    pub(super) wrong: Option<u32>,
    pub(super) looks: Option<Looks>,
}

/// Rebuilds the weights of a run from its journal. No member is evaluated; estimator `node` needs forward
/// passes of the base model.
///
/// # Errors
/// [`JournalError`], [`TrainError::Data`], [`TrainError::Refused`].
pub fn rebuild(directory: &RunDirectory) -> Result<Rebuilt, TrainError> {
    walk(directory, Walk::default()).map(|walked| walked.rebuilt)
}

/// The first record of a journal.
pub(super) fn first_record(experiment: &Experiment) -> Result<Record, TrainError> {
    let Config { schedule, generations, .. } = experiment.config;
    Ok(Record::Start {
        config: experiment.config.to_toml()?,
        run: experiment.setup.run.clone(),
        rates: schedule.rates(generations),
        identity: experiment.setup.identity,
    })
}

/// Reads a journal, and loads the data of its run.
fn read(directory: &RunDirectory) -> Result<(History, Experiment), TrainError> {
    let path = directory.journal();
    match History::read(&path) {
        Ok(history) => {
            let experiment = Experiment::load(Config::from_toml(&history.recorded.config)?)?;
            let recorded = &history.recorded;
            let ours = (&experiment.setup.run, experiment.setup.identity);
            if ours == (&recorded.run, recorded.identity) {
                return Ok((history, experiment));
            }
            Err(RunError::Config(format!("{}: the run is not that of its configuration", path.display()))
                .into())
        }
        Err(error @ RunError::Journal(JournalError::NoStart(_) | JournalError::NotAJournal(_))) => {
            let text = input::read_text(&directory.config(), &CONFIG).ok();
            let Some(config) = text.and_then(|text| Config::from_toml(&text).ok()) else {
                return Err(error.into());
            };
            let experiment = Experiment::load(config)?;
            let head = journal::beginning(&first_record(&experiment)?)?;
            let history = History::read_behind(&path, head).map_err(|_| error)?;
            Ok((history, experiment))
        }
        Err(error) => Err(error.into()),
    }
}

/// Computes every reply of these boards that counts again, in order, until one is wrong. Then the run is
/// rebuilt up to the generation before it, and the number of that generation is returned; otherwise the whole
/// run is rebuilt and the number is `None`.
///
/// # Errors
/// Those of [`rebuild`].
pub fn audit(directory: &RunDirectory, suspects: &[String]) -> Result<(Rebuilt, Option<u32>), TrainError> {
    let walked = walk(directory, Walk { suspects, ..Walk::default() })?;
    Ok((walked.rebuilt, walked.wrong))
}

pub(super) fn walk(directory: &RunDirectory, asked: Walk<'_>) -> Result<Walked, TrainError> {
    let path = directory.journal();
    let (history, mut experiment) = read(directory)?;
    // The journal keeps the step sizes, so that none is computed again, and how many generations there are.
    experiment.lengths = history.lengths.clone();
    let Walk { suspects, last, known } = asked;
    let last = last.unwrap_or_else(|| history.generations());
    if last > history.generations() {
        let (run, whole) = (directory.path().to_owned(), history.generations());
        return Err(TrainError::NoGeneration { run, whole, asked: last });
    }
    let mut looks = known.map(|known| Looks::new(&experiment, last, known));
    let recorded = &history.recorded;
    let mut replica = Replica::new(&experiment.setup).map_err(TrainError::Refused)?;
    let mut reference = match suspects {
        [] => None,
        _ => Some(ReferenceEvaluator::new(&experiment.setup).map_err(TrainError::Refused)?),
    };
    let suspects: HashSet<&String> = suspects.iter().collect();
    let suspected: Vec<bool> = history.boards.iter().map(|name| suspects.contains(name)).collect();
    let (estimator, mut work, mut wrong) = (recorded.run.estimator, Work::default(), None);
    history.recount::<TrainError>(&path, |Recounted { number, scores, checksum, answers }| {
        if number > last {
            return Ok(false);
        }
        let misfit = || JournalError::Scores { path: path.clone(), number };
        let mut tally = Tally::new(estimator.shape(), estimator.units());
        tally.insert(0..estimator.units(), &scores).map_err(|_| misfit())?;
        let doubted = answers.iter().filter(|answer| suspected.get(answer.board as usize) == Some(&true));
        for answer in doubted {
            let Some(reference) = &mut reference else { break };
            let units = answer.first..answer.first.saturating_add(answer.count);
            let given = tally.pack(units.clone()).map_err(|_| misfit())?;
            let feed = replica.feed();
            if reference.scores(number, replica.weights(), &feed, units).map_err(TrainError::Refused)?
                != given
            {
                wrong = Some(number);
                return Ok(false);
            }
        }
        let outcome = Outcome::new(number, experiment.lengths.rate(number), tally).map_err(|_| misfit())?;
        let outcome = Arc::new(outcome);
        let moved = replica.apply(Arc::clone(&outcome)).map_err(|_| misfit())?;
        journal::check(&path, replica.state(), number, checksum).map_err(|error| match history.head() {
            // If the first generation leads elsewhere than it says, the journal began with another record.
            Some(_) if number == 1 => JournalError::NoStart(path.clone()),
            _ => error,
        })?;
        work += experiment.work(&outcome.tally, replica.kept());
        if let Some(looks) = &mut looks {
            looks.after(&experiment, &mut replica, work.passes(), &outcome.tally, moved);
        }
        Ok(true)
    })?;
    let (generations, head) = (history.generations(), history.head().map(<[u8]>::to_vec));
    let History { boards, unaudited, rollbacks, damage, whole, .. } = history;
    let rebuilt =
        Rebuilt { replica, experiment, work, boards, unaudited, rollbacks, damage, whole, head, generations };
    Ok(Walked { rebuilt, wrong, looks })
}
