//! What boards with USB of their own tell of themselves: one place, to be changed once.
//!
//! The vendor and the product are ones that pid.codes sets aside for tests; devices that are passed on must
//! not have them.

/// The vendor: pid.codes.
pub const VENDOR: u16 = 0x1209;
/// The product: the first that is set aside for tests.
pub const PRODUCT: u16 = 0x0001;

/// Bytes of the number that tells one board from another.
const BYTES: usize = 8;

/// The number by which a host tells one board from another, at whatever port, as hexadecimal digits.
pub struct Serial([u8; 2 * BYTES]);

impl Serial {
    /// Of the number that a chip or its flash has.
    pub fn of(bytes: [u8; BYTES]) -> Self {
        let mut digits = [b'0'; 2 * BYTES];
        for (pair, byte) in digits.as_chunks_mut().0.iter_mut().zip(bytes) {
            *pair = [digit(byte >> 4), digit(byte & 0xf)];
        }
        Self(digits)
    }

    /// The digits.
    pub fn text(&self) -> &str {
        // They are ASCII.
        core::str::from_utf8(&self.0).unwrap_or_default()
    }
}

const fn digit(value: u8) -> u8 {
    match value {
        0..10 => b'0' + value,
        _ => b'A' + value - 10,
    }
}
