//! Control tasks that are simulated on the board, in fixed point: the same trajectory on every target.
//!
//! | name | as Gymnasium's | inputs | outputs | steps | return |
//! |---|---|---|---|---|---|
//! | `cartpole` | `CartPole-v1` | 4 | 2, the first largest acts | 500 | 1 a step |
//! | `mountain-car` | `MountainCarContinuous-v0` | 2 | 1, the force is output / 127 | 999 | 100 at the goal, minus the force's cost |
//! | `acrobot` | `Acrobot-v1` | 6 | 3, the first largest acts | 500 | -1 a step |
//! | `pendulum` | `Pendulum-v1` | 3 | 1, the torque is 2 * output / 127 | 200 | minus the costs |
//! | `balance` | - | 5 | 1, the wheels' speed | 500 | 1 a step, minus the costs |
//! | `line-follower` | - | 7 | 2, the wheels' speeds | 300 | 10 a metre of the line |
//! | `thermal` | - | 5 | 1, the heater's power | 300 | minus a tenth of the error, K, a step |
//!
//! The last three are this project's: what users of small boards control, with noisy sensors, delays and a
//! plant that drifts. Of the others physics, limits, rewards and starts are those of Gymnasium's classic
//! control (Farama Foundation, `gymnasium/envs/classic_control`), in 32-bit fixed point instead of floats.
//! Every component of an observation is scaled to [-127, 127], rounded to the nearest and saturated; each
//! environment's module gives the scales.
//!
//! Starts are drawn from the noise: an episode's words are the stream at (seed, generation, index = episode,
//! tensor [`TENSOR_STARTS`](crate::noise::TENSOR_STARTS)), one word a component in the order of the
//! observation's variables. A component is uniform over its range: `low + floor(word * (high - low) / 2^32)`
//! in the state's last digits. With a domain that is spread ([`Domain`]), the words behind it draw the
//! physical parameters, and what happens in an episode, such as noise of sensors, takes those that follow.
//! Which episodes a pair plays: [`Episodes`].

pub mod trigonometry;

mod acrobot;
mod balance;
mod cartpole;
mod domain;
mod episode;
mod kind;
mod line_follower;
mod mountain_car;
mod pendulum;
mod play;
mod start;
mod thermal;

pub use acrobot::{Acrobot, Value};
pub use balance::Balance;
pub use cartpole::CartPole;
pub use domain::Domain;
pub use episode::{Episode, FRESH, RETURN_UNIT};
pub use kind::{EnvironmentKind, UnknownEnvironment};
pub use line_follower::LineFollower;
pub use mountain_car::MountainCar;
pub use pendulum::Pendulum;
pub use play::{Base, Episodes, play_base};
pub use start::{Factor, MAX_SPREAD, StartDraw};
pub use thermal::Thermal;

use crate::noise::Stream;
use fixed::FixedI32;
use fixed::types::I16F16;
use fixed::types::extra::{LeEqU32, U20};

/// Values of the robots, in 1/2^20: +-2048.
pub type Real = FixedI32<U20>;

/// What one step of an environment brings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// Reward of the step, in reward units. All rewards of an episode together stay within +-2^15.
    pub reward: I16F16,
    /// Whether the episode has ended by itself. That it ends after [`Environment::STEPS`] is up to the
    /// player.
    pub done: bool,
}

/// A simulated control task.
pub trait Environment {
    /// Components of an observation: inputs of a model that fits.
    const INPUTS: usize;
    /// Outputs of a model that fits.
    const OUTPUTS: usize;
    /// Most steps of an episode.
    const STEPS: u32;
    /// Largest magnitude of an episode's return, in reward units.
    const LARGEST_RETURN: u32;

    /// Puts the environment at a start that is drawn, with parameters that are drawn behind it.
    fn reset(&mut self, start: &mut StartDraw);

    /// Writes the scaled observation into the first [`Self::INPUTS`] places, of which there must be as many.
    fn observe(&self, observation: &mut [i8]);

    /// Acts as the model's outputs say, and advances by one step. Missing outputs count as 0. A step after
    /// the end changes nothing and is worth nothing.
    fn step(&mut self, outputs: &[i8]) -> Step;
}

/// The place of the first largest output: a discrete action.
fn largest(outputs: &[i8]) -> usize {
    let mut best = (0, i8::MIN);
    for (place, &output) in outputs.iter().enumerate() {
        if output > best.1 {
            best = (place, output);
        }
    }
    best.0
}

/// The first output as a continuous action, within the +-127 of models: -128 counts as -127, none as 0.
fn effort(outputs: &[i8]) -> i32 {
    i32::from(outputs.first().copied().unwrap_or(0)).max(-127)
}

/// `value / by`; 0 where that has no value, which the environments' limits rule out.
fn divided<F: LeEqU32>(value: FixedI32<F>, by: FixedI32<F>) -> FixedI32<F> {
    value.checked_div(by).unwrap_or_default()
}

/// A value uniform over [low, high).
fn uniform<F>(noise: &mut Stream, low: FixedI32<F>, high: FixedI32<F>) -> FixedI32<F> {
    let (low, high) = (i64::from(low.to_bits()), i64::from(high.to_bits()));
    FixedI32::from_bits((low + ((i64::from(noise.next_word()) * (high - low)) >> 32)) as i32)
}

/// A value uniform over [-most, most).
fn around<F: LeEqU32>(noise: &mut Stream, most: FixedI32<F>) -> FixedI32<F> {
    uniform(noise, -most, most)
}

/// `127 * value / full`, rounded to the nearest and saturated.
fn scaled<F>(value: FixedI32<F>, full: FixedI32<F>) -> i8 {
    let (value, full) = (i64::from(value.to_bits()), i64::from(full.to_bits()));
    let size = (2 * 127 * value.abs() + full) / (2 * full);
    (size.min(127) * value.signum()) as i8
}

/// The same angle within [-pi, pi).
fn wrapped<F: LeEqU32>(angle: FixedI32<F>, pi: FixedI32<F>) -> FixedI32<F> {
    let (angle, pi) = (i64::from(angle.to_bits()), i64::from(pi.to_bits()));
    FixedI32::from_bits(((angle + pi).rem_euclid(2 * pi) - pi) as i32)
}
