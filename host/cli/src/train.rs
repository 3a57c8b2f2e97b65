//! The command `train`.

use super::args::{DEFAULT_BOARDS, TrainArgs};
use super::flag_values::{SyncName, TrainedLayers};
use super::interrupt::{INTERRUPTED, Interrupt};
use super::lab;
use super::loaded::Loaded;
use super::metrics::{Exposition, Listener, RunMetrics};
use super::output::{say, tell};
use super::progress::Reporter;
use super::settings::overlay;
use super::system::runtime;
use super::trouble;
use super::tui::{self, Tui};
use crate::error::Error;
use crate::report::{self, Assessed, Hint};
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_host::data::Fraction;
use eggroll_host::evaluate::Room;
use eggroll_host::fleet::link::Address;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::probability::Probability;
use eggroll_host::fleet::{self, Fleet, Patience, Traffic, Verifier};
use eggroll_host::run::RunError;
use eggroll_host::run::{Config, DataName, Lengths, RunLocation, Schedule, SessionSummary, Source, TaskName};
use eggroll_host::train::TrainError;
use eggroll_host::train::{Experiment, Material, Progress, Stop, Trainer, choose_rate};
use eggroll_host::update::{Setup, Sync};
use eggroll_host::words;
use fixed::types::U16F16;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;
use tokio::runtime::Runtime;

/// Trains.
pub(super) fn run(args: &TrainArgs) -> Result<ExitCode, Error> {
    let mut args = args.clone();
    if let Some(Some(lab)) = &args.resume
        && is_default(&args.boards)
    {
        // Who goes on with the run of a lab goes on with its boards.
        args.boards = vec![Address::Lab(lab.without_run())];
    }
    let args = &args;
    if args.tui {
        tui::possible()?;
    }
    // This comes first, because a run is rebuilt on these threads as well.
    let runtime = runtime(args.threads.map(usize::from), &args.boards)?;
    // The run is not touched where its figures cannot be served.
    let listener = args.metrics.map(|address| runtime.block_on(Listener::open(address, args.quiet)));
    let listener = listener.transpose()?;
    let planned = if args.resume.is_some() { resume(args, &runtime)? } else { start(args, &runtime)? };
    let outcome = runtime.block_on(train(args, planned, listener));
    // Computations whose results nobody needs any more, such as those of the verifier after an interrupt, are
    // not waited for.
    runtime.shutdown_background();
    outcome
}

/// A run before its boards are asked. A new run has no directory yet, so that a refusal leaves nothing
/// behind.
enum Planned {
    New(Box<Experiment>, RunLocation),
    /// With the lengths that it had, if these may have changed.
    Resumed(Box<Trainer>, Option<Lengths>),
}

fn start(args: &TrainArgs, runtime: &Runtime) -> Result<Planned, Error> {
    // The run can be resumed from any folder.
    let task = args.task()?.unwrap_or(TaskName::Data(DataName::Digits)).absolute();
    let place = args.run.clone().map_or_else(|| RunLocation::Free(short_name(&task)), RunLocation::At);
    let loaded = Loaded::of(task, args, || Ok(runtime.block_on(fleet::own_task(&args.boards))?))?;
    let mut config = loaded.config(args)?;
    place.check()?;
    let chosen = if args.adapts { chosen_rate(&loaded, args, &config)? } else { None };
    if let Some(rate) = chosen {
        config.schedule = Schedule::LearningRate(rate);
    }
    let experiment = loaded.experiment(config)?;
    if let (false, Material::Samples { data, split, .. }) = (args.quiet, &experiment.material) {
        let watched = matches!(
            &experiment.config.source,
            Source::Samples(samples) if samples.validation != Fraction::ZERO
        );
        super::data::warn(data, split, args.balance, watched);
        if !args.tui {
            super::data::lines(data, split).iter().for_each(|line| tell!("{line}"));
            if let Some(rate) = chosen {
                let rate = U16F16::from_bits(rate);
                tell!("rate     {rate:.2}, by cross-validation of the last layer on the new rows");
            }
        }
    }
    Ok(Planned::New(Box::new(experiment), place))
}

