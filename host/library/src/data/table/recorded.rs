//! The recordings of a signal, whatever they are in.

use std::path::{Path, PathBuf};

use super::super::formats::{Length, Series};
use super::super::number::Number;
use super::super::signal::{
    Grouped, Kind, Labels, Listing, Named, Purpose, Recording, Samples, Signal, Sound, Texts, groups, is_wav,
    list,
};
use super::super::{DataError, gzip, input};
use super::file::{Input, series};
use super::log::{self, LabelOf, LogColumns, Names};
use super::reading::{Missing, Reading};
use super::source::strict;
use super::understood::listed;
use crate::words;

/// Recordings of the same channels.
pub(super) struct Recordings {
    /// What messages call them.
    pub(super) path: PathBuf,
    pub(super) list: Vec<Recording>,
    pub(super) columns: LogColumns,
    /// Samples in a second, where the files say it.
    pub(super) rate: Option<u32>,
    /// Whether they are sounds.
    pub(super) is_sound: bool,
    /// The names of the labels.
    pub(super) classes: Vec<String>,
    /// Where the labels are from; empty where there are none.
    pub(super) labels_by: String,
    /// What is a group, for a person.
    pub(super) grouped: String,
    /// Whether each recording is to be cut where its label changes, and into stretches.
    pub(super) cut: bool,
    /// Samples of the longest series that trains.
    pub(super) longest: Option<u32>,
    /// Lines for a person.
    pub(super) lines: Vec<String>,
}

/// What is known before recordings are read.
#[derive(Clone, Copy)]
pub(super) struct Wanted<'a> {
    pub(super) reading: &'a Reading,
    /// What a model was trained on.
    pub(super) stored: Option<&'a Signal>,
    pub(super) purpose: Purpose,
    /// How series are split, for those that train.
    pub(super) length: &'a Length,
}

/// The recordings that are to be read, unless the samples are rows of a table as they are.
pub(super) enum Found {
    Recordings(Box<Recordings>),
    Table(Input),
}

/// Reads the recordings of a signal.
pub(super) fn read(input: Input, wanted: Wanted<'_>) -> Result<Found, DataError> {
    let Wanted { reading, stored, .. } = wanted;
    let is_asked = reading.is_of_signal() || stored.is_some();
    match input {
        Input::Folder(path) => {
            let fault = |why: String| DataError::Format { path: path.clone(), why };
            let found = match list(&path).map_err(fault)? {
                Some(listing) if listing.kind == Kind::Sounds => sounds(&path, listing, wanted),
                Some(listing) => logs(&path, listing, wanted),
                None if is_asked => Err(fault(
                    "there is no WAV file or log (CSV) in the folder, whose samples windows are made of"
                        .to_owned(),
                )),
                None => return no_signal(reading, &path).map(|()| Found::Table(Input::Folder(path.clone()))),
            };
            Ok(Found::Recordings(Box::new(found?)))
        }
        Input::File(path, bytes) if is_wav(&bytes) => {
            Ok(Found::Recordings(Box::new(sound(path, &bytes, wanted)?)))
        }
        Input::File(path, bytes) if !is_asked => {
            no_signal(reading, &path)?;
            Ok(Found::Table(Input::File(path, bytes)))
        }
        Input::File(path, bytes) => {
            let found = match series(&bytes) {
                Some(text) => of_series(&path, &Series::of(&path, text)?, wanted),
                None => log(Input::File(path, bytes), wanted),
            };
            Ok(Found::Recordings(Box::new(found?)))
        }
    }
}

/// Refuses what is said of a signal where nothing makes the rows one.
fn no_signal(reading: &Reading, path: &Path) -> Result<(), DataError> {
    let flags = [
        ("--hop", reading.hop.is_some()),
        ("--rate", reading.rate.is_some()),
        ("--mixed", reading.mixed.is_some()),
    ];
    match flags.into_iter().find(|(_, given)| *given) {
        None => Ok(()),
        Some((flag, _)) => Err(DataError::Table {
            path: path.into(),
            why: format!("{flag} is of the windows of a signal; give --window N as well, or leave it out"),
        }),
    }
}

