//! The directory of a run: configuration, journal, metrics, weights, summary.

mod adapted;
mod beginning;
mod config;
mod data_preset;
mod deployed;
mod directory;
mod error;
mod export;
mod files;
mod files_of;
mod fleet_size;
mod folder;
mod held;
pub(crate) mod history;
mod identity;
pub mod journal;
mod lengths;
mod metrics;
mod mirror;
mod model_name;
mod own_task;
mod presets;
mod schedule;
mod source;
mod summary;
mod table;
mod tensors;
mod trained;
mod weights;

pub use adapted::{AdaptedError, Repeated, repeat_adaptation};
pub(crate) use beginning::{Beginning, begin};
pub use beginning::{RunLocation, adopt};
pub use config::Config;
pub use data_preset::DataPreset;
pub use deployed::{DeployedError, Kept, deployable};
pub use directory::RunDirectory;
pub use error::{JournalError, RunError};
pub use export::{Exported, SignalMemory, VECTORS, export, signal_memory};
pub use files::write_atomically;
pub use fleet_size::{boards_that_pay, slots_for};
pub use folder::RunFolder;
pub use held::Held;
pub use identity::{Identity, NoIdentity};
pub use journal::{Answered, Journal, Record};
pub use lengths::{LengthChange, Lengths};
pub use metrics::{BoardRow, BoardsWriter, MetricsRow, MetricsWriter, PerLayer};
pub use mirror::Mirror;
pub use model_name::{ModelFileError, ModelName, ModelNameError};
pub use own_task::OwnTask;
pub use presets::Preset;
pub use schedule::{Rates, Schedule};
pub use source::{
    DataFingerprint, DataName, RewardSource, Samples, Source, StartWeights, TaskName, TextFingerprint,
    TextSource, UnknownTask,
};
pub use summary::SessionSummary;
pub(crate) use table::read_sealed;
pub use table::{Row, TableWriter, read_table};
pub use trained::TrainedModel;
pub use weights::{Weights, parse_weights, read_egg, read_weights, read_weights_of, write_weights};
