//! Tables whose targets are numbers.

use crate::common::{folder, host};
use std::fs;

/// Rows of two features, and a target in hundredths that is a plane over them.
fn table(rows: i64) -> String {
    let mut text = String::from("a,b,flow\n");
    for i in 0..rows {
        let (a, b) = (i * 37 % 101, i * 17 % 59);
        text += &format!("{a},{b}.5,{}.25\n", 300 + 3 * a - 2 * b);
    }
    text
}

const RUN: &str = "--task csv:plane.csv --target flow --boards cpu --quiet --json";

#[test]
fn a_plane_is_learned_and_answered_in_the_units_of_the_table() {
    let folder = &folder();
    fs::write(folder.join("plane.csv"), table(300)).unwrap();
    let said = host(folder, &format!("{RUN} --run run --hidden none")).ok().json();
    assert!(said["test_r2"].as_f64().unwrap() > 0.95, "{said}");
    // Nothing of it but the rows decides the weights, and they are rebuilt from the journal.
    let again = host(folder, &format!("{RUN} --run again --hidden none --boards sim:2")).ok().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    let rebuilt = host(folder, "replay run --json").silently().json();
    assert_eq!(rebuilt["weights_sha256"], said["weights_sha256"]);
    host(folder, "--resume --run run --quiet").silently();
    let judged = host(folder, "eval run --json").silently().json();
    assert_eq!(judged["targets"][0]["target"], "flow");
    assert_eq!(judged["targets"][0]["r2"], said["test_r2"]);
    let baselines = &judged["targets"][0]["baselines"];
    assert!(baselines["linear_regression"]["r2"].as_f64().unwrap() > 0.99, "{judged}");
    assert!(baselines["mean"]["r2"].as_f64().unwrap() <= 0.0, "{judged}");
    let lines = host(folder, "eval run").silently().out;
    for part in
        ["on the held-out samples", "target                     R²", "linear regression", "always the mean"]
    {
        assert!(lines.contains(part), "{lines}");
    }
    // Other rows, with and without targets, in another order of the columns.
    fs::write(folder.join("new.csv"), "b,a\n10.5,50\n50.5,0\n").unwrap();
    let answers = host(folder, "predict run new.csv").silently().out;
    let lines: Vec<&str> = answers.lines().collect();
    assert_eq!(lines[0], "line,flow");
    for (line, (number, flow)) in lines[1..].iter().zip([(2, 430.25), (3, 200.25)]) {
        let (of, value) = line.split_once(',').unwrap();
        let value: f64 = value.parse().unwrap();
        assert!(of == number.to_string() && (value - flow).abs() < 30.0, "{line}, not {flow}");
    }
    let named = host(folder, "predict run new.csv --json").silently().out;
    assert!(named.starts_with("{\"line\":2,\"values\":{\"flow\":"), "{named}");
    let file = host(folder, "eval run plane.csv --json").silently().json();
    assert!(file["targets"][0]["r2"].as_f64().unwrap() > 0.95, "{file}");
    assert!(file["targets"][0]["baselines"]["linear_regression"]["r2"].as_f64().unwrap() > 0.99, "{file}");
    let report = fs::read_to_string(folder.join("run/report.html")).unwrap();
    for part in ["--target flow", "Test R²", "Answers of flow", "Errors of flow", "Root mean squared error"]
    {
        assert!(report.contains(part), "the report: {part}");
    }
    assert_eq!(report.matches("<circle").count(), 2 * 60, "a point for each held-out row, twice");
    assert!(!report.contains("ccuracy") && !report.contains("Confusion"), "the report");
    // Without the table there are no baselines on other rows.
    fs::copy(folder.join("plane.csv"), folder.join("elsewhere.csv")).unwrap();
    fs::remove_file(folder.join("plane.csv")).unwrap();
    let file = host(folder, "eval run elsewhere.csv --json").silently().json();
    assert!(file["targets"][0]["baselines"].is_null() && file["baselines_missing"].is_string(), "{file}");
    fs::rename(folder.join("elsewhere.csv"), folder.join("plane.csv")).unwrap();
    // The absolute error is for the estimators without a guide.
    let absolute =
        host(folder, &format!("{RUN} --run absolute --loss absolute --generations 300")).ok().json();
    assert!(absolute["test_r2"].as_f64().unwrap() > 0.5, "{absolute}");
}

#[test]
fn a_run_that_is_behind_a_linear_regression_hears_of_it() {
    let folder = &folder();
    fs::write(folder.join("plane.csv"), table(300)).unwrap();
    let said = host(folder, &format!("{RUN} --run run --generations 3 --lr 0.01")).ok().json();
    let hints = said["hints"].to_string();
    assert!(hints.contains("behind_baseline") && hints.contains("a linear regression has an R²"), "{hints}");
    assert!(!hints.contains("accuracy") && !hints.contains("class"), "{hints}");
    // Of a target that the columns say nothing about, more training would change nothing.
    let row = |i: u64| format!("{},{}\n", i * 7919 % 1009, i * i % 997 * 104_729 % 1013);
    fs::write(folder.join("plane.csv"), format!("a,flow\n{}", (0..200).map(row).collect::<String>()))
        .unwrap();
    let said = host(folder, &format!("{RUN} --run noise")).ok().json();
    let hints = said["hints"].to_string();
    assert!(hints.contains("a linear regression finds nothing either"), "{hints}");
}

#[test]
fn slots_decide_how_many_generations_there_are() {
    let folder = &folder();
    fs::write(folder.join("plane.csv"), table(900)).unwrap();
    let trained = |run: &str, flags: &str| {
        let said = host(folder, &format!("{RUN} --run {run} --hidden none {flags}")).ok().json();
        let config = fs::read_to_string(folder.join(run).join("config.toml")).unwrap();
        let slots = config.lines().find_map(|line| line.strip_prefix("slots = ")).unwrap().parse::<u64>();
        (slots.unwrap(), said["generations"].as_u64().unwrap(), said["slots"].as_u64().unwrap())
    };
    let (slots, generations, all) = trained("default", "");
    let few = slots / 2;
    assert_eq!(trained("few", &format!("--slots {few}")), (few, 2 * generations, all));
    let (given, planned, _) = trained("both", "--slots 5 --generations 7");
    assert_eq!((given, planned), (5, 7));
}

#[test]
fn what_does_not_go_together_is_named() {
    let folder = &folder();
    fs::write(folder.join("plane.csv"), table(60)).unwrap();
    host(folder, &format!("{RUN} --run run --generations 3")).ok();
    for (arguments, words) in [
        ("eval run --reject 200", &["--reject"][..]),
        ("predict run plane.csv --reject 200", &["--reject", "only answers that are classes"]),
        ("--task csv:data.csv --loss squared", &["--loss", "--target COLUMN"]),
        ("--task csv:plane.csv --target c", &["--target c: there is no such column"]),
        ("--task csv:plane.csv --target flow --drop flow", &["--target flow", "named before"]),
        ("--task digits --target 3", &["--target does not go with"]),
        (
            "--task csv:plane.csv --target flow --loss absolute --guide on",
            &["--guide on", "it needs --loss squared"],
        ),
    ] {
        let ended = host(folder, arguments);
        assert!(!ended.status.success() && ended.err.lines().count() == 1, "{arguments}: {}", ended.err);
        for word in words {
            assert!(ended.err.contains(word), "{arguments}: {}", ended.err);
        }
    }
}
