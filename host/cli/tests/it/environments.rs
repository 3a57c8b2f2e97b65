//! Runs in an environment from the command line: they learn, they are kept like others, and what means
//! nothing there is refused.

use crate::common::*;
use std::fs;

/// A short run that a seed of its own makes no easy one.
const SHORT: &str = "--task cartpole --pairs 9 --samples 3 --generations 12 --seed 4 --quiet --json";

#[test]
fn defaults_solve_the_pole() {
    let folder = &folder();
    let ended = host(folder, "--task cartpole --json").ok();
    let said = ended.json();
    assert!(said["test_return"].as_f64() >= Some(475.0), "{said}");
    assert!(said["validation_return"].as_f64() >= Some(475.0), "{said}");
    assert_eq!(said["episodes"], said["generations"].as_u64().unwrap() * 8 * 2);
    for key in ["test_accuracy", "validation_accuracy", "forward_passes"] {
        assert!(said.get(key).is_none(), "{key} in {said}");
    }
    for words in ["cartpole 4-16-2, seed 1: mean return", "over 100 fresh starts", "4,000 episodes"] {
        assert!(ended.err.contains(words), "no `{words}` in {}", ended.err);
    }
    for words in ["advice", "accuracy", "passes", "%"] {
        assert!(!ended.err.contains(words), "`{words}` in {}", ended.err);
    }
    let run = "runs/cartpole-1";
    let eval = host(folder, &format!("eval {run} --json")).silently().json();
    let replay = host(folder, &format!("replay {run} --json")).silently().json();
    for key in ["weights_sha256", "generations"] {
        assert!(said[key] == eval[key] && said[key] == replay[key], "{said}, {eval}, {replay}");
    }
    for key in ["test_return", "validation_return"] {
        assert_eq!(said[key], eval[key]);
    }
    assert_eq!((&replay["episodes"], &replay["equal_to_weights_file"]), (&said["episodes"], &true.into()));
    let metrics = fs::read_to_string(folder.join(run).join("metrics.csv")).unwrap();
    assert!(metrics.starts_with("generation,episodes,validation_return,kept,"), "{metrics}");
    let page = fs::read_to_string(folder.join(run).join("report.html")).unwrap();
    for words in ["id=\"test-return\"", "id=\"curve-return\"", "in reward units", "id=\"episodes\">4,000<"] {
        assert!(page.contains(words), "no `{words}` in the report");
    }
    assert!(!page.contains("accuracy"), "an accuracy in the report");
    assert!(fs::read_to_string(folder.join(run).join("curve.svg")).unwrap().contains("mean return"));
    let exported = host(folder, &format!("export {run} --out pole.h")).silently().out;
    assert!(exported.contains("96 weights of 4-16-2") && exported.contains("cartpole"), "{exported}");
    let program = crate::exports::compiled_c(folder, "pole", &["-DPOLE_MAIN"]);
    let ended = std::process::Command::new(program).output().unwrap();
    assert!(ended.status.success() && ended.stdout == b"self test: 0 of 16 rows differ\n", "{ended:?}");
    for file in ["pole.rs", "pole.onnx"] {
        host(folder, &format!("export {run} --out {file}")).silently();
    }
    let program = crate::exports::compiled_rust(folder, "pole");
    assert!(std::process::Command::new(program).status().unwrap().success());
    assert!(host(folder, &format!("eval {run}")).silently().out.contains("over 100 fresh starts\n"));
}

