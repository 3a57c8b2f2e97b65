use super::{Feed, Row, Samples, Streams, Target};
use crate::model::Start;
use crate::noise::sample_index;

/// Where the rows of a generation come from: what members read, and what they are scored by.
#[derive(Clone, Copy)]
pub enum Source<'a> {
    /// Records of features and a target, each chosen by its number in the run.
    Samples {
        /// The records.
        samples: Samples<'a>,
        /// Seed of the run, which decides the choice.
        seed: u32,
    },
    /// Streams of a text, read on from generation to generation.
    Streams {
        /// Their shape.
        streams: Streams,
        /// What the generation reads of them.
        feed: Feed<'a>,
    },
}

impl<'a> Source<'a> {
    /// A row of samples, by its index among them.
    pub fn sample(samples: Samples<'a>, index: u32) -> Row<'a> {
        let (input, target) = samples.get(index);
        Row { start: Start::Input(input), target, mark: index }
    }

    /// The row of a slot of estimator `node`. `number` counts the samples of the run, `slot` the slots of the
    /// generation.
    pub fn row(&self, number: u64, slot: u32) -> Row<'a> {
        match *self {
            Self::Samples { samples, seed } => {
                Self::sample(samples, sample_index(seed, number, samples.len() as u32))
            }
            Self::Streams { streams, feed } => {
                let (stream, at) = streams.place(slot);
                let tokens = feed.tokens(stream);
                let token = |at: usize| tokens.get(at).copied().unwrap_or(0);
                let (here, next) = (token(at as usize), token(at as usize + 1));
                Row { start: Start::Token(here), target: Target::Class(next.into()), mark: here.into() }
            }
        }
    }

    /// The first slot that the base model has to read so that its state is right at `slot`: the start of its
    /// stream, or `slot` itself where there is no state.
    pub const fn first_slot(&self, slot: u32) -> u32 {
        match self {
            Self::Samples { .. } => slot,
            Self::Streams { streams, .. } => slot.wrapping_sub(streams.place(slot).1),
        }
    }

    /// The stream that begins with a slot, and the state that it begins with.
    pub fn stream_at(&self, slot: u32) -> Option<(u32, &'a [i8])> {
        match *self {
            Self::Samples { .. } => None,
            Self::Streams { streams, feed } => match streams.place(slot) {
                (stream, 0) => Some((stream, feed.state(stream))),
                _ => None,
            },
        }
    }
}