/// The rate of an adaptation that is told none: that at which the last layer alone does best on rows that it
/// does not learn from. One size does not fit: a model that answers most of the new rows is spoiled by steps
/// that another one needs.
fn chosen_rate(loaded: &Loaded, args: &TrainArgs, config: &Config) -> Result<Option<u32>, Error> {
    if args.lr.is_some() || !matches!(config.estimator, Estimator::Guided(_)) {
        return Ok(None);
    }
    let mut last = args.clone();
    last.train = Some(TrainedLayers::Last(1));
    let config = loaded.config(&last)?;
    Ok(choose_rate(&loaded.clone().experiment(config)?))
}

/// What computes a share of the boards' replies again.
pub(super) fn verifier(args: &TrainArgs, setup: &Arc<Setup>) -> Result<Option<Verifier>, Error> {
    Ok(match (args.verify.unwrap_or(Probability::ONE_IN_100), setup.run.task) {
        // The host cannot compute again what only a board can measure.
        (Probability::NEVER, _) | (_, TaskKind::Own) => None,
        (
            share,
            TaskKind::Samples { .. }
            | TaskKind::Regression { .. }
            | TaskKind::Environment(_)
            | TaskKind::Randomized(_)
            | TaskKind::Text { .. }
            | TaskKind::HeldText { .. }
            | TaskKind::Reward(_),
        ) => Some(Verifier::new(setup, share, None).map_err(TrainError::Refused)?),
    })
}

/// How boards get the weights of the run. A board that trains alone has to move them itself.
pub(super) fn sync(args: &TrainArgs) -> Result<Sync, Error> {
    Ok(match (args.sync, args.autonomous) {
        (SyncName::Cheapest | SyncName::Scores, Some(_)) | (SyncName::Scores, None) => Sync::Scores,
        (SyncName::Cheapest, None) => Sync::Cheapest,
        (_, Some(_)) => {
            let why =
                "--autonomous goes with --sync scores: a board that trains alone moves its weights itself";
            return Err(Error::Usage(why.to_owned()));
        }
        (SyncName::Delta, None) => Sync::Delta,
        (SyncName::Weights, None) => Sync::Weights,
    })
}

/// The name of a task in the name of a folder.
pub(super) fn short_name(task: &TaskName) -> String {
    match task {
        task if task.is_piped() => "stdin".to_owned(),
        TaskName::Data(name) => {
            let stem = name.file().and_then(std::path::Path::file_stem);
            stem.map_or("digits".into(), |stem| stem.to_string_lossy().into_owned())
        }
        TaskName::Text(files) => match &**files {
            [file] => file.file_stem().map_or("text".into(), |stem| stem.to_string_lossy().into_owned()),
            _ => "text".to_owned(),
        },
        TaskName::Reward(kind) => kind.to_string(),
        task => task.to_string(),
    }
}

fn resume(args: &TrainArgs, runtime: &Runtime) -> Result<Planned, Error> {
    let path = match (&args.resume, &args.run) {
        (Some(Some(lab)), _) => runtime.block_on(lab::fetch(lab, args))?,
        (_, Some(run)) => {
            runtime.block_on(lab::complete(run, args))?;
            run.clone()
        }
        (_, None) => {
            return Err(Error::Flag {
                flag: "--resume",
                task: "a run without a name".to_owned(),
                way_out: "name its directory by --run <DIR>".to_owned(),
            });
        }
    };
    // The flags are checked before the journal is touched.
    let (directory, stored) = super::commands::open(&path)?;
    let mut asked = overlay(stored.clone(), args)?;
    // This one may change on the way.
    asked.generations = stored.generations;
    if let Some((setting, ours, theirs)) = asked.difference(&stored) {
        return Err(Error::OtherConfig { path, setting, ours, theirs });
    }
    let before = match (args.generations, args.from_generation) {
        (None, None) => None,
        _ => directory.lengths().ok(),
    };
    let (trainer, warning) = Trainer::resume_from(&path, args.from_generation, args.generations)?;
    if let Some(warning) = warning {
        tell!("warning: {warning}");
    }
    Ok(Planned::Resumed(Box::new(trainer), before))
}

/// Says that the run has got another length.
fn tell_length(trainer: &Trainer, before: &Lengths) {
    let Experiment { lengths, config, .. } = trainer.experiment();
    let (planned, before, done) = (lengths.planned(), before.planned(), trainer.generation());
    let rate = match config.schedule {
        Schedule::LearningRate(_) if planned > done => format!(
            "; from generation {} on, the learning rate is that of a run of {planned}: it falls from {} to 0",
            done + 1,
            U16F16::from_bits(lengths.rate(done + 1))
        ),
        _ => String::new(),
    };
    tell!("the run has {planned} generations now, not {before}{rate}");
}

