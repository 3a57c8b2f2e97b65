//! Speeds of one simulated board on one core.

use super::{node, weight};
use anyhow::{Result, anyhow};
use eggroll_firmware::estimator::scores::{Packer, Scores};
use eggroll_firmware::estimator::weight::PAIRS_AT_ONCE;
use eggroll_firmware::noise::sample_index;
use eggroll_firmware::runtime::{Board, Server};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{
    self, Answer, Command, Features, Limits, Reply, Request, RunCommand, checksum_of,
};
use eggroll_host::data::{Fraction, RUN_SPLIT, digits, split};
use eggroll_host::run::ModelName;
use std::hint::black_box;
use std::time::Instant;

const FRAME: usize = 16 << 10;
const SEED: u32 = 1;
/// Each figure is the best of so many: the machine's other work only ever adds time.
const REPEATS: usize = 7;

struct Bench {
    run: Run,
    samples: Vec<u8>,
}

impl Bench {
    fn new(model: &str, estimator: Estimator, optimizer: Optimizer) -> Result<Self> {
        let data = digits()?;
        let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
        let parts = split(&data, part(2000), part(1000), RUN_SPLIT)?;
        let model = model.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
        let task = TaskKind::Samples { count: parts.train.len() as u32 };
        let run = Run { seed: SEED, model, task, estimator, optimizer, saturation: false };
        Ok(Self { run, samples: data.records(&parts.train) })
    }

    fn learner(&self) -> Result<Learner<Vec<u64>>> {
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let mut learner = Learner::new(vec![0u64; 1 << 17]);
        learner.configure(self.run.clone(), true).map_err(fault)?;
        learner.load(Section::Samples, 0, &self.samples).map_err(fault)?;
        learner.initialize().map_err(fault)?;
        learner.start(0).map_err(fault)?;
        Ok(learner)
    }
}

/// Seconds of the fastest of [`REPEATS`] runs of `work`, each of `times` calls, divided by them.
fn seconds(times: u32, mut work: impl FnMut()) -> f64 {
    let run = |_| {
        let started = Instant::now();
        (0..times).for_each(|_| work());
        started.elapsed().as_secs_f64() / f64::from(times)
    };
    (0..REPEATS).map(run).fold(f64::MAX, f64::min)
}