/// Refuses flags of columns where there are none. Of a model that is there already they were said of its own
/// files.
fn no_columns(path: &Path, wanted: Wanted<'_>, what: &str, folder: bool) -> Result<(), DataError> {
    let Wanted { reading, stored, .. } = wanted;
    let flags = [
        ("--label", reading.label.is_some()),
        ("--target", !reading.target.is_empty()),
        ("--drop", !reading.drop.is_empty()),
        ("--group", reading.group.is_some() && !folder),
        ("--delimiter", reading.delimiter.is_some()),
        ("--labels", reading.labels.is_some()),
    ];
    match flags.into_iter().find(|(_, given)| *given && stored.is_none()) {
        None => Ok(()),
        Some((flag, _)) => Err(DataError::Format {
            path: path.into(),
            why: format!("{flag}: {what} no columns of a table; leave it out"),
        }),
    }
}

/// Refuses what a signal does not have.
fn refused(path: &Path, wanted: Wanted<'_>) -> Result<(), DataError> {
    let Wanted { reading, stored, .. } = wanted;
    let why = if !reading.categorical.is_empty() {
        "--categorical: the channels of a signal are numbers; leave the column out by --drop"
    } else if reading.missing == Missing::Mean {
        "--missing mean: a moment of a signal is not its mean; leave out the windows with such rows by --missing drop"
    } else {
        return Ok(());
    };
    if stored.is_some() { Ok(()) } else { Err(DataError::Table { path: path.into(), why: why.to_owned() }) }
}

/// Makes sure that samples are of the rate that is known, and returns it.
fn same_rate(path: &Path, rate: u32, (other, of): (Option<u32>, &str)) -> Result<u32, DataError> {
    match other {
        Some(other) if other != rate => Err(DataError::Format {
            path: path.into(),
            why: format!(
                "it has {rate} samples a second, and {of} {other}; bring all to one rate, as by `sox in.wav --rate {other} \
                 out.wav`"
            ),
        }),
        _ => Ok(rate),
    }
}

/// The rate that was known before any file was looked at.
fn known_rate(wanted: Wanted<'_>) -> (Option<u32>, &'static str) {
    match wanted.stored {
        Some(signal) => (signal.rate, "the model was trained on"),
        None => (wanted.reading.rate, "--rate says"),
    }
}

fn of_sound(path: PathBuf, list: Vec<Recording>, (rate, channels): (u32, u16)) -> Recordings {
    let channel = |number: u16| Named { number: number.into(), name: String::new() };
    let channels: Vec<Named> = (1..=channels).map(channel).collect();
    let columns = LogColumns { width: channels.len(), channels, ..LogColumns::default() };
    Recordings {
        path,
        list,
        columns,
        rate: Some(rate),
        is_sound: true,
        classes: Vec::new(),
        labels_by: String::new(),
        grouped: String::new(),
        cut: false,
        longest: None,
        lines: Vec::new(),
    }
}

/// A file of sound.
fn sound(path: PathBuf, bytes: &[u8], wanted: Wanted<'_>) -> Result<Recordings, DataError> {
    no_columns(&path, wanted, "a sound has", false)?;
    refused(&path, wanted)?;
    let fault = |why: String| DataError::Format { path: path.clone(), why };
    let (sound, samples) = Sound::read(bytes).map_err(fault)?;
    let rate = same_rate(&path, sound.rate, known_rate(wanted))?;
    let recording = Recording {
        name: file_name(&path),
        group: file_name(&path),
        samples: Samples::Sound(samples),
        length: sound.length,
        labels: Labels::all(sound.length, None),
        targets: Vec::new(),
        gaps: Vec::new(),
    };
    let mut found = of_sound(path, vec![recording], (rate, sound.channels));
    found.cut = wanted.purpose == Purpose::Train;
    Ok(found)
}

