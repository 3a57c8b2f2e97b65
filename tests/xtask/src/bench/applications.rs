//! What a hop of the applications costs: driver, features, model and decision.

use crate::boards;
use crate::cores::counter::{Counter, Measured};
use crate::cores::thumb::{Core, M0, M0_PLUS, M4};
use anyhow::{Context, Result};

/// An application on a chip.
struct Chip {
    name: &'static str,
    measured: Measured,
    core: Core,
    hertz: f64,
}

/// The chip of `gesture`, and those of `keyword`.
const GESTURE: [Chip; 1] =
    [Chip { name: "micro:bit, M0, 16 MHz", measured: Measured::Small, core: M0, hertz: 16e6 }];
const KEYWORD: [Chip; 3] = [
    Chip { name: "Pico, M0+, 125 MHz", measured: Measured::Small, core: M0_PLUS, hertz: 125e6 },
    Chip { name: "MPS2, M4F, 25 MHz", measured: Measured::Dsp, core: M4, hertz: 25e6 },
    Chip { name: "M4F, 64 MHz", measured: Measured::Dsp, core: M4, hertz: 64e6 },
];
/// Bytes ahead of the samples of a WAV file.
const HEADER: usize = 44;

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let folder = boards::folder().join("applications");
    let log = std::fs::read_to_string(folder.join("gesture/recording.csv"))?;
    let axes = log.lines().skip(1).flat_map(|line| line.split(',').take(3));
    let gestures = axes.map(|value| Ok(value.parse()?)).collect::<Result<Vec<i16>>>()?;
    let wav = std::fs::read(folder.join("keyword/recording.wav"))?;
    let words = wav.get(HEADER..).context("recording.wav is too short")?;
    let words: Vec<i16> = words.as_chunks().0.iter().map(|sample| i16::from_le_bytes(*sample)).collect();
    println!(
        "| application | chip | hop | instructions | cycles | time | of a hop |\n|---|---|---|---|---|---|---|"
    );
    rows("gesture", &GESTURE, &gestures, 0.64)?;
    rows("keyword", &KEYWORD, &words, 0.5)?;
    println!("\nThe longest of all hops of a recording; without wait states.");
    Ok(())
}

fn rows(application: &str, chips: &[Chip], samples: &[i16], hop: f64) -> Result<()> {
    let count = u16::try_from(samples.len())?.to_le_bytes();
    let handed: Vec<u8> =
        count.into_iter().chain(samples.iter().flat_map(|sample| sample.to_le_bytes())).collect();
    for Chip { name, measured, core, hertz } in chips {
        let intervals = Counter::build(*measured)?.run(&format!("{application}-replay"), &handed)?.intervals;
        let counts = intervals.iter().map(|interval| interval.counts);
        let counts = counts.max_by_key(|counts| core.cycles(*counts)).context("no hop was counted")?;
        let cycles = core.cycles(counts);
        let seconds = cycles as f64 / hertz;
        println!(
            "| `{application}` | {name} | {hop} s | {} | {cycles} | {:.1} ms | {:.2} % |",
            counts.instructions,
            1e3 * seconds,
            100.0 * seconds / hop
        );
    }
    Ok(())
}
