use super::trigonometry::sine_cosine;
use super::{Environment, Factor, StartDraw, Step, divided, largest, scaled, wrapped};
use crate::slice_ext::{copy, part_mut};
use fixed::FixedI32;
use fixed::types::I16F16;
use fixed::types::extra::U18;

/// Values of the acrobot, in 1/2^18: +-8192.
pub type Value = FixedI32<U18>;

/// Two links that hang from a joint, with a motor between them: Gymnasium's `Acrobot-v1` with the dynamics of
/// Sutton and Barto's book, one fourth-order Runge-Kutta step of 0.2 s an action.
///
/// * Outputs: 0, 1 and 2 apply -1, 0 and +1 N m; the first largest acts.
/// * Observation, 127 standing for: cosine and sine of the first angle 1, of the second 1, first angular
///   velocity 2 pi rad/s, second 4.5 pi rad/s (half of their limits, which a swing hardly reaches).
/// * Starts: angles and angular velocities uniform within +-0.1.
/// * Domain: the torque, and gravity.
/// * Ends when the tip is one link above the joint, `-cos theta1 - cos(theta1 + theta2) > 1`: 0; every other
///   step is worth -1.
///
/// Within a Runge-Kutta step angular velocities are kept to +-32 rad/s, above their limits of 4 pi and 9 pi:
/// then no value reaches 8192.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Acrobot {
    /// Both angles, rad, then both angular velocities, rad/s. The first angle is 0 when the link hangs down,
    /// the second is relative to the first link.
    pub state: [Value; 4],
    /// Of the torque and of gravity.
    pub factors: [Factor; 2],
}

const STAGE_SPEED: Value = Value::lit("32");
const SPEED_1: Value = Value::lit("12.566370614");
const SPEED_2: Value = Value::lit("28.274333882");
const START: Value = Value::lit("0.1");
/// dt / 2, dt / 3 and dt / 6, and dt itself.
const HALF_STEP: Value = Value::lit("0.1");
const THIRD_STEP: Value = Value::lit("0.0666666667");
const SIXTH_STEP: Value = Value::lit("0.0333333333");
const WHOLE_STEP: Value = Value::lit("0.2");
/// Links of length 1, mass 1 and moment of inertia 1, their centres of mass in the middle: the sums that the
/// dynamics need.
const D1: Value = Value::lit("3.5");
const D2: Value = Value::lit("1.25");
const GRAVITY_1: Value = Value::lit("14.7");
const GRAVITY_2: Value = Value::lit("4.9");

/// Both angular velocities, then both angular accelerations.
fn derivative([theta1, theta2, speed1, speed2]: [Value; 4], torque: Value, gravity: Factor) -> [Value; 4] {
    let speed1 = speed1.clamp(-STAGE_SPEED, STAGE_SPEED);
    let speed2 = speed2.clamp(-STAGE_SPEED, STAGE_SPEED);
    let (sine2, cosine2) = sine_cosine(theta2);
    let (sine1, _) = sine_cosine(theta1);
    let (sine12, _) = sine_cosine(theta1 + theta2);
    let d1 = D1 + cosine2;
    let d2 = D2 + cosine2 / 2;
    let phi2 = gravity.of(GRAVITY_2) * sine12;
    let phi1 = gravity.of(GRAVITY_1) * sine1 + phi2 - (speed2 / 2 + speed1) * speed2 * sine2;
    let ratio = divided(d2, d1);
    let push = torque + ratio * phi1 - speed1 * speed1 * sine2 / 2 - phi2;
    let acceleration2 = divided(push, D2 - ratio * d2);
    let acceleration1 = divided(-(d2 * acceleration2 + phi1), d1);
    [speed1, speed2, acceleration1, acceleration2]
}

fn moved(state: [Value; 4], by: [Value; 4], step: Value) -> [Value; 4] {
    let mut to = state;
    for (to, by) in to.iter_mut().zip(by) {
        *to += by * step;
    }
    to
}

impl Acrobot {
    fn is_over(&self) -> bool {
        let [theta1, theta2, ..] = self.state;
        let (_, upper) = sine_cosine(theta1);
        let (_, lower) = sine_cosine(theta1 + theta2);
        -upper - lower > Value::ONE
    }
}

impl Environment for Acrobot {
    const INPUTS: usize = 6;
    const OUTPUTS: usize = 3;
    const STEPS: u32 = 500;
    const LARGEST_RETURN: u32 = 500;

    fn reset(&mut self, start: &mut StartDraw) {
        self.state = [(); 4].map(|()| start.uniform(-START, START));
        self.factors = [(); 2].map(|()| start.factor());
    }

    fn observe(&self, observation: &mut [i8]) {
        let [theta1, theta2, speed1, speed2] = self.state;
        let (sine1, cosine1) = sine_cosine(theta1);
        let (sine2, cosine2) = sine_cosine(theta2);
        copy(
            part_mut(observation, 0, Self::INPUTS),
            &[
                scaled(cosine1, Value::ONE),
                scaled(sine1, Value::ONE),
                scaled(cosine2, Value::ONE),
                scaled(sine2, Value::ONE),
                scaled(speed1, SPEED_1 / 2),
                scaled(speed2, SPEED_2 / 2),
            ],
        );
    }

    fn step(&mut self, outputs: &[i8]) -> Step {
        if self.is_over() {
            return Step { reward: I16F16::ZERO, done: true };
        }
        let [of_torque, gravity] = self.factors;
        let torque = of_torque.of(Value::from_num(largest(outputs).min(2) as i32 - 1));
        let from = self.state;
        let k1 = derivative(from, torque, gravity);
        let k2 = derivative(moved(from, k1, HALF_STEP), torque, gravity);
        let k3 = derivative(moved(from, k2, HALF_STEP), torque, gravity);
        let k4 = derivative(moved(from, k3, WHOLE_STEP), torque, gravity);
        let mut to = from;
        for (k, weight) in [(k1, SIXTH_STEP), (k2, THIRD_STEP), (k3, THIRD_STEP), (k4, SIXTH_STEP)] {
            to = moved(to, k, weight);
        }
        let [theta1, theta2, speed1, speed2] = to;
        self.state = [
            wrapped(theta1, Value::PI),
            wrapped(theta2, Value::PI),
            speed1.clamp(-SPEED_1, SPEED_1),
            speed2.clamp(-SPEED_2, SPEED_2),
        ];
        let done = self.is_over();
        Step { reward: if done { I16F16::ZERO } else { -I16F16::ONE }, done }
    }
}
