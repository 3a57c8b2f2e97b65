//! The boards' firmware: `cargo xtask boards` and `cargo xtask flash`.

use crate::cores::counter::{Counter, Measured};
use crate::cross::{self, Via, Way};
use crate::image::Image;
use crate::process;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Build the boards' firmware, and say how large it is
///
/// A board is a folder of boards/ with a .cargo/config.toml that names its target, and an application one of
/// boards/applications/. The images lie in boards/target/TARGET/release/BOARD, where eggroll-host finds them.
#[derive(clap::Args)]
pub(crate) struct BoardsArgs {
    /// Which boards and applications [default: all boards]
    boards: Vec<String>,
    /// Also those images that have faults on request, which tests run
    #[arg(long)]
    faults: bool,
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    via: Via,
}

/// Build a board's firmware, flash it, and show what it logs
///
/// By probe-rs, over a debug probe. A Pico without one is flashed by picotool, over USB: hold BOOTSEL while you plug it
/// in. Then there is no log.
#[derive(clap::Args)]
pub(crate) struct FlashArgs {
    /// The board, or an application
    board: String,
    /// The image that evaluates members on an FPGA beside the chip, as on a pico-ice: flash the FPGA first
    #[arg(long)]
    fpga: bool,
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    via: Via,
}

/// Builds the named boards, or all, and prints their sizes.
pub(crate) fn run(args: &BoardsArgs) -> Result<()> {
    let boards = chosen(&args.boards)?;
    for board in &boards {
        if args.faults {
            board.with_faults().map_or(Ok(()), |board| board.build(args.via))?;
        }
        board.build(args.via)?;
    }
    println!(
        "{:<12} {:<22} {:>8} {:>8} {:>8} {:>8}",
        "board", "target", "flash", "statics", "stack", "arena"
    );
    for board in &boards {
        let size = Image::read(&board.image())?.size()?;
        println!(
            "{:<12} {:<22} {:>8} {:>8} {:>8} {:>8}",
            board.name, board.target, size.flash, size.statics, size.stack, size.arena
        );
    }
    println!("bytes; the arena holds the two frame buffers, too");
    warn_of_usb_id(&boards)
}

/// Builds all boards; their sources must be formatted and give no warning.
pub(crate) fn check(via: Via) -> Result<()> {
    process::run(process::cargo().current_dir(folder()).args(["fmt", "--all", "--check"]))?;
    for board in all()?.into_iter().chain(applications()?) {
        // Clippy belongs to rustup's toolchain, which may lack the target.
        if cross::find(&board.target, via) == Some(Way::Installed) {
            let mut clippy = process::cargo();
            clippy.current_dir(folder_of(&board.name)).args(["clippy", "--release", "--locked"]);
            clippy.args(board.features());
            clippy.arg("--target-dir").arg(folder().join("target")).args(["--", "-D", "warnings"]);
            process::run(&mut clippy)?;
        }
    }
    for application in applications()? {
        application.build(via)?;
    }
    // Applications are played by images of the bench.
    for core in Measured::ALL {
        match core.missing() {
            None => drop(Counter::build(core)?),
            Some(missing) => println!("{}: no images: {missing}: run cargo xtask setup", core.name()),
        }
    }
    run(&BoardsArgs { boards: Vec::new(), faults: true, via })
}

/// Says which boards tell a USB id that must not leave the house.
fn warn_of_usb_id(boards: &[Board]) -> Result<()> {
    let id = std::fs::read_to_string(folder().join("common/src/usb_id.rs"))?;
    // pid.codes: "test PIDs ... must not be used for redistributed devices".
    if !(id.contains("VENDOR: u16 = 0x1209;") && id.contains("PRODUCT: u16 = 0x0001;")) {
        return Ok(());
    }
    let names: Vec<&str> = boards.iter().filter(|board| board.has_usb()).map(|b| b.name.as_str()).collect();
    if !names.is_empty() {
        println!(
            "note: {} says 1209:0001 over USB, which pid.codes sets aside for tests: do not pass boards on with it \
             (boards/common/src/usb_id.rs)",
            names.join(", ")
        );
    }
    Ok(())
}

/// Builds a board and runs it by its runner.
pub(crate) fn flash(args: &FlashArgs) -> Result<()> {
    let mut board = Board::named(&args.board)?;
    if args.fpga {
        let fpga = FEATURES.iter().find(|(name, feature)| *name == board.name && *feature == "fpga");
        let (_, feature) =
            fpga.with_context(|| format!("{} has no image for an FPGA: pico has", board.name))?;
        board.feature = Some(feature);
    }
    board.build(args.via)?;
    warn_of_usb_id(std::slice::from_ref(&board))?;
    let runner = board.setting("runner").unwrap_or_default();
    let probes = process::output(Command::new("probe-rs").arg("list"));
    let image = board.image();
    match flashing(
        &runner,
        probes.as_deref(),
        process::output(Command::new("picotool").arg("version")).is_some(),
    ) {
        Ok(words) => {
            if words.first().is_some_and(|program| program == "picotool") {
                println!("no debug probe: by picotool, to the chip that was plugged in with BOOTSEL held");
            }
            let (program, args) = words.split_first().context("nothing flashes it")?;
            let args =
                args.iter().map(|word| if word == IMAGE_HERE { image.as_os_str() } else { word.as_ref() });
            process::run(Command::new(program).args(args))
        }
        Err(why) => bail!("{}: {why}", board.name),
    }
}

