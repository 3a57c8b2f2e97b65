//! How many boards there are and what became of the others, which anybody may read while a fleet works.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

/// Counts losses, expulsions and verified replies.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// The number of losses. An evaluator that joins again and is lost again counts twice.
    pub lost: u64,
    /// The number of evaluators that were caught with wrong scores.
    pub expelled: u64,
    /// The number of replies that were computed again.
    pub checked: u64,
}

/// The number of evaluators of a fleet, and its [`Counts`]. The fleet keeps them up to date, also while it
/// waits for a board.
#[derive(Debug, Default)]
pub struct Roll {
    present: AtomicUsize,
    lost: AtomicU64,
    expelled: AtomicU64,
    checked: AtomicU64,
}

impl Roll {
    /// The evaluators that are in the fleet now.
    pub fn present(&self) -> usize {
        self.present.load(Ordering::Relaxed)
    }

    /// Losses, expulsions and verified replies so far.
    pub fn counts(&self) -> Counts {
        let of = |count: &AtomicU64| count.load(Ordering::Relaxed);
        Counts { lost: of(&self.lost), expelled: of(&self.expelled), checked: of(&self.checked) }
    }

    pub(super) fn are_present(&self, evaluators: usize) {
        self.present.store(evaluators, Ordering::Relaxed);
    }

    pub(super) fn one_lost(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn one_expelled(&self) {
        self.expelled.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn one_checked(&self) {
        self.checked.fetch_add(1, Ordering::Relaxed);
    }
}
