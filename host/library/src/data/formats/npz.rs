//! Several arrays of NumPy in a zip archive: features and labels, and those of a test part where there are
//! such.

use super::npy;
use super::values::{Array, Values};
use std::io::{Cursor, Read};
use zip::ZipArchive;

/// The most bytes of an array, as of a table.
const MOST: u64 = 1 << 30;
/// Names of arrays of features and of labels.
const FEATURES: [&str; 6] = ["x", "data", "features", "images", "inputs", "samples"];
const LABELS: [&str; 7] = ["y", "label", "labels", "target", "targets", "class", "classes"];

/// What an archive holds.
pub(super) struct Found {
    /// Features and, unless they are elsewhere, labels.
    pub(super) columns: Vec<Array>,
    pub(super) warnings: Vec<String>,
    /// The first row of the test part.
    pub(super) test: Option<usize>,
}

/// What an array is for, by its name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    All,
    Train,
    Test,
}

/// Whether an array with this name has features or labels, and of which part.
fn role(name: &str) -> Option<(bool, Part)> {
    let name = name.to_lowercase();
    let (stem, part) = ["train", "test"]
        .iter()
        .find_map(|part| {
            let stem = name.strip_suffix(part).or_else(|| name.strip_prefix(part))?;
            Some((stem.trim_matches(['_', '-']), if *part == "train" { Part::Train } else { Part::Test }))
        })
        .unwrap_or((&name, Part::All));
    if FEATURES.contains(&stem) {
        return Some((true, part));
    }
    LABELS.contains(&stem).then_some((false, part))
}

/// Reads the arrays of an archive.
pub(super) fn read(bytes: &[u8]) -> Result<Found, String> {
    let damaged =
        |error: &dyn std::fmt::Display| format!("the archive is damaged: {error}; take another copy of it");
    let mut archive = ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let mut arrays: Vec<(String, Array)> = Vec::new();
    for at in 0..archive.len() {
        let mut file = archive.by_index(at).map_err(|error| damaged(&error))?;
        let name = file.name().map_err(|error| damaged(&error))?.into_owned();
        let Some(name) = name.strip_suffix(".npy").map(str::to_owned) else { continue };
        let mut data = Vec::new();
        file.by_ref().take(MOST + 1).read_to_end(&mut data).map_err(|error| damaged(&error))?;
        if data.len() as u64 > MOST {
            return Err(format!("array {name} has more than 1 GiB; keep fewer rows or columns"));
        }
        match npy::read(&data) {
            Ok(array) => arrays.push((name, array)),
            // Another array may be what is looked for.
            Err(_) if role(&name).is_none() => {}
            Err(why) => return Err(format!("array {name}: {why}")),
        }
    }
    let names: Vec<String> = arrays.iter().map(|(name, array)| format!("{name} {:?}", array.shape)).collect();
    let mut take = |features: bool, part: Part| {
        let at = arrays.iter().position(|(name, _)| role(name) == Some((features, part)))?;
        Some(arrays.remove(at))
    };
    let train = take(true, Part::Train).map(|x| (x, Part::Train));
    let Some(((name, x), part)) = train.or_else(|| take(true, Part::All).map(|x| (x, Part::All))) else {
        let (shown, wanted) = (names.join(", "), FEATURES.join(", "));
        return Err(format!("no array is called {wanted}; it holds {shown}: name one so"));
    };
    let y = take(false, part);
    let test = take(true, Part::Test).zip(take(false, Part::Test)).filter(|_| part == Part::Train);
    let mut warnings: Vec<String> =
        arrays.iter().map(|(name, _)| format!("array {name} is not used")).collect();
    let mut columns = vec![x];
    let mut first_test = None;
    if let Some((y_name, y)) = y {
        warnings.insert(0, format!("features are array {name}, and labels array {y_name}"));
        if !y.is_column() {
            return Err(format!("array {y_name} has the shape {:?}; labels are one a row", y.shape));
        }
        columns.push(y);
        if let Some(((_, x), (_, y))) = test {
            first_test = columns.first().map(Array::rows);
            columns = columns
                .into_iter()
                .zip([x, y])
                .map(|(one, two)| joined(one, two))
                .collect::<Result<_, _>>()?;
        }
    }
    Ok(Found { columns, warnings, test: first_test })
}

/// The rows of two arrays, one after the other.
fn joined(mut one: Array, two: Array) -> Result<Array, String> {
    if one.shape.iter().skip(1).ne(two.shape.iter().skip(1)) {
        return Err(format!(
            "the rows for the test have the shape {:?}, those to train on {:?}",
            two.shape, one.shape
        ));
    }
    match (&mut one.values, two.values) {
        (Values::Integers(one), Values::Integers(two)) => one.extend(two),
        (Values::Floats(one), Values::Floats(two)) => one.extend(two),
        (Values::Doubles(one), Values::Doubles(two)) => one.extend(two),
        (Values::Names(one), Values::Names(two)) => one.extend(two),
        _ => {
            return Err("the rows for the test have values of another type than those to train on".to_owned());
        }
    }
    if let (Some(rows), Some(more)) = (one.shape.first_mut(), two.shape.first()) {
        *rows += more;
    }
    Ok(one)
}
