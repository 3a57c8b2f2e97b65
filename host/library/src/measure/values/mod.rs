//! What a regression answers, and how good its answers are, beside baselines.

mod answered;
mod assessment;
mod baselines;

pub use answered::Answered;
pub use assessment::RegressionAssessment;
pub use baselines::RegressionBaselines;
