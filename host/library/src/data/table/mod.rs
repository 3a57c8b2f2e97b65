//! Tables of samples as people have them: a row for each sample, a column for each value, one column of
//! classes.
//!
//! The bytes become a text ([`Encoding`]), whose delimiter is found; a survey of all fields finds the types
//! of the columns and whether the first row is a header; the features are then read as exact decimal numbers.

mod columns;
mod cutting;
mod delimiter;
mod detector;
mod encoding;
mod file;
mod foreign;
mod labels;
mod log;
mod no_number;
mod opened;
mod raws;
mod reading;
mod recorded;
mod rows;
mod said;
mod shown;
mod source;
mod summaries;
mod survey;
mod understood;
mod windowed;

use std::path::Path;

use super::error::shorten;
use super::preprocessing::{
    self, Column, FeatureRule, LabelColumn, Preprocessing, Rows, Scale, TargetColumn, choose, features,
};
use super::signal::Purpose;
use super::split::SplitRows;
use super::{DataError, Dataset, Fraction, Targets};
use columns::Columns;
use file::{File, Input, length_of};
use labels::{Classes, Known};
use opened::Opened;
use source::{Answers, Source};

pub use delimiter::Delimiter;
pub use encoding::Encoding;
pub use file::Window;
pub use raws::raws;
pub use reading::{Missing, Parts, Reading};
pub use shown::{ShownWindow, shown_windows};
pub use understood::Understood;

/// Most columns of a file: the inputs that a model may have, and the label.
pub const MAX_COLUMNS: usize = 65_536;
/// Most rows of a file.
pub const MAX_ROWS: usize = 1 << 24;
/// Most bytes of a row: as many fields as there may be, each of the longest number and a comma.
pub const MAX_ROW_BYTES: usize = 2 << 20;

/// The share of old rows among those that train, unless it is said: 0.3.
const KEEP_SHARE: Fraction = match Fraction::from_parts(3000) {
    Some(share) => share,
    None => Fraction::ZERO,
};

/// Names of a column of classes.
const LABEL_NAMES: [&str; 3] = ["class", "label", "target"];
/// Another, which may be a coordinate as well.
const LABEL_LETTER: [&str; 1] = ["y"];

fn is_one_of(name: &str, words: &[&str]) -> bool {
    words.iter().any(|word| name.eq_ignore_ascii_case(word))
}

/// Reads a table of samples, which gzip may have packed. The path `-` is standard input.
///
/// # Errors
/// [`DataError`], which names the line and the column where it can.
pub fn table(path: &Path, reading: &Reading, parts: &Parts) -> Result<Dataset, DataError> {
    let input = Input::read(path)?;
    let file = windowed::file(input, reading, (parts, &length_of(parts, reading)), &training_rows)?;
    with_test(choose_table(&file, file.reading(reading), parts)?, reading)
}

/// Adds the rows of the table for the test, if there is one.
fn with_test(mut data: Dataset, reading: &Reading) -> Result<Dataset, DataError> {
    if let Some(test) = &reading.test {
        if data.first_test.is_some() {
            let why = "it has rows for the test of its own; leave out --test".to_owned();
            return Err(DataError::Format { path: test.clone(), why });
        }
        let stored = data.preprocessing.clone();
        let (file, reading) = test_file(test, reading, &stored)?;
        data.add_test(stored_table(&file, file.reading(&reading), &stored)?)?;
    }
    Ok(data)
}

/// [`table`] on the contents of the file.
///
/// - The encoding is UTF-8, UTF-16 with a byte order mark, or else Latin-1. Lines end in `\n`, `\r\n` or
///   `\r`. Blank lines and lines that begin with `#` are skipped. Fields may be quoted, and may have spaces
///   or tabs around them. A delimiter at the end of each line is passed over.
/// - The first line is a header, and not a row, if it has names where the other lines have values.
/// - Classes are named by whole numbers or by names, and counted from 0 in ascending order: that of the
///   numbers, or that of the characters of the names. Labels that are 0, 1, 2 and so on keep their numbers.
/// - Features are integers, decimal numbers or booleans, and names where `reading` says so. They are scaled
///   by rules that the training rows of `parts` choose ([`Preprocessing`]).
///
/// The data set's name is the file's name without its folder.
///
/// # Errors
/// Those of [`table`] but for the file itself.
pub fn parse_table(
    path: &Path,
    bytes: &[u8],
    reading: &Reading,
    parts: &Parts,
) -> Result<Dataset, DataError> {
    let input = Input::File(path.to_owned(), bytes.to_owned());
    let file = windowed::file(input, reading, (parts, &length_of(parts, reading)), &training_rows)?;
    choose_table(&file, file.reading(reading), parts)
}

