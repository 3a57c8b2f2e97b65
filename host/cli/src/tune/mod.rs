//! The command `tune`, which tries sizes, learning rates and seeds within a time, and keeps the run that is
//! best on the watched part.

mod args;
mod candidates;
mod table;
mod training;
mod trial;

pub(super) use args::TuneArgs;

use crate::args::TrainArgs;
use crate::error::Error;
use crate::interrupt::Interrupt;
use crate::loaded::Loaded;
use crate::output::{say, tell};
use crate::report::{self, Assessed};
use crate::system::runtime;
use crate::train::short_name;
use args::Minutes;
use candidates::{Free, next};
use eggroll_host::measure::{Measure, Score};
use eggroll_host::run::{
    Config, DataName, RunDirectory, RunError, RunFolder, RunLocation, Schedule, SessionSummary, TaskName,
};
use eggroll_host::train::{CancellationToken, Experiment, Material};
use eggroll_host::words;
use std::process::ExitCode;
use std::time::Duration;
use table::Table;
use tokio::time::Instant;
use training::Trained;
use trial::{Candidate, Trial, ranking};

/// Runs `tune`.
pub(super) fn run(asked: &TuneArgs) -> Result<ExitCode, Error> {
    asked.check()?;
    let args = &asked.train;
    let runtime = runtime(args.threads.map(usize::from), &args.boards)?;
    let task = args.task()?.unwrap_or(TaskName::Data(DataName::Digits)).absolute();
    let place = args.run.clone().map_or_else(|| RunLocation::Free(short_name(&task)), RunLocation::At);
    let loaded = Loaded::of(task, args, || {
        let why = "tune compares many runs by what the host computes, and only boards score their own task: train by \
                   eggroll-host train --task own";
        Err(Error::Usage(why.to_owned()))
    })?;
    let config = loaded.config(args)?;
    let (defaults, free) = training::defaults(&config, args);
    if !free.any() {
        let why =
            "nothing is left to vary: leave out --hidden, --lr or --seed, or train by eggroll-host train";
        return Err(Error::Usage(why.to_owned()));
    }
    let experiment = loaded.clone().experiment(config)?;
    check_watched(&experiment)?;
    let folder = RunFolder::create(place)?;
    if let (false, Material::Samples { data, split, .. }) = (args.quiet, &experiment.material) {
        crate::data::warn(data, split, args.balance, true);
        crate::data::lines(data, split).iter().for_each(|line| tell!("{line}"));
    }
    drop(experiment);
    let Minutes(limit) = asked.minutes;
    let mut search = Search {
        args,
        loaded,
        free,
        defaults,
        folder,
        table: Table::new(args.quiet, limit),
        limit,
        trials: Vec::new(),
        left_out: Vec::new(),
        kept: None,
    };
    let outcome = runtime.block_on(search.run());
    runtime.shutdown_background();
    let (ended, seconds) = outcome?;
    search.conclude(&ended, seconds)?;
    Ok(match ended {
        Ended::Interrupted(code) => ExitCode::from(code),
        Ended::Tried | Ended::Time | Ended::Failed => ExitCode::SUCCESS,
    })
}

/// Refuses data without anything to choose by.
fn check_watched(experiment: &Experiment) -> Result<(), Error> {
    match &experiment.material {
        Material::Samples { split, .. } if split.validation.is_empty() => {
            let why = "no row is left to watch, so there is nothing to choose by: give more rows, or train by \
                       eggroll-host train";
            Err(Error::Usage(why.to_owned()))
        }
        Material::Samples { .. }
        | Material::Environment(_)
        | Material::Text { .. }
        | Material::Own(_)
        | Material::Reward(_) => Ok(()),
    }
}

/// Why a search ended.
enum Ended {
    /// Nothing is left to try.
    Tried,
    /// The time is over.
    Time,
    /// The user has interrupted it, with the exit code for that.
    Interrupted(u8),
    /// A training failed, but others are finished.
    Failed,
}

