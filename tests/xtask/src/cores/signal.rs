//! Signals whose features emulated cores compute: plans and samples, as the image `signal` reads them, and
//! what this machine finds.

use anyhow::{Context, Result};
use eggroll_firmware::signal::{
    Biquad, BiquadState, Block, Extractor, MelBank, MelFrames, Memory, Plan, high_pass, low_pass, mel_bank,
    mel_fft, sine,
};
use eggroll_firmware::wire::checksum_of;
use serde::Serialize;

/// Bytes that an image is handed at most: the upper third of a micro:bit's flash.
const ROOM: usize = 0x1_6000;

/// A plan.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Recipe {
    channels: u16,
    window: u32,
    hop: u32,
    filters: Vec<([i32; 3], [i32; 2])>,
    magnitude: bool,
    blocks: Vec<Wanted>,
    /// The bank of all blocks on the mel scale.
    starts: Vec<u16>,
    rising: Vec<u16>,
}

/// A block of features.
#[derive(Clone, Copy, Debug, Serialize)]
enum Wanted {
    Raw,
    Mean,
    Spread,
    Least,
    Greatest,
    PeakToPeak,
    Crossings,
    Bands(u8),
    Mel { frame: u16, step: u16, coefficients: u8 },
}

/// The block `stats` of the command line.
const STATISTICS: [Wanted; 6] =
    [Wanted::Mean, Wanted::Spread, Wanted::Least, Wanted::Greatest, Wanted::PeakToPeak, Wanted::Crossings];

/// Bands of which a cepstrum is made.
const CEPSTRUM_BANDS: usize = 32;

/// The preset `motion`, of three axes.
pub(crate) fn motion() -> Recipe {
    let blocks = [&STATISTICS[..], &[Wanted::Bands(8)]].concat();
    Recipe { channels: 3, window: 128, hop: 64, magnitude: true, blocks, ..Recipe::default() }
}

/// `mfcc:10` at 16 kHz, with a window of so many samples.
pub(crate) fn audio(window: u32, hop: u32) -> Recipe {
    let blocks = vec![Wanted::Mel { frame: 480, step: 320, coefficients: 10 }];
    Recipe { channels: 1, window, hop, blocks, ..Recipe::default() }.with_bank(16_000, 480, CEPSTRUM_BANDS)
}

/// One channel of 128 samples, and these blocks.
pub(crate) fn of_blocks(blocks: BlocksOf) -> Recipe {
    let blocks = match blocks {
        BlocksOf::Statistics => STATISTICS.to_vec(),
        BlocksOf::Bands(count) => vec![Wanted::Bands(count)],
        BlocksOf::Mean => vec![Wanted::Mean],
    };
    Recipe { channels: 1, window: 128, hop: 128, blocks, ..Recipe::default() }
}

/// Blocks of [`of_blocks`].
#[derive(Clone, Copy)]
pub(crate) enum BlocksOf {
    /// `mean`
    Mean,
    /// `stats`
    Statistics,
    /// `bands:N`
    Bands(u8),
}

/// Three channels behind a high-pass of a hundredth of the rate.
pub(crate) fn filtered() -> Recipe {
    Recipe { channels: 3, ..of_blocks(BlocksOf::Mean) }.with_filters(&[high_pass(1_000, 100)])
}

/// Everything that there is, at a size that the smallest image has room for.
fn everything() -> Recipe {
    let mel = |coefficients| Wanted::Mel { frame: 32, step: 8, coefficients };
    let rest = [Wanted::Bands(5), Wanted::Raw, mel(0), mel(4)];
    let blocks = [&STATISTICS[..], &rest].concat();
    Recipe { channels: 2, window: 48, hop: 24, magnitude: true, blocks, ..Recipe::default() }
        .with_bank(8_000, 32, 6)
        .with_filters(&[high_pass(20_000, 8_000), low_pass(3_000_000, 8_000)])
}

/// Levels on the mel scale at 8 kHz, as many bands as there can be.
fn levels() -> Recipe {
    let blocks = vec![Wanted::Mel { frame: 240, step: 160, coefficients: 0 }];
    Recipe { channels: 1, window: 800, hop: 320, blocks, ..Recipe::default() }.with_bank(8_000, 240, 40)
}

/// The largest transform.
fn wide() -> Recipe {
    Recipe { window: 1024, hop: 600, ..of_blocks(BlocksOf::Bands(64)) }
}