/// What the rows of a table say for a new model, and which of them train.
struct Chosen {
    answers: Answers,
    /// The classes that are normal, and a line on them for a person, of a detector.
    detector: Option<(Vec<String>, String)>,
    classes: Vec<String>,
    trains: Vec<bool>,
}

impl Chosen {
    fn of(source: &Source<'_>, file: &File, reading: &Reading, parts: &Parts) -> Result<Chosen, DataError> {
        let mut answers = source.answers(None)?;
        let detector = match reading.is_of_detector() {
            true => Some(detector::told_apart(source, reading, &mut answers)?),
            false => None,
        };
        let anomalies =
            detector.as_ref().map(|_| detector::anomalies(answers.classes.as_ref(), answers.lines.len()));
        let (labels, classes) = if source.columns.targets.is_empty() && detector.is_none() {
            let classes = several(source, &answers)?;
            (classes.rows.iter().flatten().copied().collect(), classes.names.clone())
        } else {
            // Without classes a split is of all rows alike.
            (vec![0; answers.lines.len()], Vec::new())
        };
        let grouping = answers.groups.as_deref();
        let test = file.first_test(&answers).or(reading.test.as_ref().map(|_| labels.len()));
        let (name, anomalies) = (&file_name(&file.path), anomalies.as_deref());
        let rows = SplitRows { name, labels: &labels, groups: grouping, test, anomalies, old: None };
        let split = rows.split(parts.holdout, parts.validation, parts.split)?;
        let mut trains = vec![false; labels.len()];
        split.train.iter().for_each(|&row| trains[row as usize] = true);
        Ok(Chosen { answers, detector, classes, trains })
    }
}

/// Which rows of a table train.
fn training_rows(file: &File, reading: &Reading, parts: &Parts) -> Result<Vec<bool>, DataError> {
    let opened = Opened::of(file, reading, None)?;
    let columns = Columns::of(&file.path, &opened.survey, reading, file.labelled)?;
    let source = opened.source(&file.path, &columns, reading.missing, None)?;
    Ok(Chosen::of(&source, file, reading, parts)?.trains)
}

/// A data set whose preprocessing is chosen.
fn choose_table(file: &File, reading: &Reading, parts: &Parts) -> Result<Dataset, DataError> {
    let path = &*file.path;
    let opened = Opened::of(file, reading, None)?;
    let columns = Columns::of(path, &opened.survey, reading, file.labelled)?;
    let source = opened.source(path, &columns, reading.missing, None)?;
    let Chosen { answers, detector, classes, trains } = Chosen::of(&source, file, reading, parts)?;
    let plain = if detector.is_some() { Scale::Wide } else { Scale::Standard };
    let choice = choose(&source, &trains, reading.scale, plain)?;
    let mut made = source.made.clone();
    if reading.missing == Missing::Mean {
        let mut feature = 0;
        for column in &mut made {
            column.fill = choice.means.get(feature).copied().filter(|_| column.categories.is_empty());
            feature += column.features();
        }
    }
    let of_label = |label: usize| LabelColumn { number: label + 1, name: opened.survey.header_name(label) };
    let preprocessing = Preprocessing {
        scale: choice.scale,
        width: opened.survey.columns.len(),
        label: columns.label.map(of_label).unwrap_or_default(),
        classes,
        rules: choice.rules,
        columns: made,
        targets: chosen_targets(&source, &trains)?,
        normal: detector.as_ref().map(|(normal, _)| normal.clone()),
        signal: file.windows.as_ref().map(|windows| windows.signal.clone()),
    };
    let mut data = dataset((file, &opened), &source, answers, preprocessing)?;
    if let (Some((_, said)), Some(understood)) = (detector, &mut data.understood) {
        understood.normal = Some(said);
    }
    Ok(data)
}

