use crate::LoginError;

/// Says why a run cannot be trained, or goes no further, in a lab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LabError {
    /// There is no connection.
    #[error(transparent)]
    Login(#[from] LoginError),
    /// The server refuses something.
    #[error("{server}: {why}; a lab needs JetStream (nats-server -js) and an account that may use it")]
    Server {
        /// The server.
        server: String,
        /// What it says.
        why: String,
    },
    /// Another coordinator trains the run.
    #[error("run {run} is being trained by {by}: end that one first, or train another run (--seed)")]
    Led {
        /// The run.
        run: String,
        /// The other coordinator.
        by: String,
    },
    /// Another coordinator has taken over the run.
    #[error(
        "{by} has taken over run {run}, so this host stops: its directory is whole, and the run goes on there"
    )]
    TakenOver {
        /// The run.
        run: String,
        /// The other coordinator.
        by: String,
    },
    /// The lab has more of the run than this host.
    #[error(
        "the lab has this run up to generation {generation}, which this host has not: go on with it by --resume \
         {address}, or remove it by `eggroll-host status {address} --forget`"
    )]
    Ahead {
        /// The last generation in the lab.
        generation: u32,
        /// The address of the run.
        address: String,
    },
    /// The lab has no such run.
    #[error("{server} has no run {run}: `eggroll-host status {server}` lists the runs that it has")]
    NoRun {
        /// The server.
        server: String,
        /// The run.
        run: String,
    },
    /// The copy of the run is damaged.
    #[error("{server}: the copy of run {run} is damaged: {why}")]
    Damaged {
        /// The server.
        server: String,
        /// The run.
        run: String,
        /// What is wrong.
        why: String,
    },
    /// The files of a run cannot be brought here.
    #[error("the files of the run cannot be brought to this computer: {why}")]
    Files {
        /// Why.
        why: String,
    },
    /// The copy of the run is not complete.
    #[error(
        "{server} has not taken all of the run within {seconds} s: the run's directory is whole, and --resume with the \
         same --boards completes the copy"
    )]
    Behind {
        /// The server.
        server: String,
        /// How long it was waited for.
        seconds: u64,
    },
}
