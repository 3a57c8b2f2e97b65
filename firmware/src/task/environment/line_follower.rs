use super::trigonometry::sine_cosine;
use super::{Environment, Factor, Real, StartDraw, Step, around, divided, scaled, wrapped};
use crate::noise::Stream;
use crate::slice_ext::{copy, part_mut};
use fixed::types::I16F16;

/// A robot of two driven wheels that follows a winding line by five light sensors in front of its axle.
/// Explicit Euler steps of 0.02 s.
///
/// * Outputs 0 and 1: the left and the right wheel's speed shall be 0.6 * output / 127 m/s. Motors follow
///   with a time constant of 0.08 s.
/// * Observation: the five sensors from left to right, 127 above the middle of the line and 0 from 0.02 m off
///   it; then, 127 standing for: measured turn 6 rad/s, speed 0.6 m/s.
/// * Starts: up to 0.01 m beside the line and 0.1 rad from its direction, at rest. The line is straight at
///   first; after every 0.25 m it has another curvature, within +-4 / m. A sensor is off by up to 8, and the
///   turn by up to 0.1 rad/s, at every step anew.
/// * Domain: the speed, that of the right wheel beside the left one's, the time constant, and the brightness.
/// * Ends where the line is more than 0.05 m from the middle sensor. A step is worth ten times the metres of
///   the line that it makes.
#[derive(Clone, Debug, Default)]
pub struct LineFollower {
    /// Distance of the axle from the line, to the left, m, and direction from the line's, rad.
    pub place: [Real; 2],
    /// Speeds of the left and the right wheel, m/s.
    pub wheels: [Real; 2],
    /// Curvature of the line, 1/m, positive to the left.
    pub curvature: Real,
    /// Metres until it changes.
    left: Real,
    /// What the light sensors say.
    pub light: [i8; SENSORS],
    /// What the gyroscope says, rad/s.
    turn: Real,
    factors: [Factor; 4],
    noise: Option<Stream>,
}

const SENSORS: usize = 5;
const TAU: Real = Real::lit("0.02");
const SPEED: Real = Real::lit("0.6");
const LAG: Real = Real::lit("0.08");
/// Between the wheels.
const TRACK: Real = Real::lit("0.12");
/// From the axle to the sensors.
const AHEAD: Real = Real::lit("0.06");
/// Between two sensors.
const SPACING: Real = Real::lit("0.015");
/// Of a brightness of 127, for every metre off the middle of the line: 127 / 0.02.
const FADING: i32 = 6350;
const BRIGHTNESS: Real = Real::lit("127");
const LIGHT_NOISE: Real = Real::lit("8");
const TURN_NOISE: Real = Real::lit("0.1");
const TURN_SCALE: Real = Real::lit("6");
const PIECE: Real = Real::lit("0.25");
const CURVATURE: Real = Real::lit("4");
const START: [Real; 2] = [Real::lit("0.01"), Real::lit("0.1")];
const LOST: Real = Real::lit("0.05");

impl LineFollower {
    /// Distance of the middle sensor from the line, to the left.
    fn off(&self) -> Real {
        let [distance, direction] = self.place;
        distance + AHEAD * sine_cosine(direction).0
    }

    fn measure(&mut self, turn: Real) {
        let (off, [.., of_light]) = (self.off(), self.factors);
        let Some(noise) = &mut self.noise else { return };
        // The leftmost sensor is two places to the left.
        for (place, light) in (-2..).zip(&mut self.light) {
            let from_line = (off - SPACING * place).abs().min(Real::ONE / 8);
            let bright = of_light.of((BRIGHTNESS - from_line * FADING).max(Real::ZERO));
            *light = scaled(bright + around(noise, LIGHT_NOISE), BRIGHTNESS);
        }
        self.turn = turn + around(noise, TURN_NOISE);
    }
}

impl Environment for LineFollower {
    const INPUTS: usize = SENSORS + 2;
    const OUTPUTS: usize = 2;
    const STEPS: u32 = 300;
    /// 300 * 0.02 s * 10 a metre * 0.6 m/s, and half as much again by the domain, twice.
    const LARGEST_RETURN: u32 = 81;

    fn reset(&mut self, start: &mut StartDraw) {
        self.place = START.map(|most| start.uniform(-most, most));
        (self.wheels, self.curvature, self.left) = ([Real::ZERO; 2], Real::ZERO, PIECE);
        self.factors = [(); 4].map(|()| start.factor());
        self.noise = Some(start.rest());
        self.measure(Real::ZERO);
    }

    fn observe(&self, observation: &mut [i8]) {
        copy(part_mut(observation, 0, SENSORS), &self.light);
        let [left, right] = self.wheels;
        let motion = [scaled(self.turn, TURN_SCALE), scaled((left + right) / 2, SPEED)];
        copy(part_mut(observation, SENSORS, Self::INPUTS - SENSORS), &motion);
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        if self.off().abs() > LOST {
            return Step { reward: I16F16::ZERO, done: true };
        }
        let [of_speed, of_right, of_lag, _] = self.factors;
        let follows = divided(TAU, of_lag.of(LAG));
        let full = of_speed.of(SPEED);
        let full = [full, of_right.of(full)];
        let mut said = outputs.iter();
        for (wheel, full) in self.wheels.iter_mut().zip(full) {
            let said = i32::from(said.next().copied().unwrap_or(0)).max(-127);
            *wheel += (full * said / 127 - *wheel) * follows;
        }
        let [left, right] = self.wheels;
        let (speed, turn) = ((left + right) / 2, divided(right - left, TRACK));
        let [distance, direction] = self.place;
        let (sine, cosine) = sine_cosine(direction);
        let along = speed * cosine * TAU;
        let turned = direction + turn * TAU - self.curvature * along;
        self.place = [distance + speed * sine * TAU, wrapped(turned, Real::PI)];
        self.left -= along;
        if self.left <= Real::ZERO
            && let Some(noise) = &mut self.noise
        {
            self.curvature = around(noise, CURVATURE);
            self.left += PIECE;
        }
        self.measure(turn);
        Step { reward: I16F16::from_num(along * 10), done: self.off().abs() > LOST }
    }
}
