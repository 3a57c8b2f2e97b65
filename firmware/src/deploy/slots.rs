use super::flash::{ERASED, MappedFlash};
use super::head::{HEAD, Head};
use super::store::{Deployed, ModelStore};
use crate::Error;
use crate::checksum::checksum_of;

/// A model on its way into a slot.
#[derive(Clone, Copy, Debug)]
struct Coming {
    slot: usize,
    model: Deployed,
    /// Bytes that have come.
    here: u32,
    committed: bool,
}

/// Two slots in a region of flash, one model each. `UNIT` is the flash's unit of writing,
/// [`NorFlash::WRITE_SIZE`](embedded_storage::nor_flash::NorFlash::WRITE_SIZE).
///
/// A slot is erased from its head on, and its head is written when all else is there. So, wherever power is
/// cut, a slot is either whole or has no head, and the other one is as it was. Each unit is written once
/// between two erasures, as flash with error correction wants it.
#[derive(Debug)]
pub struct Slots<F, const UNIT: usize> {
    flash: F,
    /// The slot that holds, and its head.
    held: Option<(usize, Head)>,
    coming: Option<Coming>,
    /// The end of what has come, less than a unit.
    rest: heapless::Vec<u8, UNIT>,
}

impl<F: MappedFlash, const UNIT: usize> Slots<F, UNIT> {
    /// Finds the model in a region, if it holds one. `None` where the region has no room for two slots, or
    /// `UNIT` is not the flash's.
    pub fn new(flash: F) -> Option<Self> {
        if UNIT != F::WRITE_SIZE || UNIT == 0 || F::ERASE_SIZE == 0 {
            return None;
        }
        let mut slots = Self { flash, held: None, coming: None, rest: heapless::Vec::new() };
        if slots.capacity() == 0 {
            return None;
        }
        for slot in 0..2 {
            let whole = slots.whole(slot);
            let later = |head: &Head| slots.held.is_none_or(|(_, held)| head.is_after(&held));
            if let Some(head) = whole.filter(later) {
                slots.held = Some((slot, head));
            }
        }
        Some(slots)
    }

    /// Bytes of a slot, a multiple of a page.
    fn slot_len(&self) -> usize {
        let pages = (self.flash.capacity() / 2).checked_div(F::ERASE_SIZE);
        pages.unwrap_or(0) * F::ERASE_SIZE
    }

    /// Bytes before a model, a multiple of the unit.
    const HEAD_UNITS: usize = if UNIT == 0 { HEAD } else { HEAD.div_ceil(UNIT) * UNIT };

    fn slot(&self, slot: usize) -> &[u8] {
        let len = self.slot_len();
        self.flash.bytes().get(slot * len..).and_then(|rest| rest.get(..len)).unwrap_or_default()
    }

    fn body(&self, slot: usize, model: Deployed) -> Option<&[u8]> {
        self.slot(slot).get(Self::HEAD_UNITS..)?.get(..model.length as usize)
    }

    /// The head of a slot that is whole.
    fn whole(&self, slot: usize) -> Option<Head> {
        let head = Head::of_bytes(self.slot(slot))?;
        let body = self.body(slot, head.model)?;
        (checksum_of(body) == head.model.checksum).then_some(head)
    }

    /// Writes whole units at an offset of a slot, and looks whether they are there.
    fn program(&mut self, slot: usize, at: usize, bytes: &[u8]) -> Result<(), Error> {
        let offset = slot * self.slot_len() + at;
        self.flash.write(offset as u32, bytes).or(Err(Error::Flash))?;
        let written = self.flash.bytes().get(offset..).and_then(|rest| rest.get(..bytes.len()));
        if written == Some(bytes) { Ok(()) } else { Err(Error::Flash) }
    }

    /// Writes what is less than a unit, filled up.
    fn finish_unit(&mut self, slot: usize, at: usize) -> Result<(), Error> {
        let mut unit = [ERASED; UNIT];
        unit.iter_mut().zip(&self.rest).for_each(|(place, &byte)| *place = byte);
        self.rest.clear();
        self.program(slot, at, &unit)
    }

    /// The number after that of the model that is held.
    fn next_number(&self) -> u32 {
        self.held.map_or(1, |(_, head)| head.number.wrapping_add(1))
    }

    /// The flash.
    pub fn into_flash(self) -> F {
        self.flash
    }
}

