//! Graphs that change layouts in many ways compute what ONNX Runtime computed, and become integers.

mod common;

use common::{path, rows};
use eggroll_import::{Calibration, Graph, Kind, Shape, quantise, read};

/// Outputs before the softmax or sigmoid that the file has, as its probabilities.
fn check(name: &str, probabilities: impl Fn(&[f32]) -> Vec<f32>) -> Graph {
    let graph = read(&path(&format!("{name}.onnx"))).unwrap();
    let data = format!("{name}.safetensors");
    let (given, expected) = (rows(&data, "rows"), rows(&data, "expected"));
    let ordered: Vec<Vec<f32>> = given.iter().map(|row| graph.ordered(row)).collect();
    for (row, expected) in ordered.iter().zip(&expected) {
        let found = probabilities(graph.run(row).unwrap().outputs());
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(expected) {
            assert!((found - expected).abs() < 1e-4, "{name}: {found} where {expected} was computed");
        }
    }
    let calibration = Calibration { rows: &ordered, ..Calibration::default() };
    let model = quantise(&graph, &calibration).unwrap();
    common::show(name, &model);
    for row in &ordered {
        let input = model.input.apply(row);
        assert_eq!(model.run(&input).unwrap(), common::plain::run(&model, &input));
    }
    if let Some(agreement) = model.report.agreement {
        assert!(agreement >= 0.95, "{name}: {agreement}");
    }
    let worst = model.report.layers.iter().map(|layer| layer.error).fold(0.0, f32::max);
    // Scores may be clipped; all other layers follow the float model.
    let last = model.report.layers.len() - 1;
    for layer in &model.report.layers[..last] {
        assert!(layer.error < 0.06, "{name}: {} has an error of {}", layer.name, layer.error);
    }
    println!("{name}: largest error {worst:.3}");
    graph
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let sum: f32 = scores.iter().map(|score| score.exp()).sum();
    scores.iter().map(|score| score.exp() / sum).collect()
}

#[test]
fn a_signal_with_channels_last() {
    let graph = check("signal", softmax);
    assert_eq!(graph.input.shape, Shape { rows: 1, columns: 21, channels: 3 });
    assert!(graph.input.order.iter().enumerate().all(|(to, from)| to == *from));
}

#[test]
fn an_image_normalised_and_padded_in_the_graph() {
    let graph = check("scaled", |scores| vec![softmax(scores)[1]]);
    assert_eq!(graph.input.shape, Shape { rows: 9, columns: 7, channels: 3 });
    // The file has channels first.
    assert_eq!(graph.input.order[..4], [0, 63, 126, 1]);
    assert_eq!(graph.input.gain[..2], [1.0 / 50.0, 1.0 / 60.0]);
    let Kind::Conv { window, .. } = &graph.nodes[1].kind else { panic!("{:?}", graph.nodes[1].kind) };
    assert_eq!(window.padding, [1, 0, 0, 2]);
}

#[test]
fn a_vector_that_becomes_an_image() {
    check("vector", <[f32]>::to_vec);
}

#[test]
fn data_that_do_not_fit() {
    let graph = read(&path("vector.onnx")).unwrap();
    let message = |rows: &[Vec<f32>], labels: Option<&[usize]>| {
        quantise(&graph, &Calibration { rows, labels, ..Calibration::default() }).unwrap_err().to_string()
    };
    assert!(message(&[], None).starts_with("data: no rows"));
    assert!(message(&[vec![0.0; 9]], None).contains("row 0 has 9 values, but the input of"));
    assert!(message(&[vec![f32::NAN; 10]], None).contains("no finite number"));
    assert!(message(&[vec![0.0; 10]], Some(&[])).contains("0 labels for 1 rows"));
    assert!(message(&[vec![0.0; 10]], Some(&[2])).contains("a label of 2, but the model has 2 outputs"));
    assert!(graph.run(&[0.0]).unwrap_err().to_string().contains("a row has 1 values"));
    // One row of zeros is little, and enough to compute something.
    let rows = vec![vec![0.0; 10]];
    quantise(&graph, &Calibration { rows: &rows, ..Calibration::default() }).unwrap();
}
