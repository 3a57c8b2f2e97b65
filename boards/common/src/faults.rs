//! Faults on request, of images that tests run: bytes that are no frame make the board do what it never
//! should.

use core::cell::Cell;
use core::hint::black_box;
use critical_section::Mutex;

/// What the host sends, and what the board does then.
type Fault = (&'static [u8], fn());

const FAULTS: [Fault; 3] = [(b"overflow", overflow), (b"hang", hang), (b"panic", panic)];

/// The bytes received last, as many as the longest name has: a line brings it in pieces.
static LAST: Mutex<Cell<[u8; 8]>> = Mutex::new(Cell::new([0; 8]));

/// Looks for a fault's name in what was received.
pub(crate) fn on_request(bytes: &[u8]) {
    for &byte in bytes {
        let last = critical_section::with(|cs| {
            let last = LAST.borrow(cs);
            let [_, rest @ ..] = last.get();
            let [b, c, d, e, f, g, h] = rest;
            last.set([b, c, d, e, f, g, h, byte]);
            last.get()
        });
        FAULTS.iter().filter(|(name, _)| last.ends_with(name)).for_each(|(_, fault)| fault());
    }
}

/// Takes more stack than there is.
fn overflow() {
    #[inline(never)]
    #[allow(unconditional_recursion, reason = "it ends in the fault that it is for")]
    fn deeper(depth: u32) -> u32 {
        let frame = black_box([depth; 16]);
        let below = deeper(depth.wrapping_add(1));
        black_box(frame).first().map_or(0, |first| below.wrapping_add(*first))
    }
    black_box(deeper(black_box(0)));
}

fn hang() {
    while black_box(true) {}
}

fn panic() {
    panic!()
}
