//! What it costs a board to adapt the last layer of a convolutional network.

use super::Training;
use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::{Core, M0, M0_PLUS, M4};
use anyhow::{Context, Result, anyhow, ensure};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::{
    Description, Layer, LayerSet, Perturbation, Program, Scratch, Start, Step, infer, run as pass,
};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, PlanParts, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, digits, split};
use eggroll_host::run::{DataPreset, ModelName};

/// The network, for images of MNIST's size.
const MODEL: &str = "conv:28x28x1/c8k3s2/c16k3s2/c16k3s2/10+bias";
/// Rows and columns of an image; of a digit, how large its pixels become, and the empty border.
const SIDE: usize = 28;
const ENLARGED: usize = 3;
const BORDER: usize = 2;
/// Turned images that are learned from.
const SAMPLES: usize = 200;
/// How the last layer is adapted: slots without members, and a learning rate of 0.3 that falls to 0.
const SLOTS: u32 = 16;
const GENERATIONS: u32 = 400;
const PACE: Pace = Pace::Linear { initial: 19_661, generations: GENERATIONS };

/// A board: its name, what is counted, its core and clock, and the arena of its image; whether its firmware
/// has convolutions, and whether samples lie in flash.
struct Chip {
    name: &'static str,
    measured: Measured,
    core: Core,
    hertz: f64,
    convolutions: bool,
    stores: bool,
}

const CHIPS: [Chip; 3] = [
    Chip {
        name: "micro:bit, M0, 16 MHz",
        measured: Measured::Small,
        core: M0,
        hertz: 16e6,
        convolutions: false,
        stores: true,
    },
    Chip {
        name: "Pico, M0+, 125 MHz",
        measured: Measured::Plus,
        core: M0_PLUS,
        hertz: 125e6,
        convolutions: true,
        stores: false,
    },
    Chip {
        name: "MPS2, M4F, 25 MHz",
        measured: Measured::Dsp,
        core: M4,
        hertz: 25e6,
        convolutions: true,
        stores: false,
    },
];

fn fault(error: eggroll_firmware::Error) -> anyhow::Error {
    anyhow!("{error}")
}

/// A digit with larger pixels and a border, as it is or turned by a right angle.
fn image(digit: &[i8], turned: bool) -> Vec<i8> {
    let side = digit.len().isqrt();
    let mut image = vec![0; SIDE * SIDE];
    for row in 0..side * ENLARGED {
        for column in 0..side * ENLARGED {
            let pixel = digit[row / ENLARGED * side + column / ENLARGED];
            let (row, column) = if turned { (column, side * ENLARGED - 1 - row) } else { (row, column) };
            image[(row + BORDER) * SIDE + column + BORDER] = pixel;
        }
    }
    image
}

/// Rows of the digits as images with their classes.
struct Images(Vec<(Vec<i8>, u8)>);

impl Images {
    fn of(data: &Dataset, rows: &[u32], turned: bool) -> Self {
        let of = |&row: &u32| (image(data.row(row as usize), turned), data.label(row as usize));
        Self(rows.iter().map(of).collect())
    }

    /// The samples as a board gets them.
    fn records(&self) -> Vec<u8> {
        let of = |(image, label): &(Vec<i8>, u8)| {
            image.iter().map(|value| value.cast_unsigned()).chain([*label]).collect::<Vec<u8>>()
        };
        self.0.iter().flat_map(of).collect()
    }

    /// The share of them that a model answers rightly.
    fn accuracy(&self, program: &Program, weights: &[i8]) -> Result<f64> {
        let mut room = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let mut right = 0;
        for (image, label) in &self.0 {
            let mut scratch = Scratch::new(program, &mut room.0, &mut room.1).map_err(fault)?;
            let outputs = infer(program, weights, Start::Input(image), &mut [], &mut scratch);
            // Of equal outputs the first, as everywhere.
            let best = (0..outputs.len()).rev().max_by_key(|&class| outputs[class]);
            right += usize::from(best == Some(usize::from(*label)));
        }
        Ok(right as f64 / self.0.len() as f64)
    }
}