/// Sends one request to a board and hands its answer on.
fn ask<T>(
    server: &mut Server<'_, Vec<u64>>,
    command: Command<'_>,
    take: impl FnOnce(Answer<'_>) -> T,
) -> Result<T> {
    let mut frame = vec![0; FRAME];
    let frame = wire::encode(&Request { id: 1, command }, &mut frame)?;
    let mut reply = Vec::new();
    server.receive(frame, &mut reply).map_err(|error| anyhow!("{error:?}"))?;
    reply.pop();
    Ok(take(wire::decode::<Reply<'_>>(&mut reply)?.answer))
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    println!("One simulated board on one core, 64-64-10 on the digits, at initial weights:\n");
    println!("| estimator | forward passes/s | share of kernels and noise | update / evaluation |");
    println!("|---|---|---|---|");
    let cases = [
        ("`node`, 4 slots x 8 members", node(4, 8), Optimizer::Residual),
        ("`node`, 64 slots x 8 members", node(64, 8), Optimizer::Residual),
        ("`weight`, 128 pairs x 16 samples, rank 1", weight(128, 16, 1, 127), Optimizer::Residual),
        ("`weight`, 128 pairs x 16 samples, rank 4", weight(128, 16, 4, 127), Optimizer::Residual),
    ];
    for (name, estimator, optimizer) in cases {
        let bench = Bench::new("64-64-10", estimator, optimizer)?;
        let units = estimator.units();
        let mut learner = bench.learner()?;
        let mut scores = vec![0; estimator.shape().room(units as usize)];
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let len = learner.evaluate(1, 0, units, &mut NoTask, &mut scores).map_err(fault)?;
        let values = Scores::new(estimator.shape(), units as usize, &scores[..len]).map_err(fault)?;
        let values = values.values().count() as u64;
        let passes = estimator.passes(u64::from(units), values);
        let times = (200_000 / passes as u32).max(3);

        let whole = whole_board(&bench, times)?;
        let evaluation = seconds(times, || {
            let _ = black_box(learner.evaluate(1, 0, units, &mut NoTask, &mut scores));
        });
        // The step moves the weights, so every repetition is another generation; its scores do not matter.
        let mut generation = 0;
        let update = seconds(times, || {
            generation += 1;
            let _ = learner.credit(generation, 0, units, &scores[..len]);
            let _ = black_box(learner.step(0));
        });
        println!(
            "| {name} | {:.2} million | {:.0} % | {:.0} us / {:.0} us = {:.0} % |",
            passes as f64 / whole / 1e6,
            100.0 * (evaluation - bookkeeping(&bench, times)?) / whole.max(evaluation),
            update * 1e6,
            evaluation * 1e6,
            100.0 * update / evaluation,
        );
    }
    println!(
        "\nForward passes: a request to evaluate a whole generation, from its bytes to the reply's. Share: what is left of\n\
         that time without frames, choice of samples and packing of scores (each timed alone). Update: credit and\n\
         step, as host and board each do them once a generation."
    );
    Ok(())
}

/// Seconds that a board takes for a generation, from the request's bytes to the reply's.
fn whole_board(bench: &Bench, times: u32) -> Result<f64> {
    let (mut request, mut reply) = (vec![0; FRAME], vec![0; FRAME]);
    let board = Board { name: "bench", core: "host", features: Features::default() };
    let mut server = Server::new(board, vec![0u64; 1 << 17], &mut request, &mut reply).saying_every(u32::MAX);
    let plan = bench.learner()?;
    let program = plan.plan().map(|plan| plan.program().clone()).ok_or_else(|| anyhow!("no plan"))?;
    let mut weights = vec![0; program.parameters()];
    program.initialize(SEED, &mut weights);
    let weights: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    let (run, samples) = (bench.run.clone(), checksum_of(&bench.samples));
    let configure = Command::Configure { identity: 0, limits: Limits::NONE, run, updates: true, samples };
    ask(&mut server, configure, |_| ())?;
    for (section, bytes) in [(Section::Samples, &bench.samples), (Section::Weights, &weights)] {
        for (place, bytes) in bytes.chunks(8 << 10).enumerate() {
            let offset = (place * (8 << 10)) as u32;
            ask(&mut server, RunCommand::Load { section, offset, bytes }.of(0), |_| ())?;
        }
    }
    ask(&mut server, RunCommand::Start { generation: 0 }.of(0), |_| ())?;
    let count = bench.run.estimator.units();
    let evaluate = RunCommand::Evaluate { generation: 1, first: 0, count }.of(0);
    let good = ask(&mut server, evaluate.clone(), |answer| matches!(answer, Answer::Scores { .. }))?;
    anyhow::ensure!(good, "the board does not evaluate");
    Ok(seconds(times, || {
        let _ = black_box(ask(&mut server, evaluate.clone(), |_| ()));
    }))
}

/// Seconds of a generation's choice of samples and packing of scores alone: what an evaluation does beside
/// kernels and noise.
fn bookkeeping(bench: &Bench, times: u32) -> Result<f64> {
    let estimator = bench.run.estimator;
    let (shape, units, count) = (estimator.shape(), estimator.units(), bench.run.samples());
    // Pairs that share their samples choose them once for every 64.
    let choices = match estimator {
        Estimator::Node(_) | Estimator::Guided(_) => units,
        Estimator::Weight(weight) => weight.samples * weight.pairs.div_ceil(PAIRS_AT_ONCE as u32),
    };
    let mut bytes = vec![0; shape.room(units as usize)];
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    Packer::new(shape, units as usize, &mut bytes).map_err(fault)?;
    Ok(seconds(times, || {
        for number in 0..choices {
            black_box(sample_index(SEED, u64::from(number), count));
        }
        if let Ok(mut packer) = Packer::new(shape, units as usize, &mut bytes) {
            for _ in 0..units {
                packer.keep();
                (0..shape.values).for_each(|f| packer.push(black_box(f as i16 % 5)));
            }
            black_box(packer.finish());
        }
    }))
}
