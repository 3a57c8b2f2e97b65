//! What the model of a run answers: the commands `predict` and `eval`.

mod adapted;
mod anomaly;
mod block;
mod confusion;
mod deploy;
mod eval;
mod field;
mod figures;
mod on_boards;
mod opened;
mod place;
mod predict;
mod regression;
mod smooth;
mod threshold;

pub(super) use adapted::replay;
pub(super) use deploy::deploy;
pub(super) use eval::eval;
pub(super) use field::field;
pub(super) use predict::predict;
pub(super) use smooth::{Decides, Smooth, level};
pub(super) use threshold::Threshold;
