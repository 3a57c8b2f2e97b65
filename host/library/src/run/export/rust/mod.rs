//! A model as one module of Rust that needs `core` alone.
//!
//! What does not depend on the model is in the text files beside this.

mod dense;
mod names;
mod signal;
mod windows;

use super::answers::Answers;
use super::network::{Body, Network, Table};
use super::text::numbers;
use crate::data::TargetColumn;
use eggroll_firmware::features::Rule;
use names::names;
use std::fmt::Write;

const CLIP: &str = include_str!("clip.rs.txt");
const ARGMAX: &str = include_str!("argmax.rs.txt");
const RULE: &str = include_str!("rule.rs.txt");
const NUMBER: &str = include_str!("number.rs.txt");
const FEATURES: &str = include_str!("features.rs.txt");
const CLASSES: &str = include_str!("classes.rs.txt");
const TARGETS: &str = include_str!("targets.rs.txt");
const DETECTOR: &str = include_str!("detector.rs.txt");
const TEST: &str = include_str!("test.rs.txt");
const TEST_VALUES: &str = include_str!("test_values.rs.txt");
const TEST_SCORE: &str = include_str!("test_score.rs.txt");
const PRINT_CLASS: &str = include_str!("print_class.rs.txt");
const PRINT_VALUES: &str = include_str!("print_values.rs.txt");
const PRINT_ANOMALY: &str = include_str!("print_anomaly.rs.txt");
const MAIN: &str = include_str!("main.rs.txt");
const TEST_MAIN: &str = include_str!("test_main.rs.txt");

/// Not all of a module is used everywhere, and cargo does not know the flag of `main`.
const BEGINNING: &str = "#![allow(dead_code, unexpected_cfgs)]\n";

/// The whole module.
pub(super) fn module(model: &Network<'_>) -> String {
    let (arithmetic, uses, sizes, calls) = match &model.body {
        Body::Perceptron(of) => (dense::ARITHMETIC, "", dense::sizes(of), dense::calls(of, CLIP)),
        Body::Convolutional(of) => {
            (windows::ARITHMETIC, windows::USES, windows::sizes(of), windows::calls(of, CLIP))
        }
    };
    let mut text = format!("//! {}.\n//!\n//! {arithmetic}\n", model.title);
    if let Some(stream) = &model.signal {
        text += &signal::example(stream, model.decides());
    }
    if let Some(table) = &model.table {
        // No documentation: names may hold what that would take for marks.
        let _ = writeln!(text, "\n// Features: {}. By their numbers, from 0:", table.scaling);
        for (at, feature) in table.features.iter().enumerate() {
            let _ = writeln!(text, "// {at} {}", feature.described());
        }
        for line in table.answers.described() {
            let _ = writeln!(text, "// {line}");
        }
    }
    if let Some(stream) = &model.signal {
        text += "\n// Channels, by their numbers, from 0:\n";
        for line in stream.described() {
            let _ = writeln!(text, "// {line}");
        }
    }
    let _ = writeln!(text, "\n{BEGINNING}");
    if !uses.is_empty() {
        let _ = writeln!(text, "{uses}");
    }
    let _ = writeln!(text, "/// Inputs of the model.\npub const INPUTS: usize = {};", model.inputs);
    let _ = writeln!(text, "/// Outputs of the model.\npub const OUTPUTS: usize = {};", model.outputs);
    text += &sizes;
    if let Some(stream) = &model.signal {
        text += &signal::tables(stream);
    }
    if let Some(table) = &model.table {
        text += &tables(table);
        text += RULE;
        text += &match &model.signal {
            None => number("pub fn raw", "feature", "rule_of(feature).filter(|_| feature < INPUTS)?.places"),
            Some(_) => number("fn number", "channel", "CHANNEL_PLACES.get(channel).copied()?"),
        };
        text += FEATURES;
        text += match table.answers {
            Answers::Classes(_) => CLASSES,
            Answers::Targets(_) => TARGETS,
            Answers::Features { .. } => DETECTOR,
        };
    }
    if let Some(stream) = &model.signal {
        text += &signal::calls(stream, model.decides());
    }
    text += &calls;
    if model.is_of_classes() {
        text += ARGMAX;
    }
    text += &vectors(model);
    let (reads, arithmetic) = match &model.signal {
        None => (MAIN, String::new()),
        Some(stream) => {
            text += &signal::self_test(stream);
            (signal::MAIN, signal::arithmetic())
        }
    };
    let main: &[&str] = match model.answers() {
        None => &[TEST_MAIN],
        Some(Answers::Classes(_)) => &[PRINT_CLASS, reads],
        Some(Answers::Targets(_)) => &[PRINT_VALUES, reads],
        Some(Answers::Features { .. }) => &[PRINT_ANOMALY, reads],
    };
    text + &main.concat() + &arithmetic
}

