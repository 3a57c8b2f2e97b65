use super::error::{Refusal, UnitError};
use super::frame::{self, Command, OVERHEAD, Status};
use super::product::{Capabilities, Placement, Product};
use super::registers::{AT_ID, AT_SETTINGS, AT_STATUS, AT_Y, ID, RESET, VERSION};
use crate::kernel::standard_divisor;
use embedded_hal::spi::SpiDevice;

/// How often something is tried before a unit counts as failed.
const ATTEMPTS: usize = 4;
/// How often a product is asked for before it counts as lost; the largest takes fewer cycles than this many
/// questions.
const QUESTIONS: usize = 10_000;

/// A rank-r matmul unit behind SPI, in mode 0, at up to a quarter of the unit's clock.
pub struct Unit<S> {
    spi: S,
    capabilities: Capabilities,
    tag: u32,
    products: u32,
}

impl<S: SpiDevice> Unit<S> {
    /// A unit that is yet to be asked what it is: until then it has room for nothing.
    pub const fn unasked(spi: S) -> Self {
        let capabilities = Capabilities { lanes: 0, ranks: 0, streams: 0, inputs: 0, outputs: 0, room: 0 };
        Self { spi, capabilities, tag: 0, products: 0 }
    }

    /// Takes a unit and asks it.
    ///
    /// # Errors
    /// Those of [`Self::ask`].
    pub fn new(spi: S) -> Result<Self, UnitError<S::Error>> {
        let mut unit = Self::unasked(spi);
        unit.ask()?;
        Ok(unit)
    }

    /// Asks what is there, and clears whatever it was doing.
    ///
    /// # Errors
    /// [`UnitError::NoUnit`], [`UnitError::Version`] or [`UnitError::Parameters`] where this driver cannot
    /// use it; [`UnitError::Checksum`] and [`UnitError::Bus`] where it cannot be understood.
    pub fn ask(&mut self) -> Result<(), UnitError<S::Error>> {
        frame::send(&mut self.spi, Command::Clear)?;
        let mut bytes = [0; 16];
        let answered = self.read(AT_ID, &mut bytes);
        let words = bytes.as_chunks::<4>().0.iter().map(|&word| u32::from_le_bytes(word));
        let mut rest = words.clone();
        let [id, built, sizes, room] = [(); 4].map(|()| rest.next().unwrap_or(0));
        if id != ID {
            // Whatever it is, it does not speak like a unit either.
            return Err(UnitError::NoUnit(id));
        }
        answered?;
        let [version, lanes, ranks, streams] = built.to_le_bytes();
        let (inputs, outputs) = (sizes as u16, (sizes >> 16) as u16);
        if version != VERSION {
            return Err(UnitError::Version(version));
        }
        if lanes == 0 || ranks == 0 || streams == 0 || inputs == 0 || outputs == 0 || room == 0 {
            return Err(UnitError::Parameters);
        }
        self.capabilities = Capabilities { lanes, ranks, streams, inputs, outputs, room };
        Ok(())
    }

    /// What it was built for.
    pub const fn capabilities(&self) -> Capabilities {
        self.capabilities
    }

    /// Products so far.
    pub const fn products(&self) -> u32 {
        self.products
    }

    /// The device, to reset it or look at it.
    pub const fn device(&mut self) -> &mut S {
        &mut self.spi
    }

    /// A place for a matrix at the first free byte; `None` where it, or what is left, is too small.
    pub fn place(&self, free: u32, rows: usize, columns: usize) -> Option<Placement> {
        let Capabilities { lanes, inputs, outputs, room, .. } = self.capabilities;
        let (rows, columns) = (u16::try_from(rows).ok()?, u16::try_from(columns).ok()?);
        let stride = u32::from(columns).checked_next_multiple_of(u32::from(lanes))?;
        let at = free.checked_next_multiple_of(u32::from(lanes))?;
        let placement = Placement { at, rows, columns, own_columns: columns, stride };
        let fits =
            (1..=outputs).contains(&rows) && (1..=inputs).contains(&columns) && placement.end() <= room;
        fits.then_some(placement)
    }

