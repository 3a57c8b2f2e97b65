use super::RunFacts;
use super::charts::{accuracy_line, accuracy_range};
use super::command::estimator_name;
use super::curves::{Chart, MOST, figure};
use super::html::{count, document, escape, percent};
use crate::error::Error;
use std::fmt::Write;

const GOALS: [f64; 3] = [0.9, 0.95, 0.97];

/// A page that lays runs over each other: accuracy against forward passes, and a table.
///
/// # Errors
/// [`Error::Config`] where the curve cannot be drawn.
pub fn compare(runs: &[RunFacts]) -> Result<String, Error> {
    let title = format!("{} runs compared", runs.len());
    let mut body =
        format!("<header>\n<h1>{title}</h1>\n<p>eggroll {}</p>\n</header>\n", env!("CARGO_PKG_VERSION"));
    let drawn = &runs[..runs.len().min(MOST)];
    let remark = if drawn.len() < runs.len() {
        format!("against forward passes; the first {MOST} of {} runs", runs.len())
    } else {
        "against forward passes".to_owned()
    };
    let chart = Chart {
        key: "accuracy",
        title: "Validation accuracy",
        remark,
        x: "forward passes",
        range: Some(accuracy_range(drawn.iter().flat_map(|run| &run.rows))),
        unit: " %",
        wide: true,
        series: drawn.iter().map(|run| accuracy_line(&run.name, &run.rows)).collect(),
    };
    let _ = write!(body, "<div class=\"curves\">\n{}</div>\n<h2>Runs</h2>\n{}", figure(&chart)?, table(runs));
    Ok(document(&title, &body))
}

fn table(runs: &[RunFacts]) -> String {
    let mut html = String::from("<div class=\"scroll\"><table>\n<tr>");
    let goals = GOALS.map(|goal| format!("passes to {:.0} %", 100.0 * goal));
    let heads =
        ["run", "task", "model", "estimator", "seed", "test", "validation", "generations", "passes", "time"];
    for head in heads.iter().map(|head| (*head).to_owned()).chain(goals).chain(["weights".to_owned()]) {
        let _ = write!(html, "<th>{}</th>", escape(&head));
    }
    html += "</tr>\n";
    for run in runs {
        let result = run.result.as_ref();
        let none = || "-".to_owned();
        let latest = run.rows.last();
        let mut cells = vec![
            run.name.clone(),
            run.config.task.label(),
            run.config.model.to_string(),
            estimator_name(&run.config).to_owned(),
            run.config.seed.to_string(),
            result.and_then(|result| result.test_accuracy).map_or_else(none, percent),
            latest.map_or_else(none, |row| percent(row.validation_accuracy)),
            latest.map_or_else(none, |row| count(u64::from(row.generation))),
            latest.map_or_else(none, |row| count(row.forward_passes)),
            format!("{:.1} s", run.seconds()),
        ];
        cells.extend(GOALS.map(|goal| {
            let first = run.rows.iter().find(|row| row.validation_accuracy >= goal);
            first.map_or_else(none, |row| count(row.forward_passes))
        }));
        cells.push(result.map_or_else(none, |result| result.weights_sha256.chars().take(12).collect()));
        html += "<tr>";
        for cell in cells {
            let _ = write!(html, "<td>{}</td>", escape(&cell));
        }
        html += "</tr>\n";
    }
    html + "</table></div>\n"
}
