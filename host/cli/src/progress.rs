//! The progress of a run: a bar on a terminal, or a line from time to time elsewhere, and a summary at the
//! end.

use super::output::{count, tell};
use super::tui::{Log, Tui, View};
use crate::report::{Finding, Hint, Hints, thinned};
use eggroll_host::fleet::{Fleet, Traffic};
use eggroll_host::measure::{Figures, Measure, Score};
use eggroll_host::run::{Config, MetricsRow, RunDirectory, Source};
use eggroll_host::train::{Experiment, Material, Progress, Stop, Summary, Trainer};
use eggroll_host::words;
use indicatif::{HumanBytes, HumanCount, ProgressBar, ProgressStyle};
use std::io::{IsTerminal, Write, stderr};
use std::time::{Duration, Instant};

/// The shortest time between two texts beside the bar. Nobody reads faster, and a short generation must not
/// wait for a terminal.
const REFRESH: Duration = Duration::from_millis(100);

/// The most boards that a line of progress names.
const BOARDS: usize = 16;

pub(super) struct Reporter {
    bar: Option<ProgressBar>,
    tui: Option<(Tui, View)>,
    config: Config,
    hints: Hints,
    quiet: bool,
    title: String,
    boards: usize,
    held_out: usize,
    /// Whether the model has been validated.
    looked: bool,
    watched: usize,
    resumed: u32,
    refreshed: Instant,
    started: Instant,
    passes_before: Option<u64>,
    /// Without a terminal, the number of tenths of the run that were reported.
    said: u32,
    planned: u32,
}

impl Reporter {
    pub(super) fn new(trainer: &Trainer, boards: usize, quiet: bool, tui: Option<Tui>) -> Self {
        let planned = trainer.experiment().lengths.planned();
        let config = &Config { generations: planned, ..trainer.experiment().config.clone() };
        let title = format!("{} {}, seed {}", config.source.label(), config.model, config.seed);
        let bar = (!quiet && tui.is_none() && stderr().is_terminal()).then(|| {
            let bar = ProgressBar::new(u64::from(planned)).with_position(u64::from(trainer.generation()));
            let template = "{elapsed_precise} {bar:24} generation {pos}/{len}  {msg}  ETA {eta}";
            bar.set_style(
                ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
            );
            bar
        });
        if !quiet && tui.is_none() {
            tell!(
                "{title}: {}; {}; run {}",
                material(trainer.experiment()),
                match boards {
                    0 => "boards join from their lab".to_owned(),
                    1 => "1 board".to_owned(),
                    boards => format!("{boards} boards"),
                },
                words::path(trainer.directory().path()),
            );
        }
        let run = words::path(trainer.directory().path());
        let measure = config.source.measure();
        let view = View { title: title.clone(), run, planned, measure, ..View::default() };
        let tui = tui.map(|mut tui| {
            let mut view = view;
            tui.show(&mut view);
            (tui, view)
        });
        let now = Instant::now();
        Self {
            bar,
            tui,
            config: config.clone(),
            hints: Hints::new(config, trainer.experiment().chance()),
            quiet,
            title,
            boards,
            held_out: trainer.experiment().held_out().len(),
            looked: false,
            watched: trainer.experiment().watched().len(),
            resumed: trainer.generation(),
            refreshed: now,
            started: now,
            passes_before: None,
            said: tenth(trainer.generation(), planned),
            planned,
        }
    }

    pub(super) fn progress(&mut self, progress: &Progress<'_>, fleet: &Fleet) {
        self.looked |= progress.latest.is_some();
        let before = *self.passes_before.get_or_insert(progress.passes);
        let tenth = tenth(progress.generation, self.planned);
        let text = || {
            let unit = self.config.source.unit();
            let between = if unit.is_empty() { "" } else { " " };
            let latest =
                progress.latest.map_or("-".to_owned(), |row| format!("{}{between}{unit}", row.validation));
            let seconds = self.started.elapsed().as_secs_f64().max(1e-3);
            let rate = (progress.passes - before) as f64 / seconds;
            let shares = fleet.shares();
            let mut boards: Vec<String> = shares
                .iter()
                .take(BOARDS)
                .map(|share| format!("{} {}/s", words::shown(&share.name, words::MOST), count(share.rate)))
                .collect();
            if shares.len() > BOARDS {
                boards.push(format!("and {} more", shares.len() - BOARDS));
            }
            let passes = count(progress.passes as f64);
            let trials = self.config.source.measure().short_trials();
            format!("validation {latest}  {passes} {trials}, {}/s  [{}]", count(rate), boards.join(", "))
        };
        if let Some((tui, view)) = &mut self.tui {
            if self.refreshed.elapsed() >= REFRESH || progress.generation == self.planned {
                let elapsed = self.started.elapsed();
                let done = f64::from(progress.generation - self.resumed.min(progress.generation));
                let left = f64::from(self.planned - progress.generation) * elapsed.as_secs_f64() / done;
                view.generation = progress.generation;
                view.passes = progress.passes;
                view.rate = (progress.passes - before) as f64 / elapsed.as_secs_f64().max(1e-3);
                view.elapsed = elapsed;
                view.left = Duration::try_from_secs_f64(left).ok();
                let point = |row: &MetricsRow| (row.forward_passes as f64, row.validation.on_axis());
                view.curve = thinned(progress.rows.iter().map(point));
                view.latest = progress.latest.map(|row| row.validation);
                view.boards = fleet.shares();
                tui.show(view);
                self.refreshed = Instant::now();
            }
        } else if let Some(bar) = &self.bar {
            if self.refreshed.elapsed() >= REFRESH || progress.generation == self.planned {
                bar.set_message(text());
                bar.set_position(u64::from(progress.generation));
                self.refreshed = Instant::now();
            }
        } else if !self.quiet && tenth > self.said {
            tell!("generation {}/{}  {}", progress.generation, self.planned, text());
            self.said = tenth;
        }
        if progress.fresh {
            let new = self.hints.look(progress.rows).to_vec();
            new.iter().for_each(|hint| self.advise(hint));
        }
    }

