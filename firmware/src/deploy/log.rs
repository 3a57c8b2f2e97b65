use super::flash::{ERASED, MappedFlash};
use crate::Error;
use crate::checksum::{checksum_of, checksum_of_parts};

/// What the head of a page begins with.
const MAGIC: [u8; 4] = *b"EGGS";
/// Bytes of a page's head: magic, number (u32), bytes of a sample (u32), and the CRC-32 of these; all little
/// endian.
const HEAD: usize = 16;
/// Bytes behind a sample: its CRC-32.
const CRC: usize = size_of::<u32>();

/// Labelled samples that an application collects, in pages of flash, which all wear alike. `UNIT` is the
/// flash's unit of writing. Where there is no room, the page with the oldest samples goes.
///
/// A sample is as many bytes as the log was made for: the features that a model reads (i8), and a label. It
/// is either whole or not there, wherever power is cut.
#[derive(Debug)]
pub struct SampleLog<F, const UNIT: usize> {
    flash: F,
    /// Bytes of a sample.
    sample: usize,
    /// The page that is being filled, its number, and the place of its next sample.
    last: Option<(usize, u32, usize)>,
}

impl<F: MappedFlash, const UNIT: usize> SampleLog<F, UNIT> {
    /// Finds the samples in a region of flash. `inputs` are the features of a sample. `None` where the region
    /// has fewer than two pages, a page has no room for a sample, or `UNIT` is not the flash's.
    pub fn new(flash: F, inputs: usize) -> Option<Self> {
        if UNIT != F::WRITE_SIZE || UNIT == 0 || F::ERASE_SIZE == 0 {
            return None;
        }
        let mut log = Self { flash, sample: inputs.checked_add(1)?, last: None };
        if log.pages() < 2 || log.places() == 0 {
            return None;
        }
        for page in 0..log.pages() {
            let later =
                |number: u32| log.last.is_none_or(|(_, last, _)| (number.wrapping_sub(last) as i32) > 0);
            if let Some(number) = log.number(page).filter(|&number| later(number)) {
                log.last = Some((page, number, 0));
            }
        }
        if let Some((page, number, _)) = log.last {
            // Behind the last place in which something is, whole or not.
            let blank = |place: &usize| log.slot(page, *place).iter().all(|&byte| byte == ERASED);
            let next = (0..log.places()).rev().take_while(blank).last().unwrap_or(log.places());
            log.last = Some((page, number, next));
        }
        Some(log)
    }

    fn pages(&self) -> usize {
        self.flash.capacity().checked_div(F::ERASE_SIZE).unwrap_or(0)
    }

    /// Bytes from one sample to the next, whole units.
    fn stride(&self) -> usize {
        (self.sample + CRC).div_ceil(UNIT.max(1)) * UNIT
    }

    /// Bytes before the first sample of a page, whole units.
    const HEAD_UNITS: usize = if UNIT == 0 { HEAD } else { HEAD.div_ceil(UNIT) * UNIT };

    /// Samples of a page.
    fn places(&self) -> usize {
        F::ERASE_SIZE.saturating_sub(Self::HEAD_UNITS).checked_div(self.stride()).unwrap_or(0)
    }

    fn page(&self, page: usize) -> &[u8] {
        let from = page * F::ERASE_SIZE;
        self.flash.bytes().get(from..).and_then(|rest| rest.get(..F::ERASE_SIZE)).unwrap_or_default()
    }

    fn slot(&self, page: usize, place: usize) -> &[u8] {
        let from = Self::HEAD_UNITS + place * self.stride();
        self.page(page).get(from..).and_then(|rest| rest.get(..self.stride())).unwrap_or_default()
    }

    /// The number of a page with samples of this length.
    fn number(&self, page: usize) -> Option<u32> {
        let head: &[u8; HEAD] = self.page(page).first_chunk()?;
        let number = u32::from_le_bytes(*head.get(4..)?.first_chunk()?);
        (self.head(number) == *head).then_some(number)
    }

