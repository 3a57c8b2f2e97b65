//! Environments against float references written from Gymnasium's equations, their limits, and golden
//! trajectories.

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, Program, Scratch};
use eggroll_firmware::noise::{Address, Noise, Stream, TENSOR_STARTS};
use eggroll_firmware::task::environment::trigonometry::{sine_cosine, sine_cosine_of_turn};
use eggroll_firmware::task::environment::{
    Acrobot, Balance, Base, CartPole, Domain, Environment, EnvironmentKind, Episode, Episodes, FRESH, Factor,
    LineFollower, MAX_SPREAD, MountainCar, Pendulum, RETURN_UNIT, Real, StartDraw, Thermal, Value, play_base,
};
use eggroll_firmware::task::{Member, NoTask, Task, Trial};
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::{Error, Setting};
use fixed::types::{I4F28, I8F24};
use proptest::prelude::*;
use sha2::{Digest, Sha256};
use std::f64::consts::PI;

/// Outputs of a model that acts at random.
struct Random {
    noise: Stream,
    outputs: [i8; 3],
}

impl Random {
    fn new(seed: u32) -> Self {
        let at = Address { seed, generation: 7, index: 0, tensor: 0 };
        Self { noise: Stream::new(at), outputs: [0; 3] }
    }
}

impl Member for Random {
    fn act(&mut self, _: &[i8]) -> &[i8] {
        let bytes = self.noise.next_word().to_le_bytes();
        self.outputs = [bytes[0], bytes[1], bytes[2]].map(|byte| (byte as i8).max(-127));
        &self.outputs
    }
}

fn start<E: Environment + Default>(index: u32) -> E {
    let mut environment = E::default();
    environment.reset(&mut Episode { seed: 1, generation: 1, index }.start(0));
    environment
}

fn near(what: &str, ours: impl Into<f64>, theirs: f64, bound: f64) {
    let ours = ours.into();
    assert!((ours - theirs).abs() <= bound, "{what}: {ours} is not within {bound} of {theirs}");
}

/// The shorter way from one angle to another.
fn apart(a: f64, b: f64) -> f64 {
    ((a - b + PI).rem_euclid(2.0 * PI) - PI).abs()
}

#[test]
fn sines_are_as_exact_as_stated() {
    let bound = 1.0 / f64::from(1 << 28);
    let step = 104_729;
    for turn in (0..u32::MAX - step).step_by(step as usize).chain([0, 1 << 30, 1 << 31, 3 << 30, u32::MAX]) {
        let (sine, cosine) = sine_cosine_of_turn(turn);
        let angle = 2.0 * PI * f64::from(turn) / 2f64.powi(32);
        near("sine", f64::from(sine) / 2f64.powi(30), angle.sin(), bound);
        near("cosine", f64::from(cosine) / 2f64.powi(30), angle.cos(), bound);
    }
    for i in -200_000..=200_000 {
        let angle = f64::from(i) * 1e-4;
        let (fine, coarse) = (I8F24::from_num(angle), Value::from_num(angle));
        let bound = |digits| 2f64.powi(-26) + 2f64.powi(-1 - digits);
        let (sine, cosine) = sine_cosine(fine);
        near("sine", sine, f64::from(fine).sin(), bound(24));
        near("cosine", cosine, f64::from(fine).cos(), bound(24));
        let (sine, cosine) = sine_cosine(coarse);
        near("sine", sine, f64::from(coarse).sin(), bound(18));
        near("cosine", cosine, f64::from(coarse).cos(), bound(18));
    }
    for i in -12_000..=6_000 {
        let position = I4F28::from_num(f64::from(i) * 3e-4);
        let (_, cosine) = sine_cosine(position);
        near("cosine", cosine, f64::from(position).cos(), 2f64.powi(-26));
    }
}

