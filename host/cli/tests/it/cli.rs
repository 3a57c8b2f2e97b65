//! The command line: what it prints, and that bad input is one clear line after which nothing is lost.

use crate::common::*;
use safetensors::SafeTensors;
use serde_json::Value;
use sha2::{Digest, Sha256};
use std::fs;
use std::path::Path;

/// Refused, in one line with these words, and without leaving a run behind.
#[track_caller]
fn refused(folder: &Path, arguments: &str, words: &[&str]) {
    host(folder, &format!("{arguments} --run none")).refused(words);
    assert!(!folder.join("none").exists(), "{arguments}");
}

/// The same for what the parser of the arguments refuses.
#[track_caller]
fn misused(folder: &Path, arguments: &str, words: &[&str]) {
    host(folder, arguments).refused_with(2, words);
    assert!(!folder.join("none").exists() && !folder.join("runs").exists(), "{arguments}");
}

#[test]
fn results_as_an_object() {
    let folder = &folder();
    for arguments in [NODE, WEIGHT] {
        let mut seen: Option<Value> = None;
        for more in ["--boards sim:1", "--boards sim:3", "--boards sim:1 sim:2 --threads 1", "--threads 3"] {
            let ended = host(folder, &format!("train {arguments} {more} --run run")).silently();
            assert_eq!(ended.out.lines().count(), 1);
            let said = ended.json();
            for count in ["generations", "forward_passes", "bytes_sent", "bytes_received"] {
                assert!(said[count].as_u64() > Some(0), "{count} in {said}");
            }
            for part in ["test_accuracy", "validation_accuracy"] {
                let learnt = said[part].as_f64().is_some_and(|part| (0.5..=1.0).contains(&part));
                assert!(learnt, "{part} in {said}");
            }
            assert!(said["seconds"].as_f64() > Some(0.0));
            assert_eq!(said["run"], "run");
            assert_eq!(said["stopped"], "finished");
            assert_eq!(said["weights_sha256"].as_str().map(str::len), Some(64));
            // One result, whatever computes it.
            for key in ["weights_sha256", "forward_passes", "test_accuracy", "validation_accuracy"] {
                assert_eq!(seen.as_ref().unwrap_or(&said)[key], said[key], "{key} with {more}");
            }
            for command in ["eval", "replay"] {
                let again = host(folder, &format!("{command} run --json")).silently().json();
                assert_eq!(again["generations"], said["generations"]);
                assert_eq!(again["weights_sha256"], said["weights_sha256"]);
            }
            assert_eq!(host(folder, "replay run --json").json()["equal_to_weights_file"], true);
            assert_eq!(host(folder, "eval run --json").json()["test_accuracy"], said["test_accuracy"]);
            seen.get_or_insert(said);
            fs::remove_dir_all(folder.join("run")).unwrap();
        }
        // Another seed is another run.
        let other = host(folder, &format!("{arguments} --seed 2 --run run")).silently().json();
        assert_ne!(other["weights_sha256"], seen.unwrap_or_default()["weights_sha256"]);
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

#[test]
fn results_for_people() {
    let folder = &folder();
    let loud = NODE.replace("--quiet --json", "");
    let ended = host(folder, &loud).ok();
    assert_eq!(ended.out, "");
    for words in ["csv:data.csv 4-8-3, seed 1", "generation 60/60", "weights_sha256", "runs/data-1", "replay"]
    {
        assert!(ended.err.contains(words), "no `{words}` in {}", ended.err);
    }
    // Each run of its own, with its files; the next one is not in its way.
    host(folder, &loud).ok();
    for file in ["config.toml", "journal", "metrics.csv", "weights.safetensors", "curve.svg", "report.html"] {
        assert!(fs::metadata(folder.join("runs/data-2").join(file)).unwrap().len() > 0, "{file}");
    }
    assert!(host(folder, "eval runs/data-1").silently().out.starts_with("held out"));
    assert!(host(folder, "replay runs/data-1").silently().out.contains("equal to weights.safetensors"));
    let report = fs::read(folder.join("runs/data-1/report.html")).unwrap();
    assert_eq!(host(folder, "report runs/data-1").silently().out, "runs/data-1/report.html\n");
    assert_eq!(fs::read(folder.join("runs/data-1/report.html")).unwrap(), report);
    host(folder, "compare runs/data-1 runs/data-2 --out both.html").silently();
    assert!(fs::read_to_string(folder.join("both.html")).unwrap().contains("2 runs compared"));
    let why_no_tui = if cfg!(feature = "tui") { "needs a terminal" } else { "`--features tui`" };
    refused(folder, "--tui", &["--tui", why_no_tui]);
    assert!(host(folder, "boards cpu").silently().out.contains("no board: "));
    let boards = host(folder, "boards sim:3 sim:1,arena=20000").silently();
    assert_eq!(boards.out.lines().count(), 5);
    assert!(boards.out.contains("19.53 KiB"), "{}", boards.out);
    assert!(host(folder, "--help").silently().out.contains("Usage: eggroll-host"));
    assert!(host(folder, "--version").silently().out.starts_with("eggroll-host "));
}

#[test]
fn a_run_says_what_it_took() {
    let folder = &folder();
    for (members, run) in [("5", "taught"), ("0", "untaught")] {
        let arguments = NODE.replace("--members 5", &format!("--members {members}"));
        let said = host(folder, &format!("{arguments} --run {run}")).silently().json();
        let count = |key: &str| said[key].as_u64().unwrap_or_else(|| panic!("no {key} in {said}"));
        assert_eq!((count("slots"), count("base_passes")), (180, 180));
        assert_eq!(count("forward_passes"), count("base_passes") + count("member_passes"));
        // Also where nobody reports which slots are skipped, some are: the data are easy.
        let kept = count("slots") - count("slots_skipped");
        assert!(kept > 0 && kept < count("slots"), "{said}");
        assert!(members == "0" || count("member_passes") == 5 * kept, "{said}");
        assert_eq!(said["guide_explains_by_tenth"].as_array().map(Vec::len), (members != "0").then_some(10));
        let report = fs::read_to_string(folder.join(run).join("report.html")).unwrap();
        assert!(report.contains(&format!("{} skipped", count("slots_skipped"))), "{report}");
        assert_eq!(report.contains("curve-guide"), members != "0");
        assert_eq!(said["hints"].as_array().map(Vec::len), Some(0), "{said}");
        // The work of sessions is added up.
        let again = host(folder, &format!("--resume --from-generation 30 --quiet --json --run {run}"));
        let again = again.silently().json();
        for key in ["slots", "slots_skipped", "member_passes", "guide_explains_by_tenth", "weights_sha256"] {
            assert_eq!(again[key], said[key], "{key}");
        }
    }
    let weight = host(folder, &format!("{WEIGHT} --run weight")).silently().json();
    assert!(weight.get("slots").is_none() && weight["forward_passes"].is_u64(), "{weight}");
}

#[test]
fn boards_without_work_are_named_once() {
    let folder = &folder();
    let loud = NODE.replace("--quiet", "");
    let of = |boards: &str| {
        host(folder, &format!("{loud} --boards {boards} --run {}", boards.replace(':', "-"))).ok()
    };
    let idle = of("sim:5");
    let hints = idle.json()["hints"].clone();
    assert!(
        hints[0]["kind"] == "idle_boards" && hints[0]["advice"].to_string().contains("--slots 16"),
        "{hints}"
    );
    let named = idle.err.lines().filter(|line| line.contains("5 boards share 3 slots"));
    assert_eq!(named.count(), 1, "{}", idle.err);
    assert_eq!(of("sim:3").json()["hints"].as_array().map(Vec::len), Some(0));
    let pairs = host(folder, &format!("{WEIGHT} --boards sim:25 --run pairs")).silently().json();
    assert!(!pairs["hints"].to_string().contains("idle_boards"), "{pairs}");
}

#[test]
fn malformed_data() {
    let folder = &folder();
    for (text, words) in [
        (&b"1,2,0\n1,x,1\n"[..], &["bad.csv, line 2, column 2", "\"x\" is no number", "--drop 2"][..]),
        (b"a,b,c\n1,2,0\n\n1.5.2,2,1\n3,4,1\n", &["bad.csv, line 4, column 1", "\"1.5.2\" is no number"]),
        (b"5x,2,0\n1,2,1\n", &["bad.csv, line 1, column 1", "neither a header nor a row"]),
        (b"1,2,0\n1,2,0.5\n", &["bad.csv, line 2, column 3", "label \"0.5\""]),
        (b"1,2,0\n1,,1\n", &["bad.csv, line 2, column 2", "--missing drop"]),
        (b"1,2,0\n1,2\n", &["bad.csv, line 2", "found 2 columns, expected 3"]),
        (b"1,2,0\n\xff\0,2,1\n", &["bad.csv, line 2", "save it as UTF-8"]),
        (b"1\n0\n", &["bad.csv, line 1", "found 1 column"]),
        (b"a,b,c\n", &["bad.csv, line 1", "no row follows"]),
        (b"1,2,0\n3,4,0\n", &["bad.csv", "every label in column 3 is 0"]),
        (b"\n", &["bad.csv", "empty"]),
        (b"1,2,0\n3,4,1\n", &["none of 2 rows is left to train on", "lower holdout"]),
    ] {
        fs::write(folder.join("bad.csv"), text).unwrap();
        if words[0].contains("none of") {
            refused(folder, "--task csv:bad.csv --holdout 0.9", words);
        } else {
            misused(folder, "--task csv:bad.csv --run none", words);
            misused(folder, "data bad.csv", words);
        }
    }
    refused(folder, "--task csv:absent.csv", &["absent.csv", "cannot open"]);
    // A folder of tables is one of logs, which have the same columns.
    misused(folder, "--task csv:.", &["columns; the first log, ", " has "]);
    // Any other is one of images, which not every program is built for.
    std::fs::create_dir(folder.join("empty")).unwrap();
    misused(folder, "--task csv:empty", &["image"]);
}

#[test]
fn models_that_do_not_fit() {
    let folder = &folder();
    let csv = "--task csv:data.csv";
    refused(
        folder,
        "--boards sim:1,arena=20000",
        &["sim-0", "needs", "bytes of memory, the board has 20000"],
    );
    let mixed = host(folder, &format!("{NODE} --boards sim:1 sim:1,arena=80")).ok();
    let alone = host(folder, &format!("{NODE} --boards sim:1")).silently();
    assert_eq!(mixed.json()["weights_sha256"], alone.json()["weights_sha256"]);
    for words in
        ["warning: 1:sim-0: does not fit: the run needs ", "the board has 80 (", "; going on without it"]
    {
        assert!(mixed.err.contains(words), "{}", mixed.err);
    }
    refused(
        folder,
        &format!("{csv} --model 64-64-10"),
        &["has 64 inputs", "data.csv has 4", "--model 4-64-3"],
    );
    refused(folder, &format!("{csv} --model 4-9-2"), &["has 2 outputs", "data.csv has 3", "--model 4-64-3"]);
    refused(folder, "--model 64-64-9", &["has 9 outputs", "digits has 10", "--model 64-64-10"]);
    refused(
        folder,
        "--model 64-65535-65535-10",
        &["this run is impossible", "a sum of layer 1 could reach", "fewer inputs"],
    );
    // More outputs than classes do fit.
    host(folder, &format!("{csv} --model 4-5-6 --generations 2 --quiet --run run")).silently();
}

#[test]
fn settings_out_of_range() {
    let folder = &folder();
    for (arguments, words) in [
        ("--generations 0", "--generations must be at least 1"),
        ("--evaluate-every 0", "--evaluate-every must be at least 1"),
        ("--slots 0", "slots must be 1 to"),
        ("--slots 4000000000", "slots must be 1 to"),
        ("--members 257", "members must be 0 to 256"),
        ("--members 257 --guide off", "members must be 1 to 256"),
        ("--members 0 --guide off", "members must be 1 to 256"),
        ("--members 0 --guide-scale 0", "guide-scale must be 0 to 4096, and above 0 without members"),
        ("--guide-scale 5000", "guide-scale must be 0 to 4096"),
        ("--member-slots 0", "member-slots must be at least 1"),
        ("--residual-weight 17", "residual-weight must be 0 to 16"),
        ("--train 2", "--train 2: the model 64-64-10 has layers 0 to 1"),
        ("--train 1,1", "--train names a layer twice"),
        ("--train 1 --guide off", "--train goes with --guide on"),
        ("--guide on --antithetic", "--guide on: leave out --antithetic"),
        ("--guide on --estimator weight", "--guide on goes with --estimator node"),
        ("--member-slots 2 --antithetic", "--member-slots goes with --guide on"),
        ("--saturation off", "--saturation off: a run with a guide always has this rule"),
        ("--saturation on --estimator weight", "--saturation on goes with estimator node, or with --credit"),
        ("--amplitude 255", "amplitude must be 1 to 127"),
        ("--clip 0", "clip must be 1 to 127"),
        ("--clip=-5", "clip must be 1 to 127"),
        ("--estimator weight --pairs 4000000000", "pairs must be 1 to"),
        ("--estimator weight --samples 0", "samples must be 1 to"),
        ("--estimator weight --rank 9", "rank must be 1 to 8"),
        ("--estimator weight --sigma-shift 200", "sigma-shift must be 0 to 15"),
        ("--pairs 4000000000", "--pairs goes with --estimator weight"),
        ("--estimator weight --skip off", "--skip goes with --estimator node"),
        ("--optimizer vote --lr 1", "--lr goes with --optimizer residual"),
        ("--alpha 1", "--alpha goes with --optimizer vote"),
        ("--estimator weight --optimizer vote --clip 2", "a vote is a sign"),
    ] {
        refused(folder, arguments, &[words]);
    }
    for command in ["--boards", "boards"] {
        let absent = host(folder, &format!("{command} /dev/ttyEggroll9"));
        absent.refused(&["/dev/ttyEggroll9: no such device"]);
    }
    for (arguments, words) in [
        ("--boards ttyUSB9", &["`ttyUSB9`", "understood are", "/dev/ttyACM0", "sim[:N][,arena=BYTES]"][..]),
        ("--boards sim:0", &["`sim:0`", "understood are"]),
        (
            "--boards sim:1,arena=99999999999999999",
            &["--boards", "arena=99999999999999999", "4294967296 bytes"],
        ),
        ("boards serial", &["`serial`", "understood are"]),
        ("--task mnist", &["`mnist`", "digits, csv:FILE"]),
        ("--model 64", &["`64` names no model", "64-64-10"]),
        ("--hidden 32,0", &["32,0", "sizes of hidden layers like 32,16, or none"]),
        ("--hidden 32 --model 64-32-10", &["--hidden", "--model"]),
        ("--holdout 0.95", &["0 to 0.9"]),
        ("--until 0.9", &["accuracy=VALUE"]),
        ("--until accuracy=2", &["from 0 to 1"]),
        ("--generations 4294967296", &["4294967296", "--generations"]),
        ("--lr 70000", &["--lr", "0 to 65535.99"]),
        ("--threads 0", &["--threads", "1..=1024"]),
        ("--estimator best", &["best", "node, weight"]),
        ("--alpha 1 --q 1", &["--alpha", "--q"]),
        ("--tusk digits", &["'--tusk'", "; tip: a similar argument exists: '--task'; see --help"]),
        ("--resume", &["--run <DIR>"]),
        ("export run", &["--out <OUT>"]),
        ("eval", &["<RUN>"]),
        ("evaluate run", &["evaluate"]),
    ] {
        misused(folder, arguments, words);
    }
}

#[test]
fn numbers_as_large_as_they_get() {
    let folder = &folder();
    // 2^32 generations are planned, with a schedule of their own, and the first is enough.
    let most = "--task csv:data.csv --generations 4294967295 --evaluate-every 1 --until accuracy=0";
    let vote = "--optimizer vote --alpha 65535 --patience 18446744073709551615";
    for (run, more) in [("a", ""), ("b", vote), ("c", "--lr 65535")] {
        let said = host(folder, &format!("{most} {more} --json --run {run}")).ok().json();
        assert_eq!(said["generations"], 1);
        assert_eq!(said["stopped"], "until");
        // It goes on from there, with the goal reached or without.
        let again = host(folder, &format!("{most} {more} --json --resume --run {run}")).ok().json();
        assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    }
}

/// An arena within the limit, and beyond what the system gives.
#[cfg(target_os = "linux")]
#[test]
fn memory_that_cannot_be_had() {
    let folder = &folder();
    let program = env!("CARGO_BIN_EXE_eggroll-host");
    let line = format!("ulimit -v 3000000; exec {program} --boards sim:1,arena=4294967296 --run none");
    let output = std::process::Command::new("sh").args(["-c", &line]).current_dir(folder as &Path).output();
    let output = output.unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(1), "{err}");
    assert!(err.contains("sim-0: its arena of 4294967296 bytes") && err.contains("--boards"), "{err}");
    assert!(!folder.join("none").exists());
}

#[test]
fn until_and_without_a_held_out_part() {
    let folder = &folder();
    let whole = host(folder, &format!("{NODE} --run whole")).silently().json();
    let until = host(folder, &format!("{NODE} --until accuracy=0.8 --run until")).silently().json();
    assert_eq!(until["stopped"], "until");
    assert!(until["generations"].as_u64() < whole["generations"].as_u64(), "{until}");
    assert!(until["validation_accuracy"].as_f64() >= Some(0.8), "{until}");
    assert_eq!(host(folder, "replay until --json").silently().json()["equal_to_weights_file"], true);
    // Without the goal it goes to the end that it would have had.
    let end = host(folder, "--resume --quiet --json --run until").silently().json();
    assert_eq!(end["weights_sha256"], whole["weights_sha256"]);

    let all = host(folder, &format!("{NODE} --holdout 0 --run all")).silently().json();
    assert_eq!(all["test_accuracy"], Value::Null);
    assert!(all["validation_accuracy"].as_f64() > Some(0.5));
    assert!(host(folder, "eval all").silently().out.contains("held out    none"));
}

#[test]
fn runs_are_not_overwritten() {
    let folder = &folder();
    host(folder, &format!("{NODE} --run run")).silently();
    let before = files(&folder.join("run"));
    for arguments in [NODE, WEIGHT, "--generations 1", "--seed 5"] {
        host(folder, &format!("{arguments} --run run")).refused(&["run holds a run", "--resume", "--run"]);
    }
    assert!(files(&folder.join("run")) == before);
}

#[test]
fn what_is_no_run() {
    let folder = &folder();
    fs::create_dir(folder.join("empty")).unwrap();
    for run in ["absent", "empty", "data.csv"] {
        for command in ["eval", "replay", "export --out m.bin", "--resume --run"] {
            host(folder, &format!("{command} {run}")).refused(&[run, "holds no run"]);
        }
    }
    assert!(!folder.join("absent").exists() && !folder.join("m.bin").exists());
    // Where no directory can be: a file, below a file, and in a file system of the kernel.
    let data = fs::read(folder.join("data.csv")).unwrap();
    host(folder, &format!("{NODE} --run data.csv")).refused(&["cannot create data.csv"]);
    host(folder, &format!("{NODE} --run data.csv/run")).refused(&["cannot create data.csv/run"]);
    assert!(fs::read(folder.join("data.csv")).unwrap() == data);
    #[cfg(target_os = "linux")]
    host(folder, &format!("{NODE} --run /proc/run")).refused(&["cannot create /proc/run"]);
}

#[test]
fn files_of_others_are_left_alone() {
    let folder = &folder();
    let shared = folder.join("shared");
    fs::create_dir_all(shared.join("more")).unwrap();
    for file in ["notes.txt", "weights.h", "more/journal"] {
        fs::write(shared.join(file), file).unwrap();
    }
    host(folder, &format!("{NODE} --run shared")).silently();
    for file in ["notes.txt", "weights.h", "more/journal"] {
        assert_eq!(fs::read_to_string(shared.join(file)).unwrap(), file);
    }
    host(folder, "replay shared").silently();
    // A file by one of the names that a run uses is not ours to replace.
    for file in ["config.toml", "metrics.csv", "weights.safetensors", "curve.svg"] {
        let other = folder.join("other");
        fs::create_dir(&other).unwrap();
        fs::write(other.join(file), "mine").unwrap();
        host(folder, &format!("{NODE} --run other")).refused(&[&format!("other/{file} is there"), "--run"]);
        assert_eq!(files(&other), [(other.join(file), b"mine".to_vec())]);
        fs::remove_dir_all(other).unwrap();
    }
}

#[test]
fn journals_that_are_gone() {
    let folder = &folder();
    host(folder, &format!("{NODE} --run run")).silently();
    fs::remove_file(folder.join("run/journal")).unwrap();
    let before = files(&folder.join("run"));
    for command in ["eval", "replay", "export --out m.bin", "--resume --run"] {
        host(folder, &format!("{command} run")).refused(&["run holds no run (no journal)"]);
    }
    host(folder, &format!("{NODE} --run run")).refused(&["run/config.toml is there", "another directory"]);
    assert!(files(&folder.join("run")) == before);
}

/// What an export says of a table of decimals and names: without the unit its rule would be of other numbers.
#[test]
fn exports_say_what_values_and_classes_are() {
    let folder = &folder();
    let rows: String = (0..40)
        .map(|i| format!("{}.{},{},{}\n", i % 7, i % 10, 100 * i, if i % 2 == 0 { "dog" } else { "cat" }))
        .collect();
    fs::write(folder.join("pets.csv"), format!("weight,age,kind\n{rows}")).unwrap();
    host(folder, "--task csv:pets.csv --generations 4 --quiet --run run").silently();
    let ended = host(folder, "export run --out model.h").silently();
    let said = "features: standard: centred, standard deviation 32 (a rule a column, by the training rows)\n\
                units: 10^0 of age; 10^-1 of weight (2 features, 2 rules)\n\
                classes: 0 cat, 1 dog\n\
                self test: 8 held-out rows of the data\n";
    assert!(ended.out.ends_with(said), "{}", ended.out);
}

#[test]
fn exports() {
    let folder = &folder();
    let said = host(folder, &format!("{WEIGHT} --run run")).silently().json();
    let sha256 = said["weights_sha256"].as_str().unwrap();
    for file in ["model.c", "model.rs", "model.onnx", "model.bin", "model.safetensors"] {
        let ended = host(folder, &format!("export run --out {file}")).silently();
        assert!(ended.out.contains("67 weights of 4-8-3+bias, generation 40\nfeatures: "), "{}", ended.out);
    }
    let bytes = fs::read(folder.join("model.bin")).unwrap();
    let digest: String = Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(digest, sha256);
    let source = fs::read_to_string(folder.join("model.c")).unwrap();
    let weights = source.split("static const model_layer ").next().unwrap();
    assert_eq!(c_arrays(weights), bytes);
    let names = ["layer0_weight[32]", "layer0_bias[8]", "layer1_weight[24]", "layer1_bias[3]"];
    assert!(names.iter().all(|name| source.contains(&format!("model_{name}"))), "{source}");
    let file = fs::read(folder.join("model.safetensors")).unwrap();
    let tensors = |file: &[u8]| {
        let file = SafeTensors::deserialize(file).unwrap();
        let tensor = |name: &str| file.tensor(name).unwrap().data().to_vec();
        ["layers.0.weight", "layers.0.bias", "layers.1.weight", "layers.1.bias"].map(tensor).concat()
    };
    assert_eq!(tensors(&file), bytes);
    let of_run = fs::read(folder.join("run/weights.safetensors")).unwrap();
    assert_eq!(tensors(&of_run), bytes);
    // The rules travel with the weights, in the form of the configuration.
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    let rules = &header.metadata().as_ref().unwrap()["preprocessing"];
    let config = fs::read_to_string(folder.join("run/config.toml")).unwrap();
    let line = rules.lines().find(|line| line.starts_with("rules = ")).unwrap();
    assert!(config.contains(line) && rules.contains("classes = "), "{rules}");
    // All of it goes out without the data.
    fs::remove_file(folder.join("data.csv")).unwrap();
    host(folder, "export run --out again.bin").silently();
    assert_eq!(fs::read(folder.join("again.bin")).unwrap(), bytes);
    let model = fs::read(folder.join("model.onnx")).unwrap();
    host(folder, "export run --out model.onnx").silently();
    assert!(fs::read(folder.join("model.onnx")).unwrap() == model);
    let ended = host(folder, "export run --out again.h").silently();
    let why = "self test: 16 rows of drawn values, since the data are not there: ";
    assert!(ended.out.contains(why) && ended.out.contains("data.csv"), "{}", ended.out);

    host(folder, "export run --out model.tflite").refused(&["model.tflite", ".h and .c", ".onnx", ".bin"]);
    host(folder, "export run --out model.rs --prefix a").refused(&["model.rs: only .h and .c take a prefix"]);
    host(folder, "export run --out model.h --prefix 1a")
        .refused(&["model.h: `1a` is no prefix of C symbols"]);
    host(folder, "export run --out 数.h").refused(&["数.h: ", "--prefix NAME"]);
    host(folder, "export run --out a\"b.h").refused(&["C cannot include a file of this name"]);
    host(folder, "export run --out none/model.bin").refused(&["cannot write none/model.bin"]);
    host(folder, "export run --out again.bin/model.bin").refused(&["cannot write again.bin/model.bin"]);
    fs::create_dir(folder.join("dir.bin")).unwrap();
    host(folder, "export run --out dir.bin").refused(&["cannot write dir.bin"]);
    assert!(!folder.join("dir.bin.new").exists());
}

/// A standard output or error that nobody reads any more.
fn unread() -> std::process::Stdio {
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    writer.into()
}

#[test]
fn nobody_listens() {
    let folder = &folder();
    for arguments in [
        &format!("{NODE} --run run"),
        "eval run",
        "eval run --json",
        "replay run",
        "boards",
        "export run --out m.h",
    ] {
        let output = command(folder, arguments.split_whitespace()).stdout(unread()).output().unwrap();
        assert_eq!(String::from_utf8_lossy(&output.stderr), "", "{arguments}");
        assert!(output.status.success(), "{arguments}: {}", output.status);
    }
    let loud = NODE.replace("--quiet", "--run loud");
    let output = command(folder, loud.split_whitespace()).stderr(unread()).output().unwrap();
    assert!(output.status.success() && !output.stdout.is_empty(), "{}", output.status);
    host(folder, "eval loud").silently();
    let status = command(folder, ["eval", "nothing"]).stderr(unread()).status().unwrap();
    assert_eq!(status.code(), Some(1));
}

#[cfg(target_os = "linux")]
#[test]
fn results_that_cannot_be_written() {
    let folder = &folder();
    for arguments in [&format!("{NODE} --run run"), "eval run", "replay run"] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let output = command(folder, arguments.split_whitespace()).stdout(full).output().unwrap();
        let err = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(1), "{arguments}: {err}");
        assert!(
            err.starts_with("error: cannot write standard output: ") && err.lines().count() == 1,
            "{err}"
        );
    }
    // The run is there all the same.
    assert_eq!(host(folder, "replay run --json").silently().json()["equal_to_weights_file"], true);
}

