//! `eggroll-host train`.

use super::args::{TrainArgs, Until};
use super::output::{say, tell};
use super::progress::Reporter;
use super::runtime;
use super::settings::{defaults, overlay};
use super::tui::{self, Tui};
use crate::error::Error;
use crate::evaluate::Evaluator;
use crate::fleet::link::{self, Address};
use crate::fleet::{self, Fleet, Patience, Traffic};
use crate::report;
use crate::run::{RunDirectory, SessionSummary, TaskName};
use crate::train::{Experiment, Progress, Stop, Trainer, load_data};
use crate::update::Setup;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// Exit code after Ctrl-C, as shells have it.
const INTERRUPTED: u8 = 130;

/// Trains.
pub(super) fn run(args: &TrainArgs) -> Result<ExitCode, Error> {
    if args.tui {
        tui::possible()?;
    }
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
    let stop = stop_on_interrupt().await;
    let display = if args.tui { Some(Tui::open(&stop, INTERRUPTED)?) } else { None };
    let mut reporter = Reporter::new(&trainer, boards.len(), args.quiet, display);
    let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(args.patience)));
    let directory = trainer.directory().clone();
    let until = args.until.map(|Until(accuracy)| accuracy);
    let tell = |progress: &Progress<'_>, fleet: &Fleet| reporter.progress(progress, fleet);
    let summary = trainer.train(&mut fleet, until, &stop, tell).await;
    reporter.close();
    if summary.is_err() {
        // What was done is worth a look; the cause is what the user hears of.
        let _ = report::write(&directory);
    }
    let summary = summary?;
    let session = SessionSummary::new(&summary, &directory, traffic.totals());
    session.write(&directory)?;
    report::write(&directory)?;
    reporter.summary(&summary, &directory, &fleet, &traffic);
    if args.json {
        let object = serde_json::to_string(&session).map_err(|error| Error::Config(error.to_string()))?;
        say!("{object}")?;
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
