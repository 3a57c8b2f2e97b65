//! The windows of recordings, and their features.

use super::recording::{Recording, Samples};
use super::stored::Signal;
use super::{Mixed, Units};
use eggroll_firmware::signal::{BiquadState, Block, Extractor, Memory, Plan};
use std::ops::Range;

/// Hops of a stretch behind its first window.
const HOPS: usize = 8;

/// What windows are for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Purpose {
    /// To be split into parts that have no sample in common.
    Train,
    /// To be compared with answers, all of them.
    Test,
    /// To be answered, whether or not they have a label.
    Answer,
}

/// A part of a recording whose windows are those of no other part.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Stretch {
    /// The place of the recording in its list.
    pub(in super::super) recording: usize,
    /// Its moments.
    pub(in super::super) range: Range<usize>,
    pub(in super::super) group: String,
}

/// The stretches of recordings: each recording, or where `cut` says so each run of a label, cut into pieces
/// of a window and a few hops, each of which is a group.
pub(in super::super) fn stretches(recordings: &[Recording], signal: &Signal, cut: bool) -> Vec<Stretch> {
    let mut stretches = Vec::new();
    for (place, recording) in recordings.iter().enumerate() {
        if !cut {
            let (range, group) = (0..recording.length, recording.group.clone());
            stretches.push(Stretch { recording: place, range, group });
            continue;
        }
        let (window, hop) = (signal.window as usize, signal.hop as usize);
        let most = window + HOPS * hop;
        let mut start = 0;
        for (length, _) in recording.labels.within(0..recording.length) {
            let end = start + length;
            while start < end {
                // A rest that is shorter than a window stays with what is before it.
                let next = if end - start < most + window { end } else { start + most };
                let group = (stretches.len() + 1).to_string();
                stretches.push(Stretch { recording: place, range: start..next, group });
                start = next;
            }
        }
    }
    stretches
}

/// A window that counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct Kept {
    /// Its number in the stretch, from 0.
    number: usize,
    /// The moment of its last sample in the recording, from 0.
    pub(in super::super) last: usize,
    pub(in super::super) label: Option<u32>,
}

/// How many windows count, and how many do not for each reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Counts {
    pub(in super::super) windows: usize,
    /// Those with two labels: left out, or taken by the majority.
    pub(in super::super) mixed: usize,
    /// Those that have none.
    pub(in super::super) unlabelled: usize,
    /// Those in which something is missing.
    pub(in super::super) missing: usize,
    /// Recordings that are shorter than a window, and are padded.
    pub(in super::super) padded: usize,
}

/// The windows of a stretch that count. `labelled` is whether they need a label.
pub(in super::super) fn kept(
    recording: &Recording,
    range: &Range<usize>,
    signal: &Signal,
    (purpose, labelled): (Purpose, bool),
    counts: &mut Counts,
) -> Vec<Kept> {
    let (window, hop) = (signal.window as usize, signal.hop.max(1) as usize);
    let length = range.len();
    counts.padded += usize::from(length < window);
    let more = length.saturating_sub(window) / hop;
    let mut kept = Vec::new();
    for number in 0..=more {
        let within = range.start + number * hop..(range.start + number * hop + window).min(range.end);
        if recording.has_gap(within.clone()) {
            counts.missing += 1;
            continue;
        }
        let last = within.end.saturating_sub(1);
        let label = if labelled {
            let (label, is_mixed) = label(recording, within, signal.mixed);
            counts.mixed += usize::from(is_mixed);
            if label.is_none() && purpose != Purpose::Answer {
                counts.unlabelled += usize::from(!is_mixed);
                continue;
            }
            label
        } else {
            None
        };
        counts.windows += 1;
        kept.push(Kept { number, last, label });
    }
    kept
}

/// The label of some moments, and whether they have several.
fn label(recording: &Recording, within: Range<usize>, mixed: Mixed) -> (Option<u32>, bool) {
    let mut found: Vec<(usize, Option<u32>)> = Vec::new();
    for (length, label) in recording.labels.within(within) {
        // The one that came last is at the end.
        let before = found.iter().position(|(_, other)| *other == label);
        let length = length + before.map_or(0, |at| found.remove(at).0);
        found.push((length, label));
    }
    let is_mixed = found.len() > 1;
    let of_most = found.into_iter().max_by_key(|(length, _)| *length).and_then(|(_, label)| label);
    (of_most.filter(|_| !is_mixed || mixed == Mixed::Majority), is_mixed)
}

/// Lets the windows that count choose the units of the channels.
pub(in super::super) fn take_units(
    recording: &Recording,
    range: &Range<usize>,
    kept: impl Iterator<Item = Kept>,
    signal: &Signal,
    units: &mut [Units],
) {
    let Samples::Numbers(columns) = &recording.samples else { return };
    let mut from = range.start;
    for window in kept {
        let range = (window.last + 1).saturating_sub(signal.window as usize).max(from)..window.last + 1;
        for (column, units) in columns.iter().zip(&mut *units) {
            range.clone().for_each(|at| units.take(column.get(at)));
        }
        from = range.end.max(from);
    }
}

