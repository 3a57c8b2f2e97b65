//! The FPGA's unit: cycles of passes in simulation, its size and clock after place and route, and the same
//! products on emulated cores.

use crate::cores::counter::{Counter, Measured};
use crate::cores::thumb::{M0, M0_PLUS};
use crate::hdl::{Board, Report, place, tools};
use crate::process;
use anyhow::{Context, Result};

/// A pass at full speed.
struct Pass {
    lanes: u32,
    name: String,
    cycles: u64,
    working: u64,
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let passes = passes()?;
    let boards = boards()?;
    print_cycles(&passes);
    print_boards(&passes, &boards);
    print_cores()
}

fn passes() -> Result<Vec<Pass>> {
    let mut command = process::cargo();
    command.args(["run", "--quiet", "--release", "--package", "eggroll-hdl", "--example", "cycles"]);
    let text =
        process::output(&mut command).context("the simulation does not run: is Verilator installed?")?;
    let pass = |line: &str| {
        let mut parts = line.split('|');
        Some(Pass {
            lanes: parts.next()?.parse().ok()?,
            name: parts.next()?.to_owned(),
            cycles: parts.next()?.parse().ok()?,
            working: parts.next()?.parse().ok()?,
        })
    };
    Ok(text.lines().filter_map(pass).collect())
}

fn boards() -> Result<Vec<(Board, Report)>> {
    let Some(bin) = tools::synthesis() else {
        println!("skipped: place and route, as Yosys or nextpnr is not installed\n");
        return Ok(Vec::new());
    };
    [Board::PicoIce, Board::Ulx3s45F].into_iter().map(|board| Ok((board, place(&bin, board)?))).collect()
}

fn find<'a>(passes: &'a [Pass], lanes: u32, name: &str) -> Option<&'a Pass> {
    passes.iter().find(|pass| pass.lanes == lanes && pass.name == name)
}

fn print_cycles(passes: &[Pass]) {
    println!(
        "Cycles from the first word of x to the last output, every stream at full speed (simulated RTL; outputs equal the \
         kernels').\n\n| lanes | pass | cycles | lanes at work | beside plain |\n|---|---|---|---|---|"
    );
    for pass in passes {
        let size = pass.name.split(' ').next().unwrap_or_default();
        let plain =
            find(passes, pass.lanes, &format!("{size} plain")).map_or(pass.cycles, |plain| plain.cycles);
        println!(
            "| {} | {} | {} | {:.1} % | {:.3} |",
            pass.lanes,
            pass.name,
            pass.cycles,
            100.0 * pass.working as f64 / pass.cycles as f64,
            pass.cycles as f64 / plain as f64
        );
    }
    println!();
    for lanes in [8, 32] {
        let cycles =
            |name: &str| find(passes, lanes, &format!("256x256 {name}")).map(|pass| pass.cycles as f64);
        let (Some(plain), Some(one), Some(twins), Some(eight)) =
            (cycles("plain"), cycles("rank 1"), cycles("rank 1, both twins"), cycles("rank 1, 4 pairs"))
        else {
            continue;
        };
        let work = 65_536.0 / f64::from(lanes);
        let verdict = |met: bool| if met { "met" } else { "missed" };
        println!(
            "Goals at 256x256, {lanes} lanes: {:.1} % of 95 % at work ({}), rank 1 {:+.2} % of 2 % ({}), twins {:.3} of 1.1 \
             ({}), eight members {:.3} of 1.5 ({}).",
            100.0 * work / plain,
            verdict(work / plain >= 0.95),
            100.0 * (one / plain - 1.0),
            verdict(one <= 1.02 * plain),
            twins / one,
            verdict(twins <= 1.1 * one),
            eight / one,
            verdict(eight <= 1.5 * one)
        );
    }
}

fn print_boards(passes: &[Pass], boards: &[(Board, Report)]) {
    println!(
        "\nAfter place and route, SPI front end included; MAC/s at that clock, 256x256 with rank 1.\n\n\
         | board | lanes | logic cells | multipliers | memories | MHz | goal | MAC/s | MAC/s per cell |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    for (board, report) in boards {
        let goal = if board.lanes() == 8 { 30.0 } else { 100.0 };
        let rate = find(passes, board.lanes(), "256x256 rank 1")
            .map_or(f64::NAN, |pass| 65_536.0 / pass.cycles as f64 * report.fmax * 1e6);
        println!(
            "| {} | {} | {} | {} | {} | {:.2} | {goal} ({}) | {:.0} M | {:.0} k |",
            board.name(),
            board.lanes(),
            report.luts,
            report.dsps,
            report.ram,
            report.fmax,
            if report.fmax >= goal { "met" } else { "missed" },
            rate / 1e6,
            rate / f64::from(report.lut_count) / 1e3
        );
    }
}

/// The same products on the cores that the emulator counts.
fn print_cores() -> Result<()> {
    let weights: Vec<u8> =
        (0..1u32 << 16).map(|i| (i.wrapping_mul(2_654_435_761) >> 24) as u8 % 255).collect();
    let weights: Vec<u8> = weights.into_iter().map(|w| w.wrapping_sub(127)).collect();
    let small = Counter::build(Measured::Small)?.run("kernels", &weights)?.intervals;
    let dsp = Counter::build(Measured::Dsp)?.run("kernels", &weights)?.intervals;
    println!(
        "\nThe same products on a core, counted in the emulator.\n\n\
         | product | Cortex-M0, cycles | Cortex-M0+, cycles | Cortex-M4, instructions |\n|---|---|---|---|"
    );
    for (small, dsp) in small.iter().zip(&dsp) {
        let Some(size) = ["64x64", "256x256"].into_iter().find(|size| small.name.starts_with(size)) else {
            continue;
        };
        let side: u64 = size.split('x').next().and_then(|side| side.parse().ok()).unwrap_or(0);
        let whole = |amount: u64, units: u64| amount as f64 / units as f64 * (side * side) as f64;
        println!(
            "| {} | {:.0} | {:.0} | {:.0} |",
            small.name,
            whole(M0.cycles(small.counts), small.units),
            whole(M0_PLUS.cycles(small.counts), small.units),
            whole(dsp.counts.instructions, dsp.units)
        );
    }
    Ok(())
}
