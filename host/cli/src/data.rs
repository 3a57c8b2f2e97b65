//! What is understood of a table: the command `data`, and the lines before a training.

use super::features_file;
use super::output::{say, tell};
use super::table_args::{TableArgs, parts};
use crate::error::Error;
use eggroll_host::data::input::STDIN;
use eggroll_host::data::{Dataset, Fraction, Rare, Split, split};
use eggroll_host::run::DataName;
use eggroll_host::train::load_data;
use eggroll_host::words;
use std::path::Path;
use std::process::ExitCode;

/// Runs `data FILE`.
pub(super) fn show(
    file: &Path,
    table: &TableArgs,
    holdout: Option<Fraction>,
    out: Option<&Path>,
) -> Result<ExitCode, Error> {
    let reading = table.reading();
    if out.is_some() && file == Path::new(STDIN) {
        return Err(Error::Usage("--table reads the file twice; give a file instead of -".to_owned()));
    }
    let how = parts(holdout, &reading);
    let data = load_data(&DataName::File(file.to_owned()), &reading, &how)?;
    let parts = split(&data, how.holdout, how.validation, how.split)?;
    if let Some(out) = out {
        features_file::write(out, file, &reading, &data, &parts)?;
    }
    for line in lines(&data, &parts) {
        say!("{line}")?;
    }
    if let Some(out) = out {
        say!("table    {} rows in {}", data.len(), words::path(out))?;
    }
    warn(&data, &parts, false, true);
    Ok(ExitCode::SUCCESS)
}

/// Five lines on a table: rows, columns, classes, scaling, split; before them some on a signal whose windows
/// are its rows. None on other data.
pub(super) fn lines(data: &Dataset, parts: &Split) -> Vec<String> {
    let Some(understood) = &data.understood else { return Vec::new() };
    let mut lines = understood.signal.clone();
    lines.extend(understood.lines(&data.preprocessing.classes));
    lines.push(format!("scaling  {}", data.preprocessing.scaling()));
    let [train, watched, held] = [&parts.train, &parts.validation, &parts.test].map(Vec::len);
    let anomalies = match parts.anomalies.len() {
        0 => String::new(),
        count => format!(", and {count} anomalies"),
    };
    let old = match parts.old.len() {
        0 => String::new(),
        rest => format!(
            "; {} of the first are old ones, of which {rest} more tell what is forgotten",
            data.old_of(&parts.train)
        ),
    };
    lines.push(format!(
        "split    {train} rows to train on, {watched} to watch, {held} held out{anomalies}{old}"
    ));
    lines.iter().map(|line| words::shown(line, usize::MAX)).collect()
}

/// Fewer rows than this to watch say little: each is 5 % or more.
const FEW: usize = 20;

/// Says what is odd about a table and its parts. A run on it draws its classes alike, or not yet; rows to
/// watch were asked for, or none.
pub(super) fn warn(data: &Dataset, parts: &Split, balanced: bool, watched: bool) {
    if data.understood.is_some() && watched {
        match parts.validation.len() {
            0 if data.anomalies().is_some() => {
                tell!("warning: no row is left to watch: the threshold is set by the scores of training rows")
            }
            few @ 1..FEW if data.anomalies().is_some() => {
                tell!("warning: {few} rows to watch say little: the threshold is set by their scores")
            }
            0 => tell!(
                "warning: no row is left to watch: the validation shows how well the training rows are known"
            ),
            few @ 1..FEW => tell!(
                "warning: {few} rows to watch say little: each is {:.1} % of the validation",
                100.0 / few as f64
            ),
            _ => {}
        }
    }
    if let Some(rare) = Rare::of(data, &parts.train).filter(|_| !balanced && data.targets().is_none()) {
        let (rows, share) = (rare.rows, rare.share);
        let name = data.preprocessing.classes.get(rare.class).map_or("", String::as_str);
        tell!(
            "hint: class `{}` has {rows} of {} rows to train on, less than half of its share of {share}: --balance draws \
             all classes alike, which finds more of the rare rows, takes more of the others for them, and needs {} rows \
             on boards",
            words::shown(name, words::MOST),
            parts.train.len(),
            rare.balanced
        );
    }
    for warning in data.understood.iter().flat_map(|understood| &understood.warnings) {
        tell!("warning: {}", words::shown(warning, usize::MAX));
    }
}
