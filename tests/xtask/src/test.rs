//! `cargo xtask test`: everything that must hold before a change goes in.

use crate::cross::{self, Via};
use crate::{boards, cores, cuda, examples, floats, hdl, packages, panics, process, setup, size, torture};
use anyhow::{Context, Result, bail};
use std::time::Instant;

/// Check everything that must hold before a change goes in
///
/// In this order, each whatever became of the others: setup (see `cargo xtask setup --help`), formatting, clippy
/// and rustdoc with every warning an error, the boards' firmware (formatted, without warnings, its stack within its
/// room), an image that links only if no panic can be reached, the kernels of its cores against their portable
/// definitions under emulation, the FPGA's Verilog (without warnings, what synthesis makes of it, and its proofs; it is simulated among the tests),
/// the tests of the workspace (some
/// of which run that firmware under emulation), the examples, the short form of `cargo xtask torture`, the crates as packages (see `cargo xtask packages --help`), the CUDA kernels under NVRTC (their arithmetic is among the tests; those
/// that need a GPU are listed as ignored), what needs probe-rs (which takes minutes to build, so nothing else does),
/// a search of the firmware's sources
/// for floating point, and builds of the firmware for every microcontroller target, bare and with defmt.
/// Ends with a list of the steps and how long each took, and names those that failed. The exit code is 1 if a step failed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: setup::Args,
}

/// The step that prepares the machine for the others.
const SETUP: &str = "setup";

struct Step {
    name: String,
    run: Box<dyn Fn() -> Result<()>>,
}

/// Runs all steps.
pub(crate) fn run(args: &Args) -> Result<()> {
    run_all(&steps(args.setup.via))
}

fn run_all(steps: &[Step]) -> Result<()> {
    let (mut summary, mut failed) = (Vec::new(), Vec::new());
    for (index, step) in steps.iter().enumerate() {
        println!("\n== {}/{} {}", index + 1, steps.len(), step.name);
        let started = Instant::now();
        let outcome = (step.run)();
        let seconds = started.elapsed().as_secs_f64();
        let mut line =
            format!("{:>7} {seconds:>7.1} s  {}", if outcome.is_ok() { "ok" } else { "FAILED" }, step.name);
        if let Err(error) = &outcome {
            // Said where it happened, too: the summary may be a thousand lines below.
            let said = format!("{error:#}");
            println!("-- failed: {said}");
            line += &format!(": {}", said.lines().next().unwrap_or_default());
            if step.name != SETUP && failed.iter().any(|name| name == SETUP) {
                line += " (setup failed before: this may follow from it)";
            }
            failed.push(step.name.clone());
        }
        println!("-- {seconds:.1} s");
        summary.push(line);
    }
    println!("\n{}", summary.join("\n"));
    match &failed[..] {
        [] => Ok(()),
        [one] => bail!("the step `{one}` failed"),
        all => bail!("{} of {} steps failed: `{}`", all.len(), steps.len(), all.join("`, `")),
    }
}

fn steps(via: Via) -> Vec<Step> {
    let mut steps = vec![
        step(SETUP, move || setup::run(&setup::Args { via })),
        cargo("formatting", &["fmt", "--all", "--check"]),
        cargo("clippy", &["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]),
        step("documentation", || {
            let mut command = process::cargo();
            command.args(["doc", "--workspace", "--no-deps"]).env("RUSTDOCFLAGS", "-D warnings");
            process::run(&mut command)
        }),
        step("boards", move || boards::check(via)),
        step("sizes of the boards", move || size::run(&size::Args { boards: Vec::new(), via })),
        step("no panic in the firmware", move || panics::run(&panics::Args { via })),
        step("kernels on emulated cores", cores::check),
        step("Verilog without warnings", hdl::lint),
        step("the synthesised Verilog", hdl::netlist),
        step("proofs of the Verilog", hdl::formal),
        cargo("tests", &["test", "--workspace", "--no-fail-fast"]),
        step("examples", examples::check),
        step("torture, the short form", torture::short),
        step("crates as packages", packages::check),
        step("CUDA kernels under NVRTC", cuda::compile),
        cargo(
            "debug probes: the boards' chips, and a link over one",
            &[
                "test",
                "--package=xtask",
                "--package=eggroll-host",
                "--features=chips,probe",
                "--bins",
                "--lib",
                "--",
                "probe",
                "chips",
            ],
        ),
        step("no floating point in the firmware", || floats::check(&process::root().join("firmware/src"))),
    ];
    for target in cross::TARGETS {
        for features in [&[][..], &["defmt"]] {
            let name =
                format!("firmware for {target}{}", if features.is_empty() { "" } else { " with defmt" });
            steps.push(step(&name, move || {
                let way = cross::find(target, via).context("setup left no way to build for it")?;
                process::run(&mut cross::build(way, target, features))
            }));
        }
    }
    steps
}

fn step(name: &str, run: impl Fn() -> Result<()> + 'static) -> Step {
    Step { name: name.to_owned(), run: Box::new(run) }
}

fn cargo(name: &str, args: &'static [&str]) -> Step {
    step(name, move || process::run(process::cargo().args(args)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::cell::Cell;
    use std::rc::Rc;

    #[test]
    fn steps_go_on_after_a_failure_and_all_failures_are_named() {
        let ran = Rc::new(Cell::new(0));
        let steps = |failing: &[&str]| -> Vec<Step> {
            let one = |name: &'static str| {
                let (ran, fails) = (Rc::clone(&ran), failing.contains(&name));
                step(name, move || {
                    ran.set(ran.get() + 1);
                    if fails { bail!("it broke") } else { Ok(()) }
                })
            };
            ["first", "second", "third"].map(one).into_iter().collect()
        };
        assert!(run_all(&steps(&[])).is_ok());
        let said = |failing: &[&str]| run_all(&steps(failing)).unwrap_err().to_string();
        assert_eq!(said(&["first"]), "the step `first` failed");
        assert_eq!(said(&["first", "third"]), "2 of 3 steps failed: `first`, `third`");
        assert_eq!(ran.get(), 9);
    }
}
