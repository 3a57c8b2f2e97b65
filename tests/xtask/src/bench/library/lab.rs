//! Labs: how well agents share a run, what crosses the network, and what a lab of 10,000 agents would take.

mod model;
mod trial;

use anyhow::{Context, Result, bail};
use model::Model;
use trial::{Measured, Trial};

/// The time of a unit, about that of a pair on a micro:bit with a small network. Two cores show many such
/// boards, since they only wait.
const DELAY_MS: u32 = 10;
/// Units of each of eight agents in a generation: what two cores evaluate meanwhile is little beside the
/// delay.
const EACH: u32 = 64;
/// The numbers of agents that are measured.
const AGENTS: [u32; 4] = [1, 2, 4, 8];
/// The model is checked beyond what it was made of.
const CHECKED: u32 = 16;
/// Generations that are measured, after the first ones.
const GENERATIONS: u32 = 8;

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let built = crate::process::run(crate::process::cargo().args([
        "build",
        "--quiet",
        "--profile=measure",
        "--package=eggroll-cli",
        "--features=nats",
    ]));
    built.context("the program could not be built")?;
    println!(
        "A unit takes {DELAY_MS} ms on each agent's only board; {GENERATIONS} generations behind the first 3.\n"
    );
    println!("One generation of {} pairs, shared:\n", EACH * 8);
    println!("| agents | a generation | units/s | efficiency | weights |\n|---|---|---|---|---|");
    let mut hashes = Vec::new();
    for agents in AGENTS {
        let measured = Trial { agents, units: EACH * 8, generations: GENERATIONS }.measure(DELAY_MS)?;
        let ideal = f64::from(EACH * 8 * DELAY_MS) / 1e3 / f64::from(agents);
        println!(
            "| {agents} | {:.3} s | {:.1} | {:.1} % | {} |",
            measured.seconds,
            f64::from(EACH * 8) / measured.seconds,
            100.0 * ideal / measured.seconds,
            &measured.weights[..8]
        );
        hashes.push(measured.weights);
    }
    if hashes.iter().any(|hash| *hash != hashes[0]) {
        bail!("the weights differ: {hashes:?}");
    }
    println!("\n{EACH} pairs an agent:\n");
    println!(
        "| agents | a generation | coordinator's CPU | server's CPU | from an agent | to an agent | scores packed | entropy |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    let mut all = Vec::new();
    for agents in AGENTS {
        let measured = Trial { agents, units: EACH * agents, generations: GENERATIONS }.measure(DELAY_MS)?;
        row(agents, &measured);
        all.push((agents, measured));
    }
    let model = Model::of(&all);
    let beyond =
        Trial { agents: CHECKED, units: EACH * CHECKED, generations: GENERATIONS }.measure(DELAY_MS)?;
    row(CHECKED, &beyond);
    all.push((CHECKED, beyond));
    model.print(&all, EACH, DELAY_MS);
    Ok(())
}

fn row(agents: u32, measured: &Measured) {
    println!(
        "| {agents} | {:.3} s | {:.2} ms | {:.2} ms | {:.0} B | {:.0} B | {:.0} B | {:.0} B |",
        measured.seconds,
        1e3 * measured.coordinator,
        1e3 * measured.server,
        measured.from_agent,
        measured.to_agent,
        measured.packed,
        measured.entropy
    );
}
