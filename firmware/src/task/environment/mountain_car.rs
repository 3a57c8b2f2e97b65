use super::trigonometry::sine_cosine;
use super::{Environment, Factor, StartDraw, Step, effort, scaled};
use crate::slice_ext::{copy, part_mut};
use fixed::types::{I4F28, I16F16};

/// A car too weak to climb a hill without a run-up: Gymnasium's `MountainCarContinuous-v0`.
///
/// * Output 0: the force is output / 127.
/// * Observation, 127 standing for: 0.9 from the middle of the track at -0.3, velocity 0.07.
/// * Starts: position uniform within [-0.6, -0.4), at rest.
/// * Domain: the power of the motor, and the slope's.
/// * Ends at 0.45 with a velocity of 0 or more: 100. Every step costs 0.1 * force^2.
///
/// State in 1/2^28.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct MountainCar {
    /// Position.
    pub position: I4F28,
    /// Velocity, position a step.
    pub velocity: I4F28,
    /// Of the motor's power and of the slope.
    pub factors: [Factor; 2],
}

const POWER: I4F28 = I4F28::lit("0.0015");
const SLOPE: I4F28 = I4F28::lit("0.0025");
const LEFT: I4F28 = I4F28::lit("-1.2");
const RIGHT: I4F28 = I4F28::lit("0.6");
const MIDDLE: I4F28 = I4F28::lit("-0.3");
const HALF: I4F28 = I4F28::lit("0.9");
const SPEED: I4F28 = I4F28::lit("0.07");
const GOAL: I4F28 = I4F28::lit("0.45");
const START: [I4F28; 2] = [I4F28::lit("-0.6"), I4F28::lit("-0.4")];
const GOAL_REWARD: I16F16 = I16F16::lit("100");

impl MountainCar {
    fn is_over(&self) -> bool {
        self.position >= GOAL && self.velocity >= I4F28::ZERO
    }
}

impl Environment for MountainCar {
    const INPUTS: usize = 2;
    const OUTPUTS: usize = 1;
    const STEPS: u32 = 999;
    const LARGEST_RETURN: u32 = 101;

    fn reset(&mut self, start: &mut StartDraw) {
        self.position = start.uniform(START[0], START[1]);
        self.velocity = I4F28::ZERO;
        self.factors = [(); 2].map(|()| start.factor());
    }

    fn observe(&self, observation: &mut [i8]) {
        let place = scaled(self.position - MIDDLE, HALF);
        copy(part_mut(observation, 0, Self::INPUTS), &[place, scaled(self.velocity, SPEED)]);
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        if self.is_over() {
            return Step { reward: I16F16::ZERO, done: true };
        }
        let force = effort(outputs);
        let [of_power, of_slope] = self.factors;
        let (_, cosine) = sine_cosine(self.position * 3);
        self.velocity = (self.velocity + of_power.of(POWER) * force / 127 - of_slope.of(SLOPE) * cosine)
            .clamp(-SPEED, SPEED);
        self.position = (self.position + self.velocity).clamp(LEFT, RIGHT);
        if self.position == LEFT {
            self.velocity = self.velocity.max(I4F28::ZERO);
        }
        let done = self.is_over();
        // 0.1 * (force / 127)^2
        let cost = I16F16::from_bits(((force * force) << 16) / (10 * 127 * 127));
        Step { reward: if done { GOAL_REWARD - cost } else { -cost }, done }
    }
}
