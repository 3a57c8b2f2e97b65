//! The wire protocol: a byte stream in each direction, a request answered by one reply.
//!
//! # Frame
//! `COBS(postcard(message) ++ CRC-32 of those bytes, little endian) ++ 0x00`. The CRC is CRC-32/ISO-HDLC (the one
//! of Ethernet and zip). COBS as in Cheshire and Baker 1999: no zero byte occurs inside a frame, so a receiver
//! that joins in the middle, or loses bytes, is in step again after the next zero. Empty frames (a zero after a
//! zero) mean nothing; a host sends one first. A frame that is longer than the receiver's buffer, breaks COBS or
//! fails its CRC is dropped in silence, and the sender repeats its request.
//!
//! # Messages
//! [postcard's wire format](https://postcard.jamesmunns.com/wire-format): fields in order, `u32` and enum tags as
//! varints, slices behind their length. A request is [`Request`], a reply [`Reply`]; both begin with the id
//! that the requester chose. Requests are handled and answered in the order in which they arrive; several may be
//! under way: as many as fit the board's largest frame together (one always), so that a board without flow control
//! has room for what comes while it computes. Every request may be repeated, with the same id or another, at any time: a board in another state
//! says so and changes nothing (only [`RunCommand::Load`] makes it ask for a new start). A board that computes for long may
//! say so by any number of [`Answer::Working`] before the answer: a host waits as long as it is told so, and repeats a
//! request only to a board that is silent.
//!
//! # Runs
//! A run has an identity, a number that [`Command::Configure`] brings and every later request of the run names
//! ([`Command::InRun`]). The sync checksum covers it, so a reply proves run, generation and weights at once; a request of
//! another run than the one configured is refused and changes nothing.
//!
//! # Course of a run
//! 1. [`Command::Hello`] tells protocol, board, arena, largest frame and abilities. A host speaks only to its own
//!    [`PROTOCOL`]; whatever else changes, a reply to this request has id, state, tag 0 and the protocol first.
//! 2. [`Command::Configure`] with the run and the checksum of its samples; the board answers what it needs, or why
//!    it cannot, and whether it has the samples already.
//! 3. [`RunCommand::Load`] for weights, residuals (where the board updates itself) and samples, in any chunks
//!    (samples only where the board lacks them).
//! 4. [`RunCommand::Start`] names the generation of those weights. The reply's state proves that they arrived.
//! 5. On a text, [`RunCommand::Feed`] with what the next generation reads.
//! 6. [`RunCommand::Evaluate`] for ranges of units of the next generation.
//! 7. [`RunCommand::Apply`] with the scores of all units, in chunks; with the last one the board steps. A board
//!    that does not update itself gets the weights' moves by [`RunCommand::Follow`], or weights again (3, 4).
//!
//! Instead of 5 to 7, [`RunCommand::Train`] lets a board that updates itself train alone and report its scores.
//!
//! Every reply carries the board's [`State`](crate::train::State), so a board that differs is noticed at once; it is loaded anew and
//! never trusted.

mod abilities;
mod checksum;
mod cobs;
mod frame;
mod message;

pub use abilities::{Abilities, Lack};
pub use checksum::{Checksum, checksum_of};
pub use frame::{FrameError, Received, Receiver, decode, encode, hello_protocol, payload_within, request_id};
pub use message::{
    Answer, Command, Features, Hello, Limits, PROTOCOL, Reply, Request, RunCommand, SMALLEST_FRAME, Stats,
};
