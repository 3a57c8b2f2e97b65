//! The report of a run.

use super::answers::{baseline_tiles, section};
use super::assessed::Assessed;
use super::charts;
use super::command::command;
use super::curves::{figure, style};
use super::diagnostics::{Finding, diagnose};
use super::error::ReportError;
use super::facts::RunFacts;
use super::hints::{Hint, Hints};
use super::html::{count, document, escape, tile};
use super::signal;
use eggroll_host::measure::{Measure, Score};
use eggroll_host::run::{LengthChange, SessionSummary};
use indicatif::HumanBytes;
use std::fmt::Write;

/// The text of `report.html`.
pub(super) fn page(facts: &RunFacts, assessed: &Assessed) -> Result<String, ReportError> {
    let title = facts.config.title();
    let mut body = format!(
        "<header>\n<h1>{}</h1>\n<p>Run {}, trained by eggroll {}: {} of {} planned generations</p>\n</header>\n",
        escape(&title),
        escape(&facts.name),
        env!("CARGO_PKG_VERSION"),
        count(u64::from(generations(facts))),
        count(u64::from(facts.lengths.planned())),
    );
    body += &tiles(facts, assessed);
    body += "<h2>Diagnostics</h2>\n";
    body += &diagnostics(facts, assessed);
    body += &section(assessed);
    body += &signal::section(&facts.config);
    body += "<h2>Curves</h2>\n<div class=\"curves\">\n";
    for chart in charts::charts(facts) {
        body += &figure(chart)?;
    }
    body += "</div>\n<h2>The same run again</h2>\n";
    let _ = write!(
        body,
        "<pre class=\"wrap\" id=\"command\">{}</pre>\n{}{}{}",
        escape(&command(&facts.config)),
        measured(facts),
        changes(facts),
        ended(facts)
    );
    let _ = write!(body, "<h2>Configuration</h2>\n<pre>{}</pre>\n", escape(&facts.config.to_toml()?));
    Ok(document(&title, &style(), &body))
}

/// What holds of a command whose scores are measured.
const fn measured(facts: &RunFacts) -> &'static str {
    match facts.measure() {
        Measure::Own => {
            "<p>The boards measure the scores: what is measured in the world does not come twice, and then this \
             command trains other weights. The journal has the scores of this run: <code>eggroll-host replay</code> \
             rebuilds its weights from them.</p>\n"
        }
        Measure::Accuracy | Measure::Return | Measure::Bits | Measure::R2 | Measure::Success => "",
    }
}

fn generations(facts: &RunFacts) -> u32 {
    let result = facts.result.as_ref().map(|result| result.generations);
    result.or(facts.rows.last().map(|row| row.generation)).unwrap_or(0)
}

fn tiles(facts: &RunFacts, assessed: &Assessed) -> String {
    let none = || "none".to_owned();
    let result = facts.result.as_ref();
    let test = result.and_then(|result| result.test);
    let latest = facts.rows.last();
    let validation = result.and_then(|result| result.validation).or(latest.map(|row| row.validation));
    let passes = result.and_then(|result| result.forward_passes).or(latest.map(|row| row.forward_passes));
    let seconds = facts.seconds();
    let session = result.and_then(|result| result.session.as_ref());
    let mut tiles = String::from("<dl class=\"tiles\">\n");
    let figure = |score: Option<Score>| score.map_or_else(none, |score| score.to_string());
    let measure = facts.measure();
    let (labels, unseen, remark) = match measure {
        Measure::Accuracy => (
            ["Test accuracy", "Validation accuracy", "Forward passes"],
            "on samples never looked at",
            "base passes included",
        ),
        Measure::R2 => (
            ["Test R²", "Validation R²", "Forward passes"],
            "on samples never looked at",
            "base passes included",
        ),
        Measure::Bits => (
            ["Test bits a byte", "Validation bits a byte", "Tokens through models"],
            "on text never looked at",
            "base passes included",
        ),
        Measure::Return => (
            ["Mean return", "Validation return", "Episodes"],
            "over starts never looked at",
            "those that members played",
        ),
        Measure::Success => {
            (["Right answers", "Validation", "Answers"], "to prompts never looked at", "those of members")
        }
        Measure::Own => {
            (["Test score", "Mean score", "Trials"], "only boards measure it", "those of members")
        }
    };
    let [test_label, validation_label, trials_label] = labels;
    tiles += &tile(&format!("test-{}", measure.name()), test_label, &figure(test), unseen);
    tiles += &tile(&format!("validation-{}", measure.name()), validation_label, &figure(validation), "");
    tiles += &baseline_tiles(assessed);
    let trials = measure.count().replace('_', "-");
    tiles += &tile(&trials, trials_label, &passes.map_or_else(none, count), remark);
    tiles += &tile("generations", "Generations", &count(u64::from(generations(facts))), "");
    let rate = passes.filter(|_| seconds > 0.0).map_or(String::new(), |passes| {
        format!("{} {} a second", count((passes as f64 / seconds) as u64), measure.short_trials())
    });
    tiles += &tile("seconds", "Training time", &format!("{seconds:.1} s"), &rate);
    if let Some(session) = session {
        let bytes = HumanBytes(session.bytes_sent + session.bytes_received).to_string();
        let remark = format!(
            "{} sent, {} received",
            HumanBytes(session.bytes_sent),
            HumanBytes(session.bytes_received)
        );
        tiles += &tile("bytes", "On the links", &bytes, &remark);
        tiles += &work_tiles(session);
    }
    tiles += "</dl>\n";
    if let Some(result) = result {
        let _ = writeln!(
            tiles,
            "<p class=\"hash\">SHA-256 of the weights <code id=\"sha256\">{}</code></p>",
            escape(&result.weights_sha256)
        );
    }
    tiles
}

