//! Speeds of the host's own evaluator and update, beside the processor's measured peaks.

use super::weight;
use anyhow::{Result, anyhow};
use eggroll_firmware::estimator::weight::Weight;
use eggroll_firmware::model::Layout;
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::batch::evaluate::{Material, scores, unperturbed};
use eggroll_host::batch::isa::{Busy, Level};
use eggroll_host::batch::model::Model;
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

/// Int8 products a second of all cores, on registers alone.
fn peak(level: Level) -> f64 {
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let rounds = 1 << 24;
    let mut products = 0;
    let seconds = seconds(|| {
        products = std::thread::scope(|scope| {
            let busy = || scope.spawn(move || level.run(Busy { rounds }));
            let running: Vec<_> = (0..cores).map(|_| busy()).collect();
            running.into_iter().map(|thread| thread.join().unwrap_or(0)).sum()
        });
    });
    products as f64 / seconds
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
    let run = Run { seed: SEED, model, task: TaskKind::Text { context }, estimator, optimizer };
    let layout = Layout::new(&run.model).map_err(|error| anyhow!("{error}"))?;
    let streams = run.streams().ok_or_else(|| anyhow!("no streams"))?;
    let mut feed = vec![0; streams.feed_len(layout.state_len()) as usize];
    let tokens = streams.count as usize * (streams.context as usize + 1);
    for (at, token) in feed[..tokens].iter_mut().enumerate() {
        *token = 1 + (at as u32).wrapping_mul(2_654_435_761).to_le_bytes()[3] % 90;
    }
    Ok(Case { name, run, samples: Vec::new(), feed })
}

fn pairs_of(estimator: Estimator) -> Result<Weight> {
    match estimator {
        Estimator::Weight(weight) => Ok(weight),
        Estimator::Node(_) => Err(anyhow!("not pairs")),
    }
}

fn on_digits(name: &'static str, pairs: u32, samples: u32) -> Result<Case> {
    let data = digits()?;
    let model = "64-64-10".parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let all: Vec<u32> = (0..data.len() as u32).collect();
    let task = TaskKind::Samples { count: all.len() as u32 };
    let estimator = weight(pairs, samples, 1, 127);
    let run = Run { seed: SEED, model, task, estimator, optimizer: Optimizer::Residual };
    Ok(Case { name, run, samples: data.records(&all), feed: Vec::new() })
}

/// Multiplications of a pass.
fn products(layout: &Layout) -> u64 {
    let matrices = layout.tensors().filter(|t| t.role == eggroll_firmware::model::Role::Weight);
    matrices.map(|tensor| tensor.len() as u64).sum()
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let level = Level::best();
    let cores = rayon_threads();
    println!("Level {level}, {cores} cores. Peak of int8 products on registers:\n");
    println!("| level | G products/s |\n|---|---|");
    for &level in Level::ALL.iter().filter(|level| level.is_available()) {
        println!("| {level} | {:.0} |", peak(level) / 1e9);
    }
    let peak = peak(level);
    println!(
        "\n| forward passes of pairs | unperturbed /s | perturbed /s | perturbed/unperturbed | G products/s | of the peak |"
    );
    println!("|---|---|---|---|---|---|");
    let cases = [
        text("EGG D=64 L=2 V=256, 512 pairs, 100 tokens", "egg:D=64,L=2,V=256", 512, 100, 1)?,
        text("the same, rank 4", "egg:D=64,L=2,V=256", 512, 100, 4)?,
        text("EGG D=256 L=6 V=256, 192 pairs, 32 tokens", "egg:D=256,L=6,V=256", 192, 32, 1)?,
        text("the same, rank 4", "egg:D=256,L=6,V=256", 192, 32, 4)?,
        on_digits("digits 64-64-10, 1024 pairs x 64 samples", 1024, 64)?,
    ];
    for case in cases {
        let plan = Plan::new(case.run.clone(), false).map_err(|error| anyhow!("{error}"))?;
        let layout = Arc::new(plan.layout().clone());
        let mut weights = vec![0; layout.parameters()];
        layout.initialize(SEED, &mut weights);
        let model = Model::new(level, Arc::clone(&layout), weights.into());
        let material = Material { plan: &plan, samples: &case.samples, feed: &case.feed, generation: 1 };
        let settings = pairs_of(case.run.estimator)?;
        let mut rows = 0;
        let plain = seconds(|| rows = unperturbed(&model, &material, &settings, 0..settings.pairs));
        let perturbed = seconds(|| {
            let _ = black_box(scores(&model, &material, 0..settings.pairs));
        });
        let (plain, perturbed) = (rows as f64 / plain, rows as f64 / perturbed);
        let rate = perturbed * products(&layout) as f64;
        println!(
            "| {} | {} | {} | {:.1} % | {:.0} | {:.0} % |",
            case.name,
            thousands(plain),
            thousands(perturbed),
            100.0 * perturbed / plain,
            rate / 1e9,
            100.0 * rate / peak,
        );
    }
    Ok(())
}

fn thousands(rate: f64) -> String {
    if rate >= 1e6 { format!("{:.2} M", rate / 1e6) } else { format!("{:.1} k", rate / 1e3) }
}

fn rayon_threads() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}
