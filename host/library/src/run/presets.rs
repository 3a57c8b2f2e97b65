use super::source::Source;
use super::{Config, ModelName, ModelNameError, Schedule};
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;

/// The settings of an environment without flags. The estimator is `weight`, the optimiser `residual`, the
/// noise consists of signs, and the network has one hidden layer and no biases. The benchmarks measure the
/// same settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preset {
    /// The environment.
    pub kind: EnvironmentKind,
    /// The mean return, in reward units, at which it counts as solved.
    pub goal: i16,
    /// The number of units in the hidden layer.
    pub hidden: usize,
    /// The number of pairs of a generation.
    pub pairs: u32,
    /// The number of episodes that a member plays.
    pub episodes: u32,
    /// The number of generations of a run.
    pub generations: u32,
    /// The rank of the perturbation.
    pub rank: u8,
    /// The exponent of sigma, which is 2^-`sigma_shift`.
    pub sigma_shift: u8,
    /// The largest fitness that is reported, in 1/16 of a reward unit.
    pub clip: i16,
    /// The learning rate in 1/65536, which falls linearly to 0.
    pub rate: u32,
}

impl Preset {
    /// The settings of an environment.
    pub const fn of(kind: EnvironmentKind) -> Self {
        match kind {
            EnvironmentKind::CartPole => Self {
                kind,
                goal: 475,
                hidden: 16,
                pairs: 8,
                episodes: 1,
                generations: 250,
                rank: 2,
                sigma_shift: 1,
                clip: 800,
                rate: 8 * 65_536,
            },
            EnvironmentKind::MountainCar => Self {
                kind,
                goal: 90,
                hidden: 16,
                pairs: 16,
                episodes: 2,
                generations: 375,
                rank: 4,
                sigma_shift: 1,
                clip: 1600,
                rate: 8 * 65_536,
            },
            EnvironmentKind::Acrobot => Self {
                kind,
                goal: -100,
                hidden: 16,
                pairs: 8,
                episodes: 1,
                generations: 750,
                rank: 2,
                sigma_shift: 1,
                clip: 400,
                rate: 6 * 65_536,
            },
            EnvironmentKind::Pendulum => Self {
                kind,
                goal: -200,
                // A layer of 15 inputs divides by 48, one of 16 by 64: the second layer moves by more.
                hidden: 15,
                pairs: 16,
                episodes: 1,
                generations: 2500,
                rank: 4,
                sigma_shift: 3,
                clip: 3000,
                rate: 65_536,
            },
            EnvironmentKind::Balance => Self {
                kind,
                goal: 475,
                hidden: 16,
                pairs: 8,
                episodes: 1,
                generations: 200,
                rank: 2,
                sigma_shift: 2,
                clip: 1600,
                rate: 4 * 65_536,
            },
            EnvironmentKind::LineFollower => Self {
                kind,
                goal: 30,
                hidden: 16,
                pairs: 8,
                episodes: 1,
                generations: 150,
                rank: 2,
                sigma_shift: 2,
                clip: 200,
                rate: 4 * 65_536,
            },
            EnvironmentKind::Thermal => Self {
                kind,
                goal: -165,
                hidden: 16,
                pairs: 16,
                episodes: 1,
                generations: 300,
                rank: 4,
                sigma_shift: 3,
                clip: 1600,
                rate: 4 * 65_536,
            },
        }
    }

    /// The estimator.
    pub const fn weight(&self) -> Weight {
        Weight {
            pairs: self.pairs,
            samples: self.episodes,
            own_samples: false,
            rank: self.rank,
            sigma_shift: self.sigma_shift,
            noise: Noise::Sign,
            clip: self.clip,
            credit: CreditTo::Pair,
        }
    }

    /// The model, which maps an observation to an action.
    ///
    /// # Errors
    /// There are none in practice, because every size is small.
    pub fn model(&self) -> Result<ModelName, ModelNameError> {
        format!("{}-{}-{}", self.kind.inputs(), self.hidden, self.kind.outputs()).parse()
    }

    /// The step sizes.
    pub const fn schedule(&self) -> Schedule {
        Schedule::LearningRate(self.rate)
    }

    /// The configuration of a run by these settings.
    ///
    /// # Errors
    /// Those of [`Self::model`].
    pub fn config(&self, seed: u32) -> Result<Config, ModelNameError> {
        Ok(Config {
            version: Config::version(),
            seed,
            source: Source::Environment(self.kind.into()),
            model: self.model()?,
            generations: self.generations,
            evaluate_every: self.evaluate_every(),
            optimizer: Optimizer::Residual,
            schedule: self.schedule(),
            estimator: Estimator::Weight(self.weight()),
            saturation: false,
        })
    }

    /// The number of generations between two validations, of which a run has fifty.
    pub const fn evaluate_every(&self) -> u32 {
        self.generations.div_ceil(50)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
    use eggroll_firmware::update::Optimizer;

    #[test]
    fn every_preset_is_a_run_of_its_environment() {
        for kind in EnvironmentKind::ALL {
            let preset = Preset::of(kind);
            let run = Run {
                seed: 1,
                model: preset.model().unwrap().description().unwrap(),
                task: TaskKind::Environment(kind),
                estimator: Estimator::Weight(preset.weight()),
                optimizer: Optimizer::Residual,
                saturation: false,
            };
            assert!(Plan::new(run, true).is_ok(), "{kind}");
            assert!(preset.kind == kind && preset.generations.div_ceil(preset.evaluate_every()) <= 50);
        }
    }
}
