//! What is understood of a table: the command `data`, and the lines before a training.

use super::args::TableArgs;
use super::output::{say, tell};
use super::settings::parts;
use crate::error::Error;
use eggroll_host::data::{Dataset, Fraction, Split, split};
use eggroll_host::run::DataName;
use eggroll_host::train::load_data;
use eggroll_host::words;
use std::path::Path;
use std::process::ExitCode;

/// Runs `data FILE`.
pub(super) fn show(file: &Path, table: &TableArgs, holdout: Option<Fraction>) -> Result<ExitCode, Error> {
    let how = parts(holdout);
    let data = load_data(&DataName::File(file.to_owned()), &table.reading(), &how)?;
    let parts = split(&data, how.holdout, how.validation, how.split)?;
    for line in lines(&data, &parts) {
        say!("{line}")?;
    }
    warn(&data);
    Ok(ExitCode::SUCCESS)
}

/// Five lines on a table: rows, columns, classes, scaling, split. None on other data.
pub(super) fn lines(data: &Dataset, parts: &Split) -> Vec<String> {
    let Some(understood) = &data.understood else { return Vec::new() };
    let mut lines = understood.lines(&data.preprocessing.classes).to_vec();
    lines.push(format!("scaling  {}", data.preprocessing.scaling()));
    let [train, watched, held] = [&parts.train, &parts.validation, &parts.test].map(Vec::len);
    lines.push(format!("split    {train} rows to train on, {watched} to watch, {held} held out"));
    lines.iter().map(|line| words::shown(line, usize::MAX)).collect()
}

/// Says what is odd about a table.
pub(super) fn warn(data: &Dataset) {
    for warning in data.understood.iter().flat_map(|understood| &understood.warnings) {
        tell!("warning: {}", words::shown(warning, usize::MAX));
    }
}
