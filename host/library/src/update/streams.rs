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
        let tokens = self.streams.feed_len(0) as usize;
        let mut feed = Vec::with_capacity(tokens + self.states.len());
        feed.resize(tokens, 0);
        self.streams.read(generation, &self.text, &mut feed);
        feed.extend_from_slice(bytemuck::cast_slice(&self.states));
        feed.into()
    }

    /// The states from which the next generation goes on.
    pub(super) fn states(&self) -> &[i8] {
        &self.states
    }

    /// Sets the states from which the next generation goes on.
    pub(super) fn carry(&mut self, states: &[i8]) {
        self.states.copy_from_slice(states);
    }
}
