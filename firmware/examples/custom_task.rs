//! Trains a controller on a fitness of its own, with nothing but this crate: what a board does, in one
//! process.
//!
//! A cart stands somewhere on a track. Every step the model sees its place and speed and pushes; it is to
//! bring the cart to the middle and hold it there. Nobody tells it how: the only thing it learns from is one
//! number per ride, and all of it is integers.
//!
//! `cargo run --release --example custom_task`

use eggroll_firmware::Error;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, Program, Scratch, Start, Unperturbed, run};
use eggroll_firmware::noise::{Address, Noise, Stream, TENSOR_STARTS};
use eggroll_firmware::task::{Member, Task, Trial};
use eggroll_firmware::train::{Estimator, Learner, Run, TaskKind};
use eggroll_firmware::update::Optimizer;

/// The fitness. On a board this could as well drive a motor and read a sensor; there it goes into
/// `eggroll_board::run_with_task`, and `eggroll-host --task own` does the rest over the wire.
struct Cart;

/// Steps of one ride.
const STEPS: i32 = 80;

impl Cart {
    /// One ride from a place: minus the mean distance from the middle, in 1/16 of a track unit.
    fn ride(mut place: i32, member: &mut dyn Member) -> i32 {
        let (mut speed, mut distance) = (0, 0);
        for _ in 0..STEPS {
            // Inputs and outputs are int8 in -127..=127.
            let push = member.act(&[place as i8, speed as i8])[0];
            speed = (speed + i32::from(push) / 16).clamp(-127, 127);
            place += speed / 4;
            if place.abs() > 127 {
                (place, speed) = (place.clamp(-127, 127), 0);
            }
            distance += place.abs();
        }
        -distance * 16 / STEPS
    }
}

impl Task for Cart {
    fn score(&mut self, trial: Trial, member: &mut dyn Member) -> i32 {
        // Both members of a pair ride from the same places, which depend on the trial alone: the run can be
        // repeated to the byte.
        let Trial { seed, generation, pair } = trial;
        let mut starts = Stream::new(Address { seed, generation, index: pair, tensor: TENSOR_STARTS });
        (0..4).map(|_| Self::ride((starts.next_word() % 241) as i32 - 120, member)).sum()
    }
}

/// The model without any perturbation, to see how far it has come.
struct Base<'a> {
    program: &'a Program,
    weights: &'a [i8],
    pass: Scratch<'a>,
}

impl Member for Base<'_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        run(self.program, self.weights, Start::Input(input), &mut [], &mut Unperturbed, &mut self.pass)
    }
}

/// Mean distance from the middle over rides from all along the track.
fn distance(program: &Program, weights: &[i8]) -> Result<i32, Error> {
    let (mut bytes, mut products) = ([0; 32], [0; 16]);
    let pass = Scratch::new(program, &mut bytes, &mut products)?;
    let mut member = Base { program, weights, pass };
    let rides = (-120..=120).step_by(8);
    let count = rides.clone().count() as i32;
    Ok(-rides.map(|place| Cart::ride(place, &mut member)).sum::<i32>() / count)
}

fn main() -> Result<(), Error> {
    const GENERATIONS: u32 = 400;
    const PAIRS: u32 = 32;
    let run = Run {
        seed: 1,
        model: Description::mlp(&[2, 16, 1], false)?,
        task: TaskKind::Own,
        estimator: Estimator::Weight(Weight {
            pairs: PAIRS,
            samples: 1,
            own_samples: false,
            rank: 1,
            sigma_shift: 2,
            noise: Noise::Sign,
            clip: 1000,
            credit: CreditTo::Pair,
        }),
        optimizer: Optimizer::Residual,
        saturation: false,
    };
    let program = Program::new(&run.model)?;

    // All memory there is: on a board this would be a static.
    let mut learner = Learner::new([0u64; 128]);
    let needs = learner.configure(run, true)?;
    println!("{} weights, {needs} bytes of memory", program.parameters());
    learner.initialize()?;
    learner.start(0)?;

    let before = distance(&program, learner.weights())?;
    println!("generation   0: {before:4}/16 from the middle");
    let mut scores = [0; 2 * PAIRS as usize];
    for generation in 1..=GENERATIONS {
        // Evaluate all pairs, take their scores as credit, and step at a rate that falls to zero.
        let len = learner.evaluate(generation, 0, PAIRS, &mut Cart, &mut scores)?;
        learner.credit(generation, 0, PAIRS, &scores[..len])?;
        learner.step(26_214 * (GENERATIONS - generation + 1) / GENERATIONS)?;
        if generation % 50 == 0 {
            let now = distance(&program, learner.weights())?;
            println!("generation {generation:3}: {now:4}/16 from the middle");
        }
    }
    assert!(distance(&program, learner.weights())? < before / 2, "the cart has not learned");
    Ok(())
}
