//! A whole run in one arena: its configuration, its memory plan, and the [`Learner`] that loads, evaluates,
//! credits and steps. A board's server and the host both drive this one state machine.

mod arena;
mod bounds;
mod config;
mod learner;
mod pace;
mod plan;

pub(crate) use arena::{Cutter, words};
pub use config::{Estimator, Run, TaskKind};
pub use learner::{Learner, Section, State};
pub use pace::Pace;
pub use plan::{Plan, PlanParts};
