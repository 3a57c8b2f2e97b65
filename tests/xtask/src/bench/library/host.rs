//! Speeds of the host's own evaluator and update, beside the processor's measured peaks.

use super::weight;
use anyhow::{Result, anyhow};
use eggroll_batch::cores::Cores;
use eggroll_batch::credit::PairsCredit;
use eggroll_batch::evaluate::{scores, unperturbed};
use eggroll_batch::isa::{Busy, BusyVotes, Job, Level};
use eggroll_batch::material::Material;
use eggroll_batch::model::Model;
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Weight};
use eggroll_firmware::model::{Program, Role};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::digits;
use eggroll_host::run::ModelName;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

const SEED: u32 = 1;
/// Each figure is the best of so many: the machine's other work only ever adds time.
const REPEATS: usize = 5;

/// Seconds of the fastest run of `work`.
fn seconds(mut work: impl FnMut()) -> f64 {
    let run = |_| {
        let started = Instant::now();
        work();
        started.elapsed().as_secs_f64()
    };
    (0..REPEATS).map(run).fold(f64::MAX, f64::min)
}

/// What a job does in a second on all cores: it brings how much it did.
fn on_all_cores<J: Job<Output = u64> + Send>(level: Level, job: impl Fn() -> J + Sync) -> f64 {
    let mut done = 0u64;
    let seconds = seconds(|| {
        done = std::thread::scope(|scope| {
            let running: Vec<_> = (0..cores()).map(|_| scope.spawn(|| level.run(job()))).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
        });
    });
    done as f64 / seconds
}

/// Peaks on registers alone.
#[derive(Clone, Copy)]
struct Peaks {
    /// Int8 products a second.
    products: f64,
    /// Votes a second: signs that are compared and counted.
    votes: f64,
}

impl Peaks {
    fn of(level: Level) -> Self {
        // A level without an instruction for it takes as long with fewer.
        let rounds = if level == Level::Portable { 1 << 18 } else { 1 << 23 };
        let products = on_all_cores(level, || Busy { rounds });
        Self { products, votes: on_all_cores(level, || BusyVotes { rounds: rounds / 4 }) }
    }
}

struct Case {
    name: &'static str,
    run: Run,
    samples: Vec<u8>,
    feed: Vec<u8>,
}

/// A model on streams of its own bytes' noise: speed does not depend on what is read.
fn text(name: &'static str, model: &str, pairs: u32, context: u32, rank: u8) -> Result<Case> {
    let model = model.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let settings = Weight { own_samples: true, ..pairs_of(weight(pairs, 1, rank, 1))? };
    let estimator = Estimator::Weight(settings);
    let optimizer = Optimizer::Vote { reference_rank_scale: false };
    let run =
        Run { seed: SEED, model, task: TaskKind::Text { context }, estimator, optimizer, saturation: false };
    let program = Program::new(&run.model).map_err(|error| anyhow!("{error}"))?;
    let streams = run.streams().ok_or_else(|| anyhow!("no streams"))?;
    let mut feed = vec![0; streams.feed_len(program.state_len()) as usize];
    let tokens = streams.count as usize * (streams.context as usize + 1);
    for (at, token) in feed[..tokens].iter_mut().enumerate() {
        *token = 1 + (at as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3] % 90;
    }
    Ok(Case { name, run, samples: Vec::new(), feed })
}

fn pairs_of(estimator: Estimator) -> Result<Weight> {
    match estimator {
        Estimator::Weight(weight) => Ok(weight),
        Estimator::Node(_) | Estimator::Guided(_) => Err(anyhow!("not pairs")),
    }
}

fn on_digits(name: &'static str, pairs: u32, samples: u32) -> Result<Case> {
    let data = digits()?;
    let model = "64-64-10".parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let all: Vec<u32> = (0..data.len() as u32).collect();
    let task = TaskKind::Samples { count: all.len() as u32 };
    let estimator = weight(pairs, samples, 1, 127);
    let run = Run { seed: SEED, model, task, estimator, optimizer: Optimizer::Residual, saturation: false };
    Ok(Case { name, run, samples: data.records(&all), feed: Vec::new() })
}

/// Multiplications of a pass.
fn products(program: &Program) -> u64 {
    let matrices = program.tensors().filter(|t| t.role == Role::Weight);
    matrices.map(|tensor| tensor.len() as u64).sum()
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    println!("Level {}, {} cores. Peaks on registers alone:\n", Level::best(), cores());
    println!("| level | G int8 products/s | G votes/s |\n|---|---|---|");
    let available = Level::ALL.iter().copied().filter(|level| level.is_available());
    let measured: Vec<(Level, Peaks)> = available
        .map(|level| {
            let peaks = Peaks::of(level);
            println!("| {level} | {:.0} | {:.0} |", peaks.products / 1e9, peaks.votes / 1e9);
            (level, peaks)
        })
        .collect();
    // The level before the best shows what the best one gains, in the same sitting.
    for &(level, peaks) in measured.iter().rev().take(2) {
        forward(level, peaks)?;
    }
    let &(level, peaks) = measured.last().ok_or_else(|| anyhow!("no level"))?;
    update(level, peaks)
}