/// Whole episodes with random pushes, and with pushes against the fall; against a reference that starts every
/// 25 steps (0.5 s) from our state: within 5e-5.
#[test]
fn cartpole_follows_the_equations() {
    for index in 0..100 {
        let mut ours: CartPole = start(index);
        let [mut x, mut v, mut th, mut w] = [0.0; 4];
        let mut random = Random::new(index);
        for step in 0..500 {
            if step % 25 == 0 {
                [x, v, th, w] = [ours.x, ours.x_dot, ours.theta, ours.theta_dot].map(f64::from);
            }
            let right = if index % 2 == 0 { random.act(&[])[0] > 0 } else { th + w > 0.0 };
            let outcome = ours.step(if right { &[-1, 1] } else { &[1, 1] });
            let push = (if right { 10.0 } else { -10.0 } + 0.05 * w * w * th.sin()) / 1.1;
            let turn =
                (9.8 * th.sin() - th.cos() * push) / (0.5 * (4.0 / 3.0 - 0.1 * th.cos() * th.cos() / 1.1));
            let pull = push - 0.05 * turn * th.cos() / 1.1;
            (x, v, th, w) = (x + 0.02 * v, v + 0.02 * pull, th + 0.02 * w, w + 0.02 * turn);
            near("x", ours.x, x, 5e-5);
            near("x_dot", ours.x_dot, v, 5e-5);
            near("theta", ours.theta, th, 5e-5);
            near("theta_dot", ours.theta_dot, w, 5e-5);
            assert_eq!(outcome.reward, 1);
            let over = x.abs() > 2.4 || th.abs() > 12.0 * PI / 180.0;
            assert_eq!(outcome.done, over, "episode {index}, step {step}");
            if over {
                break;
            }
        }
    }
}

/// Whole episodes of 999 steps with random forces, and with full force along the velocity: within 3e-4,
/// velocities within 3e-5.
#[test]
fn mountain_car_follows_the_equations() {
    let mut reached = 0;
    for index in 0..60 {
        let mut ours: MountainCar = start(index);
        let (mut x, mut v) = (f64::from(ours.position), f64::from(ours.velocity));
        assert!((-0.6..-0.4).contains(&x) && v == 0.0);
        let mut random = Random::new(index);
        for step in 0..999 {
            let output = if index % 2 == 0 {
                random.act(&[])[0]
            } else if v < 0.0 {
                -127
            } else {
                127
            };
            let outcome = ours.step(&[output]);
            let force = f64::from(output) / 127.0;
            v = (v + force * 0.0015 - 0.0025 * (3.0 * x).cos()).clamp(-0.07, 0.07);
            x = (x + v).clamp(-1.2, 0.6);
            if x == -1.2 {
                v = v.max(0.0);
            }
            near("position", ours.position, x, 3e-4);
            near("velocity", ours.velocity, v, 3e-5);
            let over = x >= 0.45 && v >= 0.0;
            assert_eq!(outcome.done, over, "episode {index}, step {step}");
            near("reward", outcome.reward, if over { 100.0 } else { 0.0 } - 0.1 * force * force, 2e-5);
            if over {
                reached += 1;
                break;
            }
        }
    }
    assert!(reached >= 30, "full force along the velocity reaches the goal");
}

/// 200 steps: within 1e-4 while the pendulum swings freely, checked against a reference that starts every 20
/// steps from our state (the upright position is unstable, errors grow there by e^4 a second).
#[test]
fn pendulum_follows_the_equations() {
    for index in 0..60 {
        let mut ours: Pendulum = start(index);
        let (mut th, mut w) = (0.0, 0.0);
        let mut random = Random::new(index);
        for step in 0..200 {
            if step % 20 == 0 {
                (th, w) = (f64::from(ours.theta), f64::from(ours.theta_dot));
            }
            let output = random.act(&[])[0];
            let outcome = ours.step(&[output]);
            let torque = 2.0 * f64::from(output) / 127.0;
            let angle = (th + PI).rem_euclid(2.0 * PI) - PI;
            let cost = angle * angle + 0.1 * w * w + 0.001 * torque * torque;
            // At the bottom the angle may lie on either side of the cut: the cost is the same.
            near("reward", outcome.reward, -cost, 2e-3);
            w = (w + (15.0 * th.sin() + 3.0 * torque) * 0.05).clamp(-8.0, 8.0);
            th += w * 0.05;
            assert!(apart(ours.theta.into(), th) < 1e-4);
            near("theta_dot", ours.theta_dot, w, 1e-4);
            assert!(!outcome.done && ours.theta.abs() <= I8F24::PI);
        }
    }
}