/// A folder of sounds, which are read one at a time whenever they are needed.
fn sounds(path: &Path, listing: Listing, wanted: Wanted<'_>) -> Result<Recordings, DataError> {
    no_columns(path, wanted, "sounds have", true)?;
    refused(path, wanted)?;
    let (groups, grouped) = of_folder(path, &listing, wanted)?;
    let mut names = Names::default();
    let (mut list, mut first): (Vec<Recording>, Option<(u32, u16)>) = (Vec::new(), None);
    let has_classes = listing.files.iter().any(|entry| entry.class.is_some());
    for (entry, group) in listing.files.iter().zip(groups) {
        let fault = |why: String| DataError::Format { path: entry.path.clone(), why };
        let sound = Sound::look(&entry.path).map_err(fault)?;
        let known = match (first, list.first()) {
            (Some((rate, _)), Some(other)) => (Some(rate), other.name.clone() + " has"),
            _ => {
                let (rate, of) = known_rate(wanted);
                (rate, of.to_owned())
            }
        };
        let rate = same_rate(&entry.path, sound.rate, (known.0, &known.1))?;
        let (_, channels) = *first.get_or_insert((rate, sound.channels));
        if channels != sound.channels {
            return Err(fault(format!(
                "it has {} channels, and {} has {channels}; bring all to one number, as by `sox in.wav -c 1 out.wav`",
                sound.channels,
                list.first().map_or("another", |other| &other.name)
            )));
        }
        let label = entry.class.as_deref().map(|class| names.number(class));
        list.push(Recording {
            name: entry.name.clone(),
            group,
            samples: Samples::File(entry.path.clone()),
            length: sound.length,
            labels: Labels::all(sound.length, label),
            targets: Vec::new(),
            gaps: Vec::new(),
        });
    }
    let mut found = of_sound(path.to_owned(), list, first.unwrap_or((1, 1)));
    found.classes = names.all;
    found.labels_by = if has_classes { "by folder".to_owned() } else { String::new() };
    found.grouped = grouped;
    found.lines.extend(passed_over(&listing));
    Ok(found)
}

/// A folder of logs.
fn logs(path: &Path, listing: Listing, wanted: Wanted<'_>) -> Result<Recordings, DataError> {
    refused(path, wanted)?;
    if wanted.reading.labels.is_some() && wanted.stored.is_none() {
        let why = "--labels: a log of a folder has its labels in a column, or by its folder; leave it out"
            .to_owned();
        return Err(DataError::Format { path: path.into(), why });
    }
    let (groups, grouped) = of_folder(path, &listing, wanted)?;
    // Here it separates a group's name from the rest of a file's name.
    let reading = Reading { group: None, labels: None, ..wanted.reading.clone() };
    let mut names = Names::default();
    let mut known = wanted.stored.map(LogColumns::of);
    let mut labels_by: Option<String> = None;
    let (mut list, mut times) = (Vec::new(), Vec::new());
    for (entry, group) in listing.files.iter().zip(groups) {
        let bytes = input::read(&entry.path, &input::CSV)?;
        let bytes = gzip::unpacked(&entry.path, bytes.into(), &input::CSV)?.into_owned();
        let file = Input::File(entry.path.clone(), bytes).table(&reading, wanted.length)?;
        let label = entry.class.as_deref().map_or(LabelOf::NamedColumn, LabelOf::Folder);
        let found = log::read(&file, (&entry.name, label), &reading, known.as_ref(), &mut names);
        let found = found.map_err(|error| match (error, listing.files.first()) {
            (DataError::Table { path, why }, Some(first)) if wanted.stored.is_none() => {
                let first = format!("the first log, {}, has", super::shorten(&first.name));
                DataError::Table { path, why: why.replace("the model was trained on", &first) }
            }
            (error, _) => error,
        })?;
        list.extend(
            found.recordings.into_iter().map(|recording| Recording { group: group.clone(), ..recording }),
        );
        if known.is_none() {
            known = Some(found.columns);
            times = found.times;
        }
        if !found.labels_by.is_empty() {
            labels_by.get_or_insert(found.labels_by);
        }
    }
    let mut lines = left_out(&times);
    lines.extend(passed_over(&listing));
    Ok(Recordings {
        path: path.to_owned(),
        list,
        columns: known.unwrap_or_default(),
        rate: None,
        is_sound: false,
        classes: names.all,
        labels_by: labels_by.unwrap_or_default(),
        grouped,
        cut: false,
        longest: None,
        lines,
    })
}

/// A log, which is a table in one file.
fn log(input: Input, wanted: Wanted<'_>) -> Result<Recordings, DataError> {
    let Wanted { reading, stored, purpose, length } = wanted;
    let reading = match (purpose, stored) {
        // Labels in a file of their own were those of the training.
        (Purpose::Answer, Some(_)) => &Reading { labels: None, ..reading.clone() },
        _ => reading,
    };
    let file = input.table(reading, length)?;
    refused(&file.path, wanted)?;
    let mut names = Names::default();
    let known = stored.map(LogColumns::of);
    let name = file_name(&file.path);
    let found = log::read(&file, (&name, LabelOf::Column), reading, known.as_ref(), &mut names)?;
    let cut = purpose == Purpose::Train && reading.group.is_none();
    let grouped = if cut { String::new() } else { "one a recording".to_owned() };
    let columns = known.unwrap_or(found.columns);
    Ok(Recordings {
        lines: left_out(&found.times),
        path: file.path,
        list: found.recordings,
        columns,
        rate: None,
        is_sound: false,
        classes: names.all,
        labels_by: found.labels_by,
        grouped,
        cut,
        longest: None,
    })
}