/// The targets of a regression, scaled by the rows that train.
fn chosen_targets(source: &Source<'_>, trains: &[bool]) -> Result<Vec<TargetColumn>, DataError> {
    if source.columns.targets.is_empty() {
        return Ok(Vec::new());
    }
    let columns = source.columns.of_targets();
    let targets = source.of_targets(&columns);
    let rules = choose(&targets, trains, Some(Scale::Standard), Scale::Standard)?.rules;
    let column = |(column, rule): (&Column, FeatureRule)| TargetColumn {
        number: column.number,
        name: column.name.clone(),
        rule,
    };
    Ok(targets.made.iter().zip(rules).map(column).collect())
}

/// The targets of all rows.
fn targets_of(source: &Source<'_>, stored: &[TargetColumn]) -> Result<Targets, DataError> {
    let columns = source.columns.of_targets();
    let targets = source.of_targets(&columns);
    let rules: Vec<FeatureRule> = stored.iter().map(|target| target.rule).collect();
    let (mut raw, mut scaled) = (Vec::new(), Vec::new());
    targets.each(&mut |fields| {
        for (field, rule) in fields.iter().zip(&rules) {
            let found = field.as_deref().and_then(|number| rule.raw(number).ok());
            let value = found.ok_or_else(|| source.fault("a target is no number".to_owned()))?.value;
            raw.push(value);
            scaled.push(rule.rule().apply(value));
        }
        Ok(())
    })?;
    Ok(Targets { columns: stored.to_vec(), scaled, raw })
}

/// Opens the table for the test, and says how it is read.
fn test_file(test: &Path, reading: &Reading, stored: &Preprocessing) -> Result<(File, Reading), DataError> {
    let reading = Reading { labels: reading.test_labels.clone(), ..reading.clone() };
    Ok((windowed::file_as(test, &reading, stored, Purpose::Test)?, reading))
}

/// Reads a table of samples for a model that is there already.
///
/// # Errors
/// Those of [`table`]; [`DataError::Table`] where its columns are not those of the model.
pub fn table_as(path: &Path, reading: &Reading, stored: &Preprocessing) -> Result<Dataset, DataError> {
    let file = windowed::file_as(path, reading, stored, Purpose::Train)?;
    with_old(with_test(stored_table(&file, file.reading(reading), stored)?, reading)?, reading)
}

/// Adds the rows of the table that the model was trained on before, if there is one.
fn with_old(mut data: Dataset, reading: &Reading) -> Result<Dataset, DataError> {
    if let Some(keep) = &reading.keep {
        let stored = data.preprocessing.clone();
        let reading = Reading { labels: None, test: None, ..reading.clone() };
        let file = windowed::file_as(keep, &reading, &stored, Purpose::Train)?;
        let old = stored_table(&file, file.reading(&reading), &stored)?;
        data.add_old(old, reading.keep_share.unwrap_or(KEEP_SHARE))?;
    }
    Ok(data)
}

/// Reads a table of samples for a model that is there already, and whose classes become those of the table:
/// its own, or where rows of what it was trained on before are kept, the model's and behind them the new
/// ones.
///
/// # Errors
/// Those of [`table_as`]; [`DataError::Table`] where the table has no classes, or too few.
pub fn table_with_classes(
    path: &Path,
    reading: &Reading,
    stored: &Preprocessing,
) -> Result<Dataset, DataError> {
    let file = windowed::file_as(path, reading, stored, Purpose::Train)?;
    let stored = {
        let reading = file.reading(reading);
        let opened = Opened::of(&file, reading, Some(stored))?;
        let columns = Columns::stored(path, &opened.survey, stored, reading.group.as_deref())?;
        let source = opened.source(path, &columns, reading.missing, Some(&stored.columns))?;
        let answers = source.answers(None)?;
        let kept = reading.keep.is_some();
        let classes = match &answers.classes {
            Some(classes) if kept => {
                let new = classes.names.iter().filter(|name| !stored.classes.contains(name));
                stored.classes.iter().chain(new).cloned().collect()
            }
            _ => several(&source, &answers)?.names.clone(),
        };
        Preprocessing { classes, ..stored.clone() }
    };
    with_old(with_test(stored_table(&file, file.reading(reading), &stored)?, reading)?, reading)
}

