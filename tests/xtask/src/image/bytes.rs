//! Bytes of an image, by their address.

/// A piece of memory.
#[derive(Clone, Copy, Debug)]
pub(super) struct Code<'a> {
    /// Where it begins.
    pub(super) base: u32,
    /// What it holds.
    pub(super) bytes: &'a [u8],
}

impl Code<'_> {
    /// The 16 bits at an address.
    pub(super) fn half(self, address: u32) -> Option<u32> {
        let at = address.checked_sub(self.base)? as usize;
        Some(u32::from(u16::from_le_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?)))
    }

    /// The 32 bits at an address.
    pub(super) fn word(self, address: u32) -> Option<u32> {
        Some(self.half(address)? | self.half(address + 2)? << 16)
    }

    /// Whether an address is in it.
    pub(super) fn holds(self, address: u32) -> bool {
        address.checked_sub(self.base).is_some_and(|at| (at as usize) < self.bytes.len())
    }
}
