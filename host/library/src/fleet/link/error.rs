use crate::words;
use std::io;
use std::path::PathBuf;

/// Why a link cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No address is given.
    #[error("no board is named: give --boards an address")]
    Nowhere,
    /// Nothing is at the path.
    #[error("{}: no such device: is the board plugged in?", words::path(.0))]
    NoDevice(PathBuf),
    /// No device matches a pattern.
    #[error("{0}: no device matches: is a board plugged in?")]
    NoMatch(String),
    /// Somebody else has the device.
    #[error(
        "{}: device busy: another program (another eggroll-host, a serial terminal) has it open",
        words::path(.0)
    )]
    Busy(PathBuf),
    /// The system does not let this user have the device.
    #[error(
        "{}: permission denied: on Linux, join the group that owns it (often dialout) and log in again",
        words::path(.0)
    )]
    Denied(PathBuf),
    /// The path leads to something else.
    #[error("{}: cannot be used as a serial port: {why}", words::path(path))]
    NotSerial {
        /// The path.
        path: PathBuf,
        /// What the system says.
        why: String,
    },
    /// Nobody listens.
    #[error("{name}: cannot connect: {why}")]
    Unreachable {
        /// The address.
        name: String,
        /// What the system says.
        why: String,
    },
    /// The chip cannot be reached through a debug probe.
    #[error("{name}: {why}")]
    Probe {
        /// The address.
        name: String,
        /// What is missing.
        why: String,
    },
    /// There is no GPU to use.
    #[error("{name}: {why}")]
    Cuda {
        /// The address.
        name: String,
        /// What is missing.
        why: String,
    },
    /// There is no simulated FPGA.
    #[error("{name}: {why}")]
    Fpga {
        /// The address.
        name: String,
        /// What is missing.
        why: String,
    },
    /// The program that emulates the board is not installed.
    #[error("{name}: {program} is not installed: {install}")]
    NoEmulator {
        /// The board.
        name: String,
        /// The program.
        program: &'static str,
        /// How to get it.
        install: &'static str,
    },
    /// The board's image has not been built.
    #[error(
        "{name}: no image at {}: build it with `cargo xtask boards {board}`, or name one by image=PATH",
        words::path(path)
    )]
    NoImage {
        /// The link.
        name: String,
        /// The board.
        board: String,
        /// Where it would be.
        path: PathBuf,
    },
    /// The emulator does not start.
    #[error("{name}: the emulator does not start: {why}")]
    Emulator {
        /// The board.
        name: String,
        /// What it or the system says.
        why: String,
    },
}

impl LinkError {
    /// An emulator that fails as the system says.
    pub(super) fn emulator(name: &str, error: &io::Error) -> Self {
        Self::Emulator { name: name.to_owned(), why: error.to_string() }
    }
}