#[cfg(target_os = "linux")]
#[test]
fn paths_that_are_no_text() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt;
    let folder = &folder();
    let run = OsStr::from_bytes(b"r\xff");
    let arguments = NODE.split_whitespace().map(OsStr::new);
    let output = command(folder, arguments.chain([OsStr::new("--run"), run])).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(folder.join(run).join("weights.safetensors").is_file());
    let output = command(folder, [OsStr::new("replay"), run]).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    // A configuration is text, and so is the name of the data in it.
    let output = command(folder, [OsStr::new("--task"), OsStr::from_bytes(b"csv:\xff")]).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(String::from_utf8_lossy(&output.stderr).lines().count(), 1);
}

#[test]
fn tables() {
    let folder = &folder();
    let whole = fs::read_to_string(folder.join("data.csv")).unwrap();
    // The same table as others write it: names for classes, a column that counts, semicolons, a gap.
    let mut text = String::from("id;class;a;b;c;d\r\n");
    for (row, line) in whole.lines().skip(1).enumerate() {
        let (features, class) = line.rsplit_once(',').unwrap();
        text += &format!(
            "{row};{};{}\r\n",
            ["x y", "z", "zz"][class.parse::<usize>().unwrap()],
            features.replace(',', ";")
        );
    }
    text += "90;z;NA;1;2;3\r\n";
    fs::write(folder.join("table.csv"), &text).unwrap();
    let (plain, flags) =
        (host(folder, &format!("{NODE} --run plain")).silently().json(), "--drop id --missing drop");
    let run = NODE.replace("data.csv", "table.csv");
    let said = host(folder, &format!("{run} {flags} --run run")).silently().json();
    assert_eq!(said["weights_sha256"], plain["weights_sha256"]);
    let seen = host(folder, &format!("data table.csv {flags}")).ok();
    assert!(seen.err.starts_with("warning: 6 rows to watch say little: each is 16.7 %"), "{}", seen.err);
    let shown = seen.out;
    let lines: Vec<&str> = shown.lines().collect();
    assert_eq!(lines[0], "rows     90, 1 left out; a header on line 1; separated by semicolon, UTF-8");
    assert!(
        lines[1].starts_with("columns  4 to learn from: a integer ") && lines[1].ends_with("; left out: id")
    );
    assert_eq!(lines[2], "classes  3 in column class (by its name): x y 30, z 30, zz 30");
    let scaling = "scaling  standard: centred, standard deviation 32 (a rule a column, by the training rows)";
    assert_eq!(lines[3..], [scaling, "split    66 rows to train on, 6 to watch, 18 held out"]);
    // What was said stands in the configuration, which later commands read.
    let config = fs::read_to_string(folder.join("run/config.toml")).unwrap();
    assert!(config.contains("[reading]\ndrop = [\"id\"]\nmissing = \"drop\"\n"), "{config}");
    assert!(!fs::read_to_string(folder.join("plain/config.toml")).unwrap().contains("reading"));
    host(folder, "eval run").silently();
    host(folder, "--resume --run run --quiet").silently();
    host(folder, "--resume --run run --drop a").refused(&["reading.drop"]);
    // Before a training the same lines come, and what is odd.
    let loud = run.replace("--quiet --json", "--missing drop --run loud").replace("--model 4-", "--model 5-");
    let err = host(folder, &loud).ok().err;
    assert!(
        err.starts_with(
            "warning: 6 rows to watch say little: each is 16.7 % of the validation\nwarning: column id merely \
             counts the rows; leave it out by --drop id\nrows     90, 1"
        ),
        "{err}"
    );
    host(folder, "data table.csv").refused_with(2, &["table.csv, line 92, column 3: a value is missing"]);
    host(folder, "--label a --task digits").refused_with(2, &["--label does not go with --task digits"]);
    host(folder, "--missing zero").refused_with(2, &["refuse, drop or mean"]);
}