impl Ended {
    const fn name(&self) -> &'static str {
        match self {
            Self::Tried => "tried",
            Self::Time => "time",
            Self::Interrupted(_) => "interrupted",
            Self::Failed => "failed",
        }
    }
}

/// The run of the best trial so far.
struct Kept {
    name: String,
    config: Config,
    trained: Trained,
}

struct Search<'a> {
    args: &'a TrainArgs,
    loaded: Loaded,
    free: Free,
    defaults: Candidate,
    folder: RunFolder,
    table: Table,
    limit: Duration,
    trials: Vec<Trial>,
    /// Candidates that cannot be trained.
    left_out: Vec<Candidate>,
    kept: Option<Kept>,
}

impl Search<'_> {
    /// Tries candidates until the time is over. Returns why it ended, and how long it took in seconds.
    async fn run(&mut self) -> Result<(Ended, f64), Error> {
        let listening = Interrupt::listen();
        let interrupt =
            listening.map_err(|error| Error::Usage(format!("cannot listen for signals: {error}")))?;
        let started = Instant::now();
        let over = started + self.limit;
        let ended = loop {
            let Some(candidate) = next(&self.defaults, self.free, &self.trials, &self.left_out) else {
                break Ended::Tried;
            };
            let is_first = self.trials.is_empty();
            if interrupt.token.is_cancelled() {
                break Ended::Interrupted(interrupt.code());
            }
            if !is_first && Instant::now() >= over {
                break Ended::Time;
            }
            // The first one is finished, however little time there is.
            let stop = interrupt.token.child_token();
            let timer = (!is_first).then(|| tokio::spawn(cancel_at(over, stop.clone())));
            let outcome = self.attempt(&candidate, &stop).await;
            timer.inspect(tokio::task::JoinHandle::abort);
            self.table.end();
            match outcome {
                Ok(true) => self.table.finished(&self.trials),
                Ok(false) if interrupt.token.is_cancelled() => break Ended::Interrupted(interrupt.code()),
                Ok(false) => break Ended::Time,
                // With other sizes, a model may not fit what the flags ask for, or the boards.
                Err(error @ (Error::Usage(_) | Error::Board(_))) if !is_first => {
                    tell!("warning: {error}; this trial is left out");
                    self.left_out.push(candidate);
                }
                Err(error) if !is_first => {
                    tell!("warning: {error}; the search ends with what is finished");
                    break Ended::Failed;
                }
                Err(error) => return Err(error),
            }
        };
        Ok((ended, started.elapsed().as_secs_f64()))
    }

    /// Trains a candidate, and keeps its run if it is the best so far. Returns whether it was finished.
    async fn attempt(&mut self, candidate: &Candidate, stop: &CancellationToken) -> Result<bool, Error> {
        let config = training::config(&self.loaded, self.args, candidate, self.free)?;
        let experiment = self.loaded.clone().experiment(config.clone())?;
        let number = self.trials.len() + self.left_out.len() + 1;
        let (name, parameters) = (format!("trial-{number}"), experiment.program.parameters());
        self.table.begin(number, candidate, config.generations);
        let (path, table) = (self.folder.run(&name), &mut self.table);
        let trained =
            training::train(self.args, experiment, &path, stop, |progress| table.progress(progress));
        let Some(trained) = trained.await? else {
            self.folder.remove(&name);
            return Ok(false);
        };
        let (summary, _) = &trained;
        self.trials.push(Trial {
            candidate: candidate.clone(),
            validation: summary.figures.validation,
            parameters,
            rate: match config.schedule {
                Schedule::LearningRate(rate) => Some(rate),
                Schedule::Alpha(_) | Schedule::Q(_) => None,
            },
            generations: summary.generations,
            seconds: summary.seconds,
        });
        let loser = if ranking(&self.trials).first() == Some(&(self.trials.len() - 1)) {
            self.kept.replace(Kept { name, config, trained }).map(|kept| kept.name)
        } else {
            Some(name)
        };
        loser.iter().for_each(|name| self.folder.remove(name));
        Ok(true)
    }

    /// Moves the best run to its place, and says what it is.
    fn conclude(self, ended: &Ended, seconds: f64) -> Result<(), Error> {
        let Some(Kept { name, config, trained: (summary, traffic) }) = self.kept else {
            tell!("interrupted before the first training was finished: nothing was written");
            return Ok(());
        };
        let directory = self.folder.keep(&name)?;
        let session = SessionSummary::new(&summary, &directory, traffic);
        session.write(&directory)?;
        let experiment = self.loaded.experiment(config.clone())?;
        let assessed = match &experiment.material {
            Material::Samples { data, split, .. } => {
                Assessed::of(&directory, &experiment.program, data, split)
            }
            Material::Environment(_) | Material::Text { .. } | Material::Own(_) | Material::Reward(_) => {
                Assessed::Nothing
            }
        };
        report::write_assessed(&directory, &assessed)?;
        let command = report::command(&config);
        if !self.args.quiet {
            self.table.ranked(&self.trials);
            let what = match ended {
                Ended::Tried => "nothing is left to try",
                Ended::Time => "the time is over",
                Ended::Interrupted(_) => "interrupted",
                Ended::Failed => "ended by an error",
            };
            let count = self.trials.len();
            tell!("");
            tell!("{what}: {count} trial{} in {seconds:.1} s", if count == 1 { "" } else { "s" });
            tell_best(&experiment, &config, summary.figures.test, summary.figures.validation);
            for finding in assessed.findings(&config) {
                tell!("advice: {}", finding.line());
            }
            tell_run(&directory, &summary.weights_sha256, &command);
        }
        if self.args.json {
            let object = serde_json::to_value(&session);
            let mut object = object.map_err(|error| RunError::Config(error.to_string()))?;
            object["command"] = command.into();
            object["search_ended"] = ended.name().into();
            object["search_seconds"] = seconds.into();
            object["trials"] = table::objects(&self.trials).into();
            say!("{object}")?;
        }
        Ok(())
    }
}

