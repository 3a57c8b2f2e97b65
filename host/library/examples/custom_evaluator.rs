//! Trains with an evaluator of one's own beside the host's cores, and shows that it makes no difference to
//! the weights.
//!
//! An evaluator gets the weights of a generation and a range of units, and gives their scores. What stands
//! behind it is its own business: a cluster, another kind of accelerator, or, here, the firmware's learner on
//! one thread.
//!
//! `cargo run --release --package eggroll-host --example custom_evaluator`

use async_trait::async_trait;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_host::evaluate::{Cpu, Evaluator, Lost, ReferenceEvaluator};
use eggroll_host::fleet::{Fleet, Patience};
use eggroll_host::run::Preset;
use eggroll_host::train::{CancellationToken, Experiment, Summary, Trainer};
use eggroll_host::update::Generation;
use std::error::Error;
use std::ops::Range;
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// Evaluates one unit after another.
struct OneByOne {
    units: u32,
    learner: Arc<Mutex<ReferenceEvaluator>>,
}

#[async_trait]
impl Evaluator for OneByOne {
    fn name(&self) -> &str {
        "one by one"
    }

    fn most_units(&self) -> u32 {
        self.units
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let (learner, generation) = (Arc::clone(&self.learner), generation.clone());
        let scored = tokio::task::spawn_blocking(move || {
            let mut learner = learner.lock().unwrap_or_else(PoisonError::into_inner);
            learner.scores(generation.number, &generation.weights, &generation.feed, units)
        });
        // An evaluator that cannot give scores is lost: others get its units.
        let lost = |reason: String| Lost { name: self.name().to_owned(), reason };
        let scores = scored.await.map_err(|error| lost(error.to_string()))?;
        scores.map_err(|error| lost(error.to_string()))
    }
}

/// A run of 30 generations in a directory, by whatever evaluators there are.
async fn train(folder: &Path, evaluators: &[Arc<dyn Evaluator>]) -> Result<Summary, Box<dyn Error>> {
    let experiment = Experiment::load(settings().config(1)?)?;
    let mut fleet = Fleet::new(evaluators.to_vec(), Patience(Duration::from_secs(60)));
    let trainer = Trainer::start(experiment, folder)?;
    let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await?;
    for share in fleet.shares() {
        println!("  {}: {} units", share.name, share.units);
    }
    Ok(summary)
}

/// A pole on a cart, for a while.
fn settings() -> Preset {
    Preset { generations: 30, ..Preset::of(EnvironmentKind::CartPole) }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let folder = tempfile::tempdir()?;
    let setup = Experiment::load(settings().config(1)?)?.setup;
    let cores: Arc<dyn Evaluator> = Arc::new(Cpu::new(&setup)?);
    let learner = Arc::new(Mutex::new(ReferenceEvaluator::new(&setup)?));
    let own: Arc<dyn Evaluator> = Arc::new(OneByOne { units: setup.run.estimator.units(), learner });
    println!("the host's cores alone:");
    let alone = train(&folder.path().join("alone"), &[Arc::clone(&cores)]).await?;
    println!("beside an evaluator of one's own:");
    let beside = train(&folder.path().join("beside"), &[cores, own]).await?;
    println!("mean return {}, weights {}", beside.figures.validation, beside.weights_sha256);
    assert_eq!(alone.weights_sha256, beside.weights_sha256, "whoever evaluates, the weights are the same");
    Ok(())
}
