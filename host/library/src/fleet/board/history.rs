//! What the host remembers of a board from one connection to the next.

use eggroll_firmware::train::Section;
use std::collections::HashMap;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What the host remembers of a board from one connection to the next: whether it has ever answered, and how
/// much of an upload has arrived. So an upload comes to its end even over a link that breaks now and then.
/// The board's checksums prove whether it still holds what has arrived.
#[derive(Debug, Default)]
pub struct BoardHistory {
    met: AtomicBool,
    loaded: AtomicU64,
    uploads: Mutex<HashMap<Section, PartialUpload>>,
}

/// An upload that is not complete.
#[derive(Clone, Copy, Debug)]
struct PartialUpload {
    /// The version of the bytes: a checksum of samples, or the generation of weights.
    version: u32,
    arrived: usize,
}

impl BoardHistory {
    fn uploads(&self) -> MutexGuard<'_, HashMap<Section, PartialUpload>> {
        // A panic elsewhere cannot leave the map half changed.
        self.uploads.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the board has ever answered.
    pub fn met(&self) -> bool {
        self.met.load(Ordering::Relaxed)
    }

    pub(super) fn meet(&self) {
        self.met.store(true, Ordering::Relaxed);
    }

    /// The number of bytes of this version of a section that have arrived.
    pub(super) fn arrived(&self, section: Section, version: u32) -> usize {
        let uploads = self.uploads();
        uploads.get(&section).filter(|upload| upload.version == version).map_or(0, |upload| upload.arrived)
    }

    /// The number of bytes that were ever loaded.
    pub fn loaded(&self) -> u64 {
        self.loaded.load(Ordering::Relaxed)
    }

    pub(super) fn note(&self, section: Section, version: u32, arrived: usize) {
        let before = self.arrived(section, version);
        self.loaded.fetch_add(arrived.saturating_sub(before) as u64, Ordering::Relaxed);
        self.uploads().insert(section, PartialUpload { version, arrived });
    }

    /// Takes all uploads as lost.
    pub(super) fn forget(&self) {
        self.uploads().clear();
    }

    /// Notes that a section has arrived as a whole. From then on only the board knows whether it still holds
    /// it.
    pub(super) fn complete(&self, section: Section) {
        self.uploads().remove(&section);
    }

    /// Forgets uploads of weights, because they are complete or other weights have replaced them.
    pub(super) fn forget_weights(&self) {
        self.uploads().retain(|section, _| *section == Section::Samples);
    }
}