/// The numbers of a table as they are, for a model that is there already: a row for each row of [`table_as`],
/// those of the table for the test last, and a number for each feature.
///
/// # Errors
/// Those of [`table_as`]; [`DataError::Table`] where a number is missing.
pub fn numbers(path: &Path, reading: &Reading, stored: &Preprocessing) -> Result<Vec<Vec<f32>>, DataError> {
    let file = windowed::file_as(path, reading, stored, Purpose::Train)?;
    let mut rows = Vec::new();
    add_numbers(&file, reading, stored, &mut rows)?;
    if let Some(test) = &reading.test {
        let (file, reading) = test_file(test, reading, stored)?;
        add_numbers(&file, &reading, stored, &mut rows)?;
    }
    Ok(rows)
}

fn add_numbers(
    file: &File,
    reading: &Reading,
    stored: &Preprocessing,
    rows: &mut Vec<Vec<f32>>,
) -> Result<(), DataError> {
    let reading = file.reading(reading);
    let opened = Opened::of(file, reading, Some(stored))?;
    let columns = Columns::stored(&file.path, &opened.survey, stored, reading.group.as_deref())?;
    let source = opened.source(&file.path, &columns, reading.missing, Some(&stored.columns))?;
    source.each(&mut |fields| {
        let mut row = Vec::with_capacity(fields.len());
        for (feature, field) in fields.iter().enumerate() {
            let number = field.as_deref().and_then(|number| number.parse::<f32>().ok());
            let missing =
                || format!("a value of column {} is missing: leave out its row", source.name(feature));
            row.push(number.ok_or_else(|| source.fault(missing()))?);
        }
        rows.push(row);
        Ok(())
    })
}

/// A data set for a model that is there already.
fn stored_table(file: &File, reading: &Reading, stored: &Preprocessing) -> Result<Dataset, DataError> {
    let path = &*file.path;
    let opened = Opened::of(file, reading, Some(stored))?;
    let columns = Columns::stored(path, &opened.survey, stored, reading.group.as_deref())?;
    let source = opened.source(path, &columns, reading.missing, Some(&stored.columns))?;
    let answers = source.answers(known(stored))?;
    dataset((file, &opened), &source, answers, stored.clone())
}

/// What a model that is there already knows of labels.
fn known(stored: &Preprocessing) -> Option<Known<'_>> {
    match &stored.normal {
        Some(normal) => Some(Known::Normal(normal)),
        None => Some(&*stored.classes).filter(|classes| !classes.is_empty()).map(Known::Classes),
    }
}

/// Rows for a model that is there already, which may have no labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Samples {
    /// The number of features of a row.
    pub features: usize,
    /// Raw values, row-major, in the units of their rules.
    pub raws: Vec<i32>,
    /// What the rules make of them, in `-127..=127`.
    pub values: Vec<i8>,
    /// The line of each row in its file.
    pub lines: Vec<u64>,
    /// The class of each row, where it is known; for a detector, 1 of an anomaly and else 0.
    pub labels: Vec<Option<u8>>,
    /// Rows that were left out, because something is missing in them.
    pub left_out: usize,
    /// Where each row is, of windows of a signal; of other rows there are none.
    pub windows: Vec<Window>,
    /// What a person should know of a signal.
    pub warnings: Vec<String>,
}

/// Reads rows for a model that is there already; labels may be absent, in some rows or in all.
///
/// # Errors
/// Those of [`table_as`].
pub fn samples(path: &Path, reading: &Reading, stored: &Preprocessing) -> Result<Samples, DataError> {
    let reading = &Reading { labels: None, ..reading.clone() };
    let file = windowed::file_as(path, reading, stored, Purpose::Answer)?;
    let (path, reading) = (&*file.path, file.reading(reading));
    let opened = Opened::of(&file, reading, Some(stored))?;
    let columns = Columns::stored(path, &opened.survey, stored, None)?;
    let source = opened.source(path, &columns, reading.missing, Some(&stored.columns))?;
    let answers = source.answers(known(stored))?;
    let fills: Vec<Option<i32>> = fills(&stored.columns);
    let rows: Vec<u32> = (0..answers.lines.len() as u32).collect();
    let raws = preprocessing::raws(&source, &stored.rules, &fills, &rows)?.concat();
    let features = stored.features();
    let rule = |at: usize| stored.rule(at % features.max(1)).unwrap_or(FeatureRule::as_is()).rule();
    let values = raws.iter().enumerate().map(|(at, &raw)| rule(at).apply(raw)).collect();
    let labels = answers.classes.map_or_else(|| vec![None; answers.lines.len()], |classes| classes.rows);
    let windows = file.windows.as_ref();
    Ok(Samples {
        features,
        raws,
        values,
        lines: answers.lines,
        labels,
        left_out: windows.map_or(answers.left_out, |windows| windows.left_out),
        windows: windows.map(|windows| windows.places.clone()).unwrap_or_default(),
        warnings: windows.map(|_| file.warnings.clone()).unwrap_or_default(),
    })
}

