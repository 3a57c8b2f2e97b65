//! What is learned: the digits, and problems of control.

use super::member::{Factors, Moved};
use crate::bench::library::learning::parts_of;
use anyhow::{Result, anyhow};
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::{Twin, products};
use eggroll_firmware::model::{Program, Scratch, Start, TensorKind, run};
use eggroll_firmware::noise::{Noise, sample_index};
use eggroll_firmware::task::environment::{Base, Domain, EnvironmentKind, Episodes, RETURN_UNIT, play_base};
use eggroll_firmware::task::{Member, Samples, Task as _, Trial};
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::measure::accuracy;
use eggroll_host::run::ModelName;
use std::ops::Range;

/// Fresh starts of the looks on the way, and of the last.
const LOOKS: Range<u32> = 1000..1100;
const FINAL: Range<u32> = 0..100;

/// What the tasks' settings have in common.
const WEIGHT: Weight = Weight {
    pairs: 1,
    samples: 1,
    own_samples: false,
    rank: 1,
    sigma_shift: 0,
    noise: Noise::Sign,
    clip: 1,
    credit: CreditTo::Pair,
};

/// A task, the settings of its runs, and how it is looked at.
#[derive(Clone)]
pub(super) struct Task {
    pub(super) name: &'static str,
    /// What is classified; nothing where a problem of control is solved.
    data: Option<Dataset>,
    kind: Option<EnvironmentKind>,
    model: &'static str,
    pub(super) settings: Weight,
    /// In 1/65536.
    pub(super) rate: u32,
    generations: u32,
    /// Accuracy in per cent, or mean return.
    pub(super) goal: f64,
    /// How often a run is looked at until the goal is reached.
    pub(super) looks: u64,
}

impl Task {
    /// The digits, by the settings that the program gives estimator `weight`, within half of its passes.
    pub(super) fn digits() -> Result<Self> {
        Ok(Self {
            name: "digits",
            data: Some(digits()?),
            kind: None,
            model: "64-64-10",
            settings: Weight { pairs: 128, samples: 16, rank: 1, sigma_shift: 4, clip: 127, ..WEIGHT },
            rate: 65_536,
            generations: 500,
            goal: 90.0,
            looks: 50,
        })
    }

    /// Cartpole, by the program's settings within a fifth of its episodes. (Settings are said here, so that
    /// these tables do not change with the program's.)
    pub(super) const fn cartpole() -> Self {
        Self {
            name: "cartpole",
            data: None,
            kind: Some(EnvironmentKind::CartPole),
            model: "4-16-2",
            settings: Weight { pairs: 8, samples: 1, rank: 2, sigma_shift: 1, clip: 800, ..WEIGHT },
            rate: 8 * 65_536,
            generations: 50,
            goal: 475.0,
            looks: 50,
        }
    }

    /// The pendulum, by settings of the program within two fifths of its episodes.
    pub(super) const fn pendulum() -> Self {
        Self {
            name: "pendulum",
            data: None,
            kind: Some(EnvironmentKind::Pendulum),
            model: "3-16-1",
            settings: Weight { pairs: 16, samples: 1, rank: 4, sigma_shift: 3, clip: 3000, ..WEIGHT },
            rate: 65_536,
            generations: 1000,
            goal: -200.0,
            looks: 50,
        }
    }

    /// What a pass is here.
    pub(super) const fn unit(&self) -> &'static str {
        if self.kind.is_some() { "episodes" } else { "passes" }
    }

    /// Passes, or episodes, of the whole run by its own settings.
    pub(super) fn all_passes(&self) -> u64 {
        u64::from(self.generations) * u64::from(self.settings.pairs) * self.passes_a_pair()
    }

    pub(super) fn passes_a_pair(&self) -> u64 {
        2 * u64::from(self.settings.samples)
    }
}

/// A task with a seed: what scores pairs, and judges models.
pub(super) struct Scorer<'t> {
    task: &'t Task,
    pub(super) run: Run,
    pub(super) program: Program,
    /// Training samples, and the rows that judge.
    pub(super) records: Vec<u8>,
    test: Vec<u32>,
    /// The samples of the generation, each with its products of the first layer.
    shared: Vec<(u32, Vec<i32>)>,
    bytes: Vec<i8>,
    products: Vec<i32>,
}

