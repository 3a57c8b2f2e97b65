//! How long one small board trains alone until the digits are learned.

use super::learning::{median, over_seeds};
use super::node;
use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::{Core, M0, M0_PLUS};
use anyhow::{Context, Result, anyhow, ensure};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Pace, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::accuracy::accuracy;
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, Split, digits, split};
use eggroll_host::run::ModelName;
use serde::Serialize;

const SEEDS: u32 = 10;
const MODEL: &str = "64-32-10";
const GOAL: f64 = 0.95;
/// Generations between two looks at the held-out accuracy.
const LOOK: u32 = 25;
/// The default schedule of the digits.
const GENERATIONS: u32 = 6000;
const PACE: Pace = Pace::Linear { initial: 39_321, generations: GENERATIONS };

/// As the image reads it.
#[derive(Serialize)]
struct Training {
    run: Run,
    pace: Pace,
    generations: u32,
    samples: u32,
}

/// What one seed took on the host.
struct Learned {
    seed: u32,
    generations: u32,
    passes: u64,
    /// Bytes of packed scores.
    score_bytes: u64,
    checksum: u32,
}

fn run_of(seed: u32, samples: usize) -> Result<Run> {
    let model = MODEL.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let task = TaskKind::Samples { count: samples as u32 };
    Ok(Run { seed, model, task, estimator: node(4, 8), optimizer: Optimizer::Residual })
}

/// Trains until two looks one after the other are at the goal.
fn learn(data: &Dataset, parts: &Split, seed: u32) -> Result<Learned> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let run = run_of(seed, parts.train.len())?;
    let (estimator, units) = (run.estimator, run.estimator.units());
    let mut learner = Learner::new(vec![0u64; 1 << 17]);
    learner.configure(run, true).map_err(fault)?;
    learner.load(Section::Samples, 0, &data.records(&parts.train)).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let layout = learner.plan().map(|plan| plan.layout().clone()).context("no plan")?;
    let mut bytes = vec![0; estimator.shape().len(units as usize, units as usize)];
    let (mut passes, mut score_bytes, mut before) = (0, 0, 0.0);
    for generation in 1..=GENERATIONS {
        let (_, len) = learner.train(generation, 1, PACE, &mut NoTask, &mut bytes).map_err(fault)?;
        let scores = Scores::new(estimator.shape(), units as usize, &bytes[..len]).map_err(fault)?;
        passes += estimator.passes(u64::from(units), scores.kept() as u64);
        score_bytes += len as u64;
        if generation.is_multiple_of(LOOK) {
            let now = accuracy(&layout, learner.weights(), data, &parts.test).unwrap_or(0.0);
            if now.min(before) >= GOAL {
                let checksum = learner.state().context("not started")?.checksum;
                return Ok(Learned { seed, generations: generation, passes, score_bytes, checksum });
            }
            before = now;
        }
    }
    Err(anyhow!("seed {seed} does not reach the goal"))
}

/// Trains as long in the emulator; the weights must be the same.
fn count(counter: &Counter, learned: &Learned, samples: &[u8], count: usize) -> Result<Interval> {
    let training = Training {
        run: run_of(learned.seed, count)?,
        pace: PACE,
        generations: learned.generations,
        samples: samples.len() as u32,
    };
    let mut handed = postcard::to_stdvec(&training)?;
    handed.extend_from_slice(samples);
    let outcome = counter.run("alone", &handed)?;
    let found = outcome.said.get("checksum").context("the image does not say what it holds")?;
    ensure!(*found == format!("{:08x}", learned.checksum), "the core has trained other weights");
    outcome.intervals.into_iter().next_back().context("nothing was counted")
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let parts = split(&data, part(2000), part(1000), RUN_SPLIT)?;
    let samples = data.records(&parts.train);
    let mut learned = over_seeds(1..=SEEDS, |seed| learn(&data, &parts, seed))?;
    learned.sort_by_key(|learned| learned.seed);
    println!(
        "{MODEL}, `node`, 4 slots x 8 members, residual, lr 0.6, linear over {GENERATIONS} generations;\n\
         {} training samples, held-out accuracy on {}, looked at every {LOOK} generations; to the second of two\n\
         looks at or above 95 %. Cycles, without wait states:\n{}\n{}\n",
        parts.train.len(),
        parts.test.len(),
        M0.weights(),
        M0_PLUS.weights()
    );
    let counter = Counter::build(Measured::Small)?;
    let seeds = if std::env::var_os("PROFILE").is_some() { 1 } else { SEEDS as usize };
    println!("| seed | generations | passes | instructions | M0, 16 MHz | M0+, 125 MHz |");
    println!("|---|---|---|---|---|---|");
    let seconds = |core: Core, interval: &Interval, hertz: f64| core.cycles(interval.counts) as f64 / hertz;
    let mut times = Vec::new();
    for learned in &learned[..seeds] {
        let interval = count(&counter, learned, &samples, parts.train.len())?;
        let both = (seconds(M0, &interval, 16e6), seconds(M0_PLUS, &interval, 125e6));
        println!(
            "| {} | {} | {} | {:.0} million | {:.1} s | {:.2} s |",
            learned.seed,
            learned.generations,
            learned.passes,
            interval.counts.instructions as f64 / 1e6,
            both.0,
            both.1
        );
        times.push(both);
        if seeds == 1 {
            let per = |n: u64| n / u64::from(learned.generations);
            for (name, counts) in &interval.functions {
                println!("    {:>8} {:>8} {name}", per(counts.instructions), per(M0.cycles(*counts)));
            }
        }
    }
    let of = |pick: fn(&(f64, f64)) -> f64| median(times.iter().map(pick).collect()).unwrap_or(0.0);
    println!("| median | | | | {:.1} s | {:.2} s |", of(|t| t.0), of(|t| t.1));
    Ok(())
}
