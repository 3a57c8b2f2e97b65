//! Runs that are killed, damaged, shared or gone on with: the same weights, and nothing lost.

use crate::common::*;
use eggroll_firmware::model::{Description, Program};
use eggroll_host::run::journal::JournalReader;
use eggroll_host::run::{Journal, Record, RunDirectory, Weights, write_weights};
use serde_json::Value;
use std::fs;

#[test]
fn killed_at_any_moment_and_gone_on_with() {
    let folder = &folder();
    for (arguments, goal) in LONG {
        let goal = format!("--until accuracy={goal}");
        let reference = host(folder, &format!("{arguments} {goal} --boards sim:1 --run whole")).ok().json();
        assert_eq!(reference["stopped"], "until");
        let (whole, all) = (journal(folder, "whole"), generations(folder, "whole"));
        assert!(all.len() > 60, "too short to be cut: {reference}");
        for (part, boards) in [(0, "sim:3 --threads 1"), (3, "sim:1 sim:2 --threads 3"), (6, "sim:1")] {
            // With the start alone on the disk, in the middle, and near the end.
            let bytes = boundaries(&whole)[1].max(whole.len() * part / 10);
            stopped_within(folder, &format!("{arguments} --boards {boards}"), bytes, &all, |child| {
                kill(child);
                // Again, wherever that may be: while it rebuilds, or a little later.
                kill(until_journaled(folder, "run", "--resume", 0));
            });
            let left = host(folder, "replay run --json");
            assert!(left.status.success() || left.err.contains("damaged at byte"), "{}", left.err);

            let again =
                host(folder, &format!("--resume --json {goal} --boards {boards} --run run")).ok().json();
            for key in ["weights_sha256", "generations", "forward_passes", "test_accuracy"] {
                assert_eq!(again[key], reference[key], "{key} after a kill at {bytes} bytes");
            }
            assert!(generations(folder, "run") == all);
            assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
            assert_eq!(host(folder, "replay run --json").silently().json()["equal_to_weights_file"], true);
            fs::remove_dir_all(folder.join("run")).unwrap();
        }
        fs::remove_dir_all(folder.join("whole")).unwrap();
    }
}

#[test]
fn killed_as_it_begins() {
    let folder = &folder();
    let whole = host(folder, &format!("{NODE} --run whole")).silently().json();
    for _ in 0..5 {
        // From the first sight of the journal on, written or not; a short run may even be done.
        let mut child = until_journaled(folder, "run", NODE, 0);
        child.kill().unwrap();
        child.wait().unwrap();
        let left = journal(folder, "run");
        let resumed = host(folder, "--resume --quiet --json --run run");
        if left.is_empty() {
            resumed.refused(&["run/journal", "damaged at its first record"]);
        } else {
            assert_eq!(resumed.ok().json()["weights_sha256"], whole["weights_sha256"]);
            assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
        }
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

#[cfg(unix)]
#[test]
fn interrupted_runs_say_so_and_go_on() {
    use std::process::Command;
    let folder = &folder();
    let (arguments, goal) = LONG[0];
    let goal = format!("--until accuracy={goal}");
    let reference = host(folder, &format!("{arguments} {goal} --run whole")).ok().json();
    let whole = journal(folder, "whole");
    stopped_within(folder, arguments, whole.len() / 4, &generations(folder, "whole"), |child| {
        // As Ctrl-C does.
        let signal = Command::new("sh").args(["-c", &format!("kill -INT {}", child.id())]).status();
        assert!(signal.unwrap().success());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(130));
        assert_eq!(String::from_utf8_lossy(&output.stderr), "");
        let said: Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["stopped"], "interrupted");
        // Everything is on the disk, up to the last generation.
        let eval = host(folder, "eval run --json").silently().json();
        let replay = host(folder, "replay run --json").silently().json();
        assert_eq!(replay["equal_to_weights_file"], true);
        for key in ["generations", "weights_sha256"] {
            assert!(said[key] == eval[key] && said[key] == replay[key], "{said}, {eval}, {replay}");
        }
        assert_eq!(said["forward_passes"], replay["forward_passes"]);
    });
    let again = host(folder, &format!("--resume --json {goal} --run run")).ok().json();
    assert_eq!(again["weights_sha256"], reference["weights_sha256"]);
    assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
}

