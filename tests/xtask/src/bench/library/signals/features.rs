//! The firmware's features of a recording.

use anyhow::{Context, Result, ensure};
use eggroll_firmware::signal::{
    BiquadState, Block, Extractor, MelBank, MelFrames, Memory, Plan, mel_bank, mel_fft,
};

/// The features of all windows of a recording, one behind another.
///
/// # Errors
/// The plan has a fault.
pub(super) fn features(plan: &Plan<'_>, samples: &[Vec<i16>]) -> Result<Vec<i32>> {
    ensure!(plan.fault().is_none(), "a plan has the fault {:?}", plan.fault());
    let mut memory = Memory {
        ring: &mut vec![0; plan.ring()],
        frames: &mut vec![0; plan.frames()],
        scratch: &mut vec![0; plan.scratch()],
        filters: &mut vec![BiquadState::NEW; plan.states()],
    };
    let mut extractor = Extractor::new(plan);
    let mut window = vec![0; plan.features()];
    let mut all = Vec::new();
    for moment in samples {
        if extractor.push(plan, &mut memory, moment, &mut window) {
            all.extend_from_slice(&window);
        }
    }
    Ok(all)
}

/// Bands on the mel scale, and the frames that have them.
pub(super) struct Mel {
    starts: Vec<u16>,
    rising: Vec<u16>,
    frame: u16,
    step: u16,
    coefficients: u8,
}

impl Mel {
    /// Frames of 30 ms, one each `step` samples.
    ///
    /// # Errors
    /// There are no such bands.
    pub(super) fn new(rate: u16, bands: usize, coefficients: u8, step: u16) -> Result<Self> {
        let frame = (u32::from(rate) * 30 / 1000) as u16;
        let (mut starts, mut rising) = (vec![0; bands + 2], vec![0; mel_fft(frame.into())]);
        let used =
            mel_bank(rate.into(), frame.into(), bands, &mut starts, &mut rising).context("no bands")?;
        rising.truncate(used);
        Ok(Self { starts, rising, frame, step, coefficients })
    }

    pub(super) fn block(&self) -> Block<'_> {
        let bank = MelBank { starts: &self.starts, rising: &self.rising };
        let (frame, step, coefficients) = (self.frame, self.step, self.coefficients);
        Block::Mel(MelFrames { frame, step, bank, coefficients })
    }
}

/// What is computed of one channel, a window at a time.
pub(super) const fn plan<'p>(window: u32, hop: u32, blocks: &'p [Block<'p>]) -> Plan<'p> {
    Plan { channels: 1, window, hop, filters: &[], magnitude: false, blocks }
}
