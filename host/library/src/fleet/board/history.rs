//! What the host remembers of a board from one connection to the next.

use eggroll_firmware::train::Section;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the host remembers of a board from one connection to the next: whether it has ever answered, and how much of an
/// upload has arrived, so that one over a link that ends now and then comes to its end. Whether the board still has what
/// arrived, its checksums prove.
#[derive(Debug, Default)]
pub struct BoardHistory {
    met: AtomicBool,
    loaded: AtomicU64,
    uploads: Mutex<HashMap<Section, PartialUpload>>,
}

/// An upload that is not complete.
#[derive(Clone, Copy, Debug)]
struct PartialUpload {
    /// Which bytes: a checksum of samples, or a generation of weights.
    version: u32,
    arrived: usize,
}

impl BoardHistory {
    fn uploads(&self) -> MutexGuard<'_, HashMap<Section, PartialUpload>> {
        // A map is whole after every operation.
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the board has answered before.
    pub fn met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    pub(super) fn meet(&self) {
        self.met.store(true, Ordering::Relaxed);
    }

    /// How many bytes of this version of a section have arrived.
    pub(super) fn arrived(&self, section: Section, version: u32) -> usize {
        let uploads = self.uploads();
        uploads.get(&section).filter(|upload| upload.version == version).map_or(0, |upload| upload.arrived)
    }

    /// Bytes that have ever been loaded.
    pub fn loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, section: Section, version: u32, arrived: usize) {
        let before = self.arrived(section, version);
        self.loaded.fetch_add(arrived.saturating_sub(before) as u64, Ordering::Relaxed);
        self.uploads().insert(section, PartialUpload { version, arrived });
    }

    /// Takes nothing that was uploaded for granted any more.
    pub(super) fn forget(&self) {
        self.uploads().clear();
    }

    /// A section has arrived whole: whether it stays, the board says.
    pub(super) fn complete(&self, section: Section) {
        self.uploads().remove(&section);
    }

    /// The weights are complete, or others have taken their place.
    pub(super) fn forget_weights(&self) {
        self.uploads().retain(|section, _| *section == Section::Samples);
    }
}