/// What a layer reads.
struct Read(usize, Vec<i8>);

impl Perturbation for Read {
    fn input(&mut self, step: &Step, input: &[i8]) {
        if step.layer == self.0 {
            self.1 = input.to_vec();
        }
    }
}

/// The values that the last layer of a network reads of images, which boards get in their place.
fn behind(program: &Program, weights: &[i8], images: &Images) -> Result<Images> {
    let last = program.layers().count() - 1;
    let mut room = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let mut found = Vec::new();
    for (image, label) in &images.0 {
        let mut scratch = Scratch::new(program, &mut room.0, &mut room.1).map_err(fault)?;
        let mut read = Read(last, Vec::new());
        pass(program, weights, Start::Input(image), &mut [], &mut read, &mut scratch);
        found.push((read.1, *label));
    }
    Ok(Images(found))
}

fn run_of(model: Description, guided: Guided, samples: usize) -> Run {
    let (task, estimator) = (TaskKind::Samples { count: samples as u32 }, Estimator::Guided(guided));
    Run { seed: 1, model, task, estimator, optimizer: Optimizer::Residual, saturation: false }
}

/// Only the last layer learns, whose credit is exact.
fn adapting(model: Description, samples: usize) -> Result<Run> {
    let node = Node { slots: SLOTS, members: 0, amplitude: 8, clip: 127, skip: Some(1), antithetic: false };
    let train = LayerSet::of([model.layers.len() - 1]).context("too many layers")?;
    let guided = Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 256, train };
    Ok(run_of(model, guided, samples))
}

/// Trains here; the weights, and the checksum of what is then held.
fn trained(
    run: &Run,
    pace: Pace,
    generations: u32,
    start: Option<&[i8]>,
    records: &[u8],
) -> Result<(Vec<i8>, u32)> {
    let mut learner = Learner::new(vec![0u64; 1 << 19]);
    learner.configure(run.clone(), true).map_err(fault)?;
    learner.load(Section::Samples, 0, records).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    if let Some(weights) = start {
        learner.load(Section::Weights, 0, &bytes(weights)).map_err(fault)?;
    }
    learner.start(0).map_err(fault)?;
    let mut scores = vec![0; 1 << 12];
    let mut next = 1;
    while next <= generations {
        let left = generations - (next - 1);
        let done = learner.train(next, left, pace, &mut NoTask, &mut Quiet, &mut scores).map_err(fault)?;
        next += done.0;
    }
    let checksum = learner.state().context("not started")?.checksum;
    Ok((learner.weights().to_vec(), checksum))
}

fn bytes(weights: &[i8]) -> Vec<u8> {
    weights.iter().map(|weight| weight.cast_unsigned()).collect()
}