#[test]
fn damaged_journals_keep_their_good_part() {
    let folder = &folder();
    for arguments in [NODE, WEIGHT] {
        // One board: who evaluated what is the same in every run, and so is the journal.
        let arguments = format!("{arguments} --boards sim:1");
        let reference = host(folder, &format!("{arguments} --run whole")).silently().json();
        let whole = journal(folder, "whole");
        let at = boundaries(&whole);
        for damaged in damages(&whole) {
            let run = copy(folder, "whole", "run");
            fs::write(run.join("journal"), &damaged).unwrap();
            // Records count as long as they are the original ones.
            let same = whole.iter().zip(&damaged).take_while(|(a, b)| a == b).count();
            let records = at.iter().filter(|&&end| end <= same).count() - 1;
            // Start and board come before the first generation.
            let generations = records.saturating_sub(2);
            let good = at[records];
            let replay = host(folder, "replay run --json");
            if damaged.len() > good {
                let byte = format!("byte {good} ({} bytes", damaged.len() - good);
                replay.refused(&["run/journal", &byte, &format!("generations 1 to {generations} are whole")]);
            } else {
                assert_eq!(replay.silently().json()["generations"], generations);
            }

            let resumed = host(folder, "--resume --quiet --json --boards sim:1 --run run").ok();
            assert_eq!(resumed.json()["weights_sha256"], reference["weights_sha256"]);
            assert_eq!(resumed.json()["forward_passes"], reference["forward_passes"]);
            assert!(journal(folder, "run") == whole);
            assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
            let kept = run.join("journal.damaged");
            if damaged.len() > good {
                assert_eq!(resumed.err.lines().count(), 1, "{}", resumed.err);
                assert!(resumed.err.contains(&format!("going on after generation {generations};")));
                assert!(resumed.err.contains("kept as run/journal.damaged\n"), "{}", resumed.err);
                assert!(fs::read(kept).unwrap() == damaged);
            } else {
                assert!(resumed.err.is_empty() && !kept.exists());
            }
        }
        fs::remove_dir_all(folder.join("whole")).unwrap();
    }
}

#[test]
fn journals_damaged_at_the_start() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --boards sim:1 --run whole")).silently().json();
    let weights = &said["weights_sha256"];
    let whole = journal(folder, "whole");
    let first = boundaries(&whole)[1];
    let config = fs::read_to_string(folder.join("whole/config.toml")).unwrap();
    let mut random = Random(3);
    for round in 0..12 {
        let place = if round < 2 { 0 } else { random.below(first as u32) as usize };
        let mut damaged = whole.clone();
        if round % 2 == 0 {
            damaged[place] ^= 1 << random.below(8);
        } else {
            damaged.truncate(place);
        }
        let path = copy(folder, "whole", "run");
        fs::write(path.join("journal"), &damaged).unwrap();
        // Without a configuration that takes its place, and with one of another run.
        for config in [None, Some("seed = 1"), Some(config.replace("seed = 1", "seed = 2").as_str())] {
            match config {
                None => fs::remove_file(path.join("config.toml")).unwrap(),
                Some(text) => fs::write(path.join("config.toml"), text).unwrap(),
            }
            if round % 2 != 0 && config.is_some_and(|text| text.len() > 20) {
                // Nothing is left of the journal that could speak against another seed.
                continue;
            }
            let before = files(&path);
            let why =
                if round % 2 == 0 && place < 8 { "not a journal" } else { "damaged at its first record" };
            // Where there is a configuration, it may be what is complained of.
            let words = if config.is_none() { &["run/journal", why][..] } else { &[] };
            for command in ["replay run", "--resume --run run"] {
                let ended = host(folder, command);
                assert!(!ended.status.success() && ended.out.is_empty(), "{}", ended.out);
                assert!(words.iter().all(|word| ended.err.contains(word)), "{}", ended.err);
            }
            host(folder, &format!("{NODE} --run run")).refused(&["run holds a run"]);
            assert!(files(&path) == before);
        }
        // The configuration that it was started with takes its place.
        fs::write(path.join("config.toml"), &config).unwrap();
        assert_eq!(sha256(folder, "run"), *weights);
        host(folder, "replay run").refused(&[
            "run/journal",
            "damaged",
            "config.toml replaces",
            "--resume --run run",
        ]);
        let resumed = host(folder, "--resume --quiet --json --boards sim:1 --run run").ok();
        assert_eq!(resumed.json()["weights_sha256"], *weights);
        assert!(resumed.err.contains("kept as run/journal.damaged"), "{}", resumed.err);
        assert!(fs::read(path.join("journal.damaged")).unwrap() == damaged);
        assert!(journal(folder, "run") == whole);
        assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
        host(folder, "replay run").silently();
    }
}

