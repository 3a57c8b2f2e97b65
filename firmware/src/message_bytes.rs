//! Postcard's bytes, written and read by code that stands once in an image: inlined at each field of each
//! message, it would take 16 KB of a board's flash.

use postcard::de_flavors::Flavor as Source;
use postcard::ser_flavors::Flavor as Sink;
use postcard::{Deserializer, Error, Result};
use serde::Deserialize;

/// A sink of bytes, out of line.
pub(crate) struct Written<F>(pub(crate) F);

impl<F: Sink> Sink for Written<F> {
    type Output = F::Output;

    #[inline(never)]
    fn try_push(&mut self, byte: u8) -> Result<()> {
        self.0.try_push(byte)
    }

    #[inline(never)]
    fn try_extend(&mut self, bytes: &[u8]) -> Result<()> {
        bytes.iter().try_for_each(|&byte| self.0.try_push(byte))
    }

    fn finalize(self) -> Result<F::Output> {
        self.0.finalize()
    }
}

/// A source of bytes, out of line.
struct Read<'b>(&'b [u8]);

impl<'b> Source<'b> for Read<'b> {
    type Remainder = &'b [u8];
    type Source = &'b [u8];

    #[inline(never)]
    fn pop(&mut self) -> Result<u8> {
        let (&byte, rest) = self.0.split_first().ok_or(Error::DeserializeUnexpectedEnd)?;
        self.0 = rest;
        Ok(byte)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.0.len())
    }

    #[inline(never)]
    fn try_take_n(&mut self, count: usize) -> Result<&'b [u8]> {
        let (taken, rest) = self.0.split_at_checked(count).ok_or(Error::DeserializeUnexpectedEnd)?;
        self.0 = rest;
        Ok(taken)
    }

    fn finalize(self) -> Result<&'b [u8]> {
        Ok(self.0)
    }
}

/// Reads a message that is all of these bytes.
#[inline(always)]
pub(crate) fn read<'b, T: Deserialize<'b>>(bytes: &'b [u8]) -> Option<T> {
    // Step by step: with what is left beside it, a message would be on a board's stack once more.
    let mut reader = Deserializer::from_flavor(Read(bytes));
    let message = T::deserialize(&mut reader).ok()?;
    match reader.finalize() {
        Ok([]) => Some(message),
        _ => None,
    }
}
