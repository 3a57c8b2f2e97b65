//! A fault is logged, and the board starts anew.

use super::reset;
use core::arch::global_asm;
use riscv::register::{mcause, mepc};

/// What riscv-rt calls for every exception that has no handler of its own; it never returns, so that the
/// registers that riscv-rt has saved are left alone.
#[unsafe(export_name = "ExceptionHandler")]
extern "C" fn fault() -> ! {
    defmt::error!("exception {=usize} at {=usize:#x}", mcause::read().code(), mepc::read());
    reset()
}

// What riscv-rt does first in every trap, before it saves registers on the stack. An exception is never returned
// from, so it begins with an empty stack: it may have come because there was no room on it, and saving registers
// there would be the next exception, for ever.
global_asm!(
    ".section .trap.start, \"ax\"",
    ".global _pre_default_start_trap",
    "_pre_default_start_trap:",
    "csrw mscratch, t0",
    "csrr t0, mcause",
    // The highest bit says interrupt.
    "bltz t0, 1f",
    "la sp, _stack_start",
    "1:",
    "csrr t0, mscratch",
    "j _pre_default_start_trap_ret",
);
