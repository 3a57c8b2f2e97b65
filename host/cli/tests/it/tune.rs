//! The search: which run it keeps, and that its command trains the same one again.

use crate::common::*;
use serde_json::Value;
use std::fs;
use std::path::Path;

/// What lies in a folder.
fn names(folder: &Path) -> Vec<String> {
    let mut names: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// Runs the command that a search printed.
fn repeated(folder: &Path, said: &Value, more: &str) -> Value {
    let command = said["command"].as_str().unwrap().strip_prefix("eggroll-host ").unwrap();
    assert!(!command.contains('\''), "{command}");
    host(folder, &format!("{command} {more}")).silently().json()
}

#[test]
fn the_kept_run_is_what_its_command_gives() {
    let folder = &folder();
    // Five seeds are all that is left to try, and so few generations leave some of them unlearned.
    let flags = "--task csv:data.csv --hidden 6 --lr 0.5 --generations 4 --slots 2 --holdout 0.4";
    let said =
        host(folder, &format!("tune {flags} --minutes 9999 --quiet --json --run kept")).silently().json();
    assert_eq!(said["search_ended"], "tried");
    assert_eq!(names(folder), ["data.csv", "kept"]);
    let trials = said["trials"].as_array().unwrap();
    assert!(
        trials.iter().all(|trial| trial["hidden"] == serde_json::json!([6]) && trial["learning_rate"] == 0.5)
    );
    let scores: Vec<f64> =
        trials.iter().map(|trial| trial["validation_accuracy"].as_f64().unwrap()).collect();
    assert!(
        scores.is_sorted_by(|a, b| a >= b) && said["validation_accuracy"] == trials[0]["validation_accuracy"]
    );
    assert!(trials.len() == 5 || scores[0] == 1.0, "{said}");
    for boards in ["sim:2", "cpu"] {
        let again = repeated(folder, &said, &format!("--quiet --json --boards {boards} --run again"));
        for key in ["weights_sha256", "test_accuracy", "validation_accuracy", "generations", "identity"] {
            assert_eq!(again[key], said[key], "{key}");
        }
        fs::remove_dir_all(folder.join("again")).unwrap();
    }
    // A normal run.
    let eval = host(folder, "eval kept --json").silently().json();
    assert_eq!(
        (&eval["weights_sha256"], &eval["test_accuracy"]),
        (&said["weights_sha256"], &said["test_accuracy"])
    );
    assert_eq!(host(folder, "replay kept --json").silently().json()["equal_to_weights_file"], true);
    assert_eq!(host(folder, "predict kept data.csv").silently().out.lines().count(), 91);
    host(folder, "export kept --out m.h").silently();
    host(folder, "report kept").ok();
    let report = fs::read_to_string(folder.join("kept/report.html")).unwrap();
    assert!(report.contains("Run kept,") && report.contains(said["weights_sha256"].as_str().unwrap()));
    let longer = host(folder, "--resume --quiet --json --run kept --generations 6").silently().json();
    assert_eq!(longer["generations"], 6);
}

#[test]
fn without_time_the_defaults_are_finished() {
    let folder = &folder();
    fs::write(folder.join("text.txt"), "the same words again and again. ".repeat(600)).unwrap();
    for (number, flags) in [
        "--task csv:data.csv --generations 9",
        "--task csv:data.csv --generations 9 --target d",
        "--task cartpole --generations 2 --pairs 3",
        "--task text:text.txt --generations 2 --model egg:D=16,L=1,V=128",
    ]
    .into_iter()
    .enumerate()
    {
        let said = host(folder, &format!("tune {flags} --minutes 0 --json")).ok();
        assert!(
            said.err.contains("the same weights again:") && said.err.contains("1 trial in"),
            "{}",
            said.err
        );
        let said = said.json();
        assert_eq!((said["trials"].as_array().unwrap().len(), &said["search_ended"]), (1, &"time".into()));
        let plain = host(folder, &format!("{flags} --quiet --json --run plain-{number}")).silently().json();
        assert_eq!(said["weights_sha256"], plain["weights_sha256"]);
        let again = repeated(folder, &said, &format!("--quiet --json --run again-{number}"));
        assert_eq!(again["weights_sha256"], plain["weights_sha256"]);
    }
    assert_eq!(names(&folder.join("runs")), ["cartpole-1", "data-1", "data-2", "text-1"]);
}

#[test]
fn what_a_search_cannot_do_is_said() {
    let folder = &folder();
    let tune = "tune --task csv:data.csv --generations 3";
    for (flags, code, words) in [
        ("--minutes -1", 2, "minutes from 0 to 525600"),
        ("--minutes soon", 2, "minutes from 0 to 525600"),
        ("--until accuracy=0.9", 1, "--until does not go with tune"),
        ("--run old --resume", 1, "--resume does not go with tune"),
        ("--autonomous 3", 1, "--autonomous does not go with tune"),
        ("--hidden 3 --lr 1 --seed 2", 1, "nothing is left to vary: leave out"),
        ("--holdout 0", 1, "no row is left to watch"),
        ("--guide on --loss absolute --target d", 1, "--guide on"),
        ("--run data.csv", 1, "data.csv"),
    ] {
        host(folder, &format!("{tune} {flags}")).refused_with(code, &[words]);
    }
    fs::create_dir(folder.join("full")).unwrap();
    fs::write(folder.join("full/notes"), "notes").unwrap();
    host(folder, &format!("{tune} --run full")).refused(&["full is there, but no run's journal"]);
    assert_eq!(names(folder), ["data.csv", "full"]);
    host(folder, &format!("{NODE} --run old")).silently();
    host(folder, &format!("{tune} --run old")).refused(&["old holds a run"]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_search_without_a_finished_trial_leaves_nothing() {
    use std::process::{Command, Stdio};
    let folder = &folder();
    let words = "tune --task csv:data.csv --generations 4000000 --minutes 0 --run kept";
    let child = command(folder, words.split_whitespace()).stderr(Stdio::piped()).spawn().unwrap();
    let journal = || {
        let trial = names(folder).into_iter().find(|name| name.starts_with(".eggroll-"));
        trial.is_some_and(|name| folder.join(name).join("trial-1/journal").exists())
    };
    let since = std::time::Instant::now();
    while !journal() {
        assert!(since.elapsed().as_secs() < 600, "no training begins");
        std::thread::sleep(std::time::Duration::from_millis(1));
    }
    let signal = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
    assert!(signal.unwrap().success());
    let output = child.wait_with_output().unwrap();
    let err = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(130), "{err}");
    assert!(err.contains("nothing was written"), "{err}");
    assert_eq!(names(folder), ["data.csv"]);
}
