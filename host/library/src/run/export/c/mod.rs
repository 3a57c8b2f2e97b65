//! A model as C99: a header, and a source without heap, floating point and library.
//!
//! What does not depend on the model is in the files of C beside this, with `model` in the place of the
//! prefix.

mod literal;

use super::super::RunError;
use super::perceptron::{Perceptron, Table};
use super::text::{numbers, short};
use literal::{integer, string};
use std::fmt::Write;
use std::path::Path;

/// What the calls compute.
const ARITHMETIC: &str = "Each layer: y = clip(W x / (16 isqrt(inputs))) with the quotient rounded down, then its bias \
     and clip\n   again if it has one, then ReLU in all but the last; clip is to -127..127.";

const INTERFACE: &str = include_str!("interface.h");
const FEATURES_INTERFACE: &str = include_str!("features.h");
const LAYER: &str = include_str!("layer.c");
const RULE: &str = include_str!("rule.c");
const INFERENCE: &str = include_str!("inference.c");
const FEATURES: &str = include_str!("features.c");
const TAKE: &str = include_str!("take.c");
const TEST: &str = include_str!("test.c");
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

/// A piece of C with the prefix of a model.
fn prefixed(text: &str, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    text.replace("model_", &format!("{prefix}_")).replace("MODEL_", &format!("{upper}_"))
}

/// The header: sizes, what the features are, and the calls.
pub(super) fn header(model: &Perceptron<'_>, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!("/* {}.\n   {} */\n", model.title, ARITHMETIC);
    let _ =
        writeln!(text, "#ifndef {upper}_H\n#define {upper}_H\n\n#include <stddef.h>\n#include <stdint.h>\n");
    let _ = writeln!(text, "#ifdef __cplusplus\nextern \"C\" {{\n#endif\n");
    let _ =
        writeln!(text, "#define {upper}_INPUTS {}\n#define {upper}_OUTPUTS {}", model.inputs, model.outputs);
    if let Some(table) = &model.table {
        let _ = writeln!(text, "\n/* Features: {}. By their numbers, from 0:", table.scaling);
        for (at, feature) in table.features.iter().enumerate() {
            let _ = writeln!(text, "   {at} {}", feature.described());
        }
        text += "   */\n";
        text += &prefixed(FEATURES_INTERFACE, prefix);
    }
    text += &prefixed(INTERFACE, prefix);
    text
}

/// The source, which includes a header of this name.
pub(super) fn source(model: &Perceptron<'_>, prefix: &str, header: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!("/* {}. */\n", model.title);
    let _ = writeln!(text, "#ifdef {upper}_MAIN\n#include <stdio.h>\n#ifndef {upper}_SELF_TEST");
    let _ = writeln!(text, "#define {upper}_SELF_TEST\n#endif\n#endif\n#include \"{header}\"\n");
    let _ = writeln!(text, "#define {upper}_LAYERS {}", model.layers.len());
    let _ = writeln!(text, "/* Values of the widest layer but the last. */");
    let _ = writeln!(text, "#define {upper}_WIDEST {}", model.widest());
    text += &prefixed(LAYER, prefix);
    text += &layers(model, prefix);
    text += &prefixed(INFERENCE, prefix);
    if let Some(table) = &model.table {
        text += &rules(table, prefix);
        text += &prefixed(FEATURES, prefix);
    }
    let _ = writeln!(text, "\n#ifdef {upper}_SELF_TEST");
    text += &vectors(model, prefix);
    text += "#endif\n";
    let _ = writeln!(text, "\n#ifdef {upper}_MAIN");
    text += &prefixed(if model.table.is_some() { MAIN } else { TEST_MAIN }, prefix);
    text += "#endif\n";
    text
}

/// The tables of the weights.
fn layers(model: &Perceptron<'_>, prefix: &str) -> String {
    let (mut text, mut rows) = (String::new(), String::new());
    for (at, layer) in model.layers.iter().enumerate() {
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let _ = writeln!(text, "\n/* Layer {at}: {outputs} outputs of {inputs} inputs each. */");
        let _ = writeln!(text, "static const int8_t {prefix}_layer{at}_weight[{}] = {{", layer.weights.len());
        for row in layer.weights.chunks(inputs.max(1)) {
            text += &numbers(row, "    ");
        }
        text += "};\n";
        let mut bias = "NULL".to_owned();
        if !layer.bias.is_empty() {
            bias = format!("{prefix}_layer{at}_bias");
            let _ = writeln!(text, "static const int8_t {bias}[{outputs}] = {{");
            text += &numbers(layer.bias, "    ");
            text += "};\n";
        }
        let (divisor, relu) = (layer.divisor, u8::from(layer.relu));
        let _ = writeln!(
            rows,
            "    {{{prefix}_layer{at}_weight, {bias}, {inputs}, {outputs}, {divisor}, {relu}}},"
        );
    }
    let _ = writeln!(
        text,
        "\nstatic const {prefix}_layer {prefix}_layers[{}] = {{\n{rows}}};",
        model.layers.len()
    );
    text
}

/// The tables of features and classes.
fn rules(table: &Table, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let count = table.rules();
    let mut text = prefixed(RULE, prefix);
    let _ = writeln!(text, "\n/* One a feature, or one for all. */\n#define {upper}_RULES {count}");
    let _ = writeln!(text, "static const {prefix}_rule {prefix}_rules[{upper}_RULES] = {{");
    for feature in table.features.iter().take(count) {
        let (centre, mul) = (integer(feature.rule.centre()), feature.rule.mul());
        let _ = writeln!(text, "    {{{centre}, {mul}, {}, {}}},", feature.places, feature.rule.shift());
    }
    text += "};\n";
    let names = |what: &str, size: &str, names: &mut dyn Iterator<Item = &String>| {
        let mut text = format!("\nconst char *const {prefix}_{what}[{upper}_{size}] = {{\n");
        names.for_each(|name| {
            let _ = writeln!(text, "    {},", string(&short(name)));
        });
        text + "};\n"
    };
    text += &names("feature_names", "INPUTS", &mut table.features.iter().map(|feature| &feature.name));
    text += &names("class_names", "OUTPUTS", &mut table.classes.iter());
    text
}

/// The rows of the self test, and what runs them.
fn vectors(model: &Perceptron<'_>, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    let mut text = format!("\n#define {upper}_TEST_ROWS {}\n", model.vectors.len());
    let take = if model.table.is_some() { "features" } else { "take" };
    let _ = writeln!(text, "#define {upper}_TEST_INPUT {prefix}_{take}");
    let _ =
        writeln!(text, "\nstatic const int32_t {prefix}_test_raw[{upper}_TEST_ROWS * {upper}_INPUTS] = {{");
    for vector in &model.vectors {
        text += &numbers(vector.raw.iter().map(|&raw| integer(raw)), "    ");
    }
    text += "};\n";
    let _ = writeln!(
        text,
        "\nstatic const int8_t {prefix}_test_outputs[{upper}_TEST_ROWS * {upper}_OUTPUTS] = {{"
    );
    for vector in &model.vectors {
        text += &numbers(&vector.outputs, "    ");
    }
    text += "};\n";
    if model.table.is_none() {
        text += &prefixed(TAKE, prefix);
    }
    text + &prefixed(TEST, prefix)
}
