use crate::deploy::Deployed;
use serde::{Deserialize, Serialize};

/// The requests about the model that a board keeps ([`crate::deploy`]). They need no run, and disturb none.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum ModelCommand<'a> {
    /// Which model do you keep? Answered by [`Answer::Kept`](super::Answer::Kept).
    Which,
    /// A model is coming. Answered by [`Answer::Begun`](super::Answer::Begun).
    Begin(Deployed),
    /// The next bytes of it; those that make it whole make it the one that the board keeps. Answered by
    /// [`Answer::Done`](super::Answer::Done).
    Piece {
        /// Offset of the first byte.
        offset: u32,
        /// The bytes.
        bytes: &'a [u8],
    },
    /// Bytes of the model that you keep, as many as fit a frame. Answered by
    /// [`Answer::Bytes`](super::Answer::Bytes).
    Read {
        /// Whether that before it is meant, as long as it is there.
        previous: bool,
        /// Offset of the first byte.
        offset: u32,
        /// The most bytes.
        length: u32,
    },
    /// Raw values for the model, in order; the last lets it run. Answered by
    /// [`Answer::Outputs`](super::Answer::Outputs), before that by [`Answer::Done`](super::Answer::Done).
    Infer {
        /// The row that they belong to: any number, but another one than that of the row before.
        row: u32,
        /// The place of the first value.
        first: u32,
        /// The values, `i32` little endian.
        raws: &'a [u8],
    },
    /// Samples that you have collected, as many whole ones as fit a frame. Answered by
    /// [`Answer::Samples`](super::Answer::Samples).
    Samples {
        /// The first, counted from the oldest.
        first: u32,
    },
}
