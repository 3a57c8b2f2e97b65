use super::trigonometry::sine_cosine;
use super::{Environment, Factor, StartDraw, Step, effort, scaled, wrapped};
use crate::slice_ext::{copy, part_mut};
use fixed::types::{I8F24, I16F16};

/// A pendulum to be swung up and held with a weak motor: Gymnasium's `Pendulum-v1`, steps of 0.05 s.
///
/// * Output 0: the torque is 2 * output / 127 N m.
/// * Observation, 127 standing for: cosine 1, sine 1, angular velocity 8 rad/s.
/// * Starts: angle uniform within [-pi, pi), angular velocity within [-1, 1).
/// * Domain: the acceleration by gravity, and that by a torque.
/// * Never ends by itself. A step costs theta^2 + 0.1 theta_dot^2 + 0.001 torque^2, of the state before it;
///   the angle is 0 upright and within [-pi, pi).
///
/// State in 1/2^24.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Pendulum {
    /// Angle from upright, rad, within [-pi, pi).
    pub theta: I8F24,
    /// Angular velocity, rad/s.
    pub theta_dot: I8F24,
    /// Of what gravity and what a torque accelerate.
    pub factors: [Factor; 2],
}

/// 3 g / 2 l.
const FALL: I8F24 = I8F24::lit("15");
/// Torque of an output of 1, 2 / 127.
const TORQUE: I8F24 = I8F24::lit("0.0157480315");
/// 3 / (m l^2).
const PUSH: i32 = 3;
const TAU: I8F24 = I8F24::lit("0.05");
const SPEED: I8F24 = I8F24::lit("8");
const SPEED_COST: I8F24 = I8F24::lit("0.1");
const TORQUE_COST: I8F24 = I8F24::lit("0.001");

impl Environment for Pendulum {
    const INPUTS: usize = 3;
    const OUTPUTS: usize = 1;
    const STEPS: u32 = 200;
    /// 200 * (pi^2 + 0.1 * 8^2 + 0.001 * 2^2) = 3254.7.
    const LARGEST_RETURN: u32 = 3255;

    fn reset(&mut self, start: &mut StartDraw) {
        self.theta = start.uniform(-I8F24::PI, I8F24::PI);
        self.theta_dot = start.uniform(-I8F24::ONE, I8F24::ONE);
        self.factors = [(); 2].map(|()| start.factor());
    }

    fn observe(&self, observation: &mut [i8]) {
        let (sine, cosine) = sine_cosine(self.theta);
        copy(
            part_mut(observation, 0, Self::INPUTS),
            &[scaled(cosine, I8F24::ONE), scaled(sine, I8F24::ONE), scaled(self.theta_dot, SPEED)],
        );
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        let torque = TORQUE * effort(outputs);
        let cost = self.theta * self.theta
            + SPEED_COST * self.theta_dot * self.theta_dot
            + TORQUE_COST * torque * torque;
        let [of_gravity, of_torque] = self.factors;
        let (sine, _) = sine_cosine(self.theta);
        self.theta_dot = (self.theta_dot + (of_gravity.of(FALL) * sine + of_torque.of(torque * PUSH)) * TAU)
            .clamp(-SPEED, SPEED);
        self.theta = wrapped(self.theta + self.theta_dot * TAU, I8F24::PI);
        Step { reward: -I16F16::from_num(cost), done: false }
    }
}
