use super::Experiment;
use super::TrainError;
use super::ahead::Ahead;
use super::rebuild::{Walk, first_record, walk};
use super::window::Window;
use crate::fleet::{Evaluated, Fleet, Measured, Share};
use crate::measure::{Adaptation, Chance, Figures, GuideFacts, Score, WATCHED_TRIALS, Work};
use crate::run::journal::{self, Damage};
use crate::run::{
    Beginning, BoardRow, BoardsWriter, Held, Identity, Journal, LengthChange, MetricsRow, MetricsWriter,
    Mirror, Record, RunDirectory, RunError, RunLocation, Weights, begin, write_atomically, write_weights,
};
use crate::update::{Outcome, Replica, sha256};
use eggroll_firmware::train::Estimator;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio_util::sync::CancellationToken;

/// The interval at which the weights file is written during training.
const WEIGHTS_EVERY: Duration = Duration::from_secs(5);

/// The progress of a run, for whoever shows it.
pub struct Progress<'a> {
    /// The generation that has just been done.
    pub generation: u32,
    /// The forward passes so far; in an environment, the episodes.
    pub passes: u64,
    /// The latest validation, if there was one.
    pub latest: Option<&'a MetricsRow>,
    /// All validations so far.
    pub rows: &'a [MetricsRow],
    /// Whether the latest validation is of this generation.
    pub fresh: bool,
    /// How often this session went back to before a generation with wrong scores.
    pub rollbacks: u32,
}

/// Says why a run stopped.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stop {
    /// All planned generations are done.
    Finished,
    /// The goal of `--until` is reached.
    Reached,
    /// The user interrupted the run, which can be resumed.
    Interrupted,
}

/// The result of a run.
#[derive(Clone, Debug, PartialEq)]
pub struct Summary {
    /// The reason why it stopped.
    pub stop: Stop,
    /// The identity of the run.
    pub identity: Identity,
    /// The generations that are done, including those before it was resumed.
    pub generations: u32,
    /// The final figures.
    pub figures: Figures,
    /// The work of all generations, including those before it was resumed; `None` for estimator `weight`,
    /// which has no slots.
    pub work: Option<Work>,
    /// What the guide explained; `None` for a run without members that teach one.
    pub guide: Option<GuideFacts>,
    /// What chance reaches on the validation set; `None` unless that has samples.
    pub chance: Option<Chance>,
    /// What a trained model, with which the run began, reached before it; `None` of any other run.
    pub adaptation: Option<Adaptation>,
    /// The SHA-256 of the weights.
    pub weights_sha256: String,
    /// The seconds of training in this session.
    pub seconds: f64,
    /// How often this session went back to before a generation with wrong scores.
    pub rollbacks: u32,
}

/// The outcome of an attempt at a generation.
enum Step {
    /// The generation is done: its outcome, and how many weights moved.
    Done(Arc<Outcome>, u32),
    /// A board was caught with wrong scores, but all that it gave before was right.
    Again,
    /// The user has interrupted the run.
    Interrupted,
    /// A board was caught with wrong scores, and the run went back to before the first wrong generation.
    Back,
}

/// A run that is being trained in its directory.
pub struct Trainer {
    pub(super) experiment: Experiment,
    pub(super) directory: RunDirectory,
    pub(super) replica: Replica,
    pub(super) journal: Journal,
    pub(super) metrics: MetricsWriter,
    pub(super) board_rows: BoardsWriter,
    pub(super) rows: Vec<MetricsRow>,
    /// Counts since the last validation.
    pub(super) window: Window,
    pub(super) work: Work,
    before: f64,
    /// The names of the boards, by their numbers in the journal.
    pub(super) boards: Vec<String>,
    pub(super) rollbacks: u32,
    /// How many generations a board trains alone at a time; `None` if boards evaluate.
    autonomous: Option<u32>,
    pub(super) ahead: Ahead,
    /// A change of the length that the journal does not have yet.
    pub(super) change: Option<LengthChange>,
}

impl Trainer {
    /// Starts a new run in a directory.
    ///
    /// # Errors
    /// [`RunError::RunExists`], [`RunError::Io`], [`TrainError::Refused`].
    pub fn start(experiment: Experiment, path: &Path) -> Result<Self, TrainError> {
        Self::start_at(experiment, &RunLocation::At(path.to_owned()))
    }

