//! What is being loaded into boards: an upload over a slow line takes long enough to be told of, and to somebody who waits
//! for a board it is a sign that one is coming.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An upload that is done within this time needs no words.
const SOON: Duration = Duration::from_secs(2);
/// How often it is said how far it is.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// An upload to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadProgress {
    /// Bytes that have arrived.
    pub arrived: usize,
    /// All of them.
    pub bytes: usize,
}

/// The uploads under way, by their boards' names.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// With the time at which the next word is due.
    uploads: BTreeMap<String, (UploadProgress, Instant)>,
    /// When anything last arrived anywhere.
    latest: Option<Instant>,
}

impl Uploads {
    fn state(&self) -> MutexGuard<'_, State> {
        // Whole after every operation.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of now.
    pub fn now(&self) -> Vec<(String, UploadProgress)> {
        self.state().uploads.iter().map(|(board, (upload, _))| (board.clone(), *upload)).collect()
    }

    /// When anything last arrived at a board that is being loaded.
    pub(super) fn latest(&self) -> Option<Instant> {
        self.state().latest
    }

    /// Begins one; it ends when what comes back is dropped.
    pub(super) fn begin(&self, board: &str, bytes: usize) -> UploadGuard<'_> {
        let upload = UploadProgress { arrived: 0, bytes };
        self.state().uploads.insert(board.to_owned(), (upload, Instant::now() + SOON));
        UploadGuard { uploads: self, board: board.to_owned() }
    }

    /// So many bytes have arrived; what is to be said of it.
    fn heard(&self, board: &str, bytes: usize, now: Instant) -> Option<String> {
        let mut state = self.state();
        let (upload, due) = state.uploads.get_mut(board)?;
        if bytes <= upload.arrived {
            return None;
        }
        upload.arrived = bytes;
        let UploadProgress { arrived, bytes } = *upload;
        let says = now >= *due && arrived < bytes;
        if says {
            *due = now + SAID_EVERY;
        }
        state.latest = Some(now);
        says.then(|| {
            let percent = arrived as u64 * 100 / (bytes as u64).max(1);
            format!("{board}: being loaded: {percent} % of {} KiB", bytes.div_ceil(1024))
        })
    }
}

/// An upload under way.
pub(super) struct UploadGuard<'l> {
    uploads: &'l Uploads,
    board: String,
}

impl UploadGuard<'_> {
    /// So many bytes have arrived.
    pub(super) fn arrived(&mut self, bytes: usize) {
        if let Some(line) = self.uploads.heard(&self.board, bytes, Instant::now()) {
            tracing::warn!("{line}");
        }
    }
}

impl Drop for UploadGuard<'_> {
    fn drop(&mut self) {
        self.uploads.state().uploads.remove(&self.board);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_said_now_and_then_and_a_standstill_is_no_sign_of_life() {
        let (uploads, start) = (Uploads::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        let upload = uploads.begin("board", 4096);
        assert_eq!(uploads.latest(), None);
        assert_eq!(uploads.heard("board", 1, at(0)), None);
        let said = uploads.heard("board", 2048, at(3));
        assert_eq!(said.as_deref(), Some("board: being loaded: 50 % of 4 KiB"));
        assert_eq!(uploads.heard("board", 2100, at(4)), None);
        assert_eq!(uploads.heard("board", 2100, at(20)), None);
        assert_eq!(uploads.latest(), Some(at(4)));
        assert_eq!(uploads.now(), [("board".to_owned(), UploadProgress { arrived: 2100, bytes: 4096 })]);
        assert_eq!(uploads.heard("board", 4096, at(21)), None);
        assert_eq!(uploads.latest(), Some(at(21)));
        drop(upload);
        assert_eq!((uploads.now(), uploads.heard("board", 1, at(30))), (Vec::new(), None));
    }
}
