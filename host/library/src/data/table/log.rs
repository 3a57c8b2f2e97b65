//! Logs: tables whose rows are the moments of a signal, and whose columns are its channels.

use std::collections::HashMap;

use super::super::number::Value;
use super::super::preprocessing::{Column, FeatureRule, LabelColumn, Preprocessing, Scale, TargetColumn};
use super::super::signal::{Labels, Named, Recording, Samples, Signal, Texts};
use super::super::{DataError, MAX_TARGETS};
use super::columns::Columns;
use super::file::File;
use super::opened::Opened;
use super::reading::{Missing, Reading};
use super::rows::Lines;
use super::source::number;
use super::survey::Survey;
use super::understood::word;
use super::{LABEL_NAMES, is_one_of};

/// Names of columns that say when a row was, and nothing of the signal.
const TIMES: [&str; 14] = [
    "time",
    "timestamp",
    "t",
    "seconds",
    "sec",
    "secs",
    "ms",
    "millis",
    "milliseconds",
    "us",
    "micros",
    "date",
    "datetime",
    "index",
];

/// Where the labels of a log are.
#[derive(Clone, Copy, Debug)]
pub(super) enum LabelOf<'a> {
    /// In a column that is found as that of a table.
    Column,
    /// In a column that is named, by a flag or by a name that such columns have; otherwise there are none.
    NamedColumn,
    /// Each row has this one, unless a flag names a column.
    Folder(&'a str),
}

/// Names that stand for numbers.
#[derive(Default)]
pub(super) struct Names {
    numbers: HashMap<String, u32>,
    pub(super) all: Vec<String>,
}

impl Names {
    /// The number of a name.
    pub(super) fn number(&mut self, name: &str) -> u32 {
        if let Some(&number) = self.numbers.get(name) {
            return number;
        }
        let number = self.all.len() as u32;
        self.numbers.insert(name.to_owned(), number);
        self.all.push(name.to_owned());
        number
    }
}

/// The columns of a log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct LogColumns {
    pub(super) channels: Vec<Named>,
    pub(super) label: Named,
    pub(super) targets: Vec<Named>,
    pub(super) width: usize,
}

impl LogColumns {
    /// Those that a model was trained on.
    pub(super) fn of(signal: &Signal) -> LogColumns {
        let named =
            |channel: &super::super::Channel| Named { number: channel.number, name: channel.name.clone() };
        LogColumns {
            channels: signal.channels.iter().map(named).collect(),
            label: signal.label.clone(),
            targets: signal.targets.clone(),
            width: signal.width,
        }
    }

    /// The same as those of a table, which are found in another one by the rules of tables.
    fn as_table(&self) -> Preprocessing {
        let column =
            |named: &Named| Column { number: named.number, name: named.name.clone(), ..Column::default() };
        let target = |named: &Named| TargetColumn {
            number: named.number,
            name: named.name.clone(),
            rule: FeatureRule::as_is(),
        };
        Preprocessing {
            scale: Scale::None,
            width: self.width,
            label: LabelColumn { number: self.label.number, name: self.label.name.clone() },
            classes: Vec::new(),
            rules: vec![FeatureRule::as_is()],
            columns: self.channels.iter().map(column).collect(),
            targets: self.targets.iter().map(target).collect(),
            normal: None,
            signal: None,
        }
    }
}

/// What was read of a log.
pub(super) struct Log {
    pub(super) columns: LogColumns,
    /// A recording for each group, or one of all rows.
    pub(super) recordings: Vec<Recording>,
    /// Where the labels are from; empty where there are none.
    pub(super) labels_by: String,
    /// Columns of times, which are left out.
    pub(super) times: Vec<String>,
}