fn acrobot_derivative(s: [f64; 4], torque: f64) -> [f64; 4] {
    let (m, l, lc, inertia, g) = (1.0, 1.0, 0.5, 1.0, 9.8);
    let [t1, t2, w1, w2] = s;
    let d1 = m * lc * lc + m * (l * l + lc * lc + 2.0 * l * lc * t2.cos()) + 2.0 * inertia;
    let d2 = m * (lc * lc + l * lc * t2.cos()) + inertia;
    let phi2 = m * lc * g * (t1 + t2 - PI / 2.0).cos();
    let phi1 = -m * l * lc * w2 * w2 * t2.sin() - 2.0 * m * l * lc * w2 * w1 * t2.sin()
        + (m * lc + m * l) * g * (t1 - PI / 2.0).cos()
        + phi2;
    let a2 = (torque + d2 / d1 * phi1 - m * l * lc * w1 * w1 * t2.sin() - phi2)
        / (m * lc * lc + inertia - d2 * d2 / d1);
    [w1, w2, -(d2 * a2 + phi1) / d1, a2]
}

/// Whole episodes with torques along the second velocity, which swings up, and at random; against a reference
/// that starts every 5 steps (1 s) from our state: within 2e-3.
#[test]
fn acrobot_follows_the_equations() {
    let mut reached = 0;
    for index in 0..40 {
        let mut ours: Acrobot = start(index);
        assert!(ours.state.iter().all(|v| v.abs() <= Value::from_num(0.1)));
        let mut s = [0.0; 4];
        let mut random = Random::new(index);
        for step in 0..500 {
            if step % 5 == 0 {
                s = ours.state.map(f64::from);
            }
            let outputs: [i8; 3] = if index % 2 == 0 {
                random.act(&[]).try_into().unwrap()
            } else if ours.state[3] > 0 {
                [0, 0, 1]
            } else {
                [1, 1, 0]
            };
            let most = *outputs.iter().max().unwrap();
            let torque = outputs.iter().position(|&o| o == most).unwrap() as f64 - 1.0;
            let outcome = ours.step(&outputs);
            let at = |k: [f64; 4], dt: f64| std::array::from_fn(|i| s[i] + dt * k[i]);
            let k1 = acrobot_derivative(s, torque);
            let k2 = acrobot_derivative(at(k1, 0.1), torque);
            let k3 = acrobot_derivative(at(k2, 0.1), torque);
            let k4 = acrobot_derivative(at(k3, 0.2), torque);
            s = std::array::from_fn(|i| s[i] + 0.2 / 6.0 * (k1[i] + 2.0 * k2[i] + 2.0 * k3[i] + k4[i]));
            s[2] = s[2].clamp(-4.0 * PI, 4.0 * PI);
            s[3] = s[3].clamp(-9.0 * PI, 9.0 * PI);
            let state = ours.state.map(f64::from);
            assert!(apart(state[0], s[0]) < 2e-3 && apart(state[1], s[1]) < 2e-3, "{state:?} {s:?}");
            assert!((state[2] - s[2]).abs() < 2e-3 && (state[3] - s[3]).abs() < 2e-3, "{state:?} {s:?}");
            let height = -state[0].cos() - (state[0] + state[1]).cos();
            assert_eq!(outcome.done, height > 1.0, "episode {index}, step {step}: height {height}");
            assert_eq!(outcome.reward, if outcome.done { 0 } else { -1 });
            if outcome.done {
                reached += 1;
                break;
            }
        }
    }
    assert!(reached >= 20, "torque along the second velocity swings up");
}

