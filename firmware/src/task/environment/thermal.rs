use super::{Environment, Factor, StartDraw, Step, around, divided, effort, scaled};
use crate::noise::Stream;
use crate::slice_ext::{copy, part_mut};
use fixed::types::I16F16;

/// A heated plate that is to have a temperature, in the place of a PID controller: it answers late, loses
/// power as it ages, and its surroundings grow warmer or colder. Explicit Euler steps of 1 s.
///
/// * Output 0: the heater gets (output + 127) / 254 of its power, four steps later.
/// * Observation, 127 standing for: error 10 K, error 100 K (wanted minus measured), slope of the measured
///   temperature 1 K/s, integral of the error 4; and the last output as it is. The slope is a running mean, a
///   new one counting 1/8. The integral gains 1/64 of the error, of 10 K at most, a step, and stays within 4.
/// * Starts: the plate at 15 to 25 degrees, the surroundings at 20; wanted are 60 to 120 degrees, and others
///   from step 150 on. Until the end the heater loses up to a fifth of its power, and the surroundings change
///   by up to 10 K. The measured temperature is off by up to 0.2 K, at every step anew.
/// * Domain: the heater's power (200 K at full power), and the plate's time constant (60 s).
/// * Never ends by itself. A step costs a tenth of the error in K, of 30 K at most.
#[derive(Clone, Debug, Default)]
pub struct Thermal {
    /// Temperature of the plate, in degrees Celsius, and of the heating element, 1 at full power.
    pub state: [I16F16; 2],
    /// What is wanted in the first half and in the second.
    pub wanted: [I16F16; 2],
    /// What the power and the surroundings change by until the end.
    drift: [I16F16; 2],
    step: u32,
    /// The last outputs, the latest first.
    commands: [i8; 4],
    measured: I16F16,
    slope: I16F16,
    integral: I16F16,
    factors: [Factor; 2],
    noise: Option<Stream>,
}

const AMBIENT: I16F16 = I16F16::lit("20");
const AMBIENT_DRIFT: I16F16 = I16F16::lit("10");
const POWER_DRIFT: I16F16 = I16F16::lit("0.2");
const START: [I16F16; 2] = [I16F16::lit("15"), I16F16::lit("25")];
const WANTED: [I16F16; 2] = [I16F16::lit("60"), I16F16::lit("120")];
/// Kelvin above the surroundings at full power.
const POWER: I16F16 = I16F16::lit("200");
/// Seconds.
const TIME_CONSTANT: I16F16 = I16F16::lit("60");
const NOISE: I16F16 = I16F16::lit("0.2");
const FINE: I16F16 = I16F16::lit("10");
const COARSE: I16F16 = I16F16::lit("100");
const MOST_COST: I16F16 = I16F16::lit("30");
const INTEGRAL: I16F16 = I16F16::lit("4");

impl Thermal {
    /// What is wanted now.
    fn target(&self) -> I16F16 {
        if self.step < Self::STEPS / 2 { self.wanted[0] } else { self.wanted[1] }
    }

    fn measure(&mut self) -> I16F16 {
        self.state[0] + self.noise.as_mut().map_or(I16F16::ZERO, |noise| around(noise, NOISE))
    }

    fn error(&self) -> I16F16 {
        self.target() - self.measured
    }
}

impl Environment for Thermal {
    const INPUTS: usize = 5;
    const OUTPUTS: usize = 1;
    const STEPS: u32 = 300;
    const LARGEST_RETURN: u32 = 900;

    fn reset(&mut self, start: &mut StartDraw) {
        self.state = [start.uniform(START[0], START[1]), I16F16::ZERO];
        self.wanted = [(); 2].map(|()| start.uniform(WANTED[0], WANTED[1]));
        self.drift =
            [start.uniform(-POWER_DRIFT, I16F16::ZERO), start.uniform(-AMBIENT_DRIFT, AMBIENT_DRIFT)];
        (self.step, self.commands) = (0, [-127; 4]);
        (self.slope, self.integral) = (I16F16::ZERO, I16F16::ZERO);
        self.factors = [(); 2].map(|()| start.factor());
        self.noise = Some(start.rest());
        self.measured = self.measure();
    }

    fn observe(&self, observation: &mut [i8]) {
        let error = self.error();
        copy(
            part_mut(observation, 0, Self::INPUTS),
            &[
                scaled(error, FINE),
                scaled(error, COARSE),
                scaled(self.slope, I16F16::ONE),
                scaled(self.integral, INTEGRAL),
                self.commands[0],
            ],
        );
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        let [latest, second, third, heard] = self.commands;
        self.commands = [effort(outputs) as i8, latest, second, third];
        let ([of_power, of_time], [plate, element]) = (self.factors, self.state);
        let done = self.step as i32;
        let drift = self.drift.map(|all| all * done / Self::STEPS as i32);
        let power = of_power.of(POWER) * (I16F16::ONE + drift[0]);
        let said = I16F16::from_num(i32::from(heard) + 127) / 254;
        let element = element + (said - element) / 8;
        let change = divided(power * element - (plate - AMBIENT - drift[1]), of_time.of(TIME_CONSTANT));
        self.state = [plate + change, element];
        let last = self.measured;
        self.measured = self.measure();
        self.slope += (self.measured - last - self.slope) / 8;
        let cost = (self.target() - self.state[0]).abs().min(MOST_COST) / 10;
        self.step += 1;
        let fine = self.error().clamp(-FINE, FINE);
        self.integral = (self.integral + fine / 64).clamp(-INTEGRAL, INTEGRAL);
        Step { reward: -cost, done: false }
    }
}