    fn head(&self, number: u32) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let words = [number.to_le_bytes(), (self.sample as u32).to_le_bytes()];
        let parts = MAGIC.iter().chain(words.as_flattened());
        head.iter_mut().zip(parts).for_each(|(place, &byte)| *place = byte);
        let checksum = head.split_last_chunk::<CRC>().map_or(0, |(before, _)| checksum_of(before));
        if let Some(last) = head.last_chunk_mut() {
            *last = checksum.to_le_bytes();
        }
        head
    }

    /// The sample in a place, if it is whole.
    fn whole(&self, page: usize, place: usize) -> Option<&[u8]> {
        let (sample, rest) = self.slot(page, place).split_at_checked(self.sample)?;
        let crc: &[u8; CRC] = rest.first_chunk()?;
        (u32::from_le_bytes(*crc) == checksum_of(sample)).then_some(sample)
    }

    /// Writes bytes from an offset of a page on, filled up to whole units.
    fn program(
        &mut self,
        page: usize,
        at: usize,
        mut bytes: impl Iterator<Item = u8>,
        len: usize,
    ) -> Result<(), Error> {
        let from = page * F::ERASE_SIZE + at;
        for unit in (0..len).step_by(UNIT.max(1)) {
            let mut whole = [ERASED; UNIT];
            whole.iter_mut().for_each(|place| *place = bytes.next().unwrap_or(ERASED));
            self.flash.write((from + unit) as u32, &whole).or(Err(Error::Flash))?;
        }
        Ok(())
    }

    /// Appends a sample: features as a model reads them, and their class.
    ///
    /// # Errors
    /// [`Error::Inputs`] for another number of features; [`Error::BadSample`] for a feature of -128;
    /// [`Error::Flash`].
    pub fn push(&mut self, features: &[i8], label: u8) -> Result<(), Error> {
        let (needs, has) = (self.sample as u32 - 1, features.len() as u32);
        if needs != has {
            return Err(Error::Inputs { needs, has });
        }
        if features.contains(&i8::MIN) {
            return Err(Error::BadSample { at: self.len() as u32 });
        }
        let (page, number, place) = match self.last {
            Some(last) if last.2 < self.places() => last,
            last => {
                let (page, number) = last.map_or((0, 1), |(page, number, _)| {
                    let next = page + 1;
                    (if next < self.pages() { next } else { 0 }, number.wrapping_add(1))
                });
                let from = (page * F::ERASE_SIZE) as u32;
                self.flash.erase(from, from + F::ERASE_SIZE as u32).or(Err(Error::Flash))?;
                self.program(page, 0, self.head(number).into_iter(), Self::HEAD_UNITS)?;
                (page, number, 0)
            }
        };
        // Whatever comes of it, the place is not written again before the page is erased.
        self.last = Some((page, number, place + 1));
        let (at, stride) = (Self::HEAD_UNITS + place * self.stride(), self.stride());
        let sample = features.iter().map(|feature| feature.to_le_bytes()[0]).chain([label]);
        // Over the same bytes, without a copy of them.
        let crc = checksum_of_parts(sample.clone()).to_le_bytes();
        self.program(page, at, sample.chain(crc), stride)?;
        if self.whole(page, place).is_some() { Ok(()) } else { Err(Error::Flash) }
    }

    /// The samples, the oldest first; each is its features and then its label.
    pub fn iter(&self) -> impl Iterator<Item = &[u8]> + Clone {
        let (last, _, _) = self.last.unwrap_or((0, 0, 0));
        let pages = (last + 1..self.pages()).chain(0..=last);
        let pages = pages.filter(move |&page| self.last.is_some() && self.number(page).is_some());
        pages.flat_map(move |page| (0..self.places()).filter_map(move |place| self.whole(page, place)))
    }

    /// How many samples there are.
    pub fn len(&self) -> usize {
        self.iter().count()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.iter().next().is_none()
    }

    /// The most samples that certainly are kept.
    pub fn capacity(&self) -> usize {
        self.pages().saturating_sub(1) * self.places()
    }

    /// Forgets all samples.
    ///
    /// # Errors
    /// [`Error::Flash`].
    pub fn clear(&mut self) -> Result<(), Error> {
        self.last = None;
        self.flash.erase(0, (self.pages() * F::ERASE_SIZE) as u32).or(Err(Error::Flash))
    }

    /// The flash.
    pub fn into_flash(self) -> F {
        self.flash
    }
}
