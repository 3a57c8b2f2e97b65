use crate::Error;
use crate::Setting;
use crate::estimator::guided::Guided;
use crate::estimator::node::Node;
use crate::estimator::scores::Shape;
use crate::estimator::weight::{CreditTo, Weight};
use crate::model::{Description, LayerSet};
use crate::task::environment::{Domain, EnvironmentKind};
use crate::task::reward::{Reward, RewardKind, VOCABULARY};
use crate::task::{Loss, Streams, TargetKind};
use crate::update::Optimizer;
use serde::{Deserialize, Serialize};

/// What members are scored on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum TaskKind {
    /// Classification of samples that are loaded into the board.
    Samples {
        /// Training samples N; at least 1.
        count: u32,
    },
    /// The board's own implementation of [`crate::task::Task`]; estimator `weight` only.
    Own,
    /// Episodes of a simulated environment; estimator `weight` only. Its `samples` are the episodes a member
    /// plays.
    Environment(EnvironmentKind),
    /// To predict each next token of a text, of which whoever evaluates gets a generation's part
    /// ([`crate::task::Feed`]). A slot of estimator `node` is a token of a stream; the `samples` of `weight`
    /// are streams.
    Text {
        /// Tokens T that a stream takes in a generation, 1..=65535.
        context: u32,
    },
    /// Regression on samples that are loaded into the board: each has a target for every output.
    Regression {
        /// Training samples N; at least 1.
        count: u32,
        /// How the errors of the outputs make a score.
        loss: Loss,
    },
    /// Episodes of a simulated environment, each with physical parameters of its own; a spread of 0 is
    /// [`TaskKind::Environment`].
    Randomized(Domain),
    /// Answers of a recurrent model to puzzles, which are checked; estimator `weight` only. Its `samples` are
    /// the prompts that a member answers.
    Reward(Reward),
    /// The same as [`TaskKind::Text`] for a board that holds all of the text, loaded as samples are, a byte a
    /// token: it makes the feed of each generation itself, and so can train alone.
    #[cfg(feature = "recurrent")]
    HeldText {
        /// Tokens T that a stream takes in a generation, 1..=65535.
        context: u32,
        /// Tokens of the text; at least 1.
        tokens: u32,
    },
}

impl TaskKind {
    /// The simulated environment that is played, if one is.
    pub const fn domain(self) -> Option<Domain> {
        match self {
            Self::Environment(kind) => Some(Domain::nominal(kind)),
            Self::Randomized(domain) => Some(domain),
            _ => None,
        }
    }
}

impl From<Domain> for TaskKind {
    fn from(domain: Domain) -> Self {
        if domain.spread == 0 { Self::Environment(domain.kind) } else { Self::Randomized(domain) }
    }
}

/// How members are made and scored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Estimator {
    /// Perturbed pre-activations, credited per sample.
    Node(Node),
    /// Perturbed matrices, one fitness a pair.
    Weight(Weight),
    /// Perturbed pre-activations and a guide, credited per sample.
    Guided(Guided),
}

impl Estimator {
    /// Units of a generation: slots of `node`, pairs of `weight`.
    pub const fn units(&self) -> u32 {
        match self {
            Self::Node(node) => node.slots,
            Self::Weight(weight) => weight.pairs,
            Self::Guided(guided) => guided.node.slots,
        }
    }

    /// The settings of an estimator whose fitness is credited to a pair's whole perturbation; `None` where it
    /// is credited to samples' activations (`node`, and `weight` with credit per sample).
    pub const fn crediting_pairs(&self) -> Option<&Weight> {
        match self {
            Self::Weight(weight) if matches!(weight.credit, CreditTo::Pair) => Some(weight),
            _ => None,
        }
    }

    /// Whether a run may have the rule against saturation or not ([`Run::saturation`]): where a fitness is
    /// credited to the nodes of a sample. With a guide the rule always holds.
    pub const fn leaves_saturation_open(&self) -> bool {
        !matches!(self, Self::Guided(_)) && self.crediting_pairs().is_none()
    }

    /// How the scores of a range of units are packed.
    pub const fn shape(&self) -> Shape {
        match self {
            Self::Node(node) => node.shape(),
            Self::Weight(weight) => weight.shape(),
            Self::Guided(guided) => guided.shape(),
        }
    }

    /// The settings of the noise of an estimator whose members are nodes perturbed: plain or guided.
    pub const fn node(&self) -> Option<&Node> {
        match self {
            Self::Node(node) | Self::Guided(Guided { node, .. }) => Some(node),
            Self::Weight(_) => None,
        }
    }

