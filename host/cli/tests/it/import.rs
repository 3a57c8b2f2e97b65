//! Models of other tools, from their files to a run that trains a part of them.

use crate::common::*;
use safetensors::SafeTensors;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

/// A file of the crate that reads models.
fn model(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../import/tests/data").join(name)
}

/// Digits as the models were trained on them: 64 values from 0 to 16, and the class.
fn digits(path: &Path, part: &str, rows: usize) {
    let bytes = fs::read(model("digits.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let (pixels, labels) = (file.tensor(part).unwrap(), file.tensor(&format!("{part}_labels")).unwrap());
    let mut text: String = (0..64).fold(String::new(), |mut text, pixel| {
        let _ = write!(text, "p{pixel},");
        text
    });
    text.push_str("label\n");
    let all = pixels.data().chunks_exact(64).zip(labels.data().as_chunks::<4>().0);
    for (pixels, label) in all.take(rows) {
        pixels.iter().for_each(|pixel| {
            let _ = write!(text, "{pixel},");
        });
        let _ = writeln!(text, "{}", i32::from_le_bytes(*label));
    }
    fs::write(path, text).unwrap();
}

#[test]
fn models_answer_as_in_floats_and_train_on() {
    let folder = &folder();
    digits(&folder.join("train.csv"), "calibration", 600);
    digits(&folder.join("test.csv"), "test", 300);
    for (name, out) in [
        ("mlp.onnx", "mlp"),
        ("cnn.onnx", "cnn"),
        ("residual.onnx", "residual"),
        ("cnn_int8.tflite", "int8"),
        ("cnn_torch.toml", "torch"),
    ] {
        let file = model(name);
        let said = format!("import {} --data train.csv --out {out}.safetensors --json", file.display());
        let said = host(folder, &said).ok().json();
        let [float, integer] =
            ["held_out_float_accuracy", "held_out_accuracy"].map(|key| said[key].as_f64().unwrap());
        assert!(integer > float - 0.02, "{name}: {float} in floats, {integer} in integers");
        // The model that is written answers so, too.
        let judged = host(folder, &format!("eval {out}.safetensors test.csv --json")).ok().json();
        let accuracy = judged["answers"]["accuracy"].as_f64().unwrap();
        assert!(accuracy > float - 0.08, "{name}: {accuracy}");
        host(folder, &format!("predict {out}.safetensors test.csv")).ok();
    }
    // A person reads a line for each layer.
    let said =
        host(folder, &format!("import {} --data train.csv --out a.safetensors", model("cnn.onnx").display()));
    let said = said.ok().out;
    for words in ["model    conv:8x8x1/", "held out ", "eggroll-host adapt "] {
        assert!(said.contains(words), "no `{words}` in:\n{said}");
    }
    // Rows of another file are held out, too, and all of the first choose scales.
    let other = "--data train.csv --test test.csv --out b.safetensors --json";
    let said = host(folder, &format!("import {} {other}", model("cnn.onnx").display())).ok().json();
    assert_eq!(said["held_out_rows"], 300, "{said}");
    let tuned = "--task data:test.csv --from cnn.safetensors --train last --generations 40 --quiet";
    host(folder, &format!("{tuned} --boards sim:2 cpu --verify 1 --run tuned")).ok();
    assert!(host(folder, "replay tuned").ok().out.contains("equal"));
    host(folder, "eval tuned test.csv").ok();
}

#[test]
fn what_does_not_fit_is_named() {
    let folder = &folder();
    digits(&folder.join("train.csv"), "calibration", 60);
    fs::write(folder.join("narrow.csv"), "a,b,label\n1,2,0\n2,3,1\n3,4,0\n4,5,1\n").unwrap();
    fs::write(folder.join("none.onnx"), b"nothing").unwrap();
    let cnn = model("cnn.onnx");
    let cnn = cnn.display();
    for (flags, says) in [
        ("none.onnx --data train.csv".to_owned(), "none.onnx"),
        ("there-is.none --data train.csv".to_owned(), "there-is.none"),
        (format!("{cnn} --data narrow.csv --out a.safetensors"), "takes 64 values"),
        (format!("{cnn} --data train.csv --out a.onnx"), "ends in .safetensors"),
        (format!("{cnn} --data train.csv --label p3 --out a.safetensors"), "12 classes"),
        (format!("{cnn} --data train.csv --anomaly --out a.safetensors"), "leave it out"),
    ] {
        let ended = host(folder, &format!("import {flags}"));
        assert!(!ended.status.success(), "{flags}");
        assert!(ended.err.contains(says), "{flags}: {}", ended.err);
        assert!(!folder.join("a.safetensors").exists(), "{flags}");
    }
    // Nothing is written over.
    fs::write(folder.join("m.safetensors"), "mine").unwrap();
    fs::copy(model("cnn.onnx"), folder.join("m.onnx")).unwrap();
    let ended = host(folder, "import m.onnx --data train.csv");
    assert!(ended.err.contains("is there already"), "{}", ended.err);
    assert_eq!(fs::read_to_string(folder.join("m.safetensors")).unwrap(), "mine");
}
