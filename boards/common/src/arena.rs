//! The board's memory, as `memory.x` and the linker divide it.

use core::ptr::addr_of;
use core::sync::atomic::{AtomicBool, Ordering};

unsafe extern "C" {
    /// The end of the statics, by cortex-m-rt and riscv-rt.
    static __sheap: u8;
    /// The end of RAM, by cortex-m-rt from `memory.x`, which defines it where another crate starts the board.
    static _ram_end: u8;
    /// A number and no place: bytes of the longest frame, by `memory.x`.
    static _frame: u8;
}

/// Bytes of the longest frame.
pub(crate) fn frame() -> usize {
    addr_of!(_frame) as usize
}

/// The words from the end of the statics to the end of RAM; empty from the second call on.
pub(crate) fn take() -> &'static mut [u64] {
    static TAKEN: AtomicBool = AtomicBool::new(false);
    // Load and store: a Cortex-M0 has no swap, and only `main` calls this, before anything runs beside it.
    if TAKEN.load(Ordering::Relaxed) {
        return &mut [];
    }
    TAKEN.store(true, Ordering::Relaxed);
    let start = (addr_of!(__sheap) as usize).next_multiple_of(align_of::<u64>());
    let words = (addr_of!(_ram_end) as usize).saturating_sub(start) / size_of::<u64>();
    // SAFETY: RAM in which the linker has placed nothing; the stack is below the statics, there is no heap,
    // and the slice is given out once. Every word is written before it becomes part of the slice.
    unsafe {
        let first = start as *mut u64;
        first.write_bytes(0, words);
        core::slice::from_raw_parts_mut(first, words)
    }
}
