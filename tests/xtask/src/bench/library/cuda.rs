//! Speeds of the CUDA evaluator, beside the device's measured peak.

use anyhow::{Context, Result, anyhow};
use eggroll_cuda::busy::products;
use eggroll_cuda::device::Device;
use eggroll_cuda::evaluate::Worker;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Program, Role};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::fleet::link::Cuda;
use eggroll_host::run::ModelName;
use std::sync::Arc;
use std::time::Instant;

/// Each figure is the best of so many.
const REPEATS: usize = 2;
const MODEL: &str = "egg:D=256,L=6,V=256";
/// Tokens of a member.
const CONTEXT: u32 = 100;
/// Members, in powers of two.
const POPULATIONS: std::ops::RangeInclusive<u32> = 15..=18;
/// Rounds of the measurement of the peak.
const ROUNDS: u32 = 1 << 14;

/// Seconds of the fastest run of `work`, which ends when the device has.
fn seconds(mut work: impl FnMut() -> Result<()>) -> Result<f64> {
    let mut best = f64::MAX;
    // The first one warms up.
    for _ in 0..=REPEATS {
        let started = Instant::now();
        work()?;
        best = best.min(started.elapsed().as_secs_f64());
    }
    Ok(best)
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let device = Cuda::Device(0).open().context("this table is measured on a GPU")?;
    let mut done = 0;
    let took = seconds(|| {
        done = products(&device, ROUNDS)?;
        Ok(())
    })?;
    let peak = done as f64 / took;
    println!(
        "{} ({}, {} multiprocessors); int8 products on registers alone, by mma.sync: {:.0} G/s. {MODEL}, {CONTEXT} tokens \
         a member, one stream for all\n",
        device.name(),
        device.architecture(),
        device.processors(),
        peak / 1e9
    );
    println!(
        "| noise, rank | population | member tokens/s | of the unperturbed | of the peak | credit of all matrices, s |"
    );
    println!("|---|---|---|---|---|---|");
    for (noise, rank) in [(Noise::Sign, 1), (Noise::NearNormal, 1), (Noise::Sign, 4)] {
        for population in POPULATIONS {
            line(&device, peak, 1 << population, noise, rank)?;
        }
    }
    Ok(())
}

fn line(device: &Arc<dyn Device>, peak: f64, population: u32, noise: Noise, rank: u8) -> Result<()> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let model = MODEL.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let (pairs, samples, own_samples, sigma_shift, clip) = (population / 2, 1, false, 4, 1);
    let credit = CreditTo::Pair;
    let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
    let (task, optimizer) =
        (TaskKind::Text { context: CONTEXT }, Optimizer::Vote { reference_rank_scale: false });
    let run =
        Run { seed: 1, model, task, estimator: Estimator::Weight(settings), optimizer, saturation: false };
    let plan = Plan::new(run, false).map_err(fault)?;
    let program: &Program = plan.program();
    let mut weights = vec![0; program.parameters()];
    program.initialize(1, &mut weights);
    let weights: Arc<[i8]> = weights.into();
    let tokens = (0..=CONTEXT).map(|t| 1 + (t.wrapping_mul(2_654_435_761) >> 24) as u8 % 90);
    let feed: Vec<u8> = tokens.chain(std::iter::repeat_n(0, program.state_len())).collect();
    let mut worker = Worker::new(device, &plan, &[])?.context("the model does not fit the device")?;
    let perturbed = seconds(|| worker.scores(1, &weights, &feed, 0..pairs)?.map(|_| ()).map_err(fault))?;
    let plain = seconds(|| Ok(worker.unperturbed(1, &weights, &feed, 0..pairs)?))?;
    let fitness: Vec<i16> = (0..pairs).map(|p| 2 * (p.count_ones() % 2) as i16 - 1).collect();
    let credit = seconds(|| {
        for tensor in program.tensors() {
            worker.credit(1, &tensor, &fitness)?;
        }
        Ok(())
    })?;
    let of_a_token: u64 = program.tensors().filter(|t| t.role == Role::Weight).map(|t| t.len() as u64).sum();
    let rate = f64::from(population) * f64::from(CONTEXT) / perturbed;
    println!(
        "| {}, {rank} | {population} | {rate:.0} | {:.1} % | {:.1} % | {credit:.4} |",
        if noise == Noise::Sign { "sign" } else { "near-normal" },
        100.0 * plain / perturbed,
        100.0 * rate * of_a_token as f64 / peak,
    );
    Ok(())
}
