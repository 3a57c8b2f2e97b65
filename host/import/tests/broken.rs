//! Files that are cut, changed, or hold what is not supported: errors that name the place, and never a panic.

mod common;

use common::path;
use eggroll_import::{Error, Format, Graph, read_bytes, read_layers};

const FILES: &[&str] = &[
    "mlp.onnx",
    "iris.onnx",
    "cnn.onnx",
    "cnn_qdq.onnx",
    "cnn_qoperator.onnx",
    "residual.onnx",
    "cnn_float.tflite",
    "cnn_int8.tflite",
    "residual_int8.tflite",
    "cnn_keras.safetensors",
];

fn attempt(name: &str, bytes: &[u8]) -> Result<Graph, Error> {
    if name.ends_with("safetensors") {
        let layers = std::fs::read_to_string(path("cnn_keras.toml")).unwrap();
        return read_layers(name, &layers, bytes);
    }
    let format = if name.ends_with("onnx") { Format::Onnx } else { Format::Tflite };
    read_bytes(name, format, bytes)
}

/// A graph that was read computes something of a row.
fn works(graph: &Graph) {
    let row = vec![0.5; graph.input.shape.len()];
    let outputs = graph.run(&row).unwrap();
    assert_eq!(outputs.outputs().len(), graph.output().len());
}

#[test]
fn files_that_are_cut() {
    for name in FILES {
        let bytes = std::fs::read(path(name)).unwrap();
        assert!(attempt(name, &bytes).is_ok());
        for part in 0..50 {
            let cut = &bytes[..bytes.len() * part / 50];
            // A file whose last bytes are not needed may still be read.
            if let Ok(graph) = attempt(name, cut) {
                works(&graph);
                assert!(part > 25, "{name} was read from {part} of 50 parts");
            }
        }
    }
}

#[test]
fn files_with_changed_bytes() {
    let mut state = 1u64;
    let mut random = move |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as usize % below
    };
    let (mut read, mut refused) = (0, 0);
    for name in FILES {
        let bytes = std::fs::read(path(name)).unwrap();
        for _ in 0..400 {
            let mut changed = bytes.clone();
            for _ in 0..1 + random(4) {
                let at = random(changed.len());
                changed[at] = match random(4) {
                    0 => 0,
                    1 => 255,
                    2 => changed[at] ^ (1 << random(8)),
                    _ => random(256) as u8,
                };
            }
            match attempt(name, &changed) {
                Ok(graph) => {
                    works(&graph);
                    read += 1;
                }
                Err(error) => {
                    assert!(error.to_string().contains(name) || error.to_string().contains("cnn_keras"));
                    refused += 1;
                }
            }
        }
    }
    println!("{read} changed files were read, {refused} refused");
    assert!(refused > 400);
}

/// Structure is where most of a file's meaning is: its first and last bytes, for ONNX and TFLite.
#[test]
fn files_with_changed_structure() {
    for name in ["iris.onnx", "cnn_int8.tflite"] {
        let bytes = std::fs::read(path(name)).unwrap();
        for at in 0..bytes.len() {
            for value in [0, 1, 0x7f, 0xff] {
                let mut changed = bytes.clone();
                changed[at] = value;
                if let Ok(graph) = attempt(name, &changed) {
                    works(&graph);
                }
            }
        }
    }
}

#[test]
fn an_operator_that_is_not_supported_is_named() {
    let bytes = std::fs::read(path("cnn.onnx")).unwrap();
    // The node's name and operator have the same lengths before and after: the file stays whole.
    let text = |from: &[u8], to: &[u8]| {
        let mut changed = bytes.clone();
        let at = changed.windows(from.len()).position(|window| window == from).unwrap();
        changed[at..at + to.len()].copy_from_slice(to);
        changed
    };
    let changed = text(b"\x22\x04Relu", b"\x22\x04Tanh");
    let error = attempt("cnn.onnx", &changed).unwrap_err().to_string();
    println!("{error}");
    assert!(
        error.starts_with("cnn.onnx: node `/relu_a/Relu` (Tanh): it is not supported; supported are Conv")
    );
}

#[test]
fn formats_are_told_apart() {
    let path = std::path::Path::new("model");
    assert_eq!(Format::of(path, b"\0\0\0\0TFL3"), Some(Format::Tflite));
    assert_eq!(Format::of(path, b""), None);
    assert!(read_bytes("empty", Format::Onnx, b"").is_err());
    assert!(read_bytes("empty", Format::Tflite, b"").is_err());
}