impl<'t> Scorer<'t> {
    pub(super) fn new(task: &'t Task, seed: u32) -> Result<Self> {
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let name: ModelName = task.model.parse()?;
        let model = name.description().map_err(|error| anyhow!("{error}"))?;
        let program = Program::new(&model).map_err(fault)?;
        let (records, test) = match &task.data {
            Some(data) => {
                let parts = parts_of(data, seed)?;
                (data.records(&parts.train), parts.test)
            }
            None => (Vec::new(), Vec::new()),
        };
        let of_data = || {
            let count = Samples::new(&records, program.inputs()).len() as u32;
            TaskKind::Samples { count }
        };
        let run = Run {
            seed,
            model,
            task: task.kind.map_or_else(of_data, TaskKind::Environment),
            estimator: Estimator::Weight(task.settings),
            optimizer: Optimizer::Residual,
            saturation: false,
        };
        let (bytes, products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        Ok(Self { task, run, program, records, test, shared: Vec::new(), bytes, products })
    }

    /// Chooses the samples of a generation, and multiplies them once for all members.
    pub(super) fn begin(&mut self, generation: u32, weights: &[i8]) {
        self.shared.clear();
        let samples = Samples::new(&self.records, self.program.inputs());
        let Some(first) = self.program.steps().next().filter(|_| !samples.is_empty()) else { return };
        for i in 0..self.task.settings.samples {
            let number = self.task.settings.sample_number(generation, 0, i);
            let index = sample_index(self.run.seed, number, samples.len() as u32);
            let mut of_sample = vec![0; self.program.shared_products()];
            products(first.matrix(weights), samples.get(index).0, &mut of_sample);
            self.shared.push((index, of_sample));
        }
    }

    /// The score of `+` minus that of `-`, and the steps that both took of their episodes.
    pub(super) fn difference(
        &mut self,
        trial: Trial,
        weights: &[i8],
        factors: &Factors,
    ) -> Result<(i32, u64)> {
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let mut pass = Scratch::new(&self.program, &mut self.bytes, &mut self.products).map_err(fault)?;
        let (mut total, mut steps) = (0, 0);
        if let Some(kind) = self.task.kind {
            let episodes = self.task.settings.samples;
            let mut episodes = Episodes { domain: Domain::nominal(kind), episodes, own: false };
            for twin in Twin::BOTH {
                let member = Moved::new(factors, twin, None);
                let mut acting = Acting { program: &self.program, weights, pass, member, steps: 0 };
                total += twin.sign() * episodes.score(trial, &mut acting);
                steps += acting.steps;
                pass = acting.pass;
            }
            return Ok((total, steps));
        }
        let samples = Samples::new(&self.records, self.program.inputs());
        for (index, products) in &self.shared {
            let (input, target) = samples.get(*index);
            let first = factors.first_inputs(input);
            for twin in Twin::BOTH {
                let mut member = Moved::new(factors, twin, Some(first));
                let start = Start::Products { input, products };
                let outputs = run(&self.program, weights, start, &mut [], &mut member, &mut pass);
                total += twin.sign() * target.score(outputs);
            }
        }
        Ok((total, 0))
    }

    /// Accuracy on the held-out part in per cent, or the mean return over fresh starts.
    pub(super) fn judge(&mut self, weights: &[i8], last: bool) -> Result<f64> {
        let Some(kind) = self.task.kind else {
            let all = self.task.data.as_ref();
            return Ok(100.0
                * all.and_then(|data| accuracy(&self.program, weights, data, &self.test)).unwrap_or(0.0));
        };
        let pass = Scratch::new(&self.program, &mut self.bytes, &mut self.products);
        let pass = pass.map_err(|error| anyhow!("{error}"))?;
        let base = Base { program: &self.program, weights, pass };
        let starts = if last { FINAL } else { LOOKS };
        let count = starts.len() as f64;
        let sum: i32 = play_base(kind, self.run.seed, starts, base).sum();
        Ok(f64::from(sum) / f64::from(RETURN_UNIT) / count)
    }

    /// Multiply-adds of a generation, as the firmware makes them: the members' passes, of which the first
    /// layer of samples is shared; their noise, an operation an entry, drawn once more by the update; and the
    /// credit, which sums an outer product a rank and pair.
    pub(super) fn products_of(&self, ranks: &[usize], pairs: u32, steps: u64) -> u64 {
        let (mut plain, mut low_rank, mut noise, mut credit, mut once) = (0, 0, 0, 0, 0);
        let samples = u64::from(self.task.settings.samples);
        for (tensor, &rank) in self.program.tensors().zip(ranks) {
            let (rank, len) = (rank as u64, tensor.len() as u64);
            let TensorKind::Matrix { rows, columns } = tensor.kind else {
                (noise, credit) = (noise + 2 * len, credit + len);
                continue;
            };
            let (rows, columns) = (rows as u64, columns as u64);
            noise += 2 * rank * (rows + columns);
            credit += rank * len;
            if self.task.kind.is_some() {
                (plain, low_rank) = (plain + len, low_rank + rank * (rows + columns));
            } else if tensor.offset == 0 {
                once = samples * len;
                low_rank += rank * (columns + 2 * rows);
            } else {
                (plain, low_rank) = (plain + 2 * len, low_rank + 2 * rank * (rows + columns));
            }
        }
        let pairs = u64::from(pairs);
        let passes = if self.task.kind.is_some() { steps } else { pairs * samples };
        once + passes * (plain + low_rank) + pairs * (noise + credit)
    }
}

/// A member that acts, and counts how often.
struct Acting<'a, 'w> {
    program: &'a Program,
    weights: &'a [i8],
    pass: Scratch<'w>,
    member: Moved<'a>,
    steps: u64,
}

impl Member for Acting<'_, '_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        self.steps += 1;
        let start = Start::Input(input);
        run(self.program, self.weights, start, &mut [], &mut self.member, &mut self.pass)
    }
}