/// What stands for a missing value of each feature.
fn fills(columns: &[Column]) -> Vec<Option<i32>> {
    columns.iter().flat_map(|column| std::iter::repeat_n(column.fill, column.features())).collect()
}

/// The classes of rows, of which there are two or more.
fn several<'a>(source: &Source<'_>, answers: &'a Answers) -> Result<&'a Classes, DataError> {
    let column = source.columns.label.map_or(0, |label| label + 1);
    let classes =
        answers.classes.as_ref().ok_or_else(|| source.fault("no column holds the classes".to_owned()))?;
    match &classes.names[..] {
        [only] => Err(DataError::OneClass { path: source.path.into(), column, label: shorten(only) }),
        _ => Ok(classes),
    }
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or(path.as_os_str()).to_string_lossy().into_owned()
}

/// The data set of a table whose rules are known.
fn dataset(
    (file, opened): (&File, &Opened),
    source: &Source<'_>,
    answers: Answers,
    preprocessing: Preprocessing,
) -> Result<Dataset, DataError> {
    let read = features(source, &preprocessing.rules, &fills(&preprocessing.columns))?;
    let first_test = file.first_test(&answers);
    let classes = answers.classes.filter(|classes| classes.rows.iter().all(Option::is_some));
    let classes = match classes {
        Some(classes) => classes,
        None if !preprocessing.targets.is_empty() => Classes::none(),
        // Every row is normal.
        None if preprocessing.normal.as_ref().is_some_and(Vec::is_empty) => Classes::none(),
        None => return Err(source.fault("the column of classes is not there, or has gaps".to_owned())),
    };
    let (summaries, mut warnings) = summaries::summaries(&opened.survey, source, &preprocessing, &classes);
    for (feature, count) in read.saturated {
        warnings.push(format!(
            "column {}: {} so far from the others that 32 bits do not hold them; they count as the last value \
             that fits",
            source.name(feature),
            match count {
                1 => "1 value lies".to_owned(),
                count => format!("{count} values lie"),
            }
        ));
    }
    let name = file_name(source.path);
    let mut data = if preprocessing.normal.is_some() {
        let anomalies = detector::anomalies(Some(&classes), answers.lines.len());
        Dataset::autoencoder(name, read.values, anomalies, preprocessing)?
    } else if preprocessing.targets.is_empty() {
        let labels = classes.rows.iter().flatten().copied().collect();
        Dataset::new(name, read.values, labels, preprocessing)?
    } else if source.columns.targets.len() != preprocessing.targets.len() {
        return Err(source.fault("the columns of the targets are not there".to_owned()));
    } else {
        let targets = targets_of(source, &preprocessing.targets)?;
        Dataset::regression(name, read.values, targets, preprocessing)?
    };
    data.first_test = first_test;
    data.groups = answers.groups;
    warnings.splice(0..0, file.warnings.iter().cloned());
    let answers_in = source.columns.label.iter().chain(&source.columns.targets);
    let label = answers_in.map(|&column| opened.survey.name(column)).collect::<Vec<_>>().join(", ");
    let label = match &file.windows {
        Some(windows) => windows.labels_by.clone(),
        None => format!("{label} ({})", source.columns.why),
    };
    data.understood = Some(Box::new(Understood {
        format: file.format,
        encoding: opened.encoding,
        delimiter: opened.delimiter,
        rows: data.len(),
        left_out: answers.left_out,
        header: opened.survey.header.is_some(),
        first_line: opened.survey.first_line,
        label,
        columns: summaries,
        counts: classes.counts,
        normal: None,
        signal: file.windows.as_ref().map(|windows| windows.lines.clone()).unwrap_or_default(),
        warnings,
    }));
    Ok(data)
}

#[cfg(test)]
mod csv_tests;
#[cfg(test)]
mod signal_tests;
#[cfg(test)]
mod tests;
