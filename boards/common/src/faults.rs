//! Faults on request, of images that tests run: bytes that are no frame make the board do what it never
//! should.

use core::hint::black_box;

/// What the host sends, and what the board does then.
const FAULTS: [(&[u8], fn()); 3] = [(b"overflow", overflow), (b"hang", hang), (b"panic", panic)];

/// Looks for a fault's name in what was received.
pub(crate) fn on_request(bytes: &[u8]) {
    for (name, fault) in FAULTS {
        if bytes.windows(name.len()).any(|window| window == name) {
            fault();
        }
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
