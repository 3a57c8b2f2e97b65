//! The simulated environments.

use crate::{Example, list, rows};
use eggroll_firmware::model::{Description, Program, Scratch};
use eggroll_firmware::task::environment::trigonometry::{sine_cosine, sine_cosine_of_turn};
use eggroll_firmware::task::environment::{
    Acrobot, Balance, Base, CartPole, Domain, Environment, EnvironmentKind, Episode, LineFollower,
    MountainCar, Pendulum, Real, Thermal, Value, play_base,
};
use fixed::types::{I4F28, I8F24, I16F16};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("sines", sines()),
        ("angles", angles()),
        ("constants", constants()),
        (
            "cartpole",
            trace::<CartPole>(&[&[1, 0], &[0, 1], &[5, 5]], |e| {
                list([e.x, e.x_dot, e.theta, e.theta_dot].map(I8F24::to_bits))
            }),
        ),
        (
            "mountain-car",
            trace::<MountainCar>(&[&[127], &[-50], &[1]], |e| {
                list([e.position, e.velocity].map(I4F28::to_bits))
            }),
        ),
        (
            "acrobot",
            trace::<Acrobot>(&[&[1, 0, 0], &[0, 0, 9], &[3, 3, 3]], |e| list(e.state.map(Value::to_bits))),
        ),
        (
            "pendulum",
            trace::<Pendulum>(&[&[127], &[-50], &[1]], |e| list([e.theta, e.theta_dot].map(I8F24::to_bits))),
        ),
        ("balance", trace::<Balance>(&[&[127], &[-50], &[1]], robot)),
        ("balance-randomized", trace_of::<Balance>(20, &[&[127], &[-50], &[1]], robot)),
        (
            "line-follower",
            trace::<LineFollower>(&[&[127, 100], &[90, 127], &[60, 60]], |e| {
                list([e.place, e.wheels].concat().into_iter().map(Real::to_bits))
            }),
        ),
        ("thermal", trace::<Thermal>(&[&[127], &[-50], &[1]], |e| list(e.state.map(I16F16::to_bits)))),
        ("returns", returns(0)),
        ("returns-randomized", returns(20)),
    ]
}

/// Position, speed, tilt and its rate.
fn robot(robot: &Balance) -> String {
    list([robot.motion, robot.tilt].concat().into_iter().map(Real::to_bits))
}

/// The table by its definition.
fn sines() -> String {
    const PI: i128 = 3_622_009_729_038_561_421;
    let sine = |i: i128| {
        let angle = PI * i / 128;
        let square = (angle * angle) >> 60;
        let (mut term, mut sum) = (angle, angle);
        for k in 1..12 {
            term = -((term * square) >> 60) / (2 * k * (2 * k + 1));
            sum += term;
        }
        (sum + (1 << 29)) >> 30
    };
    let table: Vec<i128> = (0..=64).map(sine).collect();
    for (i, &sine) in table.iter().enumerate() {
        assert_eq!(i128::from(sine_cosine_of_turn((i as u32) << 24).0), sine);
    }
    rows(table, 8)
}

fn angles() -> String {
    let mut text = String::new();
    for turn in [0, 0x0080_0000, 0x007f_ffff, 0x1234_5678, 0x4000_0001, 0xdead_beef] {
        let (sine, cosine) = sine_cosine_of_turn(turn);
        let _ = writeln!(text, "turn {turn:08x}: sine {sine}, cosine {cosine}");
    }
    for bits in [1 << 24, -(5 << 22), 52_707_178] {
        let (sine, cosine) = sine_cosine(I8F24::from_bits(bits));
        let _ = writeln!(text, "F 24, angle {bits}: sine {}, cosine {}", sine.to_bits(), cosine.to_bits());
    }
    for bits in [1 << 18, -500_000] {
        let (sine, cosine) = sine_cosine(Value::from_bits(bits));
        let _ = writeln!(text, "F 18, angle {bits}: sine {}, cosine {}", sine.to_bits(), cosine.to_bits());
    }
    for bits in [1 << 28, -483_183_821] {
        let (sine, cosine) = sine_cosine(I4F28::from_bits(bits));
        let _ = writeln!(text, "F 28, angle {bits}: sine {}, cosine {}", sine.to_bits(), cosine.to_bits());
    }
    text
}

