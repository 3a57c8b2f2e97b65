use super::cobs::{self, Cobs};
use crate::checksum::FRAME_CRC as CRC;
use crate::message_bytes::{Written, read};
use crate::slice_ext::{copy, part_mut, split};
use crate::train::State;
use core::fmt;
use postcard::ser_flavors::crc::CrcModifier;
use serde::{Deserialize, Serialize};

const CRC_LEN: usize = 4;

/// The tag of [`super::Answer::Hello`].
const HELLO: u32 = 0;

/// What a message adds to its bytes field at most: ids, tags, lengths, state, CRC and terminator.
const OVERHEAD: usize = 56;

/// Length of a message's bytes field (a chunk to load, scores) that surely fits a frame of `frame` bytes.
pub const fn payload_within(frame: usize) -> usize {
    // COBS adds a byte for every started 254.
    frame.saturating_sub(OVERHEAD + frame / 254 + 1)
}

/// Why a frame is no message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameError {
    /// Longer than the receiver's buffer.
    TooLong,
    /// Not COBS, or too short for a CRC.
    Malformed,
    /// The CRC differs.
    BadCrc,
    /// Intact, but no message of this protocol.
    NotAMessage,
    /// The message does not fit the sender's buffer.
    NoRoom,
}

impl fmt::Display for FrameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::TooLong => "a frame is longer than the receiver's buffer",
            Self::Malformed => "a frame is malformed",
            Self::BadCrc => "a frame's CRC differs",
            Self::NotAMessage => "a frame holds no message of this protocol",
            Self::NoRoom => "the message does not fit a frame",
        })
    }
}

impl core::error::Error for FrameError {}

/// Writes a message as one frame, terminator included, into `out`.
///
/// # Errors
/// [`FrameError::NoRoom`].
pub fn encode<'o>(message: &impl Serialize, out: &'o mut [u8]) -> Result<&'o mut [u8], FrameError> {
    let crc = Written(CrcModifier::new(Cobs::new(out), CRC.digest()));
    postcard::serialize_with_flavor(message, crc).map_err(|_| FrameError::NoRoom)
}

/// Undoes COBS in place and checks the CRC; returns the message's bytes. `frame` comes without its
/// terminator.
fn open(frame: &mut [u8]) -> Result<&[u8], FrameError> {
    let len = cobs::decode_in_place(frame).ok_or(FrameError::Malformed)?;
    let decoded = frame.get(..len).ok_or(FrameError::Malformed)?;
    let (message, crc) = decoded.split_last_chunk::<CRC_LEN>().ok_or(FrameError::Malformed)?;
    if CRC.checksum(message) == u32::from_le_bytes(*crc) { Ok(message) } else { Err(FrameError::BadCrc) }
}

/// Reads the message in a frame, in place.
///
/// # Errors
/// Any [`FrameError`] but [`FrameError::NoRoom`]; for [`FrameError::NotAMessage`] the frame's bytes are
/// opened, and [`request_id`] finds whom to answer.
#[inline(never)]
pub fn decode<'f, T: Deserialize<'f>>(frame: &'f mut [u8]) -> Result<T, FrameError> {
    read(open(frame)?).ok_or(FrameError::NotAMessage)
}

/// The id at the start of an opened message of a kind that the receiver does not know.
pub fn request_id(opened: &[u8]) -> Option<u32> {
    postcard::take_from_bytes(opened).ok().map(|(id, _)| id)
}

/// The id and the protocol in an opened reply to a handshake whose other fields the receiver does not know:
/// those before the protocol are the same in every version.
pub fn hello_protocol(opened: &[u8]) -> Option<(u32, u32)> {
    type Start = (u32, Option<State>, u32, u32);
    match postcard::take_from_bytes::<Start>(opened) {
        Ok(((id, _, HELLO, protocol), _)) => Some((id, protocol)),
        _ => None,
    }
}

/// What [`Receiver::push`] found.
#[derive(Debug, PartialEq, Eq)]
pub enum Received<'a> {
    /// All bytes are taken; the frame goes on.
    Nothing,
    /// A frame, without its terminator.
    Frame(&'a mut [u8]),
    /// A frame was longer than the buffer, and is dropped.
    TooLong,
}

/// Cuts a byte stream into frames, in a buffer of fixed size.
pub struct Receiver<B> {
    buffer: B,
    len: usize,
    overflow: bool,
}

impl<B: AsMut<[u8]>> Receiver<B> {
    /// A receiver for frames of up to the buffer's length, terminator not counted.
    pub const fn new(buffer: B) -> Self {
        Self { buffer, len: 0, overflow: false }
    }

    /// Takes bytes off the front of `bytes` up to the end of a frame. Call again while `bytes` is not empty.
    pub fn push(&mut self, bytes: &mut &[u8]) -> Received<'_> {
        let buffer = self.buffer.as_mut();
        loop {
            let end = bytes.iter().position(|&b| b == 0);
            let (part, rest) = split(bytes, end.unwrap_or(bytes.len()));
            match buffer.get_mut(self.len..self.len + part.len()) {
                Some(room) if !self.overflow => {
                    copy(room, part);
                    self.len += part.len();
                }
                _ => self.overflow = true,
            }
            let Some((_, rest)) = rest.split_first() else {
                *bytes = &[];
                return Received::Nothing;
            };
            *bytes = rest;
            let len = core::mem::take(&mut self.len);
            if core::mem::take(&mut self.overflow) {
                return Received::TooLong;
            }
            if len > 0 {
                return Received::Frame(part_mut(buffer, 0, len));
            }
        }
    }

    /// The buffer, free for other use until the next [`Self::push`] after a whole frame.
    pub fn buffer(&mut self) -> &mut [u8] {
        self.buffer.as_mut()
    }
}
