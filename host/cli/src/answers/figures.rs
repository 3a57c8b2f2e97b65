//! The figures of a classifier, as lines for a person and as an object for a program.

use super::confusion::{classes, matrix, percent};
use super::threshold::Threshold;
use eggroll_host::measure::{Baselines, Judged};
use serde_json::{Value, json};

/// Baselines that were judged on the same rows.
pub(super) struct Beside<'a> {
    pub(super) most_frequent: &'a Judged,
    pub(super) regression: &'a Judged,
    pub(super) of: &'a Baselines,
}

/// The lines of a classifier, each a title and a text.
pub(super) fn lines(
    judged: &Judged,
    beside: Option<&Beside<'_>>,
    reject: Option<Threshold>,
    name: impl Fn(usize) -> String,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut line = |title: &str, text: String| lines.push(format!("  {title:<20} {text}"));
    line("accuracy", format!("{} of {} samples", percent(judged.accuracy()), judged.confusion.total()));
    line("balanced accuracy", percent(judged.confusion.balanced_accuracy()));
    line("log loss", loss(judged.log_loss));
    line("calibration error", percent(judged.calibration.error()));
    if let Some(Threshold(least)) = reject {
        let (answered, right) = judged.calibration.at_least(least);
        let all = judged.confusion.total();
        let share = |part: u64, whole: u64| percent((whole > 0).then(|| part as f64 / whole as f64));
        let text = format!(
            "{answered} of {all} ({}) answered with {least}/256 or more, {} of them rightly",
            share(answered, all),
            share(right, answered)
        );
        line("reject", text);
    }
    if let Some(Beside { most_frequent, regression, of }) = beside {
        let of_judged = |judged: &Judged| {
            let balanced = percent(judged.confusion.balanced_accuracy());
            format!("{} (balanced {balanced}), {}", percent(judged.accuracy()), loss(judged.log_loss))
        };
        lines.push("baselines on the same samples".to_owned());
        let mut line = |title: &str, text: String| lines.push(format!("  {title:<20} {text}"));
        let frequent = eggroll_host::words::shown(&name(of.most_frequent), 40);
        line("most frequent class", format!("{}: {frequent}", of_judged(most_frequent)));
        line("logistic regression", of_judged(regression) + &thinned(of.every));
    }
    lines.push(String::new());
    lines.extend(classes(&judged.confusion, &name));
    lines.push(String::new());
    lines.extend(matrix(&judged.confusion, &name));
    lines
}

/// Says if a regression learned from a part of the rows.
fn thinned(every: usize) -> String {
    if every > 1 { format!(", from one of {every} training rows") } else { String::new() }
}

fn loss(loss: Option<f64>) -> String {
    loss.map_or_else(|| "-".to_owned(), |loss| format!("{loss:.3} bits a sample"))
}

/// The object of a classifier.
pub(super) fn object(judged: &Judged, reject: Option<Threshold>, name: impl Fn(usize) -> String) -> Value {
    let confusion = &judged.confusion;
    let class = |class: usize| {
        let of = confusion.class(class);
        json!({
            "class": class,
            "name": name(class),
            "rows": of.rows,
            "answers": of.answers,
            "recall": of.recall,
            "precision": of.precision,
            "f1": of.f1,
        })
    };
    let row = |label: usize| -> Vec<u64> {
        (0..confusion.outputs()).map(|class| confusion.count(label, class)).collect()
    };
    let bins = judged.calibration.bins();
    let bin = |bin: &eggroll_host::measure::Bin| json!({ "answers": bin.answers, "probability": bin.probability, "right": bin.right });
    let mut object = json!({
        "rows": confusion.total(),
        "accuracy": judged.accuracy(),
        "balanced_accuracy": confusion.balanced_accuracy(),
        "log_loss_bits": judged.log_loss,
        "calibration_error": judged.calibration.error(),
        "calibration": bins.iter().map(bin).collect::<Vec<_>>(),
        "classes": (0..confusion.classes()).map(class).collect::<Vec<_>>(),
        "confusion": (0..confusion.classes()).map(row).collect::<Vec<_>>(),
    });
    if let Some(Threshold(least)) = reject {
        let (answered, right) = judged.calibration.at_least(least);
        object["reject"] = json!({ "below": least, "answered": answered, "right": right });
    }
    object
}

/// The object of the baselines.
pub(super) fn baselines(beside: &Beside<'_>, name: impl Fn(usize) -> String) -> Value {
    let of = |judged: &Judged| {
        json!({
            "accuracy": judged.accuracy(),
            "balanced_accuracy": judged.confusion.balanced_accuracy(),
            "log_loss_bits": judged.log_loss,
        })
    };
    let mut frequent = of(beside.most_frequent);
    frequent["class"] = json!(beside.of.most_frequent);
    frequent["name"] = json!(name(beside.of.most_frequent));
    let mut regression = of(beside.regression);
    regression["one_of_training_rows"] = json!(beside.of.every);
    json!({ "most_frequent": frequent, "logistic_regression": regression })
}
