//! RISC-V, by the crate riscv. Start-up code is the board's: riscv-rt, or that of its HAL.

#[cfg(feature = "exceptions")]
mod fault;
#[cfg(feature = "riscv-rt")]
mod trap;

/// Sleeps until an interrupt is pending, even while none is served.
pub(crate) fn sleep() {
    riscv::asm::wfi();
}

/// Starts the board anew, in the chip's own way: the architecture has none. The board defines
///
/// ```text
/// #[unsafe(no_mangle)]
/// fn eggroll_reset() -> ! { .. }
/// ```
pub(crate) fn reset() -> ! {
    unsafe extern "Rust" {
        safe fn eggroll_reset() -> !;
    }
    eggroll_reset()
}
