//! A model as a graph of ONNX, of integer operations alone.
//!
//! There are operations for quantised products in ONNX. This uses `MatMul` of 32-bit integers: on processors
//! without the right instructions, runtimes may make the sums of `MatMulInteger` by 16-bit ones that
//! saturate, and then the outputs are not those of a board.

mod dense;
mod graph;
mod message;
mod windows;

use super::answers::Answers;
use super::network::{Body, Network, Table};
use crate::data::TargetColumn;
use dense::dense;
use graph::Builder;
use message::{
    BOOL, Dimension, Entry, INT8, INT32, INT64, Model, OperatorSet, Shape, TensorType, Type, ValueInfo,
};
use prost::Message;

/// The version of the format, and that of the operations: those of ONNX 1.8, the first in which all of these
/// take integers.
const IR_VERSION: i64 = 7;
const OPSET: i64 = 13;

const RAW: &str = "raw";
const FEATURES: &str = "features";
const OUTPUTS: &str = "outputs";
const CLASS: &str = "class";
const VALUES: &str = "values";
const SCORE: &str = "score";
const ANOMALY: &str = "anomaly";

/// The outputs that there are: -127 to 127.
const OUTPUT_VALUES: usize = 255;

/// The bytes of a file. Input `raw` i32 [batch, inputs] (in an environment `features` i8), outputs `outputs`
/// i8 [batch, outputs] and `class` i64 [batch], or of a regression `values` i32 [batch, outputs], or of a
/// detector of anomalies `score` i32 [batch] and `anomaly` bool [batch].
pub(super) fn model(model: &Network<'_>) -> Vec<u8> {
    let mut builder = Builder::default();
    let (input, kind, features) = match &model.table {
        Some(table) => (RAW, INT32, features(&mut builder, table)),
        None => (FEATURES, INT8, builder.cast(FEATURES, INT32)),
    };
    let values = match &model.body {
        Body::Perceptron(layers) => {
            layers.iter().fold(features.clone(), |values, layer| dense(&mut builder, layer, &values))
        }
        Body::Convolutional(of) => windows::windows(&mut builder, of, &features),
    };
    builder.named("Cast", &[&values], OUTPUTS, &[("to", i64::from(INT8))]);
    let mut given = vec![value(OUTPUTS, INT8, Some(model.outputs))];
    match model.answers() {
        None | Some(Answers::Classes(_)) => {
            // The first of several equal ones, like everywhere.
            let attributes = [("axis", 1), ("keepdims", 0), ("select_last_index", 0)];
            builder.named("ArgMax", &[&values], CLASS, &attributes);
            given.push(value(CLASS, INT64, None));
        }
        Some(Answers::Targets(columns)) => {
            targets(&mut builder, columns, &values);
            given.push(value(VALUES, INT32, Some(model.outputs)));
        }
        Some(&Answers::Features { threshold }) => {
            detection(&mut builder, threshold, &features, &values);
            given.extend([value(SCORE, INT32, None), value(ANOMALY, BOOL, None)]);
        }
    }
    let mut graph = builder.graph;
    graph.name = "eggroll".to_owned();
    graph.doc_string = model.title.clone();
    graph.input = vec![value(input, kind, Some(model.inputs))];
    graph.output = given;
    let file = Model {
        ir_version: Some(IR_VERSION),
        producer_name: "eggroll".to_owned(),
        producer_version: env!("CARGO_PKG_VERSION").to_owned(),
        graph: Some(graph),
        opset_import: vec![OperatorSet { domain: Some(String::new()), version: Some(OPSET) }],
        metadata_props: metadata(model),
    };
    file.encode_to_vec()
}

