use super::pass::{Keep, Members, Reads, Row};
use super::worker::{MOST_ROWS, Worker};
use crate::device::DeviceError;
use eggroll_batch::evaluate::{Material, Scored};
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::sample_index;
use std::ops::Range;

/// Evaluates pairs, as many side by side as the device has memory for; or, to compare speeds, the base model in their rows.
pub(super) fn evaluate(
    worker: &mut Worker,
    material: &Material<'_>,
    settings: &Weight,
    pairs: Range<u32>,
    perturbed: bool,
) -> Result<Vec<Scored>, DeviceError> {
    let samples = settings.samples as usize;
    // Noise; rows and their scores.
    let bytes = worker.noise_bytes() + 2 * samples as u64 * (size_of::<Row>() + size_of::<i32>()) as u64;
    let at_once = (worker.budget / bytes.max(1)).clamp(1, (MOST_ROWS / (2 * samples)).max(1) as u64) as u32;
    let mut scored = Vec::new();
    for first in pairs.clone().step_by(at_once as usize) {
        let chunk = first..pairs.end.min(first.saturating_add(at_once));
        scored.push(of_chunk(worker, material, settings, chunk, perturbed)?);
    }
    Ok(scored)
}

fn of_chunk(
    worker: &mut Worker,
    material: &Material<'_>,
    settings: &Weight,
    pairs: Range<u32>,
    perturbed: bool,
) -> Result<Scored, DeviceError> {
    let (run, generation) = (material.plan.run(), material.generation);
    let numbers: Vec<u32> = pairs.clone().collect();
    if perturbed {
        worker.draw(generation, &numbers)?;
    }
    let streams = run.streams();
    // Pairs that share their samples share their numbers.
    let input = |pair: u32, i: u32| match streams {
        Some(_) => settings.stream(pair, i),
        None => sample_index(run.seed, settings.sample_number(generation, pair, i), run.samples()),
    };
    let all = |pair: u32| (0..settings.samples).map(move |i| input(pair, i)).collect::<Vec<u32>>();
    let shared = if settings.own_samples { Vec::new() } else { all(0) };
    let mut rows: Vec<Row> = Vec::with_capacity(2 * numbers.len() * settings.samples as usize);
    for (local, &pair) in (0..).zip(&numbers) {
        let own;
        let inputs = if settings.own_samples {
            own = all(pair);
            &own
        } else {
            &shared
        };
        rows.extend(inputs.iter().flat_map(|&input| [[local, input]; 2]));
    }
    let reads = streams.map_or(Reads::Samples, |streams| Reads::Streams {
        first: 0,
        steps: streams.context,
        keep: Keep::Nothing,
    });
    let members = if perturbed { Members::Pairs(material.plan.low_rank(settings)) } else { Members::Base };
    let scores = worker.pass(members, reads, &rows)?;
    let differences = scores.as_chunks::<2>().0.iter().map(|[plus, minus]| plus.wrapping_sub(*minus));
    let values = if settings.credit == CreditTo::Sample {
        differences.map(|by| settings.fitness(by)).collect()
    } else {
        let differences: Vec<i32> = differences.collect();
        let of_pair = |of: &[i32]| settings.fitness(of.iter().fold(0i32, |sum, &by| sum.wrapping_add(by)));
        differences.chunks_exact(settings.samples as usize).map(of_pair).collect()
    };
    Ok(Scored { kept: vec![true; numbers.len()], values })
}
