//! A bus in memory, on which an accelerometer plays samples: the driver and all behind it run as on a board.

use embedded_hal::i2c::{Error, ErrorKind, ErrorType, I2c, NoAcknowledgeSource, Operation};

/// The address of the accelerometer, and of the magnetometer in the same chip.
const ACCELEROMETER: u8 = 0x19;
const MAGNETOMETER: u8 = 0x1E;
/// Registers of the accelerometer: who it is, its state, and the first and the last byte of a sample.
const WHO_AM_I: u8 = 0x0F;
const STATUS: u8 = 0x27;
const FIRST: u8 = 0x28;
const LAST: u8 = 0x2D;
/// What [`WHO_AM_I`] holds.
const ACCELEROMETER_ID: u8 = 0x33;
/// In [`STATUS`]: there is a sample of all axes.
const NEW_SAMPLE: u8 = 1 << 3;

/// Why the bus fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BusFault {
    /// All samples have been read.
    End,
    /// No device has this address.
    NoDevice(u8),
}

impl Error for BusFault {
    fn kind(&self) -> ErrorKind {
        match self {
            Self::End => ErrorKind::Other,
            Self::NoDevice(_) => ErrorKind::NoAcknowledge(NoAcknowledgeSource::Address),
        }
    }
}

/// An LSM303AGR that has these samples, one after the other, in thousandths of g at a scale of 4 g.
#[derive(Debug)]
pub struct Replay<I> {
    samples: I,
    /// The sample that is in the registers.
    current: Option<[i16; 3]>,
    /// The register that is read next.
    register: u8,
}

impl<I: Iterator<Item = [i16; 3]>> Replay<I> {
    /// The sensor before its first sample.
    pub fn new(samples: I) -> Self {
        Self { samples, current: None, register: 0 }
    }

    fn read(&mut self) -> Result<u8, BusFault> {
        let register = self.register & 0x7F;
        // The highest bit of an address asks for one register after the other.
        self.register += self.register >> 7;
        match register {
            WHO_AM_I => Ok(ACCELEROMETER_ID),
            STATUS => {
                self.current = self.current.or_else(|| self.samples.next());
                self.current.map(|_| NEW_SAMPLE).ok_or(BusFault::End)
            }
            FIRST..=LAST => {
                let place = usize::from(register - FIRST);
                let axis = self.current.and_then(|sample| sample.get(place / 2).copied()).unwrap_or(0);
                // 12 bits, at the left of 16; a digit is 2 thousandths of g.
                let value = (axis / 2) << 4;
                if register == LAST {
                    self.current = None;
                }
                Ok(value.to_le_bytes()[place % 2])
            }
            _ => Ok(0),
        }
    }
}

impl<I> ErrorType for Replay<I> {
    type Error = BusFault;
}

impl<I: Iterator<Item = [i16; 3]>> I2c for Replay<I> {
    fn transaction(&mut self, address: u8, operations: &mut [Operation<'_>]) -> Result<(), BusFault> {
        if ![ACCELEROMETER, MAGNETOMETER].contains(&address) {
            return Err(BusFault::NoDevice(address));
        }
        for operation in operations {
            match operation {
                // What is written behind the register's address are settings.
                Operation::Write(bytes) => self.register = bytes.first().copied().unwrap_or(0),
                Operation::Read(bytes) => {
                    for byte in bytes.iter_mut() {
                        *byte = self.read()?;
                    }
                }
            }
        }
        Ok(())
    }
}
