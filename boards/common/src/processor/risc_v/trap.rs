//! How a trap begins on boards that riscv-rt starts. HALs with start-up code of their own bring theirs.

use core::arch::global_asm;

// What riscv-rt does first in every trap, before it saves registers on the stack. An exception is never
// returned from, so it begins with an empty stack: it may have come because there was no room on it, and
// saving registers there would be the next exception, for ever.
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