    /// A place for a matrix whose products are divided by another number than `16 * isqrt(columns)`. The unit
    /// takes its divisor from the number of inputs, so that it can be told a larger one by inputs that are 0;
    /// `None` also where no number of inputs has this divisor.
    ///
    /// Only for the base model and members of estimator `node`: where the factors of a pair begin depends on
    /// the number of inputs, too.
    pub fn place_divided(&self, free: u32, rows: usize, columns: usize, divisor: u32) -> Option<Placement> {
        let root = divisor / 16;
        let inputs = u32::from(u16::try_from(columns).ok()?).max(root.checked_mul(root)?);
        if standard_divisor(inputs) != divisor {
            return None;
        }
        let placement = self.place(free, rows, usize::try_from(inputs).ok()?)?;
        Some(Placement { own_columns: u16::try_from(columns).ok()?, ..placement })
    }

    /// Loads a whole matrix, row-major. Values are -127 to 127: the unit refuses -128.
    ///
    /// # Errors
    /// [`UnitError::TooLarge`] where the values are not as many as the placement's; whatever keeps a unit
    /// from answering.
    pub fn load(&mut self, matrix: Placement, values: &[i8]) -> Result<(), UnitError<S::Error>> {
        let columns = usize::from(matrix.own_columns);
        if values.len() != columns * usize::from(matrix.rows) {
            return Err(UnitError::TooLarge);
        }
        self.surely(|spi| {
            for (row, values) in (0u32..).zip(values.chunks(columns.max(1))) {
                frame::write(spi, Command::Write, matrix.row(row), [bytemuck::cast_slice(values), &[]])?;
            }
            Ok(usize::from(matrix.rows))
        })
    }

    /// Moves a matrix from what it was to what it is: only what differs goes over the wire. Returns how many
    /// bytes did, frames included.
    ///
    /// # Errors
    /// Those of [`Self::load`].
    pub fn update(
        &mut self,
        matrix: Placement,
        old: &[i8],
        new: &[i8],
    ) -> Result<usize, UnitError<S::Error>> {
        let columns = usize::from(matrix.own_columns);
        if old.len() != new.len() || new.len() != columns * usize::from(matrix.rows) {
            return Err(UnitError::TooLarge);
        }
        let mut sent = 0;
        self.surely(|spi| {
            let mut frames = 0;
            sent = 0;
            let rows = old.chunks(columns.max(1)).zip(new.chunks(columns.max(1)));
            for (row, (old, new)) in (0u32..).zip(rows) {
                for (start, run) in (Differences { old, new, at: 0 }) {
                    let at = matrix.row(row).wrapping_add(start as u32);
                    sent += run.len() + OVERHEAD;
                    frames += 1;
                    frame::write(spi, Command::Write, at, [bytemuck::cast_slice(run), &[]])?;
                }
            }
            Ok(frames)
        })?;
        Ok(sent)
    }

    /// Computes a product, `y = clip((W x + P) // (16 * isqrt(n)))` of each member: [`Self::output`] reads
    /// them until the next one.
    ///
    /// # Errors
    /// [`UnitError::TooLarge`] where input or members do not fit the matrix or the unit; whatever keeps a
    /// unit from answering.
    pub fn run(&mut self, product: &Product<'_>) -> Result<(), UnitError<S::Error>> {
        let Placement { at, rows, columns, .. } = product.matrix;
        if product.input.len() != usize::from(columns) {
            return Err(UnitError::TooLarge);
        }
        let (mode, [seed, generation, index, tensor]) = product.members.settings();
        let shape = u32::from(columns) | u32::from(rows) << 16;
        let mut refused = None;
        for _ in 0..ATTEMPTS {
            self.tag = (self.tag + 1) % 4;
            let words = [shape, mode, at, seed, generation, index, tensor, self.tag].map(u32::to_le_bytes);
            let parts = [words.as_flattened(), bytemuck::cast_slice(product.input)];
            frame::write(&mut self.spi, Command::WriteRun, AT_SETTINGS, parts)?;
            if self.finishes()? {
                self.products = self.products.wrapping_add(1);
                return Ok(());
            }
            (refused, _) = self.clear_faults()?;
            // Whatever it still does is not what was asked for.
            frame::send(&mut self.spi, Command::Clear)?;
        }
        Err(refused.map_or(UnitError::Lost, UnitError::Refused))
    }

