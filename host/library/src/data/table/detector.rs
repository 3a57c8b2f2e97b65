//! Tables for a detector of anomalies: which rows are normal.

use super::super::error::shorten;
use super::super::number::place_of;
use super::super::preprocessing::Rows;
use super::super::{DataError, MAX_TARGETS};
use super::Reading;
use super::labels::{ANOMALY, Classes};
use super::source::{Answers, Source};
use super::understood::listed;

/// The normal classes of a table for a detector, and a line on them for a person. Of the answers remains
/// which rows are anomalies.
pub(super) fn told_apart(
    source: &Source<'_>,
    reading: &Reading,
    answers: &mut Answers,
) -> Result<(Vec<String>, String), DataError> {
    let features = source.features();
    if features > MAX_TARGETS {
        return Err(source.fault(format!(
            "--anomaly: {features} features are more than {MAX_TARGETS}, the most that a model can answer; leave \
             columns out by --drop, or make series shorter or images smaller"
        )));
    }
    let Some(classes) = &answers.classes else {
        return Ok((Vec::new(), format!("all {} rows; no column of classes", answers.lines.len())));
    };
    let comma = source.delimiter.leaves_commas();
    let mut normal: Vec<String> = Vec::new();
    for name in &reading.normal {
        let place = place_of(name, &classes.names, comma).ok_or_else(|| {
            let there = listed(classes.names.iter().map(|name| shorten(name)));
            source.fault(format!("--normal {}: there is no such class; there are {there}", shorten(name)))
        })?;
        if let Some(name) = classes.names.get(place).filter(|&name| !normal.contains(name)) {
            normal.push(name.clone());
        }
    }
    let of = |wanted: bool| {
        let counted = classes.names.iter().zip(&classes.counts);
        let of: Vec<_> = counted.filter(|(name, _)| normal.contains(name) == wanted).collect();
        let rows: usize = of.iter().map(|(_, count)| *count).sum();
        (rows, listed(of.into_iter().map(|(name, count)| format!("{} {count}", shorten(name)))))
    };
    let label = source.columns.label.map(|label| source.survey.name(label)).unwrap_or_default();
    let ((rows, named), (others, of_others)) = (of(true), of(false));
    let others = match others {
        0 => "no row of another class".to_owned(),
        1 => format!("1 anomaly: {of_others}"),
        count => format!("{count} anomalies: {of_others}"),
    };
    let said = format!("{rows} rows by column {label} ({}): {named}; {others}", source.columns.why);
    answers.classes = Some(classes.told_apart(&normal));
    Ok((normal, said))
}

/// Whether each of so many rows is an anomaly. Without a column of classes, none is.
pub(super) fn anomalies(classes: Option<&Classes>, rows: usize) -> Vec<bool> {
    match classes.filter(|classes| !classes.names.is_empty()) {
        None => vec![false; rows],
        Some(classes) => classes.rows.iter().map(|&class| class == Some(ANOMALY)).collect(),
    }
}