    /// Starts a new run. Its directory appears whole or not at all.
    ///
    /// # Errors
    /// Those of [`Self::start`].
    pub fn start_at(experiment: Experiment, place: &RunLocation) -> Result<Self, TrainError> {
        // Everything that can refuse the run comes before the directory is touched.
        let replica = Replica::new(&experiment.setup).map_err(TrainError::Refused)?;
        let journal = journal::beginning(&first_record(&experiment)?)?;
        let config = experiment.config.to_toml()?;
        let (directory, file) = begin(place, &Beginning { journal, config })?;
        let identity = experiment.setup.identity;
        Ok(Self {
            journal: Journal::on(&directory.journal(), file)?,
            metrics: MetricsWriter::create(&directory.metrics(), identity, &[])?,
            board_rows: BoardsWriter::create(&directory.boards(), identity, &[])?,
            experiment,
            directory,
            replica,
            rows: Vec::new(),
            window: Window::default(),
            work: Work::default(),
            before: 0.0,
            boards: Vec::new(),
            rollbacks: 0,
            autonomous: None,
            ahead: Ahead::default(),
            change: None,
        })
    }

    /// Resumes the run in a directory from its journal. Damage in the journal is reported, and the damaged
    /// journal is kept.
    ///
    /// # Errors
    /// Those of [`super::rebuild`]; [`RunError::RunInUse`].
    pub fn resume(path: &Path) -> Result<(Self, Option<String>), TrainError> {
        Self::resume_from(path, None, None)
    }

    /// Does the same from an earlier generation on, or with another number of generations
    /// ([`Self::lengthen`]). The generations after the earlier one in the journal do not count any more, nor
    /// do later changes of the length.
    ///
    /// # Errors
    /// Those of [`Self::resume`]; [`TrainError::NoGeneration`] if the run has no such generation;
    /// [`TrainError::Shorter`]. After these two the run is as it was.
    pub fn resume_from(
        path: &Path,
        last: Option<u32>,
        generations: Option<u32>,
    ) -> Result<(Self, Option<String>), TrainError> {
        let directory = RunDirectory::open(path)?;
        let file = directory.lock_journal()?;
        let (config, identity) = directory.started_as()?;
        let known = directory.metrics_rows(identity, config.source.measure());
        let walked = walk(&directory, Walk { last, known: Some(known), ..Walk::default() })?;
        let (rebuilt, looks) = (walked.rebuilt, walked.looks.unwrap_or_default());
        let experiment = rebuilt.experiment;
        let generation = rebuilt.replica.state().generation;
        if let Some(asked) = generations.filter(|&asked| asked < generation) {
            return Err(TrainError::Shorter { run: path.to_owned(), done: generation, asked });
        }
        let warning = match (&rebuilt.damage, &rebuilt.head) {
            (None, None) => None,
            (damage, head) => {
                let beginning =
                    head.as_ref().map(|_| "at its beginning, which config.toml replaces".to_owned());
                let end = damage
                    .as_ref()
                    .map(|Damage { at, lost }| format!("at byte {at} ({lost} bytes from there)"));
                let places: Vec<String> = beginning.into_iter().chain(end).collect();
                Some(format!(
                    "the journal is damaged {}: going on after generation {generation}; the damaged journal is kept \
                     as {}",
                    places.join(" and "),
                    directory.keep_damaged_journal()?.display()
                ))
            }
        };
        let journal = Journal::resume(&directory.journal(), file, rebuilt.whole, rebuilt.head.as_deref())?;
        journal.held().check()?;
        directory.sweep();
        if !directory.config().exists() {
            write_atomically(&directory.config(), experiment.config.to_toml()?.as_bytes())?;
        }
        let (rows, identity) = (looks.rows, experiment.setup.identity);
        let metrics = MetricsWriter::create(&directory.metrics(), identity, &rows)?;
        let board_rows = boards_until(&directory, &experiment, generation)?;
        let before = rows.last().map_or(0.0, |row| row.seconds);
        let mut trainer = Self {
            experiment,
            directory,
            replica: rebuilt.replica,
            journal,
            metrics,
            board_rows,
            rows,
            window: looks.window,
            work: rebuilt.work,
            before,
            boards: rebuilt.boards,
            rollbacks: 0,
            autonomous: None,
            ahead: Ahead::default(),
            change: None,
        };
        if generation < rebuilt.generations {
            trainer.go_back(generation, &rebuilt.unaudited)?;
        }
        // The host was stopped after it had caught a board and before it had audited the board.
        if !rebuilt.unaudited.is_empty() {
            trainer.audit(&rebuilt.unaudited)?;
        }
        generations.map_or(Ok(()), |generations| trainer.lengthen(generations))?;
        Ok((trainer, warning))
    }

    /// From now on boards train `count` generations alone at a time, instead of evaluating single
    /// generations. The weights are the same.
    pub const fn autonomous(&mut self, count: Option<u32>) {
        self.autonomous = count;
    }

