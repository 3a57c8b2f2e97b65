//! The scores of a range of units, by any engine.

mod guided;
mod node;
mod weight;

use super::engine::Engine;
use super::material::Material;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::scores::{Packer, Shape};
use eggroll_firmware::train::{Estimator, Plan, TaskKind};
use std::ops::Range;

/// Whether members of a run can be evaluated in batches. What cannot: tasks that a member acts in, and
/// perturbations whose sums need 64 bits.
pub fn is_batched(plan: &Plan) -> bool {
    let narrow = match &plan.run().estimator {
        Estimator::Weight(weight) => !plan.low_rank(weight).wide,
        Estimator::Node(_) | Estimator::Guided(_) => true,
    };
    let batched = match plan.run().task {
        TaskKind::Samples { .. }
        | TaskKind::Regression { .. }
        | TaskKind::Text { .. }
        | TaskKind::HeldText { .. } => true,
        TaskKind::Own | TaskKind::Environment(_) | TaskKind::Randomized(_) | TaskKind::Reward(_) => false,
    };
    narrow && batched
}

/// The packed scores of a range of units of a run that [`is_batched`]: the bytes that the firmware's learner
/// gives; or [`Error::NoSuchUnits`].
///
/// # Errors
/// The engine's.
pub fn scores<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    units: Range<u32>,
) -> Result<Result<Vec<u8>, Error>, E::Error> {
    let estimator = &material.run().estimator;
    let has = estimator.units();
    if units.end > has {
        return Ok(Err(Error::NoSuchUnits { end: units.end.into(), has }));
    }
    let scored = match estimator {
        Estimator::Weight(weight) => weight::evaluate(engine, material, weight, units.clone(), true)?,
        Estimator::Node(node) => node::evaluate(engine, material, node, units.clone())?,
        Estimator::Guided(guided) => guided::evaluate(engine, material, guided, units.clone())?,
    };
    Ok(pack(estimator.shape().from(units.start), units.len(), &scored))
}

/// Runs the rows that [`scores`] evaluates for pairs, all of them the base model: what a perturbation costs
/// is measured against. Returns how many rows, or tokens of rows, that were; none for another estimator than
/// `weight`.
///
/// # Errors
/// The engine's.
pub fn unperturbed<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    pairs: Range<u32>,
) -> Result<u64, E::Error> {
    let Estimator::Weight(weight) = &material.run().estimator else { return Ok(0) };
    let context = material.run().streams().map_or(1, |streams| streams.context);
    let rows = 2 * pairs.len() as u64 * u64::from(weight.samples) * u64::from(context);
    std::hint::black_box(weight::evaluate(engine, material, weight, pairs, false)?);
    Ok(rows)
}

/// The scores of units that follow each other.
struct Scored {
    /// Whether each is kept.
    kept: Vec<bool>,
    /// The values of those that are.
    values: Vec<i16>,
}

fn pack(shape: Shape, units: usize, scored: &[Scored]) -> Result<Vec<u8>, Error> {
    let mut bytes = vec![0; shape.room(units)];
    let mut packer = Packer::new(shape, units, &mut bytes)?;
    let mut unit = 0;
    for Scored { kept, values } in scored {
        let mut values = values.iter();
        for &kept in kept {
            if kept {
                packer.keep();
                values.by_ref().take(shape.values_of(unit) as usize).for_each(|&f| packer.push(f));
            } else {
                packer.skip();
            }
            unit += 1;
        }
    }
    let len = packer.finish();
    bytes.truncate(len);
    Ok(bytes)
}
