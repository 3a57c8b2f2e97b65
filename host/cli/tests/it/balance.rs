//! Classes of few rows: `--balance`, and what proposes it.

use crate::common::*;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// Readings of a machine: 6 % are faults, which are no clear cluster of their own.
fn readings() -> String {
    let mut random = Random(11);
    let mut text = String::from("a,b,c,state\n");
    for row in 0..1500 {
        let fault = row % 16 == 3;
        // A sum of four is near enough to a normal distribution, with a standard deviation of 115.
        let mut of = |centre: i32| (0..4).map(|_| random.below(200) as i32).sum::<i32>() - 400 + centre;
        let [a, b, c] = (if fault { [140, 110, -90] } else { [0; 3] }).map(&mut of);
        text += &format!("{a},{b},{c},{}\n", if fault { "fault" } else { "ok" });
    }
    text
}

/// What `eval` says of a run: balanced accuracy, and the recall of a class.
fn judged(folder: &Path, eval: &str, class: usize) -> (f64, f64) {
    let said = host(folder, eval).silently().json();
    let figures = said.get("answers").unwrap_or(&said);
    let number = |value: &Value| value.as_f64().unwrap_or_else(|| panic!("{said}"));
    let balanced = number(&figures["balanced_accuracy"]);
    let recall = number(&figures["classes"][class]["recall"]);
    println!(
        "{eval}: accuracy {:.3}, balanced {balanced:.3}, recall {recall:.3}",
        number(&figures["accuracy"])
    );
    (balanced, recall)
}

#[test]
fn rows_of_a_rare_class_are_found() {
    let folder = &folder();
    fs::write(folder.join("readings.csv"), readings()).unwrap();
    let train = "--task csv:readings.csv --hidden 16 --boards cpu";
    let said = host(folder, &format!("{train} --run plain")).ok().err;
    let proposal =
        "hint: class `fault` has 67 of 1079 rows to train on, less than half of its share of 539: --balance";
    assert!(said.contains(proposal) && said.contains("needs 2024 rows on boards"), "{said}");
    let said = host(folder, &format!("{train} --balance --run balanced")).ok().err;
    assert!(said.contains("1079 samples to train on (as 2024, all classes alike)"), "{said}");
    assert!(!said.contains("hint: class") && !said.contains("that of chance"), "{said}");
    let (plain, balanced) =
        (judged(folder, "eval plain --json", 0), judged(folder, "eval balanced --json", 0));
    assert!(balanced.0 > plain.0 + 0.1 && balanced.1 > plain.1 + 0.3, "{plain:?} {balanced:?}");
    // The same on boards, and again from the journal and from what the report says.
    host(folder, &format!("{train} --boards sim:2 --balance --quiet --run boards")).ok();
    assert_eq!(sha256(folder, "boards"), sha256(folder, "balanced"));
    host(folder, "replay balanced").ok();
    assert!(fs::read_to_string(folder.join("balanced/report.html")).unwrap().contains("--balance"));
}

#[test]
fn two_rows_of_a_class_are_enough() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases/imbalance-99.csv");
    let folder = &folder();
    fs::copy(case, folder.join("data.csv")).unwrap();
    host(folder, "--task csv:data.csv --boards cpu --quiet --run plain").ok();
    host(folder, "--task csv:data.csv --boards cpu --quiet --balance --run balanced").ok();
    let of = |run: &str| judged(folder, &format!("eval {run} data.csv --json"), 1);
    assert_eq!(of("plain").1, 0.0);
    assert_eq!(of("balanced").1, 1.0);
    assert!(of("balanced").0 > of("plain").0 + 0.4);
}

#[test]
fn balance_is_for_classes() {
    let folder = &folder();
    fs::write(folder.join("readings.csv"), readings()).unwrap();
    for (arguments, words) in [
        ("--task csv:readings.csv --drop state --target a", "numbers have no classes"),
        ("--task cartpole", "scored by their return"),
        ("--task text:readings.csv", "a text has no classes"),
    ] {
        host(folder, &format!("{arguments} --balance")).refused_with(2, &["--balance", words]);
    }
    host(folder, "--task csv:readings.csv --boards cpu --quiet --generations 5 --run run").ok();
    host(folder, "--resume --run run --balance").refused(&["balance = off, not true"]);
}