impl Recipe {
    fn with_bank(mut self, rate: u32, frame: usize, bands: usize) -> Self {
        (self.starts, self.rising) = (vec![0; bands + 2], vec![0; mel_fft(frame) / 2 + 1]);
        let used = mel_bank(rate, frame, bands, &mut self.starts, &mut self.rising);
        self.rising.truncate(used.unwrap_or_default());
        self
    }

    fn with_filters(mut self, filters: &[Option<Biquad>]) -> Self {
        self.filters = filters.iter().flatten().map(|biquad| (biquad.b, biquad.a)).collect();
        self
    }

    /// Calls `use_plan` with the plan.
    fn with<T>(&self, use_plan: impl FnOnce(&Plan<'_>) -> T) -> T {
        let bank = MelBank { starts: &self.starts, rising: &self.rising };
        let of = |&wanted: &Wanted| match wanted {
            Wanted::Raw => Block::Raw,
            Wanted::Mean => Block::Mean,
            Wanted::Spread => Block::Spread,
            Wanted::Least => Block::Least,
            Wanted::Greatest => Block::Greatest,
            Wanted::PeakToPeak => Block::PeakToPeak,
            Wanted::Crossings => Block::Crossings,
            Wanted::Bands(count) => Block::Bands { count },
            Wanted::Mel { frame, step, coefficients } => {
                Block::Mel(MelFrames { frame, step, bank, coefficients })
            }
        };
        let filters: Vec<_> = self.filters.iter().map(|&(b, a)| Biquad { b, a }).collect();
        let blocks: Vec<_> = self.blocks.iter().map(of).collect();
        let Self { channels, window, hop, magnitude, .. } = *self;
        use_plan(&Plan { channels, window, hop, filters: &filters, magnitude, blocks: &blocks })
    }

    /// Bytes of RAM that extracting takes, features included and stack not.
    pub(crate) fn memory(&self) -> usize {
        // What the extractor itself holds.
        const WORDS: usize = 5;
        self.with(|plan| {
            2 * (plan.ring() + plan.frames() + plan.scratch())
                + size_of::<BiquadState>() * plan.states()
                + 4 * plan.features()
                + size_of::<u32>() * WORDS
        })
    }

    /// The checksum of each window's features.
    fn checksums(&self, samples: &[i16]) -> Vec<u32> {
        self.with(|plan| {
            assert_eq!(plan.fault(), None, "a plan of our own");
            let (mut ring, mut frames) = (vec![0; plan.ring()], vec![0; plan.frames()]);
            let (mut scratch, mut filters) = (vec![0; plan.scratch()], vec![BiquadState::NEW; plan.states()]);
            let mut memory =
                Memory { ring: &mut ring, frames: &mut frames, scratch: &mut scratch, filters: &mut filters };
            let (mut extractor, mut features) = (Extractor::new(plan), vec![0; plan.features()]);
            let moments = samples.chunks_exact(plan.channels.into());
            let of_window = |moment| {
                let is_complete = extractor.push(plan, &mut memory, moment, &mut features);
                is_complete.then(|| {
                    checksum_of(&features.iter().flat_map(|value| value.to_le_bytes()).collect::<Vec<_>>())
                })
            };
            moments.filter_map(of_window).collect()
        })
    }
}

/// A recipe and samples.
#[derive(Clone, Debug)]
pub(crate) struct Case {
    /// What it is called.
    pub(crate) name: String,
    recipe: Recipe,
    /// The moments that are counted: the first one, and how many.
    counted: (u32, u32),
    samples: Vec<i16>,
}

impl Case {
    /// So many moments of what could be a recording, of which some are counted.
    pub(crate) fn counted(name: &str, recipe: &Recipe, counted: (u32, u32)) -> Self {
        let count = (counted.0 + counted.1) as usize * usize::from(recipe.channels);
        Self { name: name.to_owned(), recipe: recipe.clone(), counted, samples: recording(count) }
    }

    fn bytes(&self, before: usize) -> Result<Vec<u8>> {
        let moments = self.samples.len() / usize::from(self.recipe.channels);
        let mut bytes = postcard::to_stdvec(&(&self.recipe, self.counted, moments as u32))?;
        // Samples begin at an even address.
        if !(before + bytes.len()).is_multiple_of(2) {
            bytes.push(0);
        }
        bytes.extend(self.samples.iter().flat_map(|sample| sample.to_le_bytes()));
        Ok(bytes)
    }

