use super::model::MODEL_FORMAT;
use super::store::Deployed;
use crate::checksum::checksum_of;

/// What a head begins with.
const MAGIC: [u8; 4] = *b"EGGM";

/// Bytes of a head: magic, format (u16), two zeros, number (u32), length (u32), checksum (u32), and the
/// CRC-32 of these; all little endian.
pub(super) const HEAD: usize = 24;

/// What stands before a model in its slot. It is written last: a slot without one holds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Head {
    /// Counts models: of two slots the one with the later number holds.
    pub(super) number: u32,
    /// The model.
    pub(super) model: Deployed,
}

impl Head {
    pub(super) fn bytes(&self) -> [u8; HEAD] {
        let mut bytes = [0; HEAD];
        let Deployed { length, checksum } = self.model;
        let words = [self.number, length, checksum].map(u32::to_le_bytes);
        let format = MODEL_FORMAT.to_le_bytes();
        let parts = MAGIC.iter().chain(&format).chain(&[0, 0]).chain(words.as_flattened());
        bytes.iter_mut().zip(parts).for_each(|(place, &byte)| *place = byte);
        let checksum = bytes.split_last_chunk::<4>().map_or(0, |(before, _)| checksum_of(before));
        if let Some(last) = bytes.last_chunk_mut() {
            *last = checksum.to_le_bytes();
        }
        bytes
    }

    /// The head that a slot begins with, if it is one of this format.
    pub(super) fn of_bytes(slot: &[u8]) -> Option<Self> {
        let bytes: &[u8; HEAD] = slot.first_chunk()?;
        let word = |at: usize| bytes.get(at..)?.first_chunk().copied().map(u32::from_le_bytes);
        let model = Deployed { length: word(12)?, checksum: word(16)? };
        let head = Self { number: word(8)?, model };
        (head.bytes() == *bytes).then_some(head)
    }

    /// Whether this head is of a later model than another. Numbers may wrap.
    pub(super) const fn is_after(&self, other: &Self) -> bool {
        (self.number.wrapping_sub(other.number) as i32) > 0
    }
}
