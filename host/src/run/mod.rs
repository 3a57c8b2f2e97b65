//! A run's directory: configuration, journal, metrics, weights, curve, summary.

mod config;
mod curve;
mod directory;
mod export;
pub mod history;
mod identity;
pub mod journal;
mod metrics;
mod model_name;
mod presets;
mod schedule;
mod source;
mod summary;
mod tensors;
mod weights;

pub use config::Config;
pub use curve::write_curve;
pub use directory::{RunDirectory, write_atomically};
pub use export::export;
pub use history::History;
pub use identity::{Identity, NoIdentity};
pub use journal::{Answered, Journal, JournalError, Record};
pub use metrics::{BoardRow, BoardsWriter, MetricsRow, MetricsWriter, PerLayer, TableWriter, read_table};
pub use model_name::{ModelName, ModelNameError};
pub use presets::Preset;
pub use schedule::{Rates, Schedule};
pub use source::{
    DataFingerprint, DataName, Samples, Source, StartWeights, TaskName, TextFingerprint, TextSource,
    UnknownTask,
};
pub use summary::SessionSummary;
pub use weights::{Weights, parse_weights, read_egg, read_weights, write_weights};
