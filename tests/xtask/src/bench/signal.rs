//! What features of signals cost on emulated cores.

use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::rv32::{self, IBEX};
use crate::cores::signal::{self, BlocksOf, Case, Recipe};
use crate::cores::thumb::{Core, M0, M0_PLUS, M4};
use anyhow::{Result, ensure};

/// What is counted.
struct Work {
    name: &'static str,
    recipe: Recipe,
    /// The moments that are counted: the first one, and how many.
    counted: (u32, u32),
    /// What is shown is a part of that.
    part: u64,
    /// The seconds of a hop.
    hop: Option<f64>,
}

/// Cores, with the clocks of chips that have them.
const CLOCKS: [(&str, f64); 4] =
    [("micro:bit, 16 MHz", 16e6), ("Pico, 125 MHz", 125e6), ("M4, 64 MHz", 64e6), ("RV32, 64 MHz", 64e6)];

fn works() -> [Work; 6] {
    let audio = signal::audio(16_000, 8_000);
    let of = |name, recipe, counted| Work { name, recipe, counted, part: 1, hop: None };
    let (bands, statistics) =
        (signal::of_blocks(BlocksOf::Bands(16)), signal::of_blocks(BlocksOf::Statistics));
    [
        Work { part: 32, ..of("a sample of 3 channels behind a high-pass", signal::filtered(), (64, 32)) },
        of("`stats` of 128 samples", statistics, (127, 1)),
        of("`bands:16` of 128 samples", bands, (127, 1)),
        of("`mfcc:10` of a frame of 480 samples", audio.clone(), (479, 1)),
        Work {
            hop: Some(0.64),
            ..of("`motion`: 3 channels at 100 Hz, a hop of 64 of 128", signal::motion(), (128, 64))
        },
        Work {
            hop: Some(0.5),
            ..of("`mfcc:10` at 16 kHz, a hop of 8,000 of 16,000", audio, (16_000, 8_000))
        },
    ]
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let works = works();
    let cases: Vec<_> =
        works.iter().map(|work| Case::counted(work.name, &work.recipe, work.counted)).collect();
    let small = counted(Measured::Small, &cases)?;
    let dsp = counted(Measured::Dsp, &cases)?;
    let rv32 = match Measured::Rv32.missing() {
        None => Some(counted(Measured::Rv32, &cases)?),
        Some(missing) => {
            println!("RV32 is left out: {missing}: run cargo xtask setup\n");
            None
        }
    };
    println!(
        "Features of signals, instructions and cycles; features equal this machine's.\n\n\
         | | M0 and M0+, instructions | M0, cycles | M0+, cycles | M4, instructions | M4, cycles | RV32, instructions | RV32, cycles | RAM, bytes |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    let mut hops = Vec::new();
    for (at, work) in works.iter().enumerate() {
        let found = [Some(&small[at]), Some(&small[at]), Some(&dsp[at]), rv32.as_ref().map(|rv32| &rv32[at])];
        let cycles = |core: usize| Some(CORES[core].cycles(found[core]?.counts));
        let shown =
            |value: Option<u64>| value.map_or_else(String::new, |value| (value / work.part).to_string());
        let instructions = |core: usize| shown(found[core].map(|interval| interval.counts.instructions));
        println!(
            "| {} | {} | {} | {} | {} | {} | {} | {} | {} |",
            work.name,
            instructions(0),
            shown(cycles(0)),
            shown(cycles(1)),
            instructions(2),
            shown(cycles(2)),
            instructions(3),
            shown(cycles(3)),
            work.recipe.memory()
        );
        if let Some(seconds) = work.hop {
            let share = |core: usize| {
                let took = cycles(core).map(|cycles| cycles as f64 / CLOCKS[core].1);
                took.map_or_else(String::new, |took| {
                    format!("{:.1} ms, {:.2} %", 1e3 * took, 100.0 * took / seconds)
                })
            };
            let cells: Vec<_> = (0..CORES.len()).map(share).collect();
            hops.push(format!("| {} | {seconds} s | {} |", work.name, cells.join(" | ")));
        }
    }
    let clocks = CLOCKS.map(|(name, _)| name).join(" | ");
    println!(
        "\nThe same beside the time of a hop, without wait states:\n\n| | hop | {clocks} |\n|---|---|---|---|---|---|"
    );
    hops.iter().for_each(|hop| println!("{hop}"));
    println!(
        "\nRAM: samples kept, frames, transform, filters and features; the stack and the bands' numbers, which are \
         constants, are apart.\n"
    );
    println!("{}\n{}", M4.weights(), rv32::weights());
    Ok(())
}

/// In the order of [`CLOCKS`].
const CORES: [Core; 4] = [M0, M0_PLUS, M4, IBEX];

/// Runs the cases, whose windows must be those of this machine.
fn counted(core: Measured, cases: &[Case]) -> Result<Vec<Interval>> {
    let counter = Counter::build(core)?;
    let mut intervals = Vec::new();
    for (cases, bytes) in signal::handed(cases)? {
        let outcome = counter.run("signal", &bytes)?;
        for (number, case) in cases.iter().enumerate() {
            for (window, checksum) in case.windows(number) {
                let found = outcome.said.get(&window);
                ensure!(found == Some(&checksum), "{}: {}: window {window}", core.name(), case.name);
            }
        }
        ensure!(outcome.intervals.len() == cases.len(), "{}: not all was counted", core.name());
        intervals.extend(outcome.intervals);
    }
    Ok(intervals)
}
