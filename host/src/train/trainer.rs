use super::alone::Ahead;
use super::window::Window;
use super::{Experiment, rebuild};
use crate::error::Error;
use crate::fleet::{Evaluated, Fleet, Share};
use crate::measure::{Figures, Score};
use crate::probe::{probe, share};
use crate::run::journal::Damage;
use crate::run::{
    BoardRow, BoardsWriter, Journal, MetricsRow, MetricsWriter, PerLayer, Rates, Record, RunDirectory,
    Weights, read_table, write_atomically, write_curve, write_weights,
};
use crate::update::{Outcome, Replica};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// How often the weights file is written while training goes on.
const WEIGHTS_EVERY: Duration = Duration::from_secs(5);

/// What a run tells while it goes on.
pub struct Progress<'a> {
    /// The generation that is done.
    pub generation: u32,
    /// Forward passes so far; episodes in an environment.
    pub passes: u64,
    /// The latest look at the watched part, if there was one.
    pub latest: Option<&'a MetricsRow>,
    /// All looks so far.
    pub rows: &'a [MetricsRow],
    /// Whether that look was just taken.
    pub fresh: bool,
}

/// Why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All planned generations are done.
    Finished,
    /// `--until` is reached.
    Reached,
    /// The user asked for it; the run can be resumed.
    Interrupted,
}

/// What became of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// Why it stopped.
    pub stop: Stop,
    /// Generations done, those before a resume included.
    pub generations: u32,
    /// What it came to.
    pub figures: Figures,
    /// SHA-256 of the weights.
    pub weights_sha256: String,
    /// Seconds of training in this session.
    pub seconds: f64,
    /// How often this session went back to before a generation with wrong scores.
    pub rollbacks: u32,
}

/// What came of the attempt at a generation.
enum Step {
    /// It is done: its scores, and how many weights they moved.
    Done(Arc<Outcome>, u32),
    /// A board was caught, and had given nothing wrong before.
    Again,
    /// The user wants an end.
    Interrupted,
    /// A board was caught, and the run is back before its first wrong generation.
    Back,
}

/// A run under way in its directory.
pub struct Trainer {
    experiment: Experiment,
    pub(super) directory: RunDirectory,
    pub(super) replica: Replica,
    pub(super) rates: Rates,
    pub(super) journal: Journal,
    pub(super) metrics: MetricsWriter,
    pub(super) board_rows: BoardsWriter,
    pub(super) rows: Vec<MetricsRow>,
    pub(super) passes: u64,
    before: f64,
    /// Names of boards by their numbers in the journal.
    pub(super) boards: Vec<String>,
    pub(super) rollbacks: u32,
    /// How many generations a board trains alone at a time, where it does.
    autonomous: Option<u32>,
    pub(super) ahead: Ahead,
}

impl Trainer {
    /// Starts a new run in a directory.
    ///
    /// # Errors
    /// [`Error::RunExists`], [`Error::Io`], [`Error::Run`].
    pub fn start(experiment: Experiment, path: &Path) -> Result<Self, Error> {
        // Everything that can refuse the run comes before the directory is touched.
        let replica = Replica::new(&experiment.setup).map_err(Error::Run)?;
        let config = experiment.config.to_toml()?;
        let rates = experiment.config.schedule.rates(experiment.config.generations);
        let directory = RunDirectory::create(path)?;
        let file = directory.lock_journal(true)?;
        let begin = || {
            // The journal first: a run that is killed from here on can be resumed.
            let run = experiment.setup.run.clone();
            let record = Record::Start { config: config.clone(), run, rates: rates.clone() };
            let journal = Journal::create(&directory.journal(), file, &record)?;
            write_atomically(&directory.config(), config.as_bytes())?;
            let metrics = MetricsWriter::create(&directory.metrics(), &[])?;
            Ok::<_, Error>((journal, metrics, BoardsWriter::create(&directory.boards(), &[])?))
        };
        // Half a beginning would be in the way of the next attempt.
        let (journal, metrics, board_rows) = begin().inspect_err(|_| directory.abandon())?;
        Ok(Self {
            experiment,
            directory,
            replica,
            rates,
            journal,
            metrics,
            board_rows,
            rows: Vec::new(),
            passes: 0,
            before: 0.0,
            boards: Vec::new(),
            rollbacks: 0,
            autonomous: None,
            ahead: Ahead::default(),
        })
    }

