//! The answers of a regression, as a part of its report.

use super::html::{count, escape, tile};
use super::scatter::{Level, MOST_POINTS, Scatter};
use crate::rounded::rounded;
use eggroll_host::measure::{Answered, ColumnErrors, RegressionAssessment, Score};
use eggroll_host::words;
use std::fmt::Write;

/// The most targets that have tiles of their own.
const TILES: usize = 3;
/// The most targets that have pictures.
const PICTURES: usize = 8;

fn errors(of: &Answered, target: usize) -> ColumnErrors {
    of.errors.columns.get(target).copied().unwrap_or_default()
}

/// The rows that were answered.
fn rows(of: &RegressionAssessment) -> usize {
    of.truth.len() / of.columns.len().max(1)
}

/// Of the rows every so many-th is drawn.
fn drawn_every(of: &RegressionAssessment) -> usize {
    rows(of).div_ceil(MOST_POINTS).max(1)
}

/// The tiles of the baselines, which stand beside the figure of the run.
pub(super) fn baseline_tiles(of: &RegressionAssessment) -> String {
    let remark = match of.every {
        1 => "R² of a baseline on the same samples".to_owned(),
        every => format!("R² of a baseline, from one of {every} training rows"),
    };
    let r2 = |answered: &Answered| Score::r2(answered.r2()).to_string();
    tile("linear-regression", "Linear regression", &r2(&of.linear), &remark)
        + &tile("always-the-mean", "Always the mean", &r2(&of.mean), "R² of the mean of the training rows")
}

/// The section, without its heading.
pub(super) fn section(of: &RegressionAssessment) -> String {
    format!("{}{}{}", figures(of), pictures(of), table(of))
}

fn figures(of: &RegressionAssessment) -> String {
    let drawn = match drawn_every(of) {
        1 => String::new(),
        every => format!(", of which one of {every} is drawn"),
    };
    let mut tiles = format!(
        "<p class=\"note\">Of {} {}{drawn}. Errors are in the unit of the table.</p>\n<dl class=\"tiles\">\n",
        count(rows(of) as u64),
        of.part.title()
    );
    for (at, target) in of.columns.iter().enumerate().take(TILES) {
        let [model, linear] = [&of.model, &of.linear].map(|answered| errors(answered, at));
        let title = words::shown(&target.title(), 40);
        let remark = |number: f64| format!("of {title}; {} by linear regression", rounded(number));
        tiles += &tile(
            &format!("mean-absolute-error-{at}"),
            "Mean absolute error",
            &rounded(model.mean_absolute),
            &remark(linear.mean_absolute),
        );
        tiles += &tile(
            &format!("root-mean-squared-error-{at}"),
            "Root mean squared error",
            &rounded(model.root_mean_squared),
            &remark(linear.root_mean_squared),
        );
    }
    let trained = Score::r2(of.trained.r2()).to_string();
    tiles + &tile("training-r2", "Training R²", &trained, "on rows that it was trained on") + "</dl>\n"
}

fn pictures(of: &RegressionAssessment) -> String {
    let count = of.columns.len().max(1);
    let every = drawn_every(of);
    let mut html = String::from("<div class=\"curves\" id=\"answers\">\n");
    for (at, target) in of.columns.iter().enumerate().take(PICTURES) {
        let pairs = of.truth.iter().zip(&of.model.values).skip(at).step_by(count).step_by(every);
        let pairs: Vec<(f64, f64)> = pairs
            .map(|(&truth, &value)| (target.in_units(truth.into()), target.in_units(value.into())))
            .collect();
        let errors = pairs.iter().map(|&(truth, value)| (value, value - truth)).collect();
        let title = words::shown(&target.title(), words::MOST);
        let drawings = [
            Scatter {
                title: format!("Answers of {title}"),
                remark: "against what is true, a point a row; on the line they are equal".to_owned(),
                x: "true",
                y: "answer",
                level: Level::Equal,
                points: pairs,
            },
            Scatter {
                title: format!("Errors of {title}"),
                remark: "answers less what is true, against the answers".to_owned(),
                x: "answer",
                y: "error",
                level: Level::Zero,
                points: errors,
            },
        ];
        drawings.iter().for_each(|drawing| html += &drawing.figure());
    }
    html += "</div>\n";
    if of.columns.len() > PICTURES {
        let _ = writeln!(html, "<p class=\"note\">Only the first {PICTURES} targets are drawn.</p>");
    }
    html
}

fn table(of: &RegressionAssessment) -> String {
    let mut table = String::from(
        "<div class=\"scroll\"><table id=\"targets\">\n<thead><tr><th>Target</th><th>Answered by</th><th>R²</th>\
         <th>Mean absolute error</th><th>Root mean squared error</th></tr></thead>\n<tbody>\n",
    );
    for (at, target) in of.columns.iter().enumerate() {
        let title = escape(&words::shown(&target.title(), words::MOST));
        for (who, answered) in
            [("the model", &of.model), ("linear regression", &of.linear), ("always the mean", &of.mean)]
        {
            let ColumnErrors { r2, mean_absolute, root_mean_squared } = errors(answered, at);
            let _ = writeln!(
                table,
                "<tr><td>{title}</td><td>{who}</td><td>{}</td><td>{}</td><td>{}</td></tr>",
                Score::r2(r2),
                rounded(mean_absolute),
                rounded(root_mean_squared)
            );
        }
    }
    table + "</tbody>\n</table></div>\n"
}
