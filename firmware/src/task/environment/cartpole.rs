use super::trigonometry::sine_cosine;
use super::{Environment, Step, divided, largest, scaled, uniform};
use crate::noise::Stream;
use crate::slice_ext::{copy, part_mut};
use fixed::types::{I8F24, I16F16};

/// A pole on a cart that is pushed left or right: Gymnasium's `CartPole-v1`, explicit Euler steps of 0.02 s.
///
/// * Outputs: 0 pushes with -10 N, 1 with +10 N; the first largest acts.
/// * Observation, 127 standing for: position 2.4 m, velocity 3 m/s, angle 12 degrees, angular velocity 3
///   rad/s.
/// * Starts: all four uniform within +-0.05.
/// * Ends outside +-2.4 m or +-12 degrees. Every step, the last one too, is worth 1.
///
/// State in 1/2^24: within the limits no value reaches 128.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CartPole {
    /// Position, m.
    pub x: I8F24,
    /// Velocity, m/s.
    pub x_dot: I8F24,
    /// Angle from upright, rad.
    pub theta: I8F24,
    /// Angular velocity, rad/s.
    pub theta_dot: I8F24,
}

const GRAVITY: I8F24 = I8F24::lit("9.8");
const MASS_POLE: I8F24 = I8F24::lit("0.1");
const MASS: I8F24 = I8F24::lit("1.1");
/// Half the pole's length.
const LENGTH: I8F24 = I8F24::lit("0.5");
const POLE_MOMENT: I8F24 = I8F24::lit("0.05");
const FORCE: I8F24 = I8F24::lit("10");
const TAU: I8F24 = I8F24::lit("0.02");
const FOUR_THIRDS: I8F24 = I8F24::lit("1.3333333333");
const X_LIMIT: I8F24 = I8F24::lit("2.4");
/// 12 degrees.
const THETA_LIMIT: I8F24 = I8F24::lit("0.2094395102");
const X_DOT_SCALE: I8F24 = I8F24::lit("3");
const THETA_DOT_SCALE: I8F24 = I8F24::lit("3");
const START: I8F24 = I8F24::lit("0.05");

impl CartPole {
    fn is_over(&self) -> bool {
        self.x.abs() > X_LIMIT || self.theta.abs() > THETA_LIMIT
    }
}

impl Environment for CartPole {
    const INPUTS: usize = 4;
    const OUTPUTS: usize = 2;
    const STEPS: u32 = 500;
    const LARGEST_RETURN: u32 = 500;

    fn reset(&mut self, noise: &mut Stream) {
        for value in [&mut self.x, &mut self.x_dot, &mut self.theta, &mut self.theta_dot] {
            *value = uniform(noise, -START, START);
        }
    }

    fn observe(&self, observation: &mut [i8]) {
        copy(
            part_mut(observation, 0, Self::INPUTS),
            &[
                scaled(self.x, X_LIMIT),
                scaled(self.x_dot, X_DOT_SCALE),
                scaled(self.theta, THETA_LIMIT),
                scaled(self.theta_dot, THETA_DOT_SCALE),
            ],
        );
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        if self.is_over() {
            return Step { reward: I16F16::ZERO, done: true };
        }
        let force = if largest(outputs) == 1 { FORCE } else { -FORCE };
        let (sine, cosine) = sine_cosine(self.theta);
        let push = (force + POLE_MOMENT * self.theta_dot * self.theta_dot * sine) / MASS;
        let inertia = LENGTH * (FOUR_THIRDS - MASS_POLE * cosine * cosine / MASS);
        let theta_acceleration = divided(GRAVITY * sine - cosine * push, inertia);
        let x_acceleration = push - POLE_MOMENT * theta_acceleration * cosine / MASS;
        self.x += TAU * self.x_dot;
        self.x_dot += TAU * x_acceleration;
        self.theta += TAU * self.theta_dot;
        self.theta_dot += TAU * theta_acceleration;
        Step { reward: I16F16::ONE, done: self.is_over() }
    }
}