    /// The layers that are trained.
    pub const fn train(&self) -> LayerSet {
        match self {
            Self::Guided(guided) => guided.train,
            Self::Node(_) | Self::Weight(_) => LayerSet::ALL,
        }
    }

    /// Forward passes of `units` units that reported so many values: what the run's figures count. A trial of
    /// a task of the board's own counts as one; in an environment so does an episode, whatever its length.
    pub const fn passes(&self, units: u64, values: u64) -> u64 {
        match self {
            Self::Node(node) | Self::Guided(Guided { node, .. }) => node.passes(units, values),
            Self::Weight(weight) => 2 * units * weight.samples as u64,
        }
    }
}

/// Everything that, with the data, decides a run's weights; rates and thresholds of a generation come with
/// its step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// Seed of all noise.
    pub seed: u32,
    /// The model.
    pub model: Description,
    /// What members are scored on.
    pub task: TaskKind,
    /// How members are made and scored.
    pub estimator: Estimator,
    /// How credit moves weights.
    pub optimizer: Optimizer,
    /// Whether nodes at +-127 get no credit that would push them further out. It goes with credit to the
    /// nodes of a sample: estimator `node`, and `weight` with credit per sample. A guided run always has this
    /// rule, and does not set it here.
    pub saturation: bool,
}

impl Run {
    /// Training samples, 0 for a task without them.
    pub const fn samples(&self) -> u32 {
        match self.task {
            TaskKind::Samples { count } | TaskKind::Regression { count, .. } => count,
            TaskKind::Own
            | TaskKind::Environment(_)
            | TaskKind::Randomized(_)
            | TaskKind::Text { .. }
            | TaskKind::Reward(_) => 0,
            #[cfg(feature = "recurrent")]
            TaskKind::HeldText { .. } => 0,
        }
    }

    /// Tokens of a text that the board holds; `None` where it holds none.
    pub const fn held_tokens(&self) -> Option<u32> {
        match self.task {
            #[cfg(feature = "recurrent")]
            TaskKind::HeldText { tokens, .. } => Some(tokens),
            _ => None,
        }
    }

    /// What the run's samples say that the model should answer.
    pub fn target_kind(&self) -> TargetKind {
        match self.task {
            TaskKind::Regression { loss, .. } => {
                TargetKind::Values { outputs: self.model.outputs() as usize, loss }
            }
            _ => TargetKind::Class,
        }
    }

    /// The shape of the streams of a run on a text; `None` for another task.
    pub const fn streams(&self) -> Option<Streams> {
        let context = match self.task {
            TaskKind::Text { context } => context,
            #[cfg(feature = "recurrent")]
            TaskKind::HeldText { context, .. } => context,
            _ => return None,
        };
        if cfg!(not(feature = "recurrent")) {
            // No model takes a text then: what serves one is left out.
            return None;
        }
        let count = match &self.estimator {
            Estimator::Node(node) | Estimator::Guided(Guided { node, .. }) => {
                match node.slots.checked_div(context) {
                    Some(count) => count,
                    None => 0,
                }
            }
            Estimator::Weight(weight) if weight.own_samples => weight.pairs.saturating_mul(weight.samples),
            Estimator::Weight(weight) => weight.samples,
        };
        Some(Streams { count, context })
    }

