//! From a float model to an integer model.

mod calibration;
mod chain;
mod equalise;
mod input;
mod integer;
mod layers;
mod linear;
mod output;
mod range;
mod report;
mod scores;

use crate::error::{Error, data};
use crate::graph::{Graph, Head};

pub use calibration::{Calibration, Task};
pub use output::{Activation, InputScale, Layer, LayerReport, OutputScale, Quantised, Report};

use layers::{Goal, Made};

/// The integer model of a float model, with scales chosen from data.
///
/// # Errors
///
/// [`Error::Data`] if the data do not fit the model, [`Error::Node`] if the integer model has no layer for a
/// node.
pub fn quantise(graph: &Graph, calibration: &Calibration<'_>) -> Result<Quantised, Error> {
    calibration.check(graph)?;
    let mut stages = chain::chain(graph).map_err(|fault| fault.within(&graph.file))?;
    let classes = match calibration.task {
        Task::Classes => true,
        Task::Values => false,
        Task::Auto => calibration.labels.is_some() || graph.head == Head::Classes,
    };
    let chosen = calibration.chosen(graph);
    let scaled: Vec<Vec<f32>> = chosen.iter().map(|&at| graph.scaled(&calibration.rows[at])).collect();
    let rule = input::choose(graph, &stages, &scaled, calibration.per_feature)?;
    input::fold(&mut stages, &rule);
    let units: Vec<Vec<f32>> = scaled.iter().map(|row| rule.units(row)).collect();
    range::decouple(&mut stages, &units);
    let offset = scores::centre(&mut stages, &units, classes);
    let goal = if classes {
        Goal::Classes(scores::labels(&stages, &units, &chosen, calibration))
    } else {
        Goal::Values
    };
    let mut best: Option<Made> = None;
    for strength in [0.0, 0.5, 1.0] {
        let equalised = equalise::equalise(&stages, &units, strength);
        let made = layers::make(&equalised, &units, &goal).map_err(|fault| fault.within(&graph.file))?;
        if best.as_ref().is_none_or(|best| made.error < best.error) {
            best = Some(Made { equalised: strength, ..made });
        }
    }
    let best = best.ok_or_else(|| data("no rows"))?;
    let mut quantised = report::collect(best, graph.input.shape, rule.raw(graph), offset, classes);
    report::measure(graph, &mut quantised, calibration, classes)?;
    Ok(quantised)
}
