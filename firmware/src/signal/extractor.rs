//! The features of a signal's windows, one sample at a time.

use super::bands::band;
use super::cepstrum::coefficient;
use super::filter::{BiquadState, Filters};
use super::plan::{Block, MOST_MEL_BANDS, MelFrames, Plan, size_of_fft};
use super::spectrum::Spectrum;
use super::statistics::Statistics;

/// What an extractor works in. The lengths are those that its plan says; one memory serves one extractor.
#[derive(Debug)]
pub struct Memory<'m> {
    /// The last samples of each lane: [`Plan::ring`] of them.
    pub ring: &'m mut [i16],
    /// What was computed of the last frames: [`Plan::frames`].
    pub frames: &'m mut [i16],
    /// For transforms: [`Plan::scratch`]. It holds nothing between samples.
    pub scratch: &'m mut [i16],
    /// The state of each filter, channel by channel: [`Plan::states`].
    pub filters: &'m mut [BiquadState],
}

/// Where a signal is: how much of a window has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extractor {
    /// Where in its ring the next sample of a lane goes.
    at: usize,
    /// The samples of a lane that are kept: [`Plan::kept`], which is asked for with every sample.
    kept: usize,
    /// Samples until the next window is complete.
    until_window: u32,
    /// Samples until the next frame is complete.
    until_frame: u32,
    /// Frames so far, up to the number that windows have and from 0 again.
    frame: usize,
}

impl Extractor {
    /// The extractor before the first sample.
    pub const fn new(plan: &Plan<'_>) -> Extractor {
        let (kept, until_frame) = (plan.kept(), plan.frame() as u32);
        Extractor { at: 0, kept, until_window: plan.window, until_frame, frame: 0 }
    }

    /// Begins a new recording: what came before counts no more.
    pub fn restart(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        *self = Extractor::new(plan);
        memory.filters.fill(BiquadState::NEW);
    }

    /// Takes the samples of all channels at one moment, each in `-32767..=32767`.
    ///
    /// Whether a window is complete. Then its [`Plan::features`] features are in `features`: block by block,
    /// in each lane by lane, and of a lane by time, frequency or number. The first window is complete after
    /// [`Plan::window`] samples, each further one after [`Plan::hop`] more.
    pub fn push(
        &mut self,
        plan: &Plan<'_>,
        memory: &mut Memory<'_>,
        samples: &[i16],
        features: &mut [i32],
    ) -> bool {
        self.store(plan, memory, samples);
        // Without frames it stays 0.
        if self.until_frame > 0 {
            self.until_frame -= 1;
            let complete = if self.until_frame == 0 { plan.mels().next() } else { None };
            if let Some(mel) = complete {
                self.until_frame = mel.step.into();
                self.frames(plan, memory);
            }
        }
        self.until_window = self.until_window.saturating_sub(1);
        if self.until_window > 0 {
            return false;
        }
        self.until_window = plan.hop;
        self.window(plan, memory, features);
        true
    }

    /// Stores a sample of each lane. Nothing here divides, which a core without the instruction feels.
    fn store(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>, samples: &[i16]) {
        let mut states = &mut *memory.filters;
        let mut squares = 0u32;
        let mut place = self.at;
        let mut put = |sample| {
            if let Some(place) = memory.ring.get_mut(place) {
                *place = sample;
            }
            place += self.kept;
        };
        for &sample in samples.iter().take(plan.channels.into()) {
            let (of_channel, rest) =
                core::mem::take(&mut states).split_at_mut_checked(plan.filters.len()).unwrap_or_default();
            states = rest;
            let sample = Filters(plan.filters).push(of_channel, sample);
            let size = u32::from(sample.unsigned_abs());
            squares = squares.saturating_add(size * size);
            put(sample);
        }
        if plan.magnitude {
            put(squares.isqrt().min(32767) as i16);
        }
        self.at = if self.at + 1 < self.kept { self.at + 1 } else { 0 };
    }