#[test]
fn a_second_damage_keeps_the_first_one_s_copy() {
    let folder = &folder();
    host(folder, &format!("{NODE} --run run")).silently();
    let whole = journal(folder, "run");
    // Less than a record each: a journal that is cut between two records is not damaged.
    for (copy, cut) in [("journal.damaged", 5), ("journal.damaged-2", 7), ("journal.damaged-3", 3)] {
        let damaged = &whole[..whole.len() - cut];
        fs::write(folder.join("run/journal"), damaged).unwrap();
        let resumed = host(folder, "--resume --quiet --run run").ok();
        assert!(resumed.err.contains(&format!("kept as run/{copy}\n")), "{}", resumed.err);
        assert!(fs::read(folder.join("run").join(copy)).unwrap() == damaged);
    }
}

#[test]
fn one_host_at_a_time() {
    let folder = &folder();
    let (arguments, _) = LONG[0];
    let first = until_journaled(folder, "run", arguments, 2000);
    host(folder, "--resume --run run").refused(&["run is in use by another"]);
    host(folder, "--run run").refused(&["run holds a run", "--resume"]);
    // The first has not noticed.
    let sofar = journal(folder, "run").len();
    let since = std::time::Instant::now();
    while journal(folder, "run").len() <= sofar {
        assert!(since.elapsed().as_secs() < 600, "the first host has stopped");
    }
    kill(first);
    assert!(!folder.join("run/journal.damaged").exists());
    // Its lock is gone with it, and so can be its run.
    let again = host(folder, "--resume --quiet --json --until accuracy=0 --run run").ok().json();
    assert!(again["generations"].as_u64() > Some(0), "{again}");
    host(folder, "replay run").silently();
}

#[test]
fn other_flags_are_refused_before_anything_is_touched() {
    let folder = &folder();
    for (arguments, cases) in [
        (
            NODE,
            [
                ("--seed 2", "seed = 1, not 2"),
                ("--generations 58", "59 generations already"),
                ("--model 4-9-3", "model = \"4-8-3\", not \"4-9-3\""),
                ("--task digits", "/data.csv\", not \"digits\""),
                ("--holdout 0", "holdout = \"0.2\", not \"0\""),
                ("--estimator weight", "estimator = node, not weight"),
                ("--optimizer vote", "optimizer = \"residual\", not"),
                ("--lr 0.25", "learning-rate = 65536, not 16384"),
                ("--slots 4", "slots = 3, not 4"),
                ("--skip off", "skip = 1, not off"),
            ],
        ),
        (
            WEIGHT,
            [
                ("--pairs 22", "pairs = 21, not 22"),
                ("--own-samples", "own_samples = false, not true"),
                ("--rank 3", "rank = 2, not 3"),
                ("--noise near-normal", "noise = \"sign\", not \"near-normal\""),
                ("--alpha 2", "alpha = 169408, not 131072"),
                ("--q 2", "schedule"),
                ("--optimizer residual", "optimizer"),
                ("--estimator node", "estimator = weight, not node"),
                ("--model 4-8-3", "model = \"4-8-3+bias\", not \"4-8-3\""),
                ("--clip 2", "--clip goes with --optimizer residual"),
            ],
        ),
    ] {
        host(folder, &format!("{arguments} --run whole")).silently();
        let run = copy(folder, "whole", "run");
        let whole = journal(folder, "whole");
        fs::write(run.join("journal"), &whole[..whole.len() - 3]).unwrap();
        let before = files(&run);
        for (flags, why) in cases {
            host(folder, &format!("--resume --run run {flags}")).refused(&[why]);
        }
        assert!(files(&run) == before);
        let before = files(&folder.join("whole"));
        host(folder, "--resume --run whole --boards sim:1,arena=96").refused(&["needs", "has 96"]);
        assert!(files(&folder.join("whole")) == before);
        fs::remove_dir_all(&run).unwrap();
        fs::remove_dir_all(folder.join("whole")).unwrap();
    }
}

