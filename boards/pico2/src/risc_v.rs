//! What the Hazard3 has of its own: where an image is entered, and how a fault and a reset go.

use core::arch::global_asm;

// The boot ROM enters the image at its first byte; `memory.x` places this there.
global_asm!(".section .enter, \"ax\"", "j _start");

/// Starts the chip anew, as after a panic.
#[unsafe(no_mangle)]
fn eggroll_reset() -> ! {
    rp235x_hal::reset()
}
