//! `data FILE --table OUT`: the features that a training reads, as a table for other programs.

use super::answers::field;
use super::error::Error;
use eggroll_host::data::{Dataset, Reading, Split, raws};
use eggroll_host::run::write_atomically;
use std::fmt::Write as _;
use std::path::Path;

/// Writes a row for each row of the data, in their order: the values of the features before they are scaled,
/// the name of the class, the number of the group where there are groups, and the part: `train`, `watch`,
/// `test` or `anomaly`. The first line has names.
///
/// # Errors
/// There are no classes, the file cannot be read again, or OUT cannot be written.
pub(super) fn write(
    out: &Path,
    file: &Path,
    reading: &Reading,
    data: &Dataset,
    parts: &Split,
) -> Result<(), Error> {
    let classes = &data.preprocessing.classes;
    if classes.is_empty() {
        let why = "--table writes classes, and these rows have none; leave --target or --anomaly out";
        return Err(Error::Usage(why.to_owned()));
    }
    let part_of = parts_of(data.len(), parts);
    let mut names: Vec<String> = data.preprocessing.names().iter().map(|name| field(name)).collect();
    names.push("class".to_owned());
    let has_groups = data.group(0).is_some();
    if has_groups {
        names.push("group".to_owned());
    }
    names.push("part".to_owned());
    let mut text = names.join(",") + "\n";
    for (row, values) in values(file, reading, data, parts)?.iter().enumerate() {
        for (feature, &value) in values.iter().enumerate() {
            let places = data.preprocessing.rule(feature).map_or(0, |rule| rule.places());
            text += &decimal(value, places);
            text.push(',');
        }
        text += &field(classes.get(usize::from(data.label(row))).map_or("", String::as_str));
        if let Some(group) = data.group(row) {
            // Writing to a string cannot fail.
            let _ = write!(text, ",{group}");
        }
        let _ = writeln!(text, ",{}", part_of.get(row).copied().unwrap_or_default());
    }
    Ok(write_atomically(out, text.as_bytes())?)
}

/// The raw values of all rows, of two files where the test part has a file of its own.
fn values(file: &Path, reading: &Reading, data: &Dataset, parts: &Split) -> Result<Vec<Vec<i32>>, Error> {
    let count = data.len() as u32;
    let first = if reading.test.is_some() { count - parts.test.len() as u32 } else { count };
    let mut values = raws(file, reading, data, &(0..first).collect::<Vec<_>>())?;
    if first < count {
        values.extend(raws(file, reading, data, &(first..count).collect::<Vec<_>>())?);
    }
    Ok(values)
}

/// The name of the part of each row.
fn parts_of(rows: usize, parts: &Split) -> Vec<&'static str> {
    let mut names = vec![""; rows];
    let all = [
        ("train", &parts.train),
        ("watch", &parts.validation),
        ("test", &parts.test),
        ("anomaly", &parts.anomalies),
    ];
    for (name, rows) in all {
        for &row in rows {
            if let Some(place) = names.get_mut(row as usize) {
                *place = name;
            }
        }
    }
    names
}

/// A number in units of `10^-places`, without zeros at its end.
fn decimal(value: i32, places: i8) -> String {
    let size = usize::from(places.unsigned_abs());
    if places <= 0 {
        return (i64::from(value) * 10i64.saturating_pow(size as u32)).to_string();
    }
    let places = size;
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = places + 1);
    let (whole, part) = digits.split_at(digits.len() - places);
    let part = part.trim_end_matches('0');
    let sign = if value < 0 { "-" } else { "" };
    if part.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{part}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_exact() {
        let of = |value, places, text: &str| assert_eq!(decimal(value, places), text);
        of(-12, 0, "-12");
        of(1200, 2, "12");
        of(-1250, 2, "-12.5");
        of(7, 3, "0.007");
        of(-7, 1, "-0.7");
        of(3, -2, "300");
        of(0, -2, "0");
        of(i32::MIN, 1, "-214748364.8");
    }
}
