use super::super::link::LinkError;
use super::super::session::SessionError;
use eggroll_firmware::wire::{Lack, PROTOCOL, SMALLEST_FRAME};
use std::time::Duration;

/// Why a board cannot join a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// There is no way to it.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Something is there, but nothing that knows this program.
    #[error("{name}: not an eggroll board: {}; flash it, or check the baud rate", what_came(*heard, *waited))]
    Foreign {
        /// The board.
        name: String,
        /// Bytes that came instead.
        heard: u64,
        /// How long it was asked.
        waited: Duration,
    },
    /// It has answered before, and says nothing now.
    #[error("{name}: it has answered before, but now {}; reset it, or plug it in again", what_came(*heard, *waited))]
    Mute {
        /// The board.
        name: String,
        /// Bytes that came instead.
        heard: u64,
        /// How long it was asked.
        waited: Duration,
    },
    /// It stopped answering.
    #[error("{name}: {error}")]
    Session {
        /// The board.
        name: String,
        /// What happened.
        error: SessionError,
    },
    /// It speaks another protocol.
    #[error(
        "{name}: speaks protocol {theirs}, this host {PROTOCOL}: flash it with the firmware of this version"
    )]
    Protocol {
        /// The board.
        name: String,
        /// Its protocol.
        theirs: u32,
    },
    /// Its handshake says that it speaks this protocol, and cannot be read.
    #[error("{name}: its handshake is malformed, although it says protocol {PROTOCOL}: flash it again")]
    MalformedHello {
        /// The board.
        name: String,
    },
    /// Its frames are too short for any request.
    #[error("{name}: its largest frame is {theirs} bytes; a board must take frames of {SMALLEST_FRAME}")]
    Frames {
        /// The board.
        name: String,
        /// What it says.
        theirs: u32,
    },
    /// The run needs something that it does not have.
    #[error("{name}: cannot take part in this run: {lack}")]
    Unable {
        /// The board.
        name: String,
        /// What it lacks.
        lack: Lack,
    },
    /// The run wants it to move its weights itself.
    #[error(
        "{name}: cannot move its weights itself, as --sync scores and --autonomous want: use --sync cheapest"
    )]
    CannotUpdate {
        /// The board.
        name: String,
    },
    /// Another host is at work on it.
    #[error(
        "{name}: another host is at work on it, for the run {run:08x}: end that host, or use another board"
    )]
    InUse {
        /// The board.
        name: String,
        /// The run that it is configured for.
        run: u32,
    },
    /// It refuses the run.
    #[error("{name}: {error}")]
    Refused {
        /// The board.
        name: String,
        /// Why.
        error: eggroll_firmware::Error,
    },
    /// It says something that answers nothing it was asked.
    #[error("{name}: gives an answer that fits no request of ours")]
    Nonsense {
        /// The board.
        name: String,
    },
}

fn what_came(bytes: u64, waited: Duration) -> String {
    let seconds = waited.as_secs_f64();
    match bytes {
        0 => format!("it said nothing for {seconds} s"),
        bytes => format!("its {bytes} bytes in {seconds} s held no frame of ours"),
    }
}
