//! What progress is measured by, what on, and how healthy a model is. Forward passes on the host, for reports only: no
//! figure of these decides a weight.

mod accuracy;
mod bits;
mod figures;
mod health;
mod score;
mod set;

pub use accuracy::accuracy;
pub use bits::bits_per_byte;
pub use figures::Figures;
pub(crate) use health::share;
pub use health::{Probe, probe};
pub use score::{InvalidGoal, Measure, Score};
pub use set::{FINAL_STARTS, Part, WATCHED_STARTS};
