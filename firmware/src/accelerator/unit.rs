use super::error::{Refusal, UnitError};
use super::frame::{self, Command, OVERHEAD, Status};
use super::registers::{
    AT_ID, AT_SETTINGS, AT_STATUS, AT_W, AT_Y, ID, MODE_LOW_RANK, MODE_NODE, MODE_PLAIN, RESET, VERSION,
};
use crate::noise::Address;
use embedded_hal::spi::SpiDevice;

/// How often something is tried before a unit counts as failed.
const ATTEMPTS: usize = 4;
/// How often a product is asked for before it counts as lost; the largest takes fewer cycles than this many
/// questions.
const QUESTIONS: usize = 10_000;

/// What a unit was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Capabilities {
    /// Products a cycle; rows begin at multiples of it.
    pub lanes: u8,
    /// Largest rank of a perturbation.
    pub ranks: u8,
    /// Most pairs, or members of estimator `node`, in one product.
    pub streams: u8,
    /// Most inputs.
    pub inputs: u16,
    /// Most outputs.
    pub outputs: u16,
    /// Bytes of weights, padding included.
    pub room: u32,
}

/// Where a matrix lies in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Byte of its first value.
    at: u32,
    rows: u16,
    columns: u16,
    /// Bytes from a row to the next.
    stride: u32,
}

impl Placement {
    /// Byte after its last row.
    pub const fn end(&self) -> u32 {
        self.at.saturating_add(self.stride.saturating_mul(self.rows as u32))
    }

    const fn row(&self, row: u32) -> u32 {
        AT_W.wrapping_add(self.at).wrapping_add(self.stride.wrapping_mul(row))
    }
}

/// What perturbs the members of a product, and which of them are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// The unperturbed one.
    Base,
    /// Twins of pairs from `first.index` on, perturbed by sign noise of low rank.
    Pairs {
        /// Address of the first pair's noise.
        first: Address,
        /// How many pairs.
        count: u8,
        /// Rank.
        rank: u8,
        /// Sigma is `2^-sigma_shift`.
        sigma_shift: u8,
        /// Whether the members with sign +1 are wanted.
        plus: bool,
        /// Whether those with sign -1 are.
        minus: bool,
    },
    /// Members of estimator `node` from `first.index` on.
    Nodes {
        /// Address of the first member's noise.
        first: Address,
        /// How many members.
        count: u8,
        /// Size of the noise in 1/16.
        amplitude: u8,
        /// Whether the unperturbed one is wanted, too: before the others.
        base: bool,
        /// Whether the members are.
        plus: bool,
        /// Whether their antithetic twins are: each after its member.
        minus: bool,
    },
}

impl Members {
    /// How many outputs come.
    pub const fn len(&self) -> usize {
        match *self {
            Self::Base => 1,
            Self::Pairs { count, plus, minus, .. } => count as usize * (plus as usize + minus as usize),
            Self::Nodes { count, base, plus, minus, .. } => {
                base as usize + count as usize * (plus as usize + minus as usize)
            }
        }
    }

    /// Whether none is wanted.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words MODE, SEED, GENERATION, INDEX and TENSOR.
    const fn settings(&self) -> (u32, [u32; 4]) {
        let (mode, at) = match *self {
            Self::Base => return (MODE_PLAIN | 1 << 12, [0; 4]),
            Self::Pairs { first, count, rank, sigma_shift, plus, minus } => {
                let mode = MODE_LOW_RANK | (rank as u32) << 4 | (sigma_shift as u32) << 8;
                (mode | (plus as u32) << 13 | (minus as u32) << 14 | (count as u32) << 16, first)
            }
            Self::Nodes { first, count, amplitude, base, plus, minus } => {
                let mode = MODE_NODE | (base as u32) << 12 | (plus as u32) << 13 | (minus as u32) << 14;
                (mode | (count as u32) << 16 | (amplitude as u32) << 24, first)
            }
        };
        (mode, [at.seed, at.generation, at.index, at.tensor])
    }
}

/// A product: a placed matrix, its input, and the members that see it.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// The matrix.
    pub matrix: Placement,
    /// As many values as it has columns.
    pub input: &'a [i8],
    /// The members.
    pub members: Members,
}

/// A rank-r matmul unit behind SPI, in mode 0, at up to a quarter of the unit's clock.
pub struct Unit<S> {
    spi: S,
    capabilities: Capabilities,
    tag: u32,
    products: u32,
}

impl<S: SpiDevice> Unit<S> {
    /// Asks what is there, and clears whatever it was doing.
    ///
    /// # Errors
    /// [`UnitError::NoUnit`], [`UnitError::Version`] or [`UnitError::Parameters`] where this driver cannot
    /// use it; [`UnitError::Checksum`] and [`UnitError::Bus`] where it cannot be understood.
    pub fn new(spi: S) -> Result<Self, UnitError<S::Error>> {
        let capabilities = Capabilities { lanes: 0, ranks: 0, streams: 0, inputs: 0, outputs: 0, room: 0 };
        let mut unit = Self { spi, capabilities, tag: 0, products: 0 };
        frame::send(&mut unit.spi, Command::Clear)?;
        let mut bytes = [0; 16];
        let answered = unit.read(AT_ID, &mut bytes);
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
        unit.capabilities = Capabilities { lanes, ranks, streams, inputs, outputs, room };
        if lanes == 0 || ranks == 0 || streams == 0 || inputs == 0 || outputs == 0 || room == 0 {
            return Err(UnitError::Parameters);
        }
        Ok(unit)
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
        let placement = Placement { at, rows, columns, stride };
        let fits =
            (1..=outputs).contains(&rows) && (1..=inputs).contains(&columns) && placement.end() <= room;
        fits.then_some(placement)
    }

    /// Loads a whole matrix, row-major. Values are -127 to 127: the unit refuses -128.
    ///
    /// # Errors
    /// [`UnitError::TooLarge`] where the values are not as many as the placement's; whatever keeps a unit
    /// from answering.
    pub fn load(&mut self, matrix: Placement, values: &[i8]) -> Result<(), UnitError<S::Error>> {
        let columns = usize::from(matrix.columns);
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
        let columns = usize::from(matrix.columns);
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
