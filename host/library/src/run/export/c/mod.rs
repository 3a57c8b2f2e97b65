//! A model as C99: a header, and a source without heap, floating point and library.
//!
//! What does not depend on the model is in the files of C beside this, with `model` in the place of the
//! prefix.

mod dense;
mod literal;
mod names;
mod number;
mod prefixed;
mod self_test;
mod signal;
mod windows;

use super::super::RunError;
use super::answers::Answers;
use super::network::{Body, Network, Table};
use super::text::numbers;
use crate::data::TargetColumn;
use eggroll_firmware::features::Rule;
use literal::integer;
use names::names;
use number::number;
use prefixed::prefixed;
use self_test::self_test;
use std::fmt::Write;
use std::path::Path;

const INTERFACE: &str = include_str!("interface.h");
const ARGMAX_INTERFACE: &str = include_str!("argmax.h");
const NUMBERS_INTERFACE: &str = include_str!("numbers.h");
const NAMES_INTERFACE: &str = include_str!("names.h");
const RAW_INTERFACE: &str = include_str!("raw.h");
const FEATURES_INTERFACE: &str = include_str!("features.h");
const CLASSES_INTERFACE: &str = include_str!("classes.h");
const TARGETS_INTERFACE: &str = include_str!("targets.h");
const DETECTOR_INTERFACE: &str = include_str!("detector.h");
const CLIP: &str = include_str!("clip.c");
const RULE: &str = include_str!("rule.c");
const RULE_OF: &str = include_str!("rule_of.c");
const ARGMAX: &str = include_str!("argmax.c");
const FEATURES: &str = include_str!("features.c");
const CLASSES: &str = include_str!("classes.c");
const TARGETS: &str = include_str!("targets.c");
const DETECTOR: &str = include_str!("detector.c");
const PRINT_CLASS: &str = include_str!("print_class.c");
const PRINT_VALUES: &str = include_str!("print_values.c");
const PRINT_ANOMALY: &str = include_str!("print_anomaly.c");
const MAIN: &str = include_str!("main.c");
const TEST_MAIN: &str = include_str!("test_main.c");

/// The name of a header as the source includes it.
///
/// # Errors
/// [`RunError::Unexportable`] where an include cannot name it.
pub(super) fn header_name(path: &Path) -> Result<String, RunError> {
    let name = path.file_name().and_then(|name| name.to_str());
    let plain = |name: &&str| name.chars().all(|c| !c.is_control() && !['"', '\\', '?'].contains(&c));
    name.filter(plain).map(str::to_owned).ok_or_else(|| {
        let why = "C cannot include a file of this name: give it letters, digits and -_. alone";
        RunError::Unexportable { path: path.to_owned(), why: why.to_owned() }
    })
}

/// The header: sizes, what the features are, and the calls.
pub(super) fn header(model: &Network<'_>, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let (arithmetic, infer, sizes) = match &model.body {
        Body::Perceptron(_) => (dense::ARITHMETIC, dense::INTERFACE, String::new()),
        Body::Convolutional(of) => (windows::ARITHMETIC, windows::INTERFACE, windows::sizes(of)),
    };
    let mut text = format!("/* {}.\n   {arithmetic} */\n", model.title);
    let _ =
        writeln!(text, "#ifndef {upper}_H\n#define {upper}_H\n\n#include <stddef.h>\n#include <stdint.h>\n");
    let _ = writeln!(text, "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n");
    let _ =
        writeln!(text, "#define {upper}_INPUTS {}\n#define {upper}_OUTPUTS {}", model.inputs, model.outputs);
    text += &prefixed(&sizes, prefix);
    if let Some(table) = &model.table {
        let _ = writeln!(text, "\n/* Features: {}. By their numbers, from 0:", table.scaling);
        for (at, feature) in table.features.iter().enumerate() {
            let _ = writeln!(text, "   {at} {}", feature.described());
        }
        for line in table.answers.described() {
            let _ = writeln!(text, "   {line}");
        }
        text += "   */\n";
        if let Answers::Features { threshold } = table.answers {
            let _ = writeln!(text, "\n/* A row with a higher score counts as an anomaly. */");
            let _ = writeln!(text, "#define {upper}_THRESHOLD {}", integer(threshold));
        }
        if let Some(stream) = &model.signal {
            text += &signal::header(stream, &NUMBERS_INTERFACE.replace("READER", "model_sample"), prefix);
            text += &prefixed(NAMES_INTERFACE, prefix);
        } else {
            let numbers = NUMBERS_INTERFACE.replace("READER", "model_raw");
            text += &prefixed(&(numbers + NAMES_INTERFACE + RAW_INTERFACE), prefix);
        }
        text += &prefixed(FEATURES_INTERFACE, prefix);
        text += &prefixed(
            match table.answers {
                Answers::Classes(_) => CLASSES_INTERFACE,
                Answers::Targets(_) => TARGETS_INTERFACE,
                Answers::Features { .. } => DETECTOR_INTERFACE,
            },
            prefix,
        );
    }
    if model.is_of_classes() {
        text += &prefixed(ARGMAX_INTERFACE, prefix);
    }
    if model.decides() {
        text += &prefixed(signal::DECISION_INTERFACE, prefix);
    }
    text += &prefixed(infer, prefix);
    text += &prefixed(INTERFACE, prefix);
    text
}