/// Serves the figures of a run from now on.
fn serve(listener: Listener, planned: &Planned, traffic: &Arc<Traffic>) -> RunMetrics {
    let (experiment, generation) = match planned {
        Planned::New(experiment, _) => (&**experiment, 0),
        Planned::Resumed(trainer, _) => (trainer.experiment(), trainer.generation()),
    };
    let metrics = RunMetrics::new(experiment, generation, traffic);
    let mut exposition = Exposition::new();
    exposition.add(metrics.collector());
    listener.serve(exposition);
    metrics
}

async fn train(args: &TrainArgs, planned: Planned, listener: Option<Listener>) -> Result<ExitCode, Error> {
    let traffic = Arc::new(Traffic::default());
    let mut metrics = listener.map(|listener| serve(listener, &planned, &traffic));
    let setup = match &planned {
        Planned::New(experiment, _) => &experiment.setup,
        Planned::Resumed(trainer, _) => &trainer.experiment().setup,
    };
    let holds_text = args.autonomous.is_some();
    let setup = Arc::new(Setup { sync: sync(args)?, holds_text, ..Setup::clone(setup) });
    let verifier = verifier(args, &setup)?;
    // Before anything is written: another host may train this run.
    let begun = matches!(planned, Planned::Resumed(..));
    let lab = lab::connect(args, &setup, begun).await?;
    let injection = args.faults.map(|faults| Injection::new(faults, args.fault_seed));
    let listening = Interrupt::listen();
    let interrupt = listening.map_err(|error| Error::Usage(format!("cannot listen for signals: {error}")))?;
    let gathering = fleet::gather(&args.boards, injection, &setup, &traffic);
    let Some(boards) = interrupt.token.run_until_cancelled(gathering).await else {
        tell!("interrupted before the first generation: nothing was written");
        return Ok(ExitCode::from(interrupt.code()));
    };
    let boards = boards?;
    boards.left_out.iter().for_each(|error| tell!("warning: {error}; going on without it"));
    if !args.quiet && !args.tui && !is_default(&args.boards) {
        rooms(&boards.rooms()).iter().for_each(|line| tell!("{line}"));
        if let (None, Some(hint)) = (args.autonomous, idle(&setup.run, &boards.rooms())) {
            tell!("{hint}");
        }
    }
    let (mut trainer, lengths) = match planned {
        Planned::New(experiment, place) => (Trainer::start_at(*experiment, &place)?, None),
        Planned::Resumed(trainer, lengths) => (*trainer, lengths),
    };
    let planned = trainer.experiment().lengths.planned();
    let changed = lengths.filter(|lengths| lengths.planned() != planned);
    if let Some(lengths) = changed.as_ref().filter(|_| !args.quiet) {
        tell_length(&trainer, lengths);
    }
    trainer.autonomous(args.autonomous);
    let held = trainer.hold()?;
    let display = if args.tui { Some(Tui::open(&interrupt.token, INTERRUPTED)?) } else { None };
    let mut reporter = Reporter::new(&trainer, boards.len(), args.quiet, display);
    // Without --boards there are as many as cores, whatever the run needs.
    if !is_default(&args.boards) {
        reporter.check_boards();
    }
    let mut fleet = boards.into_fleet(Patience(Duration::from_secs(args.patience)));
    verifier.into_iter().for_each(|verifier| fleet.verify(verifier));
    let (directory, before) = (trainer.directory().clone(), trainer.generation());
    let lead = lab::lead(lab, &mut trainer, &fleet, &interrupt.token, args.quiet).await?;
    if let Some(metrics) = &mut metrics {
        let summary = SessionSummary::read(&directory, setup.identity);
        metrics.begins(&fleet, summary.as_ref());
    }
    let tell = |progress: &Progress<'_>, fleet: &Fleet| {
        lab::show(lead.as_ref(), progress, planned, fleet);
        reporter.progress(progress, fleet);
        if let Some(metrics) = &mut metrics {
            metrics.progress(progress, fleet);
        }
    };
    // The training takes its data with it. Loading them again may take longer, and is not possible where they
    // came by standard input.
    let config = Config { generations: planned, ..trainer.experiment().config.clone() };
    let judged_on = match &trainer.experiment().material {
        Material::Samples { data, split, .. } => {
            Some((trainer.experiment().program.clone(), data.clone(), split.clone()))
        }
        Material::Environment(_) | Material::Text { .. } | Material::Own(_) | Material::Reward(_) => None,
    };
    let summary = trainer.train(&mut fleet, args.until, &interrupt.token, tell).await;
    reporter.close();
    let left = lab::close(lead, &traffic).await;
    if summary.is_err() && held.check().is_ok() {
        // The report is written nevertheless, but users hear of the error that ended the run.
        let _ = report::write(&directory);
    }
    // Who has lost the run to another host hears of that, whatever it led to.
    left?;
    let summary = summary?;
    if let Some(metrics) = &mut metrics {
        metrics.ended(&summary, &fleet);
    }
    let session = SessionSummary::new(&summary, &directory, traffic.totals());
    // A session that had nothing left to do prints nothing about the run.
    held.check()?;
    if summary.generations > before || changed.is_some() || !directory.summary().exists() {
        session.write(&directory)?;
        let assessed = judged_on.map_or(Assessed::Nothing, |(program, data, split)| {
            Assessed::of(&directory, &program, &data, &split)
        });
        report::write_assessed(&directory, &assessed)?;
        if summary.stop != Stop::Interrupted {
            reporter.conclude(summary.generations, assessed.findings(&config));
        }
    }
    reporter.summary(&summary, &directory, &fleet, &traffic);
    if args.json {
        say!("{}", json(&session, trouble::counts(&summary, &fleet, &traffic), reporter.hints())?)?;
    }
    Ok(if summary.stop == Stop::Interrupted { ExitCode::from(interrupt.code()) } else { ExitCode::SUCCESS })
}

