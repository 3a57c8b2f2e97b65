//! The boards' firmware: `cargo xtask boards`.

use crate::cores::counter::{Counter, Measured};
use crate::cross::{self, Via, Way};
use crate::facts::Facts;
use crate::image::{Image, Size};
use crate::process;
use anyhow::{Context, Result};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Build the boards' firmware, and say what each board is and how much of it the firmware takes
///
/// A board is a folder of boards/ with a .cargo/config.toml that names its target, and an application one of
/// boards/applications/. The images lie in boards/target/TARGET/release/BOARD, where eggroll-host finds them.
#[derive(clap::Args)]
pub(crate) struct BoardsArgs {
    /// Which boards and applications [default: all boards]
    boards: Vec<String>,
    /// Also those images that only tests run: with faults on request, and those of applications
    #[arg(long)]
    faults: bool,
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    via: Via,
}

/// Builds the named boards, or all, and prints their sizes.
pub(crate) fn run(args: &BoardsArgs) -> Result<()> {
    let boards = chosen(&args.boards)?;
    for board in &boards {
        if args.faults {
            board.with_faults().or(board.of_tests()).map_or(Ok(()), |board| board.build(args.via))?;
        }
        board.build(args.via)?;
    }
    println!("| board | chip | core | target | flash | RAM | arena | link | emulated | flashed by |");
    println!("|---|---|---|---|---|---|---|---|---|---|");
    // What applications take is told by `cargo xtask size`.
    for board in boards.iter().filter(|board| !board.is_application) {
        let Size { flash, statics, stack, arena, .. } = Image::read(&board.image())?.size()?;
        let Facts { chip, core, link, emulated } = Facts::read(&folder_of(&board.name))?;
        let emulated = emulated.map_or_else(|| "no".to_owned(), |address| format!("`{address}`"));
        let runner = board.setting("runner").unwrap_or_default();
        let program = runner.split_whitespace().next().unwrap_or_default();
        let flashed = if program.starts_with("qemu") { "-" } else { program };
        println!(
            "| `{}` | {chip} | {core} | {} | {} KB | {} KB | {arena} | {link} | {emulated} | {flashed} |",
            board.name,
            board.target,
            flash.div_ceil(KB),
            (stack + statics + arena) / KB,
        );
    }
    println!("\nflash: what the image takes of it; the arena, in bytes, holds the two frame buffers, too");
    warn_of_usb_id(&boards)
}

/// Builds all boards; their sources must be formatted. That they give no warning is checked while they are
/// built: see [`cross::linting`].
pub(crate) fn check(via: Via) -> Result<()> {
    // The Pico 2 is a workspace of its own.
    for workspace in [folder(), folder_of("pico2")] {
        process::run(process::cargo().current_dir(workspace).args(["fmt", "--all", "--check"]))?;
    }
    // Applications are played by images of the bench.
    for core in Measured::ALL {
        match core.missing() {
            None => drop(Counter::build(core)?),
            Some(missing) => println!("{}: no images: {missing}: run cargo xtask setup", core.name()),
        }
    }
    // Before the boards and applications themselves, whose places they take meanwhile.
    for (name, feature) in WITH_FAULTS.into_iter().chain(OF_TESTS) {
        Board { feature: Some(feature), ..Board::named(name)? }.build_apart(via)?;
    }
    for application in applications()? {
        application.build(via)?;
    }
    run(&BoardsArgs { boards: Vec::new(), faults: false, via })
}