#[test]
fn a_domain_is_randomized() {
    let folder = &folder();
    let short = "--task balance --pairs 4 --generations 10 --quiet --json";
    let said =
        host(folder, &format!("{short} --domain-randomize 30 --boards sim:1 --run run")).silently().json();
    let other =
        host(folder, &format!("{short} --domain-randomize 30 --boards sim:3 --run other")).silently().json();
    assert_eq!(said["weights_sha256"], other["weights_sha256"]);
    let nominal = host(folder, &format!("{short} --run nominal")).silently().json();
    assert_ne!(said["weights_sha256"], nominal["weights_sha256"]);
    let config = |run: &str| fs::read_to_string(folder.join(run).join("config.toml")).unwrap();
    assert!(config("run").contains("domain-randomize = 30\n") && !config("nominal").contains("domain"));
    assert_eq!(host(folder, "replay run --json").silently().json()["weights_sha256"], said["weights_sha256"]);
    let eval = host(folder, "eval run --json").silently().json();
    let returns = eval["returns"].as_array().unwrap();
    let spreads: Vec<_> = returns.iter().map(|of| of["domain_randomize"].as_u64().unwrap()).collect();
    assert_eq!(spreads, [0, 10, 20, 30, 50]);
    assert_eq!(returns[3]["mean"], eval["test_return"], "the run's own domain");
    assert!(returns.iter().all(|of| of["worst_tenth"].as_f64() <= of["mean"].as_f64()), "{eval}");
    let text = host(folder, "eval run").silently().out;
    assert!(text.contains("worst tenth\nnominal ") && text.contains("up to 50 % from these"), "{text}");
    let report = fs::read_to_string(folder.join("run/report.html")).unwrap();
    assert!(report.contains("--domain-randomize 30"), "the command is another");
    host(folder, "--resume --run run --domain-randomize 20").refused(&["domain-randomize = 30, not 20"]);
    host(folder, &format!("{short} --domain-randomize --run bare")).silently();
    assert!(config("bare").contains("domain-randomize = 20\n"));
    host(folder, "--task digits --domain-randomize 30")
        .refused_with(2, &["--domain-randomize", "simulated environment"]);
    for none in ["0", "51", "-3", "x"] {
        let ended = host(folder, &format!("{short} --domain-randomize={none}"));
        assert!(ended.status.code() == Some(2) && ended.err.contains("--domain-randomize"), "{}", ended.err);
    }
    let config = config("run").replace("domain-randomize = 30", "domain-randomize = 60");
    fs::write(folder.join("run/config.toml"), config).unwrap();
    let replayed = host(folder, "replay run").ok();
    assert!(replayed.err.contains("domain-randomize = 60, the run was started with 30"), "{}", replayed.err);
}

#[test]
fn one_result_whatever_computes_it() {
    let folder = &folder();
    let said = host(folder, &format!("{SHORT} --boards sim:1 --run run")).silently().json();
    let other = host(folder, &format!("{SHORT} --boards sim:3 --threads 1 --run other")).silently().json();
    for key in ["weights_sha256", "episodes", "test_return", "validation_return"] {
        assert_eq!(said[key], other[key], "{key}");
    }
    let elsewhere = host(folder, &format!("{SHORT} --own-samples --run own")).silently().json();
    assert_ne!(elsewhere["weights_sha256"], said["weights_sha256"]);
    // A host that was killed: the last generations are not in the journal.
    let whole = journal(folder, "run");
    let at = boundaries(&whole);
    fs::write(folder.join("run/journal"), &whole[..at[at.len() - 5]]).unwrap();
    assert_eq!(host(folder, "replay run --json").silently().json()["generations"], 8);
    let again = host(folder, "--resume --quiet --json --run run --boards sim:2").silently().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    assert_eq!(again["test_return"], said["test_return"]);
    assert_eq!(metrics(folder, "run"), metrics(folder, "other"));
    // The same flags go with it, others do not.
    host(folder, &format!("--resume {SHORT} --run run")).silently();
    host(folder, "--resume --run run --samples 4").refused(&["samples = 3, not 4"]);
    host(folder, "--resume --run run --task acrobot").refused(&["task = \"cartpole\", not \"acrobot\""]);
    host(folder, "--resume --run run --task digits").refused(&["task = \"cartpole\", not \"digits\""]);
}