/// What the graph itself does not say.
fn metadata(model: &Network<'_>) -> Vec<Entry> {
    let json = |names: Vec<&String>| serde_json::json!(names).to_string();
    let mut entries = vec![
        ("model", model.name.clone()),
        ("generation", model.generation.to_string()),
        ("weights_sha256", model.sha256.clone()),
    ];
    if let Some(table) = &model.table {
        match &table.answers {
            Answers::Classes(classes) => entries.push(("class_names", json(classes.iter().collect()))),
            Answers::Targets(targets) => {
                let titles: Vec<String> = targets.iter().map(TargetColumn::title).collect();
                let places: Vec<i8> = targets.iter().map(|target| target.rule.places()).collect();
                entries.push(("target_names", json(titles.iter().collect())));
                entries.push(("target_places", serde_json::json!(places).to_string()));
            }
            Answers::Features { threshold } => entries.push(("threshold", threshold.to_string())),
        }
        entries.push(("feature_names", json(table.features.iter().map(|feature| &feature.name).collect())));
        entries.push(("preprocessing", table.toml.clone()));
    }
    entries.into_iter().map(|(key, value)| Entry { key: key.to_owned(), value }).collect()
}

/// A value of the graph: rows of so many elements each, or of one without another dimension.
fn value(name: &str, kind: i32, width: Option<usize>) -> ValueInfo {
    let batch = Dimension { dim_param: Some("batch".to_owned()), dim_value: None };
    let width = width.map(|width| Dimension { dim_param: None, dim_value: Some(width as i64) });
    let shape = Shape { dim: [Some(batch), width].into_iter().flatten().collect() };
    let tensor_type = Some(TensorType { elem_type: Some(kind), shape: Some(shape) });
    ValueInfo { name: name.to_owned(), r#type: Some(Type { tensor_type }) }
}

/// The rules: `clip((clamp32(raw - centre) * mul + 2^(shift-1)) // 2^shift)` in 64 bits, as 32.
fn features(builder: &mut Builder, table: &Table) -> String {
    let count = table.rules();
    let rules = || table.features.iter().take(count).map(|feature| feature.rule);
    let centre = builder.int64(&[count], rules().map(|rule| rule.centre().into()));
    let mul = builder.int64(&[count], rules().map(|rule| rule.mul().into()));
    let half = builder.int64(&[count], rules().map(|rule| 1 << (rule.shift() - 1)));
    let divisor = builder.int64(&[count], rules().map(|rule| 1 << rule.shift()));
    let ends = [i32::MIN, i32::MAX, -127, 127];
    let [least, greatest, low, high] = ends.map(|end| builder.int64(&[], [end.into()].into_iter()));
    let raw = builder.cast(RAW, INT64);
    let difference = builder.op("Sub", &[&raw, &centre]);
    let difference = builder.op("Clip", &[&difference, &least, &greatest]);
    let product = builder.op("Mul", &[&difference, &mul]);
    let sum = builder.op("Add", &[&product, &half]);
    let quotient = builder.floor_divided(&sum, &divisor);
    let clipped = builder.op("Clip", &[&quotient, &low, &high]);
    builder.cast(&clipped, INT32)
}

/// The values that outputs stand for, of a table that holds those of every output and target: the product of
/// the rule has more than 64 bits, and there are but 255 outputs.
fn targets(builder: &mut Builder, columns: &[TargetColumn], outputs: &str) {
    let of_column = |column: &TargetColumn| (-127..=127).map(|output| column.raw(output)).collect::<Vec<_>>();
    let table = builder.int32s(&[columns.len() * OUTPUT_VALUES], columns.iter().flat_map(of_column));
    // Where the output 0 of a target is.
    let zeros = (0..columns.len()).map(|column| (column * OUTPUT_VALUES + OUTPUT_VALUES / 2) as i64);
    let zeros = builder.int64(&[columns.len()], zeros);
    let outputs = builder.cast(outputs, INT64);
    let places = builder.op("Add", &[&outputs, &zeros]);
    builder.named("Gather", &[&table, &places], VALUES, &[("axis", 0)]);
}

/// The score of each row, the sum of the squared differences between features and outputs, and whether it is
/// above the threshold: in 32 bits, which hold the score of the most features that a detector has.
fn detection(builder: &mut Builder, threshold: i32, features: &str, outputs: &str) {
    let difference = builder.op("Sub", &[features, outputs]);
    let square = builder.op("Mul", &[&difference, &difference]);
    let axis = builder.int64(&[1], std::iter::once(1));
    builder.named("ReduceSum", &[&square, &axis], SCORE, &[("keepdims", 0)]);
    let threshold = builder.int32(threshold);
    builder.named("Greater", &[SCORE, &threshold], ANOMALY, &[]);
}
