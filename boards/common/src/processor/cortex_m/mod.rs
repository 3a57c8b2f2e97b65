//! Cortex-M, by cortex-m and cortex-m-rt.

mod fault;

/// Sleeps until an interrupt is pending, even while none is served.
pub(crate) fn sleep() {
    cortex_m::asm::wfi();
}

/// Starts the board anew.
pub(crate) fn reset() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}
