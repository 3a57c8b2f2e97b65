//! `cargo xtask bench`: tables of speeds, or of how fast the estimators learn.

mod control;
mod cores;
#[cfg(feature = "cuda")]
mod cuda;
mod environments;
mod evolution;
mod faults;
mod hdl;
mod headline;
mod host;
mod learning;
mod speed;
mod wire;

use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;

/// Measure, and print one table with ratios
///
/// Speeds: one simulated board on one core, the share of kernels in its time, the update beside the evaluation, and
/// the bytes on the wire beside the entropy of what they carry. With --learning: forward passes until the digits are
/// learned, over ten seeds, for every estimator and optimiser. With --environments: episodes until the simulated
/// environments are solved, beside evolution strategies in floats. With
/// --faults: what broken links cost, at 100,000 requests a line. With --cores and --headline: instructions and cycles of
/// the boards' cores, counted in an emulator. With --host: the evaluator and the update on the host's own cores, beside
/// the processor's peaks. With --cuda: the evaluator on a GPU, beside that one's peak; this builds the program anew.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Measure how many forward passes learning takes, not how fast they are
    #[arg(long)]
    learning: bool,
    /// Measure how many episodes solving the environments takes
    #[arg(long, conflicts_with = "learning")]
    environments: bool,
    /// Measure what faults of links cost, and that they change no weight
    #[arg(long, conflicts_with_all = ["learning", "environments"])]
    faults: bool,
    /// Measure instructions and cycles of emulated cores
    #[arg(long, conflicts_with_all = ["learning", "environments", "faults"])]
    cores: bool,
    /// Measure how long a micro:bit, and a Pico, would train alone
    #[arg(long, conflicts_with_all = ["learning", "environments", "faults", "cores"])]
    headline: bool,
    /// Measure the FPGA's unit: cycles, size and clock
    #[arg(long, conflicts_with_all = ["learning", "environments", "faults", "cores", "headline"])]
    hdl: bool,
    /// Measure the host's own evaluator and update beside the processor's peaks
    #[arg(long, conflicts_with_all = ["learning", "environments", "faults", "cores", "headline", "hdl"])]
    host: bool,
    /// Measure the CUDA evaluator on GPU number 0 beside its peak
    #[arg(long, conflicts_with_all = ["learning", "environments", "faults", "cores", "headline", "hdl", "host"])]
    cuda: bool,
}

/// Measures a GPU, by a program that is built for it.
#[cfg(not(feature = "cuda"))]
fn on_gpu() -> anyhow::Result<()> {
    let mut cargo = crate::process::cargo();
    cargo.args([
        "run",
        "--quiet",
        "--release",
        "--package=xtask",
        "--features=cuda",
        "--",
        "bench",
        "--cuda",
    ]);
    crate::process::run(&mut cargo)
}

/// Measures a GPU.
#[cfg(feature = "cuda")]
fn on_gpu() -> anyhow::Result<()> {
    cuda::run()
}

/// Measures what `args` asks for.
pub(crate) fn run(args: &Args) -> anyhow::Result<()> {
    if args.cuda {
        on_gpu()
    } else if args.host {
        host::run()
    } else if args.learning {
        learning::run()
    } else if args.environments {
        environments::run()
    } else if args.faults {
        faults::run()
    } else if args.cores {
        cores::run()
    } else if args.headline {
        headline::run()
    } else if args.hdl {
        hdl::run()
    } else {
        speed::run()?;
        wire::run()
    }
}

/// Estimator `node` with its default settings but these.
const fn node(slots: u32, members: u32) -> Estimator {
    Estimator::Node(Node { slots, members, amplitude: 4, clip: 7, skip: Some(1), antithetic: false })
}

/// Estimator `weight` with its default settings but these.
const fn weight(pairs: u32, samples: u32, rank: u8, clip: i16) -> Estimator {
    let (own_samples, sigma_shift, noise) = (false, 4, Noise::Sign);
    Estimator::Weight(Weight {
        pairs,
        samples,
        own_samples,
        rank,
        sigma_shift,
        noise,
        clip,
        credit: CreditTo::Pair,
    })
}

/// Estimator `weight` with a fitness a pair and sample.
const fn weight_per_sample(pairs: u32, samples: u32) -> Estimator {
    let (own_samples, rank, sigma_shift, noise) = (false, 1, 1, Noise::Sign);
    let credit = CreditTo::Sample;
    Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip: 7, credit })
}