/// Observations are the scaled state; a step after the end changes nothing.
#[test]
fn observations_and_ends() {
    let mut seen = [0; 6];
    let cart = CartPole {
        x: I8F24::from_num(-2.5),
        x_dot: I8F24::from_num(1.5),
        theta: I8F24::from_num(PI / 60.0),
        theta_dot: I8F24::from_num(-3.1),
        ..CartPole::default()
    };
    cart.observe(&mut seen[..4]);
    assert_eq!(seen[..4], [-127, 64, 32, -127]);
    let mut after = cart;
    let step = after.step(&[0, 0]);
    assert!(step.done && step.reward == 0 && after == cart);
    let car = MountainCar {
        position: I4F28::from_num(0.6),
        velocity: I4F28::from_num(-0.035),
        ..MountainCar::default()
    };
    car.observe(&mut seen[..2]);
    assert_eq!(seen[..2], [127, -64]);
    let pendulum =
        Pendulum { theta: I8F24::from_num(PI / 2.0), theta_dot: I8F24::from_num(4), ..Pendulum::default() };
    pendulum.observe(&mut seen[..3]);
    assert_eq!(seen[..3], [0, 127, 64]);
    let state = [PI, PI / 2.0, -PI, 9.0 * PI].map(Value::from_num);
    let acrobot = Acrobot { state, ..Acrobot::default() };
    acrobot.observe(&mut seen);
    assert_eq!(seen, [-127, 0, 0, 127, -64, 127]);
    // At the left wall the car stops.
    let mut car = MountainCar {
        position: I4F28::from_num(-1.19),
        velocity: I4F28::from_num(-0.06),
        ..MountainCar::default()
    };
    car.step(&[-127]);
    assert_eq!((car.position, car.velocity), (I4F28::from_num(-1.2), I4F28::ZERO));
    // Not the goal while it rolls back.
    let mut car = MountainCar {
        position: I4F28::from_num(0.5),
        velocity: I4F28::from_num(-0.01),
        ..MountainCar::default()
    };
    assert!(!car.step(&[0]).done);
}

#[test]
fn starts_come_from_the_reserved_noise() {
    let mut words = Stream::new(Address { seed: 1, generation: 1, index: 3, tensor: TENSOR_STARTS });
    let mut expected = || f64::from(words.next_word()) / 2f64.powi(32) * 0.1 - 0.05;
    let cart: CartPole = start(3);
    for value in [cart.x, cart.x_dot, cart.theta, cart.theta_dot] {
        near("start", value, expected(), 1e-6);
    }
}

/// SHA-256 over the observations of 20 random episodes and their returns: equal on every target.
#[test]
fn golden_trajectories() {
    struct Recorder<'a>(Random, &'a mut Sha256);
    impl Member for Recorder<'_> {
        fn act(&mut self, input: &[i8]) -> &[i8] {
            self.1.update(bytemuck::cast_slice::<i8, u8>(input));
            self.0.act(input)
        }
    }
    for (kind, expected) in EnvironmentKind::ALL.into_iter().zip(GOLDEN) {
        let mut hash = Sha256::new();
        for index in 0..20 {
            let episode = Episode { seed: 5, generation: 2, index };
            let total = kind.play(episode, &mut Recorder(Random::new(index), &mut hash));
            hash.update(total.to_le_bytes());
        }
        let hash: String = hash.finalize().iter().map(|b| format!("{b:02x}")).collect();
        assert_eq!(&hash[..16], expected, "{kind}");
    }
}

const GOLDEN: [&str; 7] = [
    "d37c0b3eadcaa0de",
    "385eeda780aab3c6",
    "71c20300edec0891",
    "df5998b28838445c",
    "bcc3bdf8e5a6670d",
    "0be9924ef714ad20",
    "d06e07544057be4a",
];

/// The largest cost a member can run up; -128 is no output of a model, but counts.
#[test]
fn full_effort_stays_within_the_bounds() {
    for (kind, output) in EnvironmentKind::ALL.into_iter().flat_map(|kind| [(kind, -128), (kind, 127)]) {
        for index in 0..100 {
            let episode = Episode { seed: 3, generation: 1, index };
            let total = kind.play(episode, &mut Constant([output; 3]));
            assert!(total.unsigned_abs() <= kind.largest_return(), "{kind}: {total}");
        }
    }
}

/// A member that always says the same.
struct Constant([i8; 3]);

