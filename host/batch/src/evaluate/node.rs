use super::Scored;
use crate::engine::{Engine, Row, Size, Who};
use crate::material::Material;
use eggroll_firmware::estimator::node::Node;
use std::iter::repeat_n;
use std::ops::Range;

/// Slots that the base model has seen.
pub(super) struct Slots<I> {
    pub(super) first: u32,
    pub(super) inputs: I,
    /// The base model's scores.
    pub(super) base: Vec<i32>,
}

/// Evaluates slots: the base model on all of them, then the members of those that are kept.
pub(super) fn evaluate<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> Result<Vec<Scored>, E::Error> {
    let Some(streams) = material.run().streams() else {
        let slots = on_samples(engine, material, settings, slots)?;
        return Ok(vec![members(engine, settings, &slots, |_| true, fitness_of(settings))?]);
    };
    let context = streams.context.max(1);
    let step = engine.streams_at_once().max(1);
    let mut scored = Vec::new();
    for first in (slots.start / context..slots.end.div_ceil(context)).step_by(step as usize) {
        let of_streams = first.saturating_mul(context)..first.saturating_add(step).saturating_mul(context);
        let here = slots.start.max(of_streams.start)..slots.end.min(of_streams.end);
        let (inputs, base) = engine.slots(here.clone())?;
        let slots = Slots { first: here.start, inputs, base };
        scored.push(members(engine, settings, &slots, |_| true, fitness_of(settings))?);
    }
    Ok(scored)
}

fn on_samples<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> Result<Slots<E::Inputs>, E::Error> {
    let index = |slot| material.index(settings.sample_number(material.generation, slot));
    let (first, count) = (slots.start, slots.len());
    let inputs = engine.samples(slots.map(index).collect())?;
    let base = engine.in_parts(count, Size { members: 0, rows: 1 }, |engine, places| {
        let rows: Vec<Row> = places.map(|place| Row { noise: 0, input: place as u32 }).collect();
        engine.run(Who::Base, &inputs, &rows)
    })?;
    Ok(Slots { first, inputs, base: base.concat() })
}

/// A member's fitness by the scores of its twins, and the base model's.
fn fitness_of(settings: &Node) -> impl Fn(&[i32], i32) -> i16 + Sync {
    |twins, base| settings.fitness(twins[0], twins.get(1).copied().unwrap_or(base))
}

/// The members of slots that are kept, as far as these have any. `fitness` is made of the scores of a
/// member's twins and of the base model.
pub(super) fn members<E: Engine>(
    engine: &mut E,
    settings: &Node,
    slots: &Slots<E::Inputs>,
    have_members: impl Fn(u32) -> bool,
    fitness: impl Fn(&[i32], i32) -> i16 + Sync,
) -> Result<Scored, E::Error> {
    let kept: Vec<bool> = slots.base.iter().map(|&base| !settings.is_skipped(base)).collect();
    let places = (0..).zip(&kept).filter(|(_, kept)| **kept).map(|(place, _)| place);
    let places: Vec<u32> = places.filter(|place| have_members(slots.first + place)).collect();
    let (members, twins) = (settings.members as usize, settings.twins().len());
    let values = engine.in_parts(places.len(), Size { members, rows: members * twins }, |engine, part| {
        let places = &places[part];
        let mut numbers = Vec::with_capacity(places.len() * members);
        let mut rows = Vec::with_capacity(places.len() * members * twins);
        for &place in places {
            for member in 0..settings.members {
                rows.extend(repeat_n(Row { noise: numbers.len() as u32, input: place }, twins));
                numbers.push(settings.index(slots.first + place, member));
            }
        }
        engine.draw(&numbers)?;
        let scores = engine.run(Who::Members, &slots.inputs, &rows)?;
        let of_members = scores.chunks_exact(twins).zip(rows.iter().step_by(twins));
        let fitness = of_members.map(|(twins, row)| fitness(twins, slots.base[row.input as usize]));
        Ok(fitness.collect::<Vec<i16>>())
    })?;
    Ok(Scored { kept, values: values.concat() })
}
