//! Runs on texts from the command line: they learn, whatever computes them; what they leave behind; models
//! that write.

use crate::common::*;
use safetensors::SafeTensors;
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};

/// A folder with a text that is worth learning: two words in turn, in two files.
fn texts() -> Folder {
    let folder = folder();
    fs::write(folder.join("one.txt"), "abba cede ".repeat(150)).unwrap();
    fs::write(folder.join("two.txt"), "cede abba ".repeat(90)).unwrap();
    folder
}

const NODE: &str =
    "--model egg:D=12,L=2,V=128 --streams 3 --context 5 --members 3 --generations 8 --quiet --json";
const WEIGHT: &str = "--model egg:D=10,L=1,V=128 --estimator weight --optimizer vote --pairs 5 --streams 2 \
    --context 7 --own-samples --rank 2 --noise near-normal --generations 5 --quiet --json";

fn run(folder: &Path, settings: &str, more: &str) -> Value {
    host(folder, &format!("--task text:one.txt two.txt {settings} {more}")).silently().json()
}

#[test]
fn one_result_whatever_computes_it() {
    let folder = &texts();
    for (settings, tokens) in [(NODE, 8 * 15 * 4), (WEIGHT, 5 * 2 * 5 * 2 * 7)] {
        let _ = fs::remove_dir_all(folder.join("runs"));
        let said = run(folder, settings, "--boards sim:1 --run runs/one");
        assert!(said["tokens"].as_u64().unwrap() <= tokens, "{said}");
        let faults = "--faults drop=0.02,flip=0.01,dup=0.03,delay=1ms,cut=0.002";
        for (place, more) in [
            "--boards sim:3 --sync scores --verify 0.3",
            "--boards sim:2 --sync delta --threads 1",
            "--boards sim:2 --sync weights",
            "--boards sim:2 --autonomous 3",
            &format!("--boards sim:2 --autonomous 2 {faults}"),
            &format!("--boards sim:2 --sync scores {faults}"),
            &format!("--boards sim:2 --sync delta {faults}"),
        ]
        .into_iter()
        .enumerate()
        {
            let other = run(folder, settings, &format!("{more} --run runs/{place}"));
            for key in ["weights_sha256", "tokens", "test_bits_per_byte", "validation_bits_per_byte"] {
                assert_eq!(said[key], other[key], "{key}, {more}");
            }
        }
        for command in ["eval", "replay"] {
            let again = host(folder, &format!("{command} runs/one --json")).silently().json();
            assert_eq!(again["weights_sha256"], said["weights_sha256"], "{command}");
        }
        let command = {
            let page = fs::read_to_string(folder.join("runs/one/report.html")).unwrap();
            let start = page.find("eggroll-host train").unwrap();
            page[start..].split('<').next().unwrap().replace("eggroll-host ", "")
        };
        let same = host(folder, &format!("{command} --run runs/same --quiet --json")).silently().json();
        assert_eq!(same["weights_sha256"], said["weights_sha256"], "{command}");
    }
}

/// Without members the host needs no boards, and the program says so; but one of them may learn alone.
#[test]
fn a_board_learns_alone() {
    let folder = &texts();
    let settings =
        "--task text:one.txt --model egg:D=12,L=1,V=128+relu --streams 3 --context 5 --generations 9";
    let on = |boards: &str| {
        let _ = fs::remove_dir_all(folder.join("r"));
        let ended = host(folder, &format!("{settings} {boards} --run r --json")).ok();
        (ended.json()["weights_sha256"].clone(), ended.err)
    };
    let (expected, said) = on("--boards cpu");
    assert!(!said.contains("idle"), "{said}");
    let (idle, said) = on("--boards sim:1 sim:1");
    let hint = said.lines().find(|line| line.contains("idle")).unwrap_or_default();
    for part in ["hint", "sim-0 and 1 more", "--autonomous K", "--members 4"] {
        assert!(hint.contains(part), "{said}");
    }
    let (alone, said) = on("--boards sim:1 sim:1 --autonomous 4");
    assert!(!said.contains("idle") && said.contains("sim-0: 135 units evaluated"), "{said}");
    assert_eq!((&idle, &alone), (&expected, &expected));
    host(folder, &format!("{settings} --boards cpu --autonomous 4 --quiet"))
        .refused(&["no board can train alone"]);
}

