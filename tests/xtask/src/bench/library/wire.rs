//! Bytes on the wire beside the entropy of the scores that they carry.

use super::{node, weight};
use anyhow::{Result, anyhow};
use eggroll_firmware::train::{Estimator, Plan, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, digits};
use eggroll_host::evaluate::Evaluator;
use eggroll_host::fleet::link::{SIM_ARENA, sim};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect};
use eggroll_host::run::{Config, DataFingerprint, DataName, Samples, Schedule, Source};
use eggroll_host::train::{CancellationToken, Experiment, Trainer};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

const GENERATIONS: u32 = 300;

/// Prints the table.
pub(super) fn run() -> Result<()> {
    println!("\nOne board over its link, {GENERATIONS} generations of 64-64-10 on the digits:\n");
    println!(
        "| estimator | bytes a generation: to the board | from it | entropy of the scores | wall time a generation |"
    );
    println!("|---|---|---|---|---|");
    for (name, estimator) in [
        ("`node`, 4 slots x 8 members", node(4, 8)),
        ("`node`, 64 slots x 8 members", node(64, 8)),
        ("`weight`, 128 pairs x 16 samples, vote", weight(128, 16, 1, 1)),
        ("`weight`, 128 pairs x 16 samples, clip 127", weight(128, 16, 1, 127)),
    ] {
        row(name, estimator)?;
    }
    println!(
        "\nTo the board: the requests, and the scores of all units, from which it moves its own weights. Entropy: of\n\
         the values as independent draws from their own frequencies over the whole run, and of which slots were\n\
         skipped. Loading model, weights and samples is not counted in the bytes."
    );
    Ok(())
}

fn row(name: &str, estimator: Estimator) -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let vote = matches!(estimator, Estimator::Weight(weight) if weight.clip == 1);
    let (optimizer, schedule) = if vote {
        (Optimizer::Vote { reference_rank_scale: false }, Schedule::Alpha(169_408))
    } else {
        (Optimizer::Residual, Schedule::LearningRate(39_321))
    };
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
        model: "64-64-10".parse()?,
        generations: GENERATIONS,
        evaluate_every: GENERATIONS,
        optimizer,
        schedule,
        estimator,
        saturation: false,
    };
    let experiment = Experiment::new(config, data)?;
    anyhow::ensure!(matches!(experiment.setup.run.task, TaskKind::Samples { .. }));
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let needs = Plan::new(experiment.setup.run.clone(), true).map_err(fault)?.needs();
    anyhow::ensure!(needs <= SIM_ARENA);

    let folder = tempfile::tempdir()?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let traffic = Arc::new(Traffic::default());
    let mut journaled = Vec::new();
    let (before, summary) = runtime.block_on(async {
        let board: Arc<dyn Evaluator> = connect(sim("sim", SIM_ARENA), &experiment.setup, &traffic).await?;
        let before = traffic.totals();
        let mut fleet = Fleet::new(vec![board], Patience(Duration::from_secs(5)));
        let trainer = Trainer::start(experiment, &folder.path().join("run"))?;
        let summary = trainer.train(&mut fleet, None, &CancellationToken::new(), |_, _| ()).await?;
        anyhow::Ok((before, summary))
    })?;
    let directory = eggroll_host::run::RunDirectory::open(&folder.path().join("run"))?;
    let mut reader = eggroll_host::run::journal::JournalReader::open(&directory.journal())?;
    while let Some(record) = reader.next_record() {
        if let eggroll_host::run::Record::Generation { scores, .. } = record {
            journaled.push(scores);
        }
    }
    let (sent, received) = traffic.totals();
    // The first request brings weights and residuals (1 and 2 bytes each), and the frames around them.
    let weights = 3 * 4736 + 100;
    let a_generation = |bytes: u64| bytes as f64 / f64::from(GENERATIONS);
    println!(
        "| {name} | {:.0} | {:.0} | {:.0} | {:.0} us |",
        a_generation((sent - before.0).saturating_sub(weights)),
        a_generation(received - before.1),
        entropy(estimator, &journaled)? / 8.0 / f64::from(GENERATIONS),
        1e6 * summary.seconds / f64::from(GENERATIONS),
    );
    Ok(())
}

/// Bits of the scores of all generations together.
fn entropy(estimator: Estimator, journaled: &[Vec<u8>]) -> Result<f64> {
    let (mut values, mut kept) = (BTreeMap::new(), BTreeMap::new());
    for scores in journaled {
        let units = estimator.units() as usize;
        let scores = eggroll_firmware::estimator::scores::Scores::new(estimator.shape(), units, scores);
        let scores = scores.map_err(|error| anyhow!("{error}"))?;
        scores.values().for_each(|f| *values.entry(i32::from(f)).or_insert(0u64) += 1);
        scores.flags().for_each(|flag| *kept.entry(i32::from(flag)).or_insert(0u64) += 1);
    }
    let bits = |counts: &BTreeMap<i32, u64>| {
        let total = counts.values().sum::<u64>() as f64;
        counts.values().map(|&n| n as f64 * (total / n as f64).log2()).sum::<f64>()
    };
    Ok(bits(&values) + bits(&kept))
}