/// Cancels a training at this time.
async fn cancel_at(time: Instant, stop: CancellationToken) {
    tokio::time::sleep_until(time).await;
    stop.cancel();
}

/// Says how good the best trial is: on the part by which it was chosen, and on the one that no trial saw.
fn tell_best(experiment: &Experiment, config: &Config, test: Option<Score>, validation: Score) {
    let watched = experiment.watched().len();
    let chance = match validation.measure {
        Measure::Accuracy if watched > 0 => {
            let (share, rows) = (validation.value, watched as f64);
            // Two standard errors; where no row, or every row, is wrong, three rows.
            let error = (2.0 * (share * (1.0 - share) / rows).sqrt()).max(3.0 / rows);
            format!("; differences below {:.1} % may be chance", (100.0 * error).min(100.0))
        }
        _ => String::new(),
    };
    tell!("best: {}, seed {}", config.model, config.seed);
    tell!("  {} that were watched, by which it was chosen{chance}", validation.over(watched));
    match test {
        Some(test) => {
            let held_out = experiment.held_out().len();
            tell!("  {} that were held out, which had no part in the choice", test.over(held_out));
        }
        None => tell!("  nothing was held out, so how good it is on other rows is not known"),
    }
}

fn tell_run(directory: &RunDirectory, sha256: &str, command: &str) {
    let run = words::path(directory.path());
    tell!("  weights_sha256 {sha256}");
    tell!("  run {run}: config.toml, journal, metrics.csv, weights.safetensors, report.html");
    tell!("");
    tell!("the same weights again:");
    tell!("  {command}");
    tell!("");
    tell!("try next:");
    tell!("  eggroll-host eval {run}                    figures on the held-out rows");
    tell!("  eggroll-host export {run} --out model.c    the model in C, for your own firmware");
}
