//! What the model of a run answers: the commands `predict` and `eval`.

mod anomaly;
mod block;
mod confusion;
mod eval;
mod field;
mod figures;
mod opened;
mod place;
mod predict;
mod regression;
mod smooth;
mod threshold;

pub(super) use eval::eval;
pub(super) use field::field;
pub(super) use predict::predict;
pub(super) use smooth::{Decides, Smooth, level};
pub(super) use threshold::Threshold;
