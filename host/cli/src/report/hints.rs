//! Hints: what is found in a run while it goes on, each kind of finding once.

use super::diagnostics::{Finding, FindingKind, LOOKS, diagnose, slower};
use eggroll_firmware::train::Estimator;
use eggroll_host::measure::Chance;
use eggroll_host::run::{Config, MetricsRow, Source, boards_that_pay, slots_for};

/// A finding that asks for a change, and when it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The generation of the look at which it was made first.
    pub generation: u32,
    /// The finding, with advice.
    pub finding: Finding,
}

/// The hints of a run. They follow from its configuration and its looks, so that a report finds the same ones
/// as the program while it trained.
#[derive(Clone, Debug)]
pub struct Hints {
    config: Config,
    chance: Option<Chance>,
    /// The looks that were taken in.
    seen: usize,
    /// The best accuracy that the run has held for [`LOOKS`] looks.
    best: f64,
    given: Vec<Hint>,
}

impl Hints {
    /// No hints yet. `chance` is that of the validation part, for a run on samples.
    pub fn new(config: &Config, chance: Option<Chance>) -> Self {
        Self { config: config.clone(), chance, seen: 0, best: 0.0, given: Vec::new() }
    }

    /// Takes in all looks so far, and returns the hints that are new.
    pub fn look(&mut self, rows: &[MetricsRow]) -> &[Hint] {
        let before = self.given.len();
        // Where the run went back to before a wrong generation, its looks do so, too.
        self.seen = self.seen.min(rows.len());
        while let Some(row) = rows.get(self.seen) {
            self.seen += 1;
            let rows = &rows[..self.seen];
            let findings = diagnose(&self.config, self.chance, rows).into_iter().chain(self.fell_back(rows));
            for finding in findings.filter(Finding::is_advice) {
                self.give(row.generation, finding);
            }
        }
        &self.given[before..]
    }

    /// Takes in how many boards the run has, and returns a hint if some of them never have work.
    pub fn boards(&mut self, generation: u32, boards: usize) -> Option<&Hint> {
        let finding = idle_boards(&self.config, u32::try_from(boards).unwrap_or(u32::MAX))?;
        self.give(generation, finding);
        self.given.last()
    }

    /// Takes in what was found at the end of the run, and returns the hints that are new.
    pub fn conclude(&mut self, generation: u32, findings: Vec<Finding>) -> &[Hint] {
        let before = self.given.len();
        findings.into_iter().filter(Finding::is_advice).for_each(|finding| self.give(generation, finding));
        &self.given[before..]
    }

    /// All hints, in order.
    pub fn given(&self) -> &[Hint] {
        &self.given
    }

    fn give(&mut self, generation: u32, finding: Finding) {
        if self.given.iter().all(|hint| hint.finding.kind != finding.kind) {
            self.given.push(Hint { generation, finding });
        }
    }

    /// The finding that the accuracy is clearly below the best. A single look decides nothing: the best was
    /// held for as many looks as the fall is.
    fn fell_back(&mut self, rows: &[MetricsRow]) -> Option<Finding> {
        let chance = self.chance?;
        let recent = &rows[rows.len().checked_sub(LOOKS)?..];
        let values = || recent.iter().map(|row| row.validation.value);
        let (lowest, highest) = (values().fold(1.0, f64::min), values().fold(0.0, f64::max));
        if chance.fell(self.best, highest) {
            let kind = FindingKind::FellBack;
            let seen = format!(
                "the accuracy fell back from {:.0} % to {:.0} %, which is beyond the uncertainty of {} samples",
                100.0 * self.best,
                100.0 * highest,
                chance.watched
            );
            let advice = format!("{}, or center the inputs around 0", slower(&self.config));
            return Some(Finding { kind, seen, advice });
        }
        self.best = self.best.max(lowest);
        None
    }
}

/// The finding that some boards of a run on data never have work.
fn idle_boards(config: &Config, boards: u32) -> Option<Finding> {
    let slots = match (&config.source, config.estimator) {
        (Source::Samples(_), Estimator::Node(_) | Estimator::Guided(_)) => config.estimator.units(),
        _ => return None,
    };
    let busy = boards_that_pay(slots);
    let seen =
        format!("{boards} boards share {slots} slots a generation, so more than {busy} never have work");
    let advice = format!(
        "begin a run with --slots {} (and --sync delta: a board that moves its own weights takes the base model over \
         every kept slot again)",
        slots_for(boards)
    );
    (boards > busy).then_some(Finding { kind: FindingKind::IdleBoards, seen, advice })
}
