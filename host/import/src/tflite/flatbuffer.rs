//! FlatBuffers, read with every bound checked: a table's fields by their ids.
//!
//! The `flatbuffers` crate reads tables without generated code only by unsafe calls, or after a verifier that
//! generated code brings; what is needed of the format is short.

use crate::error::Reason;

/// The bytes of a file.
#[derive(Clone, Copy)]
pub(super) struct Bytes<'a>(pub(super) &'a [u8]);

/// A table at its place in the file.
#[derive(Clone, Copy)]
pub(super) struct Table<'a> {
    bytes: Bytes<'a>,
    at: usize,
}

fn cut() -> Reason {
    "no TFLite model, or only a part of one (an offset points out of the file)".to_owned()
}

impl<'a> Bytes<'a> {
    fn array<const N: usize>(self, at: usize) -> Result<[u8; N], Reason> {
        let end = at.checked_add(N).ok_or_else(cut)?;
        let found = self.0.get(at..end).and_then(|bytes| bytes.try_into().ok());
        found.ok_or_else(cut)
    }

    fn word(self, at: usize) -> Result<usize, Reason> {
        Ok(u32::from_le_bytes(self.array(at)?) as usize)
    }

    /// Where an offset leads that is counted from its own place.
    fn follow(self, at: usize) -> Result<usize, Reason> {
        at.checked_add(self.word(at)?).filter(|to| *to < self.0.len()).ok_or_else(cut)
    }

    pub(super) fn root(self) -> Result<Table<'a>, Reason> {
        Ok(Table { bytes: self, at: self.follow(0)? })
    }
}

impl<'a> Table<'a> {
    /// The place of a field, if the table has it.
    fn field(self, id: usize) -> Result<Option<usize>, Reason> {
        let back = i64::from(i32::from_le_bytes(self.bytes.array(self.at)?));
        let vtable = usize::try_from(self.at as i64 - back).map_err(|_| cut())?;
        let size = usize::from(u16::from_le_bytes(self.bytes.array(vtable)?));
        let entry = 4 + 2 * id;
        if entry + 2 > size {
            return Ok(None);
        }
        let offset = usize::from(u16::from_le_bytes(self.bytes.array(vtable + entry)?));
        Ok((offset != 0).then_some(self.at + offset))
    }

    pub(super) fn byte(self, id: usize, absent: i8) -> Result<i8, Reason> {
        self.field(id)?.map_or(Ok(absent), |at| Ok(i8::from_le_bytes(self.bytes.array(at)?)))
    }

    pub(super) fn int(self, id: usize, absent: i32) -> Result<i32, Reason> {
        self.field(id)?.map_or(Ok(absent), |at| Ok(i32::from_le_bytes(self.bytes.array(at)?)))
    }

    pub(super) fn long(self, id: usize) -> Result<u64, Reason> {
        self.field(id)?.map_or(Ok(0), |at| Ok(u64::from_le_bytes(self.bytes.array(at)?)))
    }

    pub(super) fn table(self, id: usize) -> Result<Option<Table<'a>>, Reason> {
        let Some(at) = self.field(id)? else { return Ok(None) };
        Ok(Some(Table { bytes: self.bytes, at: self.bytes.follow(at)? }))
    }

    /// The place of a vector's first element and how many there are, of this size each.
    fn vector(self, id: usize, size: usize) -> Result<(usize, usize), Reason> {
        let Some(at) = self.field(id)? else { return Ok((0, 0)) };
        let at = self.bytes.follow(at)?;
        let (first, count) = (at + 4, self.bytes.word(at)?);
        let end = count.checked_mul(size).and_then(|bytes| first.checked_add(bytes));
        end.filter(|end| *end <= self.bytes.0.len()).ok_or_else(cut)?;
        Ok((first, count))
    }

    pub(super) fn bytes(self, id: usize) -> Result<&'a [u8], Reason> {
        let (first, count) = self.vector(id, 1)?;
        self.bytes.0.get(first..first + count).ok_or_else(cut)
    }

    pub(super) fn text(self, id: usize) -> Result<String, Reason> {
        Ok(String::from_utf8_lossy(self.bytes(id)?).into_owned())
    }

    fn values<const N: usize, T>(self, id: usize, value: impl Fn([u8; N]) -> T) -> Result<Vec<T>, Reason> {
        let (first, count) = self.vector(id, N)?;
        let bytes = self.bytes.0.get(first..first + count * N).ok_or_else(cut)?;
        Ok(bytes.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect())
    }

    pub(super) fn ints(self, id: usize) -> Result<Vec<i32>, Reason> {
        self.values(id, i32::from_le_bytes)
    }

    pub(super) fn longs(self, id: usize) -> Result<Vec<i64>, Reason> {
        self.values(id, i64::from_le_bytes)
    }

    pub(super) fn floats(self, id: usize) -> Result<Vec<f32>, Reason> {
        self.values(id, f32::from_le_bytes)
    }

    pub(super) fn tables(self, id: usize) -> Result<Vec<Table<'a>>, Reason> {
        let (first, count) = self.vector(id, 4)?;
        (0..count)
            .map(|index| Ok(Table { bytes: self.bytes, at: self.bytes.follow(first + 4 * index)? }))
            .collect()
    }
}
