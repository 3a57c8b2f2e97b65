//! Reads a run from its directory: what it was started with, how it went, and what it came to.
//!
//! `cargo run --release --package eggroll-host --example read_run -- DIRECTORY`; without one it trains a
//! short run first.

use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_host::evaluate::Cpu;
use eggroll_host::fleet::{Fleet, Patience};
use eggroll_host::run::{Preset, RunDirectory, read_weights_of};
use eggroll_host::train::{CancellationToken, Experiment, Trainer, rebuild};
use eggroll_host::update::sha256;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// Leaves a run of 30 generations in a directory.
async fn train(folder: &Path) -> Result<(), Box<dyn Error>> {
    let settings = Preset { generations: 30, ..Preset::of(EnvironmentKind::CartPole) };
    let experiment = Experiment::load(settings.config(1)?)?;
    let cores = Arc::new(Cpu::new(&experiment.setup)?);
    let mut fleet = Fleet::new(vec![cores], Patience(Duration::from_secs(60)));
    Trainer::start(experiment, folder)?.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await?;
    Ok(())
}

fn read(folder: &Path) -> Result<(), Box<dyn Error>> {
    let directory = RunDirectory::open(folder)?;
    // The journal says what the run was started with; config.toml is for people.
    let (config, identity) = directory.started_as()?;
    println!("{}", config.title());
    for row in directory.metrics_rows(identity, config.source.measure()).iter().step_by(10) {
        println!("  generation {:4}: {}", row.generation, row.validation);
    }
    // The weights, and the same rebuilt from the scores in the journal alone.
    let mut rebuilt = rebuild(&directory)?;
    let program = &rebuilt.experiment.program;
    let weights = read_weights_of(&directory.weights(), program, identity.ok_or("the journal is damaged")?)?;
    let (held_out, watched) = rebuilt.experiment.scores(&weights.values);
    println!("  generation {:4}: {watched}, held out {}", weights.generation, held_out.unwrap_or_default());
    println!("  weights {}", sha256(&weights.values));
    assert_eq!(sha256(&weights.values), rebuilt.replica.weights_sha256(), "the journal leads to the weights");
    Ok(())
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    match std::env::args_os().nth(1) {
        Some(folder) => read(&PathBuf::from(folder)),
        None => {
            let folder = tempfile::tempdir()?;
            let run = folder.path().join("run");
            train(&run).await?;
            read(&run)
        }
    }
}
