//! Running steps: one after the other, or in two lanes beside each other.

use super::steps::{Lane, Step};
use crate::cross::Via;
use anyhow::{Context, Result, anyhow};
use clap::ValueEnum;
use std::io::{Read, Seek};
use std::process::Command;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Instant;

/// Before the reason for which a step failed.
const FAILED: &str = "-- failed: ";

/// A step that has ended.
pub(super) struct Ended {
    /// Its name.
    pub(super) name: String,
    /// How long it took.
    pub(super) seconds: f64,
    /// Why it failed, if it did.
    pub(super) error: Option<String>,
    /// What it said, if that was not shown at once.
    said: String,
}

/// Runs a step in this process, which says what it has to say on the terminal.
pub(super) fn here(step: &Step) -> Ended {
    println!("\n== {}", step.name);
    let ended = timed(step, || ((step.run)(), String::new()));
    if let Some(error) = &ended.error {
        // Said where it happened, too: the list may be a thousand lines below.
        println!("{FAILED}{error}");
    }
    println!("-- {:.1} s", ended.seconds);
    ended
}

/// Runs a step in a process of its own, and keeps what it says.
pub(super) fn alone(step: &Step, via: Via) -> Ended {
    timed(step, || match process_of(step, via) {
        Ok((true, said)) => (Ok(()), said),
        Ok((false, said)) => {
            let why = said.lines().rev().find_map(|line| line.strip_prefix(FAILED));
            (Err(anyhow!("{}", why.unwrap_or("its process did not end as it should"))), said)
        }
        Err(error) => (Err(error), String::new()),
    })
}

/// Whether a process that runs a step succeeds, and all that it says.
fn process_of(step: &Step, via: Via) -> Result<(bool, String)> {
    let mut output = tempfile::tempfile()?;
    let mut command = Command::new(std::env::current_exe()?);
    command.args(["test", "--only", &step.name, "--via"]);
    command.arg(via.to_possible_value().context("a way of building without a name")?.get_name());
    let status = command.stdout(output.try_clone()?).stderr(output.try_clone()?).status()?;
    let mut said = Vec::new();
    output.rewind()?;
    output.read_to_end(&mut said)?;
    Ok((status.success(), String::from_utf8_lossy(&said).into_owned()))
}

/// Runs `run`, which brings what was said, too.
fn timed(step: &Step, run: impl FnOnce() -> (Result<()>, String)) -> Ended {
    let started = Instant::now();
    let (result, said) = run();
    let error = result.err().map(|error| format!("{error:#}"));
    Ended { name: step.name.clone(), seconds: started.elapsed().as_secs_f64(), error, said }
}

/// Runs all steps, one after the other.
pub(super) fn in_order(steps: &[Step]) -> Vec<Ended> {
    steps.iter().map(here).collect()
}

/// Runs the steps of the workspace one after the other, and beside them the others by `beside`, one after the
/// other, too. Each waits for the step that it names. What the others said is shown between the steps of the
/// workspace.
pub(super) fn side_by_side(steps: &[Step], beside: &(dyn Fn(&Step) -> Ended + Sync)) -> Vec<Ended> {
    let all = All { ended: Mutex::new(Vec::new()), changed: Condvar::new() };
    let lane = |lane: Lane| steps.iter().filter(move |step| step.lane == lane);
    thread::scope(|scope| {
        scope.spawn(|| {
            for step in lane(Lane::Beside) {
                all.wait_for(step);
                all.add(beside(step));
            }
        });
        for step in lane(Lane::Workspace) {
            all.wait_for(step);
            all.show();
            all.add(here(step));
        }
    });
    all.show();
    let mut ended = all.ended.into_inner().unwrap_or_else(PoisonError::into_inner);
    ended.sort_by_key(|ended| steps.iter().position(|step| step.name == ended.name));
    ended
}

/// The steps that have ended.
struct All {
    ended: Mutex<Vec<Ended>>,
    changed: Condvar,
}

impl All {
    fn lock(&self) -> MutexGuard<'_, Vec<Ended>> {
        self.ended.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, ended: Ended) {
        self.lock().push(ended);
        self.changed.notify_all();
    }

    /// Returns when the step has ended that `step` waits for.
    fn wait_for(&self, step: &Step) {
        let Some(name) = step.after else { return };
        let waiting = |ended: &mut Vec<Ended>| ended.iter().all(|ended| ended.name != name);
        drop(self.changed.wait_while(self.lock(), waiting));
    }

    /// Prints what steps have said that ran beside, once.
    fn show(&self) {
        for ended in self.lock().iter_mut() {
            print!("{}", std::mem::take(&mut ended.said));
        }
    }
}
