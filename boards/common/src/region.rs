//! Regions of memory that `memory.x` keeps free of the program: for models, and for samples.

use core::ptr::addr_of;
use core::sync::atomic::{AtomicBool, Ordering};

unsafe extern "C" {
    static _models_start: u8;
    static _models_end: u8;
    static _samples_start: u8;
    static _samples_end: u8;
}

/// A region in which the linker places nothing.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// The address of its first byte.
    pub start: usize,
    /// Its bytes.
    pub len: usize,
}

impl Region {
    fn between(start: *const u8, end: *const u8) -> Self {
        Self { start: start as usize, len: (end as usize).saturating_sub(start as usize) }
    }

    /// For models: from `_models_start` to `_models_end`.
    pub fn models() -> Self {
        Self::between(addr_of!(_models_start), addr_of!(_models_end))
    }

    /// For samples: from `_samples_start` to `_samples_end`.
    pub fn samples() -> Self {
        Self::between(addr_of!(_samples_start), addr_of!(_samples_end))
    }

    /// Its bytes, of flash that the core reads as memory.
    ///
    /// # Safety
    /// They are readable, and nothing changes them while the slice is lent out.
    pub const unsafe fn bytes(&self) -> &[u8] {
        // SAFETY: the caller's.
        unsafe { core::slice::from_raw_parts(self.start as *const u8, self.len) }
    }

    /// Its bytes, where it is RAM, which survives a reset; empty from the second call on.
    pub fn ram(self) -> &'static mut [u8] {
        static TAKEN: AtomicBool = AtomicBool::new(false);
        // Load and store: a Cortex-M0 has no swap, and only `main` calls this, before anything runs beside
        // it.
        if TAKEN.load(Ordering::Relaxed) {
            return &mut [];
        }
        TAKEN.store(true, Ordering::Relaxed);
        // SAFETY: RAM in which the linker places nothing, neither arena nor stack, and the slice is given out
        // once. Any bytes are valid, also those that it holds after power-up.
        unsafe { core::slice::from_raw_parts_mut(self.start as *mut u8, self.len) }
    }
}
