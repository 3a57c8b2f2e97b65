//! Models of other tools: what the float model computes, and how near the integer model comes.

mod common;

use common::{digits, labels, on_digits, path, rows, show};
use eggroll_import::{Calibration, Layer, Quantised, Task, quantise, read};

/// The most that integers may lose.
const POINT: f64 = 0.01;

fn within_a_point(name: &str, gain: f32) -> Quantised {
    let (float, integer, model) = on_digits(name, gain);
    assert!(integer >= float - POINT, "{name}: {integer} after {float}");
    model
}

/// The outputs of each held-out row equal those that another program stored.
fn equals(name: &str, gain: f32, expected: &str) {
    let graph = read(&path(name)).unwrap();
    let [_, (test, _)] = digits(gain);
    for (row, expected) in test.iter().zip(rows(expected, "expected")) {
        let found = graph.run(row).unwrap();
        for (found, expected) in found.outputs().iter().zip(&expected) {
            assert!((found - expected).abs() < 1e-4, "{name}: {found} where {expected} was computed");
        }
    }
}

/// Models whose file has probabilities at its end: of the scores here the same ones come.
fn probabilities(name: &str, test: &[Vec<f32>], expected: &[Vec<f32>]) {
    let graph = read(&path(name)).unwrap();
    for (row, expected) in test.iter().zip(expected) {
        let outputs = graph.run(row).unwrap().outputs().to_vec();
        let sum: f32 = outputs.iter().map(|score| score.exp()).sum();
        for (score, expected) in outputs.iter().zip(expected) {
            let found = score.exp() / sum;
            assert!((found - expected).abs() < 1e-4, "{name}: {found} where {expected} was computed");
        }
    }
}

fn tabular(name: &str) {
    let data = format!("{name}.safetensors");
    let (calibration_rows, test) = (rows(&data, "calibration"), rows(&data, "test"));
    probabilities(&format!("{name}.onnx"), &test, &rows(&data, "expected"));
    let graph = read(&path(&format!("{name}.onnx"))).unwrap();
    let (known, test_labels) = (labels(&data, "calibration_labels"), labels(&data, "test_labels"));
    let calibration = Calibration { rows: &calibration_rows, labels: Some(&known), ..Calibration::default() };
    let model = quantise(&graph, &calibration).unwrap();
    show(name, &model);
    let float = common::float_accuracy(&graph, &test, &test_labels);
    let integer = common::integer_accuracy(&model, &test, &test_labels);
    println!("{name}: float {float:.4}, integer {integer:.4} on held-out rows");
    assert!(integer >= float - POINT, "{name}: {integer} after {float}");
}

#[test]
fn a_perceptron_of_scikit_learn() {
    let [_, (test, _)] = digits(1.0);
    probabilities("mlp.onnx", &test, &rows("mlp.safetensors", "expected"));
    within_a_point("mlp.onnx", 1.0);
}

#[test]
fn a_logistic_regression_of_scikit_learn() {
    tabular("iris");
}

#[test]
fn two_classes_of_one_sigmoid() {
    tabular("cancer");
}

#[test]
fn a_regression_of_scikit_learn() {
    let data = "diabetes.safetensors";
    let (calibration_rows, test) = (rows(data, "calibration"), rows(data, "test"));
    let graph = read(&path("diabetes.onnx")).unwrap();
    let calibration = Calibration { rows: &calibration_rows, task: Task::Values, ..Calibration::default() };
    let model = quantise(&graph, &calibration).unwrap();
    show("diabetes", &model);
    let (mut error, mut float_error, mut integer_error) = (0.0, 0.0, 0.0);
    let targets = rows(data, "test_labels");
    for ((row, target), expected) in test.iter().zip(&targets).zip(rows(data, "expected")) {
        let exact = graph.run(row).unwrap().outputs()[0];
        assert!((exact - expected[0]).abs() < 1e-4 * expected[0].abs().max(1.0));
        let units = f32::from(common::plain::run(&model, &model.input.apply(row))[0]);
        let found = units / model.output.scale + model.output.offset[0];
        error += (found - exact).powi(2);
        float_error += (exact - target[0]).powi(2);
        integer_error += (found - target[0]).powi(2);
    }
    let root = |sum: f32| (sum / test.len() as f32).sqrt();
    println!(
        "diabetes: float error {:.2}, integer error {:.2}, difference {:.2}",
        root(float_error),
        root(integer_error),
        root(error)
    );
    assert!(root(integer_error) < root(float_error) * 1.02);
}

#[test]
fn a_convolutional_network_in_onnx() {
    equals("cnn.onnx", 1.0 / 16.0, "cnn.safetensors");
    within_a_point("cnn.onnx", 1.0 / 16.0);
}

#[test]
fn a_residual_network_with_depthwise_layers_in_onnx() {
    equals("residual.onnx", 1.0 / 16.0, "residual.safetensors");
    let model = within_a_point("residual.onnx", 1.0 / 16.0);
    let count = |wanted: fn(&Layer) -> bool| model.layers.iter().filter(|layer| wanted(layer)).count();
    assert_eq!(count(|layer| matches!(layer, Layer::Fork)), 2);
    assert_eq!(count(|layer| matches!(layer, Layer::Shortcut)), 2);
    assert_eq!(count(|layer| matches!(layer, Layer::Join { .. })), 2);
}

#[test]
fn quantised_networks_in_onnx() {
    within_a_point("cnn_qdq.onnx", 1.0 / 16.0);
    within_a_point("cnn_qoperator.onnx", 1.0 / 16.0);
}

#[test]
fn float_networks_in_tflite() {
    for name in ["cnn", "residual"] {
        equals(&format!("{name}_float.tflite"), 1.0 / 16.0, &format!("{name}.safetensors"));
        within_a_point(&format!("{name}_float.tflite"), 1.0 / 16.0);
    }
}

#[test]
fn quantised_networks_in_tflite() {
    within_a_point("cnn_int8.tflite", 1.0 / 16.0);
    within_a_point("residual_int8.tflite", 1.0 / 16.0);
}

#[test]
fn networks_in_safetensors() {
    for name in ["cnn_keras.toml", "cnn_torch.toml"] {
        equals(name, 1.0 / 16.0, "cnn.safetensors");
        within_a_point(name, 1.0 / 16.0);
    }
}
