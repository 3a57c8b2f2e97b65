//! Windows of a signal as a report shows them.

use std::path::Path;

use super::super::DataError;
use super::super::formats::Length;
use super::super::preprocessing::Preprocessing;
use super::super::signal::{Counts, Kept, Purpose, extract, kept, lanes};
use super::file::Input;
use super::reading::Reading;
use super::recorded::{self, Found, Wanted};

/// A window of a signal, with what is computed of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ShownWindow {
    /// Its class, where it has one.
    pub class: Option<String>,
    /// The file, the series or the group that it is of.
    pub recording: String,
    /// The number of its last sample in the recording, from 1.
    pub sample: u64,
    /// The samples of each lane: of each channel behind the filters, and of the magnitude where there is one.
    pub lanes: Vec<Vec<i16>>,
    /// The features before they are scaled, in the order of the model's inputs.
    pub features: Vec<i32>,
}

/// A window of each class from the middle of its first recording, of at most `most` classes; or so many
/// windows where there are no classes. None of data that are no signal.
///
/// # Errors
/// Those of [`table_as`](super::table_as).
pub fn shown_windows(
    path: &Path,
    reading: &Reading,
    stored: &Preprocessing,
    most: usize,
) -> Result<Vec<ShownWindow>, DataError> {
    let Some(signal) = stored.signal.as_deref() else { return Ok(Vec::new()) };
    let length = Length::Features(stored.columns.len());
    let wanted = Wanted { reading, stored: Some(signal), purpose: Purpose::Test, length: &length };
    let Found::Recordings(recordings) = recorded::read(Input::read(path)?, wanted)? else {
        return Ok(Vec::new());
    };
    let has_classes = !recordings.labels_by.is_empty();
    let mut classes = Vec::new();
    let mut shown = Vec::new();
    for recording in &recordings.list {
        if shown.len() >= most {
            break;
        }
        let range = 0..recording.length;
        let all = kept(recording, &range, signal, (Purpose::Test, has_classes), &mut Counts::default());
        // Of a recording with several classes, one of each.
        let mut wanted: Vec<Kept> = Vec::new();
        let mut labels: Vec<_> = all.iter().map(|kept| kept.label).collect();
        labels.sort_unstable();
        labels.dedup();
        labels.retain(|label| !has_classes || !classes.contains(label));
        for label in labels {
            let of_label: Vec<&Kept> = all.iter().filter(|kept| kept.label == label).collect();
            wanted.extend(of_label.get(of_label.len() / 2).copied());
            classes.push(label);
        }
        wanted.sort_unstable_by_key(|kept| kept.last);
        wanted.truncate(most - shown.len());
        let first = shown.len();
        let fault = |why: String| DataError::Table { path: recordings.path.clone(), why };
        extract(recording, &range, &wanted, signal, &mut |kept, features| {
            let class = kept.label.and_then(|label| recordings.classes.get(label as usize)).cloned();
            shown.push(ShownWindow {
                class,
                recording: recording.name.clone(),
                sample: kept.last as u64 + 1,
                lanes: Vec::new(),
                features: features.to_vec(),
            });
        })
        .map_err(fault)?;
        let mut place = first;
        lanes(recording, &range, &wanted, signal, &mut |_, samples| {
            if let Some(shown) = shown.get_mut(place) {
                let lane = |lane: &[i32]| lane.iter().map(|&sample| sample as i16).collect();
                shown.lanes = samples.chunks(signal.window.max(1) as usize).map(lane).collect();
            }
            place += 1;
        })
        .map_err(fault)?;
    }
    shown.sort_by(|a, b| a.class.cmp(&b.class));
    Ok(shown)
}
