//! The flags of labs.

use clap::Args;
use eggroll_host::fleet::link::{Address, LabAddress};
use eggroll_lab::Login;
use std::path::PathBuf;
use std::time::Duration;

/// Who this program is to the server of a lab.
#[derive(Args, Clone, Default)]
#[command(next_help_heading = "Labs")]
pub(crate) struct LoginArgs {
    /// A credentials file of NATS: a user's JWT and key
    #[arg(long, value_name = "FILE")]
    nats_creds: Option<PathBuf>,
    /// A file with the seed of an NKEY
    #[arg(long, value_name = "FILE")]
    nats_nkey: Option<PathBuf>,
    /// The authority that the server's certificate is checked by, in PEM format [default: the system's]
    #[arg(long, value_name = "FILE")]
    nats_ca: Option<PathBuf>,
    /// A certificate of this program, in PEM format, for a server that wants one
    #[arg(long, value_name = "FILE", requires = "nats_key")]
    nats_cert: Option<PathBuf>,
    /// The key of --nats-cert
    #[arg(long, value_name = "FILE", requires = "nats_cert")]
    nats_key: Option<PathBuf>,
}

impl LoginArgs {
    /// The same for the library.
    pub(super) fn login(&self) -> Login {
        Login {
            credentials: self.nats_creds.clone(),
            nkey: self.nats_nkey.clone(),
            ca: self.nats_ca.clone(),
            certificate: self.nats_cert.clone().zip(self.nats_key.clone()),
        }
    }
}

/// The flags of `eggroll-host agent`.
#[derive(Args, Clone)]
pub(crate) struct AgentArgs {
    /// The lab: nats://[USER[:PASSWORD]@]HOST[:PORT], or tls:// to insist on TLS
    #[arg(long, value_name = "LAB")]
    pub(super) join: LabAddress,
    /// What this computer offers, as for a training: sim, cpu, cuda, /dev/ttyACM0, '/dev/ttyACM*',
    /// tcp:HOST:PORT, qemu:BOARD
    #[arg(long, value_name = "ADDR", num_args = 1.., required = true)]
    pub(super) boards: Vec<Address>,
    /// The agent's name in the lab: letters, digits, - and _, at most 32 [default: the computer's]
    #[arg(long)]
    pub(super) name: Option<String>,
    #[command(flatten)]
    pub(super) login: LoginArgs,
    /// Every unit takes at least so many milliseconds: to measure the lab itself
    #[arg(long, value_name = "MS", default_value_t = 0, hide = true)]
    pub(super) delay: u64,
}

impl AgentArgs {
    pub(super) const fn delay(&self) -> Duration {
        Duration::from_millis(self.delay)
    }
}

/// The flags of `eggroll-host status`.
#[derive(Args, Clone)]
pub(crate) struct StatusArgs {
    /// The lab, or one run of it: nats://HOST:PORT or nats://HOST:PORT#RUN
    pub(super) lab: LabAddress,
    /// Print one JSON object instead
    #[arg(long)]
    pub(super) json: bool,
    /// Remove the copy of the run from the lab; directories of it stay as they are
    #[arg(long)]
    pub(super) forget: bool,
    #[command(flatten)]
    pub(super) login: LoginArgs,
}