/// The memory that the run needs, and what boards have, in a line for all boards that say the same.
fn rooms(boards: &[(&str, Room)]) -> Vec<String> {
    let mut groups: Vec<(Room, Vec<String>)> = Vec::new();
    for (name, room) in boards {
        let name = words::shown(name, words::MOST);
        match groups.iter_mut().find(|(other, _)| other == room) {
            Some((_, names)) => names.push(name),
            None => groups.push((*room, vec![name])),
        }
    }
    let line = |(Room { needs, has, updates }, names): (Room, Vec<String>)| {
        let (first, more) = (&names[0], names.len() - 1);
        let more = if more == 0 { String::new() } else { format!(" and {more} more") };
        let updates = if updates { "its own update included" } else { "without an update of its own" };
        format!("memory: {first}{more}: needs {needs} of {has} bytes, {updates}")
    };
    groups.into_iter().map(line).collect()
}

/// The hint that a run gives these boards nothing to do: without members, the host makes the credit of a text
/// by itself.
fn idle(run: &Run, boards: &[(&str, Room)]) -> Option<String> {
    let no_members = matches!(run.estimator, Estimator::Guided(guided) if guided.node.members == 0);
    let (first, more) = boards.split_first().filter(|_| no_members && run.streams().is_some())?;
    let name = words::shown(first.0, words::MOST);
    let names = if more.is_empty() { name } else { format!("{name} and {} more", more.len()) };
    Some(format!(
        "hint: {names}: idle, as the host makes the credit of a text without members itself; give --autonomous K, and one \
         board learns alone, or --members 4, and boards evaluate"
    ))
}

/// Whether these are the boards of a run that is not told any.
fn is_default(boards: &[Address]) -> bool {
    matches!((boards, DEFAULT_BOARDS.parse::<Address>()), ([board], Ok(default)) if *board == default)
}

/// The object of `--json`: the summary of the session, the counts of trouble, and the hints.
fn json(
    session: &SessionSummary,
    counts: impl IntoIterator<Item = (&'static str, u64)>,
    hints: &[Hint],
) -> Result<serde_json::Value, Error> {
    let mut object = serde_json::to_value(session).map_err(|error| RunError::Config(error.to_string()))?;
    for (key, count) in counts {
        object[key] = count.into();
    }
    let hint = |Hint { generation, finding }: &Hint| {
        serde_json::json!({
            "generation": generation,
            "kind": finding.kind.name(),
            "seen": finding.seen,
            "advice": finding.advice,
        })
    };
    object["hints"] = hints.iter().map(hint).collect();
    Ok(object)
}
