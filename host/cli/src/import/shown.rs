//! What is said of an imported model.

use eggroll_firmware::model::Program;
use eggroll_host::run::ModelName;
use eggroll_host::words;
use eggroll_import::{Graph, LayerReport, Quantised};
use indicatif::HumanBytes;
use serde_json::{Value, json};
use std::path::Path;

/// How both models do on rows that chose no scale.
#[derive(Clone, Copy, Debug)]
pub(super) struct HeldOut {
    rows: usize,
    /// The shares of labels that are met.
    float: f32,
    integer: f32,
}

/// Judges both models; `None` without rows.
pub(super) fn accuracy(
    graph: &Graph,
    made: &Quantised,
    (rows, labels): (&[Vec<f32>], &[usize]),
) -> Option<HeldOut> {
    if rows.is_empty() {
        return None;
    }
    let (accuracy, _) = made.compare(graph, rows, Some(labels)).ok()?;
    accuracy.map(|[float, integer]| HeldOut { rows: rows.len(), float, integer })
}

/// Lines on the model, its layers, and how it does beside the float model.
pub(super) fn lines(
    made: &Quantised,
    model: &ModelName,
    program: &Program,
    held: Option<HeldOut>,
) -> Vec<String> {
    let mut lines = vec![
        format!("model    {model}"),
        format!("input    {}", input(made)),
        format!(
            "memory   {} of weights, {} of activations at the fullest moment",
            HumanBytes(program.parameters() as u64),
            HumanBytes(program.activations() as u64)
        ),
        String::new(),
        "layer                     shape        divisor  of the range  saturated  error".to_owned(),
    ];
    lines.extend(made.report.layers.iter().map(layer));
    lines.push(String::new());
    if let Some([float, integer]) = made.report.accuracy {
        lines.push(format!(
            "accuracy {:.1} % in floats, {:.1} % in integers on the rows that chose the scales",
            100.0 * float,
            100.0 * integer
        ));
    }
    if let Some(HeldOut { rows, float, integer }) = held {
        lines.push(format!(
            "held out {:.1} % in floats, {:.1} % in integers of {rows} rows that chose nothing",
            100.0 * float,
            100.0 * integer
        ));
    }
    if let Some(agreement) = made.report.agreement {
        lines.push(format!("answers  {:.1} % are the same class", 100.0 * agreement));
    }
    if let Some(share) = made.output.share_of_bits.filter(|share| *share < 1.0) {
        lines.push(format!(
            "outputs  in {share:.2} of 1/16 bit: in 1/16 bit they would leave +-127, so probabilities are less sharp than \
             the model's"
        ));
    }
    lines
}

fn input(made: &Quantised) -> String {
    let shape = made.shape;
    match made.input.single() {
        Some((centre, scale)) => format!("{shape}, (x - {centre}) * {scale:.4}"),
        None => format!("{shape}, each value with a scale of its own"),
    }
}

fn layer(layer: &LayerReport) -> String {
    // Names may be whole paths, of operations that were put together; the last part of the first tells most.
    let name = layer.name.split(';').next().unwrap_or_default();
    let name = name.rsplit('/').find(|part| !part.is_empty()).unwrap_or(name);
    let name: String = words::shown(name, usize::MAX).chars().take(24).collect();
    let divisor = divisor(layer).map_or_else(String::new, |divisor| divisor.to_string());
    format!(
        "{name:25} {:12} {divisor:>7} {:>12.0} % {:>8.2} % {:>5.1} %",
        layer.shape.to_string(),
        100.0 * layer.range_used,
        100.0 * layer.saturated,
        100.0 * layer.error
    )
}

const fn divisor(layer: &LayerReport) -> Option<u32> {
    use eggroll_import::Layer;
    match layer.layer {
        Layer::Dense { divisor, .. } | Layer::Conv { divisor, .. } | Layer::Depthwise { divisor, .. } => {
            Some(divisor)
        }
        _ => None,
    }
}

/// The same for a program.
pub(super) fn json(
    made: &Quantised,
    model: &ModelName,
    program: &Program,
    (out, held): (&Path, Option<HeldOut>),
) -> Value {
    let layers: Vec<Value> = made
        .report
        .layers
        .iter()
        .map(|layer| {
            json!({
                "name": layer.name,
                "shape": layer.shape.to_string(),
                "scale": layer.scale,
                "divisor": divisor(layer),
                "range_used": layer.range_used,
                "percentiles": layer.percentiles,
                "saturated": layer.saturated,
                "error": layer.error,
            })
        })
        .collect();
    let [float, integer] = made.report.accuracy.map_or([None; 2], |accuracy| accuracy.map(Some));
    json!({
        "out": out.display().to_string(),
        "model": model.to_string(),
        "weights": program.parameters(),
        "activations": program.activations(),
        "float_accuracy": float,
        "integer_accuracy": integer,
        "held_out_float_accuracy": held.map(|held| held.float),
        "held_out_accuracy": held.map(|held| held.integer),
        "held_out_rows": held.map(|held| held.rows),
        "agreement": made.report.agreement,
        "output_scale": made.output.scale,
        "layers": layers,
    })
}
