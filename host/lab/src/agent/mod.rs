//! The agent: offers the evaluators of its computer to the coordinator of a run.
//!
//! It publishes to four subjects and reads from those that begin with `egg.to.` and its own name. So the
//! account of an agent needs no access to any stream: what it may read is delivered to it.

mod config;
mod desk;
mod follower;
mod inbox;
mod offers;
mod run;
mod serve;
mod supply;
mod work;

pub use config::{Agent, AgentError};
