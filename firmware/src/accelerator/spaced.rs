use super::frame::GAP_NS;
use embedded_hal::delay::DelayNs;
use embedded_hal::spi::{ErrorType, Operation, SpiDevice};

/// An SPI device whose chip select stays high between two frames for as long as a unit needs to see it.
///
/// A transaction cannot ask for that: its delays lie between the edges of chip select. Without it the gap is
/// what the controller's code happens to take.
pub struct Spaced<S, D> {
    device: S,
    delay: D,
}

impl<S, D> Spaced<S, D> {
    /// Takes a device, and what waits.
    pub const fn new(device: S, delay: D) -> Self {
        Self { device, delay }
    }

    /// The device.
    pub const fn device(&mut self) -> &mut S {
        &mut self.device
    }
}

impl<S: ErrorType, D> ErrorType for Spaced<S, D> {
    type Error = S::Error;
}

impl<S: SpiDevice, D: DelayNs> SpiDevice for Spaced<S, D> {
    fn transaction(&mut self, operations: &mut [Operation<'_, u8>]) -> Result<(), S::Error> {
        self.delay.delay_ns(GAP_NS);
        self.device.transaction(operations)
    }
}
