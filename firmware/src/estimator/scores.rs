//! Packed fitness: what a board reports of a range of units, what the journal keeps, what an update needs.
//!
//! A unit is a slot of estimator `node` (one value a member; guided, only some slots have members) or a pair
//! of estimator `weight` (one value). Layout: where units can be skipped, a bitmap first (unit `i` of the
//! range is bit `i mod 8` of byte `i div 8`, 1 for kept, spare bits 0); then the values of all kept units in
//! order, each as the digit `f + clip` in base `2 * clip + 1`. As many digits as fit share a byte, the first
//! the least significant (5 of base 3, 2 of base 15); a base above 256 takes two bytes a digit, little
//! endian. Spare digits are 0. Guided without members reports nothing at all.

use crate::Error;
use crate::kernel::limit;
use crate::slice_ext::{copy, part_mut};
use core::num::NonZeroU32;

/// How the scores of a range of units are laid out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shape {
    /// Values that a kept unit has, if it has any.
    pub values: u32,
    /// Largest magnitude of a value, 1..=32767.
    pub clip: i16,
    /// Whether a unit can be skipped.
    pub skippable: bool,
    /// Every so many-th unit of a generation has values, from unit 0 on.
    every: NonZeroU32,
    /// The first unit of the range, modulo `every`.
    phase: u32,
}

impl Shape {
    /// The scores of units that all have so many values, from the first unit of a generation on.
    pub const fn new(values: u32, clip: i16, skippable: bool) -> Self {
        Self { values, clip, skippable, every: NonZeroU32::MIN, phase: 0 }
    }

    /// The same where only every so many-th unit has values, from the first on.
    #[must_use]
    pub const fn every(self, every: NonZeroU32) -> Self {
        Self { every, ..self }
    }

    /// The scores of a range that begins with the unit `first` of a generation.
    #[must_use]
    pub const fn from(self, first: u32) -> Self {
        Self { phase: first % self.every.get(), ..self }
    }

    /// Whether there is nothing to report of any unit.
    pub const fn is_silent(self) -> bool {
        self.values == 0 && !self.skippable
    }

    /// Values that unit number `i` of the range has if it is kept.
    pub const fn values_of(self, i: usize) -> u32 {
        let place = (self.phase as u64 + i as u64) % self.every.get() as u64;
        if place == 0 { self.values } else { 0 }
    }

    /// The most values that a range of so many units can have, wherever it begins.
    const fn most_values(self, units: usize) -> usize {
        units.div_ceil(self.every.get() as usize) * self.values as usize
    }

    const fn base(self) -> NonZeroU32 {
        NonZeroU32::MIN.saturating_add(2 * self.clip as u32)
    }

    /// Digits in a byte; 0 where a digit takes two bytes.
    const fn digits(self) -> u32 {
        let base = self.base().get();
        let (mut power, mut digits) = (base, 0);
        while power <= 256 {
            power *= base;
            digits += 1;
        }
        digits
    }

    const fn bitmap_len(self, units: usize) -> usize {
        if self.skippable { units.div_ceil(8) } else { 0 }
    }

    const fn values_len(self, values: usize) -> usize {
        match self.digits() as usize {
            0 => 2 * values,
            digits => values.div_ceil(digits),
        }
    }

    /// Kept units, by their bitmap.
    fn kept_of(self, units: usize, bitmap: &[u8]) -> usize {
        if self.skippable { bitmap.iter().map(|b| b.count_ones() as usize).sum() } else { units }
    }

    /// Values of a range, by its bitmap.
    fn values_by(self, units: usize, bitmap: &[u8]) -> usize {
        if self.every == NonZeroU32::MIN {
            return self.kept_of(units, bitmap) * self.values as usize;
        }
        let kept = (0..units).filter(|&i| !self.skippable || is_set(bitmap, i));
        kept.map(|i| self.values_of(i) as usize).sum()
    }

    /// The most bytes that a range of so many units can take, wherever it begins.
    pub const fn room(self, units: usize) -> usize {
        self.bitmap_len(units) + self.values_len(self.most_values(units))
    }

    /// Takes the scores of one whole generation of `units` units off the front of several: its bytes, and the
    /// rest.
    ///
    /// # Errors
    /// [`Error::BadScores`] where they end early; what is taken is not checked further.
    pub fn first_of(self, units: usize, bytes: &[u8]) -> Result<(&[u8], &[u8]), Error> {
        let bitmap = bytes.get(..self.bitmap_len(units)).ok_or(Error::BadScores)?;
        let len = bitmap.len() + self.values_len(self.values_by(units, bitmap));
        bytes.split_at_checked(len).ok_or(Error::BadScores)
    }

    /// The most units whose scores surely fit `bytes` bytes, at most `most`.
    pub const fn units_within(self, bytes: usize, most: usize) -> usize {
        let (mut low, mut high) = (0, most);
        while low < high {
            let middle = (low + high).div_ceil(2);
            if self.room(middle) <= bytes {
                low = middle;
            } else {
                high = middle - 1;
            }
        }
        low
    }
}

/// Whether a bit of a bitmap is set.
fn is_set(bitmap: &[u8], i: usize) -> bool {
    bitmap.get(i / 8).is_some_and(|byte| byte >> (i % 8) & 1 == 1)
}

