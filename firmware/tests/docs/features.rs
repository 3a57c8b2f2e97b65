//! Examples of raw features.

use crate::Example;
use eggroll_firmware::features::{Rule, raw};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![("features", features())]
}

fn features() -> String {
    let mut out = String::new();
    for (text, k) in [("5.1", 1), ("5.1", 0), ("-0.25", 1), ("1.25e2", 0), ("50", -2), ("3000000000", 0)] {
        let raw = raw(text.as_bytes(), k).unwrap();
        let saturated = if raw.saturated { " (saturated)" } else { "" };
        let _ = writeln!(out, "{text} in units of 10^-k, k {k}: raw {}{saturated}", raw.value);
    }
    for (centre, mul, shift, raws) in [
        (58, 497, 7, [43, 58, 64, 79]),
        (-1_000_000, 1_500_000_000, 50, [-1_000_000, 0, 20_000_000, 2_000_000_000]),
        (i32::MIN, i32::MAX, 62, [i32::MIN, -1, 0, i32::MAX]),
    ] {
        let rule = Rule::new(centre, mul, shift).unwrap();
        let cells = raws.map(|raw| format!("{raw} -> {}", rule.apply(raw)));
        let _ = writeln!(out, "centre {centre} mul {mul} shift {shift}: {}", cells.join(", "));
    }
    out
}
