use super::Scored;
use crate::engine::{Engine, Row, Size, Who};
use crate::material::Material;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use std::ops::Range;

/// Samples that are prepared at once where every pair has its own.
const OWN_SAMPLES: u32 = 1 << 12;

/// Evaluates pairs; or, to compare speeds, the base model in their rows.
pub(super) fn evaluate<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    settings: &Weight,
    pairs: Range<u32>,
    perturbed: bool,
) -> Result<Vec<Scored>, E::Error> {
    let who = if perturbed { Who::Members } else { Who::Base };
    // What all pairs share is prepared once.
    let shared = if settings.own_samples || material.run().streams().is_some() {
        None
    } else {
        Some(engine.samples(indices(material, settings, 0, 0..settings.samples).collect())?)
    };
    let size = Size { members: 1, rows: 2 * settings.samples as usize };
    engine.in_parts(pairs.len(), size, |engine, part| {
        let pairs = pairs.start + part.start as u32..pairs.start + part.end as u32;
        if perturbed {
            engine.draw(&pairs.clone().collect::<Vec<u32>>())?;
        }
        let count = pairs.len() as u32;
        let values = if let Some(inputs) = &shared {
            let rows = rows_of(count, 0..settings.samples, |_, i| i);
            fitness(settings, &engine.run(who, inputs, &rows)?)
        } else if material.run().streams().is_some() {
            let rows = rows_of(count, 0..settings.samples, |pair, i| settings.stream(pairs.start + pair, i));
            fitness(settings, &engine.run_streams(who, &rows)?)
        } else {
            on_own_samples(engine, material, settings, pairs, who)?
        };
        Ok(Scored { kept: vec![true; count as usize], values })
    })
}

/// The indices of a pair's samples.
fn indices(
    material: &Material<'_>,
    settings: &Weight,
    pair: u32,
    samples: Range<u32>,
) -> impl Iterator<Item = u32> {
    samples.map(move |i| material.index(settings.sample_number(material.generation, pair, i)))
}

/// The rows of pairs: both twins on every sample, one pair after another.
fn rows_of(pairs: u32, samples: Range<u32>, input: impl Fn(u32, u32) -> u32) -> Vec<Row> {
    let mut rows = Vec::with_capacity(2 * pairs as usize * samples.len());
    for pair in 0..pairs {
        rows.extend(samples.clone().flat_map(|i| [Row { noise: pair, input: input(pair, i) }; 2]));
    }
    rows
}

/// The differences of twins' scores, modulo 2^32.
fn differences(scores: &[i32]) -> impl Iterator<Item = i32> {
    scores.as_chunks::<2>().0.iter().map(|[plus, minus]| plus.wrapping_sub(*minus))
}

fn sum(differences: impl Iterator<Item = i32>) -> i32 {
    differences.fold(0, |sum: i32, by| sum.wrapping_add(by))
}

/// The fitness of pairs by the scores of all their rows.
fn fitness(settings: &Weight, scores: &[i32]) -> Vec<i16> {
    match settings.credit {
        CreditTo::Sample => differences(scores).map(|by| settings.fitness(by)).collect(),
        CreditTo::Pair => {
            let of_pairs = scores.chunks_exact(2 * settings.samples as usize);
            of_pairs.map(|of_pair| settings.fitness(sum(differences(of_pair)))).collect()
        }
    }
}

fn on_own_samples<E: Engine>(
    engine: &mut E,
    material: &Material<'_>,
    settings: &Weight,
    pairs: Range<u32>,
    who: Who,
) -> Result<Vec<i16>, E::Error> {
    let count = pairs.len() as u32;
    let step = (OWN_SAMPLES / count.max(1)).max(1);
    let mut differences_of = vec![0i32; count as usize];
    for first in (0..settings.samples).step_by(step as usize) {
        let samples = first..settings.samples.min(first.saturating_add(step));
        let of_pair = |pair| indices(material, settings, pair, samples.clone());
        let inputs = engine.samples(pairs.clone().flat_map(of_pair).collect())?;
        let each = samples.len() as u32;
        let scores = engine.run(who, &inputs, &rows_of(count, 0..each, |pair, i| pair * each + i))?;
        for (total, of_pair) in differences_of.iter_mut().zip(scores.chunks_exact(2 * samples.len())) {
            *total = total.wrapping_add(sum(differences(of_pair)));
        }
    }
    Ok(differences_of.into_iter().map(|by| settings.fitness(by)).collect())
}
