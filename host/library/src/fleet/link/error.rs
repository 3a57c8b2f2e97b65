use crate::words;
use std::io;
use std::path::PathBuf;

/// What may hold a port beside programs that users start.
const MODEM_MANAGER: &str = if cfg!(target_os = "linux") {
    ", or ModemManager, which tries new ports for some seconds unless a rule of udev tells it not to"
} else {
    ""
};
/// What to do where a port may not be opened.
const DENIED: &str = if cfg!(target_os = "linux") {
    "join the group that owns it (often dialout: `sudo usermod -aG dialout $USER`) and log in again"
} else {
    "only some users of this system may open serial ports"
};

/// Says why a link cannot be opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LinkError {
    /// No address is given.
    #[error("no board is named: give --boards an address")]
    Nowhere,
    /// There is no device at the path.
    #[error("{}: no such device: is the board plugged in?", words::path(.0))]
    NoDevice(PathBuf),
    /// No device matches a pattern.
    #[error("{0}: no device matches: is a board plugged in?")]
    NoMatch(String),
    /// Another program has opened the device.
    #[error(
        "{}: device busy: another program (another eggroll-host, a serial terminal{MODEM_MANAGER}) has it open",
        words::path(.0)
    )]
    Busy(PathBuf),
    /// The user may not open the device.
    #[error("{}: permission denied: {DENIED}", words::path(.0))]
    Denied(PathBuf),
    /// The file at the path is not a serial device.
    #[error("{}: cannot be used as a serial port: {why}", words::path(path))]
    NotSerial {
        /// The path.
        path: PathBuf,
        /// The error of the system.
        why: String,
    },
    /// The connection fails.
    #[error("{name}: cannot connect: {why}")]
    Unreachable {
        /// The address.
        name: String,
        /// The error of the system.
        why: String,
    },
    /// The chip cannot be reached through a debug probe.
    #[error("{name}: {why}")]
    Probe {
        /// The address.
        name: String,
        /// A sentence that says what is missing.
        why: String,
    },
    /// The GPU cannot be used.
    #[error("{name}: {why}")]
    Cuda {
        /// The address.
        name: String,
        /// A sentence that says what is missing.
        why: String,
    },
    /// There is no simulated FPGA.
    #[error("{name}: {why}")]
    Fpga {
        /// The address.
        name: String,
        /// A sentence that says what is missing.
        why: String,
    },
    /// The program that emulates the board is not installed.
    #[error("{name}: {program} is not installed: {install}")]
    NoEmulator {
        /// The board.
        name: String,
        /// The program.
        program: &'static str,
        /// A sentence that says how to install it.
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
        /// The path where it would be.
        path: PathBuf,
    },
    /// The emulator does not start.
    #[error("{name}: the emulator does not start: {why}")]
    Emulator {
        /// The board.
        name: String,
        /// The error of the emulator or of the system.
        why: String,
    },
}

impl LinkError {
    /// An emulator that fails with an error of the system.
    pub(super) fn emulator(name: &str, error: &io::Error) -> Self {
        Self::Emulator { name: name.to_owned(), why: error.to_string() }
    }
}