impl Member for Constant {
    fn act(&mut self, _: &[i8]) -> &[i8] {
        &self.0
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..Default::default() })]

    /// No return leaves its promise, no value its type (overflow panics in tests), twins meet the same
    /// starts.
    #[test]
    fn returns_stay_within_their_bounds(seed: u32, generation: u32, index: u32, outputs: [i8; 3], random: bool) {
        for kind in EnvironmentKind::ALL {
            let episode = Episode { seed, generation, index };
            let play = || if random {
                kind.play(episode, &mut Random::new(seed))
            } else {
                kind.play(episode, &mut Constant(outputs))
            };
            let total = play();
            prop_assert!(total.unsigned_abs() <= kind.largest_return());
            prop_assert_eq!(total, play());
        }
    }

    /// The same with parameters of every episode's own.
    #[test]
    fn returns_of_randomized_domains_stay_within_their_bounds(
        (seed, index) in any::<(u32, u32)>(),
        spread in 0..=MAX_SPREAD,
        outputs in any::<[i8; 3]>(),
        random in any::<bool>(),
    ) {
        for kind in EnvironmentKind::ALL {
            let (domain, episode) = (Domain { kind, spread }, Episode { seed, generation: 1, index });
            let play = || if random {
                domain.play(episode, &mut Random::new(seed))
            } else {
                domain.play(episode, &mut Constant(outputs))
            };
            let total = play();
            prop_assert!(total.unsigned_abs() <= kind.largest_return(), "{}: {}", kind, total);
            prop_assert_eq!(total, play());
        }
    }

    /// Whatever state an acrobot is in, a step stays within the limits.
    #[test]
    fn acrobot_never_overflows(angles: [i16; 2], speeds: [i16; 2], action in 0..3usize) {
        let of = |part: i16, most: f64| Value::from_num(f64::from(part) / 32768.0 * most);
        let state = [of(angles[0], PI), of(angles[1], PI), of(speeds[0], 4.0 * PI), of(speeds[1], 9.0 * PI)];
        let mut acrobot = Acrobot { state, ..Acrobot::default() };
        let mut outputs = [0; 3];
        outputs[action] = 1;
        for _ in 0..20 {
            acrobot.step(&outputs);
            // The limits are rounded to the state's last digit.
            let [t1, t2, w1, w2] = acrobot.state.map(|v| f64::from(v).abs() - 4e-6);
            prop_assert!(t1 <= PI && t2 <= PI && w1 <= 4.0 * PI && w2 <= 9.0 * PI);
        }
    }
}

#[test]
fn own_starts_are_numbered_by_pair() {
    let kind = EnvironmentKind::Pendulum;
    let mut shared = Episodes { domain: kind.into(), episodes: 2, own: false };
    let mut own = Episodes { own: true, ..shared };
    let trial = |pair| Trial { seed: 3, generation: 4, pair };
    let played = |index| kind.play(Episode { seed: 3, generation: 4, index }, &mut Constant([9; 3]));
    for pair in 0..3 {
        assert_eq!(shared.score(trial(pair), &mut Constant([9; 3])), played(0) + played(1));
        assert_eq!(own.score(trial(pair), &mut Constant([9; 3])), played(2 * pair) + played(2 * pair + 1));
    }
}

fn weight(pairs: u32, samples: u32) -> Weight {
    let (noise, own_samples) = (Noise::Sign, false);
    Weight { pairs, samples, own_samples, rank: 1, sigma_shift: 2, noise, clip: 8000, credit: CreditTo::Pair }
}

fn run(kind: EnvironmentKind, sizes: &[u32], estimator: Estimator) -> Run {
    let model = Description::mlp(sizes, false).unwrap();
    Run {
        seed: 1,
        model,
        task: TaskKind::Environment(kind),
        estimator,
        optimizer: Optimizer::Residual,
        saturation: false,
    }
}

