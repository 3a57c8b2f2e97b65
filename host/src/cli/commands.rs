//! The commands beside `train`.

use crate::accuracy::accuracy;
use crate::error::Error;
use crate::fleet::link::{self, Address};
use crate::fleet::{BoardEvaluator, Traffic};
use crate::run::{RunDirectory, export, read_weights};
use crate::train::{Experiment, rebuild};
use crate::update::sha256;
use indicatif::{HumanBytes, HumanCount};
use serde_json::json;
use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

/// `eval RUN`.
pub(super) fn eval(run: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let directory = RunDirectory::open(run)?;
    let experiment = Experiment::open(&directory)?;
    let weights = read_weights(&directory.weights(), &experiment.layout)?;
    let of = |samples| accuracy(&experiment.layout, &weights.values, &experiment.data, samples);
    let (test, validation) = (of(&experiment.split.test), of(experiment.watched()));
    let sha256 = sha256(&weights.values);
    if as_json {
        let object = json!({
            "run": run.display().to_string(),
            "generations": weights.generation,
            "test_accuracy": test,
            "validation_accuracy": validation,
            "weights_sha256": sha256,
        });
        println!("{object}");
    } else {
        let of = |part: Option<f64>, samples: usize| {
            part.map_or("none".to_owned(), |part| format!("{:.1} % of {samples} samples", 100.0 * part))
        };
        println!("held out    {}", of(test, experiment.split.test.len()));
        println!("validation  {}", of(validation, experiment.watched().len()));
        println!("generation  {}", weights.generation);
        println!("weights     {sha256}");
    }
    Ok(ExitCode::SUCCESS)
}

/// `replay RUN`.
pub(super) fn replay(run: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let directory = RunDirectory::open(run)?;
    let mut rebuilt = rebuild(&directory)?;
    let sha256 = rebuilt.replica.weights_sha256();
    let generation = rebuilt.replica.state().generation;
    if let Some(damage) = &rebuilt.damage {
        let why = format!(
            "damaged at byte {} ({} bytes from there); generations 1 to {generation} are whole and lead to {sha256}",
            damage.at, damage.lost
        );
        return Err(Error::Weights { path: directory.journal(), why });
    }
    let experiment = Experiment::open(&directory)?;
    let file = read_weights(&directory.weights(), &experiment.layout)?;
    // A run that was killed has a weights file of an earlier generation: nothing to compare with.
    let comparable = file.generation == generation;
    let equal = comparable.then(|| file.values == rebuilt.replica.weights());
    if equal == Some(false) {
        let why = format!("differs from generation {generation} of the journal, which leads to {sha256}");
        return Err(Error::Weights { path: directory.weights(), why });
    }
    if as_json {
        let object = json!({
            "run": run.display().to_string(),
            "generations": generation,
            "forward_passes": rebuilt.passes,
            "weights_sha256": sha256,
            "equal_to_weights_file": equal,
        });
        println!("{object}");
    } else {
        println!(
            "{} generations rebuilt from {} of journal, no member evaluated",
            HumanCount(u64::from(generation)),
            HumanBytes(rebuilt.whole)
        );
        println!("weights  {sha256}");
        match equal {
            Some(_) => println!("equal to weights.safetensors"),
            None => println!(
                "weights.safetensors is of generation {}: the run was killed after it was written",
                file.generation
            ),
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// `export RUN --out FILE`.
pub(super) fn export_run(run: &Path, out: &Path) -> Result<ExitCode, Error> {
    let directory = RunDirectory::open(run)?;
    let experiment = Experiment::open(&directory)?;
    let weights = read_weights(&directory.weights(), &experiment.layout)?;
    export(out, &experiment.layout, &experiment.config.model, &weights)?;
    println!(
        "{}: {} weights of {}, generation {}",
        out.display(),
        HumanCount(weights.values.len() as u64),
        experiment.config.model,
        weights.generation
    );
    println!("features: {}", experiment.data.scaling);
    Ok(ExitCode::SUCCESS)
}

/// `boards [ADDR ...]`.
pub(super) async fn boards(addresses: Vec<Address>) -> Result<ExitCode, Error> {
    let addresses = if addresses.is_empty() { vec![Address::default()] } else { addresses };
    println!(
        "{:<12} {:<10} {:<10} {:<9} {:>10} {:>10}  features",
        "address", "board", "core", "firmware", "arena", "frame"
    );
    for link in addresses.iter().flat_map(link::open) {
        let name = link.name.clone();
        let board = BoardEvaluator::connect(link, Arc::new(Traffic::default())).await?;
        let who = board.identity();
        let features = [("dsp", who.features.dsp), ("fpga", who.features.fpga), ("task", who.features.task)];
        let features: Vec<&str> = features.iter().filter(|(_, has)| *has).map(|(name, _)| *name).collect();
        println!(
            "{name:<12} {:<10} {:<10} {:<9} {:>10} {:>10}  {}",
            who.board,
            who.core,
            who.firmware,
            HumanBytes(who.arena).to_string(),
            HumanBytes(u64::from(who.largest_frame)).to_string(),
            if features.is_empty() { "-".to_owned() } else { features.join(" ") }
        );
    }
    Ok(ExitCode::SUCCESS)
}
