use super::trigonometry::sine_cosine;
use super::{Environment, Factor, StartDraw, Step, divided, largest, scaled};
use crate::slice_ext::{copy, part_mut};
use fixed::types::{I8F24, I16F16};

/// A pole on a cart that is pushed left or right: Gymnasium's `CartPole-v1`, explicit Euler steps of 0.02 s.
///
/// * Outputs: 0 pushes with -10 N, 1 with +10 N; the first largest acts.
/// * Observation, 127 standing for: position 2.4 m, velocity 3 m/s, angle 12 degrees, angular velocity 3
///   rad/s.
/// * Starts: all four uniform within +-0.05.
/// * Domain: the force, the pole's mass, its length.
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
    /// Of the force, of the pole's mass and of its length.
    pub factors: [Factor; 3],
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

    fn reset(&mut self, start: &mut StartDraw) {
        for value in [&mut self.x, &mut self.x_dot, &mut self.theta, &mut self.theta_dot] {
            *value = start.uniform(-START, START);
        }
        self.factors = [(); 3].map(|()| start.factor());
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
        let [of_force, of_mass, of_length] = self.factors;
        let force = of_force.of(if largest(outputs) == 1 { FORCE } else { -FORCE });
        let (pole, length) = (of_mass.of(MASS_POLE), of_length.of(LENGTH));
        let mass = MASS - MASS_POLE + pole;
        let moment = of_mass.of(of_length.of(POLE_MOMENT));
        let (sine, cosine) = sine_cosine(self.theta);
        let push = divided(force + moment * self.theta_dot * self.theta_dot * sine, mass);
        let inertia = length * (FOUR_THIRDS - divided(pole * cosine * cosine, mass));
        let theta_acceleration = divided(GRAVITY * sine - cosine * push, inertia);
        let x_acceleration = push - divided(moment * theta_acceleration * cosine, mass);
        self.x += TAU * self.x_dot;
        self.x_dot += TAU * x_acceleration;
        self.theta += TAU * self.theta_dot;
        self.theta_dot += TAU * theta_acceleration;
        Step { reward: I16F16::ONE, done: self.is_over() }
    }
}
