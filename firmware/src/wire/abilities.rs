use crate::model::Layer;
use crate::task::environment::EnvironmentKind;
use crate::task::reward::RewardKind;
use crate::train::{Estimator, Run, TaskKind};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What a board can do, as its handshake says. Of the sets of kinds, bit k stands for the kind whose tag on
/// the wire is k, so that kinds of a later firmware find room.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Abilities {
    /// Whether it can move its weights itself.
    pub updates: bool,
    /// Kinds of tasks ([`TaskKind`]): samples, a task of the board's own, environments, texts, regression,
    /// randomized environments, puzzles whose answers are checked, texts that the board holds.
    pub tasks: u32,
    /// Environments that it simulates ([`EnvironmentKind`]).
    pub environments: u32,
    /// Kinds of layers ([`Layer`]).
    pub layers: u32,
    /// Estimators ([`Estimator`]).
    pub estimators: u32,
}

/// What a board lacks for a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lack {
    /// The kind of task.
    Task(TaskKind),
    /// The environment.
    Environment(EnvironmentKind),
    /// The kind of a layer.
    Layer {
        /// The layer, counted from 0.
        place: u32,
        /// What its kind is called.
        kind: &'static str,
        /// Whether it belongs to convolutional models.
        of_windows: bool,
    },
    /// The estimator.
    Estimator(&'static str),
}

const fn task_tag(task: TaskKind) -> u32 {
    match task {
        TaskKind::Samples { .. } => 0,
        TaskKind::Own => 1,
        TaskKind::Environment(_) => 2,
        TaskKind::Text { .. } => 3,
        TaskKind::Regression { .. } => 4,
        TaskKind::Randomized(_) => 5,
        TaskKind::Reward(_) => 6,
        #[cfg(feature = "recurrent")]
        TaskKind::HeldText { .. } => 7,
    }
}

const fn environment_tag(kind: EnvironmentKind) -> u32 {
    match kind {
        EnvironmentKind::CartPole => 0,
        EnvironmentKind::MountainCar => 1,
        EnvironmentKind::Acrobot => 2,
        EnvironmentKind::Pendulum => 3,
        EnvironmentKind::Balance => 4,
        EnvironmentKind::LineFollower => 5,
        EnvironmentKind::Thermal => 6,
    }
}

const fn layer_tag(layer: Layer) -> u32 {
    match layer {
        Layer::Dense { .. } => 0,
        Layer::Embedding { .. } => 1,
        Layer::Block { .. } => 2,
        Layer::Norm { .. } => 3,
        #[cfg(feature = "convolution")]
        Layer::Conv { .. } => 4,
        #[cfg(feature = "convolution")]
        Layer::Depthwise { .. } => 5,
        #[cfg(feature = "convolution")]
        Layer::Pool { .. } => 6,
        #[cfg(feature = "convolution")]
        Layer::Fork { .. } => 7,
        #[cfg(feature = "convolution")]
        Layer::Shortcut { .. } => 8,
        #[cfg(feature = "convolution")]
        Layer::Join { .. } => 9,
        Layer::Front { .. } => 10,
        Layer::ReluBlock { .. } => 11,
    }
}

impl Abilities {
    /// What this firmware can do, with or without a task of the board's own.
    pub const fn of_firmware(own_task: bool) -> Self {
        let recurrent = cfg!(feature = "recurrent");
        Self {
            updates: true,
            tasks: 0b11_0101
                | (own_task as u32) << 1
                | (recurrent as u32) << 3
                | (RewardKind::is_there() as u32) << 6
                | (recurrent as u32) << 7,
            environments: 0b1111 | (cfg!(feature = "robots") as u32 * 0b111_0000),
            layers: 0b100_0000_0001
                | (recurrent as u32 * 0b1000_0000_1110)
                | (cfg!(feature = "convolution") as u32 * 0b11_1111_0000),
            estimators: 0b111,
        }
    }

    /// Whether it has a task of its own.
    pub const fn has_own_task(&self) -> bool {
        self.tasks & (1 << task_tag(TaskKind::Own)) != 0
    }

    /// The first thing that a run needs and the board lacks. Memory is another matter, which only the board
    /// can tell.
    pub fn lack(&self, run: &Run) -> Option<Lack> {
        let has = |set: u32, tag: u32| set & (1 << tag) != 0;
        if !has(self.tasks, task_tag(run.task)) {
            return Some(Lack::Task(run.task));
        }
        if let Some(domain) = run.task.domain()
            && !has(self.environments, environment_tag(domain.kind))
        {
            return Some(Lack::Environment(domain.kind));
        }
        let (estimator, name) = match run.estimator {
            Estimator::Node(_) => (0, "node"),
            Estimator::Weight(_) => (1, "weight"),
            Estimator::Guided(_) => (2, "node with a guide"),
        };
        if !has(self.estimators, estimator) {
            return Some(Lack::Estimator(name));
        }
        let mut layers = run.model.layers.iter().enumerate();
        let (place, layer) = layers.find(|&(_, &layer)| !has(self.layers, layer_tag(layer)))?;
        Some(Lack::Layer { place: place as u32, kind: layer.kind(), of_windows: !layer.is_of_vectors() })
    }
}

impl fmt::Display for Lack {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Task(TaskKind::Samples { .. }) => f.write_str("it does not train on samples"),
            Self::Task(TaskKind::Own) => f.write_str(
                "it has no task of its own: flash firmware that ends in eggroll_board::run_with_task, or name another \
                 board",
            ),
            Self::Task(TaskKind::Environment(_)) => f.write_str("it simulates no environments"),
            Self::Task(TaskKind::Text { .. }) => f.write_str(
                "it does not train on texts, as its firmware has no recurrent models: use another board, or build it \
                 with the feature `recurrent`",
            ),
            Self::Task(TaskKind::Regression { .. }) => f.write_str(
                "it does not do regression, as its firmware is older: flash it anew, or use another board",
            ),
            Self::Task(TaskKind::Randomized(_)) => f.write_str(
                "it cannot randomize the domain of an environment, as its firmware is older: flash it anew, use another \
                 board, or leave --domain-randomize out",
            ),
            Self::Task(TaskKind::Reward(_)) => f.write_str(
                "its firmware has no puzzles for language models: use another board, or build it with the feature \
                 `rewards`",
            ),
            #[cfg(feature = "recurrent")]
            Self::Task(TaskKind::HeldText { .. }) => f.write_str(
                "it cannot learn a text alone, as its firmware is older or has no recurrent models: build it anew with \
                 the feature `recurrent`, use another board, or leave --autonomous out",
            ),
            Self::Environment(kind) => write!(f, "it does not simulate the environment {kind}"),
            Self::Layer { place, kind, of_windows: true } => write!(
                f,
                "its firmware has no convolutions, and layer {place} of the model is {kind}: use another board, build \
                 its firmware with the feature `convolution`, or adapt only the layers behind with --train last, whose \
                 front runs on the host"
            ),
            Self::Layer { place, kind, .. } => {
                write!(f, "its firmware lacks the kind of layer {place} of the model, {kind}: use another board")
            }
            Self::Estimator(name) => write!(f, "its firmware lacks the estimator {name}"),
        }
    }
}
