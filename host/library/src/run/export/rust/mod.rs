//! A model as one module of Rust that needs `core` alone.
//!
//! What does not depend on the model is in the text files beside this.

use super::perceptron::{Feature, Perceptron, Table};
use super::text::{numbers, short};
use std::fmt::Write;

const INFERENCE: &str = include_str!("inference.rs.txt");
const FEATURES: &str = include_str!("features.rs.txt");
const TEST: &str = include_str!("test.rs.txt");
const MAIN: &str = include_str!("main.rs.txt");
const TEST_MAIN: &str = include_str!("test_main.rs.txt");

/// Not all of a module is used everywhere, and cargo does not know the flag of `main`.
const BEGINNING: &str = "#![allow(dead_code, unexpected_cfgs)]\n";

/// The whole module.
pub(super) fn module(model: &Perceptron<'_>) -> String {
    let mut text = format!(
        "//! {}.\n//!\n//! Each layer: `y = clip(W x / (16 isqrt(inputs)))` with the quotient rounded down, then its bias \
         and clip\n//! again if it has one, then ReLU in all but the last; clip is to -127..=127.\n",
        model.title
    );
    if let Some(table) = &model.table {
        // No documentation: names may hold what that would take for marks.
        let _ = writeln!(text, "\n// Features: {}. By their numbers, from 0:", table.scaling);
        for (at, feature) in table.features.iter().enumerate() {
            let _ = writeln!(text, "// {at} {}", feature.described());
        }
    }
    let _ = writeln!(text, "\n{BEGINNING}");
    let _ = writeln!(text, "/// Inputs of the model.\npub const INPUTS: usize = {};", model.inputs);
    let _ = writeln!(text, "/// Outputs of the model.\npub const OUTPUTS: usize = {};", model.outputs);
    let _ = writeln!(
        text,
        "/// Values of the widest layer but the last.\nconst WIDEST: usize = {};",
        model.widest()
    );
    if let Some(table) = &model.table {
        text += &tables(table);
        text += FEATURES;
    }
    text += &layers(model);
    text += INFERENCE;
    text += &vectors(model);
    text += if model.table.is_some() { MAIN } else { TEST_MAIN };
    text
}

fn names<'n>(doc: &str, what: &str, size: &str, names: impl Iterator<Item = &'n String>) -> String {
    let mut text = format!("\n/// {doc}\npub static {what}: [&str; {size}] = [\n");
    for name in names {
        let _ = writeln!(text, "    {:?},", short(name));
    }
    text + "];\n"
}

/// The tables of features and classes.
fn tables(table: &Table) -> String {
    let features = table.features.iter().map(|feature| &feature.name);
    let mut text = names("The names of the features.", "FEATURE_NAMES", "INPUTS", features);
    let doc = "The names of the classes; \"\" for an output that is no class.";
    text += &names(doc, "CLASS_NAMES", "OUTPUTS", table.classes.iter());
    let count = table.rules();
    let _ = writeln!(text, "\n/// One a feature, or one for all.\nstatic RULES: [Rule; {count}] = [");
    for Feature { places, rule, .. } in table.features.iter().take(count) {
        let (centre, mul, shift) = (rule.centre(), rule.mul(), rule.shift());
        let _ =
            writeln!(text, "    Rule {{ places: {places}, centre: {centre}, mul: {mul}, shift: {shift} }},");
    }
    text + "];\n"
}

/// The tables of the weights.
fn layers(model: &Perceptron<'_>) -> String {
    let mut text = format!("\nstatic LAYERS: [Layer; {}] = [\n", model.layers.len());
    for (at, layer) in model.layers.iter().enumerate() {
        let bias = if layer.bias.is_empty() { "&[]".to_owned() } else { format!("&BIAS_{at}") };
        let (inputs, divisor, relu) = (layer.inputs, layer.divisor, layer.relu);
        let _ = writeln!(
            text,
            "    Layer {{ weights: &WEIGHTS_{at}, bias: {bias}, inputs: {inputs}, divisor: {divisor}, relu: {relu} }},"
        );
    }
    text += "];\n";
    for (at, layer) in model.layers.iter().enumerate() {
        let _ = writeln!(text, "\nstatic WEIGHTS_{at}: [i8; {}] = [", layer.weights.len());
        for row in layer.weights.chunks(layer.inputs.max(1)) {
            text += &numbers(row, "    ");
        }
        text += "];\n";
        if !layer.bias.is_empty() {
            let _ = writeln!(text, "\nstatic BIAS_{at}: [i8; {}] = [", layer.bias.len());
            text += &(numbers(layer.bias, "    ") + "];\n");
        }
    }
    text
}

/// The rows of the self test, and what runs them.
fn vectors(model: &Perceptron<'_>) -> String {
    let (kind, input) = if model.table.is_some() { ("i32", "&features(row)") } else { ("i8", "row") };
    let mut text = String::from("\n/// A row of the self test, and its outputs.\n");
    let _ = writeln!(text, "type Vector = ([{kind}; INPUTS], [i8; OUTPUTS]);\n");
    let _ = writeln!(text, "static TEST: [Vector; {}] = [", model.vectors.len());
    for vector in &model.vectors {
        text += &format!("    ([\n{}    ], [\n", numbers(&vector.raw, "        "));
        text += &format!("{}    ]),\n", numbers(&vector.outputs, "        "));
    }
    text + "];\n" + &TEST.replace("TEST_INPUT", input)
}
