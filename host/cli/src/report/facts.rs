//! The facts of a run in its directory, from which pages are made.

use super::error::ReportError;
use eggroll_firmware::model::Program;
use eggroll_host::measure::{Chance, Measure, Score};
use eggroll_host::run::{
    BoardRow, Config, Identity, Lengths, MetricsRow, RunDirectory, SessionSummary, read_weights_of,
};
use eggroll_host::train::Experiment;
use eggroll_host::update::sha256;

/// The facts of a run in its directory.
#[derive(Clone, Debug)]
pub struct RunFacts {
    /// The name of the directory.
    pub name: String,
    /// The configuration that the run was started with.
    pub config: Config,
    /// How many generations the run has, with the changes on the way.
    pub lengths: Lengths,
    /// The rows of `metrics.csv`.
    pub rows: Vec<MetricsRow>,
    /// The rows of `boards.csv`.
    pub boards: Vec<BoardRow>,
    /// The final figures of the weights file. They include the summary of the last session, if that is of the
    /// same weights.
    pub result: Option<Outcome>,
}

/// The final figures of a run.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// The generations that are done.
    pub generations: u32,
    /// The SHA-256 of the weights, in hexadecimal.
    pub weights_sha256: String,
    /// The score on the held-out set.
    pub test: Option<Score>,
    /// The score on the validation set.
    pub validation: Option<Score>,
    /// The forward passes, including those of the base model, as far as they are known; in an environment,
    /// the episodes.
    pub forward_passes: Option<u64>,
    /// What chance reaches on the validation set, if that has samples and they are known.
    pub chance: Option<Chance>,
    /// The summary of the session that wrote the weights.
    pub session: Option<SessionSummary>,
}

impl RunFacts {
    /// Reads the directory of a run.
    ///
    /// # Errors
    /// [`eggroll_host::run::RunError::NoRun`], [`eggroll_host::run::RunError::Config`],
    /// [`eggroll_host::run::JournalError`].
    pub fn read(directory: &RunDirectory) -> Result<Self, ReportError> {
        let (config, identity) = directory.started_as()?;
        let path = directory.path();
        let absolute = path.canonicalize();
        let own_name = absolute.as_deref().unwrap_or(path).file_name();
        let name = own_name.unwrap_or(path.as_os_str()).to_string_lossy().into_owned();
        let measure = config.source.measure();
        let rows = directory.metrics_rows(identity, measure);
        let boards = directory.board_rows(identity, measure);
        let result = identity.and_then(|identity| Outcome::read(directory, &config, identity, &rows));
        // Where the beginning of the journal is damaged, `config.toml` takes its place.
        let started = |_| Lengths::new(config.generations, config.schedule.rates(config.generations));
        let lengths = directory.lengths().unwrap_or_else(started);
        Ok(Self { name, config, lengths, rows, boards, result })
    }

    /// Seconds of training, all sessions together.
    pub(crate) fn seconds(&self) -> f64 {
        let session = self.result.as_ref().and_then(|result| result.session.as_ref());
        let rows = self.rows.last().map_or(0.0, |row| row.seconds);
        session.map_or(rows, |session| session.seconds.max(rows))
    }

    /// The configuration, with the number of generations that is planned by now.
    pub(crate) fn config_now(&self) -> Config {
        Config { generations: self.lengths.planned(), ..self.config.clone() }
    }

    /// What the run is measured by.
    pub(crate) const fn measure(&self) -> Measure {
        self.config.source.measure()
    }
}

/// Whether only boards can measure what the weights are worth.
fn measure_is_of_boards(config: &Config) -> bool {
    config.source.measure() == Measure::Own
}

impl Outcome {
    fn read(
        directory: &RunDirectory,
        config: &Config,
        identity: Identity,
        rows: &[MetricsRow],
    ) -> Option<Self> {
        let program = config.model.description().and_then(|model| Program::new(&model)).ok()?;
        // A run that is young has no weights yet; others are refused aloud.
        let there = directory.weights().exists();
        let weights = read_weights_of(&directory.weights(), &program, identity);
        let weights = weights
            .inspect_err(|error| {
                if there {
                    tracing::warn!("{error}: passed over");
                }
            })
            .ok()?;
        let weights_sha256 = sha256(&weights.values);
        let generations = weights.generation;
        let session = SessionSummary::read(directory, identity)
            .filter(|session| session.weights_sha256 == weights_sha256);
        let of_generation = rows.iter().find(|row| row.generation == generations);
        let forward_passes = session
            .as_ref()
            .map(|session| session.figures.forward_passes)
            .or(of_generation.map(|row| row.forward_passes));
        let (test, validation, chance) = match &session {
            Some(session) => (session.figures.test, Some(session.figures.validation), session.chance),
            // Only boards can measure.
            None if measure_is_of_boards(config) => (None, of_generation.map(|row| row.validation), None),
            // Nobody pipes the data of a run into its report.
            None if config.source.task().is_piped() => (None, None, None),
            // A run without a summary: measured again, where its data are still there.
            None => Experiment::load(config.clone()).map_or((None, None, None), |experiment| {
                let (test, validation) = experiment.scores(&weights.values);
                (test, Some(validation), experiment.chance())
            }),
        };
        Some(Self { generations, weights_sha256, test, validation, forward_passes, chance, session })
    }
}
