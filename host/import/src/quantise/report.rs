//! The integer model, and how it does.

use super::calibration::Calibration;
use super::layers::{Made, Measured};
use super::output::{InputScale, LayerReport, OutputScale, Quantised, Report};
use super::scores::{SIXTEENTHS, greatest};
use crate::error::Error;
use crate::graph::{Graph, Shape};

pub(super) fn collect(
    made: Made,
    shape: Shape,
    input: InputScale,
    offset: Vec<f32>,
    classes: bool,
) -> Quantised {
    let scale = made.stages.last().map_or(1.0, |last| last.scale);
    let weights = made
        .stages
        .iter()
        // All are within +-127.
        .flat_map(|stage| stage.ready.weights.iter().chain(&stage.ready.bias).map(|weight| *weight as i8))
        .collect();
    let layers = made.stages.iter().map(|stage| stage.ready.layer.clone()).collect();
    let share_of_bits = classes.then_some(scale / SIXTEENTHS);
    let report = Report {
        layers: made.stages.into_iter().map(layer).collect(),
        accuracy: None,
        agreement: None,
        equalised: made.equalised,
    };
    Quantised { shape, input, layers, weights, output: OutputScale { scale, offset, share_of_bits }, report }
}

fn layer(measured: Measured) -> LayerReport {
    let Measured { stage, ready, scale, counts, error, power } = measured;
    let all: u64 = counts.iter().sum();
    let largest = counts.iter().rposition(|count| *count > 0).unwrap_or(0);
    let quantile = |share: f64| {
        let mut seen = 0;
        let at = counts.iter().position(|count| {
            seen += count;
            seen as f64 >= share * all as f64
        });
        at.unwrap_or(0) as f32 / 127.0
    };
    LayerReport {
        name: stage.name,
        layer: ready.layer,
        shape: stage.shape,
        scale,
        range_used: largest as f32 / 127.0,
        percentiles: [quantile(0.5), quantile(0.99), quantile(0.999)],
        saturated: counts[127] as f32 / all.max(1) as f32,
        error: if power > 0.0 { (error / power).sqrt() as f32 } else { 0.0 },
    }
}

/// Runs both models over the calibration's rows.
pub(super) fn measure(
    graph: &Graph,
    quantised: &mut Quantised,
    calibration: &Calibration<'_>,
    classes: bool,
) -> Result<(), Error> {
    if classes {
        let (accuracy, agreement) = quantised.compare(graph, calibration.rows, calibration.labels)?;
        quantised.report.accuracy = accuracy;
        quantised.report.agreement = Some(agreement);
    }
    Ok(())
}

impl Quantised {
    /// Runs the float model and this one over rows, of which each belongs to a class: the shares of labels
    /// that the two meet, and the share of rows for which both choose the same class. Without rows they are
    /// no numbers.
    ///
    /// # Errors
    /// A row has not the model's size.
    pub fn compare(
        &self,
        graph: &Graph,
        rows: &[Vec<f32>],
        labels: Option<&[usize]>,
    ) -> Result<(Option<[f32; 2]>, f32), Error> {
        let (mut float, mut integer, mut same) = (0, 0, 0);
        for (index, row) in rows.iter().enumerate() {
            let exact = greatest(graph.run(row)?.outputs());
            let found = greatest(&self.run(&self.input.apply(row))?);
            same += usize::from(exact == found);
            if let Some(label) = labels.and_then(|labels| labels.get(index)) {
                float += usize::from(exact == *label);
                integer += usize::from(found == *label);
            }
        }
        let share = |count: usize| count as f32 / rows.len() as f32;
        Ok((labels.map(|_| [share(float), share(integer)]), share(same)))
    }
}