/// In a command that flashes: where the image's path goes.
const IMAGE_HERE: &str = "IMAGE";

/// The words of the command that flashes a board of this runner. `probes` is what `probe-rs list` says, if there is
/// that program.
fn flashing(runner: &str, probes: Option<&str>, picotool: bool) -> Result<Vec<String>, String> {
    let mut words: Vec<String> = runner.split_whitespace().map(str::to_owned).collect();
    if words.first().is_none_or(|program| program != "probe-rs") {
        return Err(
            "this is no chip to flash by a probe; its runner, `cargo run --release` in its folder, is \
                    what there is"
                .to_owned(),
        );
    }
    let by_usb = words.iter().any(|word| word == "RP2040" || word == "RP235x");
    let found = probes.is_some_and(|list| !list.is_empty() && !list.contains("No debug probes were found"));
    if found || (probes.is_some() && !by_usb) {
        // Without a probe probe-rs says so itself, and why.
        words.push(IMAGE_HERE.to_owned());
        return Ok(words);
    }
    if by_usb && picotool {
        return Ok(["picotool", "load", "-x", IMAGE_HERE, "-t", "elf"].map(str::to_owned).to_vec());
    }
    let probe = "probe-rs is not installed: cargo install probe-rs-tools --locked";
    Err(match (by_usb, probes) {
        (false, _) => probe.to_owned(),
        (true, None) => {
            format!("{probe}; without a debug probe install picotool, and hold BOOTSEL while you plug it in")
        }
        (true, Some(_)) => {
            "probe-rs finds no debug probe; without one install picotool, and hold BOOTSEL while you \
                            plug it in"
                .to_owned()
        }
    })
}

/// Features of boards' packages that change what their images do.
const FEATURES: [(&str, &str); 1] = [("pico", "fpga")];

/// Features of the images with faults on request, which tests run.
const WITH_FAULTS: [(&str, &str); 3] =
    [("microbit", "faults"), ("mps2-an386", "faults"), ("pico", "fpga,faults")];

/// The named boards, or all where none is named.
pub(crate) fn chosen(names: &[String]) -> Result<Vec<Board>> {
    if names.is_empty() { all() } else { names.iter().map(|name| Board::named(name)).collect() }
}

/// A board's folder.
#[derive(Clone)]
pub(crate) struct Board {
    /// What it is called.
    pub(crate) name: String,
    target: String,
    config: String,
    is_application: bool,
    /// A feature of its package that it is built with.
    feature: Option<&'static str>,
}

/// Where all boards are.
pub(crate) fn folder() -> PathBuf {
    process::root().join("boards")
}

/// The feature of an application's package that builds its image.
const IMAGE: &str = "board";

/// All boards, in alphabetical order.
pub(crate) fn all() -> Result<Vec<Board>> {
    listed(&folder())
}

/// All applications, in alphabetical order.
pub(crate) fn applications() -> Result<Vec<Board>> {
    listed(&folder().join(APPLICATIONS))
}

fn listed(folder: &Path) -> Result<Vec<Board>> {
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    let mut boards = Vec::new();
    for entry in entries {
        let name = entry?.file_name().to_string_lossy().into_owned();
        if folder.join(&name).join(CONFIG).is_file() && !name.starts_with('.') {
            boards.push(Board::named(&name)?);
        }
    }
    boards.sort_by(|a, b| a.name.cmp(&b.name));
    Ok(boards)
}

/// Where applications are, in the folder of boards.
const APPLICATIONS: &str = "applications";
/// What a board has and names its target.
const CONFIG: &str = ".cargo/config.toml";

/// The folder of a board or of an application.
fn folder_of(name: &str) -> PathBuf {
    let application = folder().join(APPLICATIONS).join(name);
    if application.is_dir() { application } else { folder().join(name) }
}

impl Board {
    fn named(name: &str) -> Result<Self> {
        let folder = folder_of(name);
        let config = std::fs::read_to_string(folder.join(CONFIG))
            .with_context(|| format!("there is no board `{name}`: boards/{name}/{CONFIG}"))?;
        let is_application = folder.parent().is_some_and(|parent| parent.ends_with(APPLICATIONS));
        let target = String::new();
        let mut board = Self { name: name.to_owned(), target, config, is_application, feature: None };
        board.target = board.setting("target").with_context(|| format!("{name} names no target"))?;
        Ok(board)
    }

    /// A text value of the board's configuration.
    pub(crate) fn setting(&self, key: &str) -> Option<String> {
        self.config.lines().find_map(|line| {
            let value = line.strip_prefix(key)?.trim_start().strip_prefix('=')?;
            Some(value.trim().trim_matches('"').to_owned())
        })
    }

