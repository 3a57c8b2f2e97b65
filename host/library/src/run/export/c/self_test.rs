//! The self test of an exported model.

use super::super::answers::Answers;
use super::super::network::Network;
use super::super::text::numbers;
use super::literal::integer;
use super::prefixed::prefixed;
use std::fmt::Write;

const TAKE: &str = include_str!("take.c");
const RIGHT_OUTPUT: &str = include_str!("right_output.c");
const RIGHT_VALUE: &str = include_str!("right_value.c");
const TEST: &str = include_str!("test.c");

/// The rows of the self test, and what runs them.
pub(super) fn self_test(model: &Network<'_>, prefix: &str) -> String {
    let upper = prefix.to_ascii_uppercase();
    // A signal has a recording beside its rows.
    let of_rows =
        if model.signal.is_some() { "static int model_test_rows(void)" } else { "int model_self_test(void)" };
    let test = TEST.replace("SELF_TEST", of_rows);
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
    // What is compared of a whole row, beside its outputs.
    let row = match model.answers() {
        Some(Answers::Features { .. }) => {
            let _ = writeln!(text, "\nstatic const int32_t {prefix}_test_scores[{upper}_TEST_ROWS] = {{");
            text += &numbers(model.vectors.iter().filter_map(|vector| vector.score), "    ");
            text += "};\n";
            "(model_score(x, y) == model_test_scores[row])"
        }
        _ => "1",
    };
    text += &prefixed(&format!("\n#define MODEL_TEST_ROW(row, x, y) {row}\n"), prefix);
    let Some(Answers::Targets(_)) = model.answers() else {
        return text + &prefixed(RIGHT_OUTPUT, prefix) + &prefixed(&test, prefix);
    };
    let _ = writeln!(
        text,
        "\nstatic const int32_t {prefix}_test_values[{upper}_TEST_ROWS * {upper}_OUTPUTS] = {{"
    );
    for vector in &model.vectors {
        text += &numbers(vector.values.iter().map(|&value| integer(value)), "    ");
    }
    text + "};\n" + &prefixed(RIGHT_VALUE, prefix) + &prefixed(&test, prefix)
}
