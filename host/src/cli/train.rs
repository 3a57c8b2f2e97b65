//! `eggroll-host train`.

use super::output::{say, tell};
use super::progress::Reporter;
use super::runtime;
use super::settings::{EstimatorName, NoiseName, OptimizerName, Skip, defaults, fixed_point, overlay};
use crate::data::Fraction;
use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::fleet::link::{self, Address};
use crate::fleet::{self, Fleet, Patience, Traffic};
use crate::run::{ModelName, RunDirectory, TaskName};
use crate::train::{Experiment, Progress, Stop, Summary, Trainer, load_data};
use crate::update::Setup;
use clap::Args;
use fixed::types::U16F16;
use std::path::PathBuf;
use std::process::ExitCode;
use std::str::FromStr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// `--until accuracy=0.95`.
#[derive(Clone, Copy, Debug)]
struct Until(U16F16);

impl FromStr for Until {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let value = text.strip_prefix("accuracy=").ok_or("give accuracy=VALUE, as in accuracy=0.95")?;
        let accuracy = U16F16::from_str(value).ok().filter(|&accuracy| accuracy <= 1);
        accuracy.map(Self).ok_or_else(|| format!("`{value}` is no accuracy from 0 to 1"))
    }
}

/// What to train, how, and where.
#[derive(Args)]
pub(super) struct TrainArgs {
    /// Boards to train on: sim (one simulated board a core), sim:N, sim:N,arena=BYTES
    #[arg(long, value_name = "ADDR", num_args = 1.., default_values = ["sim"])]
    boards: Vec<Address>,
    /// What to learn: digits (built in), or csv:FILE with integer features and the label last [default: digits]
    #[arg(long)]
    pub(super) task: Option<TaskName>,
    /// Layer sizes, with +bias for biases [default: FEATURES-64-CLASSES]
    #[arg(long)]
    pub(super) model: Option<ModelName>,
    /// Seed of all noise [default: 1]
    #[arg(long)]
    pub(super) seed: Option<u32>,
    /// Directory of the run [default: runs/TASK-N, the first that is free]
    #[arg(long, value_name = "DIR")]
    pub(super) run: Option<PathBuf>,
    /// Go on with the run in --run, from its journal
    #[arg(long, requires = "run")]
    resume: bool,
    /// How members are made and scored [default: node]
    #[arg(long, value_enum)]
    pub(super) estimator: Option<EstimatorName>,
    /// How credit moves weights [default: residual]
    #[arg(long, value_enum)]
    pub(super) optimizer: Option<OptimizerName>,
    /// Learning rate of residual, falling linearly to 0 [default: 0.6 for node, 1 for weight]
    #[arg(long, value_name = "X", value_parser = fixed_point)]
    pub(super) lr: Option<u32>,
    /// Share of weights that a vote moves by chance; above 1 the reference's schedule [default: 2.585]
    #[arg(long, value_name = "A", value_parser = fixed_point, conflicts_with = "q")]
    pub(super) alpha: Option<u32>,
    /// Threshold of a vote in 1/16 standard deviations, instead of --alpha
    #[arg(long)]
    pub(super) q: Option<u32>,
    /// Generations to train [default: 6000 for node, 1000 for weight]
    #[arg(long, value_name = "G")]
    pub(super) generations: Option<u32>,
    /// Stop once the validation accuracy is there, as accuracy=0.95
    #[arg(long, value_name = "GOAL")]
    until: Option<Until>,
    /// Generations between two looks at the validation part [default: a hundredth of the run]
    #[arg(long, value_name = "N")]
    pub(super) evaluate_every: Option<u32>,
    /// Part of the samples that is held out, 0 to 0.9; 0 trains on all rows in file order [default: 0.2]
    #[arg(long, value_name = "F")]
    pub(super) holdout: Option<Fraction>,
    /// node: samples of a generation [default: 4]
    #[arg(long, value_name = "N")]
    pub(super) slots: Option<u32>,
    /// node: members of a slot [default: 8]
    #[arg(long, value_name = "K")]
    pub(super) members: Option<u32>,
    /// node: size of the noise, in 1/16 [default: 4]
    #[arg(long, value_name = "A")]
    pub(super) amplitude: Option<u8>,
    /// Largest fitness reported, in 1/16 bit [default: 7 for node, 127 for weight]
    #[arg(long, value_name = "C")]
    pub(super) clip: Option<i16>,
    /// node: samples with a loss up to this, in 1/16 bit, get no members; or off [default: 1]
    #[arg(long, value_name = "T")]
    pub(super) skip: Option<Skip>,
    /// node: compare twins instead of member and base
    #[arg(long)]
    pub(super) antithetic: bool,
    /// weight: antithetic pairs of a generation [default: 128]
    #[arg(long, value_name = "N")]
    pub(super) pairs: Option<u32>,
    /// weight: samples a pair is scored on [default: 16]
    #[arg(long, value_name = "N")]
    pub(super) samples: Option<u32>,
    /// weight: every pair has samples of its own
    #[arg(long)]
    pub(super) own_samples: bool,
    /// weight: rank of the perturbation, 1 to 8 [default: 1]
    #[arg(long, value_name = "R")]
    pub(super) rank: Option<u8>,
    /// weight: sigma is 2^-S [default: 4]
    #[arg(long, value_name = "S")]
    pub(super) sigma_shift: Option<u8>,
    /// weight: how the factors are drawn [default: sign]
    #[arg(long, value_enum)]
    pub(super) noise: Option<NoiseName>,
    /// Seconds to wait for another board once all are gone
    #[arg(long, value_name = "SECONDS", default_value_t = 10)]
    patience: u64,
    /// Threads of the host [default: one a core]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=1024))]
    threads: Option<u16>,
    /// Print nothing but errors (and the object of --json)
    #[arg(long)]
    quiet: bool,
    /// Print a JSON object as the last line of standard output
    #[arg(long)]
    json: bool,
}

