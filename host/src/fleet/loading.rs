use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// A board that is loaded for less than this needs no words.
const SOON: Duration = Duration::from_secs(2);
/// How often it is said how far it is.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// What is heard of boards that are being loaded with samples or weights: it is said where that takes long, and a fleet
/// that waits for somebody hears in it that somebody is coming.
#[derive(Debug, Default)]
pub struct Loading(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// When a board last took something that it did not have.
    latest: Option<Instant>,
    boards: HashMap<String, Board>,
}

#[derive(Debug)]
struct Board {
    done: u64,
    /// When the next word is due.
    due: Instant,
}

impl Loading {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whole after every single operation.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A board has taken `done` of `total` bytes.
    pub fn progress(&self, name: &str, done: u64, total: u64) {
        if let Some(line) = self.heard(name, done, total, Instant::now()) {
            tracing::warn!("{line}");
        }
    }

    /// The same, with what is to be said.
    fn heard(&self, name: &str, done: u64, total: u64, now: Instant) -> Option<String> {
        let mut state = self.state();
        if done >= total {
            state.latest = Some(now);
            state.boards.remove(name);
            return None;
        }
        let board = state.boards.entry(name.to_owned()).or_insert(Board { done: 0, due: now + SOON });
        let (moved, due) = (done > board.done, now >= board.due);
        // Less than before is another section, or one that begins anew.
        board.done = done;
        if due && moved {
            board.due = now + SAID_EVERY;
        }
        if moved {
            state.latest = Some(now);
        }
        (due && moved).then(|| {
            let percent = u128::from(done) * 100 / u128::from(total.max(1));
            format!("{name}: being loaded, {percent} % of {} KiB", total.div_ceil(1024))
        })
    }

    /// When a board last took something.
    pub(super) fn latest(&self) -> Option<Instant> {
        self.state().latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_now_and_then_and_a_standstill_is_no_sign_of_life() {
        let (loading, start) = (Loading::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(loading.heard("board", 1, 4096, at(0)), None);
        let said = loading.heard("board", 2048, 4096, at(3));
        assert_eq!(said.as_deref(), Some("board: being loaded, 50 % of 4 KiB"));
        assert_eq!(loading.heard("board", 2100, 4096, at(4)), None);
        assert_eq!(loading.latest(), Some(at(4)));
        assert_eq!(loading.heard("board", 2100, 4096, at(20)), None);
        assert_eq!(loading.latest(), Some(at(4)));
        assert_eq!(loading.heard("board", 4096, 4096, at(21)), None);
        assert_eq!(loading.latest(), Some(at(21)));
    }
}
