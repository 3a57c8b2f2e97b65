use super::trigonometry::sine_cosine;
use super::{Environment, Factor, Real, StartDraw, Step, around, divided, effort, scaled};
use crate::noise::Stream;
use crate::slice_ext::{copy, part_mut};
use fixed::types::I16F16;

/// A robot that balances on two wheels, with a gyroscope that is noisy and turned, and a motor that hears its
/// command late. Explicit Euler steps of 0.02 s.
///
/// * Output 0: the wheels' speed shall be 1.5 * output / 127 m/s. The motor hears it one step later, and
///   follows with a time constant of 0.1 s.
/// * Observation, 127 standing for: measured tilt 0.4 rad, measured rate 4 rad/s, speed 1.5 m/s, position 1
///   m; and the last output as it is.
/// * Starts: position, speed, tilt and rate uniform within +-0.05; the sensor is turned by up to 0.03 rad.
///   The measured tilt is off by up to 0.01 rad, and the rate by up to 0.1 rad/s, at every step anew.
/// * Domain: the speed, the time constant and the height; where anything is spread, the motor hears a command
///   after one or two steps.
/// * Ends outside +-0.5 rad or +-1 m. A step is worth 1 - position^2 / 2 - (output / 127)^2 / 8.
#[derive(Clone, Debug, Default)]
pub struct Balance {
    /// Position, m, and speed, m/s.
    pub motion: [Real; 2],
    /// Tilt from upright, rad, and its rate, rad/s.
    pub tilt: [Real; 2],
    /// What is measured of the tilt and its rate.
    pub measured: [Real; 2],
    /// How the sensor is turned, rad.
    turned: Real,
    /// The last two outputs, the latest first.
    commands: [i8; 2],
    late: bool,
    factors: [Factor; 3],
    noise: Option<Stream>,
}

const GRAVITY: Real = Real::lit("9.8");
/// Of the mass above the axle.
const HEIGHT: Real = Real::lit("0.2");
const SPEED: Real = Real::lit("1.5");
const LAG: Real = Real::lit("0.1");
const TAU: Real = Real::lit("0.02");
const START: Real = Real::lit("0.05");
const TURNED: Real = Real::lit("0.03");
const TILT_NOISE: Real = Real::lit("0.01");
const RATE_NOISE: Real = Real::lit("0.1");
const TILT_LIMIT: Real = Real::lit("0.5");
const TILT_SCALE: Real = Real::lit("0.4");
const RATE_SCALE: Real = Real::lit("4");

impl Balance {
    fn is_over(&self) -> bool {
        self.tilt[0].abs() > TILT_LIMIT || self.motion[0].abs() > Real::ONE
    }

    fn measure(&mut self) {
        let [tilt, rate] = self.tilt;
        if let Some(noise) = &mut self.noise {
            self.measured =
                [tilt + self.turned + around(noise, TILT_NOISE), rate + around(noise, RATE_NOISE)];
        }
    }
}

impl Environment for Balance {
    const INPUTS: usize = 5;
    const OUTPUTS: usize = 1;
    const STEPS: u32 = 500;
    const LARGEST_RETURN: u32 = 500;

    fn reset(&mut self, start: &mut StartDraw) {
        self.motion = [(); 2].map(|()| start.uniform(-START, START));
        self.tilt = [(); 2].map(|()| start.uniform(-START, START));
        self.turned = start.uniform(-TURNED, TURNED);
        self.commands = [0; 2];
        self.factors = [(); 3].map(|()| start.factor());
        self.late = start.factor() > Factor::ONE;
        self.noise = Some(start.rest());
        self.measure();
    }

    fn observe(&self, observation: &mut [i8]) {
        let ([position, speed], [tilt, rate]) = (self.motion, self.measured);
        copy(
            part_mut(observation, 0, Self::INPUTS),
            &[
                scaled(tilt, TILT_SCALE),
                scaled(rate, RATE_SCALE),
                scaled(speed, SPEED),
                scaled(position, Real::ONE),
                self.commands[0],
            ],
        );
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        if self.is_over() {
            return Step { reward: I16F16::ZERO, done: true };
        }
        let ([of_speed, of_lag, of_height], [last, before]) = (self.factors, self.commands);
        let heard = if self.late { before } else { last };
        self.commands = [effort(outputs) as i8, last];
        let ([position, speed], [tilt, rate]) = (self.motion, self.tilt);
        let acceleration = divided(of_speed.of(SPEED) * i32::from(heard) / 127 - speed, of_lag.of(LAG));
        let (sine, cosine) = sine_cosine(tilt);
        let fall = divided(GRAVITY * sine - acceleration * cosine, of_height.of(HEIGHT));
        self.motion = [position + TAU * speed, speed + TAU * acceleration];
        self.tilt = [tilt + TAU * rate, rate + TAU * fall];
        self.measure();
        let output = i32::from(self.commands[0]);
        let cost = I16F16::from_num(position * position / 2)
            + I16F16::from_bits(((output * output) << 13) / (127 * 127));
        Step { reward: I16F16::ONE - cost, done: self.is_over() }
    }
}