/// Forward passes of pairs.
fn forward(level: Level, peaks: Peaks) -> Result<()> {
    println!(
        "\n| forward passes of pairs, {level} | unperturbed /s | perturbed /s | ratio | G products/s | of the peak |"
    );
    println!("|---|---|---|---|---|---|");
    let cases = [
        text("EGG D=64 L=2 V=256, 512 pairs x 100 tokens", "egg:D=64,L=2,V=256", 512, 100, 1)?,
        text("the same, rank 4", "egg:D=64,L=2,V=256", 512, 100, 4)?,
        text("EGG D=256 L=6 V=256, 512 pairs x 100 tokens", "egg:D=256,L=6,V=256", 512, 100, 1)?,
        text("the same, rank 4", "egg:D=256,L=6,V=256", 512, 100, 4)?,
        on_digits("digits 64-64-10, 1024 pairs x 64 samples", 1024, 64)?,
    ];
    for case in cases {
        let plan = Plan::new(case.run.clone(), false).map_err(|error| anyhow!("{error}"))?;
        let program = Arc::new(plan.program().clone());
        let mut weights = vec![0; program.parameters()];
        program.initialize(SEED, &mut weights);
        let model = Model::new(level, Arc::clone(&program), weights.into());
        let material = Material { plan: &plan, samples: &case.samples, feed: &case.feed, generation: 1 };
        let settings = pairs_of(case.run.estimator)?;
        let mut rows = 0;
        let plain = seconds(|| {
            let Ok(run) = unperturbed(&mut Cores::new(&model, &material), &material, 0..settings.pairs);
            rows = run;
        });
        let perturbed = seconds(|| {
            let _ = black_box(scores(&mut Cores::new(&model, &material), &material, 0..settings.pairs));
        });
        let (plain, perturbed) = (rows as f64 / plain, rows as f64 / perturbed);
        let rate = perturbed * products(&program) as f64;
        println!(
            "| {} | {} | {} | {:.1} % | {:.0} | {:.0} % |",
            case.name,
            thousands(plain),
            thousands(perturbed),
            100.0 * perturbed / plain,
            rate / 1e9,
            100.0 * rate / peaks.products,
        );
    }
    Ok(())
}

/// Updates by pairs, noise, credit and step, against the peak of what they are made of.
fn update(level: Level, peaks: Peaks) -> Result<()> {
    println!("\n| update by pairs | pairs | s | G member x weights/s | of the peak | most memory so far |");
    println!("|---|---|---|---|---|---|");
    let sign = |pairs| Weight { noise: Noise::Sign, pairs, ..votes() };
    let cases = [
        ("EGG D=64 L=2, sign noise, votes", "egg:D=64,L=2,V=256", sign(1 << 10)),
        ("", "egg:D=64,L=2,V=256", sign(1 << 15)),
        ("", "egg:D=64,L=2,V=256", sign(1 << 20)),
        ("EGG D=128 L=5 (1.05 M weights)", "egg:D=128,L=5,V=256", sign(1 << 10)),
        ("", "egg:D=128,L=5,V=256", sign(1 << 15)),
        ("", "egg:D=128,L=5,V=256", sign(1 << 20)),
        ("the same, fitness to 7", "egg:D=128,L=5,V=256", Weight { clip: 7, ..sign(1 << 15) }),
        ("the same, rank 4, votes", "egg:D=128,L=5,V=256", Weight { rank: 4, ..sign(1 << 15) }),
        ("near-normal noise, votes", "egg:D=128,L=5,V=256", Weight { pairs: 1 << 13, ..votes() }),
    ];
    for (name, model, settings) in cases {
        let model = model.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
        let estimator = Estimator::Weight(settings);
        let optimizer = Optimizer::Vote { reference_rank_scale: false };
        let task = TaskKind::Text { context: 1 };
        let run = Run { seed: SEED, model, task, estimator, optimizer, saturation: false };
        let plan = Plan::new(run.clone(), true).map_err(|error| anyhow!("{error}"))?;
        let largest = plan.program().tensors().map(|tensor| tensor.len()).max().unwrap_or(0);
        let mut learner = Learner::new(vec![0u64; plan.needs() as usize / 8 + largest]);
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        learner.configure(run, true).map_err(fault)?;
        learner.initialize().map_err(fault)?;
        learner.start(0).map_err(fault)?;
        let size = settings.clip as u32;
        let fitness: Vec<i16> = (0..settings.pairs)
            .map(|p| (p.wrapping_mul(2_654_435_761) >> 7) % (2 * size + 1))
            .map(|f| if size == 1 { 2 * (f & 1) as i16 - 1 } else { f as i16 - settings.clip })
            .collect();
        let mut generation = 0;
        let took = seconds(|| {
            generation += 1;
            let (program, seed, shape) = (plan.program(), SEED, plan.low_rank(&settings));
            let pair = Pair { settings: &settings, shape, program, seed, generation, pair: 0 };
            let _ = black_box(learner.step_with(16, &mut PairsCredit::new(level, pair, &fitness)));
        });
        let rate = 2.0 * f64::from(settings.pairs) * plan.program().parameters() as f64 / took;
        let of_peak = match settings.noise {
            // Both twins share a vote; a rank has as many.
            Noise::Sign => rate / 2.0 * f64::from(settings.rank) / peaks.votes,
            Noise::NearNormal => rate / 2.0 * f64::from(settings.rank) / peaks.products,
        };
        println!(
            "| {name} | {} | {took:.4} | {:.0} | {:.0} % | {} MiB |",
            settings.pairs,
            rate / 1e9,
            100.0 * of_peak,
            most_memory(),
        );
    }
    Ok(())
}

/// Pairs whose fitness is a vote.
const fn votes() -> Weight {
    let (pairs, samples, own_samples, rank, sigma_shift, clip) = (1024, 1, false, 1, 4, 1);
    let (noise, credit) = (Noise::NearNormal, CreditTo::Pair);
    Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit }
}

/// The most memory that this process has had, in MiB, as the system counts it; 0 where it does not say.
fn most_memory() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse::<u64>().ok()).unwrap_or(0) / 1024
}

fn thousands(rate: f64) -> String {
    if rate >= 1e6 { format!("{:.2} M", rate / 1e6) } else { format!("{:.1} k", rate / 1e3) }
}

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