#[test]
fn finished_runs_stay_as_they_are() {
    let folder = &folder();
    for arguments in [NODE, WEIGHT] {
        let first = host(folder, &format!("{arguments} --run run")).silently().json();
        let before = files(&folder.join("run"));
        // The same flags again, and other boards and threads, which do not count.
        for more in [arguments, "--quiet --json --boards sim:3 sim:1 --threads 1 --patience 1"] {
            let again = host(folder, &format!("--resume --run run {more}")).silently().json();
            assert_eq!(again["stopped"], "finished");
            for key in ["weights_sha256", "generations", "forward_passes", "test_accuracy", "run"] {
                assert_eq!(again[key], first[key], "{key}");
            }
            assert!(files(&folder.join("run")) == before);
            assert_eq!(sha256(folder, "run"), first["weights_sha256"]);
        }
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

/// Of the model of the short runs.
fn program() -> Program {
    Program::new(&Description::mlp(&[4, 8, 3], false).unwrap()).unwrap()
}

#[test]
fn weights_that_are_gone_or_damaged() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run whole")).silently().json();
    let whole = fs::read(folder.join("whole/weights.safetensors")).unwrap();
    let mut flipped = whole.clone();
    flipped[whole.len() - 20] ^= 4;
    host(folder, &format!("{} --run other", NODE.replace("4-8-3", "4-9-3"))).silently();
    let other = fs::read(folder.join("other/weights.safetensors")).unwrap();
    for (damaged, why) in [
        (None, "is not there"),
        (Some(&b""[..]), "cut short or damaged"),
        (Some(&whole[..5]), "cut short or damaged"),
        (Some(&whole[..30]), "cut short or damaged"),
        (Some(&whole[..whole.len() - 1]), "cut short or damaged"),
        (Some(b"no weights, but text that is long enough"), "cut short or damaged"),
        (Some(&flipped), "not those that its metadata names"),
        (Some(&other), "is (I8, [9, 4]), the model needs (I8, [8, 4])"),
    ] {
        let path = copy(folder, "whole", "run").join("weights.safetensors");
        fs::remove_file(&path).unwrap();
        if let Some(bytes) = damaged {
            fs::write(&path, bytes).unwrap();
        }
        let words = ["run/weights.safetensors", why, "eggroll-host --resume --run run"];
        for command in ["eval run", "export run --out m.bin"] {
            host(folder, command).refused(&words);
        }
        assert!(!folder.join("m.bin").exists());
        let replay = host(folder, "replay run --json");
        match damaged {
            None => assert!(replay.silently().json()["equal_to_weights_file"].is_null()),
            Some(_) => drop(replay.refused(&words)),
        }
        // As the message says.
        host(folder, "--resume --quiet --run run").silently();
        assert_eq!(sha256(folder, "run"), said["weights_sha256"]);
        assert_eq!(host(folder, "replay run --json").silently().json()["equal_to_weights_file"], true);
    }
    // Whole, but not this journal's.
    host(folder, &format!("{NODE} --seed 2 --run another")).silently();
    fs::copy(folder.join("another/weights.safetensors"), folder.join("run/weights.safetensors")).unwrap();
    let sha256 = said["weights_sha256"].as_str().unwrap();
    host(folder, "replay run").refused(&["run/weights.safetensors", "holds weights of another run"]);
    // This run's by their metadata, and not by their values.
    let path = folder.join("run/weights.safetensors");
    let (directory, program) = (RunDirectory::open(&folder.join("run")).unwrap(), program());
    let (_, run) = directory.started_as().unwrap();
    let weights = Weights { values: vec![1; program.parameters()], generation: 60, run, threshold: None };
    write_weights(&path, &program, "4-8-3", &weights).unwrap();
    host(folder, "replay run").refused(&["weights.safetensors", "differs from generation 60", sha256]);
}

#[test]
fn the_journal_s_configuration_counts() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run whole")).silently().json();
    let config = fs::read_to_string(folder.join("whole/config.toml")).unwrap();
    let edit = |from: &str, to: &str| {
        assert!(config.contains(from));
        Some(config.replace(from, to))
    };
    for (edited, words) in [
        (None, "cannot read run/config.toml"),
        (edit("seed = 1", "seed = 2"), "run/config.toml has seed = 2, the run was started with 1"),
        (edit("4-8-3", "4-9-3"), "has model = \"4-9-3\""),
        (edit("holdout = \"0.2\"", "holdout = \"0.5\""), "has holdout = \"0.5\""),
        (edit("seed = 1", "seed = x"), "line 4 of config.toml"),
        (edit("seed = 1", "seed = 1\nluck = 1"), "unknown field `luck`"),
        (edit("version = 1", "version = 9"), "version 9"),
    ] {
        let path = copy(folder, "whole", "run").join("config.toml");
        match &edited {
            None => fs::remove_file(&path).unwrap(),
            Some(text) => fs::write(&path, text).unwrap(),
        }
        for command in ["eval --json", "replay --json", "--resume --quiet --json --run"] {
            let ended = host(folder, &format!("{command} run")).ok();
            assert_eq!(ended.json()["weights_sha256"], said["weights_sha256"]);
            if command.starts_with("eval") {
                assert_eq!(ended.json()["test_accuracy"], said["test_accuracy"]);
            }
            assert!(ended.err.starts_with("warning: ") && ended.err.contains(words), "{}", ended.err);
            assert!(ended.err.lines().count() == 1 && ended.err.contains("what the journal says counts"));
        }
        // A missing file is written again, an edited one is the user's.
        assert_eq!(fs::read_to_string(path).unwrap(), edited.unwrap_or(config.clone()));
    }
}