/// Reads a log. `name` is what its recording is called; `known` are the columns of the one before it, or of a
/// model.
pub(super) fn read(
    file: &File,
    (name, label): (&str, LabelOf<'_>),
    reading: &Reading,
    known: Option<&LogColumns>,
    names: &mut Names,
) -> Result<Log, DataError> {
    let path = &*file.path;
    let table = |why: String| DataError::Table { path: path.into(), why };
    if file.test.is_some() {
        return Err(table(
            "it has rows for the test of its own; give the samples of one recording".to_owned(),
        ));
    }
    let known = known.map(LogColumns::as_table);
    let opened = Opened::of_log(file, reading, known.as_ref())?;
    let survey = &opened.survey;
    let (reading, times) = without_times(survey, reading);
    let (columns, in_folder) = columns(file, survey, &reading, known.as_ref(), label)?;
    check(&opened, file, &columns, reading.missing, known.is_some())?;
    let header = |place: usize| Named { number: place + 1, name: survey.header_name(place) };
    let found = LogColumns {
        channels: columns.features.iter().map(|&place| header(place)).collect(),
        label: columns.label.map(header).unwrap_or_default(),
        targets: columns.targets.iter().map(|&place| header(place)).collect(),
        width: survey.columns.len(),
    };
    let labels_by = match (in_folder, columns.label) {
        (Some(_), _) => "by folder".to_owned(),
        (None, Some(place)) => format!("in column {} ({})", survey.name(place), columns.why),
        (None, None) => String::new(),
    };
    let comma = opened.delimiter.leaves_commas();
    let mut lines = Lines::open(path, &opened.text, opened.delimiter)?;
    let mut pending = survey.header.is_none();
    let mut recordings: Vec<Recording> = Vec::new();
    let mut groups: HashMap<String, usize> = HashMap::new();
    let folder = in_folder.map(|class| names.number(class));
    while std::mem::take(&mut pending) || lines.advance()? {
        let group = columns.group.map_or(name, |place| lines.field(place));
        let at = match groups.get(group) {
            Some(&at) => at,
            None => {
                groups.insert(group.to_owned(), recordings.len());
                recordings.push(begun(group, &columns));
                recordings.len() - 1
            }
        };
        let Some(recording) = recordings.get_mut(at) else { continue };
        let mut is_missing = false;
        let mut take = |texts: &mut [Texts], places: &[usize]| {
            for (texts, &place) in texts.iter_mut().zip(places) {
                let field = number(lines.field(place), comma);
                is_missing |= field.is_none();
                texts.push(field.as_deref().unwrap_or_default());
            }
        };
        if let Samples::Numbers(channels) = &mut recording.samples {
            take(channels, &columns.features);
        }
        take(&mut recording.targets, &columns.targets);
        if is_missing {
            recording.gaps.push(recording.length);
        }
        recording.length += 1;
        let field = columns.label.map(|place| lines.field(place));
        let field = field.filter(|field| Value::of(field, comma) != Value::Missing);
        recording.labels.push(folder.or_else(|| field.map(|field| names.number(field))));
    }
    Ok(Log { columns: found, recordings, labels_by, times })
}

/// A recording without a moment.
fn begun(name: &str, columns: &Columns) -> Recording {
    Recording {
        name: name.to_owned(),
        group: name.to_owned(),
        samples: Samples::Numbers(vec![Texts::default(); columns.features.len()]),
        length: 0,
        labels: Labels::default(),
        targets: vec![Texts::default(); columns.targets.len()],
        gaps: Vec::new(),
    }
}

/// The same reading without columns that are times by their names and are not asked for, and those names.
fn without_times(survey: &Survey, reading: &Reading) -> (Reading, Vec<String>) {
    let asked = |name: &String| {
        let flags = reading.label.iter().chain(&reading.target).chain(&reading.drop).chain(&reading.group);
        flags.into_iter().any(|asked| asked == name)
    };
    let is_time = |name: &&String| is_one_of(name, &TIMES) && !asked(name);
    let times: Vec<String> = survey.header.iter().flatten().filter(is_time).cloned().collect();
    let drop = reading.drop.iter().chain(&times).cloned().collect();
    (Reading { drop, ..reading.clone() }, times)
}

/// What the columns are for, and the class of all rows where it is that of their folder.
fn columns<'a>(
    file: &File,
    survey: &Survey,
    reading: &Reading,
    known: Option<&Preprocessing>,
    label: LabelOf<'a>,
) -> Result<(Columns, Option<&'a str>), DataError> {
    let path = &*file.path;
    let by_flag =
        reading.label.is_some() || !reading.normal.is_empty() && !matches!(label, LabelOf::Folder(_));
    if let Some(known) = known {
        // Another file may say nothing of groups.
        let is_there = |name: &&String| {
            let named = survey.header.iter().flatten().any(|other| other == *name);
            named || (survey.columns.len() == known.width && name.parse::<usize>().is_ok())
        };
        let group = reading.group.as_ref().filter(is_there).map(String::as_str);
        let columns = Columns::stored(path, survey, known, group)?;
        let folder = match label {
            LabelOf::Folder(class) if !by_flag && columns.label.is_none() => Some(class),
            _ => None,
        };
        return Ok((columns, folder));
    }
    let has_name = || survey.header.iter().flatten().find(|name| is_one_of(name, &LABEL_NAMES));
    match label {
        LabelOf::Folder(class) if reading.target.is_empty() && !by_flag => {
            let left = |name: &&String| !reading.drop.contains(*name);
            if let Some(name) = has_name().filter(left) {
                let why = format!(
                    "column {0} may hold classes, and so does the name of the folder; say which, by --label {1} or \
                     --drop {1}",
                    super::shorten(name),
                    word(name)
                );
                return Err(DataError::Table { path: path.into(), why });
            }
            Ok((Columns::without_label(path, survey, reading)?, Some(class)))
        }
        LabelOf::NamedColumn if reading.target.is_empty() && !by_flag && has_name().is_none() => {
            Ok((Columns::without_label(path, survey, reading)?, None))
        }
        _ => Ok((Columns::of(path, survey, reading, file.labelled)?, None)),
    }
}

