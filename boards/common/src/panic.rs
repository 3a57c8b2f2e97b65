//! A panic is logged, and the board starts anew. Its host notices by the next reply, and loads it again.

use crate::ending;
use core::panic::PanicInfo;

// The place only: a message would bring the formatting machinery into the image.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let (file, line) = info.location().map_or(("?", 0), |at| (at.file(), at.line()));
    ending::after(|| defmt::error!("panic at {=str}:{=u32}", file, line))
}

// defmt's own assertions, which have logged their message already.
#[defmt::panic_handler]
fn defmt_panic() -> ! {
    ending::after(|| ())
}
