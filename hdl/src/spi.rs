use crate::model::{Model, models};
use core::convert::Infallible;
use embedded_hal::delay::DelayNs;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

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
    /// Cycles between two edges of chip select, and between those and the edges of SCK, whatever is asked
    /// for.
    gap: u32,
    waited: Waits,
}

/// Waits for a simulated unit: nanoseconds that are to pass before its next transaction.
#[derive(Clone, Debug, Default)]
pub struct Waits(Arc<AtomicU32>);

impl DelayNs for Waits {
    fn delay_ns(&mut self, ns: u32) {
        self.0.fetch_add(ns, Ordering::Relaxed);
    }
}

/// Cycles in so many nanoseconds of the slowest clock that a unit has, 24 MHz less 10 %: the fewest.
const fn cycles_in(ns: u32) -> u32 {
    (ns as u64 * 216 / 10_000) as u32
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
        let model = Model::new(&UNIT);
        let (gap, waited) = (Self::GAP, Waits::default());
        let mut spi = Self { model, fault: None, bits: 0, cycles: 0, transactions: 0, gap, waited };
        spi.reset();
        spi
    }

    /// A unit after its reset on a bus that is as fast as none: between two edges of chip select and of SCK
    /// lies only what a driver waits for, in its transactions and by the second value.
    pub fn without_gaps() -> (Self, Waits) {
        let spi = Self { gap: 0, ..Self::new() };
        let waits = spi.waited.clone();
        (spi, waits)
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
        let waited = self.waited.0.swap(0, Ordering::Relaxed);
        // Chip select is seen to be high in one cycle at least.
        self.idle(cycles_in(waited).max(1));
        self.clocks(self.gap, SpiIn::default());
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
                Operation::DelayNs(ns) => {
                    self.clocks(cycles_in(*ns), SpiIn::default());
                }
            }
        }
        // SCK falls, then chip select rises.
        self.clocks(if self.gap > 0 { Self::HALF } else { 1 }, SpiIn::default());
        self.fault = None;
        self.idle(self.gap);
        Ok(())
    }
}
