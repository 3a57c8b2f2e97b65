//! What kernels cost on emulated cores.

use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::{Core, M0, M0_PLUS};
use anyhow::{Context, Result};

/// What the M4 is to reach at 256x256 with a perturbation of rank 1, in instructions per MAC.
const GOAL: f64 = 1.5;
/// What that perturbation may cost.
const GOAL_SHARE: f64 = 3.0;
/// CMSIS-NN 6.2 at 256x256, unperturbed, counted by the same recipe (`arm_nn_vec_mat_mult_t_s8`, gcc 12.2
/// -O3).
const CMSIS_NN: f64 = 2.07;
/// The inner loop of the M0's products by hand, for eight products: three words loaded, four bytes of an
/// input and of two weights extended (REV16 three times), multiplied and added, and half of the loop's end.
const BY_HAND: [(&str, u64); 5] = [
    ("3 LDM", 6),
    ("12 extensions", 12),
    ("3 REV16", 3),
    ("8 MULS and 8 ADD", 16),
    ("half of CMP and BNE", 2),
];

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let weights: Vec<u8> = weights().take(1 << 16).collect();
    let small = Counter::build(Measured::Small)?.run("kernels", &weights)?.intervals;
    let dsp = Counter::build(Measured::Dsp)?.run("kernels", &weights)?.intervals;
    println!(
        "Per MAC of a matrix times a vector, scaling and noise included; counted in the emulator.\n\n\
         | | Cortex-M4, instructions | beside plain | Cortex-M0, instructions | beside plain | M0, cycles | M0+, cycles |\n\
         |---|---|---|---|---|---|---|"
    );
    let mut plain = (0.0, 0.0);
    let instructions = |interval: &Interval| interval.counts.instructions as f64 / interval.units as f64;
    let cycles =
        |core: Core, interval: &Interval| core.cycles(interval.counts) as f64 / interval.units as f64;
    for (dsp, small) in dsp.iter().zip(&small) {
        let now = (instructions(dsp), instructions(small));
        if dsp.name.ends_with("plain") {
            plain = now;
        }
        // Signs are per sign, beside nothing.
        let beside = |now: f64, plain: f64| match now / plain {
            _ if dsp.name.ends_with("signs") => String::new(),
            share => format!("{:+.1} %", 100.0 * (share - 1.0)),
        };
        println!(
            "| {} | {:.3} | {} | {:.2} | {} | {:.2} | {:.2} |",
            dsp.name,
            now.0,
            beside(now.0, plain.0),
            now.1,
            beside(now.1, plain.1),
            cycles(M0, small),
            cycles(M0_PLUS, small)
        );
    }
    let named = |name: &str| dsp.iter().find(|interval| interval.name == name).context("not measured");
    let (plain, perturbed) = (instructions(named("256x256 plain")?), instructions(named("256x256 rank 1")?));
    let share = 100.0 * (perturbed / plain - 1.0);
    let verdict = |met: bool| if met { "met" } else { "missed" };
    println!(
        "\nGoals on the M4, 256x256, rank 1: {perturbed:.3} of {GOAL} instructions ({}); {share:.1} % of {GOAL_SHARE} % \
         for the perturbation ({}).\nCMSIS-NN, unperturbed: {CMSIS_NN}.",
        verdict(perturbed <= GOAL),
        verdict(share <= GOAL_SHARE)
    );
    let hand: u64 = BY_HAND.iter().map(|(_, cycles)| cycles).sum();
    let parts: Vec<String> = BY_HAND.iter().map(|(what, cycles)| format!("{what} {cycles}")).collect();
    println!(
        "M0 by hand: {} = {hand} cycles for 8 products, {:.2} a MAC.",
        parts.join(", "),
        hand as f64 / 8.0
    );
    println!("\nCycles, without wait states.\n{}\n{}", M0.weights(), M0_PLUS.weights());
    Ok(())
}

/// Prints what the same takes on every core, in instructions: what some of them do in a cycle is documented
/// by nobody.
pub(super) fn all() -> Result<()> {
    let cores = [[Measured::Small, Measured::Dsp].as_slice(), &Measured::KERNELS, &[Measured::Rv32]].concat();
    let weights: Vec<u8> = weights().take(1 << 16).collect();
    let found = cores.iter().map(|&core| Ok(Counter::build(core)?.run("kernels", &weights)?.intervals));
    let found: Vec<Vec<Interval>> = found.collect::<Result<_>>()?;
    let names: Vec<&str> = cores.iter().map(|core| core.name()).collect();
    println!(
        "\nInstructions per MAC, on every core.\n\n| | {} |\n|---|{}",
        names.join(" | "),
        "---|".repeat(names.len())
    );
    for (row, first) in found.first().into_iter().flatten().enumerate() {
        let counts = found.iter().filter_map(|intervals| intervals.get(row));
        let counts =
            counts.map(|found| format!("{:.2}", found.counts.instructions as f64 / found.units as f64));
        println!("| {} | {} |", first.name, counts.collect::<Vec<_>>().join(" | "));
    }
    Ok(())
}

/// Random weights: xorshift, -127 to 127.
pub(super) fn weights() -> impl Iterator<Item = u8> {
    let mut state = 0x2545_F491u32;
    std::iter::repeat_with(move || {
        state ^= state << 13;
        state ^= state >> 17;
        state ^= state << 5;
        ((state >> 16) % 255).wrapping_sub(127) as u8
    })
}