    /// The last samples of a lane: the older ones, and behind them the newer ones.
    fn last<'r>(&self, lane: &'r [i16], count: usize) -> (&'r [i16], &'r [i16]) {
        let (newer, older) = lane.split_at_checked(self.at).unwrap_or_default();
        match count.checked_sub(newer.len()) {
            None | Some(0) => (newer.get(newer.len() - count..).unwrap_or_default(), &[]),
            Some(rest) => {
                let before = older.len().saturating_sub(rest);
                (older.get(before..).unwrap_or_default(), newer)
            }
        }
    }

    /// Computes what each block wants of the frame that is complete.
    fn frames(&mut self, plan: &Plan<'_>, memory: &mut Memory<'_>) {
        let mut count = 0;
        let mut stored = &mut *memory.frames;
        for mel in plan.mels() {
            let width = mel.width();
            count = mel.frames(plan.window);
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                let Some((of_lane, rest)) = stored.split_at_mut_checked(count * width) else { return };
                stored = rest;
                let Some(scratch) = memory.scratch.get_mut(..mel.fft()) else { return };
                let spectrum = Spectrum::new(self.last(lane, mel.frame.into()), 0, scratch);
                if let Some(out) = of_lane.chunks_exact_mut(width.max(1)).nth(self.frame) {
                    of_frame(&mel, &spectrum, out);
                }
            }
        }
        self.frame = if self.frame + 1 < count { self.frame + 1 } else { 0 };
    }

    /// Computes the features of the window that is complete.
    fn window(&self, plan: &Plan<'_>, memory: &mut Memory<'_>, features: &mut [i32]) {
        let mut out = features.iter_mut();
        let mut put = |value: i32| {
            if let Some(out) = out.next() {
                *out = value;
            }
        };
        let mut stored = &*memory.frames;
        let window = plan.window as usize;
        for block in plan.blocks {
            for lane in memory.ring.chunks_exact(self.kept.max(1)) {
                match block {
                    Block::Raw => {
                        let (older, newer) = self.last(lane, window);
                        older.iter().chain(newer).for_each(|&sample| put(sample.into()));
                    }
                    Block::Bands { count } => {
                        let samples = self.last(lane, window);
                        let size = size_of_fft(window);
                        let Some(scratch) = memory.scratch.get_mut(..size) else { return };
                        let spectrum = Spectrum::new(samples, mean(samples), scratch);
                        let count = usize::from(*count);
                        (0..count).for_each(|at| put(band(&spectrum, size, at, count).into()));
                    }
                    Block::Mel(mel) => {
                        let width = mel.width();
                        let count = mel.frames(plan.window);
                        let (of_lane, rest) = stored.split_at_checked(count * width).unwrap_or_default();
                        stored = rest;
                        let (newer, older) = of_lane.split_at_checked(self.frame * width).unwrap_or_default();
                        older.iter().chain(newer).for_each(|&value| put(value.into()));
                    }
                    // Statistics have places here, and are put there below.
                    _ => put(0),
                }
            }
        }
        self.statistics(plan, memory, features);
    }

    /// Computes the features that are statistics: those of a lane all at once, each to its place.
    fn statistics(&self, plan: &Plan<'_>, memory: &Memory<'_>, features: &mut [i32]) {
        if !plan.blocks.iter().any(is_statistic) {
            return;
        }
        let lanes = plan.lanes();
        for (number, lane) in memory.ring.chunks_exact(self.kept.max(1)).enumerate() {
            let (older, newer) = self.last(lane, plan.window as usize);
            let found = Statistics::of(older.iter().chain(newer).copied());
            let mut place = number;
            for block in plan.blocks {
                let out = if is_statistic(block) { features.get_mut(place) } else { None };
                if let Some(out) = out {
                    *out = of_statistics(block, &found);
                }
                place += plan.width(block) * lanes;
            }
        }
    }
}

/// The mean of samples, rounded down.
fn mean(samples: (&[i16], &[i16])) -> i32 {
    let sum: i32 = samples.0.iter().chain(samples.1).map(|&sample| i32::from(sample)).sum();
    let count = samples.0.len() + samples.1.len();
    sum.checked_div_euclid(count as i32).unwrap_or_default()
}

const fn is_statistic(block: &Block<'_>) -> bool {
    !matches!(block, Block::Raw | Block::Bands { .. } | Block::Mel(_))
}

/// Computes what is wanted of a frame.
fn of_frame(mel: &MelFrames<'_>, spectrum: &Spectrum<'_>, out: &mut [i16]) {
    if mel.coefficients == 0 {
        return mel.bank.levels(spectrum, out);
    }
    let mut levels = [0; MOST_MEL_BANDS];
    let Some(levels) = levels.get_mut(..mel.bank.bands()) else { return };
    mel.bank.levels(spectrum, levels);
    for (at, out) in out.iter_mut().enumerate() {
        *out = coefficient(levels, at);
    }
}

/// The feature of a block that is one of the statistics; 0 for any other.
fn of_statistics(block: &Block<'_>, found: &Statistics) -> i32 {
    match block {
        Block::Mean => found.mean,
        Block::Spread => found.spread,
        Block::Least => found.least.into(),
        Block::Greatest => found.greatest.into(),
        Block::PeakToPeak => i32::from(found.greatest) - i32::from(found.least),
        Block::Crossings => found.crossings,
        Block::Raw | Block::Bands { .. } | Block::Mel(_) => 0,
    }
}
