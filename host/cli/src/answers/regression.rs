//! What the model of a regression answers, in the units of its table.

use super::block::Block;
use super::field::field;
use super::opened::{Opened, warnings};
use super::place;
use crate::error::Error;
use crate::output::{say, tell};
use crate::rounded::rounded;
use eggroll_host::data::{Dataset, Split, TargetColumn, table_as};
use eggroll_host::measure::{Answered, ColumnErrors, RegressionBaselines, Score};
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
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let targets = &opened.preprocessing.targets;
    let mut block = Block::default();
    if !as_json {
        let names: Vec<String> = targets.iter().map(|target| field(&target.title())).collect();
        block.line(&format!("{},{}", place::columns(&rows), names.join(",")))?;
    }
    for (at, answers) in opened.outputs(&rows)?.iter().enumerate() {
        let values = targets.iter().zip(answers);
        let values = values.map(|(target, &output)| decimal(target.raw(output), target.rule.places()));
        if as_json {
            let number = |text: String| serde_json::from_str::<Value>(&text).unwrap_or(Value::Null);
            let named = targets.iter().zip(values).map(|(target, value)| (target.title(), number(value)));
            let mut object = place::object(&rows, at);
            object["values"] = named.collect::<serde_json::Map<_, _>>().into();
            block.line(&object.to_string())?;
        } else {
            let values = values.collect::<Vec<_>>().join(",");
            block.line(&format!("{},{values}", place::fields(&rows, at)))?;
        }
    }
    block.print()?;
    Ok(ExitCode::SUCCESS)
}

/// The errors on the rows of a file, which has the targets; the baselines learn from the training rows.
pub(super) fn eval_file(
    opened: &Opened,
    run: &Path,
    file: &Path,
    as_json: bool,
    training: &Result<(Dataset, Split), String>,
) -> Result<ExitCode, Error> {
    let reading = opened.reading_without_test();
    let data = table_as(file, &reading, &opened.preprocessing)?;
    let rows: Vec<u32> = (0..data.len() as u32).collect();
    let model = Answered::model(&opened.program, &opened.weights.values, &data, &rows);
    let fitted =
        training.as_ref().ok().and_then(|(data, split)| RegressionBaselines::fit(data, &split.train));
    let beside = fitted.as_ref().and_then(|baselines| {
        Some((baselines.linear(&data, &rows)?, baselines.mean(&data, &rows)?, baselines.every))
    });
    let beside = beside.as_ref().map(|(linear, mean, every)| Beside { linear, mean, every: *every });
    let columns = &opened.preprocessing.targets;
    if as_json {
        let mut said = json!({
            "run": run.display().to_string(),
            "generations": opened.weights.generation,
            "on": "file",
            "file": file.display().to_string(),
        });
        said["targets"] = object(columns, model.as_ref(), beside.as_ref());
        if let Err(why) = training {
            said["baselines_missing"] = json!(why);
        }
        say!("{said}")?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("generation  {}", opened.weights.generation)?;
    say!("\non {}", words::path(file))?;
    lines(columns, model.as_ref(), beside.as_ref()).iter().try_for_each(|line| say!("{line}"))?;
    if let Err(why) = training {
        say!("\nno baselines: {why}")?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Baselines that answered the same rows.
pub(super) struct Beside<'a> {
    pub(super) linear: &'a Answered,
    pub(super) mean: &'a Answered,
    pub(super) every: usize,
}

/// The errors of each target, and below them those of the baselines.
pub(super) fn lines(
    columns: &[TargetColumn],
    model: Option<&Answered>,
    beside: Option<&Beside<'_>>,
) -> Vec<String> {
    let Some(model) = model else { return vec!["  no rows".to_owned()] };
    let mut lines =
        vec![format!("  {:<20} {:>8} {:>14} {:>14}", "target", "R²", "mean |error|", "root mean sq.")];
    let line = |title: &str, errors: Option<&ColumnErrors>| {
        let ColumnErrors { r2, mean_absolute, root_mean_squared } = errors.copied().unwrap_or_default();
        let r2 = Score::r2(r2).to_string();
        format!("  {title:<20} {r2:>8} {:>14} {:>14}", rounded(mean_absolute), rounded(root_mean_squared))
    };
    for (at, target) in columns.iter().enumerate() {
        lines.push(line(&words::shown(&target.title(), 20), model.errors.columns.get(at)));
        if let Some(beside) = beside {
            lines.push(line("  linear regression", beside.linear.errors.columns.get(at)));
            lines.push(line("  always the mean", beside.mean.errors.columns.get(at)));
        }
    }
    if let Some(every) = beside.map(|beside| beside.every).filter(|every| *every > 1) {
        lines.push(format!("  (the linear regression learned from one of {every} training rows)"));
    }
    lines
}

/// The same as an array of objects.
pub(super) fn object(
    columns: &[TargetColumn],
    model: Option<&Answered>,
    beside: Option<&Beside<'_>>,
) -> Value {
    let of = |answered: &Answered, at: usize| {
        let errors = answered.errors.columns.get(at).copied().unwrap_or_default();
        json!({
            "r2": errors.r2,
            "mean_absolute_error": errors.mean_absolute,
            "root_mean_squared_error": errors.root_mean_squared,
        })
    };
    let target = |(at, target): (usize, &TargetColumn)| {
        let mut said = of(model?, at);
        said["target"] = json!(target.title());
        if let Some(beside) = beside {
            let mut linear = of(beside.linear, at);
            linear["one_of_training_rows"] = json!(beside.every);
            said["baselines"] = json!({ "linear_regression": linear, "mean": of(beside.mean, at) });
        }
        Some(said)
    };
    columns.iter().enumerate().filter_map(target).collect()
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