#[test]
fn the_report_s_command_trains_the_same_weights() {
    let folder = &folder();
    let sample = "--task csv:data.csv --estimator weight --credit sample --model 4-8-3 --generations 30 --quiet --json";
    for arguments in [SHORT, sample] {
        let said = host(folder, &format!("{arguments} --run run")).silently().json();
        let page = fs::read_to_string(folder.join("run/report.html")).unwrap();
        let command = page.split("id=\"command\">eggroll-host ").nth(1).unwrap().split('<').next().unwrap();
        let again = host(folder, &format!("{command} --quiet --json --run again")).silently().json();
        assert_eq!(again["weights_sha256"], said["weights_sha256"], "{command}");
        for run in ["run", "again"] {
            fs::remove_dir_all(folder.join(run)).unwrap();
        }
    }
}

#[test]
fn until_a_return() {
    let folder = &folder();
    let few = "--task acrobot --pairs 4 --evaluate-every 2 --quiet --json";
    let said = host(folder, &format!("{few} --until return=-500 --run run")).silently().json();
    assert_eq!((&said["stopped"], &said["generations"]), (&"until".into(), &2.into()), "{said}");
    assert!(said["validation_return"].as_f64() >= Some(-500.0), "{said}");
    let said = host(folder, &format!("{few} --until return=1 --generations 4 --run never")).silently().json();
    assert_eq!((&said["stopped"], &said["generations"]), (&"finished".into(), &4.into()), "{said}");
}

#[test]
fn other_kinds_of_runs_are_not_compared() {
    let folder = &folder();
    host(folder, &format!("{SHORT} --run played")).silently();
    host(folder, &format!("{} --run again", SHORT.replace("--seed 4", "--seed 5"))).silently();
    host(folder, &format!("{NODE} --run classified")).silently();
    let words = ["played is measured by its return", "classified by its accuracy", "with each other"];
    host(folder, "compare played classified --out both.html").refused(&words);
    assert!(!folder.join("both.html").exists());
    host(folder, "compare played again --out both.html").silently();
    let page = fs::read_to_string(folder.join("both.html")).unwrap();
    assert!(page.contains("Mean return") && page.contains("<th>episodes</th>") && !page.contains("ccuracy"));
}

#[test]
fn what_means_nothing_there() {
    let folder = &folder();
    for (flags, words) in [
        ("--estimator node", &["--estimator node", "--task pendulum", "use --estimator weight"][..]),
        ("--credit sample", &["--credit sample", "--task pendulum", "use --credit pair"]),
        ("--holdout 0.1", &["--holdout", "--task pendulum", "leave it out"]),
        ("--slots 4", &["--slots", "--task pendulum", "leave it out"]),
        ("--antithetic", &["--antithetic", "--task pendulum", "leave it out"]),
        ("--saturation on", &["--saturation on", "--task pendulum", "leave it out"]),
        ("--until accuracy=0.9", &["--until accuracy", "--task pendulum", "return=-200"]),
        ("--until return=much", &["`much` is not a return", "-100"]),
    ] {
        host(folder, &format!("--task pendulum {flags} --run none")).refused_with(2, words);
    }
    host(folder, "--until return=4 --run none")
        .refused_with(2, &["--until return", "digits", "accuracy=0.95"]);
    for (flags, words) in [
        ("--model 64-64-10", &["64-64-10 has 64 inputs", "environment pendulum has 3", "--model 3-15-1"][..]),
        ("--model 3-16-2", &["has 2 outputs", "environment pendulum has 1", "--model 3-15-1"]),
        ("--samples 4000000000", &["samples must be"]),
        ("--alpha 1", &["--alpha goes with --optimizer vote"]),
        ("--boards sim:1,arena=400", &["sim-0", "the board has 400"]),
    ] {
        host(folder, &format!("--task pendulum {flags} --run none")).refused(words);
    }
    assert!(!folder.join("none").exists() && !folder.join("runs").exists());
    host(folder, "--task cart-pole")
        .refused_with(2, &["`cart-pole`", "cartpole, mountain-car, acrobot, pendulum"]);
    // A flag that a run on data takes is refused where a run in an environment is gone on with.
    host(folder, &format!("{SHORT} --run run")).silently();
    host(folder, "--resume --run run --holdout 0.2").refused_with(2, &["--holdout", "--task cartpole"]);
}