    /// Reads an output of the last product: as many values as fit, at most the matrix's rows.
    ///
    /// # Errors
    /// [`UnitError::Lost`] where that product is gone; whatever keeps a unit from answering.
    pub fn output(&mut self, member: usize, y: &mut [i8]) -> Result<(), UnitError<S::Error>> {
        // Outputs lie apart by a power of two, at least eight.
        let apart = u32::from(self.capabilities.outputs).next_power_of_two().max(8);
        let at = AT_Y.wrapping_add(apart.wrapping_mul(member as u32));
        let status = self.read(at, bytemuck::cast_slice_mut(y))?;
        if status.done() && status.tag() == self.tag { Ok(()) } else { Err(UnitError::Lost) }
    }

    /// Waits for the last product; false where it will not come.
    fn finishes(&mut self) -> Result<bool, UnitError<S::Error>> {
        for _ in 0..QUESTIONS {
            let status = self.read(AT_STATUS, &mut [])?;
            let current = status.tag() == self.tag;
            if current && status.done() {
                return Ok(true);
            }
            if !current || !status.busy() {
                return Ok(false);
            }
        }
        Ok(false)
    }

    /// Clears the unit's faults, and says which they were, if any, and how many writes have come whole,
    /// modulo 256.
    fn clear_faults(&mut self) -> Result<(Option<Refusal>, u8), UnitError<S::Error>> {
        let mut bytes = [0; 4];
        let status = self.read(AT_STATUS, &mut bytes)?;
        let [_, faults, _, frames] = bytes;
        if faults & RESET != 0 {
            // Its weights may be gone.
            return Err(UnitError::Lost);
        }
        if status.failed() {
            frame::send(&mut self.spi, Command::Clear)?;
        }
        Ok((status.failed().then_some(Refusal(faults)), frames))
    }

    /// Writes until the unit has taken every frame and has no fault to report. `send` returns how many it
    /// sent.
    fn surely(
        &mut self,
        mut send: impl FnMut(&mut S) -> Result<usize, UnitError<S::Error>>,
    ) -> Result<(), UnitError<S::Error>> {
        let (_, mut before) = self.clear_faults()?;
        let mut refused = None;
        for _ in 0..ATTEMPTS {
            let sent = send(&mut self.spi)? as u8;
            let (faults, after) = self.clear_faults()?;
            if faults.is_none() && after == before.wrapping_add(sent) {
                return Ok(());
            }
            (refused, before) = (faults, after);
        }
        Err(refused.map_or(UnitError::Lost, UnitError::Refused))
    }

    /// Reads until an answer is intact.
    fn read(&mut self, at: u32, data: &mut [u8]) -> Result<Status, UnitError<S::Error>> {
        for _ in 0..ATTEMPTS {
            if let Some(status) = frame::read(&mut self.spi, at, data)? {
                return Ok(status);
            }
        }
        Err(UnitError::Checksum)
    }
}

/// The runs of a row that differ: a gap costs less than another frame.
struct Differences<'a> {
    old: &'a [i8],
    new: &'a [i8],
    at: usize,
}

impl<'a> Iterator for Differences<'a> {
    /// Where a run starts, and what it is now.
    type Item = (usize, &'a [i8]);

    fn next(&mut self) -> Option<Self::Item> {
        let pairs = || self.old.iter().zip(self.new).skip(self.at);
        let start = self.at + pairs().position(|(old, new)| old != new)?;
        let (mut len, mut gap) = (0, 0);
        for (i, (old, new)) in self.old.iter().zip(self.new).skip(start).enumerate() {
            if old != new {
                (len, gap) = (i + 1, 0);
            } else if gap == OVERHEAD {
                break;
            } else {
                gap += 1;
            }
        }
        self.at = start + len;
        Some((start, self.new.get(start..self.at)?))
    }
}

#[cfg(test)]
mod tests {
    extern crate std;
    use super::*;
    use std::vec::Vec;

    #[test]
    fn runs_of_differences() {
        let (old, mut new) = ([0; 64], [0; 64]);
        for place in [0, 1, 5, 40, 63] {
            new[place] = 1;
        }
        let runs: Vec<_> =
            Differences { old: &old, new: &new, at: 0 }.map(|(start, run)| (start, run.len())).collect();
        assert_eq!(runs, [(0, 6), (40, 1), (63, 1)]);
        assert_eq!(Differences { old: &new, new: &new, at: 0 }.count(), 0);
    }
}
