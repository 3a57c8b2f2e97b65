//! Trained models that are adapted to a few rows.

use crate::common::*;
use eggroll_host::data::digits;
use safetensors::SafeTensors;
use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::ops::Range;
use std::path::Path;

/// Writes some of the digits as a table, of some classes; turned ones have rows for columns.
fn write(path: &Path, rows: Range<usize>, classes: Range<u8>, turned: bool) {
    let data = digits().unwrap();
    let mut text = (0..64).fold(String::new(), |text, pixel| format!("{text}p{pixel},")) + "label\n";
    for row in rows.filter(|&row| classes.contains(&data.label(row))) {
        for pixel in 0..64 {
            let at = if turned { pixel % 8 * 8 + pixel / 8 } else { pixel };
            let _ = write!(text, "{},", data.row(row)[at]);
        }
        let _ = writeln!(text, "{}", data.label(row));
    }
    fs::write(path, text).unwrap();
}

/// A model of upright digits, and turned ones to adapt it to.
fn trained(classes: Range<u8>) -> Folder {
    let folder = folder();
    write(&folder.join("old.csv"), 0..700, classes.clone(), false);
    write(&folder.join("new.csv"), 700..900, classes.clone(), true);
    write(&folder.join("test.csv"), 900..1200, classes, true);
    let base = "--task csv:old.csv --model 64-20-10+bias --generations 300 --boards cpu --quiet --run base";
    host(&folder, base).ok();
    folder
}

fn figure(run: &serde_json::Value, name: &str) -> f64 {
    run[name].as_f64().unwrap_or_else(|| panic!("no {name} in {run}"))
}