/// Says which boards tell a USB id that must not leave the house.
pub(crate) fn warn_of_usb_id(boards: &[Board]) -> Result<()> {
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

/// Bytes of the unit in which flash and RAM are given.
const KB: u64 = 1024;

/// The link of boards that are a serial port over USB by themselves, and not by the chip's own device.
const USB: &str = "USB (CDC-ACM)";

/// Features of boards' packages that change what their images do.
const FEATURES: [(&str, &str); 1] = [("pico", "fpga")];

/// Features of boards' packages, and of applications', whose images only tests run.
const OF_TESTS: [(&str, &str); 3] =
    [("learner", "trace"), ("mps2-an386", "controller"), ("mps2-an386", "rtt")];
/// Features of the images with faults on request, which tests run.
const WITH_FAULTS: [(&str, &str); 4] =
    [("hifive1", "faults"), ("microbit", "faults"), ("mps2-an386", "faults"), ("pico", "fpga,faults")];

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
    pub(crate) fn named(name: &str) -> Result<Self> {
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

    /// The same board with the feature for an FPGA, if it has one.
    pub(crate) fn with_fpga(self) -> Option<Self> {
        let (_, feature) =
            FEATURES.iter().find(|(board, feature)| *board == self.name && *feature == "fpga")?;
        Some(Self { feature: Some(feature), ..self })
    }

    /// The same board with faults on request, where tests run such an image.
    pub(crate) fn with_faults(&self) -> Option<Self> {
        let (_, feature) = WITH_FAULTS.iter().find(|(board, _)| *board == self.name)?;
        Some(Self { feature: Some(feature), ..self.clone() })
    }

    /// The same application with what tests run it on, if there is such an image.
    fn of_tests(&self) -> Option<Self> {
        let (_, feature) = OF_TESTS.iter().find(|(name, _)| self.is_application && *name == self.name)?;
        Some(Self { feature: Some(feature), ..self.clone() })
    }

    /// Whether it is a device on USB by the id of `usb_id.rs`.
    fn has_usb(&self) -> bool {
        Facts::read(&folder_of(&self.name)).is_ok_and(|facts| facts.link == USB)
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
        self.build_apart(via)?;
        if self.feature.is_some() { self.plain().build_apart(via) } else { Ok(()) }
    }

    /// The same board without a feature.
    fn plain(&self) -> Self {
        Self { feature: None, ..self.clone() }
    }

    /// Builds its image. With a feature it is copied away, and stays in the place of the image without.
    fn build_apart(&self, via: Via) -> Result<()> {
        let way = cross::find(&self.target, via)
            .with_context(|| format!("nothing here builds for {}: run cargo xtask setup", self.target))?;
        process::run(&mut self.command(way))?;
        if self.feature.is_some() {
            let (from, to) = (self.plain().image(), self.image());
            std::fs::copy(&from, &to).with_context(|| format!("cannot copy {}", from.display()))?;
        }
        Ok(())
    }

    /// The command that builds it; its target is in its folder's configuration.
    fn command(&self, way: Way) -> Command {
        let mut command = cross::linting(way);
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
        let applications = applications().unwrap();
        let is_there = |name: &str| names.contains(&name) || applications.iter().any(|of| of.name == name);
        for name in &names {
            let emulated = Facts::read(&folder_of(name)).unwrap().emulated;
            assert!(emulated.is_none_or(|address| address.ends_with(name)), "{name} is emulated as another");
        }
        assert!(FEATURES.iter().chain(&OF_TESTS).all(|(board, _)| is_there(board)), "a feature of no board");
        let runs = |board: &Board| board.setting("runner").unwrap_or_default();
        assert!(
            boards
                .iter()
                .all(|board| runs(board).starts_with("qemu") || crate::flash::is_flasher(&runs(board)))
        );
        assert!(boards.iter().all(|board| cross::TARGETS.contains(&board.target.as_str())));
        assert!(["common", "mps2"].iter().all(|name| Board::named(name).is_err()), "what boards share");
        assert!(WITH_FAULTS.iter().all(|(board, _)| names.contains(board)), "an image of no board");
        let pico = Board::named("pico").unwrap();
        assert!(pico.has_usb() && !Board::named("microbit").unwrap().has_usb());
        assert!(pico.with_faults().unwrap().image().ends_with("pico-fpga-faults"));
        assert!(applications.iter().any(|board| board.name == "gesture" && board.is_application));
        assert!(applications.iter().all(|board| !names.contains(&board.name.as_str())));
    }
}
