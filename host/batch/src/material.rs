//! What a generation is evaluated on.

use eggroll_firmware::noise::sample_index;
use eggroll_firmware::task::{Feed, Streams, Target};
use eggroll_firmware::train::{Plan, Run};

/// What a generation is evaluated on.
#[derive(Clone, Copy)]
pub struct Material<'a> {
    /// The run.
    pub plan: &'a Plan,
    /// Sample records; empty for a text, and for an engine that has them already.
    pub samples: &'a [u8],
    /// What the generation reads of a text; empty for another task.
    pub feed: &'a [u8],
    /// The generation, from 1.
    pub generation: u32,
}

impl<'a> Material<'a> {
    pub(super) fn run(&self) -> &'a Run {
        self.plan.run()
    }

    /// The seed and the generation: the key of all noise.
    pub(super) fn key(&self) -> [u32; 2] {
        [self.run().seed, self.generation]
    }

    /// The index within the data set of a sample, by its number within the run.
    pub(super) fn index(&self, number: u64) -> u32 {
        sample_index(self.run().seed, number, self.run().samples())
    }

    /// A sample by its index: features and target.
    pub(super) fn sample(&self, index: u32) -> (&'a [i8], Target<'a>) {
        self.plan.samples(self.samples).get(index)
    }

    /// The streams and the feed of a run on a text.
    pub fn text(&self) -> Option<(Streams, Feed<'a>)> {
        let streams = self.run().streams()?;
        Some((streams, Feed::new(self.feed, streams, self.plan.program().state_len())))
    }
}
