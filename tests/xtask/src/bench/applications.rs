//! What a hop of the applications costs: driver, features, model and decision.

use crate::boards;
use crate::cores::counter::{Counter, Measured};
use crate::cores::thumb::{Core, M0, M0_PLUS, M4};
use anyhow::{Context, Result};

/// Chips of one kind of core: the core, and names with clocks.
type Chips = (Measured, Core, &'static [(&'static str, f64)]);

/// The chip of `gesture`, and those of `keyword`.
const GESTURE: [Chips; 1] = [(Measured::Small, M0, &[("micro:bit, M0, 16 MHz", 16e6)])];
const KEYWORD: [Chips; 2] = [
    (Measured::Small, M0_PLUS, &[("Pico, M0+, 125 MHz", 125e6)]),
    (Measured::Dsp, M4, &[("MPS2, M4F, 25 MHz", 25e6), ("M4F, 64 MHz", 64e6)]),
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

fn rows(application: &str, chips: &[Chips], samples: &[i16], hop: f64) -> Result<()> {
    let count = u16::try_from(samples.len())?.to_le_bytes();
    let handed: Vec<u8> =
        count.into_iter().chain(samples.iter().flat_map(|sample| sample.to_le_bytes())).collect();
    for (measured, core, chips) in chips {
        let intervals = Counter::build(*measured)?.run(&format!("{application}-replay"), &handed)?.intervals;
        let counts = intervals.iter().map(|interval| interval.counts);
        let counts = counts.max_by_key(|counts| core.cycles(*counts)).context("no hop was counted")?;
        let cycles = core.cycles(counts);
        for (name, hertz) in *chips {
            let seconds = cycles as f64 / hertz;
            println!(
                "| `{application}` | {name} | {hop} s | {} | {cycles} | {:.1} ms | {:.2} % |",
                counts.instructions,
                1e3 * seconds,
                100.0 * seconds / hop
            );
        }
    }
    Ok(())
}