#[test]
fn runs_that_cannot_be_are_refused() {
    let check =
        |sizes: &[u32], weight| run(EnvironmentKind::CartPole, sizes, Estimator::Weight(weight)).check();
    let shape = Error::ModelOfEnvironment { inputs: 4, outputs: 2 };
    assert_eq!(check(&[4, 8, 2], weight(8, 1)), Ok(()));
    assert_eq!(check(&[3, 8, 2], weight(8, 1)), Err(shape));
    assert_eq!(check(&[4, 8, 3], weight(8, 1)), Err(shape));
    assert_eq!(shape.to_string(), "the environment needs a model with 4 inputs and 2 outputs");
    let most = (1 << 30) / EnvironmentKind::CartPole.largest_return();
    assert_eq!(check(&[4, 8, 2], weight(8, most)), Ok(()));
    assert_eq!(check(&[4, 8, 2], weight(8, most + 1)), Err(Error::Setting(Setting::Episodes)));
    let own = Weight { own_samples: true, ..weight(1 << 20, 4097) };
    assert_eq!(check(&[4, 8, 2], own), Err(Error::Setting(Setting::Episodes)));
    let node = Node { slots: 1, members: 2, amplitude: 4, clip: 7, skip: Some(1), antithetic: false };
    let run = run(EnvironmentKind::CartPole, &[4, 8, 2], Estimator::Node(node));
    assert_eq!(Plan::new(run, true), Err(Error::Setting(Setting::Task)));
}

#[test]
fn names_are_names() {
    for kind in EnvironmentKind::ALL {
        assert_eq!(kind.to_string().parse(), Ok(kind));
        assert_eq!(serde_json::to_string(&kind).unwrap(), format!("\"{kind}\""));
    }
    assert!("cart-pole".parse::<EnvironmentKind>().is_err());
}

/// Parameters lie within their spread, and fill it; without one they are the nominal ones, and no word of the
/// noise is taken.
#[test]
fn factors_are_spread_evenly() {
    let factors = |spread| {
        let draw = |index| Episode { seed: 9, generation: 1, index }.start(spread).factor();
        let all: Vec<f64> = (0..1000).map(|index| f64::from(draw(index).of(Value::ONE))).collect();
        let (low, high) = all.iter().fold((f64::MAX, f64::MIN), |(l, h), &f| (l.min(f), h.max(f)));
        (low, high, all.iter().sum::<f64>() / 1000.0)
    };
    assert_eq!(factors(0), (1.0, 1.0, 1.0));
    let (low, high, mean) = factors(20);
    assert!((0.8..0.81).contains(&low) && (1.19..=1.2).contains(&high) && (mean - 1.0).abs() < 0.01);
    let mut start = Episode { seed: 9, generation: 1, index: 0 }.start(0);
    let before = start.rest().next_word();
    assert_eq!((start.factor(), start.rest().next_word()), (Factor::ONE, before));
    let mut spread: StartDraw = Episode { seed: 9, generation: 1, index: 0 }.start(20);
    assert_ne!((spread.factor(), spread.rest().next_word()), (Factor::ONE, before));
}

/// What users ask for beyond the range is refused, and a spread of 0 is the environment as it is.
#[test]
fn domains_have_a_range() {
    let with = |spread| {
        let task = TaskKind::Randomized(Domain { kind: EnvironmentKind::CartPole, spread });
        Run { task, ..run(EnvironmentKind::CartPole, &[4, 8, 2], Estimator::Weight(weight(8, 1))) }.check()
    };
    assert_eq!((with(1), with(MAX_SPREAD)), (Ok(()), Ok(())));
    for spread in [0, MAX_SPREAD + 1, 255] {
        assert_eq!(with(spread), Err(Error::Setting(Setting::Spread)));
    }
    let nominal = TaskKind::from(Domain::nominal(EnvironmentKind::Balance));
    assert_eq!(nominal, TaskKind::Environment(EnvironmentKind::Balance));
}

/// A robot in floats that meets the same noise.
struct Words(Stream);

impl Words {
    fn of(index: u32) -> Self {
        let at = Address { seed: 1, generation: 1, index, tensor: TENSOR_STARTS };
        Self(Stream::new(at))
    }

    fn within(&mut self, low: f64, high: f64) -> f64 {
        low + f64::from(self.0.next_word()) / 2f64.powi(32) * (high - low)
    }