#[test]
fn another_folder_and_earlier_paths() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run run")).silently().json();
    let (run, other) = (folder.join("run"), folder.join("other"));
    fs::create_dir(&other).unwrap();
    let config = fs::read_to_string(run.join("config.toml")).unwrap();
    let [absolute, typed] =
        [&format!("csv:{}", folder.join("data.csv").display()), "csv:data.csv"].map(str::to_owned);
    assert!(config.contains(&absolute), "{config}");
    let whole = journal(folder, "run");
    fs::write(run.join("journal"), &whole[..whole.len() - 3]).unwrap();
    host(&other, "--resume --task csv:data.csv --run ../run").refused(&["task = ", "/other/data.csv"]);
    let again = host(&other, "--resume --quiet --json --run ../run").ok().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    assert_eq!(host(&other, "eval ../run --json").silently().json()["test_accuracy"], said["test_accuracy"]);
    host(folder, &format!("--resume {NODE} --run run")).silently();

    // As an earlier version wrote it: the path as it was typed.
    let Some(Record::Start { run: boards_run, rates, identity, .. }) =
        JournalReader::open(&run.join("journal")).unwrap().next_record()
    else {
        panic!("no start")
    };
    let config = config.replace(&absolute, &typed);
    let start = Record::Start { config: config.clone(), run: boards_run, rates, identity };
    let old = folder.join("old");
    fs::create_dir(&old).unwrap();
    let file = fs::File::create(old.join("journal")).unwrap();
    Journal::create(&old.join("journal"), file, &start).unwrap().finish().unwrap();
    fs::write(old.join("config.toml"), config).unwrap();
    let again = host(folder, &format!("--resume {NODE} --run old")).silently().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
}

#[test]
fn data_that_changed() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run run")).silently().json();
    let (before, data) = (files(&folder.join("run")), folder.join("data.csv"));
    let whole = fs::read_to_string(&data).unwrap();
    let [_, first, rest] = whole.splitn(3, '\n').collect::<Vec<_>>()[..] else { panic!() };
    for (changed, words) in [
        (Some(format!("{rest}{first}\n")), "data of csv:data.csv have changed"),
        (Some(whole.replacen("\n", "\n1,2,3,4,0\n", 1)), "data of csv:data.csv have changed"),
        (Some(format!("{whole}1,2\n")), "data.csv, line 92: found 2 columns, expected 5"),
        (None, "data.csv: cannot open"),
    ] {
        match changed {
            None => fs::remove_file(&data).unwrap(),
            Some(text) => fs::write(&data, text).unwrap(),
        }
        for command in ["eval", "replay", "--resume --run"] {
            let code = if words.contains("found 2 columns") { 2 } else { 1 };
            host(folder, &format!("{command} run")).refused_with(code, &[words]);
        }
        assert!(files(&folder.join("run")) == before);
    }
    // Only the values count, not how they are written.
    fs::write(&data, whole.replace(',', " , ").replace("a , b , c , d , class\n", "")).unwrap();
    let again = host(folder, "--resume --quiet --json --run run").silently().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
}