    /// What the image says of the windows of a case, as it should be.
    pub(crate) fn windows(&self, number: usize) -> impl Iterator<Item = (String, String)> + use<> {
        let checksums = self.recipe.checksums(&self.samples);
        let line = move |(window, checksum)| (format!("{number}.{window}"), format!("{checksum:08x}"));
        checksums.into_iter().enumerate().map(line)
    }
}

/// Cases as an image reads them, as many at a time as it has room for.
pub(crate) fn handed(cases: &[Case]) -> Result<Vec<(&[Case], Vec<u8>)>> {
    let mut parts = Vec::new();
    let mut rest = cases;
    while !rest.is_empty() {
        let (mut bytes, mut count) = (vec![0u8], 0);
        for case in rest.iter().take(u8::MAX.into()) {
            let more = case.bytes(bytes.len())?;
            if bytes.len() + more.len() > ROOM {
                break;
            }
            bytes.extend(more);
            count += 1;
        }
        // A count below 128 is one byte.
        let count = count.min(127);
        let (now, later) = rest.split_at_checked(count).filter(|_| count > 0).context("too many samples")?;
        bytes[0] = count as u8;
        parts.push((now, bytes));
        rest = later;
    }
    Ok(parts)
}

/// All kinds of plans on all kinds of samples.
pub(crate) fn cases() -> Vec<Case> {
    let recipes = [
        ("motion", motion()),
        ("audio", audio(1600, 640)),
        ("everything", everything()),
        ("levels", levels()),
        ("wide", wide()),
    ];
    let mut cases = Vec::new();
    for (name, recipe) in recipes {
        let moments = recipe.window + 2 * recipe.hop;
        for (input, samples) in inputs(moments as usize * usize::from(recipe.channels)) {
            cases.push(Case {
                name: format!("{name} of {input}"),
                recipe: recipe.clone(),
                counted: (0, 0),
                samples,
            });
        }
    }
    cases
}

/// Samples as they come, and those at the ends of their range.
fn inputs(count: usize) -> Vec<(&'static str, Vec<i16>)> {
    let mut one_wrong = recording(count);
    one_wrong[count / 2] = -32767;
    let of = |at: &dyn Fn(usize) -> i16| (0..count).map(at).collect::<Vec<_>>();
    vec![
        ("silence", vec![0; count]),
        ("full scale", vec![32767; count]),
        ("negative full scale", vec![-32767; count]),
        ("what is constant", vec![-1234; count]),
        ("full scale that alternates", of(&|i| if i % 2 == 0 { 32767 } else { -32767 })),
        ("a square wave", of(&|i| if i / 21 % 2 == 0 { 32767 } else { -32767 })),
        ("one sample", of(&|i| if i == count / 3 { 32767 } else { 0 })),
        ("a recording", recording(count)),
        ("a recording with one sample wrong", one_wrong),
    ]
}

/// What could be a recording: a constant, three tones of which one comes and goes, and noise.
fn recording(count: usize) -> Vec<i16> {
    let mut state = 0x2545_F491u32;
    let mut noise = move || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as i32 - 128
    };
    let tone = |i: usize, turn: u32| sine((i as u32).wrapping_mul(turn));
    let at = |i: usize| {
        let swell = (tone(i, 1 << 22) + 32768) >> 6;
        let sum = 980 + (tone(i, 0x0312_3456) >> 4) + ((tone(i, 0x1A00_0007) * swell) >> 13) + noise();
        (sum + (tone(i, 0x0077_7777) >> 6)).clamp(-32767, 32767) as i16
    };
    (0..count).map(at).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_case_is_handed_once_and_has_windows() {
        let cases = cases();
        let parts = handed(&cases).unwrap();
        assert_eq!(parts.iter().map(|(cases, _)| cases.len()).sum::<usize>(), cases.len());
        assert!(parts.len() > 1 && parts.iter().all(|(_, bytes)| bytes.len() <= ROOM));
        assert!(cases.iter().all(|case| case.windows(0).count() == 3), "a window and two hops");
        let of = |name: &str| {
            let case = cases.iter().find(|case| case.name == name).unwrap();
            case.windows(0).collect::<Vec<_>>()
        };
        assert_ne!(of("motion of a recording"), of("motion of a recording with one sample wrong"));
    }
}
