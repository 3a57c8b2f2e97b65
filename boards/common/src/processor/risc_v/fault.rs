//! A fault is logged, and the board starts anew.

use super::reset;
use riscv::register::{mcause, mepc};

/// What start-up code calls for every exception that has no handler of its own; it never returns, so that the
/// registers that were saved before are left alone.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn fault() -> ! {
    defmt::error!("exception {=usize} at {=usize:#x}", mcause::read().code(), mepc::read());
    reset()
}
