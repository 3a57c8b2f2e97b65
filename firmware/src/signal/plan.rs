//! What is computed of a signal.

use super::filter::Biquad;
use super::mel::MelBank;

/// Most channels of a signal.
pub const MOST_CHANNELS: u16 = 64;
/// Most samples of a window, and of a hop.
pub const LONGEST: u32 = 65_535;
/// Most filters one behind another.
pub const MOST_FILTERS: usize = 4;
/// Most bands of equal width.
pub const MOST_BANDS: u8 = 64;
/// Most bands on the mel scale.
pub const MOST_MEL_BANDS: usize = 40;
/// The largest transform: the most samples of a window with bands, and of a frame.
pub const LARGEST_FFT: usize = 1024;

/// Features of each lane of a window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Block<'a> {
    /// Every sample.
    Raw,
    /// The mean, in 1/16 of a sample's unit.
    Mean,
    /// The standard deviation, in 1/16 of a sample's unit.
    Spread,
    /// The least sample.
    Least,
    /// The greatest sample.
    Greatest,
    /// The difference of the two.
    PeakToPeak,
    /// How often the signal crosses its mean.
    Crossings,
    /// The power in bands of equal width from 0 to half of the rate, in tenths of a decibel, without the
    /// mean.
    Bands {
        /// The number of bands.
        count: u8,
    },
    /// The power in bands on the mel scale, or their cepstrum, of each frame.
    Mel(MelFrames<'a>),
}

/// Short frames of a window, and what is computed of each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MelFrames<'a> {
    /// Samples of a frame.
    pub frame: u16,
    /// Samples from the beginning of one frame to that of the next.
    pub step: u16,
    /// The bands of a frame's spectrum.
    pub bank: MelBank<'a>,
    /// The number of coefficients of the cepstrum; 0 for the levels of the bands themselves, in tenths of a
    /// decibel.
    pub coefficients: u8,
}

impl MelFrames<'_> {
    /// The features of a frame.
    pub const fn width(&self) -> usize {
        if self.coefficients == 0 { self.bank.bands() } else { self.coefficients as usize }
    }

    /// The size of a frame's transform.
    pub const fn fft(&self) -> usize {
        size_of_fft(self.frame as usize)
    }

    /// The frames of a window.
    pub const fn frames(&self, window: u32) -> usize {
        match window.checked_sub(self.frame as u32) {
            Some(rest) if self.step > 0 => (rest / self.step as u32) as usize + 1,
            _ => 0,
        }
    }
}

/// The size of the transform of so many samples: a power of two, at least 4.
pub(super) const fn size_of_fft(samples: usize) -> usize {
    if samples < 4 { 4 } else { samples.next_power_of_two() }
}

/// What is computed of a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Plan<'a> {
    /// Channels of a sample, 1 to [`MOST_CHANNELS`].
    pub channels: u16,
    /// Samples of a window, 2 to [`LONGEST`].
    pub window: u32,
    /// Samples from the beginning of one window to that of the next, 1 to [`LONGEST`].
    pub hop: u32,
    /// What each channel passes through first.
    pub filters: &'a [Biquad],
    /// Whether `isqrt` of the sum of the squares of all channels is one more lane.
    pub magnitude: bool,
    /// The features, in this order.
    pub blocks: &'a [Block<'a>],
}

/// What is wrong with a plan.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PlanFault {
    /// There are no channels, or more than [`MOST_CHANNELS`].
    Channels,
    /// The window has fewer than 2 samples or more than [`LONGEST`].
    Window,
    /// The hop has no sample or more than [`LONGEST`].
    Hop,
    /// There are more than [`MOST_FILTERS`] filters, or a coefficient is beyond 2^30.
    Filters,
    /// There is no block.
    Blocks,
    /// A number of bands is 0, more than [`MOST_BANDS`], or more than half of the transform's size.
    Bands,
    /// A window with bands is longer than [`LARGEST_FFT`].
    BandsWindow,
    /// A frame has fewer than 16 samples, more than [`LARGEST_FFT`], or more than the window.
    Frame,
    /// The step has no sample, or the hop is no multiple of it.
    Step,
    /// Two blocks have different frames or steps.
    Frames,
    /// Edges of bands on the mel scale that are none.
    Bank,
    /// There are more coefficients than bands.
    Coefficients,
}

impl<'a> Plan<'a> {
    /// What is wrong, if anything is: a plan may be made of what a file says.
    pub fn fault(&self) -> Option<PlanFault> {
        let within = |value: u32, least: u32| (least..=LONGEST).contains(&value);
        let fits = |biquad: &Biquad| {
            biquad.b.iter().chain(&biquad.a).all(|factor| (-(1 << 30)..=1 << 30).contains(factor))
        };
        if self.channels == 0 || self.channels > MOST_CHANNELS {
            Some(PlanFault::Channels)
        } else if !within(self.window, 2) {
            Some(PlanFault::Window)
        } else if !within(self.hop, 1) {
            Some(PlanFault::Hop)
        } else if self.filters.len() > MOST_FILTERS || !self.filters.iter().all(fits) {
            Some(PlanFault::Filters)
        } else if self.blocks.is_empty() {
            Some(PlanFault::Blocks)
        } else {
            self.blocks.iter().find_map(|block| self.fault_of(block))
        }
    }

