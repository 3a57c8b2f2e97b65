//! What the model of a regression answers, in the units of its table.

use super::field::field;
use super::opened::{Opened, left_out};
use crate::error::Error;
use crate::output::{say, tell};
use eggroll_firmware::model::Program;
use eggroll_host::data::{Dataset, TargetColumn, table_as};
use eggroll_host::measure::{RegressionErrors, outputs};
use eggroll_host::words;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// A raw value in units of `10^-places`, as a decimal number without an exponent.
fn decimal(raw: i32, places: i8) -> String {
    let sign = if raw < 0 { "-" } else { "" };
    let digits = raw.unsigned_abs().to_string();
    let Some(behind) = usize::try_from(places).ok().filter(|&places| places > 0) else {
        let zeros = if raw == 0 { 0 } else { usize::from(places.unsigned_abs()) };
        return format!("{sign}{digits}{}", "0".repeat(zeros));
    };
    let digits = format!("{digits:0>least$}", least = behind + 1);
    let (whole, fraction) = digits.split_at(digits.len() - behind);
    format!("{sign}{whole}.{fraction}")
}

/// Prints a value for each target and row of a file.
pub(super) fn predict(opened: &Opened, file: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let rows = opened.rows(file)?;
    if let Some(left_out) = left_out(&rows) {
        tell!("warning: {left_out}");
    }
    let targets = &opened.preprocessing.targets;
    if !as_json {
        let names: Vec<String> = targets.iter().map(|target| field(&target.title())).collect();
        say!("line,{}", names.join(","))?;
    }
    let features = rows.values.chunks_exact(rows.features.max(1));
    for (row, line) in features.zip(&rows.lines) {
        let answers = outputs(&opened.program, &opened.weights.values, row);
        let values = targets.iter().zip(&answers);
        let values = values.map(|(target, &output)| decimal(target.raw(output), target.rule.places()));
        if as_json {
            let number = |text: String| serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
            let named = targets.iter().zip(values).map(|(target, value)| (target.title(), number(value)));
            say!("{}", json!({ "line": line, "values": named.collect::<serde_json::Map<_, _>>() }))?;
        } else {
            say!("{line},{}", values.collect::<Vec<_>>().join(","))?;
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The errors on the rows of a file, which has the targets.
pub(super) fn eval_file(opened: &Opened, run: &Path, file: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let reading = opened.reading_without_test();
    let data = table_as(file, &reading, &opened.preprocessing)?;
    let rows: Vec<u32> = (0..data.len() as u32).collect();
    let (program, weights) = (&opened.program, &opened.weights.values);
    if as_json {
        let mut said = json!({
            "run": run.display().to_string(),
            "generations": opened.weights.generation,
            "on": "file",
            "file": file.display().to_string(),
        });
        said["targets"] = object(program, weights, &data, &rows);
        say!("{said}")?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("generation  {}", opened.weights.generation)?;
    say!("\non {}", words::path(file))?;
    lines(program, weights, &data, &rows).iter().try_for_each(|line| say!("{line}"))?;
    Ok(ExitCode::SUCCESS)
}

/// The errors of each target on some rows, and those of a model that always answers their mean.
pub(super) fn lines(program: &Program, weights: &[i8], data: &Dataset, rows: &[u32]) -> Vec<String> {
    let (Some(errors), Some(targets)) = (RegressionErrors::of(program, weights, data, rows), data.targets())
    else {
        return vec!["  no rows".to_owned()];
    };
    let mut lines =
        vec![format!("  {:<20} {:>8} {:>14} {:>14}", "target", "R²", "mean |error|", "root mean sq.")];
    for (errors, target) in errors.columns.iter().zip(&targets.columns) {
        lines.push(format!(
            "  {:<20} {:>8.3} {:>14.6} {:>14.6}",
            words::shown(&target.title(), 20),
            errors.r2,
            errors.mean_absolute,
            errors.root_mean_squared
        ));
    }
    lines.push("  (a model that always answers the mean has an R² of 0)".to_owned());
    lines
}

/// The same as an array of objects.
pub(super) fn object(program: &Program, weights: &[i8], data: &Dataset, rows: &[u32]) -> Value {
    let errors = RegressionErrors::of(program, weights, data, rows);
    let columns = errors.iter().flat_map(|errors| &errors.columns);
    let targets = data.targets().into_iter().flat_map(|targets| &targets.columns);
    let of = |(errors, target): (&eggroll_host::measure::ColumnErrors, &TargetColumn)| {
        json!({
            "target": target.title(),
            "r2": errors.r2,
            "mean_absolute_error": errors.mean_absolute,
            "root_mean_squared_error": errors.root_mean_squared,
        })
    };
    columns.zip(targets).map(of).collect()
}

#[cfg(test)]
mod tests {
    use super::decimal;

    #[test]
    fn raw_values_are_written_as_decimals() {
        for (raw, places, text) in [
            (51, 1, "5.1"),
            (-5, 2, "-0.05"),
            (0, 3, "0.000"),
            (7, 0, "7"),
            (-7, -2, "-700"),
            (0, -2, "0"),
            (i32::MIN, 0, "-2147483648"),
        ] {
            assert_eq!(decimal(raw, places), text);
        }
    }
}