fn weights(folder: &Path, run: &str) -> BTreeMap<String, Vec<u8>> {
    let bytes = fs::read(folder.join(run).join("weights.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    file.tensors().into_iter().map(|(name, tensor)| (name, tensor.data().to_vec())).collect()
}

#[test]
fn a_model_is_adapted_and_remembers() {
    let folder = &trained(0..10);
    let adapt = "adapt base new.csv --test test.csv --boards cpu --quiet --json";
    let plain = host(folder, &format!("{adapt} --keep old.csv --keep-share 0 --run plain")).silently().json();
    let kept = host(folder, &format!("{adapt} --keep old.csv --run kept")).silently().json();
    for run in [&plain, &kept] {
        assert!(figure(run, "test_accuracy") > figure(run, "test_before") + 0.2, "{run}");
    }
    assert_eq!(figure(&plain, "old_rows"), 700.0);
    // 86 beside 200 are 0.3 of those that train, but for the rounding of each class.
    assert!((figure(&kept, "old_rows") - (700.0 - 86.0)).abs() <= 5.0, "{kept}");
    assert!(figure(&kept, "old_after") > figure(&plain, "old_after"), "{plain} {kept}");
    // A command in the report makes the same weights of the same files.
    let page = fs::read_to_string(folder.join("kept/report.html")).unwrap();
    let from = page.find("eggroll-host train").unwrap();
    let command = &page[from + "eggroll-host ".len()..from + page[from..].find('<').unwrap()];
    let again = host(folder, &format!("{command} --boards sim:2 --quiet --json --run again")).ok().json();
    assert_eq!(again["weights_sha256"], kept["weights_sha256"], "{command}");
    assert!(host(folder, "replay kept").ok().out.contains("equal"));
    // A board alone does the same.
    let alone =
        "adapt base new.csv --test test.csv --keep old.csv --boards sim --autonomous 50 --quiet --json";
    let alone = host(folder, &format!("{alone} --run alone")).ok().json();
    assert_eq!(alone["weights_sha256"], kept["weights_sha256"]);
    // What a person reads.
    let said =
        host(folder, "adapt base new.csv --keep old.csv --boards cpu --generations 20 --run said").ok();
    for words in ["old ones", "rate     0.", "cross-validation", "held out: ", "old rows: "] {
        assert!(said.err.contains(words), "no `{words}` in {}", said.err);
    }
    // The run goes on from its journal, with the rows that it keeps.
    host(folder, "--resume --run said --generations 30 --boards sim --quiet").ok();
    assert!(host(folder, "replay said").ok().out.contains("equal"));
    host(folder, "eval said").ok();
    fs::remove_file(folder.join("old.csv")).unwrap();
    host(folder, "--resume --run said --generations 40 --quiet").refused(&["old.csv"]);
}

#[test]
fn biases_alone_are_trained() {
    let folder = &trained(0..10);
    host(folder, "adapt base new.csv --train bias --generations 30 --lr 0.1 --quiet --run bias").ok();
    host(folder, "adapt base new.csv --train bias --generations 30 --lr 0.1 --quiet --boards cpu --run cpu")
        .ok();
    assert!(weights(folder, "bias") == weights(folder, "cpu"));
    let pairs = weights(folder, "base").into_iter().zip(weights(folder, "bias"));
    for ((name, before), (_, after)) in pairs {
        assert_eq!(before != after, name.contains("bias"), "{name}");
    }
    assert!(host(folder, "replay bias").ok().out.contains("equal"));
    let page = fs::read_to_string(folder.join("bias/report.html")).unwrap();
    assert!(page.contains("--train bias"), "the command");
}

#[test]
fn a_new_last_layer_tells_new_classes() {
    let folder = &trained(0..8);
    // Classes of its own.
    write(&folder.join("two.csv"), 700..1200, 8..10, false);
    host(folder, "adapt base two.csv --head 2 --boards cpu --quiet --run two").ok();
    let two = host(folder, "eval two --json").ok().json();
    assert!(figure(&two["answers"], "accuracy") > 0.8, "{two}");
    // Those of before, and behind them new ones.
    let all = "adapt base two.csv --head 10 --keep old.csv --keep-share 0.75 --boards sim:2 --json --quiet";
    let all = host(folder, &format!("{all} --run all")).ok().json();
    assert!(figure(&all, "old_after") > 0.6, "{all}");
    assert!(host(folder, "replay all").ok().out.contains("equal"));
    let said = host(folder, "predict all two.csv").ok().out;
    assert!(said.lines().filter(|line| line.contains(",8,") || line.contains(",9,")).count() > 10, "{said}");
    host(folder, "adapt base two.csv --head 9 --keep old.csv --run few").refused(&["--head 9", "10 classes"]);
    host(folder, "adapt base two.csv --run unknown").refused_with(2, &["two.csv"]);
}

#[test]
fn what_cannot_be_adapted_is_named() {
    let folder = &trained(0..10);
    fs::write(folder.join("narrow.csv"), "a,b,label\n1,2,0\n2,3,1\n3,4,0\n4,5,1\n").unwrap();
    fs::write(folder.join("empty.csv"), "").unwrap();
    for (code, said, words) in [
        (1, "adapt nothing.safetensors new.csv", "nothing.safetensors"),
        (1, "adapt base nothing.csv", "nothing.csv"),
        (2, "adapt base narrow.csv", "narrow.csv"),
        (2, "adapt base new.csv --keep narrow.csv", "narrow.csv"),
        (2, "adapt base new.csv --keep empty.csv", "empty.csv"),
        (1, "adapt base new.csv --keep nothing.csv", "nothing.csv"),
        (2, "adapt base new.csv --keep old.csv --keep-share 1", "--keep-share"),
        (2, "adapt base new.csv --keep-share 0.5", "--keep"),
        (2, "adapt base new.csv --from base", "first word"),
        (2, "adapt base new.csv --task digits", "second word"),
        (2, "adapt base new.csv --resume --run base", "--resume"),
        (2, "adapt base new.csv --hidden 3", "--hidden"),
        (2, "adapt base new.csv --head 0", "--head"),
        (1, "adapt base new.csv --head 5", "--head 10"),
        (1, "adapt base new.csv --train bias --guide off", "--guide on"),
        (2, "--task csv:new.csv --keep old.csv", "--from"),
        (2, "--task csv:new.csv --head 3", "--from"),
        (2, "--task digits --from base --keep old.csv", "tables"),
        (2, "--task csv:new.csv --model nothing.toml", "nothing.toml"),
    ] {
        let said = if said.contains("--run") { said.to_owned() } else { format!("{said} --run out") };
        host(folder, &said).refused_with(code, &[words]);
        assert!(!folder.join("out").exists(), "{said}");
    }
    fs::write(folder.join("m.toml"), "input = [8, 8, 1]\nlayers = [\"c4k3s2\", \"gap\", \"10\"]\n").unwrap();
    host(folder, "--task csv:new.csv --model m.toml --generations 3 --quiet --run named").ok();
    let config = fs::read_to_string(folder.join("named/config.toml")).unwrap();
    assert!(config.contains("conv:8x8x1/c4k3s2/gap/10"), "{config}");
}
