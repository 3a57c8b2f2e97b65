//! The windows of a signal as the rows of a table: their features, then the class or the targets, then the
//! group.

use std::fmt::Write;
use std::sync::Arc;

use rayon::prelude::*;

use super::super::DataError;
use super::super::formats::{Format, quoted};
use super::super::signal::{Counts, Kept, Named, Purpose, Signal, Stretch, extract, kept, stretches};
use super::MAX_COLUMNS;
use super::file::{File, Window, Windows};
use super::reading::{Missing, Reading};
use super::recorded::Recordings;

/// Most features of all windows together: their text is held in memory.
const MAX_VALUES: usize = 1 << 27;
/// The column of the classes.
const CLASS: &str = "class";
/// The column of the groups.
const GROUP: &str = "recording";

/// The windows of recordings.
pub(super) struct Cutting<'a> {
    pub(super) recordings: &'a Recordings,
    pub(super) stretches: Vec<Stretch>,
    /// Those of each stretch that count.
    pub(super) kept: Vec<Vec<Kept>>,
    pub(super) counts: Counts,
}

impl<'a> Cutting<'a> {
    pub(super) fn of(recordings: &'a Recordings, signal: &Signal, purpose: Purpose) -> Cutting<'a> {
        let stretches = stretches(&recordings.list, signal, recordings.cut);
        let labelled = !recordings.labels_by.is_empty();
        let mut counts = Counts::default();
        let of = |stretch: &Stretch| {
            let recording = recordings.list.get(stretch.recording);
            recording
                .map(|recording| kept(recording, &stretch.range, signal, (purpose, labelled), &mut counts))
                .unwrap_or_default()
        };
        let kept = stretches.iter().map(of).collect();
        Cutting { recordings, stretches, kept, counts }
    }

    /// Each window that counts, with its stretch.
    pub(super) fn each(&self) -> impl Iterator<Item = (&Stretch, &Kept)> {
        let pairs = self.stretches.iter().zip(&self.kept);
        pairs.flat_map(|(stretch, kept)| kept.iter().map(move |kept| (stretch, kept)))
    }

    /// Why windows do not count.
    pub(super) fn why_not(&self) -> String {
        let Counts { mixed, unlabelled, missing, .. } = self.counts;
        let of = |count: usize, what: &str| (count > 0).then(|| format!("{count} {what}"));
        let reasons = [
            of(mixed, "with two labels"),
            of(unlabelled, "without a label"),
            of(missing, "with a missing value"),
        ];
        let reasons: Vec<String> = reasons.into_iter().flatten().collect();
        if reasons.is_empty() { "the recordings are empty".to_owned() } else { reasons.join(", ") }
    }

    /// The table of the windows. Unless their features are `computed`, a 0 stands in their place.
    pub(super) fn file(&self, signal: &Signal, reading: &Reading, computed: bool) -> Result<File, DataError> {
        let recordings = self.recordings;
        let fault = |why: String| DataError::Table { path: recordings.path.clone(), why };
        let (width, windows) = (signal.features_of_a_window(), self.counts.windows);
        let targets = target_names(&recordings.columns.targets);
        let has_classes = !recordings.labels_by.is_empty();
        let others = 1 + targets.len() + usize::from(has_classes);
        if width + others > MAX_COLUMNS {
            let most = MAX_COLUMNS.saturating_sub(others);
            return Err(fault(format!(
                "{width} features of a window are more than {most}; ask for fewer, or a shorter --window"
            )));
        }
        if windows.saturating_mul(width) > MAX_VALUES {
            return Err(fault(format!(
                "{windows} windows of {width} features are more than {MAX_VALUES} numbers; give a longer --hop, or fewer \
                 features"
            )));
        }
        let mut text = String::new();
        for name in if computed { signal.names() } else { vec!["feature".to_owned()] } {
            quoted(&mut text, &name);
            text.push(',');
        }
        for name in has_classes.then_some(CLASS).into_iter().chain(targets.iter().map(String::as_str)) {
            quoted(&mut text, name);
            text.push(',');
        }
        text += GROUP;
        text.push('\n');
        let pairs: Vec<(&Stretch, &Vec<Kept>)> = self.stretches.iter().zip(&self.kept).collect();
        let rows = pairs
            .into_par_iter()
            .map(|(stretch, kept)| self.rows(stretch, kept, computed.then_some(signal)).map_err(fault));
        let rows: Vec<(String, usize)> = rows.collect::<Result<_, _>>()?;
        let mut beyond = 0;
        for (rows, count) in rows {
            text += &rows;
            beyond += count;
        }
        let windows = Windows {
            lines: Vec::new(),
            reading: self.reading(reading, targets),
            places: self.places(),
            left_out: self.counts.missing,
            labels_by: recordings.labels_by.clone(),
            signal: Box::new(signal.clone()),
        };
        let warnings = match beyond {
            0 => Vec::new(),
            1 => vec!["1 value lies beyond the range of samples and counts as the last one in it".to_owned()],
            _ => vec![format!(
                "{beyond} values lie beyond the range of samples and count as the last one in it"
            )],
        };
        let (path, bytes, format) = (recordings.path.clone(), text.into_bytes(), Format::Windows);
        let windows = Some(Box::new(windows));
        Ok(File { path, bytes, format, warnings, test: None, labelled: false, windows })
    }

    /// The rows of a stretch, and how many of its numbers are beyond the range of samples.
    fn rows(
        &self,
        stretch: &Stretch,
        kept: &[Kept],
        signal: Option<&Signal>,
    ) -> Result<(String, usize), String> {
        let mut text = String::new();
        let Some(recording) = self.recordings.list.get(stretch.recording) else { return Ok((text, 0)) };
        if kept.is_empty() {
            return Ok((text, 0));
        }
        let has_classes = !self.recordings.labels_by.is_empty();
        let end = |text: &mut String, kept: &Kept| {
            if has_classes {
                let label = kept.label.and_then(|label| self.recordings.classes.get(label as usize));
                if let Some(label) = label {
                    quoted(text, label);
                }
                text.push(',');
            }
            for target in &recording.targets {
                text.push_str(target.get(kept.last));
                text.push(',');
            }
            quoted(text, &stretch.group);
            text.push('\n');
        };
        let Some(signal) = signal else {
            for kept in kept {
                text.push_str("0,");
                end(&mut text, kept);
            }
            return Ok((text, 0));
        };
        let beyond = extract(recording, &stretch.range, kept, signal, &mut |kept, features| {
            for feature in features {
                // Writing to a text cannot fail.
                let _ = write!(text, "{feature},");
            }
            end(&mut text, kept);
        })?;
        Ok((text, beyond))
    }

    /// How the table is read.
    fn reading(&self, said: &Reading, targets: Vec<String>) -> Reading {
        let has_classes = !self.recordings.labels_by.is_empty();
        Reading {
            label: has_classes.then(|| CLASS.to_owned()).filter(|_| targets.is_empty()),
            target: targets,
            anomaly: said.anomaly,
            normal: said.normal.clone(),
            missing: Missing::Refuse,
            scale: said.scale,
            group: Some(GROUP.to_owned()),
            test: said.test.clone(),
            test_labels: said.test_labels.clone(),
            ..Reading::default()
        }
    }

    /// Where the windows are.
    fn places(&self) -> Vec<Window> {
        let names: Vec<Arc<str>> =
            self.recordings.list.iter().map(|recording| recording.name.as_str().into()).collect();
        let window = |(stretch, kept): (&Stretch, &Kept)| {
            let recording = names.get(stretch.recording).cloned().unwrap_or_else(|| "".into());
            Window { recording, sample: kept.last as u64 + 1 }
        };
        self.each().map(window).collect()
    }
}

/// The names of columns of targets.
fn target_names(targets: &[Named]) -> Vec<String> {
    let name = |target: &Named| match &*target.name {
        "" => format!("target {}", target.number),
        name => name.to_owned(),
    };
    targets.iter().map(name).collect()
}
