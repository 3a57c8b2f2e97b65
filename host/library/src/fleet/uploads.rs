//! The uploads to boards that are under way. An upload over a slow line takes so long that users are told
//! about it, and a fleet without evaluators takes it as a sign that one is coming.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::time::Instant;

/// An upload that takes less time than this is not reported.
const SOON: Duration = Duration::from_secs(2);
/// The interval of the reports.
const SAID_EVERY: Duration = Duration::from_secs(5);

/// The progress of an upload to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UploadProgress {
    /// The number of bytes that have arrived.
    pub arrived: usize,
    /// The number of all bytes.
    pub bytes: usize,
}

/// The uploads under way, by the names of their boards.
#[derive(Debug, Default)]
pub struct Uploads(Mutex<State>);

#[derive(Debug, Default)]
struct State {
    /// The progress of each upload, and the time at which its next report is due.
    uploads: BTreeMap<String, (UploadProgress, Instant)>,
    /// The last time at which a byte arrived at any board.
    latest: Option<Instant>,
}

impl Uploads {
    fn state(&self) -> MutexGuard<'_, State> {
        // A panic elsewhere cannot leave the state half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The uploads that are under way now.
    pub fn now(&self) -> Vec<(String, UploadProgress)> {
        self.state().uploads.iter().map(|(board, (upload, _))| (board.clone(), *upload)).collect()
    }

    /// The last time at which a byte arrived at a board.
    pub(super) fn latest(&self) -> Option<Instant> {
        self.state().latest
    }

    /// Begins an upload. It ends when the guard is dropped.
    pub(super) fn begin(&self, board: &str, bytes: usize) -> UploadGuard<'_> {
        let upload = UploadProgress { arrived: 0, bytes };
        self.state().uploads.insert(board.to_owned(), (upload, Instant::now() + SOON));
        UploadGuard { uploads: self, board: board.to_owned() }
    }

    /// Notes how many bytes have arrived. Returns a line for users, if a report is due.
    fn note(&self, board: &str, bytes: usize, now: Instant) -> Option<String> {
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
            format!("{board}: {percent} % of {} KiB are loaded", bytes.div_ceil(1024))
        })
    }
}

/// An upload that is under way.
pub(super) struct UploadGuard<'l> {
    uploads: &'l Uploads,
    board: String,
}

impl UploadGuard<'_> {
    /// Notes how many bytes have arrived.
    pub(super) fn arrived(&mut self, bytes: usize) {
        if let Some(line) = self.uploads.note(&self.board, bytes, Instant::now()) {
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
        assert_eq!(uploads.note("board", 1, at(0)), None);
        let said = uploads.note("board", 2048, at(3));
        assert_eq!(said.as_deref(), Some("board: 50 % of 4 KiB are loaded"));
        assert_eq!(uploads.note("board", 2100, at(4)), None);
        assert_eq!(uploads.note("board", 2100, at(20)), None);
        assert_eq!(uploads.latest(), Some(at(4)));
        assert_eq!(uploads.now(), [("board".to_owned(), UploadProgress { arrived: 2100, bytes: 4096 })]);
        assert_eq!(uploads.note("board", 4096, at(21)), None);
        assert_eq!(uploads.latest(), Some(at(21)));
        drop(upload);
        assert_eq!((uploads.now(), uploads.note("board", 1, at(30))), (Vec::new(), None));
    }
}