/// What reads decimal numbers: `of` is what they are of, and `places` the expression for the places of one.
fn number(reader: &str, of: &str, places: &str) -> String {
    NUMBER.replace("READER", reader).replace("FEATURE", of).replace("PLACES", places)
}

/// The tables of features, and of what the outputs stand for.
fn tables(table: &Table) -> String {
    let line = |rule: Rule, places: i8| {
        let (centre, mul, shift) = (rule.centre(), rule.mul(), rule.shift());
        format!("    Rule {{ places: {places}, centre: {centre}, mul: {mul}, shift: {shift} }},\n")
    };
    let features = table.features.iter().map(|feature| &*feature.name);
    let mut text = names("The names of the features.", "FEATURE_NAMES", "INPUTS", features);
    let count = table.rules();
    let _ = writeln!(text, "\n/// One a feature, or one for all.\nstatic RULES: [Rule; {count}] = [");
    table.features.iter().take(count).for_each(|feature| text += &line(feature.rule, feature.places));
    text += "];\n";
    match &table.answers {
        Answers::Classes(classes) => {
            let doc = "The names of the classes; \"\" for an output that is no class.";
            text += &names(doc, "CLASS_NAMES", "OUTPUTS", classes.iter().map(|class| &**class));
        }
        Answers::Targets(targets) => {
            let titles: Vec<String> = targets.iter().map(TargetColumn::title).collect();
            let titles = titles.iter().map(|title| &**title);
            text += &names("The names of the targets.", "TARGET_NAMES", "OUTPUTS", titles);
            let rules = || targets.iter().map(|target| target.rule);
            text += "\n/// The values of a target are in units of 10^-places.\n";
            text += "pub static TARGET_PLACES: [i8; OUTPUTS] = [\n";
            text += &numbers(rules().map(|rule| rule.places()), "    ");
            text += "];\n\nstatic TARGET_RULES: [Rule; OUTPUTS] = [\n";
            rules().for_each(|rule| text += &line(rule.rule(), rule.places()));
            text += "];\n";
        }
        Answers::Features { threshold } => {
            text += "\n/// A row with a higher score counts as an anomaly.\n";
            let _ = writeln!(text, "pub const THRESHOLD: i32 = {threshold};");
        }
    }
    text
}

/// The rows of the self test, and what runs them.
fn vectors(model: &Network<'_>) -> String {
    let (kind, input) = if model.table.is_some() { ("i32", "&features(row)") } else { ("i8", "row") };
    let (and, more, test) = match model.answers() {
        None | Some(Answers::Classes(_)) => (", and its outputs", "", TEST),
        Some(Answers::Targets(_)) => (", its outputs, and their values", ", [i32; OUTPUTS]", TEST_VALUES),
        Some(Answers::Features { .. }) => (", its outputs, and its score", ", i32", TEST_SCORE),
    };
    let mut text = format!("\n/// A row of the self test{and}.\n");
    let _ = writeln!(text, "type Vector = ([{kind}; INPUTS], [i8; OUTPUTS]{more});\n");
    let _ = writeln!(text, "static TEST: [Vector; {}] = [", model.vectors.len());
    for vector in &model.vectors {
        text += &format!("    ([\n{}    ], [\n", numbers(&vector.raw, "        "));
        text += &numbers(&vector.outputs, "        ");
        text += "    ]";
        if !vector.values.is_empty() {
            text += &format!(", [\n{}    ]", numbers(&vector.values, "        "));
        }
        if let Some(score) = vector.score {
            let _ = write!(text, ", {score}");
        }
        text += "),\n";
    }
    text += "];\n";
    // A signal has a recording beside its rows.
    let of_rows = if model.signal.is_some() { "fn test_rows" } else { "pub fn self_test" };
    text + &test.replace("TEST_INPUT", input).replace("SELF_TEST", of_rows)
}
