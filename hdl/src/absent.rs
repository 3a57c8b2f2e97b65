use core::convert::Infallible;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

/// There is none: this was built without Verilator.
pub enum Spi {}

impl Spi {
    /// `None`.
    pub const fn if_available() -> Option<Self> {
        None
    }
}

impl ErrorType for Spi {
    type Error = Infallible;
}

impl SpiDevice for Spi {
    fn transaction(&mut self, _: &mut [Operation<'_, u8>]) -> Result<(), Infallible> {
        match *self {}
    }
}
