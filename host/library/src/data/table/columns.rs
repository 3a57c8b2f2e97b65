//! What each column of a table is for.

use std::path::Path;

use super::super::DataError;
use super::super::preprocessing::{Column, Preprocessing};
use super::no_number::looks_like_a_number;
use super::survey::{Column as Fields, Survey};
use super::{LABEL_LETTER, LABEL_NAMES, Missing, Reading, is_one_of};

/// Why a column is that of the classes where nothing says it.
const LAST: &str = "the last column";

/// What the columns of a table are for.
pub(super) struct Columns {
    /// Those that features are made of, counted from 0, in the order of the features.
    pub(super) features: Vec<usize>,
    /// Those among them that hold names.
    categorical: Vec<usize>,
    /// The column of classes, unless the table has none.
    pub(super) label: Option<usize>,
    /// Those of the targets of a regression, in the order of a model's outputs.
    pub(super) targets: Vec<usize>,
    /// Why it is that one.
    pub(super) why: &'static str,
    /// The column of groups, if one is named.
    pub(super) group: Option<usize>,
}

impl Columns {
    /// What `reading` and the names of the columns say, checked against their types. `labelled` says that the
    /// last column holds labels, although no header does.
    pub(super) fn of(
        path: &Path,
        survey: &Survey,
        reading: &Reading,
        labelled: bool,
    ) -> Result<Columns, DataError> {
        let table = |why: String| DataError::Table { path: path.into(), why };
        let find = |flag: &str, name: &str| find(survey, flag, name).map_err(table);
        let mut dropped = vec![false; survey.columns.len()];
        for name in &reading.drop {
            dropped[find("--drop", name)?] = true;
        }
        let mut categorical = Vec::new();
        for name in &reading.categorical {
            let column = find("--categorical", name)?;
            if dropped[column] {
                return Err(table(format!(
                    "--drop and --categorical both name column {name}; leave one out"
                )));
            }
            categorical.push(column);
        }
        let group = reading.group.as_ref().map(|name| find("--group", name)).transpose()?;
        if let Some(group) = group {
            if categorical.contains(&group) {
                let name = survey.name(group);
                return Err(table(format!(
                    "--group and --categorical both name column {name}; leave one out"
                )));
            }
            dropped[group] = true;
        }
        let mut targets = Vec::new();
        for name in &reading.target {
            let target = find("--target", name)?;
            if dropped[target] || categorical.contains(&target) || targets.contains(&target) {
                let name = survey.name(target);
                return Err(table(format!("--target {name}: the column is named before; leave one out")));
            }
            targets.push(target);
        }
        if !targets.is_empty() {
            if reading.is_of_detector() {
                let why = "--target asks for numbers and --anomaly for anomalies; leave one out";
                return Err(table(why.to_owned()));
            }
            if reading.label.is_some() {
                return Err(table(
                    "--target asks for numbers and --label for classes; leave one out".to_owned(),
                ));
            }
            let features: Vec<usize> =
                (0..dropped.len()).filter(|place| !dropped[*place] && !targets.contains(place)).collect();
            if features.is_empty() {
                return Err(table("no column is left to learn from; drop fewer".to_owned()));
            }
            return Ok(Columns {
                features,
                categorical,
                label: None,
                targets,
                why: "as --target says",
                group,
            });
        }
        if reading.is_of_detector() && reading.normal.is_empty() {
            no_label(survey, reading, &dropped, &categorical, labelled).map_err(table)?;
            let features: Vec<usize> = (0..dropped.len()).filter(|&place| !dropped[place]).collect();
            if features.is_empty() {
                return Err(table("no column is left to learn from; drop fewer".to_owned()));
            }
            let why = "there is none";
            return Ok(Columns { features, categorical, label: None, targets, why, group });
        }
        let (label, why) = match &reading.label {
            Some(name) => (find("--label", name)?, "as --label says"),
            None => found_label(survey, &dropped).map_err(table)?,
        };
        if dropped[label] || categorical.contains(&label) {
            let why = format!(
                "the column of classes, {}, cannot be left out or a feature as well; \
                name another by --label",
                survey.name(label)
            );
            return Err(table(why));
        }
        let features: Vec<usize> =
            (0..dropped.len()).filter(|&place| !dropped[place] && place != label).collect();
        if features.is_empty() {
            return Err(table("no column is left to learn from; drop fewer".to_owned()));
        }
        Ok(Columns { features, categorical, label: Some(label), targets, why, group })
    }

