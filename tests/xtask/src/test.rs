//! `cargo xtask test`: everything that must hold before a change goes in.

use crate::cross::{self, Via};
use crate::{boards, cores, cuda, floats, hdl, panics, process, setup, size};
use anyhow::{Context, Result};
use std::time::Instant;

/// Check everything that must hold before a change goes in
///
/// In this order, stopping at the first failure: setup (see `cargo xtask setup --help`), formatting, clippy
/// and rustdoc with every warning an error, the boards' firmware (formatted, without warnings, its stack within its
/// room), an image that links only if no panic can be reached, the kernels of its cores against their portable
/// definitions under emulation, the FPGA's Verilog (without warnings, what synthesis makes of it, and its proofs; it is simulated among the tests),
/// the tests of the workspace (some
/// of which run that firmware under emulation), the CUDA kernels under NVRTC (their arithmetic is among the tests; those
/// that need a GPU are listed as ignored), what needs probe-rs (which takes minutes to build, so nothing else does),
/// a search of the firmware's sources
/// for floating point, and builds of the firmware for every microcontroller target, bare and with defmt.
/// Ends with a list of the steps and how long each took. The exit code is 1 if a step failed.
#[derive(clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    setup: setup::Args,
}

struct Step {
    name: String,
    run: Box<dyn Fn() -> Result<()>>,
}

/// Runs all steps.
pub(crate) fn run(args: &Args) -> Result<()> {
    let steps = steps(args.setup.via);
    let mut summary = Vec::new();
    let mut outcome = Ok(());
    for (index, step) in steps.iter().enumerate() {
        println!("\n== {}/{} {}", index + 1, steps.len(), step.name);
        let started = Instant::now();
        outcome = (step.run)().with_context(|| format!("the step `{}` failed", step.name));
        let seconds = started.elapsed().as_secs_f64();
        println!("-- {seconds:.1} s");
        let verdict = if outcome.is_ok() { "ok" } else { "FAILED" };
        summary.push(format!("{verdict:>7} {seconds:>7.1} s  {}", step.name));
        if outcome.is_err() {
            break;
        }
    }
    summary.extend(steps[summary.len()..].iter().map(|step| format!("not run            {}", step.name)));
    println!("\n{}", summary.join("\n"));
    outcome
}

fn steps(via: Via) -> Vec<Step> {
    let mut steps = vec![
        step("setup", move || setup::run(&setup::Args { via })),
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
        cargo("tests", &["test", "--workspace"]),
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
