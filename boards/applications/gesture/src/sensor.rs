//! The accelerometer of a micro:bit v1.5 or v2: an LSM303AGR on I2C.

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use lsm303agr::interface::I2cInterface;
use lsm303agr::mode::MagOneShot;
use lsm303agr::{AccelMode, AccelOutputDataRate, AccelScale, Lsm303agr};

/// Samples a second.
pub const RATE: u32 = 50;

/// Why there is no sample.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault<E> {
    /// The bus has failed.
    Bus(E),
    /// What answers is another chip.
    OtherChip,
}

impl<E> From<lsm303agr::Error<E>> for Fault<E> {
    fn from(error: lsm303agr::Error<E>) -> Self {
        match error {
            lsm303agr::Error::Comm(error) => Fault::Bus(error),
            // Of settings that the driver refuses, which are ours and which it takes.
            _ => Fault::OtherChip,
        }
    }
}

/// The sensor, which measures [`RATE`] times a second from -4 g to 4 g.
pub struct Sensor<I2C>(Lsm303agr<I2cInterface<I2C>, MagOneShot>);

impl<I2C: I2c> Sensor<I2C> {
    /// Starts it.
    ///
    /// # Errors
    /// When the bus fails, or when another chip answers.
    pub fn start(bus: I2C, delay: &mut impl DelayNs) -> Result<Self, Fault<I2C::Error>> {
        let mut sensor = Lsm303agr::new_with_i2c(bus);
        if !sensor.accelerometer_id()?.is_correct() {
            return Err(Fault::OtherChip);
        }
        sensor.init()?;
        sensor.set_accel_mode_and_odr(delay, AccelMode::HighResolution, AccelOutputDataRate::Hz50)?;
        sensor.set_accel_scale(AccelScale::G4)?;
        Ok(Self(sensor))
    }

    /// The next sample, in thousandths of g; none before the sensor has one that was not read yet.
    ///
    /// # Errors
    /// When the bus fails.
    pub fn sample(&mut self) -> Result<Option<[i16; 3]>, Fault<I2C::Error>> {
        if !self.0.accel_status()?.xyz_new_data() {
            return Ok(None);
        }
        let (x, y, z) = self.0.acceleration()?.xyz_mg();
        // At most 4 g.
        Ok(Some([x as i16, y as i16, z as i16]))
    }
}