    /// The same board as it is without features of its package, and with each that changes what it does.
    pub(crate) fn variants(self) -> impl Iterator<Item = Self> {
        let with =
            FEATURES.iter().filter(|(board, _)| *board == self.name).map(|(_, feature)| Some(*feature));
        let features: Vec<_> = std::iter::once(None).chain(with).collect();
        features.into_iter().map(move |feature| Self { feature, ..self.clone() })
    }

    /// The same board with faults on request, where tests run such an image.
    pub(crate) fn with_faults(&self) -> Option<Self> {
        let (_, feature) = WITH_FAULTS.iter().find(|(board, _)| *board == self.name)?;
        Some(Self { feature: Some(feature), ..self.clone() })
    }

    /// Whether it is a device on USB by itself.
    fn has_usb(&self) -> bool {
        let package = std::fs::read_to_string(folder_of(&self.name).join("Cargo.toml")).unwrap_or_default();
        package.lines().any(|line| line.starts_with("eggroll-board-embassy") && line.contains("\"usb\""))
    }

    /// Its name, and the feature that it has.
    pub(crate) fn label(&self) -> String {
        self.feature.map_or_else(|| self.name.clone(), |feature| format!("{} with {feature}", self.name))
    }

    /// Where its image lies once it is built: the image without features where eggroll-host looks.
    pub(crate) fn image(&self) -> PathBuf {
        let name = match self.feature {
            Some(feature) => format!("{}-{}", self.name, feature.replace(',', "-")),
            None => self.name.clone(),
        };
        folder().join("target").join(&self.target).join("release").join(name)
    }

    /// Builds its image. With a feature it is built in the same folder, which has the dependencies; the image
    /// is copied away, and that without the feature put in its place again.
    pub(crate) fn build(&self, via: Via) -> Result<()> {
        let way = cross::find(&self.target, via)
            .with_context(|| format!("nothing here builds for {}: run cargo xtask setup", self.target))?;
        process::run(&mut self.command(way))?;
        if self.feature.is_some() {
            let plain = Self { feature: None, ..self.clone() };
            let (from, to) = (plain.image(), self.image());
            std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
            plain.build(via)?;
        }
        Ok(())
    }

    /// The command that builds it; its target is in its folder's configuration.
    fn command(&self, way: Way) -> Command {
        let mut command = cross::cargo(way);
        command.current_dir(folder_of(&self.name)).args(["build", "--release", "--locked", "--quiet"]);
        // Named, whatever folder the host's own builds go to.
        command.arg("--target-dir").arg(folder().join("target")).args(self.features());
        command
    }

    /// The features that its image is built with, as an argument.
    fn features(&self) -> Option<String> {
        let feature = self.feature.or(self.is_application.then_some(IMAGE));
        feature.map(|feature| format!("--features={feature}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_board_is_found() {
        let boards = all().unwrap();
        let names: Vec<&str> = boards.iter().map(|board| board.name.as_str()).collect();
        assert!(names.contains(&"microbit") && names.contains(&"mps2-an386"), "{names:?}");
        assert!(FEATURES.iter().all(|(board, _)| names.contains(board)), "a feature of no board");
        assert!(boards.iter().all(|board| cross::TARGETS.contains(&board.target.as_str())));
        assert!(Board::named("common").is_err(), "what boards share is no board");
        assert!(WITH_FAULTS.iter().all(|(board, _)| names.contains(board)), "an image of no board");
        let pico = Board::named("pico").unwrap();
        assert!(pico.has_usb() && !Board::named("microbit").unwrap().has_usb());
        assert!(pico.with_faults().unwrap().image().ends_with("pico-fpga-faults"));
        let applications = applications().unwrap();
        assert!(applications.iter().any(|board| board.name == "gesture" && board.is_application));
        assert!(applications.iter().all(|board| !names.contains(&board.name.as_str())));
    }

    #[test]
    fn what_flashes_a_board() {
        let (pico, microbit) = ("probe-rs run --chip RP2040", "probe-rs run --chip nRF51822_xxAA");
        let (none, one) = ("No debug probes were found.", "[0]: DAPLink -- 0d28:0204 (CMSIS-DAP)");
        let said = |runner, probes, picotool| match flashing(runner, probes, picotool) {
            Ok(words) => words.join(" "),
            Err(why) => why,
        };
        assert_eq!(said(pico, Some(one), true), "probe-rs run --chip RP2040 IMAGE");
        assert_eq!(said(pico, Some(none), true), "picotool load -x IMAGE -t elf");
        assert_eq!(said(pico, None, true), "picotool load -x IMAGE -t elf");
        assert!(said(pico, Some(none), false).contains("install picotool"));
        assert!(said(pico, None, false).contains("probe-rs is not installed"));
        assert_eq!(said(microbit, Some(none), true), "probe-rs run --chip nRF51822_xxAA IMAGE");
        assert!(said(microbit, None, true).contains("probe-rs is not installed"));
        assert!(said("qemu-system-arm -M mps2-an386", Some(one), true).contains("no chip to flash"));
    }
}
