//! What a search prints: the training in progress, a line for each trial, and the ranking.

use super::trial::{Candidate, Trial, ranking};
use crate::output::tell;
use eggroll_host::train::Progress;
use fixed::types::U16F16;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};
use std::io::{IsTerminal, stderr};
use std::time::{Duration, Instant};

/// The shortest time between two texts beside the bar.
const REFRESH: Duration = Duration::from_millis(100);

/// The table of a search on a terminal, or in a file.
pub(super) struct Table {
    quiet: bool,
    limit: Duration,
    started: Instant,
    bar: Option<ProgressBar>,
    refreshed: Instant,
}

impl Table {
    pub(super) fn new(quiet: bool, limit: Duration) -> Self {
        let now = Instant::now();
        if !quiet {
            tell!("rank  hidden      rate        seed  validation  generations  seconds");
        }
        Self { quiet, limit, started: now, bar: None, refreshed: now }
    }

    /// A training of so many generations begins, the one with this number from 1.
    pub(super) fn begin(&mut self, number: usize, candidate: &Candidate, generations: u32) {
        if self.quiet || !stderr().is_terminal() {
            return;
        }
        let bar = ProgressBar::new(u64::from(generations));
        let template = "{prefix} {bar:24} generation {pos}/{len}  {msg}";
        bar.set_style(
            ProgressStyle::with_template(template).unwrap_or_else(|_| ProgressStyle::default_bar()),
        );
        let hidden = hidden(candidate);
        bar.set_prefix(format!("trial {number}: hidden {hidden}, seed {}", candidate.seed));
        self.bar = Some(bar);
    }

    pub(super) fn progress(&mut self, progress: &Progress<'_>) {
        let Some(bar) = self.bar.as_ref().filter(|_| self.refreshed.elapsed() >= REFRESH) else { return };
        let latest = progress.latest.map_or("-".to_owned(), |row| row.validation.to_string());
        let left = self.limit.saturating_sub(self.started.elapsed()).as_secs();
        bar.set_message(format!("validation {latest}  {}:{:02} left", left / 60, left % 60));
        bar.set_position(u64::from(progress.generation));
        self.refreshed = Instant::now();
    }

    /// The training in progress has ended.
    pub(super) fn end(&mut self) {
        if let Some(bar) = self.bar.take() {
            bar.finish_and_clear();
        }
    }

    /// Prints the last of the trials, with its rank among those so far.
    pub(super) fn finished(&self, trials: &[Trial]) {
        let last = trials.len().saturating_sub(1);
        let rank = ranking(trials).iter().position(|&place| place == last);
        if let (false, Some(trial), Some(rank)) = (self.quiet, trials.get(last), rank) {
            tell!("{}", line(rank + 1, trial));
        }
    }

    /// Prints all trials, the best first.
    pub(super) fn ranked(&self, trials: &[Trial]) {
        if self.quiet || trials.len() < 2 {
            return;
        }
        tell!("");
        tell!("the best first:");
        for (rank, trial) in ranking(trials).into_iter().filter_map(|place| trials.get(place)).enumerate() {
            tell!("{}", line(rank + 1, trial));
        }
    }
}

/// The sizes of the hidden layers, as the flag takes them.
fn hidden(candidate: &Candidate) -> String {
    match candidate.hidden.as_deref() {
        None => "-".to_owned(),
        Some([]) => "none".to_owned(),
        Some(sizes) => sizes.iter().map(u32::to_string).collect::<Vec<_>>().join(","),
    }
}

fn line(rank: usize, trial: &Trial) -> String {
    let rate = trial.rate.map_or("-".to_owned(), |rate| format!("{:.5}", U16F16::from_bits(rate)));
    format!(
        "{rank:>4}  {:<10}  {rate:<10}  {:>4}  {:>10}  {:>11}  {:>7.1}",
        hidden(&trial.candidate),
        trial.candidate.seed,
        trial.validation.to_string(),
        trial.generations,
        trial.seconds
    )
}

/// All trials for `--json`, the best first.
pub(super) fn objects(trials: &[Trial]) -> Vec<Value> {
    let object = |(place, trial): (usize, &Trial)| {
        let mut object = json!({
            "rank": place + 1,
            "hidden": trial.candidate.hidden,
            "learning_rate": trial.rate.map(|rate| f64::from(rate) / 65_536.0),
            "seed": trial.candidate.seed,
            "parameters": trial.parameters,
            "generations": trial.generations,
            "seconds": trial.seconds,
        });
        object[format!("validation_{}", trial.validation.measure.name())] = trial.validation.value.into();
        object
    };
    let ranked = ranking(trials).into_iter().filter_map(|place| trials.get(place));
    ranked.enumerate().map(object).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_host::measure::Score;

    #[test]
    fn lines_and_objects() {
        let candidate = Candidate { hidden: Some(vec![64, 32]), doublings: 1, seed: 3 };
        let trial = Trial {
            candidate,
            validation: Score::accuracy(0.975),
            parameters: 9,
            rate: Some(32_768),
            generations: 1725,
            seconds: 2.0,
        };
        let text = "   1  64,32       0.50000        3      97.5 %         1725      2.0";
        assert_eq!(line(1, &trial), text);
        let none = Candidate { hidden: Some(vec![]), ..trial.candidate.clone() };
        assert_eq!(hidden(&none), "none");
        let objects = objects(&[trial]);
        assert_eq!(objects[0]["validation_accuracy"], 0.975);
        assert_eq!((&objects[0]["rank"], &objects[0]["hidden"]), (&1.into(), &json!([64, 32])));
    }
}
