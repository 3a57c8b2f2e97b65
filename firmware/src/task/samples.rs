use super::{Target, TargetKind};
use crate::checksum::checksum_of;
use crate::slice_ext::{part, split};

/// A store of samples: records of `inputs` features (int8), each followed by its label byte or, of a
/// regression, by a target (int8) for every output of the model.
#[derive(Clone, Copy)]
pub struct Samples<'a> {
    records: &'a [u8],
    inputs: usize,
    kind: TargetKind,
}

impl<'a> Samples<'a> {
    /// Views a store of samples with labels; bytes that do not fill a record are ignored.
    pub const fn new(records: &'a [u8], inputs: usize) -> Self {
        Self::with(records, inputs, TargetKind::Class)
    }

    /// The same of samples with a target of any kind.
    pub const fn with(records: &'a [u8], inputs: usize, kind: TargetKind) -> Self {
        Self { records, inputs, kind }
    }

    /// Bytes of one record.
    pub const fn record_len(inputs: usize, kind: TargetKind) -> usize {
        inputs + kind.len()
    }

    /// Samples in the store.
    pub const fn len(&self) -> usize {
        match self.records.len().checked_div(Self::record_len(self.inputs, self.kind)) {
            Some(len) => len,
            None => 0,
        }
    }

    /// Whether the store holds no sample.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Features and target of a sample below [`Self::len`].
    #[inline]
    pub fn get(&self, index: u32) -> (&'a [i8], Target<'a>) {
        let len = Self::record_len(self.inputs, self.kind);
        let (features, target) = split(part(self.records, index as usize * len, len), self.inputs);
        let target = match self.kind {
            TargetKind::Class => Target::Class(target.first().copied().unwrap_or(0).into()),
            TargetKind::Values { loss, .. } => Target::Values { values: bytemuck::cast_slice(target), loss },
        };
        (bytemuck::cast_slice(features), target)
    }

    /// CRC-32 of all records.
    pub fn checksum(&self) -> u32 {
        checksum_of(self.records)
    }

    /// The first sample that the arithmetic excludes: a feature or a target of -128, or a label of `outputs`
    /// or more.
    pub fn first_invalid(&self, outputs: usize) -> Option<u32> {
        (0..self.len() as u32).find(|&index| {
            let (features, target) = self.get(index);
            let excluded = match target {
                Target::Class(label) => label >= outputs,
                Target::Values { values, .. } => values.contains(&i8::MIN),
            };
            excluded || features.contains(&i8::MIN)
        })
    }
}
