//! The training loop, which plans, evaluates, updates, syncs and writes the journal, and the same without
//! evaluation, from a journal.

mod ahead;
mod alone;
mod error;
mod experiment;
mod front;
mod length;
mod look;
mod material;
mod rate;
mod rebuild;
mod rollback;
mod trainer;
mod window;

pub use error::TrainError;
pub use experiment::{Experiment, load_data};
pub use front::front_of;
pub use material::Material;
pub use rate::choose_rate;
pub use rebuild::{Rebuilt, audit, rebuild};
pub use tokio_util::sync::CancellationToken;
pub use trainer::{Progress, Stop, Summary, Trainer};
