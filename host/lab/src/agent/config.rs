//! What an agent is told when it is started.

use crate::{Login, LoginError};
use eggroll_host::fleet::link::{Address, LabAddress};
use std::time::Duration;

/// An agent.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The lab.
    pub lab: LabAddress,
    /// Who it is to the server.
    pub login: Login,
    /// Its name in the lab.
    pub name: String,
    /// What it offers.
    pub boards: Vec<Address>,
    /// Every unit takes at least so long: for measurements of the lab itself.
    pub delay: Duration,
}

/// Says why an agent ended.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AgentError {
    /// There is no connection.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// Another agent has its name.
    #[error("another agent of this lab is called {0}: give this one another name by --name")]
    NameTaken(String),
    /// The connection was closed for good.
    #[error("{0}: the connection was closed")]
    Closed(String),
}
