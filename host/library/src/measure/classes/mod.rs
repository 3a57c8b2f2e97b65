//! What a classifier answers, and how good its answers are: for each class, by their probabilities, and
//! beside baselines.

mod answer;
mod assessment;
mod baselines;
mod calibration;
mod confusion;
mod inputs;
mod judged;

pub use answer::{Answer, Classifier};
pub use assessment::{Assessment, Part};
pub use baselines::{Baselines, labelled};
pub use calibration::{BINS, Bin, Calibration};
pub use confusion::{ClassFigures, Confusion};
pub use inputs::Inputs;
pub(super) use judged::{CLEAR, WORTH};
pub use judged::{Judged, Outvoted};
