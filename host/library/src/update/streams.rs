use super::Setup;
use eggroll_firmware::task::Streams;
use std::sync::Arc;

/// The feed of a run on a text, generation by generation: the tokens of its streams, and the base model's
/// states before the first of them.
#[derive(Clone)]
pub(super) struct TextStreams {
    text: Arc<[u8]>,
    streams: Streams,
    states: Vec<i8>,
}

impl TextStreams {
    /// The streams before the first generation, with states of 0. Returns `None` for another task.
    pub(super) fn new(setup: &Setup, state_len: usize) -> Option<Self> {
        let streams = setup.run.streams()?;
        let states = vec![0; streams.count as usize * state_len];
        Some(Self { text: Arc::clone(&setup.text), streams, states })
    }

    /// The feed of a generation: tokens, then states.
    pub(super) fn feed(&self, generation: u32) -> Arc<[u8]> {
        let (count, len) = (self.streams.count, self.text.len());
        let tokens = self.streams.context as usize + 1;
        let mut feed = Vec::with_capacity(self.streams.feed_len(0) as usize + self.states.len());
        for stream in 0..count {
            let (mut at, mut left) =
                (self.streams.start(stream, generation, len as u64) as usize % len, tokens);
            // After the end of the text, a stream reads on at its beginning.
            while left > 0 {
                let here = left.min(len - at);
                feed.extend_from_slice(&self.text[at..at + here]);
                (at, left) = (0, left - here);
            }
        }
        feed.extend_from_slice(bytemuck::cast_slice(&self.states));
        feed.into()
    }

    /// Sets the states from which the next generation goes on.
    pub(super) fn carry(&mut self, states: &[i8]) {
        self.states.copy_from_slice(states);
    }
}
