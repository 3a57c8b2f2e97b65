//! Labs: how well agents share a run, what crosses the network, and what a lab of 10,000 agents would take.

mod model;
mod tap;
mod trial;

use anyhow::{Context, Result, bail};
use model::Model;
use tap::Kind;
use trial::{Measured, Trial};

/// The time of a unit, about that of a pair on a micro:bit with a small network. Two cores show many such
/// boards, since they only wait.
const DELAY_MS: u32 = 10;
/// Units of each of eight agents in a generation: what two cores evaluate meanwhile is little beside the
/// delay.
const EACH: u32 = 64;
/// The numbers of agents that are measured.
const AGENTS: [u32; 4] = [1, 2, 4, 8];
/// The model is checked beyond what it was made of. Two cores are full with 64.
const CHECKED: [u32; 2] = [16, 32];
/// Generations that are measured, after the first ones.
const GENERATIONS: u32 = 8;
/// The same where CPU times are measured, which are counted in hundredths of a second.
const MANY: u32 = 32;

/// A lab of so many agents: once for the times, and once for the messages, since counting takes time.
pub(super) struct Point {
    agents: u32,
    quiet: Measured,
    tapped: Measured,
}

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
    println!("A unit takes {DELAY_MS} ms on each agent's only board.\n");
    shared()?;
    let mut points = Vec::new();
    for agents in AGENTS.into_iter().chain(CHECKED) {
        points.push(point(agents)?);
    }
    costs(&points);
    bytes(&points);
    Model::of(&points, AGENTS.len()).print(&points);
    Ok(())
}

/// A lab whose agents have `EACH` units each.
fn growing(agents: u32, tapped: bool) -> Result<Measured> {
    let generations = if tapped { GENERATIONS } else { MANY };
    Trial { agents, units: EACH * agents, generations, tapped }.measure()
}

fn point(agents: u32) -> Result<Point> {
    let (quiet, tapped) = (growing(agents, false)?, growing(agents, true)?);
    Ok(Point { agents, quiet, tapped })
}

/// Prints how well agents share one run.
fn shared() -> Result<()> {
    let units = EACH * 8;
    let trial = |agents| Trial { agents, units, generations: GENERATIONS, tapped: false };
    println!("One generation of {units} pairs, shared, over {GENERATIONS} generations:\n");
    println!("| agents | a generation | units/s | efficiency | beside one agent | weights |");
    println!("|---|---|---|---|---|---|");
    let (mut hashes, mut one) = (Vec::new(), 0.0);
    for agents in AGENTS {
        let measured = trial(agents).measure()?;
        let ideal = f64::from(units * DELAY_MS) / 1e3 / f64::from(agents);
        if agents == 1 {
            one = measured.seconds;
        }
        println!(
            "| {agents} | {:.3} s | {:.1} | {:.1} % | {:.1} % | {} |",
            measured.seconds,
            f64::from(units) / measured.seconds,
            100.0 * ideal / measured.seconds,
            100.0 * one / f64::from(agents) / measured.seconds,
            &measured.weights[..8]
        );
        hashes.push(measured.weights);
    }
    let alone = trial(1).alone()?;
    println!("| `--boards sim:1` | | | | | {} |", &alone[..8]);
    hashes.push(alone);
    if hashes.iter().any(|hash| *hash != hashes[0]) {
        bail!("the weights differ: {hashes:?}");
    }
    Ok(())
}

/// Prints what the coordinator and the server compute in a generation.
fn costs(points: &[Point]) {
    println!("\n{EACH} pairs an agent, over {MANY} generations; messages are counted over {GENERATIONS}:\n");
    println!(
        "| agents | a generation | requests | coordinator's CPU | a request | messages | server's CPU | a message |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for Point { agents, quiet, tapped } in points {
        let messages = tapped.counts.sum(&Kind::ALL).messages;
        println!(
            "| {agents} | {:.3} s | {:.0} | {:.2} ms | {:.0} µs | {messages:.0} | {:.2} ms | {:.0} µs |",
            quiet.seconds,
            quiet.journal.requests,
            1e3 * quiet.coordinator,
            1e6 * quiet.coordinator / quiet.journal.requests,
            1e3 * quiet.server,
            1e6 * quiet.server / messages
        );
    }
}

/// Prints what crosses the network, for an agent and a generation, beside the entropy of what it brings.
fn bytes(points: &[Point]) {
    for (title, kinds, whose) in [
        ("From an agent", &Kind::FROM_AGENTS[..], "its own scores"),
        ("To an agent", &Kind::TO_AGENTS[..], "all scores"),
    ] {
        println!("\n{title}, bytes in a generation:\n");
        let names: Vec<&str> = kinds.iter().map(|kind| kind.name()).collect();
        println!(
            "| agents | {} | all | of that payload | entropy of {whose} | packed | all : entropy |",
            names.join(" | ")
        );
        println!("|---|{}---|---|---|---|---|", "---|".repeat(kinds.len()));
        for Point { agents, tapped, .. } in points {
            let n = f64::from(*agents);
            let parts: Vec<String> =
                kinds.iter().map(|&kind| format!("{:.0}", tapped.counts.of(kind).bytes / n)).collect();
            let sum = tapped.counts.sum(kinds);
            let of = if kinds.contains(&Kind::Scores) { n } else { 1.0 };
            let (entropy, packed) = (tapped.journal.entropy / of, tapped.journal.packed / of);
            println!(
                "| {agents} | {} | {:.0} | {:.0} | {entropy:.0} | {packed:.0} | {:.1} |",
                parts.join(" | "),
                sum.bytes / n,
                sum.payload / n,
                sum.bytes / n / entropy
            );
        }
    }
}
