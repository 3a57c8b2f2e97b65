use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// The answers and losses of a connector's board, which the fleet records.
#[derive(Debug, Default)]
pub(super) struct ConnectionRecord {
    answers: AtomicU64,
    /// The reason of the last loss, and the number of answers before it.
    lost: Mutex<Option<(String, u64)>>,
}

impl ConnectionRecord {
    /// Counts an answer.
    pub(super) fn answered(&self) {
        self.answers.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn answers(&self) -> u64 {
        self.answers.load(Ordering::Relaxed)
    }

    /// Records a loss, and returns whether it is news: a second loss for the same reason without an answer in
    /// between is not.
    pub(super) fn lost(&self, reason: &str) -> bool {
        let now = (reason.to_owned(), self.answers());
        // A panic elsewhere cannot leave the value half changed.
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.replace(now.clone()) != Some(now)
    }

    pub(super) fn last_reason(&self) -> Option<String> {
        let lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.as_ref().map(|(reason, _)| reason.clone())
    }
}
