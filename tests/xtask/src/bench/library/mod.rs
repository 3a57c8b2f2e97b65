//! What is measured in this process, and needs the host's library.

mod adaptation;
mod adapting;
mod controllers;
#[cfg(feature = "cuda")]
mod cuda;
mod environments;
mod evolution;
mod faults;
mod fleet;
mod headline;
mod host;
mod kept;
mod lab;
mod learning;
mod ranks;
mod regressions;
mod rewards;
mod signals;
mod speed;
mod tables;
mod text_boards;
mod texts;
mod wire;

use super::Args;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Pace, Run};
use kept::Kept;

/// Measures what `args` asks for.
pub(super) fn run(args: &Args) -> anyhow::Result<()> {
    println!("Built with the profile `{}`.\n", profile());
    if args.cuda {
        on_gpu()
    } else if args.host {
        host::run()
    } else if args.fleet {
        fleet::run()
    } else if args.defaults {
        learning::run_defaults(args.mnist.as_deref())
    } else if args.adaptation {
        adaptation::run(args.mnist.as_deref())
    } else if args.tables {
        tables::run()?;
        println!();
        tables::run_anomalies()?;
        println!();
        regressions::run()
    } else if args.baselines {
        tables::run_baselines()
    } else if args.anomalies {
        tables::run_anomalies()
    } else if args.regressions {
        regressions::run()
    } else if args.signals {
        signals::run()
    } else if args.shapes {
        learning::run_shapes()
    } else if args.learning {
        learning::run()
    } else if args.environments {
        environments::run(&args.only, &Kept::open(args.keep.as_deref())?)
    } else if let Some(folder) = &args.texts {
        texts::run(folder, &Kept::open(args.keep.as_deref())?)
    } else if args.rewards {
        rewards::run(&args.only, &Kept::open(args.keep.as_deref())?)
    } else if args.ranks {
        ranks::run()
    } else if args.faults {
        faults::run()
    } else if args.headline {
        headline::run()
    } else if args.lab {
        lab::run()
    } else if args.adaptation_boards {
        adapting::run()
    } else if args.text_boards {
        text_boards::run()
    } else {
        speed::run()?;
        wire::run()
    }
}

#[cfg(not(feature = "cuda"))]
fn on_gpu() -> anyhow::Result<()> {
    anyhow::bail!("this program was built without the feature `cuda`: start it as cargo xtask bench --cuda")
}

/// Measures a GPU.
#[cfg(feature = "cuda")]
fn on_gpu() -> anyhow::Result<()> {
    cuda::run()
}

/// The name of the profile that this program was built with: cargo names its folder after it.
fn profile() -> String {
    let program = std::env::current_exe().unwrap_or_default();
    let folder = program.parent().and_then(|folder| folder.file_name()).unwrap_or_default();
    folder.to_string_lossy().into_owned()
}

/// A run as the image reads it that trains alone on an emulated core.
#[derive(serde::Serialize)]
struct Training {
    run: Run,
    pace: Pace,
    generations: u32,
    samples: u32,
    weights: u32,
}

/// The default settings of a guide on a text.
const fn guide_of_text(slots: u32) -> Estimator {
    let node = Node { slots, members: 0, amplitude: 8, clip: 127, skip: None, antithetic: false };
    let (member_slots, residual_weight, guide_scale, train) = (1, 0, 64, LayerSet::ALL);
    Estimator::Guided(Guided { node, member_slots, residual_weight, guide_scale, train })
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
