//! Labs: boards on several computers, over NATS.

mod agent;
mod args;
mod coordinate;
mod fetch;
mod status;

pub(super) use agent::agent;
pub(super) use args::{AgentArgs, LoginArgs, StatusArgs};
pub(super) use coordinate::{close, connect, lead, show};
pub(super) use fetch::{complete, fetch};
pub(super) use status::status;
