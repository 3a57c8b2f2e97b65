//! `cargo xtask test`: everything that must hold before a change goes in.

mod lanes;
mod steps;

use crate::cross::{self, Via};
use crate::setup;
use anyhow::{Result, bail};
use lanes::{Ended, in_order, side_by_side};
use std::sync::atomic::Ordering;
use std::time::Instant;
use steps::steps;

pub(crate) use steps::FEATURES;

/// Check everything that must hold before a change goes in
///
/// The steps are setup (see `cargo xtask setup --help`), formatting, clippy and rustdoc with every warning an
/// error, and the tests of the workspace (some of which run the boards' firmware under emulation). Beside
/// them run the boards' firmware (formatted, without warnings, its stack within its room), an image that
/// links only if no panic can be reached, the kernels of its cores against their portable definitions under
/// emulation, the FPGA's Verilog (without warnings, what synthesis makes of it, and its proofs; it is
/// simulated among the tests), a search of the firmware's sources for floating point, the firmware alone for
/// every microcontroller's target, the examples, the short form of `cargo xtask torture`, the crates as
/// packages (see `cargo xtask packages --help`), and the CUDA kernels under NVRTC (their arithmetic is among
/// the tests; those that need a GPU are listed as ignored). What those say is shown when they have ended.
///
/// Every step runs, whatever became of the others. Ends with a list of the steps and how long each took, and
/// names those that failed. The exit code is 1 if a step failed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: setup::Args,
    /// Only what tells most of a change within minutes: formatting, floating point, clippy, the unit tests of
    /// all crates, and the firmware's tests against the golden vectors. Uses what the whole command has built
    /// before
    #[arg(long)]
    quick: bool,
    /// Only the steps of these names, one after the other
    #[arg(long, value_name = "STEP", conflicts_with = "quick")]
    only: Vec<String>,
}

/// Runs the steps that `args` asks for.
pub(crate) fn run(args: &Args) -> Result<()> {
    let via: Via = args.setup.via;
    cross::LINTS.store(true, Ordering::Relaxed);
    let started = Instant::now();
    let ended = if args.quick {
        in_order(&steps::quick())
    } else if args.only.is_empty() {
        side_by_side(&steps(via), &|step| lanes::alone(step, via))
    } else {
        in_order(&chosen(&args.only, steps(via))?)
    };
    if ended.len() > 1 {
        println!("\n{}\n        {:>7.1} s  in all", table(&ended), started.elapsed().as_secs_f64());
    }
    verdict(&ended)
}

/// The steps of some names.
fn chosen(names: &[String], steps: Vec<steps::Step>) -> Result<Vec<steps::Step>> {
    if let Some(unknown) = names.iter().find(|&name| steps.iter().all(|step| step.name != *name)) {
        let known: Vec<_> = steps.iter().map(|step| format!("  {}", step.name)).collect();
        bail!("there is no step `{unknown}`; the steps are\n{}", known.join("\n"));
    }
    Ok(steps.into_iter().filter(|step| names.contains(&step.name)).collect())
}

/// A line a step.
fn table(ended: &[Ended]) -> String {
    let setup_failed = ended.iter().any(|step| step.name == steps::SETUP && step.error.is_some());
    let line = |step: &Ended| {
        let verdict = if step.error.is_none() { "ok" } else { "FAILED" };
        let mut line = format!("{verdict:>7} {:>7.1} s  {}", step.seconds, step.name);
        if let Some(error) = &step.error {
            line += &format!(": {}", error.lines().next().unwrap_or_default());
            if setup_failed && step.name != steps::SETUP {
                line += " (setup failed before: this may follow from it)";
            }
        }
        line
    };
    ended.iter().map(line).collect::<Vec<_>>().join("\n")
}

fn verdict(ended: &[Ended]) -> Result<()> {
    let failed: Vec<_> =
        ended.iter().filter(|step| step.error.is_some()).map(|step| step.name.as_str()).collect();
    match &failed[..] {
        [] => Ok(()),
        [one] => bail!("the step `{one}` failed"),
        all => bail!("{} of {} steps failed: `{}`", all.len(), ended.len(), all.join("`, `")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::sync::{Arc, Mutex};
    use steps::{Lane, Step};

    #[test]
    fn steps_go_on_after_a_failure_and_all_failures_are_named() {
        let ran = Arc::new(AtomicUsize::new(0));
        let steps = |failing: &[&str]| -> Vec<Step> {
            let one = |name: &'static str| {
                let (ran, fails) = (Arc::clone(&ran), failing.contains(&name));
                Step::new(name, Lane::Workspace, move || {
                    ran.fetch_add(1, Ordering::Relaxed);
                    if fails { bail!("it broke") } else { Ok(()) }
                })
            };
            ["first", "second", "third"].map(one).into_iter().collect()
        };
        let said = |failing: &[&str]| verdict(&in_order(&steps(failing))).unwrap_err().to_string();
        assert!(verdict(&in_order(&steps(&[]))).is_ok());
        assert_eq!(said(&["first"]), "the step `first` failed");
        assert_eq!(said(&["first", "third"]), "2 of 3 steps failed: `first`, `third`");
        assert_eq!(ran.load(Ordering::Relaxed), 9);
    }

    #[test]
    fn a_step_waits_for_what_it_needs_in_the_other_lane() {
        let order = Arc::new(Mutex::new(Vec::new()));
        let step = |name: &'static str, lane, fails: bool| {
            let order = Arc::clone(&order);
            Step::new(name, lane, move || {
                order.lock().unwrap().push(name);
                if fails { bail!("it broke") } else { Ok(()) }
            })
        };
        let steps = [
            step("setup", Lane::Workspace, false),
            step("boards", Lane::Beside, true).after("setup"),
            step("tests", Lane::Workspace, false).after("boards"),
            step("proofs", Lane::Beside, false).after("tests"),
        ];
        let here = |step: &Step| lanes::here(step);
        let ended = side_by_side(&steps, &here);
        assert_eq!(*order.lock().unwrap(), ["setup", "boards", "tests", "proofs"]);
        let names: Vec<_> = ended.iter().map(|step| (step.name.as_str(), step.error.is_some())).collect();
        assert_eq!(names, [("setup", false), ("boards", true), ("tests", false), ("proofs", false)]);
    }

    #[test]
    fn what_a_step_needs_exists() {
        let steps = steps(Via::Auto);
        for step in &steps {
            let known = |name: &str| steps.iter().any(|step| step.name == name);
            assert!(step.after.is_none_or(known), "{} waits for what is no step", step.name);
        }
        assert!(chosen(&["clippy".to_owned()], steps).is_ok_and(|steps| steps.len() == 1));
        assert!(chosen(&["nothing".to_owned()], Vec::new()).is_err());
    }
}