    fn fault_of(&self, block: &Block<'_>) -> Option<PlanFault> {
        match block {
            Block::Bands { .. } if self.window as usize > LARGEST_FFT => Some(PlanFault::BandsWindow),
            Block::Bands { count } => {
                let bins = size_of_fft(self.window as usize) / 2;
                let fits = (1..=MOST_BANDS).contains(count) && usize::from(*count) <= bins;
                (!fits).then_some(PlanFault::Bands)
            }
            Block::Mel(mel) => self.fault_of_mel(mel),
            _ => None,
        }
    }

    fn fault_of_mel(&self, mel: &MelFrames<'_>) -> Option<PlanFault> {
        let MelBank { starts, rising } = mel.bank;
        let is_same = |other: &MelFrames<'_>| (other.frame, other.step) == (mel.frame, mel.step);
        let (first, last) = (starts.first().copied().unwrap_or(0), starts.last().copied().unwrap_or(0));
        if !(16..=LARGEST_FFT).contains(&usize::from(mel.frame)) || u32::from(mel.frame) > self.window {
            Some(PlanFault::Frame)
        } else if self.hop.checked_rem(mel.step.into()) != Some(0) {
            Some(PlanFault::Step)
        } else if !self.mels().all(|other| is_same(&other)) {
            Some(PlanFault::Frames)
        } else if !(1..=MOST_MEL_BANDS).contains(&mel.bank.bands())
            || !starts.is_sorted()
            || usize::from(last) > mel.fft() / 2 + 1
            || rising.len() != usize::from(last.saturating_sub(first))
            || rising.iter().any(|&weight| weight > 4096)
        {
            Some(PlanFault::Bank)
        } else if usize::from(mel.coefficients) > mel.bank.bands() {
            Some(PlanFault::Coefficients)
        } else {
            None
        }
    }

    /// Samples of a frame; 0 where there are no frames.
    pub(super) const fn frame(&self) -> u16 {
        let mut blocks = self.blocks;
        while let Some((block, rest)) = blocks.split_first() {
            if let Block::Mel(mel) = block {
                return mel.frame;
            }
            blocks = rest;
        }
        0
    }

    /// The blocks of frames.
    pub(super) fn mels(&self) -> impl Iterator<Item = MelFrames<'a>> + use<'a> {
        let of = |block: &Block<'a>| if let Block::Mel(mel) = block { Some(*mel) } else { None };
        self.blocks.iter().filter_map(of)
    }

    /// The channels, and the magnitude where it is asked for.
    pub fn lanes(&self) -> usize {
        usize::from(self.channels) + usize::from(self.magnitude)
    }

    /// The features of a window.
    pub fn features(&self) -> usize {
        self.blocks.iter().map(|block| self.width(block)).sum::<usize>() * self.lanes()
    }

    /// The features of a lane in a block.
    pub fn width(&self, block: &Block<'_>) -> usize {
        match block {
            Block::Raw => self.window as usize,
            Block::Bands { count } => usize::from(*count),
            Block::Mel(mel) => mel.frames(self.window) * mel.width(),
            _ => 1,
        }
    }

    /// The samples of each lane that have to be kept: a window, or a frame where there are only frames.
    pub const fn kept(&self) -> usize {
        let (mut kept, mut blocks) = (0, self.blocks);
        while let Some((block, rest)) = blocks.split_first() {
            let wants = if let Block::Mel(mel) = block { mel.frame as usize } else { self.window as usize };
            if wants > kept {
                kept = wants;
            }
            blocks = rest;
        }
        kept
    }

    /// The length of [`Memory::ring`](super::Memory::ring).
    pub fn ring(&self) -> usize {
        self.kept() * self.lanes()
    }

    /// The length of [`Memory::frames`](super::Memory::frames).
    pub fn frames(&self) -> usize {
        self.mels().map(|mel| mel.frames(self.window) * mel.width()).sum::<usize>() * self.lanes()
    }

    /// The length of [`Memory::scratch`](super::Memory::scratch).
    pub fn scratch(&self) -> usize {
        let of = |block: &Block<'_>| match block {
            Block::Bands { .. } => size_of_fft(self.window as usize),
            Block::Mel(mel) => mel.fft(),
            _ => 0,
        };
        self.blocks.iter().map(of).max().unwrap_or(0)
    }

    /// The length of [`Memory::filters`](super::Memory::filters).
    pub fn states(&self) -> usize {
        self.filters.len() * usize::from(self.channels)
    }
}