    fn around(&mut self, most: f64) -> f64 {
        self.within(-most, most)
    }
}

#[test]
fn a_balancing_robot_moves_as_its_equations_say() {
    for index in 0..20 {
        let (mut ours, mut words, mut random) =
            (start::<Balance>(index), Words::of(index), Random::new(index));
        let mut motion = [0; 2].map(|_| words.around(0.05));
        let mut tilt = [0; 2].map(|_| words.around(0.05));
        let turned = words.around(0.03);
        let mut measured = [tilt[0] + turned + words.around(0.01), tilt[1] + words.around(0.1)];
        let mut last = 0.0;
        for _ in 0..40 {
            for (what, ours, theirs) in [
                ("motion", ours.motion, motion),
                ("tilt", ours.tilt, tilt),
                ("measured", ours.measured, measured),
            ] {
                near(what, ours[0], theirs[0], 2e-3);
                near(what, ours[1], theirs[1], 2e-2);
            }
            let output = random.act(&[])[0];
            let step = ours.step(&[output]);
            let acceleration = (1.5 * last / 127.0 - motion[1]) / 0.1;
            let fall = (9.8 * tilt[0].sin() - acceleration * tilt[0].cos()) / 0.2;
            let cost = motion[0] * motion[0] / 2.0 + (f64::from(output) / 127.0).powi(2) / 8.0;
            motion = [motion[0] + 0.02 * motion[1], motion[1] + 0.02 * acceleration];
            tilt = [tilt[0] + 0.02 * tilt[1], tilt[1] + 0.02 * fall];
            measured = [tilt[0] + turned + words.around(0.01), tilt[1] + words.around(0.1)];
            last = f64::from(output);
            near("reward", step.reward, 1.0 - cost, 1e-3);
            if step.done {
                assert!(tilt[0].abs() > 0.49 || motion[0].abs() > 0.99);
                break;
            }
        }
    }
}

#[test]
fn a_line_follower_moves_as_its_equations_say() {
    for index in 0..20 {
        let (mut ours, mut words) = (start::<LineFollower>(index), Words::of(index));
        let mut place = [words.around(0.01), words.around(0.1)];
        let (mut wheels, mut curvature, mut left) = ([0.0; 2], 0.0, 0.25);
        let light = |place: [f64; 2], words: &mut Words| {
            let off = place[0] + 0.06 * place[1].sin();
            let seen = [-2, -1, 0, 1, 2].map(|at| {
                let bright = (127.0 - 6350.0 * (off - 0.015 * f64::from(at)).abs()).max(0.0);
                (bright + words.around(8.0)).min(127.0)
            });
            words.around(0.1);
            (off, seen)
        };
        let (_, mut seen) = light(place, &mut words);
        let mut random = Random::new(index);
        for _ in 0..60 {
            near("distance", ours.place[0], place[0], 2e-4);
            near("direction", ours.place[1], place[1], 2e-3);
            ours.light.iter().zip(seen).for_each(|(&ours, theirs)| near("light", ours, theirs, 2.0));
            // Forward, swinging to both sides.
            let outputs = [random.act(&[])[0] / 4 + 60, random.act(&[])[0] / 4 + 60];
            let step = ours.step(&outputs);
            for (wheel, output) in wheels.iter_mut().zip(outputs) {
                *wheel += (0.6 * f64::from(output) / 127.0 - *wheel) * 0.25;
            }
            let (speed, turn) = ((wheels[0] + wheels[1]) / 2.0, (wheels[1] - wheels[0]) / 0.12);
            let along = speed * place[1].cos() * 0.02;
            place = [place[0] + speed * place[1].sin() * 0.02, place[1] + turn * 0.02 - curvature * along];
            left -= along;
            if left <= 0.0 {
                (curvature, left) = (words.around(4.0), left + 0.25);
            }
            let (off, now) = light(place, &mut words);
            seen = now;
            near("reward", step.reward, 10.0 * along, 1e-3);
            near("curvature", ours.curvature, curvature, 1e-4);
            if step.done {
                assert!(off.abs() > 0.049);
                break;
            }
        }
    }
}

