//! What a model on a signal has beside: the numbers of its plan, the calls that take samples, and the firmware's
//! own files, which compute the features.

use super::super::stream::Stream;
use super::super::text::numbers;
use super::names::names;
use eggroll_firmware::signal::{Block, SOURCES};
use std::fmt::Write;

const SIGNAL: &str = include_str!("signal.rs.txt");
const DECISION: &str = include_str!("decision.rs.txt");
const TEST_RECORDING: &str = include_str!("test_recording.rs.txt");

/// What a program of a signal does.
pub(super) const MAIN: &str = include_str!("signal_main.rs.txt");

/// What the module holds of the firmware's files beside the files.
const SHARED: &str = "pub use decision::{Decision, LONGEST_MAJORITY, Smoothing};
pub use extractor::{Extractor, Memory};
pub use filter::{Biquad, BiquadState};
pub use mel::MelBank;
pub use plan::{Block, MelFrames, Plan};
";

/// How the calls are used, as the module's documentation says it.
pub(super) fn example(stream: &Stream<'_>, decides: bool) -> String {
    let channels = stream.channels().len();
    let samples =
        if channels == 1 { "[sample]".to_owned() } else { format!("samples /* {channels} of them */") };
    let mut lines = vec!["let mut signal = model::Signal::new();".to_owned()];
    if decides {
        lines.push("let smoothing = model::Smoothing::Majority { windows: 5, least: 3 };".to_owned());
        lines.push(
            "let mut decision = model::Decision::new(smoothing, 0, 0, [0; model::OUTPUTS]);".to_owned(),
        );
        lines.push("// For each sample that comes:".to_owned());
        lines.push(format!(
            "let class = signal.push(&{samples}).and_then(|outputs| decision.push(&outputs));"
        ));
        lines.push("if let Some(class) = class { /* model::CLASS_NAMES[class] */ }".to_owned());
    } else {
        lines.push("// For each sample that comes:".to_owned());
        lines.push(format!("if let Some(outputs) = signal.push(&{samples}) {{ /* of signal.raw() */ }}"));
    }
    let lines: String = lines.iter().map(|line| format!("//! {line}\n")).collect();
    format!("//!\n//! ```ignore\n{lines}//! ```\n")
}

/// The sizes, and the tables of the plan.
pub(super) fn tables(stream: &Stream<'_>) -> String {
    let plan = stream.plan();
    let mut text = String::new();
    let mut constant = |doc: &str, declared: &str, value: usize| {
        let _ = writeln!(text, "/// {doc}\n{declared} = {value};");
    };
    constant("Channels of the signal.", "pub const CHANNELS: usize", plan.channels.into());
    constant("Samples of a window.", "pub const WINDOW: usize", plan.window as usize);
    constant("Samples from one window to the next.", "pub const HOP: usize", plan.hop as usize);
    constant(
        "Samples in a second; 0 where that is not known.",
        "pub const RATE: u32",
        stream.rate() as usize,
    );
    constant("Samples that are kept.", "const RING: usize", plan.ring());
    constant("What is kept of frames.", "const FRAMES: usize", plan.frames());
    constant("What a transform works in.", "const SCRATCH: usize", plan.scratch());
    constant("Filters of all channels.", "const STATES: usize", plan.states());
    let titles: Vec<String> = stream.channels().iter().map(|channel| channel.title()).collect();
    text +=
        &names("The names of the channels.", "CHANNEL_NAMES", "CHANNELS", titles.iter().map(String::as_str));
    text += "\n/// The samples of a channel are in units of 10^-places.\npub static CHANNEL_PLACES: [i8; CHANNELS] = [\n";
    text += &numbers(stream.channels().iter().map(|channel| channel.places), "    ");
    let _ = write!(text, "];\n\nstatic FILTERS: [signal::Biquad; {}] = [\n", plan.filters.len());
    for filter in plan.filters {
        let _ = writeln!(text, "    signal::Biquad {{ b: {:?}, a: {:?} }},", filter.b, filter.a);
    }
    text += "];\n";
    let mut blocks = String::new();
    let mut mels = 0;
    for block in plan.blocks {
        let block = match block {
            Block::Mel(mel) => {
                let at = mels;
                mels += 1;
                for (name, values) in [("STARTS", mel.bank.starts), ("RISING", mel.bank.rising)] {
                    let _ = writeln!(text, "\nstatic {name}_{at}: [u16; {}] = [", values.len());
                    text += &(numbers(values, "    ") + "];\n");
                }
                let (frame, step, coefficients) = (mel.frame, mel.step, mel.coefficients);
                format!(
                    "Mel(signal::MelFrames {{\n        frame: {frame},\n        step: {step},\n        bank: \
                     signal::MelBank {{ starts: &STARTS_{at}, rising: &RISING_{at} }},\n        coefficients: \
                     {coefficients},\n    }})"
                )
            }
            // Its other forms are written as they are.
            plain => format!("{plain:?}"),
        };
        let _ = writeln!(blocks, "    signal::Block::{block},");
    }
    let count = plan.blocks.len();
    let _ = write!(text, "\nstatic BLOCKS: [signal::Block<'static>; {count}] = [\n{blocks}];\n");
    let _ = write!(
        text,
        "\nstatic PLAN: signal::Plan<'static> = signal::Plan {{\n    channels: {},\n    window: {},\n    hop: {},\n    \
         filters: &FILTERS,\n    magnitude: {},\n    blocks: &BLOCKS,\n}};\n",
        plan.channels, plan.window, plan.hop, plan.magnitude
    );
    text
}

/// The calls.
pub(super) fn calls(stream: &Stream<'_>, decides: bool) -> String {
    let text = SIGNAL.replace("RAM_BYTES", &stream.memory().rust.to_string());
    if decides { text + DECISION } else { text }
}

/// The recording of the self test, behind what tests rows.
pub(super) fn self_test(stream: &Stream<'_>) -> String {
    let windows = stream.test_windows();
    let mut text = "\n/// The raw values of the windows of the recording.\n".to_owned();
    let _ = writeln!(text, "static TEST_WINDOWS: [[i32; INPUTS]; {}] = [", windows.len());
    for window in windows {
        let _ = write!(text, "    [\n{}    ],\n", numbers(window, "        "));
    }
    text + "];\n" + TEST_RECORDING
}

/// The firmware's files, one beside the other.
pub(super) fn arithmetic() -> String {
    let mut text = format!(
        "\n/// The arithmetic of signals: the files of eggroll's firmware as they are. A model uses a part of them.\n#[allow(unused_imports)]\npub mod signal {{\n{SHARED}"
    );
    for (name, file) in SOURCES {
        let _ = write!(text, "\nmod {name} {{\n{file}}}\n");
    }
    text + "}\n"
}