    /// The columns that a model was trained on: by their names where both tables have names, otherwise by
    /// their places, where the column of classes and those that were left out may be absent.
    pub(super) fn stored(
        path: &Path,
        survey: &Survey,
        stored: &Preprocessing,
        group: Option<&str>,
    ) -> Result<Columns, DataError> {
        let table = |why: String| DataError::Table { path: path.into(), why };
        let categorical = |features: &[usize]| {
            let named = stored.columns.iter().zip(features);
            named.filter(|(column, _)| !column.categories.is_empty()).map(|(_, &place)| place).collect()
        };
        let group = group.map(|name| find(survey, "--group", name).map_err(table)).transpose()?;
        let by_name = survey.header.is_some() && stored.columns.iter().any(|column| !column.name.is_empty());
        let mut targets = Vec::new();
        let (features, label) = if by_name {
            let place = |name: &str, number: usize| -> Option<usize> {
                let header = survey.header.as_deref().unwrap_or_default();
                let is = |place: usize| header.get(place).is_some_and(|other| other == name);
                let told = number.checked_sub(1).filter(|&place| name.is_empty() || is(place));
                let mut places = (0..header.len()).filter(|&place| is(place));
                match (told, places.next(), places.next()) {
                    (Some(place), ..) if place < survey.columns.len() => Some(place),
                    (_, Some(place), None) => Some(place),
                    _ => None,
                }
            };
            let mut features = Vec::with_capacity(stored.columns.len());
            for column in &stored.columns {
                features.push(place(&column.name, column.number).ok_or_else(|| {
                    let name = if column.name.is_empty() {
                        column.number.to_string()
                    } else {
                        super::shorten(&column.name)
                    };
                    table(format!(
                        "there is no column {name}, which the model was trained on; name the columns as then"
                    ))
                })?);
            }
            // Rows without targets are asked for them.
            let found: Option<Vec<usize>> =
                stored.targets.iter().map(|target| place(&target.name, target.number)).collect();
            targets = found.unwrap_or_default();
            let label = Some(&stored.label).filter(|label| !label.name.is_empty());
            (features, label.and_then(|label| place(&label.name, usize::MAX)))
        } else {
            let width = survey.columns.len();
            let label = stored.label.number;
            if width == stored.width {
                targets = stored.targets.iter().map(|target| target.number.saturating_sub(1)).collect();
                let places = stored.columns.iter().map(|column| column.number.saturating_sub(1)).collect();
                (places, label.checked_sub(1))
            } else if width + 1 == stored.width && label > 0 {
                let place =
                    |column: &Column| column.number.saturating_sub(1 + usize::from(column.number > label));
                (stored.columns.iter().map(place).collect(), None)
            } else if width == stored.columns.len() {
                ((0..width).collect(), None)
            } else {
                return Err(table(format!(
                    "there are {width} columns; the model was trained on {}, of which {} are features",
                    stored.width,
                    stored.columns.len()
                )));
            }
        };
        if features.iter().chain(&label).chain(&targets).any(|&place| place >= survey.columns.len()) {
            return Err(table("the columns of the run's config.toml are not those of this table".to_owned()));
        }
        Ok(Columns {
            categorical: categorical(&features),
            features,
            label,
            targets,
            why: "by the run",
            group,
        })
    }

    /// All columns but those that are left out and that of groups, where the classes are in none of them.
    pub(super) fn without_label(
        path: &Path,
        survey: &Survey,
        reading: &Reading,
    ) -> Result<Columns, DataError> {
        let table = |why: String| DataError::Table { path: path.into(), why };
        let mut dropped = vec![false; survey.columns.len()];
        for name in &reading.drop {
            dropped[find(survey, "--drop", name).map_err(table)?] = true;
        }
        let group = reading.group.as_ref().map(|name| find(survey, "--group", name));
        let group = group.transpose().map_err(table)?;
        let features: Vec<usize> =
            (0..dropped.len()).filter(|&place| !dropped[place] && group != Some(place)).collect();
        if features.is_empty() {
            return Err(table("no column is left to learn from; drop fewer".to_owned()));
        }
        let why = "there is none";
        Ok(Columns { features, categorical: Vec::new(), label: None, targets: Vec::new(), why, group })
    }

