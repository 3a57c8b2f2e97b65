//! The coordinator's side of a lab: it leads one run, and its fleet sees every evaluator of every agent as
//! one more of its own.

mod error;
mod hall;
mod lab;
mod leadership;
mod mirror;
mod prepare;
mod remote;
mod roster;
mod run;
mod shared;
mod supply;

pub use error::LabError;
pub use lab::Lab;
pub(crate) use leadership::led_by;
pub use run::Coordinator;
pub use shared::Picture;
