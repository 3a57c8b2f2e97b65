//! How a board ends what cannot go on.

use crate::processor::reset;
use core::sync::atomic::{AtomicBool, Ordering};

/// Logs why, and starts the board anew. Where that is itself what failed, it is not logged again: a fault or
/// a panic within the logger would otherwise never end.
pub(crate) fn after(log: impl FnOnce()) -> ! {
    static ENDING: AtomicBool = AtomicBool::new(false);
    // Load and store: a Cortex-M0 has no swap, and what comes between them only logs twice.
    if !ENDING.load(Ordering::Relaxed) {
        ENDING.store(true, Ordering::Relaxed);
        log();
    }
    reset()
}