    /// Says so if there are more boards than have work.
    pub(super) fn check_boards(&mut self) {
        if let Some(hint) = self.hints.boards(self.resumed, self.boards).cloned() {
            self.advise(&hint);
        }
    }

    /// Takes in what was found at the end of the run, and prints what is new.
    pub(super) fn conclude(&mut self, generation: u32, findings: Vec<Finding>) {
        for hint in self.hints.conclude(generation, findings).to_vec() {
            self.advise(&hint);
        }
    }

    /// What was found while the run went on, and at its end.
    pub(super) fn hints(&self) -> &[Hint] {
        self.hints.given()
    }

    /// Prints what may keep the run from learning.
    fn advise(&self, hint: &Hint) {
        if self.quiet {
            return;
        }
        let line = format!("advice, generation {}: {}", hint.generation, hint.finding.line());
        match &self.bar {
            Some(bar) => bar.suspend(|| tell!("{line}")),
            // This goes to the log, which a TUI shows as well.
            None => drop(writeln!(Log, "{line}")),
        }
    }

    /// Restores the terminal.
    pub(super) fn close(&mut self) {
        self.tui = None;
        if let Some(bar) = &self.bar {
            bar.finish_and_clear();
        }
    }

    pub(super) fn summary(&self, summary: &Summary, run: &RunDirectory, fleet: &Fleet, traffic: &Traffic) {
        if self.quiet {
            return;
        }
        let (sent, received) = traffic.totals();
        let run = run.path().display().to_string();
        let ending = match summary.stop {
            Stop::Finished => "",
            Stop::Reached => ", stopped by --until",
            Stop::Interrupted => ", interrupted",
        };
        let Figures { forward_passes, test, validation } = summary.figures;
        let measure = validation.measure;
        let test = match (test, measure) {
            // An older board cannot say what the weights score.
            (_, Measure::Own) if !self.looked && validation.value == 0.0 => {
                "mean score not measured".to_owned()
            }
            (_, Measure::Own) => {
                format!("mean score {validation} {} over {} trials", self.config.source.unit(), self.watched)
            }
            (None, _) => "nothing held out".to_owned(),
            (Some(test), Measure::Accuracy) => format!("{test} of {} held-out samples", self.held_out),
            (Some(test), Measure::R2) => test.over(self.held_out),
            (Some(test), Measure::Success) => test.over(self.held_out),
            (Some(test), Measure::Bits) => format!("{test} a byte of held-out text"),
            (Some(test), Measure::Return) => format!("mean return {}", test.over(self.held_out)),
        };
        tell!("");
        let validation = match measure {
            Measure::Own => String::new(),
            _ => format!(", {validation} validation"),
        };
        tell!("{}: {test}{validation}{ending}", self.title);
        for line in adaptation(summary) {
            tell!("  {line}");
        }
        let resumed =
            if self.resumed > 0 { format!(" (resumed after {})", self.resumed) } else { String::new() };
        // Those of a lab join later.
        let boards = self.boards.max(fleet.shares().len());
        tell!(
            "  {} generations{resumed}, {} {}, {:.1} s on {} board{}; {} sent, {} received",
            HumanCount(u64::from(summary.generations)),
            HumanCount(forward_passes),
            measure.trials(),
            summary.seconds,
            boards,
            if boards == 1 { "" } else { "s" },
            HumanBytes(sent),
            HumanBytes(received),
        );
        if let Some(line) = work(summary) {
            tell!("  {line}");
        }
        for share in fleet.shares() {
            tell!(
                "  {}: {} units evaluated, {} a second",
                share.name,
                HumanCount(share.units),
                count(share.rate)
            );
        }
        super::trouble::say(summary, fleet, traffic);
        tell!("  weights_sha256 {}", summary.weights_sha256);
        tell!("  run {run}: config.toml, journal, metrics.csv, weights.safetensors, report.html");
        if summary.stop == Stop::Interrupted {
            tell!("");
            tell!("go on with:");
            tell!("  eggroll-host --resume --run {run}");
        } else {
            let last = match measure {
                Measure::Bits => format!("eggroll-host sample {run} --prompt TEXT    write text"),
                _ => "eggroll-host --task csv:FILE                     train on your own data".to_owned(),
            };
            tell!("");
            tell!("try next:");
            let longer = u64::from(summary.generations).saturating_mul(2).min(u64::from(u32::MAX));
            tell!("  eggroll-host --resume --run {run} --generations {longer}    train on");
            tell!(
                "  eggroll-host replay {run}                  rebuild these weights from the journal alone"
            );
            if matches!(&self.config.source, Source::Samples(samples) if samples.quantile.is_some()) {
                tell!("  eggroll-host eval {run}                    how well it tells anomalies");
                tell!("  eggroll-host predict {run} FILE            which rows of a file are anomalies");
                return;
            }
            if self.config.model.is_recurrent() {
                // It carries a state, which exports of programs have no place for.
                tell!("  eggroll-host export {run} --out model.safetensors    the weights, for other tools");
            } else {
                tell!("  eggroll-host export {run} --out model.c    the model in C, for your own firmware");
            }
            tell!("  {last}");
        }
    }
}

