//! The steps of `cargo xtask test`.

use crate::cross::{self, Via};
use crate::{
    boards, cores, cuda, examples, floats, hdl, neon, packages, panics, process, setup, size, torture,
};
use anyhow::{Context, Result};

/// The step that prepares the machine for the others.
pub(super) const SETUP: &str = "setup";
/// The step that builds the images which the tests emulate.
const BOARDS: &str = "boards";

/// The step that builds the workspace's tests.
const BUILT: &str = "tests, built";

/// The features that tests, clippy and rustdoc build with: one set, so that nothing is built twice. The
/// tests' package adds the simulated GPU and FPGA.
pub(crate) const FEATURES: &str = "--features=eggroll-host/probe,eggroll-cli/tui,eggroll-cli/parquet,eggroll-cli/images,eggroll-cli/nats,xtask/bench,xtask/chips";

/// Beside what a step runs.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Lane {
    /// Steps that build in the workspace's target folder, which one cargo at a time may use.
    Workspace,
    /// Steps that need nothing of that, or only what was built there before.
    Beside,
}

/// One step.
pub(super) struct Step {
    /// Its name, by which `--only` chooses it.
    pub(super) name: String,
    /// Beside what it runs.
    pub(super) lane: Lane,
    /// The step that has to end before.
    pub(super) after: Option<&'static str>,
    /// What it does.
    pub(super) run: Box<dyn Fn() -> Result<()> + Sync>,
}

impl Step {
    pub(super) fn new(name: &str, lane: Lane, run: impl Fn() -> Result<()> + Sync + 'static) -> Self {
        Self { name: name.to_owned(), lane, after: None, run: Box::new(run) }
    }

    /// The same step, which waits for another.
    pub(super) fn after(self, name: &'static str) -> Self {
        Self { after: Some(name), ..self }
    }
}

/// A step that is one call of cargo.
fn cargo(name: &str, args: &'static [&str]) -> Step {
    Step::new(name, Lane::Workspace, move || process::run(process::cargo().args(args)))
}

/// A step beside those of the workspace.
fn beside(name: &str, run: impl Fn() -> Result<()> + Sync + 'static) -> Step {
    Step::new(name, Lane::Beside, run)
}

fn no_floats() -> Result<()> {
    floats::check(&process::root().join("firmware/src"))
}

/// All steps.
pub(super) fn steps(via: Via) -> Vec<Step> {
    let mut steps = vec![
        Step::new(SETUP, Lane::Workspace, move || setup::run(&setup::Args { via })),
        cargo("formatting", &["fmt", "--all", "--check"]),
        cargo("clippy", &["clippy", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"]),
        Step::new("documentation", Lane::Workspace, || {
            let mut command = process::cargo();
            command.args(["doc", "--workspace", "--no-deps", FEATURES]).env("RUSTDOCFLAGS", "-D warnings");
            process::run(&mut command)
        }),
        cargo(BUILT, &["test", "--workspace", FEATURES, "--no-run"]),
        cargo("tests", &["test", "--workspace", FEATURES, "--no-fail-fast"]).after(BOARDS),
        // Setup has to have ended before anything else begins.
        beside(BOARDS, move || boards::check(via)).after(SETUP),
        beside("sizes of the boards", move || {
            size::run(&size::Args { boards: Vec::new(), via, chain: false })
        }),
        beside("no panic in the firmware", move || panics::run(&panics::Args { via })),
        beside("kernels on emulated cores", cores::check),
        beside("NEON on an emulated Arm", neon::check),
        beside("no floating point in the firmware", no_floats),
    ];
    for target in cross::TARGETS {
        steps.push(beside(&format!("firmware for {target}"), move || {
            let way = cross::find(target, via).context("setup left no way to build for it")?;
            process::run(&mut cross::check(way, target))
        }));
    }
    // The tests' lane ends earlier, and takes what needs no target folder.
    let last = |name: &str, run: fn() -> Result<()>| Step::new(name, Lane::Workspace, run);
    steps.extend([
        beside("Verilog without warnings", hdl::lint),
        beside("the synthesised Verilog", hdl::netlist),
        // They use what the workspace's tests have built, and run beside these.
        beside("examples", examples::check).after(BUILT),
        beside("crates as packages", packages::check),
        last("proofs of the Verilog", hdl::formal),
        last("torture, the short form", torture::short),
        last("CUDA kernels under NVRTC", cuda::compile),
    ]);
    steps
}

/// The steps of `--quick`.
pub(super) fn quick() -> Vec<Step> {
    vec![
        cargo("formatting", &["fmt", "--all", "--check"]),
        Step::new("no floating point in the firmware", Lane::Workspace, no_floats),
        // The features of all steps, so that what those have built is used.
        cargo("clippy", &["clippy", "--workspace", "--all-targets", FEATURES, "--", "-D", "warnings"]),
        cargo(
            "tests",
            &[
                "test",
                "--workspace",
                FEATURES,
                "--no-fail-fast",
                "--lib",
                "--test=egg",
                "--test=golden",
                "--test=kernels",
                "--test=learner",
                "--test=runtime",
            ],
        ),
    ]
}
