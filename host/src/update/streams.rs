use super::Setup;
use eggroll_firmware::task::Streams;
use std::sync::Arc;

/// What a run on a text reads, generation by generation: its streams, and the base model's states at their starts.
#[derive(Clone)]
pub(super) struct Reading {
    text: Arc<[u8]>,
    streams: Streams,
    states: Vec<i8>,
}

impl Reading {
    /// Before the first generation, with silent states; `None` for another task.
    pub(super) fn new(setup: &Setup, state_len: usize) -> Option<Self> {
        let streams = setup.run.streams()?;
        let states = vec![0; streams.count as usize * state_len];
        Some(Self { text: Arc::clone(&setup.text), streams, states })
    }

    /// What a generation reads: tokens, then states.
    pub(super) fn feed(&self, generation: u32) -> Arc<[u8]> {
        let len = self.text.len();
        let tokens = (0..self.streams.count).flat_map(|stream| {
            let start = self.streams.start(stream, generation, len as u64) as usize;
            (start..=start + self.streams.context as usize).map(move |at| self.text[at % len])
        });
        tokens.chain(self.states.iter().map(|&s| s as u8)).collect()
    }

    /// Goes on to the next generation, from these states.
    pub(super) fn carry(&mut self, states: &[i8]) {
        self.states.copy_from_slice(states);
    }
}