fn constants() -> String {
    let mut text = String::new();
    let mut line = |name: &str, values: &[(&str, i32)]| {
        let _ = writeln!(text, "{name}");
        for (value, bits) in values {
            let _ = writeln!(text, "  {value:14} {bits}");
        }
    };
    let a = |value: &'static str| (value, I8F24::from_str(value).unwrap().to_bits());
    let b = |value: &'static str| (value, I4F28::from_str(value).unwrap().to_bits());
    let c = |value: &'static str| (value, Value::from_str(value).unwrap().to_bits());
    line(
        "F 24",
        &[
            ("pi", I8F24::PI.to_bits()),
            a("9.8"),
            a("0.1"),
            a("1.1"),
            a("0.5"),
            a("0.05"),
            a("10"),
            a("0.02"),
            a("1.3333333333"),
            a("2.4"),
            a("0.2094395102"),
            a("3"),
            a("15"),
            a("0.0157480315"),
            a("8"),
            a("0.001"),
        ],
    );
    line(
        "F 28",
        &[
            b("0.0015"),
            b("0.0025"),
            b("-1.2"),
            b("0.6"),
            b("-0.3"),
            b("0.9"),
            b("0.07"),
            b("0.45"),
            b("-0.6"),
            b("-0.4"),
        ],
    );
    line(
        "F 18",
        &[
            ("pi", Value::PI.to_bits()),
            c("32"),
            c("12.566370614"),
            c("28.274333882"),
            c("0.1"),
            c("0.0666666667"),
            c("0.0333333333"),
            c("0.2"),
            c("3.5"),
            c("1.25"),
            c("14.7"),
            c("4.9"),
        ],
    );
    let d = |value: &'static str| (value, Real::from_str(value).unwrap().to_bits());
    line(
        "F 20",
        &[
            ("pi", Real::PI.to_bits()),
            d("0.01"),
            d("0.015"),
            d("0.02"),
            d("0.03"),
            d("0.05"),
            d("0.06"),
            d("0.08"),
            d("0.1"),
            d("0.12"),
            d("0.2"),
            d("0.25"),
            d("0.4"),
            d("0.5"),
            d("0.6"),
            d("1.5"),
            d("4"),
            d("6"),
            d("8"),
            d("9.8"),
            d("127"),
        ],
    );
    let e = |value: &'static str| (value, I16F16::from_str(value).unwrap().to_bits());
    line("F 16", &[e("0.2"), e("1"), e("4"), e("10"), e("20"), e("30"), e("60"), e("100"), e("200")]);
    text
}

/// The first steps of an episode under given outputs.
fn trace<E: Environment + Default>(actions: &[&[i8]], state: impl Fn(&E) -> String) -> String {
    trace_of(0, actions, state)
}

/// The same with a spread of the domain.
fn trace_of<E: Environment + Default>(spread: u8, actions: &[&[i8]], state: impl Fn(&E) -> String) -> String {
    let mut environment = E::default();
    environment.reset(&mut Episode { seed: 1, generation: 1, index: 0 }.start(spread));
    let mut observation = [0; 7];
    let mut text = String::new();
    let mut say = |environment: &E, what: &str| {
        environment.observe(&mut observation);
        let seen = list(&observation[..E::INPUTS]);
        let _ = writeln!(text, "{what}: state {}, observation {seen}", state(environment));
    };
    say(&environment, "start of seed 1, generation 1, episode 0");
    for outputs in actions {
        let step = environment.step(outputs);
        say(&environment, &format!("outputs {}: reward {}/65536", list(*outputs), step.reward.to_bits()));
    }
    text
}

fn returns(spread: u8) -> String {
    EnvironmentKind::ALL.iter().fold(String::new(), |mut text, &kind| {
        let sizes = [kind.inputs() as u32, 8, kind.outputs() as u32];
        let program = Program::new(&Description::mlp(&sizes, false).unwrap()).unwrap();
        let mut weights = vec![0; program.parameters()];
        program.initialize(1, &mut weights);
        let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let pass = Scratch::new(&program, &mut bytes, &mut products).unwrap();
        let base = Base { program: &program, weights: &weights, pass };
        let [n, m, o] = sizes;
        let _ =
            writeln!(text, "{kind} {n}-{m}-{o}: {}", list(play_base(Domain { kind, spread }, 1, 0..4, base)));
        text
    })
}