    /// Goes on with the run in a directory, from its journal; says what of the journal was damaged and where it is
    /// kept.
    ///
    /// # Errors
    /// Those of [`rebuild`]; [`Error::RunInUse`].
    pub fn resume(path: &Path) -> Result<(Self, Option<String>), Error> {
        let directory = RunDirectory::open(path)?;
        let file = directory.lock_journal(false)?;
        let rebuilt = rebuild(&directory)?;
        let experiment = rebuilt.experiment;
        if !directory.config().exists() {
            write_atomically(&directory.config(), experiment.config.to_toml()?.as_bytes())?;
        }
        let generation = rebuilt.replica.state().generation;
        let warning = match &rebuilt.damage {
            None => None,
            Some(Damage { at, lost }) => Some(format!(
                "the journal is damaged at byte {at} ({lost} bytes from there): going on after generation \
                 {generation}; the damaged journal is kept as {}",
                directory.keep_damaged_journal()?.display()
            )),
        };
        let journal = Journal::resume(&directory.journal(), file, rebuilt.whole)?;
        let mut rows: Vec<MetricsRow> = read_table(&directory.metrics()).unwrap_or_default();
        rows.retain(|row| row.generation <= generation);
        let metrics = MetricsWriter::create(&directory.metrics(), &rows)?;
        let board_rows = boards_until(&directory, generation)?;
        let before = rows.last().map_or(0.0, |row| row.seconds);
        let mut trainer = Self {
            experiment,
            directory,
            replica: rebuilt.replica,
            rates: rebuilt.rates,
            journal,
            metrics,
            board_rows,
            rows,
            passes: rebuilt.passes,
            before,
            boards: rebuilt.boards,
            rollbacks: 0,
            autonomous: None,
            ahead: Ahead::default(),
        };
        // The former host was stopped between catching a board and looking at what it had given.
        if !rebuilt.unaudited.is_empty() {
            trainer.audit(&rebuilt.unaudited)?;
        }
        Ok((trainer, warning))
    }
    /// Lets boards train `count` generations alone at a time from now on, instead of evaluating one at a time; the
    /// weights are the same.
    pub const fn autonomous(&mut self, count: Option<u32>) {
        self.autonomous = count;
    }

    /// The run.
    pub const fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// Its directory.
    pub const fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// Generations done.
    pub const fn generation(&self) -> u32 {
        self.replica.state().generation
    }

