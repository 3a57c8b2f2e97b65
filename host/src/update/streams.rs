use super::Setup;
use eggroll_firmware::task::Streams;
use std::sync::Arc;

/// What a run on a text reads, generation by generation: its streams, and the base model's states at their starts.
#[derive(Clone)]
pub(super) struct TextStreams {
    text: Arc<[u8]>,
    streams: Streams,
    states: Vec<i8>,
}

impl TextStreams {
    /// Before the first generation, with silent states; `None` for another task.
    pub(super) fn new(setup: &Setup, state_len: usize) -> Option<Self> {
        let streams = setup.run.streams()?;
        let states = vec![0; streams.count as usize * state_len];
        Some(Self { text: Arc::clone(&setup.text), streams, states })
    }

    /// What a generation reads: tokens, then states.
    pub(super) fn feed(&self, generation: u32) -> Arc<[u8]> {
        let (count, len) = (self.streams.count, self.text.len());
        let tokens = self.streams.context as usize + 1;
        let mut feed = Vec::with_capacity(self.streams.feed_len(0) as usize + self.states.len());
        for stream in 0..count {
            let (mut at, mut left) =
                (self.streams.start(stream, generation, len as u64) as usize % len, tokens);
            // The text's end is followed by its beginning.
            while left > 0 {
                let here = left.min(len - at);
                feed.extend_from_slice(&self.text[at..at + here]);
                (at, left) = (0, left - here);
            }
        }
        feed.extend_from_slice(bytemuck::cast_slice(&self.states));
        feed.into()
    }

    /// Goes on to the next generation, from these states.
    pub(super) fn carry(&mut self, states: &[i8]) {
        self.states.copy_from_slice(states);
    }
}