impl<F: MappedFlash, const UNIT: usize> ModelStore for Slots<F, UNIT> {
    fn capacity(&self) -> u32 {
        self.slot_len().saturating_sub(Self::HEAD_UNITS) as u32
    }

    fn model(&self) -> Option<&[u8]> {
        let (slot, head) = self.held?;
        self.body(slot, head.model)
    }

    fn previous(&self) -> Option<&[u8]> {
        let (slot, _) = self.held?;
        let other = 1 - slot;
        self.body(other, self.whole(other)?.model)
    }

    fn deployed(&self) -> Option<Deployed> {
        self.held.map(|(_, head)| head.model)
    }

    fn begin(&mut self, model: Deployed) -> Result<u32, Error> {
        if let Some(coming) = self.coming.filter(|coming| coming.model == model) {
            return Ok(coming.here);
        }
        let (needs, has) = (model.length, self.capacity());
        if needs > has {
            return Err(Error::ModelTooLarge { needs, has });
        }
        if let Some((slot, head)) = self.held.filter(|(_, head)| head.model == model) {
            self.coming = Some(Coming { slot, model: head.model, here: model.length, committed: true });
            return Ok(model.length);
        }
        let slot = self.held.map_or(0, |(slot, _)| 1 - slot);
        (self.coming, self.rest) = (None, heapless::Vec::new());
        let start = slot * self.slot_len();
        let pages = (Self::HEAD_UNITS + needs as usize).div_ceil(F::ERASE_SIZE);
        // Page by page, the head's first.
        for page in 0..pages {
            let from = start + page * F::ERASE_SIZE;
            self.flash.erase(from as u32, (from + F::ERASE_SIZE) as u32).or(Err(Error::Flash))?;
        }
        self.coming = Some(Coming { slot, model, here: 0, committed: false });
        Ok(0)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
        let Some(mut coming) = self.coming else { return Err(Error::NotBegun) };
        let (end, has) = (u64::from(offset) + bytes.len() as u64, u64::from(coming.model.length));
        if end > has {
            return Err(Error::OutOfRange { end, has });
        }
        // What is here already is not written again.
        let known = coming.here.checked_sub(offset).ok_or(Error::Gap { have: coming.here })?;
        let mut rest = bytes.get(known as usize..).unwrap_or_default();
        while !rest.is_empty() {
            let aligned = Self::HEAD_UNITS + coming.here as usize - self.rest.len();
            let whole = rest.len() - rest.len().checked_rem(UNIT).unwrap_or(0);
            let taken = if self.rest.is_empty() && whole > 0 {
                let (now, _) = rest.split_at_checked(whole).unwrap_or_default();
                self.program(coming.slot, aligned, now)?;
                whole
            } else {
                let taken = rest.len().min(UNIT - self.rest.len());
                let (now, _) = rest.split_at_checked(taken).unwrap_or_default();
                self.rest.extend_from_slice(now).or(Err(Error::Flash))?;
                if self.rest.is_full() {
                    self.finish_unit(coming.slot, aligned)?;
                }
                taken
            };
            rest = rest.get(taken..).unwrap_or_default();
            coming.here += taken as u32;
            self.coming = Some(coming);
        }
        if coming.here < coming.model.length {
            return Ok(None);
        }
        if !self.rest.is_empty() {
            let aligned = Self::HEAD_UNITS + coming.here as usize - self.rest.len();
            self.finish_unit(coming.slot, aligned)?;
        }
        let body = self.body(coming.slot, coming.model);
        if body.is_some_and(|body| checksum_of(body) == coming.model.checksum) {
            return Ok(self.body(coming.slot, coming.model));
        }
        self.coming = None;
        Err(Error::ModelDiffers)
    }

    fn commit(&mut self) -> Result<(), Error> {
        let Some(coming) = self.coming.filter(|coming| coming.here == coming.model.length) else {
            return Err(Error::NotBegun);
        };
        if coming.committed {
            return Ok(());
        }
        let head = Head { number: self.next_number(), model: coming.model };
        let bytes = head.bytes();
        for (at, part) in (0..).step_by(UNIT).zip(bytes.chunks(UNIT)) {
            // Filled up to a unit by what is not written.
            self.rest.clear();
            self.rest.extend_from_slice(part).or(Err(Error::Flash))?;
            self.finish_unit(coming.slot, at)?;
        }
        self.held = Some((coming.slot, head));
        self.coming = Some(Coming { committed: true, ..coming });
        Ok(())
    }
}