/// The slots of a run, and what its guide explains, where it has any.
fn work_tiles(session: &SessionSummary) -> String {
    let mut tiles = String::new();
    if let Some(work) = session.work {
        let share = 100.0 * work.slots_skipped as f64 / work.slots.max(1) as f64;
        let remark = format!("{} skipped ({share:.0} %)", count(work.slots_skipped));
        tiles += &tile("slots", "Slots", &count(work.slots), &remark);
        let remark = format!("and {} of the base model", count(work.base_passes));
        tiles += &tile("member-passes", "Passes of members", &count(work.member_passes), &remark);
    }
    if let Some(share) = session.guide.as_ref().and_then(|guide| guide.guide_explains) {
        let value = format!("{:.0} %", 100.0 * share);
        let remark = "of the variance of the members' reports, over the last tenth";
        tiles += &tile("guide-explains", "The guide explains", &value, remark);
    }
    tiles
}

/// What the answers say, the findings of the latest looks, and the hints of earlier ones that do not hold any
/// more.
fn diagnostics(facts: &RunFacts, assessed: &Assessed) -> String {
    let chance = facts.result.as_ref().and_then(|result| result.chance);
    let config = facts.config_now();
    let mut all = assessed.findings(&config);
    for finding in diagnose(&config, chance, &facts.rows) {
        if all.iter().all(|now| now.kind != finding.kind) {
            all.push(finding);
        }
    }
    let mut hints = Hints::new(&config, chance);
    for Hint { generation, finding } in hints.look(&facts.rows) {
        if all.iter().all(|now| now.kind != finding.kind) {
            let seen = format!("in generation {}, {}", count(u64::from(*generation)), finding.seen);
            all.push(Finding { seen, ..finding.clone() });
        }
    }
    findings(&all, facts.rows.len())
}

fn findings(findings: &[Finding], looks: usize) -> String {
    let mut html = String::new();
    for finding in findings {
        let (class, rest) =
            if finding.is_advice() { ("advice", &finding.advice) } else { ("good", &finding.advice) };
        let mut first = finding.seen.clone();
        if let Some(letter) = first.get(..1) {
            first.replace_range(..1, &letter.to_uppercase());
        }
        let _ = writeln!(html, "<p class=\"finding {class}\"><b>{}</b>{}</p>", escape(&first), escape(rest));
    }
    if findings.iter().any(Finding::is_advice) {
        return html;
    }
    let calm = if looks < 3 {
        "Fewer than three looks at the model: too few to judge."
    } else {
        "Nothing in the way of learning was seen: activations, score differences, weights and ReLUs are in range."
    };
    let _ = writeln!(html, "<p class=\"note\" id=\"calm\">{calm}</p>");
    html
}

/// The commands that give a run the lengths that this one got on the way.
fn changes(facts: &RunFacts) -> String {
    let commands: Vec<String> = facts
        .lengths
        .changes()
        .iter()
        .map(|LengthChange { after, generations, .. }| {
            format!("eggroll-host --resume --run DIR --from-generation {after} --generations {generations}")
        })
        .collect();
    if commands.is_empty() {
        return String::new();
    }
    format!(
        "<p class=\"note\">Then, with the directory of that run, as this one got another length on the way:</p>\n\
         <pre class=\"wrap\" id=\"lengths\">{}</pre>\n",
        commands.join("\n")
    )
}

/// A remark for a run that ended before its plan, which the command does not show.
fn ended(facts: &RunFacts) -> String {
    let (done, planned) = (generations(facts), facts.lengths.planned());
    if done >= planned {
        return "<p class=\"note\">The weights depend on nothing else: any boards, any number of them.</p>\n"
            .to_owned();
    }
    format!(
        "<p class=\"note\">This run ended after {} generations, before its plan; the command trains on. <code>eggroll-host \
         replay</code> rebuilds exactly these weights from the journal.</p>\n",
        count(u64::from(done))
    )
}