/// The source, which includes a header of this name.
pub(super) fn source(model: &Network<'_>, prefix: &str, header: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!("/* {}. */\n", model.title);
    let _ = writeln!(text, "#ifdef {upper}_MAIN\n#include <stdio.h>\n#ifndef {upper}_SELF_TEST");
    let _ = writeln!(text, "#define {upper}_SELF_TEST\n#endif\n#endif\n#include \"{header}\"\n");
    text += &match &model.body {
        Body::Perceptron(layers) => dense::source(layers, CLIP, prefix),
        Body::Convolutional(of) => windows::source(of, CLIP, prefix),
    };
    if model.is_of_classes() {
        text += &prefixed(ARGMAX, prefix);
    }
    if let Some(table) = &model.table {
        text += &rules(table, prefix);
        text += &prefixed(RULE_OF, prefix);
        if model.signal.is_none() {
            let places = "model_rule_of(feature)->places";
            text += &number("int model_raw", "feature", "MODEL_INPUTS", places, prefix);
        }
        text += &prefixed(FEATURES, prefix);
        text += &prefixed(
            match table.answers {
                Answers::Classes(_) => CLASSES,
                Answers::Targets(_) => TARGETS,
                Answers::Features { .. } => DETECTOR,
            },
            prefix,
        );
    }
    if let Some(stream) = &model.signal {
        text += &signal::source(stream, model.decides(), prefix);
    }
    if model.decides() {
        text += &prefixed(signal::DECISION, prefix);
    }
    let _ = writeln!(text, "\n#ifdef {upper}_SELF_TEST");
    text += &self_test(model, prefix);
    if let Some(stream) = &model.signal {
        text += &signal::self_test(stream, prefix);
    }
    text += "#endif\n";
    let _ = writeln!(text, "\n#ifdef {upper}_MAIN");
    let reads = if model.signal.is_some() { signal::MAIN } else { MAIN };
    let main: &[&str] = match model.answers() {
        None => &[TEST_MAIN],
        Some(Answers::Classes(_)) => &[PRINT_CLASS, reads],
        Some(Answers::Targets(_)) => &[PRINT_VALUES, reads],
        Some(Answers::Features { .. }) => &[PRINT_ANOMALY, reads],
    };
    main.iter().for_each(|text_of| text += &prefixed(text_of, prefix));
    text += "#endif\n";
    text
}

/// The tables of features, and of what the outputs stand for.
fn rules(table: &Table, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let count = table.rules();
    let mut text = prefixed(RULE, prefix);
    let line = |rule: Rule, places: i8| {
        format!("    {{{}, {}, {places}, {}}},\n", integer(rule.centre()), rule.mul(), rule.shift())
    };
    let _ = writeln!(text, "\n/* One a feature, or one for all. */\n#define {upper}_RULES {count}");
    let _ = writeln!(text, "static const {prefix}_rule {prefix}_rules[{upper}_RULES] = {{");
    table.features.iter().take(count).for_each(|feature| text += &line(feature.rule, feature.places));
    text += "};\n";
    text += &names(
        &format!("{prefix}_feature_names[{upper}_INPUTS]"),
        table.features.iter().map(|feature| &*feature.name),
    );
    match &table.answers {
        Answers::Classes(classes) => {
            text +=
                &names(&format!("{prefix}_class_names[{upper}_OUTPUTS]"), classes.iter().map(|name| &**name));
        }
        Answers::Targets(targets) => {
            let titles: Vec<String> = targets.iter().map(TargetColumn::title).collect();
            let titles = titles.iter().map(|title| &**title);
            text += &names(&format!("{prefix}_target_names[{upper}_OUTPUTS]"), titles);
            let rules = || targets.iter().map(|target| target.rule);
            let _ = writeln!(text, "\nconst int8_t {prefix}_target_places[{upper}_OUTPUTS] = {{");
            text += &numbers(rules().map(|rule| rule.places()), "    ");
            let _ = writeln!(
                text,
                "}};\n\nstatic const {prefix}_rule {prefix}_target_rules[{upper}_OUTPUTS] = {{"
            );
            rules().for_each(|rule| text += &line(rule.rule(), rule.places()));
            text += "};\n";
        }
        Answers::Features { .. } => {}
    }
    text
}
