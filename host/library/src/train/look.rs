//! Validation: the rows of `metrics.csv`, while a run is trained and when it is rebuilt from its journal.

use super::Experiment;
use super::window::Window;
use crate::measure::{Reports, Score, examine, share};
use crate::run::{MetricsRow, PerLayer};
use crate::update::{Replica, Tally};
use std::collections::BTreeMap;

impl Experiment {
    /// Whether the model is validated after a generation.
    pub(super) fn is_due(&self, generation: u32) -> bool {
        generation.is_multiple_of(self.config.evaluate_every) || self.lengths.ends_with(generation)
    }

    /// The last generation up to this one after which the model is validated, or 0.
    fn last_due(&self, generation: u32) -> u32 {
        let regular = generation - generation.checked_rem(self.config.evaluate_every).unwrap_or(0);
        self.lengths.last_end(generation).map_or(regular, |end| end.max(regular))
    }

    /// Validates the model, and makes a row for `metrics.csv`. `measured` is what boards have measured, where
    /// nobody else can.
    pub(super) fn look(
        &self,
        replica: &mut Replica,
        passes: u64,
        window: &Window,
        before: Option<&MetricsRow>,
        (seconds, measured): (f64, Option<Score>),
    ) -> MetricsRow {
        let signal = replica.take_signal().filter(|signal| signal.is_finite());
        let reports = Reports::of(replica.take_explained());
        let generation = replica.state().generation;
        let weights = replica.weights();
        let health = examine(&self.program, &self.whole(weights), &self.watched());
        let nothing = self.config.source.measure().nothing();
        let moved = share(window.moved, window.generations * weights.len() as u64);
        let (earlier, since) = before.map_or((0, 0.0), |row| (row.forward_passes, row.seconds));
        MetricsRow {
            generation,
            forward_passes: passes,
            validation: measured.or(health.score).unwrap_or(nothing),
            kept: share(window.kept, window.units),
            mean_fitness: share(window.magnitude, window.values),
            moved,
            seconds,
            zero: share(window.zero, window.values),
            clipped: share(window.clipped, window.values),
            saturation: PerLayer(health.saturation),
            weights_at_limit: health.weights_at_limit,
            dead_relus: health.dead_relus,
            saturated_states: health.saturated_states,
            stuck_gates: health.stuck_gates,
            signal,
            reports,
            passes_per_second: passes.saturating_sub(earlier) as f64 / (seconds - since).max(1e-6),
        }
    }
}

/// The validations of a run that is rebuilt. Everything in a row but the times follows from the journal, so a
/// row that is missing or damaged is computed again.
#[derive(Default)]
pub(super) struct Looks {
    /// The rows that are in the file, by generation.
    known: BTreeMap<u32, MetricsRow>,
    /// The generation of the last validation, which decides whether a run has reached its goal. It is
    /// computed again in any case.
    last: u32,
    /// The rows so far.
    pub(super) rows: Vec<MetricsRow>,
    /// Counts since the last of these rows.
    pub(super) window: Window,
    /// The number of rows that were computed again.
    pub(super) taken: u32,
}

impl Looks {
    /// Begins to rebuild a run up to this generation.
    pub(super) fn new(experiment: &Experiment, generations: u32, known: Vec<MetricsRow>) -> Self {
        let last = experiment.last_due(generations);
        let known = known.into_iter().map(|row| (row.generation, row)).collect();
        Self { known, last, rows: Vec::new(), window: Window::default(), taken: 0 }
    }

    /// Takes in a generation that has just been applied.
    pub(super) fn after(
        &mut self,
        experiment: &Experiment,
        replica: &mut Replica,
        passes: u64,
        tally: &Tally,
        moved: u32,
    ) {
        self.window.add(replica, tally, experiment.config.estimator.shape().clip, moved);
        let generation = replica.state().generation;
        if !experiment.is_due(generation) {
            return;
        }
        let only_boards = experiment.is_measured_by_boards();
        if only_boards && !self.known.contains_key(&generation) {
            // Nobody can measure it any more.
            return;
        }
        let window = core::mem::take(&mut self.window);
        let known = self.known.remove(&generation).filter(|row| row.forward_passes == passes);
        let row = match known {
            Some(row) if generation != self.last || only_boards => {
                // Both count from the validation before.
                let _ = (replica.take_signal(), replica.take_explained());
                row
            }
            known => {
                let before = self.rows.last();
                let seconds = known.as_ref().or(before).map_or(0.0, |row| row.seconds);
                let taken = experiment.look(replica, passes, &window, before, (seconds, None));
                self.taken += u32::from(known.is_none());
                // The journal does not say how fast this was.
                let passes_per_second = known.map_or(0.0, |row| row.passes_per_second);
                MetricsRow { passes_per_second, ..taken }
            }
        };
        self.rows.push(row);
    }
}
