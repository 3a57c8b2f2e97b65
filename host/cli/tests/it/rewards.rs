//! Runs on puzzles from the command line: a model learns from traces first, then by a reward, and what means
//! nothing there is refused.

use crate::common::*;
use std::fs;

const MODEL: &str = "--boards cpu --model egg:D=16,L=1,V=64";

#[test]
fn from_traces_to_a_reward() {
    let folder = &folder();
    let said = host(folder, "traces reward:sort --wrong 20 --count 3000 --out traces.txt").silently().out;
    assert!(said.contains("3000 documents") && said.contains("with a wrong answer"), "{said}");
    let text = fs::read(folder.join("traces.txt")).unwrap();
    let documents = || text.split(|&byte| byte == 0).filter(|document| !document.is_empty());
    assert!(documents().all(|document| document.len() == 7 && document[3] == b'>'));
    let first = |flags: &str| {
        let line =
            format!("--task text:traces.txt {MODEL} --streams 64 --context 10 --clip 40 --lr 0.6 {flags}");
        host(folder, &line).silently();
    };
    first("--generations 30 --run runs/first --quiet --json");
    host(folder, "export runs/first --out first.safetensors").silently();

    let flags = "--task reward:sort --from first.safetensors --boards cpu --pairs 9 --samples 4 --generations 6 --seed 4";
    let ended = host(folder, &format!("{flags} --temperature 1 --json --run runs/sort")).ok();
    let said = ended.json();
    assert_eq!(said["answers"], 6 * 9 * 2 * 4);
    for words in ["reward:sort egg:D=16,L=1,V=64", "prompts answered rightly", "answers of members"] {
        assert!(ended.err.contains(words), "no `{words}` in {}", ended.err);
    }
    let eval = host(folder, "eval runs/sort --json").silently().json();
    let replay = host(folder, "replay runs/sort --json").silently().json();
    assert!(said["weights_sha256"] == eval["weights_sha256"], "{said}, {eval}");
    assert_eq!((&replay["equal_to_weights_file"], &replay["answers"]), (&true.into(), &said["answers"]));
    for key in ["test_success", "validation_success"] {
        assert_eq!(said[key], eval[key]);
    }
    let answers = eval["answers"].as_array().unwrap();
    let temperatures: Vec<f64> = answers.iter().map(|of| of["temperature"].as_f64().unwrap()).collect();
    assert_eq!(temperatures, [0.0, 1.0]);
    assert_eq!(answers[0]["right"].as_f64().unwrap() / 1000.0, eval["test_success"].as_f64().unwrap());
    assert!(host(folder, "eval runs/sort").silently().out.contains("likeliest byte"));
    let sample = host(folder, "sample runs/sort").silently().out;
    assert!(sample.lines().count() == 21 && sample.contains('>'), "{sample}");
    let written = host(folder, "sample runs/sort --prompt 123> --bytes 5").silently().out;
    assert!(written.starts_with("123>"), "{written}");
    let metrics = fs::read_to_string(folder.join("runs/sort/metrics.csv")).unwrap();
    assert!(metrics.starts_with("generation,answers,validation_success,kept,"), "{metrics}");
    let page = fs::read_to_string(folder.join("runs/sort/report.html")).unwrap();
    assert!(page.contains("id=\"test-success\"") && page.contains("--temperature 1"), "{page}");

    // Stopped half way and gone on with, it is the same run.
    host(folder, &format!("{flags} --temperature 1 --quiet --run runs/again")).ok();
    host(folder, "--resume --run runs/again --from-generation 3 --boards sim:2 --quiet").ok();
    let again = host(folder, "eval runs/again --json").silently().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);

    for (flags, words) in [
        ("--estimator node", &["--estimator node", "--task reward:sort", "use --estimator weight"][..]),
        ("--credit sample", &["--credit sample", "use --credit pair"]),
        ("--model 5-8-4", &["--model", "--task reward:sort", "egg:D=64,L=1,V=64"]),
        ("--model egg:D=16,L=1,V=60", &["--model", "bytes below 64"]),
        ("--holdout 0.1", &["--holdout", "leave it out"]),
        ("--context 4", &["--context", "leave it out"]),
        ("--temperature 0.3", &["--temperature", "a multiple of 1/16"]),
        ("--until return=3", &["--until return", "success=0.9"]),
        ("--until success=90", &["`90` is not a share of right answers"]),
    ] {
        host(folder, &format!("--task reward:sort {flags} --run none")).refused_with(2, words);
    }
    host(folder, "--task reward:chess")
        .refused_with(2, &["`reward:chess`", "reward:arithmetic, reward:countdown, reward:sort"]);
    host(folder, "traces reward:chess --out x").refused_with(2, &["reward:arithmetic, reward:countdown"]);
    host(folder, "--task digits --temperature 1")
        .refused_with(2, &["--temperature", "digits", "leave it out"]);
    host(folder, "predict runs/sort traces.txt").refused(&["eggroll-host sample"]);
    assert!(!folder.join("none").exists());
}
