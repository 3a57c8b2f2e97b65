//! The circuit in integers, behind the traits of the peripherals: what the voltage does on a board that has
//! none.

use crate::{Converter, Level};
use core::cell::Cell;
use core::convert::Infallible;
use eggroll_firmware::task::{Member, Task, Trial};
use embedded_hal::delay::DelayNs;
use embedded_hal::pwm::{ErrorType, SetDutyCycle};

/// The duty of a pin that is always on.
const FULL_DUTY: u16 = 4096;
/// A stage follows its input by 1/33 of the difference each millisecond: 3.3 kOhm and 10 uF. (What the second
/// draws from the first is left out.)
const FOLLOWS: i32 = 33;
/// Parts of a reading in which voltages are kept.
const PARTS: i32 = 1 << 12;

/// Two stages of a resistor and a capacitor. Time passes where somebody waits.
#[derive(Debug, Default)]
pub struct Circuit {
    duty: Cell<u16>,
    /// The voltages behind both resistors, in parts of a reading.
    stages: Cell<[i32; 2]>,
}

impl Circuit {
    fn pass_millisecond(&self) {
        let [first, second] = self.stages.get();
        let input = i32::from(self.duty.get()) * PARTS;
        let next = first + (input - first) / FOLLOWS;
        self.stages.set([next, second + (next - second) / FOLLOWS]);
    }
}

impl ErrorType for &Circuit {
    type Error = Infallible;
}

impl SetDutyCycle for &Circuit {
    fn max_duty_cycle(&self) -> u16 {
        FULL_DUTY
    }

    fn set_duty_cycle(&mut self, duty: u16) -> Result<(), Infallible> {
        self.duty.set(duty.min(FULL_DUTY));
        Ok(())
    }
}

impl Converter for &Circuit {
    type Error = Infallible;

    fn read(&mut self) -> Result<u16, Infallible> {
        let [_, second] = self.stages.get();
        Ok((second / PARTS).clamp(0, 4095) as u16)
    }
}

impl DelayNs for &Circuit {
    fn delay_ns(&mut self, ns: u32) {
        for _ in 0..ns / 1_000_000 {
            self.pass_millisecond();
        }
    }

    fn delay_ms(&mut self, ms: u32) {
        for _ in 0..ms {
            self.pass_millisecond();
        }
    }
}

/// The task on a circuit that is computed, as fast as the core is. A score depends on the trial and the
/// member alone: each trial has a circuit of its own.
#[derive(Clone, Copy, Debug, Default)]
pub struct Simulated;

impl Task for Simulated {
    const NAME: &'static str = Level::<&Circuit, &Circuit, &Circuit>::NAME;
    const UNIT: &'static str = Level::<&Circuit, &Circuit, &Circuit>::UNIT;

    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        let circuit = Circuit::default();
        Level::new(&circuit, &circuit, &circuit).score(trial, member)
    }
}
