use crate::model::{Model, models};
use core::convert::Infallible;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct SpiIn {
    rst: bool,
    sck: bool,
    cs_n: bool,
    copi: bool,
}

#[derive(Clone, Copy, Debug, Default)]
#[repr(C)]
struct SpiOut {
    cipo: bool,
    busy: bool,
    done: bool,
    failed: bool,
}

models! {
    SpiIn, SpiOut;
    UNIT: eggroll_UnitSpi_new, eggroll_UnitSpi_free, eggroll_UnitSpi_clock;
}

/// A simulated wire has no errors that an SPI controller would see.
pub type NoError = Infallible;

/// What goes wrong on the wire in the coming transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// This bit, counted from the start of the transaction, arrives at the unit inverted.
    FlipToUnit(usize),
    /// This bit arrives at the controller inverted.
    FlipFromUnit(usize),
    /// Chip select rises after this many bits; the controller reads what an idle wire has.
    Cut(usize),
}

/// `matmul_spi` on an SPI bus in mode 0, simulated edge by edge.
pub struct Spi {
    model: Model<SpiIn, SpiOut>,
    fault: Option<Fault>,
    bits: usize,
    cycles: u64,
    transactions: u64,
}

impl Default for Spi {
    fn default() -> Self {
        Self::new()
    }
}

impl Spi {
    /// Cycles of the unit's clock for half a cycle of SCK: the fastest that the unit promises to follow.
    const HALF: u32 = 2;
    /// Cycles between two edges of chip select.
    const GAP: u32 = 16;

    /// A unit after its reset.
    pub fn new() -> Self {
        let mut spi = Self { model: Model::new(&UNIT), fault: None, bits: 0, cycles: 0, transactions: 0 };
        spi.reset();
        spi
    }

    /// A unit after its reset, where the models were built.
    pub fn if_available() -> Option<Self> {
        Some(Self::new())
    }

    /// A cycle of reset, whatever is under way.
    pub fn reset(&mut self) {
        self.model.clock(&SpiIn { rst: true, cs_n: true, ..SpiIn::default() });
        self.idle(Self::GAP);
    }

    /// Lets something go wrong in the coming transaction, once.
    pub const fn inject(&mut self, fault: Fault) {
        self.fault = Some(fault);
    }

    /// Cycles of the unit's clock so far.
    pub const fn cycles(&self) -> u64 {
        self.cycles
    }

    /// Transactions so far.
    pub const fn transactions(&self) -> u64 {
        self.transactions
    }

    /// Cycles without a transaction.
    pub fn idle(&mut self, cycles: u32) {
        self.clocks(cycles, SpiIn { cs_n: true, ..SpiIn::default() });
    }

    fn clocks(&mut self, cycles: u32, input: SpiIn) -> SpiOut {
        let mut out = SpiOut::default();
        for _ in 0..cycles {
            out = self.model.clock(&input);
        }
        self.cycles += u64::from(cycles);
        out
    }

    fn bit(&mut self, copi: bool) -> bool {
        let at = self.bits;
        self.bits += 1;
        let cs_n = matches!(self.fault, Some(Fault::Cut(bit)) if at >= bit);
        let copi = copi != (self.fault == Some(Fault::FlipToUnit(at)));
        let out = self.clocks(Self::HALF, SpiIn { copi, cs_n, ..SpiIn::default() });
        self.clocks(Self::HALF, SpiIn { sck: !cs_n, copi, cs_n, ..SpiIn::default() });
        (out.cipo || cs_n) != (self.fault == Some(Fault::FlipFromUnit(at)))
    }

    fn byte(&mut self, out: u8) -> u8 {
        (0..8).rev().fold(0, |read, bit| read << 1 | u8::from(self.bit(out >> bit & 1 == 1)))
    }
}

impl ErrorType for Spi {
    type Error = NoError;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), NoError> {
        self.bits = 0;
        self.transactions += 1;
        self.clocks(Self::GAP, SpiIn::default());
        for operation in operations {
            match operation {
                Operation::Read(bytes) => bytes.iter_mut().for_each(|byte| *byte = self.byte(0)),
                Operation::Write(bytes) => bytes.iter().for_each(|&byte| {
                    self.byte(byte);
                }),
                Operation::Transfer(read, write) => {
                    for at in 0..read.len().max(write.len()) {
                        let byte = self.byte(write.get(at).copied().unwrap_or(0));
                        if let Some(read) = read.get_mut(at) {
                            *read = byte;
                        }
                    }
                }
                Operation::TransferInPlace(bytes) => {
                    bytes.iter_mut().for_each(|byte| *byte = self.byte(*byte));
                }
                // A nanosecond or more is a cycle of no clock that this unit has: a cycle for every 20 is
                // safe.
                Operation::DelayNs(ns) => {
                    self.clocks(*ns / 20 + 1, SpiIn::default());
                }
            }
        }
        // Half a cycle of SCK, then chip select rises.
        self.clocks(Self::HALF, SpiIn::default());
        self.fault = None;
        self.idle(Self::GAP);
        Ok(())
    }
}