    /// The same columns, with the targets in the place of the features.
    pub(super) fn of_targets(&self) -> Columns {
        Columns {
            features: self.targets.clone(),
            categorical: Vec::new(),
            label: None,
            targets: self.features.clone(),
            why: self.why,
            group: self.group,
        }
    }

    /// Whether a column holds names that become features.
    pub(super) fn is_categorical(&self, column: usize) -> bool {
        self.categorical.contains(&column)
    }

    /// The columns whose fields count.
    pub(super) fn used(&self) -> impl Iterator<Item = usize> {
        self.features.iter().chain(&self.label).chain(&self.targets).chain(&self.group).copied()
    }

    /// The first fault of a used column: where its row begins in the text, the column, and the fault. Where a
    /// model is there already, missing labels do no harm.
    pub(super) fn fault(
        &self,
        survey: &Survey,
        missing: Missing,
        predicts: bool,
    ) -> Option<(usize, usize, String)> {
        let faults = self.used().filter_map(|place| {
            let column = survey.columns.get(place)?;
            let name = || survey.name(place);
            let (at, why) = if self.label == Some(place) {
                missing_label(column, missing, &name()).filter(|_| !predicts)
            } else if self.group == Some(place) {
                None
            } else if self.targets.contains(&place) {
                target_fault(column, missing, &name())
            } else if self.is_categorical(place) {
                missing_name(column, missing, &name())
            } else {
                feature_fault(column, missing, &name(), self.why == LAST)
            }?;
            Some((at, place, why))
        });
        faults.min()
    }
}

/// Makes sure that a table for a detector has no column of classes that would be taken for a feature: which
/// of its classes are normal has to be said.
fn no_label(
    survey: &Survey,
    reading: &Reading,
    dropped: &[bool],
    categorical: &[usize],
    labelled: bool,
) -> Result<(), String> {
    let flag = |place: usize| super::understood::word(&survey.whole_name(place));
    if let Some(name) = &reading.label {
        return Err(format!(
            "--label {} names the classes; say which of them are normal, by --normal CLASS, or leave the column \
             out by --drop",
            super::shorten(name)
        ));
    }
    let is_open = |place: &usize| !dropped[*place] && !categorical.contains(place);
    let named = |place: &usize| {
        let name = survey.header_name(*place);
        is_one_of(&name, &LABEL_NAMES) || is_one_of(&name, &LABEL_LETTER)
    };
    let last = dropped.len().checked_sub(1);
    if let Some(place) = (0..dropped.len()).filter(is_open).find(named) {
        return Err(format!(
            "column {0} may hold classes; say which of them are normal, by --normal CLASS, leave it out by --drop \
             {1}, or give it another name if it is a feature",
            survey.name(place),
            flag(place)
        ));
    }
    if let Some(place) = last.filter(|place| labelled && is_open(place)) {
        return Err(format!(
            "its samples have labels; say which of them are normal, by --normal CLASS, or leave them out by --drop \
             {}",
            flag(place)
        ));
    }
    let names = last.filter(is_open).and_then(|place| {
        let column = survey.columns.get(place).filter(|column| !column.is_numeric())?;
        Some((place, column.first_text.as_ref()?))
    });
    match names {
        None => Ok(()),
        Some((place, (_, field))) => Err(format!(
            "column {0} holds names, such as \"{field}\": if they are classes, say which are normal, by --normal \
             CLASS; otherwise leave it out by --drop {1}, or make each name a feature by --categorical {1}",
            survey.name(place),
            flag(place)
        )),
    }
}

/// The column of classes where none is named, and why it is that one.
fn found_label(survey: &Survey, dropped: &[bool]) -> Result<(usize, &'static str), String> {
    let called = |words: &[&str]| {
        let names = survey.header.iter().flatten().enumerate();
        let found = names.filter(|&(place, name)| !dropped[place] && is_one_of(name, words));
        found.map(|(place, _)| place).collect::<Vec<usize>>()
    };
    let last = dropped.iter().rposition(|&dropped| !dropped);
    let mut named = called(&LABEL_NAMES);
    // A y may be a coordinate.
    if named.is_empty() && last.is_some_and(|last| survey.columns[last].is_numeric()) {
        named = called(&LABEL_LETTER);
    }
    match (&named[..], last) {
        (&[only], _) => Ok((only, "by its name")),
        (&[first, second, ..], _) => Err(format!(
            "columns {} and {}, {} and {}, may both be the classes; say which, by --label",
            first + 1,
            second + 1,
            survey.name(first),
            survey.name(second)
        )),
        ([], Some(last)) => Ok((last, LAST)),
        ([], None) => Err("--drop leaves no column; name fewer".to_owned()),
    }
}

