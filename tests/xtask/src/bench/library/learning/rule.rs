//! What a run is made of, and the run itself.

use super::trace::Trace;
use crate::bench::library::{node, weight, weight_per_sample};
use anyhow::{Result, anyhow};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::model::Program;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, Fraction, Split};
use eggroll_host::measure::accuracy;
use eggroll_host::run::{Config, DataFingerprint, DataName, DataPreset, Samples, Schedule, Source};

pub(in super::super) struct Rule {
    pub(super) name: &'static str,
    pub(super) model: String,
    pub(in super::super) estimator: Estimator,
    pub(super) optimizer: Optimizer,
    pub(super) schedule: Schedule,
    pub(super) generations: u32,
}

pub(super) const GUIDED: &str = "`node` with a guide, the default";

impl Rule {
    /// The default: estimator `node` with a guide, as the program chooses it by the layers of the model and
    /// the slots that it is told.
    pub(in super::super) fn guided(model: &str, slots: Option<u32>) -> Self {
        let preset = DataPreset::of(model.split('-').count() - 1, slots);
        Self {
            name: GUIDED,
            model: model.to_owned(),
            estimator: Estimator::Guided(preset.guided),
            optimizer: Optimizer::Residual,
            schedule: preset.schedule(),
            generations: preset.generations,
        }
    }

    /// The default of estimator `node` without a guide.
    pub(super) fn node(model: &str) -> Self {
        Self {
            name: "`node` without a guide (4 slots x 8 members, 6000 generations, lr 0.6)",
            model: model.to_owned(),
            estimator: node(4, 8),
            optimizer: Optimizer::Residual,
            schedule: Schedule::LearningRate(39_321),
            generations: 6000,
        }
    }

    /// Low-rank members, a fitness a pair and sample.
    pub(super) fn per_sample(model: &str) -> Self {
        Self {
            name: "`weight`, credit per sample, residual (8 pairs x 16 samples, 2000 generations, lr 1)",
            model: model.to_owned(),
            estimator: weight_per_sample(8, 16),
            optimizer: Optimizer::Residual,
            schedule: Schedule::LearningRate(65_536),
            generations: 2000,
        }
    }

    /// Low-rank members, a fitness a pair.
    pub(super) fn per_pair(model: &str) -> Self {
        Self {
            name: "`weight`, residual (128 pairs x 16 samples, rank 1, 1000 generations, lr 1)",
            model: model.to_owned(),
            estimator: weight(128, 16, 1, 127),
            optimizer: Optimizer::Residual,
            schedule: Schedule::LearningRate(65_536),
            generations: 1000,
        }
    }

    /// EGGROLL's vote.
    pub(super) fn vote(model: &str) -> Self {
        Self {
            name: "`weight`, vote (128 pairs x 16 samples, rank 1, 1000 generations, alpha 2.585)",
            model: model.to_owned(),
            estimator: weight(128, 16, 1, 1),
            optimizer: Optimizer::Vote { reference_rank_scale: false },
            schedule: Schedule::Alpha(169_408),
            generations: 1000,
        }
    }

    /// The configuration of a run.
    pub(super) fn config(&self, data: &Dataset, seed: u32) -> Result<Config> {
        Ok(Config {
            version: Config::version(),
            seed,
            source: Source::Samples(Samples {
                start: None,
                name: DataName::Digits,
                holdout: Fraction::ZERO,
                validation: Fraction::ZERO,
                balance: false,
                loss: None,
                quantile: None,
                reading: Default::default(),
                preprocessing: None,
                data: DataFingerprint::from(data),
            }),
            model: self.model.parse()?,
            generations: self.generations,
            evaluate_every: 1,
            optimizer: self.optimizer,
            schedule: self.schedule,
            estimator: self.estimator,
            saturation: self.estimator.leaves_saturation_open(),
        })
    }
}

pub(super) fn fault(error: eggroll_firmware::Error) -> anyhow::Error {
    anyhow!("{error}")
}

/// A learner with its samples and first weights, and its model.
pub(super) fn begin(run: Run, data: &Dataset, parts: &Split) -> Result<(Learner<Vec<u64>>, Program)> {
    let plan = Plan::new(run.clone(), true).map_err(fault)?;
    let words = plan.needs().div_ceil(8) as usize;
    let mut learner = Learner::new(vec![0; words]);
    learner.configure(run, true).map_err(fault)?;
    learner.load(Section::Samples, 0, &data.records(&parts.train)).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    Ok((learner, plan.program().clone()))
}

/// Hears of a run while it learns.
pub(in super::super) trait Watch {
    /// A generation is evaluated.
    fn evaluated(&mut self, scores: &Scores<'_>);
    /// The model was looked at. Returns whether the run goes on.
    fn looked(&mut self, accuracy: f64) -> bool;
}

impl Watch for () {
    fn evaluated(&mut self, _: &Scores<'_>) {}

    fn looked(&mut self, _: f64) -> bool {
        true
    }
}

/// Trains once, and looks at the test part.
pub(super) fn learn(
    rule: &Rule,
    data: &Dataset,
    parts: &Split,
    seed: u32,
    goals: &'static [f64],
) -> Result<Trace> {
    let mut trace = Trace::new(goals);
    learn_watched(rule, data, parts, seed, &mut trace, &mut ())?;
    Ok(trace)
}

/// The same, and `watch` hears of it.
pub(in super::super) fn learn_watched(
    rule: &Rule,
    data: &Dataset,
    parts: &Split,
    seed: u32,
    trace: &mut Trace,
    watch: &mut impl Watch,
) -> Result<()> {
    let config = rule.config(data, seed)?;
    let run = config.run(parts.train.len()).map_err(|error| anyhow!("{error}"))?;
    let (estimator, units) = (run.estimator, run.estimator.units());
    let rates = config.schedule.rates(config.generations);
    let (mut learner, program) = begin(run, data, parts)?;
    let mut bytes = vec![0; estimator.shape().room(units as usize)];
    let mut passes = 0;
    for generation in 1..=config.generations {
        let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut bytes).map_err(fault)?;
        let scores = Scores::new(estimator.shape(), units as usize, &bytes[..len]).map_err(fault)?;
        passes += estimator.passes(u64::from(units), scores.values().count() as u64);
        watch.evaluated(&scores);
        learner.credit(generation, 0, units, &bytes[..len]).map_err(fault)?;
        learner.step(rates.at(generation)).map_err(fault)?;
        if trace.due(passes) || generation == config.generations {
            let accuracy = accuracy(&program, learner.weights(), data, &parts.test).unwrap_or(0.0);
            trace.look(accuracy);
            if !watch.looked(accuracy) {
                break;
            }
        }
    }
    Ok(())
}