    /// Trains until the planned generations are done, the watched figure reaches `until`, or `stop` is cancelled.
    ///
    /// # Errors
    /// [`Error::Fleet`] where every board is gone; [`Error::Io`]. The run can be resumed after either.
    pub async fn train(
        mut self,
        fleet: &mut Fleet,
        until: Option<Score>,
        stop: &CancellationToken,
        mut tell: impl FnMut(&Progress<'_>, &Fleet),
    ) -> Result<Summary, Error> {
        let started = Instant::now();
        let reason = self.generations(fleet, until, stop, started, &mut tell).await;
        // Whatever ended it, what is done is on the disk before anybody hears of it.
        let kept = self.keep();
        // The cause before what follows from it.
        let stop = reason?;
        kept?;
        let weights = self.replica.weights().to_vec();
        let (test, validation) = self.experiment.scores(&weights);
        Ok(Summary {
            stop,
            generations: self.replica.state().generation,
            figures: Figures { forward_passes: self.passes, test, validation },
            weights_sha256: self.replica.weights_sha256(),
            seconds: started.elapsed().as_secs_f64(),
            rollbacks: self.rollbacks,
        })
    }

    async fn generations(
        &mut self,
        fleet: &mut Fleet,
        until: Option<Score>,
        stop: &CancellationToken,
        started: Instant,
        tell: &mut impl FnMut(&Progress<'_>, &Fleet),
    ) -> Result<Stop, Error> {
        let (planned, every) = (self.experiment.config.generations, self.experiment.config.evaluate_every);
        let reached = |row: &MetricsRow| until.is_some_and(|until| row.validation.reaches(until));
        let due = |generation: u32| generation.is_multiple_of(every) || generation == planned;
        // A run that was killed between journal and metrics lacks its last look.
        let (done, looked) = (self.generation(), self.rows.last().map_or(0, |row| row.generation));
        if looked < done && due(done) {
            self.look(Window::default(), self.before)?;
        }
        if self.rows.last().is_some_and(reached) {
            return Ok(Stop::Reached);
        }
        let clip = self.experiment.config.estimator.shape().clip;
        let mut window = Window::default();
        let (mut shares, mut shared) = (fleet.shares(), started);
        let mut weights_written = Instant::now();
        while self.generation() < planned {
            if stop.is_cancelled() {
                return Ok(Stop::Interrupted);
            }
            let (outcome, moved) = match self.generation_of(fleet, stop).await? {
                Step::Done(outcome, moved) => (outcome, moved),
                Step::Again => continue,
                Step::Interrupted => return Ok(Stop::Interrupted),
                Step::Back => {
                    window = Window::default();
                    continue;
                }
            };
            window.add(&outcome.tally, clip, moved);
            let generation = self.generation();
            let fresh = due(generation);
            if fresh {
                let seconds = self.before + started.elapsed().as_secs_f64();
                self.look(core::mem::take(&mut window), seconds)?;
                let before = core::mem::replace(&mut shares, fleet.shares());
                let elapsed = core::mem::replace(&mut shared, Instant::now()).elapsed();
                self.board_rows.append(&board_rows(generation, seconds, &before, &shares, elapsed))?;
                if weights_written.elapsed() > WEIGHTS_EVERY {
                    self.write_weights()?;
                    weights_written = Instant::now();
                }
            }
            let latest = self.rows.last();
            tell(&Progress { generation, passes: self.passes, latest, rows: &self.rows, fresh }, fleet);
            if fresh && latest.is_some_and(reached) {
                return Ok(Stop::Reached);
            }
        }
        Ok(Stop::Finished)
    }

    /// One generation, evaluated, applied and journaled.
    async fn generation_of(&mut self, fleet: &mut Fleet, stop: &CancellationToken) -> Result<Step, Error> {
        let estimator = self.experiment.config.estimator;
        let generation = Arc::new(self.replica.next_generation());
        let (number, rate) = (generation.number, self.rates.at(generation.number));
        let evaluated = match self.autonomous {
            Some(count) => self.alone(fleet, count, stop).await?,
            None => {
                let (shape, units) = (estimator.shape(), estimator.units());
                let evaluated = fleet.evaluate(generation, shape, units, stop).await;
                let run = self.directory.path().to_owned();
                evaluated.map_err(|error| Error::Fleet { error, run })?
            }
        };
        let (tally, answers) = match evaluated {
            Evaluated::Whole { tally, answers } => (tally, answers),
            Evaluated::Interrupted => return Ok(Step::Interrupted),
            Evaluated::Caught(boards) => {
                return Ok(if self.caught(&boards)? { Step::Back } else { Step::Again });
            }
        };
        let outcome = Arc::new(Outcome::new(number, rate, tally).map_err(Error::Run)?);
        if self.autonomous.is_none() {
            fleet.finished(&outcome);
        }
        self.replica.assist(fleet.creditor());
        let moved = self.replica.apply(Arc::clone(&outcome)).map_err(Error::Run)?;
        self.passes += self.experiment.passes(&outcome.tally);
        let scores = outcome.scores.clone();
        let checksum = self.replica.state().checksum;
        let answers = self.answered(&answers)?;
        self.journal.append(&Record::Generation { number, scores, checksum, answers })?;
        Ok(Step::Done(outcome, moved))
    }

    /// Looks at the watched part.
    fn look(&mut self, window: Window, seconds: f64) -> Result<(), Error> {
        let row = self.row(window, seconds);
        self.metrics.append(std::slice::from_ref(&row))?;
        self.rows.push(row);
        Ok(())
    }

    fn row(&mut self, window: Window, seconds: f64) -> MetricsRow {
        let signal = self.replica.take_signal();
        let experiment = &self.experiment;
        let weights = self.replica.weights();
        let probe = probe(&experiment.layout, weights, &experiment.watched());
        let nothing = experiment.config.source.measure().nothing();
        let moved = share(window.moved, window.generations * weights.len() as u64);
        let (passes, since) = self.rows.last().map_or((0, 0.0), |row| (row.forward_passes, row.seconds));
        MetricsRow {
            generation: self.generation(),
            forward_passes: self.passes,
            validation: probe.score.unwrap_or(nothing),
            kept: share(window.kept, window.units),
            mean_fitness: share(window.magnitude, window.values),
            moved,
            seconds,
            zero: share(window.zero, window.values),
            clipped: share(window.clipped, window.values),
            saturation: PerLayer(probe.saturation),
            weights_at_limit: probe.weights_at_limit,
            dead_relus: probe.dead_relus,
            saturated_states: probe.saturated_states,
            stuck_gates: probe.stuck_gates,
            signal,
            passes_per_second: (self.passes - passes) as f64 / (seconds - since).max(1e-6),
        }
    }

    pub(super) fn write_weights(&mut self) -> Result<(), Error> {
        let weights = Weights { values: self.replica.weights().to_vec(), generation: self.generation() };
        let model = self.experiment.config.model.to_string();
        write_weights(&self.directory.weights(), &self.experiment.layout, &model, &weights)
    }

    fn keep(&mut self) -> Result<(), Error> {
        self.journal.finish()?;
        self.write_weights()?;
        write_curve(&self.directory.curve(), &self.experiment.config.title(), &self.rows)
    }
}

/// What each board did since the look before.
fn board_rows(
    generation: u32,
    seconds: f64,
    before: &[Share],
    now: &[Share],
    elapsed: Duration,
) -> Vec<BoardRow> {
    let of = |share: &Share| {
        let earlier =
            before.iter().find(|earlier| earlier.name == share.name).map_or(0, |earlier| earlier.units);
        let units_per_second = share.units.saturating_sub(earlier) as f64 / elapsed.as_secs_f64().max(1e-6);
        BoardRow { generation, seconds, board: share.name.clone(), units_per_second }
    };
    now.iter().map(of).collect()
}

/// `boards.csv` without what lies beyond a generation.
pub(super) fn boards_until(directory: &RunDirectory, generation: u32) -> Result<BoardsWriter, Error> {
    let mut rows: Vec<BoardRow> = read_table(&directory.boards()).unwrap_or_default();
    rows.retain(|row| row.generation <= generation);
    BoardsWriter::create(&directory.boards(), &rows)
}
