//! Whether flags fit the task of a run.

use super::args::TrainArgs;
use super::flag_values::{CreditName, EstimatorName, GuideName, SaturationName};
use crate::error::Error;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::task::reward::{RewardKind, VOCABULARY};
use eggroll_host::fleet::probability::Probability;
use eggroll_host::run::{DataName, ModelName, TaskName};

/// The error if a flag does not fit a task.
pub(super) fn misplaced(flag: &'static str, task: &str, way_out: &str) -> Error {
    Error::Flag { flag, task: format!("--task {task}"), way_out: way_out.to_owned() }
}

/// Refuses flags that are for texts only.
fn of_texts(args: &TrainArgs, task: &str) -> Result<(), Error> {
    for (flag, given) in [("--context", args.context.is_some()), ("--streams", args.streams.is_some())] {
        if given {
            return Err(misplaced(flag, task, "leave it out, it is of texts"));
        }
    }
    Ok(())
}

/// Refuses flags that mean nothing on samples, or on those that are built in.
pub(super) fn fits_samples(args: &TrainArgs, name: &DataName) -> Result<(), Error> {
    if *name == DataName::Digits {
        of_tables(args, "digits")?;
    }
    of_texts(args, &TaskName::Data(name.clone()).label())
}

/// Refuses flags that are for tables only.
fn of_tables(args: &TrainArgs, task: &str) -> Result<(), Error> {
    let given = args.table.given().or(args.quantile.map(|_| "--quantile"));
    given.map_or(Ok(()), |flag| Err(misplaced(flag, task, "leave it out, it is of tables")))
}

/// Refuses flags that mean nothing on a text.
pub(super) fn fits_text(args: &TrainArgs) -> Result<(), Error> {
    of_tables(args, "text")?;
    if args.balance {
        return Err(misplaced("--balance", "text", "leave it out, a text has no classes"));
    }
    if args.credit == Some(CreditName::Sample) {
        return Err(misplaced("--credit sample", "text", "use --credit pair"));
    }
    Ok(())
}

/// Refuses flags that mean nothing in an environment.
pub(super) fn fits_environment(args: &TrainArgs, kind: EnvironmentKind) -> Result<(), Error> {
    let none = "leave it out, members are scored by their return";
    fits_scored(args, kind.name(), none, "leave it out, the final figure has starts of its own")
}

/// Refuses flags that mean nothing on a task of the boards' own.
pub(super) fn fits_own(args: &TrainArgs) -> Result<(), Error> {
    let none = "leave it out, members are scored by the boards' own task";
    let once = "leave it out, the boards' own task says what a trial is";
    fits_scored(args, "own", none, none)?;
    for (flag, given, way_out) in [
        (
            "--verify",
            args.verify.is_some_and(|share| share != Probability::NEVER),
            "leave it out, only the board can measure a score, and in the world no score comes twice",
        ),
        ("--samples", args.samples.is_some(), once),
        ("--own-samples", args.own_samples, once),
    ] {
        if given {
            return Err(misplaced(flag, "own", way_out));
        }
    }
    Ok(())
}

/// Refuses flags that mean nothing on puzzles, and models that read no tokens.
pub(super) fn fits_reward(args: &TrainArgs, kind: RewardKind, model: &ModelName) -> Result<(), Error> {
    let task = TaskName::Reward(kind).to_string();
    let none = "leave it out, members are scored by their answers";
    let way_out = "use --model egg:D=64,L=1,V=64, or a trained one: --from MODEL";
    if !model.is_recurrent() {
        return Err(misplaced("--model", &task, way_out));
    }
    if model.inputs() < VOCABULARY {
        let why = format!("its prompts have bytes below {VOCABULARY}: {way_out}");
        return Err(misplaced("--model", &task, &why));
    }
    fits_answers(args, &task, none, "leave it out, the final figure has prompts of its own")
}

/// Refuses flags that mean nothing where a member gets one score for all that it does.
fn fits_scored(args: &TrainArgs, task: &str, none: &str, held_out: &str) -> Result<(), Error> {
    if args.from.is_some() {
        return Err(misplaced("--from", task, "leave it out, it is of samples, texts and rewards"));
    }
    fits_answers(args, task, none, held_out)
}

/// The same where a run may begin with a trained model.
fn fits_answers(args: &TrainArgs, task: &str, none: &str, held_out: &str) -> Result<(), Error> {
    of_texts(args, task)?;
    of_tables(args, task)?;
    for (flag, given, way_out) in [
        ("--estimator node", args.estimator == Some(EstimatorName::Node), "use --estimator weight"),
        ("--credit sample", args.credit == Some(CreditName::Sample), "use --credit pair"),
        ("--holdout", args.holdout.is_some(), held_out),
        ("--balance", args.balance, none),
        ("--slots", args.slots.is_some(), none),
        ("--members", args.members.is_some(), none),
        ("--amplitude", args.amplitude.is_some(), none),
        ("--skip", args.skip.is_some(), none),
        ("--antithetic", args.antithetic, none),
        ("--guide on", args.guide == Some(GuideName::On), none),
        ("--saturation on", args.saturation == Some(SaturationName::On), none),
    ] {
        if given {
            return Err(misplaced(flag, task, way_out));
        }
    }
    Ok(())
}
