//! What broken links cost: the same run behind the fault injector, fault by fault.

use super::node;
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::train::Plan;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, digits};
use eggroll_host::fleet::link::faults::{Faults, Injection};
use eggroll_host::fleet::link::sim;
use eggroll_host::fleet::{Connector, Fleet, Patience, Traffic, Verifier};
use eggroll_host::run::{Config, DataFingerprint, DataName, Samples, Schedule, Source};
use eggroll_host::train::{CancellationToken, Experiment, Trainer};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

const GENERATIONS: u32 = 5000;
const BOARDS: u32 = 16;
/// Boards that are killed, and others that join instead, where a line says so.
const KILLED: u32 = 4;
/// Requests that a line must have.
const ENOUGH: u64 = 100_000;
/// Repeats come soon, or a line of lost frames would be all waiting.
const REPLY: Duration = Duration::from_millis(5);
const SEED: u32 = 7;
/// Chance that a frame is the last of a board that is to be killed.
const KILL: &str = "cut=0.001";
const LINES: [&str; 13] = [
    "drop=0.0001",
    "drop=0.001",
    "drop=0.01",
    "flip=0.0001",
    "flip=0.001",
    "flip=0.01",
    "dup=0.01",
    "dup=0.1",
    "delay=200us",
    "delay=1ms",
    "cut=0.0001",
    "cut=0.001",
    "drop=0.001,flip=0.001,dup=0.01,delay=200us,cut=0.0001",
];

struct Line {
    requests: u64,
    repeated: u64,
    resyncs: u64,
    faults: u64,
    lost: u64,
    seconds: f64,
    sha256: String,
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    println!(
        "{BOARDS} simulated boards behind the fault injector, {GENERATIONS} generations of 64-10 on the digits, one \
         in a\nhundred replies recomputed:\n"
    );
    println!(
        "| faults | frames hit | requests | repeated | resyncs | boards lost | time | time lost | same weights |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let calm = line("drop=0", false)?;
    print("none", &calm, &calm);
    ensure!(calm.faults == 0, "faults without faults");
    for faults in LINES {
        let killed = faults.contains(',');
        let line = line(faults, killed)?;
        ensure!(line.faults > 0, "{faults}: no frame was hit");
        let name = if killed {
            format!("{faults}; {KILLED} boards killed, {KILLED} added")
        } else {
            faults.to_owned()
        };
        print(&format!("`{name}`"), &line, &calm);
        ensure!(line.sha256 == calm.sha256, "{faults}: other weights");
        ensure!(line.requests >= ENOUGH, "{faults}: only {} requests", line.requests);
    }
    println!(
        "\nChances are a frame's, in both directions; a delay is uniform up to the time given, in steps of the\n\
         machine's timer (1 ms). A request is repeated after {} ms and twice the longest delay. A board that is cut\n\
         off comes back on a new link and without memory; one that is killed does not. Time lost: against the first\n\
         line, which has the injector and no faults.",
        REPLY.as_millis()
    );
    Ok(())
}

fn print(name: &str, line: &Line, calm: &Line) {
    println!(
        "| {name} | {} | {} | {} | {} | {} | {:.1} s | {:.1} s | {} |",
        line.faults,
        line.requests,
        line.repeated,
        line.resyncs,
        line.lost,
        line.seconds,
        line.seconds - calm.seconds,
        if line.sha256 == calm.sha256 { "yes" } else { "NO" },
    );
}

fn experiment() -> Result<Experiment> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let config = Config {
        version: Config::version(),
        seed: 1,
        source: Source::Samples(Samples {
            start: None,
            name: DataName::Digits,
            holdout: part(2000),
            validation: part(1000),
            balance: false,
            loss: None,
            quantile: None,
            reading: Default::default(),
            preprocessing: None,
            data: DataFingerprint::from(&data),
        }),
        model: "64-10".parse()?,
        generations: GENERATIONS,
        evaluate_every: GENERATIONS,
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(39_321),
        // Two slots a board: next to nothing beside the messages.
        estimator: node(2 * BOARDS, 2),
        saturation: false,
    };
    Ok(Experiment::new(config, data)?)
}

fn line(faults: &str, killed: bool) -> Result<Line> {
    let experiment = experiment()?;
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let arena = Plan::new(experiment.setup.run.clone(), true).map_err(fault)?.needs();
    let (setup, traffic) = (Arc::clone(&experiment.setup), Arc::new(Traffic::default()));
    let board = |number: u32, faults: Faults| {
        let open = move || sim(&format!("sim-{number}"), arena);
        let injection = Injection { reply: REPLY, ..Injection::new(faults, SEED) };
        Connector::new(open, &setup, &traffic).with_faults(injection, number)
    };
    let faults: Faults = faults.parse()?;
    let deadly = Faults { cut: KILL.parse::<Faults>()?.cut, ..faults };
    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let (summary, fleet) = runtime.block_on(async {
        let (mut boards, mut again, mut late) = (Vec::new(), Vec::new(), Vec::new());
        for number in 0..BOARDS {
            let dies = killed && number < KILLED;
            let mut board = board(number, if dies { deadly } else { faults });
            let (evaluator, severed) = board.connect().await?;
            boards.push(evaluator);
            if !dies {
                again.push((board, severed));
            }
        }
        for number in (BOARDS..BOARDS + KILLED).filter(|_| killed) {
            let mut board = board(number, faults);
            let (evaluator, severed) = board.connect().await?;
            late.push((evaluator, board, severed));
        }
        let mut fleet = Fleet::new(boards, Patience(Duration::from_secs(30)));
        fleet.verify(Verifier::new(&setup, "0.01".parse()?, None).map_err(fault)?);
        for (board, severed) in again {
            tokio::spawn(board.rejoin(severed, fleet.registry()));
        }
        let registry = fleet.registry();
        let trainer = Trainer::start(experiment, &folder.path().join("run"))?;
        let stop = CancellationToken::new();
        let summary = trainer.train(&mut fleet, None, &stop, |progress, _| {
            if progress.generation.is_multiple_of(GENERATIONS / (KILLED + 1))
                && let Some((evaluator, board, severed)) = late.pop()
            {
                let _ = registry.send(evaluator);
                tokio::spawn(board.rejoin(severed, registry.clone()));
            }
        });
        let summary = summary.await?;
        anyhow::Ok((summary, fleet))
    })?;
    let of = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let injected = &traffic.injected;
    let hit = [&injected.dropped, &injected.flipped, &injected.doubled, &injected.delayed, &injected.cut];
    Ok(Line {
        requests: of(&traffic.requests),
        repeated: of(&traffic.repeated),
        resyncs: of(&traffic.resyncs),
        faults: hit.into_iter().map(of).sum(),
        lost: fleet.counts().lost,
        seconds: summary.seconds,
        sha256: summary.weights_sha256,
    })
}
