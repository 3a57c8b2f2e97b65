//! Measures of progress, the sets that a model is measured on, and the health of a model. All of it is
//! computed by forward passes on the host and is for reports: none of these figures decides a weight.

mod accuracy;
mod adaptation;
mod affordable;
mod anomaly;

mod bits;
mod chance;
mod classes;
mod eval_set;
mod explained;
mod figures;
mod fresh;
mod health;
mod regression;
mod right_answers;
mod robustness;
mod score;
mod values;
mod work;

pub use accuracy::accuracy;
pub use adaptation::Adaptation;
pub use anomaly::{Detection, Detector, NotAQuantile, Quantile, auc};
pub use bits::bits_per_byte;
pub use chance::Chance;
pub use classes::{
    Answer, Assessment, BINS, Baselines, Bin, Calibration, ClassFigures, Classifier, Confusion, Inputs,
    Judged, Outvoted, Part, labelled,
};
pub use eval_set::{EvalSet, FINAL_PROMPTS, FINAL_STARTS, WATCHED_PROMPTS, WATCHED_STARTS, WATCHED_TRIALS};
pub use explained::{GuideFacts, Reports};
pub use figures::Figures;
pub(crate) use health::share;
pub use health::{ModelHealth, examine};
pub use regression::{ColumnErrors, RegressionErrors, outputs};
pub use right_answers::{RightAnswers, answer};
pub use robustness::{SPREADS, SpreadReturns};
pub use score::{InvalidGoal, Measure, Score};
pub use values::{Answered, RegressionAssessment, RegressionBaselines};
pub use work::Work;
