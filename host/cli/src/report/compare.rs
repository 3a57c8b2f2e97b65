use super::charts::progress;
use super::curves::{MOST, figure, style};
use super::error::ReportError;
use super::facts::RunFacts;
use super::html::{count, document, escape};
use eggroll_host::measure::{Measure, Score};
use eggroll_host::run::MetricsRow;
use std::fmt::Write;

/// The accuracies for which passes are compared.
const GOALS: [f64; 3] = [0.9, 0.95, 0.97];

/// A page that draws runs over each other, as the score against forward passes or episodes, with a table.
///
/// # Errors
/// [`ReportError::Measures`] if they have different measures; [`ReportError::Drawing`].
pub fn compare(runs: &[RunFacts]) -> Result<String, ReportError> {
    let measure = runs.first().map_or(Measure::Accuracy, RunFacts::measure);
    if let (Some(first), Some(second)) = (runs.first(), runs.iter().find(|run| run.measure() != measure)) {
        return Err(ReportError::Measures {
            first: first.name.clone(),
            of_first: measure,
            second: second.name.clone(),
            of_second: second.measure(),
        });
    }
    let title = format!("{} runs compared", runs.len());
    let mut body =
        format!("<header>\n<h1>{title}</h1>\n<p>eggroll {}</p>\n</header>\n", env!("CARGO_PKG_VERSION"));
    let drawn = &runs[..runs.len().min(MOST)];
    let trials = measure.trials();
    let remark = if drawn.len() < runs.len() {
        format!("against {trials}; the first {MOST} of {} runs", runs.len())
    } else {
        format!("against {trials}")
    };
    let lines: Vec<(&str, &[MetricsRow])> =
        drawn.iter().map(|run| (run.name.as_str(), run.rows.as_slice())).collect();
    let chart = progress(measure, remark, &lines);
    let _ = write!(
        body,
        "<div class=\"curves\">\n{}</div>\n<h2>Runs</h2>\n{}",
        figure(chart)?,
        table(measure, runs)
    );
    Ok(document(&title, &style(), &body))
}

fn table(measure: Measure, runs: &[RunFacts]) -> String {
    // Which return is a good one depends on the environment.
    let goals = match measure {
        Measure::Accuracy => &GOALS[..],
        Measure::Return | Measure::Bits | Measure::R2 | Measure::Own | Measure::Success => &[],
    };
    let mut html = String::from("<div class=\"scroll\"><table>\n<tr>");
    let trials = measure.short_trials();
    let to_goals = goals.iter().map(|goal| format!("passes to {:.0} %", 100.0 * goal));
    let heads =
        ["run", "task", "model", "estimator", "seed", "test", "validation", "generations", trials, "time"];
    for head in heads.iter().map(|head| (*head).to_owned()).chain(to_goals).chain(["weights".to_owned()]) {
        let _ = write!(html, "<th>{}</th>", escape(&head));
    }
    html += "</tr>\n";
    for run in runs {
        let result = run.result.as_ref();
        let none = || "-".to_owned();
        let latest = run.rows.last();
        let mut cells = vec![
            run.name.clone(),
            run.config.source.label(),
            run.config.model.to_string(),
            run.config.estimator_name().to_owned(),
            run.config.seed.to_string(),
            result.and_then(|result| result.test).map_or_else(none, |score| score.to_string()),
            latest.map_or_else(none, |row| row.validation.to_string()),
            latest.map_or_else(none, |row| count(u64::from(row.generation))),
            latest.map_or_else(none, |row| count(row.forward_passes)),
            format!("{:.1} s", run.seconds()),
        ];
        cells.extend(goals.iter().map(|&goal| {
            let first = run.rows.iter().find(|row| row.validation.reaches(Score::accuracy(goal)));
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
