//! The features of a window of samples: those of `eggroll-host train --features motion`.

use eggroll_firmware::signal::{Block, Extractor, Memory, Plan};

/// Features of a window.
pub const INPUTS: usize = 56;

/// What is computed of a window: the plan of the model of `gesture`, which a model for this application
/// shares.
pub const PLAN: Plan<'static> = Plan {
    channels: 3,
    window: 64,
    hop: 32,
    filters: &[],
    magnitude: true,
    blocks: &[
        Block::Mean,
        Block::Spread,
        Block::Least,
        Block::Greatest,
        Block::PeakToPeak,
        Block::Crossings,
        Block::Bands { count: 8 },
    ],
};

/// Samples that are kept: 64 of each of three axes and of the magnitude, as [`Plan::ring`] says.
const RING: usize = 256;
/// What a transform works in, as [`Plan::scratch`] says.
const SCRATCH: usize = 64;

/// The extractor, and the memory that it works in.
pub struct Features {
    extractor: Extractor,
    ring: [i16; RING],
    scratch: [i16; SCRATCH],
    raws: [i32; INPUTS],
    /// Whether a window has been complete since the last restart.
    has_window: bool,
}

impl Features {
    /// Before the first sample.
    pub const fn new() -> Self {
        let extractor = Extractor::new(&PLAN);
        Self { extractor, ring: [0; RING], scratch: [0; SCRATCH], raws: [0; INPUTS], has_window: false }
    }

    /// Takes a sample. The features, as whole numbers, where it completes a window.
    pub fn push(&mut self, sample: &[i16; 3]) -> Option<&[i32; INPUTS]> {
        let Self { extractor, ring, scratch, raws, has_window } = self;
        let mut memory = Memory { ring, frames: &mut [], scratch, filters: &mut [] };
        let complete = extractor.push(&PLAN, &mut memory, sample, raws);
        *has_window |= complete;
        complete.then_some(raws)
    }

    /// The features of the last window.
    pub fn last(&self) -> Option<&[i32; INPUTS]> {
        self.has_window.then_some(&self.raws)
    }

    /// Begins a new recording: what came before counts no more.
    pub fn restart(&mut self) {
        self.extractor = Extractor::new(&PLAN);
        self.has_window = false;
    }
}

impl Default for Features {
    fn default() -> Self {
        Self::new()
    }
}
