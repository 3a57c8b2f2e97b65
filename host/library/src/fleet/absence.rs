use std::time::Duration;
use tokio::time::Instant;

/// Measures how long a fleet has been without evaluators since the last answer. An evaluator that joins and
/// leaves without an answer does not end the absence. While it is there the time does not count, however long
/// it computes.
#[derive(Debug, Default)]
pub(super) struct Absence {
    before: Duration,
    since: Option<Instant>,
}

impl Absence {
    /// From `now` on, no evaluator is there.
    pub(super) fn begins(&mut self, now: Instant) {
        self.since.get_or_insert(now);
    }

    /// From `now` on, an evaluator is there.
    pub(super) fn pauses(&mut self, now: Instant) {
        if let Some(since) = self.since.take() {
            self.before += now.saturating_duration_since(since);
        }
    }

    /// An evaluator has answered.
    pub(super) fn ends(&mut self) {
        *self = Self::default();
    }

    /// The time at which the absence has lasted for `patience`, if no evaluator is there. Loading a board is
    /// a sign of life, and the last such sign was at `alive`.
    pub(super) fn deadline(&mut self, patience: Duration, alive: Option<Instant>) -> Option<Instant> {
        let since = self.since?;
        if let Some(alive) = alive.filter(|&alive| alive > since) {
            *self = Self { before: Duration::ZERO, since: Some(alive) };
        }
        // A patience beyond the range of the clock never ends.
        self.since?.checked_add(patience.saturating_sub(self.before))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn s(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn visits_without_an_answer_do_not_start_it_anew() {
        let (start, mut absence) = (Instant::now(), Absence::default());
        assert_eq!(absence.deadline(s(10), None), None);
        absence.begins(start);
        absence.begins(start + s(1));
        assert_eq!(absence.deadline(s(10), None), Some(start + s(10)));
        absence.pauses(start + s(4));
        assert_eq!(absence.deadline(s(10), None), None);
        // The evaluator computed for an hour, and gave no answer.
        absence.begins(start + s(3600));
        assert_eq!(absence.deadline(s(10), None), Some(start + s(3606)));
        absence.pauses(start + s(3601));
        absence.ends();
        absence.begins(start + s(3700));
        assert_eq!(absence.deadline(s(10), None), Some(start + s(3710)));
    }

    #[test]
    fn a_board_that_is_being_loaded_is_a_sign_of_life() {
        let (start, mut absence) = (Instant::now(), Absence::default());
        absence.begins(start);
        assert_eq!(absence.deadline(s(10), Some(start + s(7))), Some(start + s(17)));
        assert_eq!(absence.deadline(s(10), Some(start + s(7))), Some(start + s(17)));
    }

    #[test]
    fn endless_patience() {
        let mut absence = Absence::default();
        absence.begins(Instant::now());
        assert_eq!(absence.deadline(Duration::MAX, None), None);
    }
}