/// What the generations of a run with slots took, and what its guide explained.
fn work(summary: &Summary) -> Option<String> {
    let work = summary.work?;
    let guide = summary.guide.as_ref().and_then(|guide| guide.guide_explains);
    let guide = guide.map_or(String::new(), |share| format!("; the guide explains {:.0} %", 100.0 * share));
    Some(format!(
        "{} slots ({} skipped), {} base passes, {} of members{guide}",
        HumanCount(work.slots),
        HumanCount(work.slots_skipped),
        HumanCount(work.base_passes),
        HumanCount(work.member_passes),
    ))
}

/// What a trained model reached before the run, on held-out rows and on old ones.
fn adaptation(summary: &Summary) -> Vec<String> {
    let Some(adaptation) = summary.adaptation else { return Vec::new() };
    let Figures { test, validation, .. } = summary.figures;
    let score = |value: f64| Score { measure: validation.measure, value };
    let mut lines = Vec::new();
    if let (Some(before), Some(now)) = (adaptation.test_before, test) {
        lines.push(format!("held out: {} before, {now} now", score(before)));
    }
    if let (Some(before), Some(now)) = (adaptation.old_before, adaptation.old_after) {
        let rows = HumanCount(adaptation.old_rows as u64);
        lines.push(format!(
            "old rows: {} before, {} now, on {rows} that did not train",
            score(before),
            score(now)
        ));
    }
    lines
}

/// The data that a run trains on and is validated on.
fn material(experiment: &Experiment) -> String {
    match &experiment.material {
        Material::Samples { split, drawn, .. } => {
            let (train, drawn) = (split.train.len(), drawn.len());
            let balanced =
                if drawn == train { String::new() } else { format!(" (as {drawn}, all classes alike)") };
            let anomalies = match split.anomalies.len() {
                0 => String::new(),
                count => format!(", and {count} anomalies"),
            };
            let old = match split.old.len() {
                0 => String::new(),
                count => format!(", {count} old ones to tell what is forgotten"),
            };
            let (watched, held_out) = (split.validation.len(), split.test.len());
            format!(
                "{train} samples to train on{balanced}, {watched} to watch, {held_out} held out{anomalies}{old}"
            )
        }
        Material::Text { split, .. } => format!(
            "{} bytes to train on, {} to watch, {} held out",
            split.train.len(),
            split.watched.len(),
            split.test.len()
        ),
        Material::Reward(reward) => format!(
            "puzzles ({}); {} fresh prompts to watch, {} others for the final figure",
            reward.kind,
            experiment.watched().len(),
            experiment.held_out().len()
        ),
        Material::Own(own) => {
            format!("trials of {own}; {} others to watch, which boards measure", experiment.watched().len())
        }
        Material::Environment(domain) => format!(
            "episodes of up to {} steps{}; {} fresh starts to watch, {} others for the final figure",
            domain.kind.steps(),
            match domain.spread {
                0 => String::new(),
                spread => format!(", each with parameters up to {spread} % from the nominal ones"),
            },
            experiment.watched().len(),
            experiment.held_out().len()
        ),
    }
}

/// The number of tenths of a run that are done. It is computed in 64 bits, because a run may have 2^32
/// generations.
fn tenth(generation: u32, planned: u32) -> u32 {
    (u64::from(generation) * 10 / u64::from(planned)) as u32
}
