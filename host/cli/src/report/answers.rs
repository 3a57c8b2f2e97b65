//! The answers of a run on samples, as a section of its report.

use super::anomalies;
use super::assessed::Assessed;
use super::html::{count, escape, tile};
use super::known::Known;
use super::matrix::{MOST, matrix};
use super::values;
use eggroll_host::measure::Judged;
use eggroll_host::words;
use std::fmt::Write;

/// A share from 0 to 1 in percent; a dash where there is none.
fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "\u{2013}".to_owned(), |share| format!("{:.1} %", 100.0 * share))
}

/// The tiles of the baselines, which stand beside the figure of the run.
pub(super) fn baseline_tiles(assessed: &Assessed) -> String {
    match assessed {
        Assessed::Nothing | Assessed::Unknown(_) | Assessed::Scored(_) => String::new(),
        Assessed::Known(known) => baselines_of_classes(known),
        Assessed::Values(of) => values::baseline_tiles(of),
    }
}

fn baselines_of_classes(known: &Known) -> String {
    let of = &known.assessment;
    let frequent = words::shown(&known.name(of.baselines.most_frequent), words::MOST);
    let remark = match of.baselines.every {
        1 => "a baseline on the same samples".to_owned(),
        every => format!("a baseline, from one of {every} training rows"),
    };
    tile("logistic-regression", "Logistic regression", &percent(of.regression.accuracy()), &remark)
        + &tile(
            "most-frequent",
            "Most frequent class",
            &percent(of.most_frequent.accuracy()),
            &format!("always {frequent}, on the same samples"),
        )
}

/// The section, with its heading. It is empty for a run that has no answers.
pub(super) fn section(assessed: &Assessed) -> String {
    match assessed {
        Assessed::Nothing => String::new(),
        Assessed::Unknown(why) => {
            format!("<h2>Answers</h2>\n<p class=\"note\" id=\"no-answers\">Left out: {}.</p>\n", escape(why))
        }
        Assessed::Scored(scored) => anomalies::section(scored),
        Assessed::Known(known) => {
            format!("<h2>Answers</h2>\n{}{}{}", figures(known), picture(known), classes(known))
        }
        Assessed::Values(of) => format!("<h2>Answers</h2>\n{}", values::section(of)),
    }
}

fn figures(known: &Known) -> String {
    let of = &known.assessment;
    let model = &of.model;
    let loss = |judged: &Judged| {
        judged.log_loss.map_or_else(|| "\u{2013}".to_owned(), |loss| format!("{loss:.3} bits"))
    };
    let mut tiles = format!(
        "<p class=\"note\">Of {} {}.</p>\n<dl class=\"tiles\">\n",
        count(model.confusion.total()),
        of.part.title()
    );
    let remark = |what: &str| format!("{what} by logistic regression");
    let balanced = percent(model.confusion.balanced_accuracy());
    let other = percent(of.regression.confusion.balanced_accuracy());
    tiles += &tile("balanced-accuracy", "Balanced accuracy", &balanced, &remark(&other));
    tiles += &tile("log-loss", "Log loss", &loss(model), &remark(&loss(&of.regression)));
    let apart = percent(model.calibration.error());
    tiles +=
        &tile("calibration-error", "Calibration error", &apart, "probability against share that is right");
    let trained = percent(of.trained.accuracy());
    tiles += &tile("training-accuracy", "Training accuracy", &trained, "on rows that it was trained on");
    tiles + "</dl>\n"
}

fn picture(known: &Known) -> String {
    let confusion = &known.assessment.model.confusion;
    let svg = matrix(confusion, |class| known.name(class));
    if svg.is_empty() {
        return format!("<p class=\"note\">There are more than {MOST} classes: no matrix is drawn.</p>\n");
    }
    format!(
        "<figure id=\"confusion\">\n<figcaption>Confusion matrix<span>a row for each class, a column for each answer: \
         the number of samples, coloured by its share of the row</span></figcaption>\n{svg}</figure>\n"
    )
}

fn classes(known: &Known) -> String {
    let of = &known.assessment;
    let mut table = String::from(
        "<div class=\"scroll\"><table id=\"classes\">\n<thead><tr><th>Class</th><th>Training rows</th><th>Rows</th>\
         <th>Answers</th><th>Recall</th><th>Precision</th><th>F1</th></tr></thead>\n<tbody>\n",
    );
    for class in 0..of.model.confusion.classes() {
        let figures = of.model.confusion.class(class);
        let rows = of.baselines.counts.get(class).copied().unwrap_or(0);
        let cells = [
            escape(&words::shown(&known.name(class), words::MOST)),
            count(rows),
            count(figures.rows),
            count(figures.answers),
            percent(figures.recall),
            percent(figures.precision),
            percent(figures.f1),
        ];
        let _ = writeln!(table, "<tr><td>{}</td></tr>", cells.join("</td><td>"));
    }
    table + "</tbody>\n</table></div>\n"
}
