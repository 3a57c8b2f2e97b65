//! `cargo xtask bitstream`: a placed and timed bitstream.

use super::synthesis::{Board, place};
use super::tools;
use anyhow::{Context, Result, bail};

/// Build the FPGA unit for a board
///
/// Synthesises, places, routes and times the unit with its SPI front end, writes the bitstream, and prints
/// the command that flashes it. Fails where the design is slower than the board's clock. Not run on hardware.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// The board
    board: Board,
}

/// Writes the bitstream.
pub(crate) fn run(args: &Args) -> Result<()> {
    let bin = tools::synthesis().context("there is no Yosys or nextpnr: run `cargo xtask setup`")?;
    let board = args.board;
    println!("synthesising for {}: this takes a minute or two", board.name());
    let report = place(&bin, board)?;
    println!(
        "{} logic cells, {} multipliers, {}; {:.2} MHz, clocked at {} MHz",
        report.luts, report.dsps, report.ram, report.fmax, report.clock
    );
    if report.fmax < report.clock {
        bail!("too slow for its clock: {:.2} of {} MHz", report.fmax, report.clock);
    }
    let folder = report.placed.parent().context("a placed design lies in a folder")?;
    let (tool, extension) = match board {
        Board::PicoIce | Board::Icebreaker => ("yowasp-icepack", "bin"),
        Board::Ulx3s => ("yowasp-ecppack", "bit"),
    };
    let file = format!("{}.{extension}", board.name());
    let (succeeded, text) = tools::said(tools::program(&bin, tool, folder).args(["design.placed", &file]))?;
    if !succeeded {
        bail!("{tool} failed: {text}");
    }
    let path = folder.join(&file);
    println!("wrote {} ({} bytes)", path.display(), std::fs::metadata(&path)?.len());
    match board {
        Board::PicoIce => println!(
            "flash the FPGA:  dfu-util -a 0 -D {}   (with the board's own firmware on the RP2040)",
            path.display()
        ),
        Board::Icebreaker => println!("flash it:  iceprog {}", path.display()),
        Board::Ulx3s => println!("flash it:  openFPGALoader -b ulx3s {}", path.display()),
    }
    Ok(())
}
