//! Cutting an arena of words into typed slices, without `unsafe` and without a heap.

use crate::Error;
use bytemuck::Pod;

/// Words that `len` values of `T` take. In 64 bits also where a `usize` has 32: a run that no such board
/// could hold must be refused with its true size.
pub(crate) const fn words<T>(len: u64) -> u64 {
    len.saturating_mul(size_of::<T>() as u64).div_ceil(8)
}

/// Cuts slices off the front of an arena.
pub(crate) struct Cutter<'a> {
    rest: &'a mut [u64],
}

impl<'a> Cutter<'a> {
    pub(crate) const fn new(arena: &'a mut [u64]) -> Self {
        Self { rest: arena }
    }

    /// The next `len` values. The plan has sized the arena, so running out is a fault of the plan; it is
    /// still an error and no panic.
    pub(crate) fn take<T: Pod>(&mut self, len: usize) -> Result<&'a mut [T], Error> {
        let needed = words::<T>(len as u64);
        let has = self.rest.len() as u64;
        let rest = core::mem::take(&mut self.rest);
        let too_small = Error::ArenaTooSmall { needs: needed * 8, has: has * 8 };
        let (cut, rest) = rest.split_at_mut_checked(needed as usize).ok_or(too_small)?;
        self.rest = rest;
        bytemuck::cast_slice_mut(cut).get_mut(..len).ok_or(too_small)
    }

    /// Everything that is left.
    pub(crate) fn rest(self) -> &'a mut [u64] {
        self.rest
    }
}
