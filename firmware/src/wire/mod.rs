//! The wire protocol: a byte stream in each direction, a request answered by one reply.
//!
//! `docs/protocol.md` specifies it: frames, encodings, every request with what it checks and changes, time,
//! examples. In short, a frame is a message in postcard's format and its CRC-32, stuffed by COBS and ended by
//! a zero. Requests are answered in the order in which they arrive, each may come again at any time, and
//! every reply carries the board's [`State`](crate::train::State), so that a board that differs is noticed at
//! once. Requests of a run name it ([`Command::InRun`]), and the sync checksum covers its identity
//! ([`Checksum`]).

mod abilities;
mod cobs;
mod frame;
mod message;
mod model;

pub use crate::checksum::{Checksum, checksum_of};
pub use abilities::{Abilities, Lack};
pub use frame::{FrameError, Received, Receiver, decode, encode, hello_protocol, payload_within, request_id};
pub(crate) use message::WORKING;
pub use message::{
    Answer, Command, Features, Hello, Limits, PROTOCOL, Reply, Request, RunCommand, SMALLEST_FRAME, Stats,
};
pub use model::ModelCommand;
