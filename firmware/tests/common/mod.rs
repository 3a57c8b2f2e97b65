//! What the tests share: randomness, runs, packed reports, and the semantics by the letter ([`Plain`]).
#![allow(dead_code, unused_imports, reason = "every test file uses a part of it")]

mod convolution;
pub(crate) mod models;
mod plain;
pub(crate) mod rig;
#[cfg(feature = "convolution")]
pub(crate) mod small;
pub(crate) mod vectors;

pub(crate) use convolution::{Convolutional, Place};
pub(crate) use plain::{
    Dense, Int, Pass, Plain, Who, clip, entry, exponentials, layers, log_likelihood, logarithm, wide, within,
};

use eggroll_firmware::estimator::scores::{Packer, Scores, Shape};
use eggroll_firmware::model::Description;
use eggroll_firmware::noise::{Address, Stream};
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;

/// Fitness of every unit of a generation; `None` for a skipped slot.
pub(crate) type Report = Vec<Option<Vec<i16>>>;

/// Reproducible randomness for tests.
pub(crate) struct Dice(Stream);

impl Dice {
    pub(crate) fn new(seed: u32) -> Self {
        Self(Stream::new(Address { seed, generation: 0, index: 0, tensor: 0 }))
    }

    pub(crate) fn word(&mut self) -> u32 {
        self.0.next_word()
    }

    /// 0 to `n - 1`.
    pub(crate) fn below(&mut self, n: usize) -> usize {
        self.word() as usize % n
    }

    /// Any weight or activation, the extremes more often than chance would have it.
    pub(crate) fn value(&mut self) -> i8 {
        match self.below(8) {
            0 => 127,
            1 => -127,
            _ => (self.below(255) as i32 - 127) as i8,
        }
    }

    pub(crate) fn values(&mut self, len: usize) -> Vec<i8> {
        (0..len).map(|_| self.value()).collect()
    }

    /// The sample store of a run: features, and a label or targets each.
    pub(crate) fn samples(&mut self, run: &Run) -> Vec<u8> {
        let (count, inputs, outputs) =
            (run.samples() as usize, run.model.inputs as usize, run.model.outputs());
        match run.task {
            TaskKind::Regression { .. } => {
                bytemuck::cast_slice(&self.values(count * (inputs + outputs as usize))).to_vec()
            }
            _ => self.records(count, inputs, outputs as usize),
        }
    }

    /// A sample store: features and a label each.
    pub(crate) fn records(&mut self, count: usize, inputs: usize, outputs: usize) -> Vec<u8> {
        (0..count)
            .flat_map(|_| {
                let mut record: Vec<u8> = self.values(inputs).iter().map(|&x| x as u8).collect();
                record.push(self.below(outputs.min(256)) as u8);
                record
            })
            .collect()
    }
}

pub(crate) fn pack(shape: Shape, report: &[Option<Vec<i16>>]) -> Vec<u8> {
    let mut bytes = vec![0xAA; shape.room(report.len())];
    let mut packer = Packer::new(shape, report.len(), &mut bytes).unwrap();
    for unit in report {
        match unit {
            None => packer.skip(),
            Some(values) => {
                packer.keep();
                values.iter().for_each(|&f| packer.push(f));
            }
        }
    }
    let len = packer.finish();
    bytes.truncate(len);
    bytes
}

pub(crate) fn unpack(shape: Shape, units: usize, bytes: &[u8]) -> Report {
    let scores = Scores::new(shape, units, bytes).unwrap();
    let mut values = scores.values();
    let report = scores
        .flags()
        .enumerate()
        .map(|(unit, kept)| kept.then(|| values.by_ref().take(shape.values_of(unit) as usize).collect()))
        .collect();
    assert_eq!(values.next(), None);
    report
}

/// A run on random samples.
pub(crate) fn run(sizes: &[u32], bias: bool, estimator: Estimator, optimizer: Optimizer, count: u32) -> Run {
    let model = Description::mlp(sizes, bias).unwrap();
    Run { seed: 0xE66, model, task: TaskKind::Samples { count }, estimator, optimizer, saturation: false }
}

/// A learner in an arena of so many words, loaded and started at generation 0.
pub(crate) fn started(
    run: &Run,
    updates: bool,
    words: u64,
    weights: &[i8],
    records: &[u8],
) -> Learner<Vec<u64>> {
    let mut learner = Learner::new(vec![u64::MAX; words as usize]);
    learner.configure(run.clone(), updates).unwrap();
    if matches!(run.estimator, Estimator::Guided(_)) {
        // A guide has a start that depends on the seed.
        learner.initialize().unwrap();
    }
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    learner.load(Section::Weights, 0, &bytes).unwrap();
    learner.load(Section::Samples, 0, records).unwrap();
    learner.start(0).unwrap();
    learner
}