/// Visits the features of each window that counts. Returns how many numbers were beyond the range of samples.
///
/// # Errors
/// A file cannot be read, or the plan is none.
pub(in super::super) fn extract(
    recording: &Recording,
    range: &Range<usize>,
    kept: &[Kept],
    signal: &Signal,
    visit: &mut dyn FnMut(&Kept, &[i32]),
) -> Result<usize, String> {
    let (filters, blocks) = (signal.filters(), signal.blocks());
    computed(recording, range, kept, (signal, &signal.plan(&filters, &blocks)), visit)
}

/// Visits the samples of each window that counts, as [`extract`] its features: those of one lane behind those
/// of another.
///
/// # Errors
/// Those of [`extract`].
pub(in super::super) fn lanes(
    recording: &Recording,
    range: &Range<usize>,
    kept: &[Kept],
    signal: &Signal,
    visit: &mut dyn FnMut(&Kept, &[i32]),
) -> Result<usize, String> {
    let filters = signal.filters();
    computed(recording, range, kept, (signal, &signal.plan(&filters, &[Block::Raw])), visit)
}

fn computed(
    recording: &Recording,
    range: &Range<usize>,
    kept: &[Kept],
    (signal, plan): (&Signal, &Plan<'_>),
    visit: &mut dyn FnMut(&Kept, &[i32]),
) -> Result<usize, String> {
    if signal.fault().is_some() {
        return Err("the plan of the signal is damaged".to_owned());
    }
    let places: Vec<i8> = signal.channels.iter().map(|channel| channel.places).collect();
    let (samples, beyond) = recording.samples(range.clone(), &places)?;
    let (mut ring, mut frames) = (vec![0; plan.ring()], vec![0; plan.frames()]);
    let (mut scratch, mut states) = (vec![0; plan.scratch()], vec![BiquadState::NEW; plan.states()]);
    let mut memory =
        Memory { ring: &mut ring, frames: &mut frames, scratch: &mut scratch, filters: &mut states };
    let mut features = vec![0; plan.features()];
    let mut extractor = Extractor::new(plan);
    let channels = places.len().max(1);
    // What follows a recording that is shorter than a window: silence behind a sound, and what was last
    // otherwise.
    let silence = vec![0; channels];
    let last = samples.chunks_exact(channels).last().unwrap_or(&silence);
    let is_sound = !matches!(recording.samples, Samples::Numbers(_));
    let padding = if is_sound { &silence } else { last };
    let missing = (signal.window as usize).saturating_sub(range.len());
    let mut wanted = kept.iter().peekable();
    let mut number = 0;
    for moment in samples.chunks_exact(channels).chain(std::iter::repeat_n(padding, missing)) {
        if extractor.push(plan, &mut memory, moment, &mut features) {
            if let Some(kept) = wanted.next_if(|kept| kept.number == number) {
                visit(kept, &features);
            }
            number += 1;
        }
    }
    Ok(beyond)
}

#[cfg(test)]
mod tests {
    use super::super::{Asked, Labels, Named, Texts, design};
    use super::*;

    fn recording(values: impl Iterator<Item = i32>) -> Recording {
        let mut texts = [Texts::default(), Texts::default()];
        let mut length = 0;
        for value in values {
            texts[0].push(&value.to_string());
            texts[1].push(&(value * 3 % 1001 - 500).to_string());
            length += 1;
        }
        Recording {
            name: "r".to_owned(),
            group: "r".to_owned(),
            samples: Samples::Numbers(texts.to_vec()),
            length,
            labels: Labels::all(length, Some(0)),
            targets: Vec::new(),
            gaps: Vec::new(),
        }
    }

    /// Windows that come one by one have the features of each window alone, as long as no filter remembers
    /// what was before it.
    #[test]
    fn hop_by_hop_as_each_window_alone() {
        let channels = [1, 2].map(|number| Named { number, name: String::new() });
        let asked = Asked {
            window: 600,
            hop: Some(160),
            rate: Some(4000),
            features: "mfcc:5,magnitude,stats,raw,logmel:3",
            mixed: Mixed::Drop,
        };
        let signal = design(&asked, &channels, &Named::default(), &[], 2).unwrap();
        let recording = recording((0..2000).map(|at| at * at % 4001 - 2000));
        let features = |range: Range<usize>| {
            let kept = kept(&recording, &range, &signal, (Purpose::Train, true), &mut Counts::default());
            let mut found = Vec::new();
            let beyond = extract(&recording, &range, &kept, &signal, &mut |kept, features| {
                found.push((kept.last, features.to_vec()));
            });
            assert_eq!(beyond, Ok(0));
            found
        };
        let together = features(0..2000);
        assert_eq!(together.len(), 1 + (2000 - 600) / 160);
        for (number, (last, found)) in together.iter().enumerate() {
            let start = number * 160;
            assert_eq!(*last, start + 599);
            assert_eq!(found.len(), signal.features_of_a_window());
            assert_eq!(features(start..start + 600), [(*last, found.clone())]);
        }
        // What is too short is padded with its last sample.
        let short = features(1950..2000);
        let raw = signal.names().iter().position(|name| name == "channel 1 sample 51").unwrap();
        assert_eq!(short.len(), 1);
        assert_eq!(short[0].1[raw - 1], short[0].1[raw + 500]);
    }
}
