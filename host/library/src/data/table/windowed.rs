//! The rows of a file, whether it is a table or a signal: what is computed of its windows is chosen here, or
//! known by a model.

use std::path::Path;

use super::super::formats::Length;
use super::super::number::place_of;
use super::super::signal::{AUDIO, Asked, Kept, MOTION, Purpose, Signal, Units, design, take_units};
use super::super::{DataError, Preprocessing};
use super::cutting::Cutting;
use super::file::{File, Input};
use super::log::LogColumns;
use super::reading::{Parts, Reading};
use super::recorded::{self, Found, Recordings, Wanted};
use super::said;

/// Which rows of a file train.
pub(super) type Trains<'a> = &'a dyn Fn(&File, &Reading, &Parts) -> Result<Vec<bool>, DataError>;

/// The rows of a file for a new model: those of a table, or windows of a signal, whose units are chosen by
/// those that train.
pub(super) fn file(
    input: Input,
    reading: &Reading,
    (parts, length): (&Parts, &Length),
    trains: Trains<'_>,
) -> Result<File, DataError> {
    let wanted = Wanted { reading, stored: None, purpose: Purpose::Train, length };
    let recordings = match recorded::read(input, wanted)? {
        Found::Table(input) => return input.table(reading, length),
        Found::Recordings(recordings) => *recordings,
    };
    let fault = |why: String| DataError::Table { path: recordings.path.clone(), why };
    let (mut signal, chosen) = designed(&recordings, reading)?;
    no_answers(&recordings, reading).map_err(fault)?;
    let cutting = Cutting::of(&recordings, &signal, Purpose::Train);
    if cutting.counts.windows == 0 {
        return Err(fault(format!("no window is left to learn from: {}", cutting.why_not())));
    }
    one_class(&recordings, reading, &cutting)?;
    let rows = cutting.file(&signal, reading, false)?;
    let trains = trains(&rows, rows.reading(reading), parts)?;
    choose_units(&recordings, &cutting, &trains, &mut signal);
    with_lines(&cutting, &signal, reading, &chosen)
}

/// The table of the windows, with what was understood of them.
fn with_lines(
    cutting: &Cutting<'_>,
    signal: &Signal,
    reading: &Reading,
    chosen: &str,
) -> Result<File, DataError> {
    let mut file = cutting.file(signal, reading, true)?;
    if let Some(windows) = &mut file.windows {
        windows.lines = said::lines(cutting, signal, chosen);
    }
    Ok(file)
}

/// The rows of a file for a model that is there already.
pub(super) fn file_as(
    path: &Path,
    reading: &Reading,
    stored: &Preprocessing,
    purpose: Purpose,
) -> Result<File, DataError> {
    let (input, length) = (Input::read(path)?, Length::Features(stored.columns.len()));
    let Some(signal) = stored.signal.as_deref() else { return input.table(reading, &length) };
    let wanted = Wanted { reading, stored: Some(signal), purpose, length: &length };
    let recordings = match recorded::read(input, wanted)? {
        Found::Table(input) => return input.table(reading, &length),
        Found::Recordings(recordings) => *recordings,
    };
    let fault = |why: String| DataError::Table { path: recordings.path.clone(), why };
    let (ours, theirs) = (signal.channels.len(), recordings.columns.channels.len());
    if ours != theirs {
        return Err(fault(format!("it has {theirs} channels; the model was trained on {ours}")));
    }
    // As the table of the windows would say it of a line that is in no file.
    let is_odd = |name: &&String| place_of(name, &stored.classes, false).is_none();
    if let Some(odd) = recordings.classes.iter().find(is_odd).filter(|_| !stored.classes.is_empty()) {
        return Err(fault(format!(
            "label \"{}\" is none of the {} classes that the model was trained on; mend it, or leave it out",
            super::shorten(odd),
            stored.classes.len()
        )));
    }
    let cutting = Cutting::of(&recordings, signal, purpose);
    if cutting.counts.windows == 0 {
        return Err(fault(format!("there is no window in it: {}", cutting.why_not())));
    }
    with_lines(&cutting, signal, reading, "")
}