#[test]
fn a_plate_warms_as_its_equations_say() {
    for index in 0..20 {
        let (mut ours, mut words, mut random) =
            (start::<Thermal>(index), Words::of(index), Random::new(index));
        let (mut plate, mut element) = (words.within(15.0, 25.0), 0.0);
        let wanted = [0; 2].map(|_| words.within(60.0, 120.0));
        let drift = [words.within(-0.2, 0.0), words.around(10.0)];
        let mut commands = std::collections::VecDeque::from([-127.0; 4]);
        words.around(0.2);
        for step in 0..300 {
            near("plate", ours.state[0], plate, 0.1);
            near("element", ours.state[1], element, 1e-3);
            // Little at first, so that what is wanted is passed late.
            let output = random.act(&[])[0] / 2 - 40;
            let said = ours.step(&[output]);
            commands.push_front(f64::from(output));
            let heard = commands.pop_back().unwrap();
            let done = f64::from(step) / 300.0;
            element += ((heard + 127.0) / 254.0 - element) / 8.0;
            let power = 200.0 * (1.0 + drift[0] * done);
            plate += (power * element - (plate - 20.0 - drift[1] * done)) / 60.0;
            words.around(0.2);
            let wanted = wanted[usize::from(step >= 150)];
            near("reward", said.reward, -(wanted - plate).abs().min(30.0) / 10.0, 0.02);
            assert!(!said.done);
        }
    }
}

/// Observations of the robots are what is measured, scaled.
#[test]
fn robots_show_what_they_measure() {
    let mut seen = [0; 7];
    let mut balance: Balance = start(0);
    balance.measured = [Real::from_num(0.2), Real::from_num(-4)];
    balance.motion = [Real::from_num(1), Real::from_num(-0.75)];
    balance.observe(&mut seen[..5]);
    assert_eq!(seen[..5], [64, -127, -64, 127, 0]);
    let mut line: LineFollower = start(0);
    line.wheels = [Real::from_num(0.3), Real::from_num(0.3)];
    line.observe(&mut seen);
    assert_eq!((&seen[..5], seen[6]), (&line.light[..], 64));
    let mut plate: Thermal = start(0);
    plate.wanted = [fixed::types::I16F16::from_num(1000); 2];
    plate.observe(&mut seen[..5]);
    assert_eq!((seen[0], seen[1], seen[4]), (127, 127, -127));
}

/// The wire's bytes: variants keep their places.
#[test]
fn wire_places_are_kept() {
    for (place, kind) in (0..).zip(EnvironmentKind::ALL) {
        let mut room = [0; 8];
        let bytes = postcard::to_slice(&TaskKind::Environment(kind), &mut room).unwrap();
        assert_eq!(bytes, [2, place]);
    }
}

/// A board needs no task of its own; the fitness is the clipped difference of the twins' returns; a few
/// generations balance the pole longer.
#[test]
fn a_learner_plays() {
    let kind = EnvironmentKind::CartPole;
    let pairs = 32;
    let mut learner = Learner::new(vec![0; 1 << 12]);
    learner.configure(run(kind, &[4, 16, 2], Estimator::Weight(weight(pairs, 2))), true).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    let mean = |learner: &mut Learner<Vec<u64>>| {
        let program: Program = learner.plan().unwrap().program().clone();
        let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let pass = Scratch::new(&program, &mut bytes, &mut products).unwrap();
        let base = Base { program: &program, weights: learner.weights(), pass };
        play_base(kind, 1, 0..50, base).sum::<i32>() / 50 / RETURN_UNIT
    };
    let before = mean(&mut learner);
    let mut bytes = vec![0; 4096];
    for generation in 1..=20 {
        let len = learner.evaluate(generation, 0, pairs, &mut NoTask, &mut bytes).unwrap();
        learner.credit(generation, 0, pairs, &bytes[..len]).unwrap();
        learner.step(2 * 65_536).unwrap();
    }
    let after = mean(&mut learner);
    assert!(after > 2 * before, "from {before} to {after} steps");
    assert_eq!(FRESH, u32::MAX);
}
