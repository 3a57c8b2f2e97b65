//! `cargo xtask panics`: an image that links only if no panic can be reached.

use crate::boards::{self, Board};
use crate::cross::{self, Via, Way};
use crate::image::{FIRMWARE, Image};
use crate::process;
use anyhow::{Context, Result, bail};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::process::Command;

/// Link the whole firmware without a panic, or say where one is left
///
/// boards/no-panic is the firmware from received bytes to sent ones and from samples to decisions, for every
/// core that boards have and for RV32, with a panic handler that calls a function which does not exist: it
/// links only if the optimiser has proven every panic unreachable. Where one is left, the places in the
/// sources that lead to it are listed, and the exit code is 1. What a board adds is outside, and listed
/// apart: the calls of a panic in the boards' own images, by the package that makes them (start-up code, HAL,
/// logging). Nor may these hold formatting machinery, except where a HAL brings it.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    pub(crate) via: Via,
}

/// Targets, with the features of the kernels that their boards use.
const IMAGES: [(&str, &[&str]); 5] = [
    ("thumbv6m-none-eabi", &[]),
    ("thumbv6m-none-eabi", &["--features=convolution,recurrent,rewards,robots"]),
    ("thumbv7em-none-eabihf", &["--features=convolution,dsp,recurrent,rewards,robots"]),
    ("thumbv7em-none-eabihf", &["--features=convolution,recurrent,rewards,robots"]),
    ("riscv32imac-unknown-none-elf", &["--features=convolution,recurrent,rewards,robots"]),
];

/// Links all images.
pub(crate) fn run(args: &Args) -> Result<()> {
    for (target, features) in IMAGES {
        let way = cross::find(target, args.via)
            .with_context(|| format!("nothing here builds for {target}: run cargo xtask setup"))?;
        let name = [&[target][..], features].concat().join(" ");
        if process::run(command(way, target, features).args(["--quiet"])).is_ok() {
            println!("{name}: no panic can be reached");
            continue;
        }
        let listing = ["--quiet", "--", "-Clink-arg=--unresolved-symbols=ignore-all"];
        process::run(command(way, target, features).args(listing))?;
        let path = image(target);
        let panics = Image::read(&path)?.panics(&path)?;
        panics.iter().for_each(|panic| println!("{panic}"));
        bail!("{name}: {} calls of a panic can be reached", panics.len());
    }
    boards::all()?.iter().try_for_each(|board| exceptions(board, args.via))
}

/// Boards whose HAL formats its own panics.
const FORMATTING: [&str; 6] = ["esp32-c3", "microbit-v2", "nrf52840-dk", "pico", "pico2", "pico2-riscv"];

/// Lists the panics of a board's image by package, and refuses formatting machinery.
fn exceptions(board: &Board, via: Via) -> Result<()> {
    board.build(via)?;
    let image = Image::read(&board.image())?;
    let (panics, formatting) = (image.panics(&board.image())?, image.formatting()?);
    let mut of_package = BTreeMap::<String, usize>::new();
    for panic in &panics {
        *of_package.entry(panic.package()).or_default() += 1;
    }
    if let Some(calls) = of_package.get(FIRMWARE) {
        panics.iter().filter(|panic| panic.package() == FIRMWARE).for_each(|panic| println!("{panic}"));
        bail!("{}: {calls} calls of a panic can be reached in the firmware", board.name);
    }
    let list: Vec<String> = of_package.iter().map(|(package, calls)| format!("{package} {calls}")).collect();
    println!(
        "{}: {formatting} functions that format; panics outside the firmware: {}",
        board.name,
        list.join(", ")
    );
    if formatting > 0 && !FORMATTING.contains(&board.name.as_str()) {
        bail!("{} holds formatting machinery: `{{}}` in a panic, in fmt::Write or in a Debug", board.name);
    }
    Ok(())
}

fn image(target: &str) -> PathBuf {
    boards::folder().join("target").join(target).join("release/eggroll-no-panic")
}

fn command(way: Way, target: &str, features: &[&str]) -> Command {
    let mut command = cross::cargo(way);
    command.current_dir(boards::folder());
    command.args(["rustc", "--release", "--locked", "--package=eggroll-no-panic", "--target", target]);
    command.arg("--target-dir").arg(boards::folder().join("target")).args(features);
    command
}