/// Trains.
pub(super) fn run(args: &TrainArgs) -> Result<ExitCode, Error> {
    let planned = if args.resume { resume(args)? } else { start(args)? };
    runtime(args.threads.map(usize::from))?.block_on(train(args, planned))
}

/// A run before its boards are asked: a new one is not in its directory yet, so a refusal leaves nothing behind.
enum Planned {
    New(Box<Experiment>, PathBuf),
    Resumed(Box<Trainer>),
}

fn start(args: &TrainArgs) -> Result<Planned, Error> {
    let task = args.task.clone().unwrap_or(TaskName::Digits);
    let data = load_data(&task)?;
    let config = overlay(defaults(args, task.clone(), &data)?, args)?;
    let path = args.run.clone().unwrap_or_else(|| RunDirectory::next_free(&short_name(&task)));
    RunDirectory::vacant(&path)?;
    Ok(Planned::New(Box::new(Experiment::new(config, data)?), path))
}

/// A task's name as a folder's.
fn short_name(task: &TaskName) -> String {
    match task {
        TaskName::Digits => "digits".to_owned(),
        TaskName::Csv(file) => {
            file.file_stem().map_or("csv".into(), |stem| stem.to_string_lossy().into_owned())
        }
    }
}

fn resume(args: &TrainArgs) -> Result<Planned, Error> {
    let path = args.run.clone().unwrap_or_default();
    // The flags come before the journal is touched.
    let (_, stored) = super::commands::open(&path)?;
    let asked = overlay(stored.clone(), args)?;
    if let Some((setting, ours, theirs)) = asked.difference(&stored) {
        return Err(Error::OtherConfig { path, setting, ours, theirs });
    }
    let (trainer, warning) = Trainer::resume(&path)?;
    if let Some(warning) = warning {
        tell!("warning: {warning}");
    }
    Ok(Planned::Resumed(Box::new(trainer)))
}

/// Connects every board that the addresses name, side by side.
async fn connect(
    addresses: &[Address],
    setup: &Arc<Setup>,
    traffic: &Arc<Traffic>,
) -> Result<Vec<Arc<dyn Evaluator>>, Error> {
    let mut tasks = Vec::new();
    for (number, address) in addresses.iter().enumerate() {
        for mut link in link::open(address) {
            if addresses.len() > 1 {
                link.name = format!("{number}:{}", link.name);
            }
            let (setup, traffic) = (Arc::clone(setup), Arc::clone(traffic));
            tasks.push(tokio::spawn(async move { fleet::connect(link, &setup, &traffic).await }));
        }
    }
    let mut boards = Vec::new();
    for task in tasks {
        let connected = task.await.map_err(|error| Error::Usage(error.to_string()))?;
        boards.push(connected?);
    }
    Ok(boards)
}

async fn train(args: &TrainArgs, planned: Planned) -> Result<ExitCode, Error> {
    let traffic = Arc::new(Traffic::default());
    let setup = match &planned {
        Planned::New(experiment, _) => Arc::clone(&experiment.setup),
        Planned::Resumed(trainer) => Arc::clone(&trainer.experiment().setup),
    };
    let boards = connect(&args.boards, &setup, &traffic).await?;
    let trainer = match planned {
        Planned::New(experiment, path) => Trainer::start(*experiment, &path)?,
        Planned::Resumed(trainer) => *trainer,
    };
    let mut reporter = Reporter::new(&trainer, boards.len(), args.quiet);
    let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(args.patience)));
    let stop = stop_on_interrupt().await;
    let directory = trainer.directory().clone();
    let until = args.until.map(|Until(accuracy)| accuracy);
    let tell = |progress: &Progress<'_>, fleet: &Fleet| reporter.progress(progress, fleet);
    let summary = trainer.train(&mut fleet, until, &stop, tell).await;
    reporter.close();
    let summary = summary?;
    reporter.summary(&summary, &directory, &fleet, &traffic);
    if args.json {
        say!("{}", json(&summary, &directory, &traffic))?;
    }
    Ok(if summary.stop == Stop::Interrupted { ExitCode::from(INTERRUPTED) } else { ExitCode::SUCCESS })
}

/// What the first Ctrl-C sets; a second one ends the program, as where it waits for a board. From its return on
/// no Ctrl-C is missed.
async fn stop_on_interrupt() -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let mut first = Box::pin(tokio::signal::ctrl_c());
    // A signal is listened for once it has been polled.
    let early =
        tokio::select! { biased; heard = &mut first => Some(heard), () = std::future::ready(()) => None };
    let interrupted = Arc::clone(&stop);
    tokio::spawn(async move {
        let heard = if let Some(heard) = early { heard } else { first.await };
        if heard.is_ok() {
            interrupted.store(true, Ordering::Relaxed);
            if tokio::signal::ctrl_c().await.is_ok() {
                std::process::exit(INTERRUPTED.into());
            }
        }
    });
    stop
}

fn json(summary: &Summary, directory: &RunDirectory, traffic: &Traffic) -> serde_json::Value {
    let (sent, received) = traffic.totals();
    serde_json::json!({
        "run": directory.path().display().to_string(),
        "stopped": match summary.stop {
            Stop::Finished => "finished",
            Stop::Reached => "until",
            Stop::Interrupted => "interrupted",
        },
        "generations": summary.generations,
        "forward_passes": summary.forward_passes,
        "weights_sha256": summary.weights_sha256,
        "test_accuracy": summary.test_accuracy,
        "validation_accuracy": summary.validation_accuracy,
        "seconds": summary.seconds,
        "bytes_sent": sent,
        "bytes_received": received,
    })
}