    /// The bytes of the journal so far, all of which are on the disk.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn journal_bytes(&mut self) -> Result<Vec<u8>, RunError> {
        self.journal.settle()?;
        let path = self.directory.journal();
        std::fs::read(&path).map_err(|error| RunError::io("read", &path, error))
    }

    /// From now on, keeps a copy of the run elsewhere as well.
    pub fn mirror_to(&mut self, mirror: Box<dyn Mirror>) {
        self.journal.mirror_to(mirror);
    }

    /// Gives the mirror a checkpoint if it wants one.
    fn mirror_state(&mut self) {
        if let Some(mirror) = self.journal.mirror()
            && mirror.wants_checkpoint()
        {
            mirror.checkpoint(self.replica.checkpoint(), &self.experiment.lengths);
        }
    }

    /// The run, with its data.
    pub const fn experiment(&self) -> &Experiment {
        &self.experiment
    }

    /// The directory of the run.
    pub const fn directory(&self) -> &RunDirectory {
        &self.directory
    }

    /// The host's locks on the run, for whoever writes to its directory after the training.
    ///
    /// # Errors
    /// [`RunError::Io`].
    pub fn hold(&self) -> Result<Held, RunError> {
        self.journal.held().again()
    }

    /// The number of generations that are done.
    pub const fn generation(&self) -> u32 {
        self.replica.state().generation
    }

    /// Trains until the planned generations are done, the validation reaches `until`, or `stop` is cancelled.
    ///
    /// # Errors
    /// [`TrainError::Fleet`] if all boards are gone; [`RunError::Io`]. The run can be resumed after either.
    pub async fn train(
        mut self,
        fleet: &mut Fleet,
        until: Option<Score>,
        stop: &CancellationToken,
        mut tell: impl FnMut(&Progress<'_>, &Fleet),
    ) -> Result<Summary, TrainError> {
        let started = Instant::now();
        self.write_change()?;
        let reason = self.generations(fleet, until, stop, started, &mut tell).await;
        // However the training ended, everything is on the disk before the caller hears of it.
        let kept = self.keep();
        // Of two errors, the one that caused the other is reported.
        let stop = reason?;
        kept?;
        let weights = self.experiment.whole(self.replica.weights()).into_owned();
        let (test, validation) = match self.rows.last() {
            Some(row) if self.experiment.is_measured_by_boards() => (None, row.validation),
            _ => self.experiment.scores(&weights),
        };
        Ok(Summary {
            stop,
            identity: self.experiment.setup.identity,
            generations: self.replica.state().generation,
            figures: Figures { forward_passes: self.work.passes(), test, validation },
            work: self.experiment.has_slots().then_some(self.work),
            guide: self.guide_facts(),
            chance: self.experiment.chance(),
            adaptation: self.experiment.adaptation(&weights),
            weights_sha256: sha256(&weights),
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
    ) -> Result<Stop, TrainError> {
        let planned = self.experiment.lengths.planned();
        let reached = |row: &MetricsRow| until.is_some_and(|until| row.validation.reaches(until));
        if self.rows.last().is_some_and(reached) {
            return Ok(Stop::Reached);
        }
        let clip = self.experiment.config.estimator.shape().clip;
        let (mut shares, mut shared) = (fleet.shares(), started);
        let mut weights_written = Instant::now();
        while self.generation() < planned {
            if stop.is_cancelled() {
                return Ok(Stop::Interrupted);
            }
            let (outcome, moved) = match self.generation_of(fleet, stop).await? {
                Step::Done(outcome, moved) => (outcome, moved),
                Step::Again | Step::Back => continue,
                Step::Interrupted => return Ok(Stop::Interrupted),
            };
            self.window.add(&self.replica, &outcome.tally, clip, moved);
            let generation = self.generation();
            let due = self.experiment.is_due(generation);
            let measured = if due { self.measured(fleet, stop).await? } else { Measured::Unknown };
            if measured == Measured::Interrupted {
                return Ok(Stop::Interrupted);
            }
            let fresh = due && (measured != Measured::Unknown || !self.experiment.is_measured_by_boards());
            if fresh {
                let seconds = self.before + started.elapsed().as_secs_f64();
                self.look(seconds, measured)?;
                let before = core::mem::replace(&mut shares, fleet.shares());
                let elapsed = core::mem::replace(&mut shared, Instant::now()).elapsed();
                self.board_rows.append(&board_rows(generation, seconds, &before, &shares, elapsed))?;
                if weights_written.elapsed() > WEIGHTS_EVERY {
                    self.write_weights()?;
                    weights_written = Instant::now();
                }
            }
            let latest = self.rows.last();
            let passes = self.work.passes();
            let rollbacks = self.rollbacks;
            tell(&Progress { generation, passes, latest, rows: &self.rows, fresh, rollbacks }, fleet);
            if fresh && latest.is_some_and(reached) {
                return Ok(Stop::Reached);
            }
        }
        Ok(Stop::Finished)
    }

    /// Evaluates a generation, applies it and writes it to the journal.
    async fn generation_of(
        &mut self,
        fleet: &mut Fleet,
        stop: &CancellationToken,
    ) -> Result<Step, TrainError> {
        self.mirror_state();
        let estimator = self.experiment.config.estimator;
        let generation = Arc::new(self.replica.next_generation());
        let (number, rate) = (generation.number, self.experiment.lengths.rate(generation.number));
        let evaluated = match self.autonomous {
            Some(count) => self.alone(fleet, count, stop).await?,
            None => {
                let (shape, units) = (estimator.shape(), estimator.units());
                let evaluated = fleet.evaluate(generation, shape, units, stop).await;
                let run = self.directory.path().to_owned();
                evaluated.map_err(|error| TrainError::Fleet { error, run })?
            }
        };
        let (tally, answers) = match evaluated {
            Evaluated::Complete { tally, answers } => (tally, answers),
            Evaluated::Interrupted => return Ok(Step::Interrupted),
            Evaluated::Caught(boards) => {
                return Ok(if self.caught(&boards)? { Step::Back } else { Step::Again });
            }
        };
        let outcome = Arc::new(Outcome::new(number, rate, tally).map_err(TrainError::Refused)?);
        if self.autonomous.is_none() {
            fleet.finished(&outcome);
        }
        self.replica.offload_to(fleet.update_offload());
        let moved = self.replica.apply(Arc::clone(&outcome)).map_err(TrainError::Refused)?;
        self.work += self.experiment.work(&outcome.tally, self.replica.kept());
        let scores = outcome.scores.clone();
        let checksum = self.replica.state().checksum;
        let answers = self.answered(&answers)?;
        self.journal.append(&Record::Generation { number, scores, checksum, answers })?;
        Ok(Step::Done(outcome, moved))
    }

    /// What the weights score by a task of the boards' own; unknown of another task.
    async fn measured(
        &mut self,
        fleet: &mut Fleet,
        stop: &CancellationToken,
    ) -> Result<Measured, TrainError> {
        if !self.experiment.is_measured_by_boards() {
            return Ok(Measured::Unknown);
        }
        let generation = self.replica.next_generation();
        let measured = fleet.measure(&generation, WATCHED_TRIALS, stop).await;
        let run = self.directory.path().to_owned();
        measured.map_err(|error| TrainError::Fleet { error, run })
    }

    /// Validates the model.
    fn look(&mut self, seconds: f64, measured: Measured) -> Result<(), TrainError> {
        let measured = match measured {
            Measured::Score(score) => Some(Score::own(score)),
            Measured::Unknown | Measured::Interrupted => None,
        };
        let window = core::mem::take(&mut self.window);
        let passes = self.work.passes();
        let by = (seconds, measured);
        let row = self.experiment.look(&mut self.replica, passes, &window, self.rows.last(), by);
        self.metrics.append(std::slice::from_ref(&row))?;
        self.rows.push(row);
        Ok(())
    }

    /// What the guide explained at each look, if members teach one.
    fn guide_facts(&self) -> Option<GuideFacts> {
        let Estimator::Guided(guided) = &self.experiment.config.estimator else { return None };
        let looks: Vec<_> = self.rows.iter().map(|row| (row.generation, row.reports)).collect();
        (guided.node.members > 0).then(|| GuideFacts::new(&looks))
    }

    pub(super) fn write_weights(&mut self) -> Result<(), RunError> {
        self.journal.held().check()?;
        let run = Some(self.experiment.setup.identity);
        let values = self.experiment.whole(self.replica.weights()).into_owned();
        let threshold = self.experiment.threshold(&values);
        let weights = Weights { values, generation: self.generation(), run, threshold };
        let model = self.experiment.config.model.to_string();
        write_weights(&self.directory.weights(), &self.experiment.program, &model, &weights)
    }

    fn keep(&mut self) -> Result<(), RunError> {
        self.journal.finish()?;
        self.write_weights()
    }
}

/// Writes the work of each board since the last validation.
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

/// The text of `boards.csv` without the lines after a generation.
pub(super) fn boards_until(
    directory: &RunDirectory,
    experiment: &Experiment,
    generation: u32,
) -> Result<BoardsWriter, RunError> {
    let identity = experiment.setup.identity;
    let mut rows = directory.board_rows(Some(identity), experiment.config.source.measure());
    rows.retain(|row| row.generation <= generation);
    BoardsWriter::create(&directory.boards(), identity, &rows)
}