/// The column that a flag names.
fn find(survey: &Survey, flag: &str, name: &str) -> Result<usize, String> {
    let count = survey.columns.len();
    let shown = super::shorten(name);
    let names = survey.header.iter().flatten().enumerate();
    let places: Vec<usize> = names.filter(|(_, other)| *other == name).map(|(place, _)| place).collect();
    match places[..] {
        [place] => return Ok(place),
        [first, second, ..] => {
            return Err(format!(
                "{flag} {shown}: columns {} and {} have this name; give the number of one",
                first + 1,
                second + 1
            ));
        }
        [] => {}
    }
    let number = name.parse::<usize>().ok().and_then(|number| number.checked_sub(1));
    number.filter(|&place| place < count).ok_or_else(|| {
        let header = if survey.header.is_some() { "" } else { ", and no header names them" };
        format!("{flag} {shown}: there is no such column; there are {count}{header}")
    })
}

/// What is wrong with a column of targets. None of them may be missing.
fn target_fault(column: &Fields, missing: Missing, name: &str) -> Option<(usize, String)> {
    let text = column.first_text.clone().or(column.first_boolean.clone());
    let no_number =
        text.map(|(at, field)| (at, format!("target \"{field}\" in column {name} is no number; mend it")));
    no_number.or_else(|| missing_label(column, missing, name))
}

fn missing_label(column: &Fields, missing: Missing, name: &str) -> Option<(usize, String)> {
    let at = column.first_missing.filter(|_| missing != Missing::Drop)?;
    Some((
        at,
        format!("the label in column {name} is missing; give it, or leave such rows out by --missing drop"),
    ))
}

fn missing_name(column: &Fields, missing: Missing, name: &str) -> Option<(usize, String)> {
    let at = column.first_missing.filter(|_| missing != Missing::Drop)?;
    Some((
        at,
        format!("a value of {name} is missing; leave such rows out by --missing drop, or it by --drop"),
    ))
}

/// What is wrong with a column of features. `guessed` is whether the column of classes is merely the last
/// one, so that this one may be meant.
fn feature_fault(column: &Fields, missing: Missing, name: &str, guessed: bool) -> Option<(usize, String)> {
    let flag = super::understood::word(name);
    let drop = format!("--drop {flag}");
    let label =
        if guessed { format!("; if its names are the classes, say --label {flag}") } else { String::new() };
    if !column.is_numeric() {
        let (at, field) = column.first_text.clone()?;
        let why = looks_like_a_number(&field, &drop).unwrap_or_else(|| {
            format!(
                "\"{field}\" is a name, not a number; make each name of the column a feature by --categorical \
                 {flag}, or leave it out by {drop}{label}"
            )
        });
        return Some((at, why));
    }
    let text = column.first_text.clone().map(|(at, field)| {
        let why = looks_like_a_number(&field, &drop).unwrap_or_else(|| {
            format!(
                "\"{field}\" is no number; mend it, remove the line if it is a second header, or leave the column \
                 out by {drop}"
            )
        });
        (at, why)
    });
    let mixed = column.first_boolean.clone().filter(|_| column.numbers() > 0).map(|(at, field)| {
        (at, format!("\"{field}\" stands in a column of numbers; write 1 or 0, or use {drop}"))
    });
    let absent = column.first_missing.filter(|_| missing == Missing::Refuse).map(|at| {
        let why = "a value is missing; leave such rows out by --missing drop, or put in the column's mean by \
                   --missing mean";
        (at, why.to_owned())
    });
    let nothing = (column.numbers() + column.booleans == 0).then_some(column.first_missing).flatten();
    let nothing =
        nothing.map(|at| (at, format!("no row has a value in this column; leave it out by {drop}")));
    // A column without any value has one advice only.
    nothing.or_else(|| [text, mixed, absent].into_iter().flatten().min())
}