/// What is computed of recordings, but for the units of their channels; and how it was chosen, for a person.
fn designed(recordings: &Recordings, reading: &Reading) -> Result<(Signal, String), DataError> {
    let fault = |why: String| DataError::Table { path: recordings.path.clone(), why };
    if reading.rate == Some(0) {
        return Err(fault("--rate 0: give the number of samples in a second".to_owned()));
    }
    let rate = recordings.rate.or(reading.rate);
    let window = match (reading.window, recordings.longest) {
        (Some(window), _) => window,
        (None, Some(longest)) => longest,
        (None, None) if recordings.is_sound => rate.unwrap_or_default(),
        (None, None) => {
            let why = "how long a window is has to be said: give --window N, the number of its samples";
            return Err(fault(why.to_owned()));
        }
    };
    let (preset, default) = if recordings.is_sound { AUDIO } else { MOTION };
    let (features, said) = match &reading.features {
        Some(features) => (&**features, String::new()),
        None => (default, format!(" (preset {preset}, unless --features says otherwise)")),
    };
    let mixed = reading.mixed.unwrap_or_default();
    let asked = Asked { window, hop: reading.hop, rate, features, mixed };
    let LogColumns { channels, label, targets, width } = &recordings.columns;
    let signal = design(&asked, channels, label, targets, *width).map_err(fault)?;
    Ok((signal, said))
}

/// Makes sure that there is something to learn.
fn no_answers(recordings: &Recordings, reading: &Reading) -> Result<(), String> {
    let has_classes = !recordings.labels_by.is_empty();
    if reading.is_of_detector() {
        if !recordings.columns.targets.is_empty() {
            return Err(
                "its series have numbers behind them, which --anomaly does not learn; leave it out".into()
            );
        }
        return match (has_classes, reading.normal.is_empty()) {
            (true, true) => {
                Err("its recordings have classes; say which of them are normal, by --normal CLASS".into())
            }
            (false, false) => Err("--normal: its recordings have no classes; use --anomaly alone".into()),
            _ => Ok(()),
        };
    }
    if has_classes || !recordings.columns.targets.is_empty() {
        return Ok(());
    }
    Err("its recordings have no classes; put each file into a folder by the name of its class, name a column of a log \
         by --label, or learn what is normal by --anomaly"
        .to_owned())
}

/// Makes sure that there are classes to tell apart.
fn one_class(recordings: &Recordings, reading: &Reading, cutting: &Cutting<'_>) -> Result<(), DataError> {
    if reading.is_of_detector() || recordings.labels_by.is_empty() {
        return Ok(());
    }
    let mut labels = cutting.each().filter_map(|(_, kept)| kept.label);
    let Some(first) = labels.next() else { return Ok(()) };
    if labels.any(|label| label != first) {
        return Ok(());
    }
    let name = recordings.classes.get(first as usize).map_or("", String::as_str);
    let why =
        format!("every window is of class {}; give recordings of two classes or more", super::shorten(name));
    Err(DataError::Table { path: recordings.path.clone(), why })
}

/// Lets the windows that train choose the units of the channels.
fn choose_units(recordings: &Recordings, cutting: &Cutting<'_>, trains: &[bool], signal: &mut Signal) {
    let mut units = vec![Units::NONE; signal.channels.len()];
    let mut trains = trains.iter();
    for (stretch, kept) in cutting.stretches.iter().zip(&cutting.kept) {
        let training = kept.iter().copied().filter(|_| trains.next() == Some(&true));
        let training: Vec<Kept> = training.collect();
        if let Some(recording) = recordings.list.get(stretch.recording) {
            take_units(recording, &stretch.range, training.into_iter(), signal, &mut units);
        }
    }
    for (channel, units) in signal.channels.iter_mut().zip(units) {
        channel.places = units.places();
    }
}