/// Makes sure that channels and targets are numbers, and that none is missing unless that is said to be
/// right.
fn check(
    opened: &Opened,
    file: &File,
    columns: &Columns,
    missing: Missing,
    predicts: bool,
) -> Result<(), DataError> {
    let (path, survey) = (&*file.path, &opened.survey);
    let lines = Lines::open(path, &opened.text, opened.delimiter)?;
    let cell = |at: usize, place: usize, why: String| {
        Err(DataError::Cell { path: path.into(), line: lines.line_of(at), column: place + 1, why })
    };
    if columns.targets.len() > MAX_TARGETS {
        let why = format!("there are more than {MAX_TARGETS} targets; name fewer by --target");
        return Err(DataError::Table { path: path.into(), why });
    }
    for &place in columns.features.iter().chain(&columns.targets) {
        let Some(column) = survey.columns.get(place) else { continue };
        let (name, flag) = (survey.name(place), word(&survey.whole_name(place)));
        if let Some((at, field)) = &column.first_text {
            let why = format!(
                "\"{field}\" is no number, and column {name} would be a channel of the signal; leave it out by --drop \
                 {flag}, or say what it is by --label {flag} (the classes) or --group {flag} (the recordings)"
            );
            return cell(*at, place, why);
        }
        if let Some(at) = column.first_missing.filter(|_| missing != Missing::Drop) {
            let why = "a value is missing; leave out the windows with such rows by --missing drop";
            return cell(at, place, why.to_owned());
        }
    }
    let label = columns.label.and_then(|place| Some((place, survey.columns.get(place)?.first_missing?)));
    if let Some((place, at)) = label.filter(|_| missing != Missing::Drop && !predicts) {
        let why = "the label is missing; give it, or leave out the windows with such rows by --missing drop";
        return cell(at, place, why.to_owned());
    }
    Ok(())
}
