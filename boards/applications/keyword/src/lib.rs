//! Spoken words on a Raspberry Pi Pico: samples of its converter become answers of an exported model.
//!
//! What is here knows no chip: it runs on the Pico, on emulated cores, and on a host.
#![no_std]

// What `eggroll-host export` wrote, as it wrote it.
#[rustfmt::skip]
#[allow(missing_docs, unreachable_pub, clippy::all, reason = "written by a program")]
pub mod model;

use model::{CLASS_NAMES, Decision, OUTPUTS, Signal, Smoothing};

/// A word is told when a window is of its class,
pub const SMOOTHING: Smoothing = Smoothing::Majority { windows: 1, least: 1 };
/// with an output so far ahead of all others,
pub const LEVEL: u8 = 16;
/// and then no other one for a window, which hears the rest of it.
pub const HOLD_OFF: u16 = 1;

/// What a complete window has led to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The class of the window by itself.
    pub window: &'static str,
    /// The word that is told now, if one is.
    pub word: Option<&'static str>,
}

/// Samples in, words out.
pub struct Keywords<'s> {
    signal: &'s mut Signal,
    decision: Decision,
}

impl<'s> Keywords<'s> {
    /// `signal` is before its first sample.
    pub fn new(signal: &'s mut Signal) -> Self {
        Self { signal, decision: Decision::new(SMOOTHING, LEVEL, HOLD_OFF, [0; OUTPUTS]) }
    }

    /// Takes a sample, and tells what it led to where it completes a window.
    pub fn push(&mut self, sample: i16) -> Option<Answer> {
        let outputs = self.signal.push(&[sample])?;
        let name = |class: usize| CLASS_NAMES.get(class).copied().unwrap_or_default();
        let word = self.decision.push(&outputs).map(name);
        Some(Answer { window: name(model::argmax(&outputs)), word })
    }
}

/// What a reading of the converter is as a sample: 12 bits, of which the middle is silence.
pub const fn sample_of(reading: u16) -> i16 {
    ((reading & 0xFFF) as i16 - 2048) * 16
}
