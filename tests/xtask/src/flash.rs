//! Flashing a board: `cargo xtask flash`.

use crate::boards::{Board, warn_of_usb_id};
use crate::cross::Via;
use crate::process;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Build a board's firmware and flash it
///
/// The board's own .cargo/config.toml names the program: probe-rs, over a debug probe, which then shows what
/// the board logs; espflash or picotool, over the board's USB. A Pico without a probe is flashed by picotool,
/// too: hold BOOTSEL while you plug it in. Then there is no log.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The board, or an application
    board: String,
    /// The image that evaluates members on an FPGA beside the chip, as on a pico-ice: flash the FPGA first
    #[arg(long)]
    fpga: bool,
    /// Which ways of cross-compiling may be used
    #[arg(long, value_enum, default_value_t = Via::Auto)]
    via: Via,
}

/// A program that flashes a chip, how to get it, and what it asks of the board.
struct Flasher {
    program: &'static str,
    install: &'static str,
    asks: &'static str,
}

const FLASHERS: [Flasher; 3] = [
    Flasher {
        program: "probe-rs",
        install: "cargo install probe-rs-tools --locked",
        asks: "is a debug probe connected, and may you open it?",
    },
    Flasher {
        program: "espflash",
        install: "cargo install espflash --locked",
        asks: "is the board connected, and its port in nobody's hands? If it does not answer, hold BOOT while you plug it in",
    },
    PICOTOOL,
];

const PICOTOOL: Flasher = Flasher {
    program: "picotool",
    install: "version 2 or later, https://github.com/raspberrypi/picotool",
    asks: "hold BOOTSEL while you plug the board in",
};

/// What is here to flash with.
struct Here<'h> {
    /// What `probe-rs list` says, if there is that program.
    probes: Option<&'h str>,
    espflash: bool,
    picotool: bool,
}

/// Builds a board and flashes it.
pub(crate) fn run(args: &Args) -> Result<()> {
    let mut board = Board::named(&args.board)?;
    if args.fpga {
        board = board
            .with_fpga()
            .with_context(|| format!("{} has no image for an FPGA: pico has", args.board))?;
    }
    let runner = board.setting("runner").unwrap_or_default();
    let says = |program: &str, word: &str| process::output(Command::new(program).arg(word));
    let probes = says("probe-rs", "list");
    let here = Here {
        probes: probes.as_deref(),
        espflash: says("espflash", "--version").is_some(),
        picotool: says("picotool", "version").is_some(),
    };
    let words = flashing(&runner, &here).or_else(|why| bail!("{}: {why}", board.name))?;
    board.build(args.via)?;
    warn_of_usb_id(std::slice::from_ref(&board))?;
    let (program, words) = words.split_first().context("nothing flashes it")?;
    let image = board.image();
    let words = words.iter().map(|word| if word == IMAGE_HERE { image.as_os_str() } else { word.as_ref() });
    let asks = FLASHERS.iter().find(|flasher| flasher.program == program).map_or("", |flasher| flasher.asks);
    process::run(Command::new(program).args(words)).context(asks)
}

/// In a command that flashes: where the image's path goes.
const IMAGE_HERE: &str = "IMAGE";

/// Whether a runner flashes a chip.
#[cfg(test)]
pub(crate) fn is_flasher(runner: &str) -> bool {
    flasher(runner).is_some()
}

fn flasher(runner: &str) -> Option<Flasher> {
    let first = runner.split_whitespace().next()?;
    FLASHERS.into_iter().find(|flasher| flasher.program == first)
}

/// The words of the command that flashes a board of this runner, with what is here; or what is missing.
fn flashing(runner: &str, here: &Here<'_>) -> Result<Vec<String>, String> {
    let Some(Flasher { program, install, .. }) = flasher(runner) else {
        return Err("this is no chip to flash: `eggroll-host --boards qemu:BOARD` runs it".to_owned());
    };
    let found =
        here.probes.is_some_and(|list| !list.is_empty() && !list.contains("No debug probes were found"));
    let is_here = match program {
        "probe-rs" => here.probes.is_some(),
        "espflash" => here.espflash,
        _ => here.picotool,
    };
    // A chip with a boot loader on USB needs no probe.
    let by_usb =
        program == "probe-rs" && runner.split_whitespace().any(|word| word == "RP2040" || word == "RP235x");
    if by_usb && !found {
        let Flasher { program, install, .. } = PICOTOOL;
        if here.picotool {
            return Ok([program, "load", "-x", IMAGE_HERE, "-t", "elf"].map(str::to_owned).to_vec());
        }
        let probe = if is_here { "probe-rs finds no debug probe" } else { "probe-rs is not installed" };
        return Err(format!(
            "{probe}; without one install {program} ({install}), and hold BOOTSEL while you plug the board in"
        ));
    }
    if !is_here {
        return Err(format!("it is flashed by {program}, which is not installed: {install}"));
    }
    Ok(runner.split_whitespace().chain([IMAGE_HERE]).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_flashes_a_board() {
        let (pico, microbit) = ("probe-rs run --chip RP2040", "probe-rs run --chip nRF51822_xxAA");
        let (none, one) = ("No debug probes were found.", "[0]: DAPLink -- 0d28:0204 (CMSIS-DAP)");
        let said =
            |runner, probes, picotool| match flashing(runner, &Here { probes, espflash: false, picotool }) {
                Ok(words) => words.join(" "),
                Err(why) => why,
            };
        assert_eq!(said(pico, Some(one), true), "probe-rs run --chip RP2040 IMAGE");
        assert_eq!(said(pico, Some(none), true), "picotool load -x IMAGE -t elf");
        assert_eq!(said(pico, None, true), "picotool load -x IMAGE -t elf");
        assert!(said(pico, Some(none), false).contains("install picotool"));
        assert!(said(pico, None, false).contains("probe-rs is not installed"));
        // Without a probe probe-rs says so itself, and why.
        assert_eq!(said(microbit, Some(none), true), "probe-rs run --chip nRF51822_xxAA IMAGE");
        assert!(said(microbit, None, true).contains("cargo install probe-rs-tools"));
        assert!(said("espflash flash --monitor", None, true).contains("cargo install espflash"));
        assert_eq!(said("picotool load -x -t elf", None, true), "picotool load -x -t elf IMAGE");
        assert!(said("qemu-system-arm -M mps2-an386", Some(one), true).contains("no chip to flash"));
    }
}
