//! Where an image of the Hazard3 is entered.

use core::arch::global_asm;

// The boot ROM enters the image at its first byte; `memory.x` places this there.
global_asm!(".section .enter, \"ax\"", "j _start");
