//! A controller whose fitness is measured on the board's own peripherals: it is to bring the voltage of a
//! circuit to a level and hold it there.
//!
//! The circuit is two stages of a resistor and a capacitor between a pin with PWM and a pin of the converter.
//! Nobody tells the controller how it behaves: a member drives the PWM 200 times a second, and its score is
//! how far the voltage was from the level. [`Circuit`] stands in where there are no peripherals: on a host,
//! and in emulation.
//!
//! What is here knows no chip.
#![no_std]

mod circuit;

pub use circuit::{Circuit, Simulated};

use eggroll_firmware::noise::{Address, Stream, TENSOR_STARTS};
use eggroll_firmware::task::{Member, Task, Trial};
use embedded_hal::delay::DelayNs;
use embedded_hal::pwm::SetDutyCycle;

/// Inputs of the model: how far the voltage is from the level, and how it moves.
pub const INPUTS: usize = 2;
/// The voltage of a full converter, in mV.
pub const FULL: i32 = 3300;
/// Steps of a trial, and the time between two.
pub const STEPS: i32 = 60;
const STEP_MS: u32 = 5;
/// How long the circuit is discharged before a trial: nine times the time in which a stage follows.
const DISCHARGE_MS: u32 = 300;
/// The range of levels, in 1/4096 of the full voltage: the middle, where the circuit can go both ways.
const LEVELS: core::ops::Range<i32> = 1024..3072;
/// The range of a converter's readings: 12 bits.
const READINGS: i32 = 4096;
/// The score of a trial whose peripherals failed: no other is worse.
const FAILED: i32 = -FULL;

/// A converter of 12 bits. embedded-hal 1 has no trait for one.
pub trait Converter {
    /// What went wrong.
    type Error;

    /// A reading from 0 to 4095.
    ///
    /// # Errors
    /// The converter's own.
    fn read(&mut self) -> Result<u16, Self::Error>;
}

/// The task: to hold a level, scored by the mean distance from it in mV, taken negative.
pub struct Level<P, C, D> {
    pwm: P,
    converter: C,
    delay: D,
}

impl<P: SetDutyCycle, C: Converter, D: DelayNs> Level<P, C, D> {
    /// The task on these peripherals.
    pub const fn new(pwm: P, converter: C, delay: D) -> Self {
        Self { pwm, converter, delay }
    }

    /// One trial from an empty circuit; `None` where a peripheral failed.
    fn trial(&mut self, level: i32, member: &mut dyn Member) -> Option<i32> {
        self.pwm.set_duty_cycle_fully_off().ok()?;
        self.delay.delay_ms(DISCHARGE_MS);
        let most = i32::from(self.pwm.max_duty_cycle());
        let mut before = i32::from(self.converter.read().ok()?);
        let (mut duty, mut distance) = (0, 0);
        for _ in 0..STEPS {
            let reading = i32::from(self.converter.read().ok()?);
            let inputs = [(level - reading) / 16, (reading - before) / 2].map(|x| x.clamp(-127, 127) as i8);
            before = reading;
            // What the model says moves the duty, so that it can hold one without an input. 4096 is full.
            let push = member.act(&inputs).first().copied().unwrap_or(0);
            duty = (duty + 4 * i32::from(push)).clamp(0, READINGS);
            self.pwm.set_duty_cycle((duty * most / READINGS) as u16).ok()?;
            self.delay.delay_ms(STEP_MS);
            distance += (level - reading).abs();
        }
        Some(-(distance / STEPS * FULL / READINGS))
    }
}

impl<P: SetDutyCycle, C: Converter, D: DelayNs> Task for Level<P, C, D> {
    const NAME: &'static str = "level";
    const UNIT: &'static str = "mV";
    const ACTS_A_SECOND: u32 = 1000 / STEP_MS;

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let Trial { seed, generation, pair } = trial;
        // Both members of a pair get the same level.
        let mut levels = Stream::new(Address { seed, generation, index: pair, tensor: TENSOR_STARTS });
        let level = LEVELS.start + (levels.next_word() % LEVELS.len() as u32) as i32;
        self.trial(level, member).unwrap_or(FAILED)
    }
}
