//! A run's directory: configuration, journal, metrics, weights, curve.

mod config;
mod curve;
mod directory;
mod export;
pub mod history;
pub mod journal;
mod metrics;
mod model_name;
mod schedule;
mod weights;

pub use config::{Config, DataFingerprint, TaskName};
pub use curve::write_curve;
pub use directory::{RunDirectory, write_atomically};
pub use export::export;
pub use history::History;
pub use journal::{Answered, Journal, JournalError, Record};
pub use metrics::{MetricsRow, MetricsWriter, read_metrics};
pub use model_name::{ModelName, ModelNameError};
pub use schedule::{Rates, Schedule};
pub use weights::{Weights, parse_weights, read_weights, write_weights};