    /// Checks every setting against its range.
    ///
    /// # Errors
    /// [`Error::Setting`] naming the first that is outside; [`Error::Shape`] for the model;
    /// [`Error::ModelOfEnvironment`].
    pub fn check(&self) -> Result<(), Error> {
        self.model.check()?;
        match &self.estimator {
            Estimator::Node(node) => node.check()?,
            Estimator::Weight(weight) => weight.check()?,
            Estimator::Guided(guided) => guided.check(&self.model)?,
        }
        if self.saturation && !self.estimator.leaves_saturation_open() {
            return Err(Error::Setting(Setting::Saturation));
        }
        let recurrent = match self.task {
            TaskKind::Text { .. } => self.streams().is_some(),
            #[cfg(feature = "recurrent")]
            TaskKind::HeldText { .. } => true,
            TaskKind::Reward(_) => true,
            // Its board knows which.
            TaskKind::Own if RewardKind::is_there() => self.model.is_recurrent(),
            _ => false,
        };
        if self.model.is_recurrent() != recurrent {
            return Err(Error::Setting(Setting::Model));
        }
        match (self.task, &self.estimator) {
            (TaskKind::Text { context }, estimator) => check_text(context, estimator),
            #[cfg(feature = "recurrent")]
            (TaskKind::HeldText { tokens: 0, .. }, _) => Err(Error::Setting(Setting::Task)),
            #[cfg(feature = "recurrent")]
            (TaskKind::HeldText { context, .. }, estimator) => check_text(context, estimator),
            (TaskKind::Regression { count, loss }, estimator) if count > 0 => {
                check_regression(loss, &self.model, estimator)
            }
            (TaskKind::Samples { count: 0 } | TaskKind::Regression { .. }, _)
            | (
                TaskKind::Own | TaskKind::Environment(_) | TaskKind::Randomized(_) | TaskKind::Reward(_),
                Estimator::Node(_) | Estimator::Guided(_),
            ) => Err(Error::Setting(Setting::Task)),
            (
                TaskKind::Own | TaskKind::Environment(_) | TaskKind::Randomized(_) | TaskKind::Reward(_),
                Estimator::Weight(weight),
            ) if weight.credit == CreditTo::Sample => Err(Error::Setting(Setting::Task)),
            (TaskKind::Environment(kind), Estimator::Weight(weight)) => {
                check_environment(kind, &self.model, weight)
            }
            (TaskKind::Randomized(domain), _) if domain.spread == 0 || !domain.is_valid() => {
                Err(Error::Setting(Setting::Spread))
            }
            (TaskKind::Randomized(domain), Estimator::Weight(weight)) => {
                check_environment(domain.kind, &self.model, weight)
            }
            (TaskKind::Reward(reward), Estimator::Weight(weight)) => {
                check_reward(reward, &self.model, weight)
            }
            _ => Ok(()),
        }
    }
}

fn check_text(context: u32, estimator: &Estimator) -> Result<(), Error> {
    if cfg!(not(feature = "recurrent")) {
        return Err(Error::NoRecurrence);
    }
    let fault = match estimator {
        Estimator::Node(node) | Estimator::Guided(Guided { node, .. })
            if !node.slots.is_multiple_of(context.max(1)) =>
        {
            Setting::Context
        }
        Estimator::Weight(weight) if weight.credit == CreditTo::Sample => Setting::Task,
        // A log-likelihood is within 2^9: the difference of two scores fits an i32.
        Estimator::Weight(weight) if u64::from(weight.samples) * u64::from(context) > 1 << 20 => {
            Setting::Context
        }
        Estimator::Weight(Weight { own_samples: true, pairs, samples, .. })
            if u64::from(*pairs) * u64::from(*samples) > 1 << 24 =>
        {
            Setting::Context
        }
        _ if !(1..=65_535).contains(&context) => Setting::Context,
        _ => return Ok(()),
    };
    Err(Error::Setting(fault))
}

fn check_regression(loss: Loss, model: &Description, estimator: &Estimator) -> Result<(), Error> {
    match estimator {
        Estimator::Guided(_) if loss == Loss::Absolute => Err(Error::Setting(Setting::Loss)),
        // No score is positive, so the difference of two sums over the samples is within one of them.
        Estimator::Weight(weight)
            if u64::from(weight.samples) * loss.largest(model.outputs().into()) > i32::MAX as u64 =>
        {
            Err(Error::Setting(Setting::Errors))
        }
        _ => Ok(()),
    }
}

fn check_environment(kind: EnvironmentKind, model: &Description, weight: &Weight) -> Result<(), Error> {
    if !kind.is_there() {
        return Err(Error::Setting(Setting::Task));
    }
    let (inputs, outputs) = (kind.inputs() as u32, kind.outputs() as u32);
    if model.inputs != inputs || model.outputs() != outputs {
        return Err(Error::ModelOfEnvironment { inputs, outputs });
    }
    // A score within 2^30 leaves room for the difference of two.
    let score = u64::from(weight.samples) * u64::from(kind.largest_return());
    let episodes = u64::from(weight.samples) * if weight.own_samples { u64::from(weight.pairs) } else { 1 };
    if score > 1 << 30 || episodes > 1 << 32 {
        return Err(Error::Setting(Setting::Episodes));
    }
    Ok(())
}

fn check_reward(reward: Reward, model: &Description, weight: &Weight) -> Result<(), Error> {
    let prompts = u64::from(weight.samples) * if weight.own_samples { u64::from(weight.pairs) } else { 1 };
    let fault = if !RewardKind::is_there() {
        Setting::Task
    } else if !reward.is_valid() {
        Setting::Temperature
    } else if model.inputs < VOCABULARY {
        Setting::Vocabulary
    } else if prompts > 1 << 32 {
        Setting::Episodes
    } else {
        // The marks of 2^20 prompts are within 2^24.
        return Ok(());
    };
    Err(Error::Setting(fault))
}
