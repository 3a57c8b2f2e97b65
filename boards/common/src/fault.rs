//! What happens when something goes wrong: it is logged, and the board starts anew. Its host notices by the
//! next reply, and loads it again.

use core::panic::PanicInfo;
use cortex_m_rt::{ExceptionFrame, exception};

// The place only: a message would bring the formatting machinery into the image.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, line) = info.location().map_or(("?", 0), |at| (at.file(), at.line()));
    defmt::error!("panic at {=str}:{=u32}", file, line);
    cortex_m::peripheral::SCB::sys_reset()
}

// defmt's own assertions, which have logged their message already.
#[defmt::panic_handler]
fn defmt_panic() -> ! {
    cortex_m::peripheral::SCB::sys_reset()
}

#[exception]
unsafe fn HardFault(frame: &ExceptionFrame) -> ! {
    defmt::error!("hard fault at {=u32:#x}", frame.pc());
    cortex_m::peripheral::SCB::sys_reset()
}
