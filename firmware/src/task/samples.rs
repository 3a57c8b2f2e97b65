use crate::checksum::checksum_of;
use crate::slice_ext::part;

/// A store of samples for classification: records of `inputs` features (int8) followed by one label byte.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    records: &'a [u8],
    inputs: usize,
}

impl<'a> Samples<'a> {
    /// Views a store; bytes that do not fill a record are ignored.
    pub const fn new(records: &'a [u8], inputs: usize) -> Self {
        Self { records, inputs }
    }

    /// Bytes of one record.
    pub const fn record_len(inputs: usize) -> usize {
        inputs + 1
    }

    /// Samples in the store.
    pub const fn len(&self) -> usize {
        match self.records.len().checked_div(Self::record_len(self.inputs)) {
            Some(len) => len,
            None => 0,
        }
    }

    /// Whether the store holds no sample.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features and label of a sample below [`Self::len`].
    #[inline]
    pub fn get(&self, index: u32) -> (&'a [i8], usize) {
        let len = Self::record_len(self.inputs);
        let record = part(self.records, index as usize * len, len);
        let (label, features) = record.split_last().unwrap_or((&0, &[]));
        (bytemuck::cast_slice(features), usize::from(*label))
    }

    /// CRC-32 of all records.
    pub fn checksum(&self) -> u32 {
        checksum_of(self.records)
    }

    /// The first sample that the arithmetic excludes: a feature of -128, or a label of `outputs` or more.
    pub fn first_invalid(&self, outputs: usize) -> Option<u32> {
        (0..self.len() as u32).find(|&index| {
            let (features, label) = self.get(index);
            label >= outputs || features.contains(&i8::MIN)
        })
    }
}