/// Digits of two bytes each.
const fn wide(bytes: &[u8]) -> &[[u8; 2]] {
    bytes.as_chunks().0
}

/// Writes the scores of a range, unit by unit.
pub struct Packer<'a> {
    shape: Shape,
    bytes: &'a mut [u8],
    units: usize,
    unit: usize,
    values: usize,
    scale: u32,
}

impl<'a> Packer<'a> {
    /// Starts a range of `units` units.
    ///
    /// # Errors
    /// [`Error::FrameTooSmall`] where `bytes` could not hold the range with every unit kept.
    pub fn new(shape: Shape, units: usize, bytes: &'a mut [u8]) -> Result<Self, Error> {
        let needs = shape.room(units);
        let has = bytes.len() as u32;
        let bytes = bytes.get_mut(..needs).ok_or(Error::FrameTooSmall { needs: needs as u32, has })?;
        bytes.fill(0);
        Ok(Self { shape, bytes, units, unit: 0, values: 0, scale: 1 })
    }

    /// Marks the next unit as skipped.
    pub const fn skip(&mut self) {
        self.unit += 1;
    }

    /// Marks the next unit as kept; its values follow by [`Self::push`].
    pub fn keep(&mut self) {
        if self.shape.skippable
            && let Some(byte) = self.bytes.get_mut(self.unit / 8)
        {
            *byte |= 1 << (self.unit % 8);
        }
        self.unit += 1;
    }

    /// Appends a value of the unit that was kept last, clipped to the shape's range.
    pub fn push(&mut self, f: i16) {
        let clip = i32::from(self.shape.clip);
        let digit = (limit(i32::from(f), clip) + clip) as u32;
        let start = self.shape.bitmap_len(self.units);
        let digits = self.shape.digits() as usize;
        if digits == 0 {
            let at = start + 2 * self.values;
            copy(part_mut(self.bytes, at, 2), &(digit as u16).to_le_bytes());
        } else {
            let place = self.values % digits;
            self.scale = if place == 0 { 1 } else { self.scale * self.shape.base().get() };
            if let Some(byte) = self.bytes.get_mut(start + self.values / digits) {
                *byte = byte.wrapping_add((digit * self.scale) as u8);
            }
        }
        self.values += 1;
    }

    /// Bytes written, once every unit is.
    pub const fn finish(self) -> usize {
        self.shape.bitmap_len(self.units) + self.shape.values_len(self.values)
    }
}

/// Packed scores of a range, checked.
#[derive(Clone, Copy, Debug)]
pub struct Scores<'a> {
    shape: Shape,
    bitmap: &'a [u8],
    digits: &'a [u8],
    units: usize,
}

impl<'a> Scores<'a> {
    /// Checks the bytes of a range of `units` units.
    ///
    /// # Errors
    /// [`Error::BadScores`] for any other length than the bitmap asks for, a digit out of range or a spare
    /// bit.
    pub fn new(shape: Shape, units: usize, bytes: &'a [u8]) -> Result<Self, Error> {
        let (bitmap, digits) = bytes.split_at_checked(shape.bitmap_len(units)).ok_or(Error::BadScores)?;
        let scores = Self { shape, bitmap, digits, units };
        let values = shape.values_by(units, bitmap);
        let spare_bits = !units.is_multiple_of(8) && bitmap.last().is_some_and(|&b| b >> (units % 8) != 0);
        if spare_bits || digits.len() != shape.values_len(values) || !scores.digits_valid(values) {
            return Err(Error::BadScores);
        }
        Ok(scores)
    }

    fn digits_valid(&self, values: usize) -> bool {
        let base = self.shape.base().get();
        match self.shape.digits() as usize {
            0 => wide(self.digits).iter().all(|&digit| u32::from(u16::from_le_bytes(digit)) < base),
            digits => self.digits.iter().enumerate().all(|(i, &byte)| {
                let used = (values - i * digits).min(digits);
                u32::from(byte) < base.pow(used as u32)
            }),
        }
    }

    /// Units that are kept.
    pub fn kept(&self) -> usize {
        self.shape.kept_of(self.units, self.bitmap)
    }

    /// Units of the range.
    pub const fn units(&self) -> usize {
        self.units
    }

    /// Whether each unit is kept, in order.
    pub fn flags(&self) -> impl Iterator<Item = bool> + 'a {
        let (bitmap, skippable) = (self.bitmap, self.shape.skippable);
        (0..self.units).map(move |i| !skippable || is_set(bitmap, i))
    }

    /// How the range is laid out.
    pub const fn shape(&self) -> Shape {
        self.shape
    }

    /// The values of all kept units, in order.
    pub fn values(&self) -> impl Iterator<Item = i16> + 'a {
        let (base, clip) = (self.shape.base(), i32::from(self.shape.clip));
        let (digits, bytes) = (self.shape.digits() as usize, self.digits);
        let count = self.shape.values_by(self.units, self.bitmap);
        let mut byte = 0;
        (0..count).map(move |i| {
            let digit = if digits == 0 {
                u32::from(u16::from_le_bytes(wide(bytes).get(i).copied().unwrap_or_default()))
            } else {
                if i % digits == 0 {
                    byte = bytes.get(i / digits).copied().map_or(0, u32::from);
                }
                let digit = byte % base;
                byte /= base;
                digit
            };
            (digit as i32 - clip) as i16
        })
    }
}
