//! What a detector of anomalies says of rows, and how good that is.

use super::block::Block;
use super::confusion::percent;
use super::opened::{Opened, warnings};
use super::place;
use crate::error::Error;
use crate::output::{say, tell};
use eggroll_firmware::kernel::squared_error;
use eggroll_host::data::{Dataset, Split};
use eggroll_host::measure::{Detection, Part};
use eggroll_host::run::{Config, Source, Weights};
use eggroll_host::train::Experiment;
use eggroll_host::words;
use serde_json::{Value, json};
use std::path::Path;
use std::process::ExitCode;

/// The threshold that stands beside the weights of a run.
fn threshold(weights: &Weights, run: &Path) -> Result<i32, Error> {
    weights.threshold.ok_or_else(|| {
        Error::Usage(format!(
            "{0}: weights.safetensors holds no threshold; write it anew by eggroll-host --resume --run {0}",
            words::path(run)
        ))
    })
}

/// Prints the score of each row of a file, and whether it counts as an anomaly.
pub(super) fn predict(opened: &Opened, run: &Path, file: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let threshold = threshold(&opened.weights, run)?;
    let rows = opened.rows(file)?;
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let answers = opened.outputs(&rows)?;
    let mut block = Block::default();
    if !as_json {
        block.line(&format!("{},score,threshold,anomaly", place::columns(&rows)))?;
    }
    let features = rows.values.chunks_exact(rows.features.max(1));
    for (at, (row, outputs)) in features.zip(&answers).enumerate() {
        let score = squared_error(outputs, row);
        let anomaly = score > threshold;
        block.line(&if as_json {
            let mut object = place::object(&rows, at);
            object["score"] = json!(score);
            object["threshold"] = json!(threshold);
            object["anomaly"] = json!(anomaly);
            object.to_string()
        } else {
            let yes = if anomaly { "yes" } else { "no" };
            format!("{},{score},{threshold},{yes}", place::fields(&rows, at))
        })?;
    }
    block.print()?;
    Ok(ExitCode::SUCCESS)
}

/// Scores the rows of a run: those that were held out and the anomalies. Where no normal rows were held out,
/// they are those that were watched, or else those that it was trained on.
pub(super) fn detection(
    experiment: &Experiment,
    weights: &Weights,
    (data, split): (&Dataset, &Split),
    run: &Path,
) -> Result<(Part, Detection), Error> {
    let threshold = threshold(weights, run)?;
    Ok(Detection::on(&experiment.program, &weights.values, threshold, data, split))
}

/// A line on the threshold of a run.
pub(super) fn threshold_line(detection: &Detection, config: &Config, split: &Split) -> String {
    let Source::Samples(samples) = &config.source else { return String::new() };
    let (rows, what) = match split.validation.len() {
        0 => (split.train.len(), "training rows, as none are watched"),
        count => (count, "watched rows"),
    };
    let quantile = samples.quantile.unwrap_or_default();
    let open = if quantile.is_open(rows) {
        format!(", too few for {:.2} % false alarms: the largest score", 100.0 * quantile.above())
    } else {
        String::new()
    };
    format!("{} (quantile {quantile} of the scores of {rows} {what}{open})", detection.threshold)
}

/// The figures of a detector, each a title and a text.
pub(super) fn lines(detection: &Detection) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |title: &str, text: String| lines.push(format!("  {title:<20} {text}"));
    let (normal, anomalies) = (detection.normal.len(), detection.anomalies.len());
    let of = |share: Option<f64>, part: usize, whole: usize, what: &str| {
        format!("{} ({part} of {whole} {what})", percent(share))
    };
    if let Some(auc) = detection.auc() {
        line("AUC", format!("{auc:.4}"));
    }
    if anomalies > 0 {
        line("detection rate", of(detection.detection_rate(), detection.detected(), anomalies, "anomalies"));
    }
    if normal > 0 {
        let alarms = detection.false_alarms();
        line("false alarms", of(detection.false_alarm_rate(), alarms, normal, "normal rows"));
    }
    if let Some(balanced) = detection.balanced_accuracy() {
        line("balanced accuracy", percent(Some(balanced)));
    }
    if anomalies == 0 {
        lines.push("  (no anomalies are labelled, so how many are detected is not known)".to_owned());
    }
    if normal == 0 {
        lines
            .push("  (no normal rows are labelled, so how many raise a false alarm is not known)".to_owned());
    }
    lines
}

/// The same as an object.
pub(super) fn object(detection: &Detection) -> Value {
    json!({
        "threshold": detection.threshold,
        "auc": detection.auc(),
        "detection_rate": detection.detection_rate(),
        "false_alarm_rate": detection.false_alarm_rate(),
        "balanced_accuracy": detection.balanced_accuracy(),
        "normal_rows": detection.normal.len(),
        "false_alarms": detection.false_alarms(),
        "anomalies": detection.anomalies.len(),
        "detected": detection.detected(),
    })
}

/// Judges a detector on the rows of a file whose class is known.
pub(super) fn eval_file(opened: &Opened, run: &Path, file: &Path, as_json: bool) -> Result<ExitCode, Error> {
    let threshold = threshold(&opened.weights, run)?;
    if opened.preprocessing.normal.as_ref().is_some_and(Vec::is_empty) {
        return Err(Error::Usage(format!(
            "{}: the run was trained without a column of classes, so nothing says which rows are normal: \
             `eggroll-host predict` scores the rows",
            words::path(file)
        )));
    }
    let rows = opened.rows(file)?;
    let without = rows.labels.iter().filter(|label| label.is_none()).count();
    if without == rows.labels.len() {
        return Err(Error::Usage(format!(
            "{}: no row has a class that says whether it is normal: `eggroll-host predict` scores rows without",
            words::path(file)
        )));
    }
    for warning in warnings(&rows) {
        tell!("warning: {warning}");
    }
    let all = || rows.values.chunks_exact(rows.features.max(1)).zip(&rows.labels);
    let of = |wanted: u8| all().filter(move |(_, label)| **label == Some(wanted)).map(|(row, _)| row);
    let detection = Detection::of(&opened.program, &opened.weights.values, threshold, of(0), of(1));
    if as_json {
        let said = json!({
            "run": run.display().to_string(),
            "generations": opened.weights.generation,
            "on": "file",
            "file": file.display().to_string(),
            "rows_without_class": without,
            "rows_left_out": rows.left_out,
            "detection": object(&detection),
        });
        say!("{said}")?;
        return Ok(ExitCode::SUCCESS);
    }
    say!("generation  {}", opened.weights.generation)?;
    say!("threshold   {threshold}")?;
    say!("\non {}", words::path(file))?;
    if without > 0 {
        say!("  {:<20} {without} passed over", "rows without a class")?;
    }
    lines(&detection).iter().try_for_each(|line| say!("{line}"))?;
    Ok(ExitCode::SUCCESS)
}
