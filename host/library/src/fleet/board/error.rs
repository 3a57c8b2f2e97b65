use super::super::link::LinkError;
use super::super::session::SessionError;
use crate::run::OwnTask;
use eggroll_firmware::wire::{Lack, PROTOCOL, SMALLEST_FRAME};
use std::time::Duration;

/// Says why a board cannot join a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum BoardError {
    /// The link cannot be opened.
    #[error(transparent)]
    Link(#[from] LinkError),
    /// Something is there, but it does not speak this program's protocol.
    #[error("{name}: not an eggroll board: {}; flash it, or check the baud rate", what_came(*heard, *waited))]
    Foreign {
        /// The name of the board.
        name: String,
        /// The number of bytes that came instead.
        heard: u64,
        /// How long the host waited for an answer.
        waited: Duration,
    },
    /// The board has answered before, but does not answer now.
    #[error("{name}: it has answered before, but now {}; reset it, or plug it in again", what_came(*heard, *waited))]
    Mute {
        /// The name of the board.
        name: String,
        /// The number of bytes that came instead.
        heard: u64,
        /// How long the host waited for an answer.
        waited: Duration,
    },
    /// The board stopped answering.
    #[error("{name}: {error}")]
    Session {
        /// The name of the board.
        name: String,
        /// What happened.
        error: SessionError,
    },
    /// The board speaks another protocol.
    #[error(
        "{name}: speaks protocol {theirs}, this host {PROTOCOL}: flash it with the firmware of this version"
    )]
    Protocol {
        /// The name of the board.
        name: String,
        /// The version of its protocol.
        theirs: u32,
    },
    /// The handshake names this protocol, but it cannot be read.
    #[error("{name}: its handshake is malformed, although it says protocol {PROTOCOL}: flash it again")]
    MalformedHello {
        /// The name of the board.
        name: String,
    },
    /// The board's frames are too short for any request.
    #[error("{name}: its largest frame is {theirs} bytes; a board must take frames of {SMALLEST_FRAME}")]
    Frames {
        /// The name of the board.
        name: String,
        /// The largest frame that the board names.
        theirs: u32,
    },
    /// The run needs an ability that the board does not have.
    #[error("{name}: cannot take part in this run: {lack}")]
    Unable {
        /// The name of the board.
        name: String,
        /// The ability that it lacks.
        lack: Lack,
    },
    /// The run needs boards that update their own weights, and this board cannot.
    #[error(
        "{name}: cannot move its weights itself, as --sync scores and --autonomous want: use --sync cheapest"
    )]
    CannotUpdate {
        /// The name of the board.
        name: String,
    },
    /// The board's own task is not that of the run.
    #[error(
        "{name}: its own task is {theirs}, that of this run {ours}: flash the same firmware, or leave it out"
    )]
    OtherTask {
        /// The name of the board.
        name: String,
        /// The board's task.
        theirs: OwnTask,
        /// The task of the run.
        ours: OwnTask,
    },
    /// The run is on a task of a board's own, and this is no board.
    #[error(
        "{name}: cannot take part in this run: only a board can score its own task: name boards whose firmware ends in \
         eggroll_board::run_with_task"
    )]
    NotABoard {
        /// The address.
        name: String,
    },
    /// Another host uses the board.
    #[error(
        "{name}: another host is at work on it, for the run {run:08x}: end that host, or use another board"
    )]
    InUse {
        /// The name of the board.
        name: String,
        /// The run that the board is configured for.
        run: u32,
    },
    /// The board has too little memory for the run.
    #[error(
        "{name}: does not fit: the run needs {needs} bytes of memory, the board has {has} ({parts}): {way_out}"
    )]
    NoRoom {
        /// The name of the board.
        name: String,
        /// The bytes that the run needs at least.
        needs: u64,
        /// The bytes that the board has.
        has: u64,
        /// What the needed bytes are for.
        parts: String,
        /// What needs fewer of them.
        way_out: &'static str,
    },
    /// The board's store for samples is too small for the run's.
    #[error("{name}: does not fit: {what} {needs} bytes, the board's store for them has {has}: {way_out}")]
    SmallStore {
        /// The name of the board.
        name: String,
        /// What the store is for in this run.
        what: &'static str,
        /// The bytes that the run needs.
        needs: u64,
        /// The bytes of the store.
        has: u64,
        /// What needs fewer of them.
        way_out: &'static str,
    },
    /// The board refuses the run.
    #[error("{name}: {error}")]
    Refused {
        /// The name of the board.
        name: String,
        /// The error of the firmware.
        error: eggroll_firmware::Error,
    },
    /// The board's answer fits no request.
    #[error("{name}: its answer fits no request of this host")]
    Nonsense {
        /// The name of the board.
        name: String,
    },
}

fn what_came(bytes: u64, waited: Duration) -> String {
    let seconds = waited.as_secs_f64();
    match bytes {
        0 => format!("it said nothing for {seconds} s"),
        bytes => format!("its {bytes} bytes in {seconds} s contained no frame of this protocol"),
    }
}
