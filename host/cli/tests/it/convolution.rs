//! Convolutional networks, trained models that runs begin with, and frozen fronts.

use crate::common::*;
use std::fs;
use std::path::Path;

const NETWORK: &str = "conv:8x8x1/c4k3/max2/c6k3s2/10";
/// What a short training says.
const SHORT: &str = "--generations 30 --quiet";

fn config(folder: &Path, run: &str) -> String {
    fs::read_to_string(folder.join(run).join("config.toml")).unwrap()
}

fn weights(folder: &Path, run: &str) -> Vec<u8> {
    fs::read(folder.join(run).join("weights.safetensors")).unwrap()
}

/// The weights that a run's figures name.
fn sha256(folder: &Path, run: &str) -> String {
    host(folder, &format!("eval {run} --json")).ok().json()["weights_sha256"].to_string()
}

/// A command fails, and names what is wrong.
#[track_caller]
fn refused(folder: &Path, arguments: &str, says: &str) {
    let ended = host(folder, arguments);
    assert!(!ended.status.success(), "{arguments}");
    assert!(ended.err.starts_with("error: ") && ended.err.contains(says), "{arguments}: {}", ended.err);
}

#[test]
fn networks_train_alike_on_boards_and_on_cores() {
    let folder = &folder();
    for (name, flags) in [
        ("guided", ""),
        ("node", "--guide off --slots 8"),
        ("weight", "--estimator weight --pairs 8 --samples 8"),
        ("samples", "--estimator weight --credit sample"),
        ("residual", "--model conv:8x8x1/c4k3/[c4k3/dwk3|c4k1]/[c4k3]/gap/10+bias"),
    ] {
        let model = if flags.contains("--model") { String::new() } else { format!("--model {NETWORK}") };
        let both = [("sim:2", "a"), ("cpu", "b")].map(|(boards, run)| {
            let run = format!("{name}-{run}");
            host(folder, &format!("--task digits {model} {flags} {SHORT} --boards {boards} --run {run}"))
                .ok();
            assert!(host(folder, &format!("replay {run}")).ok().out.contains("equal"), "{run}");
            sha256(folder, &run)
        });
        assert_eq!(both[0], both[1], "{name}");
    }
    // What the report draws and says of layers.
    let page = fs::read_to_string(folder.join("guided-a/report.html")).unwrap();
    assert!(page.contains("c4k3"), "the model's name");
    host(folder, "export guided-a --out model.safetensors").ok();
    refused(folder, "--task digits --model conv:8x8x1/c4k3/q", "`q`: no layer");
    refused(folder, "--task digits --model conv:7x8x1/c4k3/gap/10", "56");
}

#[test]
fn runs_begin_with_trained_models() {
    let folder = &folder();
    host(folder, &format!("--task digits --model {NETWORK}+bias {SHORT} --boards cpu --run base")).ok();
    host(folder, "export base --out base.safetensors").ok();
    let from = |flags: &str, run: &str| {
        let said = format!("--task digits --from {flags} {SHORT} --verify 1 --run {run}");
        host(folder, &said).ok();
        assert!(host(folder, &format!("replay {run}")).ok().out.contains("equal"), "{run}");
    };
    // The weights of a front stay as they are, those behind it move; a run and its file are the same model.
    for (flags, front) in [
        ("--train last", Some(3)),
        ("--train last:2", Some(2)),
        ("--train 0,2", None),
        ("--train all", None),
        ("--train last:2 --guide off", Some(2)),
        ("--train last --guide off --slots 64", Some(3)),
        ("--train last:2 --estimator weight", Some(2)),
        ("--train last --estimator weight --credit sample", Some(3)),
    ] {
        from(&format!("base {flags} --boards sim:2 cpu"), "tuned");
        let said = config(folder, "tuned");
        let front = front.map(|layers| format!("front = {layers}"));
        match &front {
            Some(front) => assert!(said.contains(front), "{flags}: {said}"),
            None => assert!(!said.contains("front ="), "{flags}: {said}"),
        }
        let (before, after) = (weights(folder, "base"), weights(folder, "tuned"));
        assert_ne!(before[before.len() - 60..], after[after.len() - 60..], "{flags}: the last layer moves");
        from(&format!("base.safetensors {flags} --boards cpu"), "again");
        assert_eq!(sha256(folder, "tuned"), sha256(folder, "again"), "{flags}");
        for run in ["tuned", "again"] {
            fs::remove_dir_all(folder.join(run)).unwrap();
        }
    }
    // Interrupted and resumed.
    from("base --train last --boards cpu", "short");
    host(folder, "--resume --run short --generations 40 --quiet --boards sim").ok();
    let longer = SHORT.replace("30", "40");
    host(folder, &format!("--task digits --from base --train last {longer} --boards cpu --run long")).ok();
    assert!(host(folder, "replay short").ok().out.contains("equal"));
    // A run from a run from a run.
    from("short --train last:2 --boards cpu", "third");
    for (flags, says) in [
        ("--from nothing.safetensors", "nothing.safetensors"),
        ("--from base --train last:4", "3 layers"),
        ("--from base --train 5", "layers 0 to 2"),
        ("--from base --train 0,2 --guide off", "layer 1 is not"),
        ("--from base --model 64-10", "leave out --model"),
        ("--train last --guide off", "--train goes with --guide on"),
        ("--from base/report.html", "base/report.html"),
    ] {
        refused(folder, &format!("--task digits {flags} {SHORT}"), says);
    }
    refused(folder, "--task cartpole --from base", "leave it out");
    // The file that a run began with must stay.
    from("base.safetensors --train last --boards cpu", "kept");
    for out in ["kept.c", "kept.rs", "kept.onnx", "kept.safetensors"] {
        host(folder, &format!("export kept --out {out}")).ok();
    }
    fs::copy(folder.join("third/weights.safetensors"), folder.join("base.safetensors")).unwrap();
    refused(folder, "--resume --run kept --generations 50", "has changed");
}
