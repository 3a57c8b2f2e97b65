//! Cortex-M, by cortex-m and cortex-m-rt.

mod fault;

/// Sleeps until an interrupt is pending, even while none is served.
pub(crate) fn sleep() {
    cortex_m::asm::wfi();
}

/// Starts the board anew, by SYSRESETREQ (the log goes out first).
#[cfg(not(feature = "own-reset"))]
pub(crate) fn reset() -> ! {
    defmt::flush();
    cortex_m::peripheral::SCB::sys_reset()
}

/// Starts the board anew, in the chip's own way: that of some resets their core alone. The board defines
///
/// ```text
/// #[unsafe(no_mangle)]
/// fn eggroll_reset() -> ! { .. }
/// ```
///
/// and has the log go out first, with a watchdog that ends the wait where nobody takes it.
#[cfg(feature = "own-reset")]
pub(crate) fn reset() -> ! {
    unsafe extern "Rust" {
        safe fn eggroll_reset() -> !;
    }
    eggroll_reset()
}