/// Adapts in the emulator; what is held must be the same.
fn counted(
    counter: &Counter,
    run: &Run,
    (weights, records): (&[i8], &[u8]),
    checksum: u32,
) -> Result<Interval> {
    let (samples, of_weights) = (records.len() as u32, weights.len() as u32);
    let training =
        Training { run: run.clone(), pace: PACE, generations: GENERATIONS, samples, weights: of_weights };
    let mut handed = postcard::to_stdvec(&training)?;
    handed.extend_from_slice(records);
    handed.extend_from_slice(&bytes(weights));
    let outcome = counter.run("alone", &handed)?;
    let found = outcome.said.get("checksum").context("the image does not say what it holds")?;
    ensure!(*found == format!("{checksum:08x}"), "the core has trained other weights");
    outcome.intervals.into_iter().next_back().context("nothing was counted")
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let parts = split(&data, part(2000), part(1000), RUN_SPLIT)?;
    let model = MODEL.parse::<ModelName>()?.description().map_err(fault)?;
    let program = Program::new(&model).map_err(fault)?;
    // A network that knows digits as they are.
    let upright = Images::of(&data, &parts.train, false);
    let preset = DataPreset::of_file(program.nodes().count(), None);
    let pace = Pace::Linear { initial: preset.rate, generations: preset.generations };
    let before = run_of(model.clone(), preset.guided, upright.0.len());
    let (weights, _) = trained(&before, pace, preset.generations, None, &upright.records())?;
    let of = |turned| Images::of(&data, &parts.test, turned);
    let (known, turned) = (of(false).accuracy(&program, &weights)?, of(true).accuracy(&program, &weights)?);
    // It learns digits that are turned.
    let learned_from = Images::of(&data, &parts.train[..SAMPLES], true);
    let whole = adapting(model.clone(), SAMPLES)?;
    let (adapted, checksum) = trained(&whole, PACE, GENERATIONS, Some(&weights), &learned_from.records())?;
    let after = of(true).accuracy(&program, &adapted)?;
    // The same behind a front that runs elsewhere.
    let (features, last) = (behind(&program, &weights, &learned_from)?, model.layers.len() - 1);
    let inputs = features.0.first().map_or(0, |(values, _)| values.len()) as u32;
    let tensors = program.tensors().filter(|tensor| tensor.layer < last);
    let (count, frozen) = tensors.fold((0, 0), |(count, len), tensor| (count + 1, len + tensor.len()));
    let front = Layer::Front { outputs: inputs, tensors: count };
    let layers = [front].into_iter().chain(model.layers.iter().skip(last).copied()).collect();
    let rest = adapting(Description { inputs, layers }, SAMPLES)?;
    let (of_rest, of_layer) =
        trained(&rest, PACE, GENERATIONS, Some(&weights[frozen..]), &features.records())?;
    ensure!(of_rest == adapted[frozen..], "behind a front other weights were trained");
    let passes = u64::from(SLOTS) * u64::from(GENERATIONS);
    println!(
        "{MODEL}, trained on {} digits of 28 x 28 (8 x 8, each pixel {ENLARGED} x {ENLARGED}): {:.1} % of {}, and {:.1} % of the \
         same turned by 90 degrees. After {SAMPLES} turned digits, {GENERATIONS} generations of {SLOTS} slots of the last layer \
         ({passes} passes), {:.1} %. Counted in the emulator, which ends with the host's weights; cycles without wait \
         states. RAM: weights, residuals, credit and a pass; samples are apart.\n",
        upright.0.len(),
        100.0 * known,
        parts.test.len(),
        100.0 * turned,
        100.0 * after,
    );
    println!(
        "| board | the layers before run | passes of the board | instructions a pass | time | RAM, bytes | samples, bytes |\n\
         |---|---|---|---|---|---|---|"
    );
    for chip in &CHIPS {
        let counter = Counter::build(chip.measured)?;
        let on_board = (&whole, &weights[..], learned_from.records(), checksum, "on the board, each pass");
        let on_host = (&rest, &weights[frozen..], features.records(), of_layer, "on the host, once a sample");
        for (run, weights, records, checksum, place) in [on_host, on_board] {
            if !chip.convolutions && run.model.layers.len() > 2 {
                continue;
            }
            let interval = counted(&counter, run, (weights, &records), checksum)?;
            let PlanParts { samples, .. } = Plan::new(run.clone(), true).map_err(fault)?.parts();
            let needs = Plan::new(run.clone(), true).map_err(fault)?.needs() - samples;
            println!(
                "| {} | {place} | {passes} | {:.0} | {:.1} s | {needs} | {} in {} |",
                chip.name,
                interval.counts.instructions as f64 / passes as f64,
                chip.core.cycles(interval.counts) as f64 / chip.hertz,
                records.len(),
                if chip.stores { "flash" } else { "RAM" },
            );
        }
    }
    Ok(())
}
