//! A recording: the samples of all channels in the order of time, and the label of each moment.

use super::units;
use super::wav;
use std::ops::Range;
use std::path::PathBuf;

/// Decimal numbers, one behind another; an empty one is missing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Texts {
    text: String,
    /// Where each ends. A file has at most 1 GiB.
    ends: Vec<u32>,
}

impl Texts {
    pub(in super::super) fn push(&mut self, number: &str) {
        self.text.push_str(number);
        self.ends.push(self.text.len() as u32);
    }

    /// A number; empty where none is.
    pub(in super::super) fn get(&self, at: usize) -> &str {
        let end = |at: usize| self.ends.get(at).map_or(self.text.len(), |&end| end as usize);
        let start = at.checked_sub(1).map_or(0, end);
        self.text.get(start..end(at)).unwrap_or_default()
    }
}

/// The samples of a recording.
#[derive(Clone, Debug)]
pub(in super::super) enum Samples {
    /// The numbers of each channel, as many of each.
    Numbers(Vec<Texts>),
    /// Samples of a sound, those of all channels at each moment, one moment behind another.
    Sound(Vec<i16>),
    /// A sound that is read whenever it is needed, so that many of them take no memory.
    File(PathBuf),
}

/// The labels of the moments of a recording, in runs of equal ones: where each run ends, and its label.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in super::super) struct Labels(pub(super) Vec<(usize, Option<u32>)>);

impl Labels {
    /// One label for so many moments.
    pub(in super::super) fn all(length: usize, label: Option<u32>) -> Labels {
        Labels(vec![(length, label)])
    }

    /// Appends the label of the next moment.
    pub(in super::super) fn push(&mut self, label: Option<u32>) {
        match self.0.last_mut() {
            Some((end, last)) if *last == label => *end += 1,
            last => {
                let start = last.map_or(0, |(end, _)| *end);
                self.0.push((start + 1, label));
            }
        }
    }

    /// The runs that have moments in a range, each with those that are in it.
    pub(super) fn within(&self, range: Range<usize>) -> impl Iterator<Item = (usize, Option<u32>)> {
        let first = self.0.partition_point(|&(end, _)| end <= range.start);
        let mut start = range.start;
        let runs = self.0.iter().skip(first).take_while({
            let mut begin = range.start;
            move |&&(end, _)| std::mem::replace(&mut begin, end) < range.end
        });
        runs.map(move |&(end, label)| {
            let end = end.min(range.end);
            (end - std::mem::replace(&mut start, end), label)
        })
    }
}

/// A recording.
#[derive(Clone, Debug)]
pub(in super::super) struct Recording {
    /// What messages and answers call it.
    pub(in super::super) name: String,
    /// What it shares with others that may not be in another part of a split.
    pub(in super::super) group: String,
    pub(in super::super) samples: Samples,
    /// The number of moments.
    pub(in super::super) length: usize,
    pub(in super::super) labels: Labels,
    /// Numbers that a model is to answer, one a moment.
    pub(in super::super) targets: Vec<Texts>,
    /// Moments at which a channel or a target is missing, in ascending order.
    pub(in super::super) gaps: Vec<usize>,
}

impl Recording {
    /// The samples of some moments, in the units of these places, and how many were beyond their range. A
    /// missing one is as the one before it, and at the beginning as the first one that is there.
    pub(super) fn samples(&self, range: Range<usize>, places: &[i8]) -> Result<(Vec<i16>, usize), String> {
        let channels = places.len();
        let of_sound = |sound: &[i16]| {
            let wanted = range.start * channels..range.end * channels;
            let all = sound.get(wanted).ok_or("the file has changed while it was read; start anew")?;
            Ok((all.to_vec(), 0))
        };
        match &self.samples {
            Samples::Sound(sound) => of_sound(sound),
            Samples::File(path) => {
                let sound = wav::read(path).map_err(|why| format!("{}: {why}", crate::words::path(path)))?;
                of_sound(&sound)
            }
            Samples::Numbers(columns) => {
                let mut samples = vec![0; range.len() * channels];
                let mut beyond = 0;
                for (channel, (column, &places)) in columns.iter().zip(places).enumerate() {
                    let mut last = None;
                    for (at, moment) in range.clone().enumerate() {
                        let found = units::sample(column.get(moment), places);
                        beyond += usize::from(found.is_some_and(|(_, beyond)| beyond));
                        let first = || range.clone().find_map(|at| units::sample(column.get(at), places));
                        let sample = found.map(|(sample, _)| sample).or(last);
                        let sample = sample.or_else(|| first().map(|(sample, _)| sample)).unwrap_or_default();
                        last = Some(sample);
                        if let Some(place) = samples.get_mut(at * channels + channel) {
                            *place = sample;
                        }
                    }
                }
                Ok((samples, beyond))
            }
        }
    }

    /// Whether something is missing in a range.
    pub(super) fn has_gap(&self, range: Range<usize>) -> bool {
        let next = self.gaps.partition_point(|&gap| gap < range.start);
        self.gaps.get(next).is_some_and(|&gap| gap < range.end)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn runs_of_labels() {
        let mut labels = Labels::default();
        [Some(1), Some(1), None, Some(2), Some(2), Some(2)].into_iter().for_each(|label| labels.push(label));
        let of = |range| labels.within(range).collect::<Vec<_>>();
        assert_eq!(of(0..6), [(2, Some(1)), (1, None), (3, Some(2))]);
        assert_eq!(of(1..4), [(1, Some(1)), (1, None), (1, Some(2))]);
        assert_eq!(of(3..5), [(2, Some(2))]);
        assert_eq!(of(2..3), [(1, None)]);
    }

    #[test]
    fn missing_numbers_are_held() {
        let mut texts = Texts::default();
        ["", "1.5", "", "-2", "1e9"].into_iter().for_each(|text| texts.push(text));
        let recording = Recording {
            name: "r".to_owned(),
            group: "r".to_owned(),
            length: 5,
            samples: Samples::Numbers(vec![texts]),
            labels: Labels::all(5, None),
            targets: Vec::new(),
            gaps: vec![0, 2],
        };
        assert_eq!(recording.samples(0..5, &[1]).unwrap(), (vec![15, 15, 15, -20, 32767], 1));
        assert_eq!(recording.samples(2..4, &[0]).unwrap(), (vec![-2, -2], 0));
        let gaps = [0..2, 1..2, 2..3, 3..5].map(|range| recording.has_gap(range));
        assert_eq!(gaps, [true, false, true, false]);
    }
}
