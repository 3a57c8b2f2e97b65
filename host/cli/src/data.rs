//! What is understood of a table: the command `data`, and the lines before a training.

use super::args::TableArgs;
use super::output::{say, tell};
use crate::error::Error;
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, Split, split};
use eggroll_host::run::DataName;
use eggroll_host::train::load_data;
use eggroll_host::words;
use std::path::Path;
use std::process::ExitCode;

/// The share of the rest that is watched while training.
const VALIDATION: u32 = 1000;

/// Runs `data FILE`.
pub(super) fn show(file: &Path, table: &TableArgs, holdout: Fraction) -> Result<ExitCode, Error> {
    let data = load_data(&DataName::Csv(file.to_owned()), &table.reading())?;
    let validation = Fraction::from_parts(VALIDATION).unwrap_or_default();
    let parts = split(&data, holdout, validation, RUN_SPLIT)?;
    for line in lines(&data, &parts) {
        say!("{line}")?;
    }
    warn(&data);
    Ok(ExitCode::SUCCESS)
}

/// Five lines on a table: rows, columns, classes, scaling, split. None on other data.
pub(super) fn lines(data: &Dataset, parts: &Split) -> Vec<String> {
    let Some(understood) = &data.understood else { return Vec::new() };
    let mut lines = understood.lines(&data.names).to_vec();
    lines.push(format!("scaling  {}", data.scaling));
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