/// Series, each of which is a recording.
fn of_series(path: &Path, series: &Series<'_>, wanted: Wanted<'_>) -> Result<Recordings, DataError> {
    no_columns(path, wanted, "series have", false)?;
    refused(path, wanted)?;
    let fault = |why: String| DataError::Format { path: path.into(), why };
    let mut names = Names::default();
    let mut list = Vec::new();
    for (number, (dimensions, label)) in (1..).zip(series.each()) {
        let length = dimensions.iter().map(Vec::len).max().unwrap_or(0);
        let mut gaps = Vec::new();
        let mut channels = Vec::with_capacity(dimensions.len());
        for values in dimensions {
            let mut texts = Texts::default();
            for at in 0..length {
                let value = *values.get(at).or(values.last()).unwrap_or(&"?");
                if value == "?" || value.is_empty() || value.eq_ignore_ascii_case("nan") {
                    gaps.push(at);
                    texts.push("");
                } else if Number::parse(value, false).is_some() {
                    texts.push(&strict(value));
                } else {
                    let value = super::shorten(value);
                    return Err(fault(format!("series {number}: \"{value}\" is no number; mend it")));
                }
            }
            channels.push(texts);
        }
        if !gaps.is_empty() && wanted.reading.missing != Missing::Drop {
            return Err(fault(format!(
                "series {number}: a value is missing; leave out the windows with such values by --missing drop"
            )));
        }
        gaps.sort_unstable();
        let mut targets = Vec::new();
        let mut class = None;
        match label {
            Some(label) if series.is_of_numbers() => {
                let mut texts = Texts::default();
                (0..length).for_each(|_| texts.push(label));
                targets.push(texts);
            }
            label => class = label.map(|label| names.number(label)),
        }
        list.push(Recording {
            name: number.to_string(),
            group: number.to_string(),
            samples: Samples::Numbers(channels),
            length,
            labels: Labels::all(length, class),
            targets,
            gaps,
        });
    }
    let channel = |number: usize| Named { number, name: String::new() };
    let channels: Vec<Named> = (1..=series.dimensions()).map(channel).collect();
    let is_labelled = series.is_labelled() && !series.is_of_numbers();
    let target = Named { number: channels.len() + 1, name: "target".to_owned() };
    let columns = LogColumns {
        width: channels.len(),
        channels,
        label: Named::default(),
        targets: if series.is_of_numbers() { vec![target] } else { Vec::new() },
    };
    let longest = match wanted.stored {
        None => Some(series.length(wanted.length)?.min(u32::MAX as usize) as u32),
        Some(_) => None,
    };
    Ok(Recordings {
        path: path.to_owned(),
        list,
        columns,
        rate: None,
        is_sound: false,
        classes: names.all,
        labels_by: if is_labelled { "behind each series".to_owned() } else { String::new() },
        grouped: "one a series".to_owned(),
        cut: false,
        longest,
        lines: Vec::new(),
    })
}

/// The groups of the files of a folder, and what they are for a person.
fn of_folder(path: &Path, listing: &Listing, wanted: Wanted<'_>) -> Result<(Vec<String>, String), DataError> {
    let separator = wanted.reading.group.as_deref().filter(|_| wanted.purpose == Purpose::Train);
    let found = groups(&listing.files, separator);
    let (groups, how) = found.map_err(|why| DataError::Format { path: path.into(), why })?;
    let said = match how {
        Grouped::Each => "one a file".to_owned(),
        Grouped::Voices(_) => "by the voice in the names of files, NAME_nohash_N".to_owned(),
        Grouped::Before(separator, _) => {
            format!("by what stands before \"{}\" in the names of files", super::shorten(&separator))
        }
    };
    Ok((groups, said))
}

fn left_out(times: &[String]) -> Vec<String> {
    let names = listed(times.iter().map(|name| super::shorten(name)));
    if times.is_empty() { Vec::new() } else { vec![format!("left out {names}: a time by its name")] }
}

fn passed_over(listing: &Listing) -> Option<String> {
    let names = listed(listing.passed_over.iter().map(|name| super::shorten(name)));
    (!names.is_empty()).then(|| format!("beside the folders, passed over: {names}"))
}

fn file_name(path: &Path) -> String {
    words::shown(&super::file_name(path), usize::MAX)
}
