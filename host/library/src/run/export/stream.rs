//! The signal whose windows are the rows of a model.

use super::super::RunError;
use super::text::in_comment;
use crate::data::{Channel, Preprocessing, Signal};
use eggroll_firmware::signal::{Biquad, BiquadState, Block, Extractor, LOGARITHMS, MelFrames, Memory, Plan};

/// Sines that transforms take from a table: of a quarter of a turn.
pub(super) const SINES: usize = 257;
/// Windows of the recording of a self test.
pub(super) const TEST_WINDOWS: usize = 2;

/// A signal, and what is computed of it.
pub(super) struct Stream<'a> {
    signal: &'a Signal,
    /// The places of each feature's rule.
    places: Vec<i8>,
    pub(super) filters: Vec<Biquad>,
    pub(super) blocks: Vec<Block<'a>>,
}

/// What runs on samples has to keep, in bytes, where an address has 32 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalMemory {
    /// The state of a signal in C.
    pub c: usize,
    /// The state of a signal in Rust, which holds the raw values of a window as well.
    pub rust: usize,
    /// The constants of transforms, bands and filters.
    pub tables: usize,
}

impl<'a> Stream<'a> {
    /// The signal of these rules; `None` where there is none.
    pub(super) fn new(stored: &'a Preprocessing) -> Option<Self> {
        let signal = stored.signal.as_deref()?;
        let places = |feature| stored.rule(feature).map_or(0, |rule| rule.places());
        let places = (0..stored.features()).map(places).collect();
        Some(Self { signal, places, filters: signal.filters(), blocks: signal.blocks() })
    }

    /// # Errors
    /// [`RunError::Config`] where a feature, which is a whole number, is to lose digits.
    pub(super) fn checked(self) -> Result<Self, RunError> {
        if self.places.iter().all(|&places| places >= 0) {
            return Ok(self);
        }
        Err(RunError::Config(
            "the rules of a signal's features have units that are greater than 1".to_owned(),
        ))
    }

    /// Whether raw values have other units than the features of windows.
    pub(super) fn has_finer_units(&self) -> bool {
        self.places.iter().any(|&places| places > 0)
    }

    pub(super) fn plan(&self) -> Plan<'_> {
        self.signal.plan(&self.filters, &self.blocks)
    }

    /// Samples in a second; 0 where that is not known.
    pub(super) fn rate(&self) -> u32 {
        self.signal.rate.unwrap_or(0)
    }

    pub(super) fn channels(&self) -> &'a [Channel] {
        &self.signal.channels
    }

    /// What is computed of frames, in the order of the blocks.
    pub(super) fn mels(&self) -> impl Iterator<Item = &MelFrames<'a>> {
        self.blocks.iter().filter_map(|block| if let Block::Mel(mel) = block { Some(mel) } else { None })
    }

    /// Whether some block is one of these.
    pub(super) fn has(&self, is: impl Fn(&Block<'_>) -> bool) -> bool {
        self.blocks.iter().any(is)
    }

    pub(super) fn has_bands(&self) -> bool {
        self.has(|block| matches!(block, Block::Bands { .. }))
    }

    /// Whether there is a transform.
    pub(super) fn has_spectra(&self) -> bool {
        self.plan().scratch() > 0
    }

    /// Lines on the channels, as a comment says them.
    pub(super) fn described(&self) -> Vec<String> {
        let line = |(at, channel): (usize, &Channel)| {
            format!("{at} {}: in units of 10^{}", in_comment(&channel.title()), -i32::from(channel.places))
        };
        self.channels().iter().enumerate().map(line).collect()
    }

    /// The memory that a program needs.
    pub(super) fn memory(&self) -> SignalMemory {
        let plan = self.plan();
        let samples = plan.ring() + plan.frames() + plan.scratch();
        // Five numbers of a filter, and those that say where a signal is; in Rust these are always the same.
        let states = plan.states() * 4 * 5;
        let has_frames = self.mels().next().is_some();
        let counters = if has_frames { 4 * 4 } else { 2 * 4 };
        let bank = |mel: &MelFrames<'_>| 2 * (mel.bank.starts.len() + mel.bank.rising.len());
        let spectra = if self.has_spectra() { 2 * SINES + 4 * (LOGARITHMS.len()) } else { 0 };
        SignalMemory {
            c: (counters + states + 2 * samples).next_multiple_of(4),
            rust: (4 * 5 + states + 2 * samples).next_multiple_of(4) + 4 * plan.features(),
            tables: spectra + self.mels().map(bank).sum::<usize>() + 4 * 5 * self.filters.len(),
        }
    }

    /// The raw values of the windows of the self test's recording.
    pub(super) fn test_windows(&self) -> Vec<Vec<i32>> {
        let plan = self.plan();
        let (mut ring, mut frames) = (vec![0; plan.ring()], vec![0; plan.frames()]);
        let (mut scratch, mut states) = (vec![0; plan.scratch()], vec![BiquadState::NEW; plan.states()]);
        let mut memory =
            Memory { ring: &mut ring, frames: &mut frames, scratch: &mut scratch, filters: &mut states };
        let mut extractor = Extractor::new(&plan);
        let mut features = vec![0; plan.features()];
        let mut windows = Vec::with_capacity(TEST_WINDOWS);
        for moment in 0..plan.window + plan.hop {
            let sample = |channel| test_sample(moment, channel, plan.window + plan.hop);
            let samples: Vec<i16> = (0..u32::from(plan.channels)).map(sample).collect();
            if extractor.push(&plan, &mut memory, &samples, &mut features) {
                let in_unit = |(&value, &places): (&i32, &i8)| {
                    (0..places).fold(value, |value, _| value.saturating_mul(10))
                };
                windows.push(features.iter().zip(&self.places).map(in_unit).collect());
            }
        }
        windows
    }
}

/// A sample of the recording of a self test: drawn ones of all sizes, both ends of the range, silence, and
/// drawn ones that are small. Programs draw the same.
fn test_sample(moment: u32, channel: u32, length: u32) -> i16 {
    let drawn = moment.wrapping_mul(0x9E37_79B1).wrapping_add(channel.wrapping_mul(0x85EB_CA77));
    let drawn = (drawn ^ (drawn >> 15)).wrapping_mul(0x2C1B_3C6D);
    let drawn = drawn ^ (drawn >> 13);
    let within = |most: u32| (drawn % (2 * most + 1)) as i32 - most as i32;
    let sample = match (moment * 4).checked_div(length) {
        Some(0) => within(32767),
        Some(1) if drawn.is_multiple_of(2) => 32767,
        Some(1) => -32767,
        Some(2) => 0,
        _ => within(7),
    };
    sample as i16
}
