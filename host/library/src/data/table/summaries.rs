//! What is said of the columns of a table.

use super::super::preprocessing::{Column, Preprocessing};
use super::labels::Classes;
use super::source::Source;
use super::survey::Survey;
use super::understood::{Kind, Summary, listed, word};

/// What the columns hold, and what is odd about them.
pub(super) fn summaries(
    survey: &Survey,
    source: &Source<'_>,
    preprocessing: &Preprocessing,
    classes: &Classes,
) -> (Vec<Summary>, Vec<String>) {
    let columns = source.columns;
    let (mut warnings, mut constant) = (Vec::new(), Vec::new());
    let mut summaries = Vec::with_capacity(survey.columns.len());
    for (place, column) in survey.columns.iter().enumerate() {
        let name = survey.name(place);
        let made = columns.features.iter().position(|&feature| feature == place);
        let (low, high) = column.shown;
        // Display of a number in a field has the fewest digits that tell it from its neighbours.
        let range = format!("{low}..{high}");
        let kind = match made {
            _ if columns.label == Some(place) => Kind::Label,
            _ if columns.targets.contains(&place) => Kind::Target(range),
            _ if columns.group == Some(place) => Kind::Group,
            None => Kind::Dropped,
            Some(made) if columns.is_categorical(place) => {
                Kind::Categorical(preprocessing.columns.get(made).map_or(0, Column::features))
            }
            Some(_) if column.booleans > 0 => Kind::Boolean,
            Some(_) if column.fractions => Kind::Decimal(range),
            Some(_) => Kind::Integer(range),
        };
        let is_number = matches!(kind, Kind::Integer(_) | Kind::Decimal(_));
        if is_number && column.counts.is_some() && survey.rows > 4 {
            warnings.push(format!(
                "column {name} merely counts the rows; leave it out by --drop {}",
                word(&survey.whole_name(place))
            ));
        } else if (is_number && low == high)
            || (kind == Kind::Boolean && column.range.0 == column.range.1 && column.missing == 0)
        {
            constant.push(name.clone());
        }
        if is_number && column.decimals == 1 && column.fractions && column.integers > 9 {
            warnings.push(format!("column {name} has one decimal, and otherwise integers: is it meant?"));
        }
        summaries.push(Summary { name, number: place + 1, kind, missing: column.missing });
    }
    warnings.extend(match &constant[..] {
        [] => None,
        [only] => Some(format!("column {only} has the same value in all rows and says nothing")),
        several => {
            let (count, shown) = (several.len(), listed(several.iter().cloned()));
            Some(format!("{count} columns have the same value in all rows and say nothing: {shown}"))
        }
    });
    let few: Vec<&String> = classes
        .names
        .iter()
        .zip(&classes.counts)
        .filter(|(_, count)| **count == 1)
        .map(|(name, _)| name)
        .collect();
    if let [first, ..] = few[..] {
        let which = super::shorten(first);
        warnings.push(match few.len() {
            1 => format!("class {which} has one row only"),
            count => format!("{count} classes have one row only, such as {which}"),
        });
    }
    (summaries, warnings)
}
