//! Gestures on a micro:bit: samples of its accelerometer become answers of an exported model.
//!
//! What is here knows no chip, but a bus and its sensor's driver: it runs on the micro:bit, on a bus in the
//! memory of an emulated core ([`replay`]), and on a host.
#![no_std]

// What `eggroll-host export` wrote, as it wrote it.
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "written by a program")]
pub mod model;
pub mod replay;
mod sensor;

pub use sensor::{Fault, RATE, Sensor};

use embedded_hal::delay::DelayNs;
use embedded_hal::i2c::I2c;
use model::{CLASS_NAMES, Decision, OUTPUTS, Signal, Smoothing};

/// A gesture is told when two of the last three windows are of its class,
pub const SMOOTHING: Smoothing = Smoothing::Majority { windows: 3, least: 2 };
/// each with an output so far ahead of all others,
pub const LEVEL: u8 = 8;
/// and then no other one for two windows.
pub const HOLD_OFF: u16 = 2;

/// What a complete window has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The class of the window by itself.
    pub window: &'static str,
    /// The gesture that is told now, if one is.
    pub gesture: Option<&'static str>,
    /// Its number.
    pub class: Option<usize>,
}

/// Samples in, gestures out.
pub struct Gestures<'s, I2C> {
    sensor: Sensor<I2C>,
    signal: &'s mut Signal,
    decision: Decision,
}

impl<'s, I2C: I2c> Gestures<'s, I2C> {
    /// Starts the sensor. `signal` is before its first sample.
    ///
    /// # Errors
    /// When the bus fails, or when another chip answers.
    pub fn start(
        bus: I2C,
        delay: &mut impl DelayNs,
        signal: &'s mut Signal,
    ) -> Result<Self, Fault<I2C::Error>> {
        let sensor = Sensor::start(bus, delay)?;
        Ok(Self { sensor, signal, decision: Decision::new(SMOOTHING, LEVEL, HOLD_OFF, [0; OUTPUTS]) })
    }

    /// Takes the next sample, if the sensor has one, and tells what it led to where it completes a window.
    ///
    /// # Errors
    /// When the bus fails.
    pub fn poll(&mut self) -> Result<Option<Answer>, Fault<I2C::Error>> {
        let outputs = self.sensor.sample()?.and_then(|sample| self.signal.push(&sample));
        Ok(outputs.map(|outputs| {
            let class = self.decision.push(&outputs);
            let name = |class: usize| CLASS_NAMES.get(class).copied().unwrap_or_default();
            Answer { window: name(model::argmax(&outputs)), gesture: class.map(name), class }
        }))
    }
}
