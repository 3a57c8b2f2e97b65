use super::pass::{Keep, Members, Reads, Row};
use super::worker::{MOST_ROWS, Worker};
use crate::device::DeviceError;
use eggroll_batch::evaluate::{Material, Scored, kept};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::noise::sample_index;
use std::ops::Range;

/// Slots that are evaluated together.
struct Slots {
    first: u32,
    /// What their rows read, by slot.
    inputs: Vec<u32>,
    /// Their base log-likelihoods.
    base: Vec<i32>,
    reads: Reads,
}

/// Evaluates slots: the base model on all of them, then the members of those that are kept.
pub(super) fn evaluate(
    worker: &mut Worker,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> Result<Vec<Scored>, DeviceError> {
    let Some(streams) = material.plan.run().streams() else {
        let slots = on_samples(worker, material, settings, slots)?;
        return Ok(vec![members(worker, material, settings, &slots)?]);
    };
    // As many streams at once as there is room for their states.
    let context = streams.context.max(1);
    let bytes = worker.row_states.len() as u64 * (u64::from(context) + 1);
    let at_once = (worker.budget / bytes.max(1)).clamp(1, streams.count.max(1).into()) as u32;
    let all = slots.start / context..slots.end.div_ceil(context);
    let mut scored = Vec::new();
    for first in all.clone().step_by(at_once as usize) {
        let chunk = first..all.end.min(first.saturating_add(at_once));
        let slots = on_streams(worker, context, chunk, slots.clone())?;
        scored.push(members(worker, material, settings, &slots)?);
    }
    Ok(scored)
}

fn on_samples(
    worker: &mut Worker,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> Result<Slots, DeviceError> {
    let (run, first) = (material.plan.run(), slots.start);
    let number = |slot| settings.sample_number(material.generation, slot);
    let inputs: Vec<u32> = slots.map(|slot| sample_index(run.seed, number(slot), run.samples())).collect();
    let rows: Vec<Row> = inputs.iter().map(|&input| [0, input]).collect();
    let base = worker.pass(Members::Base, Reads::Samples, &rows)?;
    Ok(Slots { first, inputs, base, reads: Reads::Samples })
}

/// The base model on streams, from their starts; what belongs to `slots` of them.
fn on_streams(
    worker: &mut Worker,
    context: u32,
    streams: Range<u32>,
    slots: Range<u32>,
) -> Result<Slots, DeviceError> {
    let rows: Vec<Row> = (0..streams.len() as u32).map(|stream| [0, stream]).collect();
    let reads = Reads::Streams { first: streams.start, steps: context, keep: Keep::All };
    let base = worker.pass(Members::Base, reads, &rows)?;
    // Slots are numbered without a stream's last token, which is a target only.
    let before = streams.start * context;
    let here = slots.start.max(before)..slots.end.min(streams.end * context);
    let place = |slot: u32| (slot - before) / context * (context + 1) + (slot - before) % context;
    let within = (here.start - before) as usize..(here.end - before) as usize;
    Ok(Slots {
        first: here.start,
        inputs: here.clone().map(place).collect(),
        base: base[within].to_vec(),
        reads: Reads::Tokens { first: streams.start },
    })
}

/// The members of slots that are kept.
fn members(
    worker: &mut Worker,
    material: &Material<'_>,
    settings: &Node,
    slots: &Slots,
) -> Result<Scored, DeviceError> {
    let kept = kept(settings, &slots.base);
    let places: Vec<usize> = (0..kept.len()).filter(|&place| kept[place]).collect();
    let twins = settings.twins().len();
    let per_slot = settings.members as usize * twins;
    let bytes = u64::from(settings.members) * worker.noise_bytes()
        + per_slot as u64 * (size_of::<Row>() + size_of::<i32>()) as u64;
    let at_once = (worker.budget / bytes.max(1)).clamp(1, (MOST_ROWS / per_slot).max(1) as u64) as usize;
    let mut values = Vec::new();
    for places in places.chunks(at_once) {
        let mut numbers = Vec::with_capacity(places.len() * settings.members as usize);
        let mut rows: Vec<Row> = Vec::with_capacity(places.len() * per_slot);
        for &place in places {
            let slot = slots.first + place as u32;
            for member in 0..settings.members {
                rows.extend(std::iter::repeat_n([numbers.len() as u32, slots.inputs[place]], twins));
                numbers.push(settings.index(slot, member));
            }
        }
        worker.draw(material.generation, &numbers)?;
        let noisy = Members::Noisy { amplitude: settings.amplitude, twins };
        let scores = worker.pass(noisy, slots.reads, &rows)?;
        let of_slots = scores.chunks_exact(per_slot).zip(places);
        values.extend(of_slots.flat_map(|(scores, &place)| {
            scores.chunks_exact(twins).map(move |twins| {
                let reference = twins.get(1).copied().unwrap_or(slots.base[place]);
                settings.fitness(twins[0], reference)
            })
        }));
    }
    Ok(Scored { kept, values })
}
