use crate::memory;
use eggroll_firmware::model::{Description, Program};
use eggroll_host::run::parse_weights;
use sha2::{Digest, Sha256};
use std::path::Path;
use std::sync::LazyLock;

static PROGRAM: LazyLock<Program> = LazyLock::new(|| {
    let model = Description::mlp(&[3, 2, 2], true).expect("a model");
    Program::new(&model).expect("a small model")
});

/// A safetensors file: an error that names it, or exactly the model's weights, each within -127..=127.
///
/// Heap: 8 KiB, and 16 bytes for each of the file (its header becomes a map of tensors, names and shapes).
pub fn weights(data: &[u8]) {
    let program = &*PROGRAM;
    let path = Path::new("w.safetensors");
    match memory::within((8 << 10) + 16 * data.len(), || parse_weights(path, data, program)) {
        Err(error) => assert!(error.to_string().starts_with("w.safetensors: ")),
        Ok(weights) => {
            assert_eq!(weights.values.len(), program.parameters());
            assert!(!weights.values.contains(&i8::MIN), "a weight of -128");
        }
    }
}

pub(super) const WORDS: &[&str] = &[
    "\"",
    "{",
    "}",
    "[",
    "]",
    ":",
    ",",
    "0",
    "1",
    "I8",
    "U8",
    "F32",
    "BF16",
    "F4",
    "dtype",
    "shape",
    "data_offsets",
    "__metadata__",
    "generation",
    "weights_sha256",
    "layers.0.weight",
    "layers.0.bias",
    "layers.1.weight",
    "18446744073709551615",
    "4294967296",
    "-1",
    "\\u0000",
    "null",
];

/// Files of the model with its metadata, without, and in another order of tensors; and one of another type.
pub(super) fn seeds() -> Vec<Vec<u8>> {
    let values: Vec<u8> = (0..14u8).map(|i| i.wrapping_mul(37) | 1).collect();
    let sha256: String = Sha256::digest(&values).iter().map(|byte| format!("{byte:02x}")).collect();
    let metadata = [
        String::new(),
        "\"__metadata__\":{\"generation\":\"7\"},".to_owned(),
        format!("\"__metadata__\":{{\"weights_sha256\":\"{sha256}\",\"model\":\"3-2-2+bias\"}},"),
    ];
    let tensor = |name: &str, dtype: &str, shape: &str, start: usize, end: usize| {
        format!("\"{name}\":{{\"dtype\":\"{dtype}\",\"shape\":[{shape}],\"data_offsets\":[{start},{end}]}}")
    };
    let mut seeds = Vec::new();
    for metadata in &metadata {
        for dtype in ["I8", "U8"] {
            let tensors = [
                tensor("layers.0.weight", dtype, "2,3", 0, 6),
                tensor("layers.0.bias", "I8", "2", 6, 8),
                tensor("layers.1.weight", "I8", "2,2", 8, 12),
                tensor("layers.1.bias", "I8", "2", 12, 14),
            ];
            let mut header = format!("{{{metadata}{}}}", tensors.join(","));
            header.extend(std::iter::repeat_n(' ', header.len().next_multiple_of(8) - header.len()));
            seeds.push([&(header.len() as u64).to_le_bytes()[..], header.as_bytes(), &values].concat());
        }
    }
    seeds
}
