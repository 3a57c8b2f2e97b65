//! The credit of a generation, Z, on all cores: what the firmware's credits bring, tensor by tensor.

mod outer;
mod pairs;
mod slots;
mod text;
mod votes;

pub use pairs::PairsCredit;
pub use slots::{SlotsCredit, carry};
pub use text::{TextStep, step_text};
