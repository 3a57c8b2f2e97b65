//! Bits a byte of held-out text after runs with a guide, of several seeds, one run after another.

use super::guide_of_text;
use super::kept::Kept;
use super::learning::median;
use anyhow::{Result, anyhow};
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::train::{Pace, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, Text, text};
use eggroll_host::measure::bits_per_byte;
use eggroll_host::run::{Identity, Schedule};
use eggroll_host::update::{Outcome, Replica, Setup, Sync, Tally};
use serde::{Deserialize, Serialize};
use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

/// The settings were chosen by runs of seed 1 up to 16 million tokens, and looked at on the held-out part.
const SEEDS: [u32; 3] = [2, 3, 4];
/// Tokens that a stream takes in a generation.
const CONTEXT: u32 = 16;

/// A row of the table.
struct Row {
    width: u32,
    blocks: u32,
    relu: bool,
    streams: u32,
    generations: u32,
    /// The first learning rate in 1/65536; it falls linearly to 0.
    rate: u32,
}

const ROWS: [Row; 4] = [
    Row { width: 64, blocks: 1, relu: true, streams: 64, generations: 3000, rate: 104_858 },
    Row { width: 64, blocks: 1, relu: false, streams: 64, generations: 3000, rate: 104_858 },
    Row { width: 64, blocks: 1, relu: true, streams: 64, generations: 12_000, rate: 104_858 },
    Row { width: 128, blocks: 2, relu: true, streams: 64, generations: 6000, rate: 104_858 },
];

/// What a run has come to.
#[derive(Clone, Serialize, Deserialize)]
struct Figures {
    held_out: f64,
    seconds: f64,
    parameters: usize,
    weights_sha256: String,
}

impl Row {
    fn tokens(&self) -> u64 {
        u64::from(self.streams * CONTEXT) * u64::from(self.generations)
    }

    fn name(&self, vocabulary: u32) -> String {
        let Self { width, blocks, relu, streams, generations, rate } = *self;
        let relu = if relu { "+relu" } else { "" };
        let rate = f64::from(rate) / 65_536.0;
        format!(
            "--model egg:D={width},L={blocks},V={vocabulary}{relu} --streams {streams} --lr {rate:.4} \
             --generations {generations}"
        )
    }

    fn run(&self, seed: u32, vocabulary: u32) -> Result<Run> {
        let of = if self.relu { Description::egg_relu } else { Description::egg };
        let model = of(self.width, self.blocks, vocabulary).map_err(|error| anyhow!("{error}"))?;
        Ok(Run {
            seed,
            model,
            task: TaskKind::Text { context: CONTEXT },
            estimator: guide_of_text(self.streams * CONTEXT),
            optimizer: Optimizer::Residual,
            saturation: false,
        })
    }

    /// Trains on the first part of a text, and reads the last.
    fn learn(&self, seed: u32, vocabulary: u32, text: &Text) -> Result<Figures> {
        let part = Fraction::from_parts(500).unwrap_or_default();
        let split = text.split(part, part, CONTEXT)?;
        let (run, train): (_, Arc<[u8]>) = (self.run(seed, vocabulary)?, text.bytes[split.train].into());
        let identity = Identity::new(&run, Schedule::Q(0), self.generations, &[], &train, None);
        let (samples, sync) = (Vec::new(), Sync::default());
        let program = Program::new(&run.model).map_err(|error| anyhow!("{error}"))?;
        let setup = Setup {
            run: run.clone(),
            samples,
            text: train,
            start: None,
            identity,
            sync,
            own: None,
            holds_text: false,
        };
        let mut replica = Replica::new(&setup).map_err(|error| anyhow!("{error}"))?;
        let (shape, units) = (run.estimator.shape(), run.estimator.units());
        let pace = Pace::Linear { initial: self.rate, generations: self.generations };
        let begin = Instant::now();
        for number in 1..=self.generations {
            // Nothing is reported.
            let mut tally = Tally::new(shape, units);
            tally.insert(0..units, &[]).map_err(|error| anyhow!("{error}"))?;
            let outcome = Outcome::new(number, pace.at(number), tally).map_err(|error| anyhow!("{error}"))?;
            replica.apply(Arc::new(outcome)).map_err(|error| anyhow!("{error}"))?;
        }
        let seconds = begin.elapsed().as_secs_f64();
        let held_out = bits_per_byte(&program, replica.weights(), &text.bytes[split.test]);
        Ok(Figures {
            held_out: held_out.ok_or_else(|| anyhow!("nothing is held out"))?,
            seconds,
            parameters: program.parameters(),
            weights_sha256: replica.weights_sha256(),
        })
    }
}

/// Prints the table of a folder's text.
pub(super) fn run(folder: &Path, kept: &Kept) -> Result<()> {
    let text = text(&[folder.to_owned()])?;
    let vocabulary = if text.largest() < 128 { 128 } else { 256 };
    println!(
        "{} of {} bytes, SHA-256 {}; trained on the first 90.25 %, bits a byte of the last 5 %.\n\
         Estimator `node` with a guide, {CONTEXT} tokens a stream and generation, seeds {SEEDS:?}.\n\
         Seconds are those of this machine, of training alone; one run has all its cores.\n",
        text.name,
        text.bytes.len(),
        text.sha256(),
    );
    println!("| settings | weights | tokens | bits a byte, median (all) | s, median | weights_sha256 |");
    println!("|---|---|---|---|---|---|");
    for row in &ROWS {
        let name = row.name(vocabulary);
        let mut all = Vec::new();
        for seed in SEEDS {
            let of_seed = format!("{name} --seed {seed}, text {}", text.sha256());
            all.push(kept.or(&of_seed, || row.learn(seed, vocabulary, &text))?);
        }
        let bits: Vec<String> = all.iter().map(|figures| format!("{:.3}", figures.held_out)).collect();
        let hashes: Vec<&str> =
            all.iter().map(|figures| figures.weights_sha256.get(..8).unwrap_or_default()).collect();
        let middle = |of: fn(&Figures) -> f64| median(all.iter().map(of).collect()).unwrap_or_default();
        println!(
            "| `{name}` | {} | {:.1} million | {:.3} ({}) | {:.0} | {} |",
            all.first().map_or(0, |figures| figures.parameters),
            row.tokens() as f64 / 1e6,
            middle(|figures| figures.held_out),
            bits.join(", "),
            middle(|figures| figures.seconds),
            hashes.join(", "),
        );
    }
    Ok(())
}
