//! `cargo xtask bitstream`: a placed and timed bitstream.

use super::synthesis::{Board, place};
use super::tools;
use anyhow::{Context, Result, bail};

/// Build the FPGA unit for a board
///
/// Synthesises, places, routes and times the unit with its SPI front end, writes the bitstream, and prints
/// the commands that load it and flash it. Fails where the design is slower than the board's clock may come
/// to. Not run on hardware.
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
        "{} logic cells, {} multipliers, {}; {:.2} MHz, clocked at {:.1} MHz at most",
        report.luts, report.dsps, report.ram, report.fmax, report.clock
    );
    if report.fmax < report.clock {
        bail!("too slow for its clock, which may be {:.1} MHz: {:.2} MHz", report.clock, report.fmax);
    }
    let folder = report.placed.parent().context("a placed design lies in a folder")?;
    let (tool, extension) = match board {
        Board::PicoIce | Board::Icebreaker => ("yowasp-icepack", "bin"),
        _ => ("yowasp-ecppack", "bit"),
    };
    let file = format!("{}.{extension}", board.name());
    let (succeeded, text) = tools::said(tools::program(&bin, tool, folder).args(["design.placed", &file]))?;
    if !succeeded {
        bail!("{tool} failed: {text}");
    }
    let path = folder.join(&file);
    println!("wrote {} ({} bytes)", path.display(), std::fs::metadata(&path)?.len());
    let path = path.display();
    match board {
        Board::PicoIce => println!(
            "write its flash:  dfu-util -a 0 -D {path}   (with the board's own firmware on the RP2040; then \
             `cargo xtask flash pico --fpga`)"
        ),
        Board::Icebreaker => {
            println!("write its flash:  iceprog {path}\nload it until power goes:  iceprog -S {path}")
        }
        _ => println!(
            "write its flash:  openFPGALoader -b ulx3s -f {path}   (or fujprog -j flash {path})\n\
             load it until power goes:  openFPGALoader -b ulx3s {path}   (or fujprog {path})"
        ),
    }
    Ok(())
}
