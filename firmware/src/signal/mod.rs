//! From the samples of a sensor to the features of windows, one sample at a time, in integers.
//!
//! A [`Plan`] says what is computed: filters, windows and blocks of features. An [`Extractor`] takes samples
//! as they come and has a window's features whenever a hop is complete, the same bits whether samples come
//! one by one from a sensor or all at once from a file. A [`Decision`] makes answers about windows an answer
//! about what happened.
//!
//! A sample is an i16 in `-32767..=32767`. A *lane* is a channel behind its filters; where the plan asks for
//! it, the magnitude of all channels is one more lane. `docs/arithmetic.md` defines every operation.
//!
//! The files of this folder but `design` and `sources` know nothing of the rest of the crate: exported models
//! in Rust contain them as they are ([`SOURCES`]).

mod bands;
mod cepstrum;
mod decibels;
mod decision;
mod design;
mod extractor;
mod fft;
mod filter;
mod mel;
mod plan;
mod sine;
mod sources;
mod spectrum;
mod statistics;

pub use bands::band;
pub use cepstrum::coefficient;
pub use decibels::{LOGARITHMS, decibels};
pub use decision::{Decision, LONGEST_MAJORITY, Smoothing};
pub use design::{high_pass, low_pass, mel_bank, mel_fft};
pub use extractor::{Extractor, Memory};
pub use fft::transform;
pub use filter::{Biquad, BiquadState, Filters};
pub use mel::MelBank;
pub use plan::{
    Block, LARGEST_FFT, LONGEST, MOST_BANDS, MOST_CHANNELS, MOST_FILTERS, MOST_MEL_BANDS, MelFrames, Plan,
    PlanFault,
};
pub use sine::{sine, sine_cosine_of_turn};
pub use sources::SOURCES;
pub use spectrum::Spectrum;
pub use statistics::Statistics;

/// The greatest size of a sample; the least is its negative.
pub const SAMPLE_MAX: i16 = 32767;
