//! The metrics of a run.

use super::boards::{Boards, Figures};
use super::exposition::Families;
use eggroll_host::fleet::{Fleet, Roll, Traffic};
use eggroll_host::measure::Score;
use eggroll_host::run::{Lengths, MetricsRow, Schedule, SessionSummary};
use eggroll_host::train::{Experiment, Progress, Summary};
use eggroll_host::words;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::metrics::info::Info;
use prometheus_client::registry::Unit;
use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The shortest time between two looks at all boards, whose names are copied each time. Scrapers come less
/// often.
const BOARDS_EVERY: Duration = Duration::from_secs(1);
/// The most characters of a text that a label repeats, such as a model with many layers.
const MOST_OF_LABEL: usize = 200;

/// Takes in how a run goes, for whoever asks.
pub(crate) struct RunMetrics {
    shared: Arc<Shared>,
    boards_seen: Option<Instant>,
}

impl RunMetrics {
    /// A run that has been planned, and has so many generations.
    pub(crate) fn new(experiment: &Experiment, generation: u32, traffic: &Arc<Traffic>) -> Self {
        let config = &experiment.config;
        let of = |text: String| words::shown(&text, MOST_OF_LABEL);
        let info = vec![
            ("version", env!("CARGO_PKG_VERSION").to_owned()),
            ("identity", experiment.setup.identity.to_string()),
            ("task", of(config.source.label())),
            ("model", of(config.model.to_string())),
            ("seed", config.seed.to_string()),
        ];
        let shared = Shared {
            info,
            schedule: config.schedule,
            lengths: experiment.lengths.clone(),
            traffic: Arc::clone(traffic),
            now: Mutex::new(Now { generation, ..Now::default() }),
        };
        Self { shared: Arc::new(shared), boards_seen: None }
    }

    /// What encodes the figures.
    pub(crate) fn collector(&self) -> impl Collector + use<> {
        Arc::clone(&self.shared)
    }

    /// The training begins. A run that is resumed may have a summary from before.
    pub(crate) fn begins(&mut self, fleet: &Fleet, before: Option<&SessionSummary>) {
        let mut now = self.shared.now();
        now.training = Some((fleet.roll(), Instant::now()));
        now.boards.set(fleet.shares());
        now.test = before.and_then(|summary| Some((summary.generations, summary.figures.test?)));
    }

    /// A generation has been done.
    pub(crate) fn progress(&mut self, progress: &Progress<'_>, fleet: &Fleet) {
        let mut now = self.shared.now();
        now.generation = progress.generation;
        now.passes = Some(progress.passes);
        now.rollbacks = progress.rollbacks;
        // After a rollback there may be an earlier one again.
        now.looked = progress.latest.map(Look::of);
        if self.boards_seen.is_none_or(|seen| seen.elapsed() >= BOARDS_EVERY) {
            now.boards.set(fleet.shares());
            self.boards_seen = Some(Instant::now());
        }
    }

    /// The training has ended.
    pub(crate) fn ended(&mut self, summary: &Summary, fleet: &Fleet) {
        let mut now = self.shared.now();
        now.generation = summary.generations;
        now.passes = Some(summary.figures.forward_passes);
        now.rollbacks = summary.rollbacks;
        now.test = summary.figures.test.map(|score| (summary.generations, score));
        now.boards.set(fleet.shares());
    }
}

