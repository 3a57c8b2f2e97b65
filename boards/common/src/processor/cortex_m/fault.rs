//! A fault is logged, and the board starts anew.

use crate::ending;
use core::arch::naked_asm;

/// An exception that is never returned from, as the vector table names it, and the function that it ends in.
///
/// The commonest fault is a stack that has outgrown its room. Its pointer then lies where there is no memory,
/// so that a handler that pushes a register first, as the trampoline of cortex-m-rt does, faults in its turn:
/// an ARMv6-M core then locks up (Armv6-M Architecture Reference Manual, DDI 0419E, B1.5.15), and stays so on
/// an RP2040. So nothing is pushed before the pointer is at the top of the stack again, and what the
/// processor has pushed, or has tried to, is read only where it lies in the stack.
macro_rules! last_exception {
    ($name:ident, $export:literal, $handler:ident) => {
        #[unsafe(naked)]
        #[unsafe(export_name = $export)]
        #[unsafe(link_section = ".HardFault.eggroll")]
        unsafe extern "C" fn $name() -> ! {
            naked_asm!(
                "mrs r0, msp",
                "ldr r1, =_stack_end",
                "ldr r2, =_stack_start",
                "mov r3, r2",
                "subs r3, #32",
                "cmp r0, r1",
                "blo 1f",
                "cmp r0, r3",
                "bhi 1f",
                // The seventh of the eight words: where the exception was.
                "ldr r0, [r0, #24]",
                "b 2f",
                "1:",
                "movs r0, #0",
                "2:",
                "mov sp, r2",
                "bl {handler}",
                ".pool",
                handler = sym $handler,
            )
        }
    };
}

last_exception!(hard_fault, "HardFault", fault);
// That of a watchdog which warns before it bites, as the MPS2's; others have none.
last_exception!(non_maskable, "NonMaskableInt", not_fed);

/// `at` is the address of the instruction; 0 where the stack was lost.
extern "C" fn fault(at: usize) -> ! {
    ending::after(|| match at {
        0 => defmt::error!("hard fault: the stack has outgrown its room"),
        at => defmt::error!("hard fault at {=usize:#x}", at),
    })
}

extern "C" fn not_fed(at: usize) -> ! {
    ending::after(|| defmt::error!("the watchdog was not fed, at {=usize:#x}", at))
}
