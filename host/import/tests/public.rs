//! Public models, where a folder of them is at hand: files too large to keep here.
//!
//! `EGGROLL_IMPORT_MODELS=FOLDER cargo test -p eggroll-import --test public -- --ignored --nocapture` reads
//! each `NAME.tflite` or `NAME.onnx`; `NAME.safetensors` beside it has `rows`, inputs in the file's order,
//! and `expected`, what the file's own runtime computed of them (see `data/make/public.py`).

mod common;

use std::path::Path;

use eggroll_import::{Calibration, Graph, quantise, read};

#[test]
#[ignore = "needs a folder of models"]
fn models_of_a_folder() {
    let folder =
        std::env::var("EGGROLL_IMPORT_MODELS").expect("EGGROLL_IMPORT_MODELS names a folder of models");
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in
        paths.iter().filter(|path| path.extension().is_some_and(|end| end == "tflite" || end == "onnx"))
    {
        match read(path) {
            Err(error) => println!("{error}"),
            Ok(graph) => model(&graph, path),
        }
    }
}

fn model(graph: &Graph, path: &Path) {
    let name = path.file_stem().unwrap().to_string_lossy();
    let data = path.with_extension("safetensors");
    println!("{name}: {} -> {}, {} nodes", graph.input.shape, graph.output(), graph.nodes.len());
    if !data.exists() {
        return;
    }
    let data = data.to_string_lossy();
    let rows: Vec<Vec<f32>> = common::rows(&data, "rows").iter().map(|row| graph.ordered(row)).collect();
    let calibration = Calibration { rows: &rows, ..Calibration::default() };
    let model = quantise(graph, &calibration).unwrap();
    common::show(&name, &model);
    let (mut exact, mut integer, mut power) = (0.0, 0.0, 0.0);
    for (row, expected) in rows.iter().zip(common::rows(&data, "expected")) {
        let mut float = graph.run(row).unwrap().outputs().to_vec();
        let outputs = model.run(&model.input.apply(row)).unwrap();
        let offset = outputs.iter().zip(&model.output.offset);
        let mut found: Vec<f32> =
            offset.map(|(output, offset)| f32::from(*output) / model.output.scale + offset).collect();
        if model.output.share_of_bits.is_some() {
            (float, found) = (softmax(&float), softmax(&found));
        }
        for ((float, found), expected) in float.iter().zip(&found).zip(&expected) {
            exact += (float - expected).powi(2);
            integer += (found - expected).powi(2);
            power += expected.powi(2);
        }
    }
    println!(
        "{name}: outputs differ from the runtime's by {:.5} (floats) and {:.5} (integers) of their size",
        (exact / power).sqrt(),
        (integer / power).sqrt()
    );
}

fn softmax(scores: &[f32]) -> Vec<f32> {
    let largest = scores.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let sum: f32 = scores.iter().map(|score| (score - largest).exp()).sum();
    scores.iter().map(|score| (score - largest).exp() / sum).collect()
}
