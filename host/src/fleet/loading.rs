//! What is being loaded into boards: an upload over a slow line takes long enough to be told of.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// An upload to a board.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Upload {
    /// Bytes that have arrived.
    pub arrived: usize,
    /// All of them.
    pub bytes: usize,
}

/// The uploads under way, by their boards' names.
#[derive(Debug, Default)]
pub struct Loading(Mutex<BTreeMap<String, Upload>>);

impl Loading {
    fn uploads(&self) -> MutexGuard<'_, BTreeMap<String, Upload>> {
        // A map is whole after every operation.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Those of now.
    pub fn now(&self) -> Vec<(String, Upload)> {
        self.uploads().iter().map(|(board, upload)| (board.clone(), *upload)).collect()
    }

    /// Begins one; it ends when what comes back is dropped.
    pub(super) fn begin(&self, board: &str, bytes: usize) -> LoadingBoard<'_> {
        self.uploads().insert(board.to_owned(), Upload { arrived: 0, bytes });
        LoadingBoard { loading: self, board: board.to_owned() }
    }
}

/// An upload under way.
pub(super) struct LoadingBoard<'l> {
    loading: &'l Loading,
    board: String,
}

impl LoadingBoard<'_> {
    /// So many bytes have arrived.
    pub(super) fn arrived(&mut self, bytes: usize) {
        if let Some(upload) = self.loading.uploads().get_mut(&self.board) {
            upload.arrived = bytes;
        }
    }
}

impl Drop for LoadingBoard<'_> {
    fn drop(&mut self) {
        self.loading.uploads().remove(&self.board);
    }
}
