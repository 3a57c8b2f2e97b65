//! Test data, and the integer model computed a second time, plainly.
#![allow(dead_code)]

pub(crate) mod plain;

use std::path::PathBuf;

use eggroll_import::{Calibration, Graph, Quantised, read};
use safetensors::{Dtype, SafeTensors};

/// A file of the test data.
pub(crate) fn path(name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data").join(name)
}

/// A tensor of a file, in rows.
pub(crate) fn rows(file: &str, name: &str) -> Vec<Vec<f32>> {
    let bytes = std::fs::read(path(file)).unwrap();
    let tensors = SafeTensors::deserialize(&bytes).unwrap();
    let tensor = tensors.tensor(name).unwrap();
    let data = tensor.data();
    let values: Vec<f32> = match tensor.dtype() {
        Dtype::U8 => data.iter().map(|value| f32::from(*value)).collect(),
        Dtype::F32 => data.as_chunks::<4>().0.iter().map(|value| f32::from_le_bytes(*value)).collect(),
        Dtype::I32 => data.as_chunks::<4>().0.iter().map(|value| i32::from_le_bytes(*value) as f32).collect(),
        other => panic!("{other:?}"),
    };
    let size: usize = tensor.shape()[1..].iter().product();
    values.chunks_exact(size.max(1)).map(<[f32]>::to_vec).collect()
}

/// Labels of a file.
pub(crate) fn labels(file: &str, name: &str) -> Vec<usize> {
    rows(file, name).into_iter().map(|row| row[0] as usize).collect()
}

/// The images of digits: calibration rows and labels, held-out rows and labels; values are multiplied.
pub(crate) fn digits(gain: f32) -> [(Vec<Vec<f32>>, Vec<usize>); 2] {
    ["calibration", "test"].map(|part| {
        let mut rows = rows("digits.safetensors", part);
        rows.iter_mut().flatten().for_each(|value| *value *= gain);
        (rows, labels("digits.safetensors", &format!("{part}_labels")))
    })
}

pub(crate) fn greatest<T: PartialOrd + Copy>(values: &[T]) -> usize {
    (0..values.len()).rev().max_by(|a, b| values[*a].partial_cmp(&values[*b]).unwrap()).unwrap()
}

/// The share of labels that the float model meets.
pub(crate) fn float_accuracy(graph: &Graph, rows: &[Vec<f32>], labels: &[usize]) -> f64 {
    let right =
        rows.iter().zip(labels).filter(|(row, label)| greatest(graph.run(row).unwrap().outputs()) == **label);
    right.count() as f64 / rows.len() as f64
}

/// The share that the integer model meets, computed plainly; the crate's own computation must have equal
/// bits.
pub(crate) fn integer_accuracy(model: &Quantised, rows: &[Vec<f32>], labels: &[usize]) -> f64 {
    let right = rows.iter().zip(labels).filter(|(row, label)| {
        let input = model.input.apply(row);
        let outputs = plain::run(model, &input);
        assert_eq!(model.run(&input).unwrap(), outputs);
        greatest(&outputs) == **label
    });
    right.count() as f64 / rows.len() as f64
}

/// Reads, quantises by the digits, and returns the accuracies on held-out digits of both models.
pub(crate) fn on_digits(name: &str, gain: f32) -> (f64, f64, Quantised) {
    let graph = read(&path(name)).unwrap();
    let [(rows, labels), (test, test_labels)] = digits(gain);
    let calibration = Calibration { rows: &rows, labels: Some(&labels), ..Calibration::default() };
    let model = eggroll_import::quantise(&graph, &calibration).unwrap();
    let float = float_accuracy(&graph, &test, &test_labels);
    let integer = integer_accuracy(&model, &test, &test_labels);
    show(name, &model);
    println!("{name}: float {float:.4}, integer {integer:.4} on held-out rows");
    (float, integer, model)
}

/// Prints the report, for figures.
pub(crate) fn show(name: &str, model: &Quantised) {
    for layer in &model.report.layers {
        println!(
            "{name} {:24} {:9} scale {:8.3} used {:.2} p50/99/99.9 {:.2?} saturated {:.4} error {:.4} {:?}",
            layer.name,
            layer.shape.to_string(),
            layer.scale,
            layer.range_used,
            layer.percentiles,
            layer.saturated,
            layer.error,
            layer.layer,
        );
    }
    let report = &model.report;
    println!(
        "{name}: calibration accuracy {:?}, agreement {:?}, equalised {}, input {:?}, output {} ({:?} of bits)",
        report.accuracy,
        report.agreement,
        report.equalised,
        model.input.single(),
        model.output.scale,
        model.output.share_of_bits
    );
}
