//! What convolutions, pools and dense layers cost on the emulated M4, beside CMSIS-NN, and on the M0+.

use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::M0_PLUS;
use anyhow::{Context, Result, ensure};

/// Instructions a product of CMSIS-NN (revision 99f736a, July 2026) on a Cortex-M4: gcc 12.2.1 -O3, and the
/// least over other options and clang 19; pools by input. Counted by the same recipe, unperturbed. Then the
/// bytes of its scratch buffer.
const CMSIS_NN: [(&str, f64, Option<f64>, u32); 15] = [
    ("conv 49x10x1 -> 64, 10x4, stride 2", 3.46, Some(3.30), 160),
    ("conv 32x32x3 -> 16, 3x3", 4.77, Some(4.54), 112),
    ("conv 32x32x16 -> 16, 3x3", 2.32, Some(2.06), 576),
    ("conv 28x28x1 -> 8, 3x3, stride 2", 14.00, Some(13.37), 48),
    ("conv 14x14x8 -> 16, 3x3, stride 2", 2.90, Some(2.73), 288),
    ("pointwise 25x5x64 -> 64", 2.05, Some(1.99), 0),
    ("pointwise 48x48x8 -> 16", 6.66, Some(6.13), 0),
    ("depthwise 25x5x64, 3x3", 8.10, Some(7.34), 0),
    ("depthwise 48x48x8, 3x3", 9.64, Some(8.75), 0),
    ("1-D 128x6 -> 16, 5 taps", 4.13, Some(3.90), 128),
    ("dense 64 -> 32", 2.71, Some(2.62), 0),
    ("dense 256 -> 256", 2.07, Some(2.02), 0),
    ("dense 640 -> 128", 1.95, Some(1.90), 0),
    ("average pool 25x5x64, global", 6.4, None, 256),
    ("max pool 28x28x8, 2x2", 13.2, None, 0),
];
/// What a pair of rank 1 may cost beside the base model, in %, from 64 outputs and a window of 256 on.
const GOAL: f64 = 5.0;

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let weights: Vec<u8> = super::cores::weights().take(0x1_6000).collect();
    let found = Counter::build(Measured::Dsp)?.run("convolution", &weights)?.intervals;
    let small = Counter::build(Measured::Plus)?.run("convolution", &weights)?.intervals;
    let of = |name: &str| found.iter().find(|interval| interval.name == name);
    let on_small = |name: &str| small.iter().find(|interval| interval.name == name);
    let each = |interval: &Interval| interval.counts.instructions as f64 / interval.units as f64;
    println!(
        "Layers on the emulated Cortex-M4 and M0+, instructions a product (of a pool: an input), padding counted; all that \
         a pass does is in it: window, products, scaling, bias, ReLU. A pair: both its members at rank 1, noise included. \
         Scratch: bytes beside input, output and weights.\n\n\
         | layer | M4, instructions | CMSIS-NN | its best | a pair, beside the base model | scratch | CMSIS-NN | M0+, \
         instructions | cycles |\n\
         |---|---|---|---|---|---|---|---|---|"
    );
    let mut slower = 0;
    for interval in found.iter().filter(|interval| !is_beside(&interval.name)) {
        let theirs = CMSIS_NN.iter().find(|(name, ..)| *name == interval.name);
        let plain = each(interval);
        let pair = of(&format!("{}, pair", interval.name));
        let shown = |number: Option<f64>| number.map_or_else(String::new, |number| format!("{number:.2}"));
        let beside =
            pair.map_or_else(String::new, |pair| format!("{:+.1} %", 100.0 * (each(pair) / plain - 1.0)));
        let small = on_small(&interval.name).context("a layer was not measured on the M0+")?;
        println!(
            "| {} | {plain:.2} | {} | {} | {beside} | {} | {} | {:.2} | {:.2} |",
            interval.name,
            shown(theirs.map(|theirs| theirs.1)),
            shown(theirs.and_then(|theirs| theirs.2)),
            of(&format!("{}, scratch", interval.name)).map_or(0, |scratch| scratch.units),
            theirs.map_or_else(String::new, |theirs| theirs.3.to_string()),
            each(small),
            M0_PLUS.cycles(small.counts) as f64 / small.units as f64,
        );
        slower += usize::from(theirs.is_some_and(|theirs| plain > theirs.1));
    }
    ensure!(CMSIS_NN.iter().all(|(name, ..)| of(name).is_some()), "a layer was not measured");
    println!(
        "\nSlower than CMSIS-NN: {slower} of {}. Goal of a pair from 64 outputs and a window of 256 on: {GOAL} %.",
        CMSIS_NN.len()
    );
    Ok(())
}

/// Whether an interval is of a layer that has one of its own.
fn is_beside(name: &str) -> bool {
    name.ends_with(", pair") || name.ends_with(", scratch")
}