/// What a scrape reads.
#[derive(Debug)]
struct Shared {
    info: Vec<(&'static str, String)>,
    schedule: Schedule,
    lengths: Lengths,
    traffic: Arc<Traffic>,
    now: Mutex<Now>,
}

/// What the training replaces.
#[derive(Debug, Default)]
struct Now {
    generation: u32,
    /// Not known before the first generation of a session.
    passes: Option<u64>,
    looked: Option<Look>,
    /// The generation that was tested, and its score.
    test: Option<(u32, Score)>,
    rollbacks: u32,
    /// The boards, and when the training began.
    training: Option<(Arc<Roll>, Instant)>,
    boards: Boards,
}

/// The parts of a validation that are shown.
#[derive(Clone, Copy, Debug)]
struct Look {
    generation: u32,
    score: Score,
    moved: f64,
}

impl Look {
    const fn of(row: &MetricsRow) -> Self {
        Self { generation: row.generation, score: row.validation, moved: row.moved }
    }
}

impl Shared {
    fn now(&self) -> MutexGuard<'_, Now> {
        self.now.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn of_training(&self, now: &Now, families: &mut Families<'_>) -> fmt::Result {
        let info = families.0.encode_descriptor(
            "run",
            "The program and the run that it trains",
            None,
            MetricType::Info,
        )?;
        Info::new(self.info.clone()).encode(info)?;
        families.gauge("generation", "Generations that are done", now.generation)?;
        families.gauge(
            "generations_planned",
            "Generations that the run is planned to have",
            self.lengths.planned(),
        )?;
        if let Some(passes) = now.passes {
            let help = "Forward passes so far, with those of earlier sessions; in an environment episodes, on a text tokens, \
                 on a reward answers, on an own task trials. They fall where a run goes back";
            families.counter("forward_passes", help, None, passes)?;
        }
        if let Some(Look { generation, score, moved }) = now.looked {
            families.score("validation", "the watched part when it was last looked at", generation, score)?;
            let help = "Mean share of weights that moved in a generation, between the last two validations";
            families.gauge("weights_moved_ratio", help, moved)?;
        }
        if let Some((generation, score)) = now.test {
            families.score(
                "test",
                "the held-out part after the latest session that has ended",
                generation,
                score,
            )?;
        }
        let step = f64::from(self.lengths.rate(now.generation.max(1)));
        match self.schedule {
            Schedule::LearningRate(_) => {
                families.gauge("learning_rate", "Learning rate of the latest generation", step / 65_536.0)
            }
            Schedule::Alpha(_) | Schedule::Q(_) => {
                let help = "Threshold of a vote of the latest generation, in standard deviations";
                families.gauge("vote_threshold", help, step / 16.0)
            }
        }
    }

    fn of_session(&self, now: &Now, families: &mut Families<'_>) -> fmt::Result {
        let Traffic { sent, received, requests, repeated, resyncs, .. } = &*self.traffic;
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        let bytes = Some(&Unit::Bytes);
        families.counter("sent", "Bytes sent to boards in this session", bytes, of(sent))?;
        families.counter("received", "Bytes received from boards in this session", bytes, of(received))?;
        families.counter(
            "requests",
            "Requests to boards in this session, without repeats",
            None,
            of(requests),
        )?;
        families.counter(
            "requests_repeated",
            "Requests that were repeated for want of a reply",
            None,
            of(repeated),
        )?;
        let help = "Times that a board had to be brought to the run's weights again";
        families.counter("resyncs", help, None, of(resyncs))?;
        families.counter(
            "rollbacks",
            "Times that the run went back before wrong scores",
            None,
            now.rollbacks,
        )?;
        let Some((roll, began)) = &now.training else { return Ok(()) };
        let seconds = began.elapsed().as_secs_f64();
        families.counter("training", "Seconds of training in this session", Some(&Unit::Seconds), seconds)?;
        let counts = roll.counts();
        families.gauge("boards", "Boards that take part now", roll.present() as u64)?;
        families.counter(
            "boards_lost",
            "Boards lost; one that is lost again counts twice",
            None,
            counts.lost,
        )?;
        families.counter("boards_expelled", "Boards expelled for wrong scores", None, counts.expelled)?;
        families.counter("replies_verified", "Replies that the host computed again", None, counts.checked)
    }

    fn of_boards(now: &Now, families: &mut Families<'_>) -> fmt::Result {
        let boards = || now.boards.each();
        families.by_label(
            ("board_units_per_second", "Present speed of a board", MetricType::Gauge),
            "board",
            boards(),
            |Figures { rate, .. }, encoder| ConstGauge::new(rate).encode(encoder),
        )?;
        families.by_label(
            ("board_units", "Units that a board has evaluated in this session", MetricType::Counter),
            "board",
            boards(),
            |Figures { units, .. }, encoder| ConstCounter::new(units).encode(encoder),
        )?;
        families.by_label(
            ("board_reloads", "Times that a board got all weights anew since it joined", MetricType::Counter),
            "board",
            boards(),
            |Figures { reloads, .. }, encoder| ConstCounter::new(reloads).encode(encoder),
        )
    }
}

impl Collector for Shared {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut families = Families(encoder);
        let now = self.now();
        self.of_training(&now, &mut families)?;
        self.of_session(&now, &mut families)?;
        Self::of_boards(&now, &mut families)
    }
}

impl Families<'_> {
    /// A score by the name of its measure, and the generation that has it.
    fn score(&mut self, part: &str, what: &str, generation: u32, score: Score) -> fmt::Result {
        let help = format!("Score on {what}, in its measure");
        self.by_label(
            (&format!("{part}_score"), &help, MetricType::Gauge),
            "measure",
            [(score.measure.name(), score.value)],
            |value, encoder| ConstGauge::new(value).encode(encoder),
        )?;
        self.gauge(&format!("{part}_generation"), "Generation that has this score", generation)
    }
}