#[test]
fn a_killed_run_goes_on() {
    let folder = &texts();
    let settings = NODE.replace("--generations 8", "--generations 400");
    let whole = run(folder, &settings, "--run whole");
    let arguments = format!("--task text:one.txt two.txt {settings}");
    // A machine that stalls may let it come to its end: nothing here depends on that.
    let mut child = until_journaled(folder, "cut", &arguments, 4000);
    child.kill().unwrap();
    child.wait().unwrap();
    // By a board that trains alone, as well as by any.
    let resumed = host(folder, &format!("--resume --run cut {settings} --autonomous 7")).silently().json();
    for key in ["weights_sha256", "test_bits_per_byte", "tokens"] {
        assert_eq!(resumed[key], whole[key], "{key}");
    }
}

#[test]
fn it_learns_writes_and_is_kept() {
    let folder = &texts();
    let settings =
        "--model egg:D=24,L=1,V=128 --streams 16 --context 4 --members 6 --generations 150 --run r";
    let ended = host(folder, &format!("--task text:one.txt two.txt {settings} --json")).ok();
    let said = ended.json();
    // Seven letters and spaces: by their frequencies alone about 2.3 bits.
    assert!(said["test_bits_per_byte"].as_f64().unwrap() < 2.0, "{said}");
    assert!(ended.err.contains("bits a byte of held-out text"), "{}", ended.err);
    // What it says to try next works: it has no program of a recurrent model.
    assert!(ended.err.contains("export r --out model.safetensors"), "{}", ended.err);
    assert!(!ended.err.contains("model.c"), "{}", ended.err);
    let metrics = fs::read_to_string(folder.join("r/metrics.csv")).unwrap();
    assert!(metrics.starts_with("generation,tokens,validation_bits_per_byte,"), "{metrics}");
    let page = fs::read_to_string(folder.join("r/report.html")).unwrap();
    assert!(
        page.contains("id=\"test-bits_per_byte\"") && !page.contains("accuracy"),
        "figures of the report"
    );
    let write = |more: &str| host(folder, &format!("sample r {more}")).silently().out;
    let text = write("--prompt abba --temperature 0.5 --bytes 60");
    assert!(text.starts_with("abba") && text.len() <= 65, "{text}");
    assert_eq!(write("--prompt abba --temperature 0.5 --bytes 60"), text);
    assert_ne!(write("--prompt abba --temperature 9 --bytes 60 --seed 2"), text);
    // In and out under the reference's names.
    host(folder, "export r --out model.safetensors").silently();
    let bytes = fs::read(folder.join("model.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    assert_eq!(file.tensor("blocks.mlp.0.weight").unwrap().shape(), [1, 96, 24]);
    assert_eq!(file.tensor("head").unwrap().shape(), [128, 24]);
    let of_file = "sample model.safetensors --prompt abba --temperature 0.5 --bytes 60";
    assert_eq!(host(folder, of_file).silently().out, text);
    // A run that starts from them begins where this one has ended, and is kept like any other.
    let further = "--task text:one.txt two.txt --from model.safetensors --streams 16 --generations 5 --run further --quiet --json";
    let more = host(folder, further).silently().json();
    assert!(more["test_bits_per_byte"].as_f64().unwrap() < 2.0, "{more}");
    let replayed = host(folder, "replay further --json").silently().json();
    assert_eq!(replayed["weights_sha256"], more["weights_sha256"]);
    let other = "--task text:one.txt two.txt --from model.safetensors --model egg:D=8,L=1,V=128";
    host(folder, other).refused(&["model.safetensors", "egg:D=24,L=1,V=128"]);
    host(folder, "export r --out model.h").silently();
    host(folder, "export r --out model.bin").silently();
    for file in ["model.c", "model.rs", "model.onnx"] {
        let way_out = "export it as .safetensors, .h (arrays) or .bin";
        host(folder, &format!("export r --out {file}")).refused(&[file, "carries a state", way_out]);
        assert!(!folder.join(file).exists());
    }
    let header = fs::read_to_string(folder.join("model.h")).unwrap();
    // Without blocks to interleave, the order of the file is the declared one.
    assert_eq!(c_arrays(&header), fs::read(folder.join("model.bin")).unwrap());
}

#[test]
fn logits_of_the_reference() {
    let folder = &texts();
    let vectors = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/vectors/egg");
    for path in fs::read_dir(vectors).unwrap().map(|file| file.unwrap().path()) {
        let bytes = fs::read(&path).unwrap();
        let file = SafeTensors::deserialize(&bytes).unwrap();
        fs::write(folder.join("tokens"), file.tensor("tokens").unwrap().data()).unwrap();
        let said = host(folder, &format!("logits {} --tokens tokens", path.display())).silently().out;
        let rows: Vec<Value> = said.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
        let logits = rows.iter().flat_map(|row| row["logits"].as_array().unwrap().clone());
        let logits: Vec<u8> = logits.map(|logit| logit.as_i64().unwrap() as i8 as u8).collect();
        assert_eq!(logits, file.tensor("base.logits").unwrap().data(), "{}", path.display());
        let scores =
            rows.iter().flat_map(|row| (row["log_likelihood"].as_i64().unwrap() as i32).to_le_bytes());
        assert_eq!(scores.collect::<Vec<u8>>(), file.tensor("base.log_likelihoods").unwrap().data());
    }
}

#[test]
fn what_cannot_be_is_named() {
    let folder = &texts();
    fs::write(folder.join("empty.txt"), "").unwrap();
    fs::write(folder.join("short.txt"), "short").unwrap();
    fs::write(folder.join("high.txt"), [200; 900]).unwrap();
    fs::create_dir(folder.join("nothing")).unwrap();
    let refused = |arguments: &str, words: &[&str]| host(folder, arguments).refused(words);
    refused("--task text:empty.txt", &["empty.txt", "no text"]);
    refused("--task text:missing.txt", &["missing.txt", "cannot open"]);
    refused("--task text:nothing", &["nothing", "no text"]);
    refused("--task text:short.txt --context 50 --streams 2", &["short.txt", "--context"]);
    refused("--task text:high.txt --model egg:D=8,L=1,V=128", &["128 tokens", "201", "egg:V=256"]);
    refused("--task text:one.txt --model 64-10", &["egg:D=64"]);
    refused("--task digits --model egg:D=8,L=1,V=10", &["model egg"]);
    refused("--task text:one.txt --slots 7 --context 4", &["context"]);
    refused("--task one.txt", &["text:one.txt"]);
    refused("--task digits one.txt", &["one task"]);
    refused("sample nowhere", &["nowhere"]);
    host(folder, "--task text:one.txt --credit sample --estimator weight")
        .refused_with(2, &["--credit pair"]);
    host(folder, "--task cartpole --context 5").refused_with(2, &["--context", "cartpole"]);
    host(folder, "--task digits --streams 5").refused_with(2, &["--streams", "digits"]);
    assert!(!folder.join("runs").exists());
}

#[test]
fn checkpoints_that_are_none() {
    let folder = &texts();
    let vector = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../tests/vectors/egg/egg_v32_l2_d16_r1_extreme.safetensors");
    let whole = fs::read(vector).unwrap();
    fs::write(folder.join("tokens"), [1, 2, 3]).unwrap();
    let of = |bytes: &[u8], tokens: &str, words: &[&str]| {
        fs::write(folder.join("w.safetensors"), bytes).unwrap();
        host(folder, &format!("logits w.safetensors --tokens {tokens}")).refused(words);
    };
    let text = String::from_utf8_lossy(&whole[8..]).into_owned();
    let end = 8 + text.find("}}").unwrap() + 2;
    let changed = |from: &str, to: &str| {
        let at = whole[..end].windows(from.len()).position(|part| part == from.as_bytes()).unwrap();
        assert_eq!(from.len(), to.len());
        [&whole[..at], to.as_bytes(), &whole[at + from.len()..]].concat()
    };
    of(&whole[..whole.len() - 9], "tokens", &["w.safetensors", "damaged"]);
    of(&changed("weight.head", "weight.tail"), "tokens", &["no tensor head"]);
    of(&changed("weight.emb", "weight.emu"), "tokens", &["no tensor emb"]);
    fs::write(folder.join("few"), [1]).unwrap();
    of(&whole, "few", &["few", "two tokens"]);
    fs::write(folder.join("high"), [1, 32]).unwrap();
    of(&whole, "high", &["high", "32"]);
    of(&whole, "missing", &["missing"]);
    // A weight of -128.
    let file = SafeTensors::deserialize(&whole).unwrap();
    let head = file.tensor("weight.head").unwrap().data().as_ptr() as usize - whole.as_ptr() as usize;
    let mut bad = whole.clone();
    bad[head + 3] = 128;
    of(&bad, "tokens", &["head", "-128"]);
}
