use super::{Likelihoods, Material, ROWS, Scored};
use crate::factors::{Factors, Row};
use crate::model::{Base, Inputs, Model, Pairs, Scratch, Shared, states_of};
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Weight};
use eggroll_firmware::kernel::Twin;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// Memory of a thread.
struct Memory {
    factors: Factors,
    scratch: Scratch,
    rows: Vec<Row>,
    of: Vec<u32>,
    targets: Vec<usize>,
    tokens: Vec<u8>,
    states: Vec<i8>,
    scores: Vec<i32>,
}

/// Evaluates pairs: a batch is as many as fill its rows, or one pair on as many of its samples.
pub(super) fn evaluate(
    model: &Model,
    material: &Material<'_>,
    settings: &Weight,
    pairs: Range<u32>,
    perturbed: bool,
) -> Vec<Scored> {
    let (shape, program, seed) = (material.plan.low_rank(settings), model.program(), material.run().seed);
    let generation = material.generation;
    let pair = Pair { settings, shape, program, seed, generation, pair: 0 };
    let at_once = (ROWS as u32 / 2 / settings.samples).max(1);
    // Threads share what is left over at the end.
    let threads = rayon::current_num_threads() as u32;
    let at_once = at_once.min((pairs.len() as u32).div_ceil(threads)).max(1);
    let chunks = (pairs.len() as u32).div_ceil(at_once);
    let shared = if settings.own_samples || material.text().is_some() {
        None
    } else {
        Some(inputs(model, material, settings, 0, 0..settings.samples))
    };
    let memory = || Memory {
        factors: Factors::new(&pair),
        scratch: Scratch::default(),
        rows: Vec::new(),
        of: Vec::new(),
        targets: Vec::new(),
        tokens: Vec::new(),
        states: Vec::new(),
        scores: Vec::new(),
    };
    let chunk = |memory: &mut Memory, chunk: u32| {
        let first = pairs.start + chunk * at_once;
        let pairs = first..pairs.end.min(first + at_once);
        if perturbed {
            memory.factors.draw(pairs.clone(), &pair, model.weights());
        }
        let batch = Batch { model, material, settings, pairs, perturbed };
        if material.text().is_some() {
            batch.on_text(memory)
        } else {
            batch.on_samples(shared.as_ref(), memory)
        }
    };
    (0..chunks).into_par_iter().map_init(memory, chunk).collect()
}

/// Samples of a pair that are evaluated side by side, when so many pairs are.
fn tiles(settings: &Weight, pairs: usize) -> impl Iterator<Item = Range<u32>> + use<> {
    let (samples, at_once) = (settings.samples, (ROWS / 2 / pairs.max(1)).max(1));
    (0..samples).step_by(at_once).map(move |first| first..samples.min(first.saturating_add(at_once as u32)))
}

/// The first layer of samples, and their labels.
fn inputs(
    model: &Model,
    material: &Material<'_>,
    settings: &Weight,
    pair: u32,
    samples: Range<u32>,
) -> (Shared, Vec<usize>) {
    let number = |i| settings.sample_number(material.generation, pair, i);
    let (inputs, labels): (Vec<&[i8]>, Vec<usize>) = samples.map(|i| material.sample(number(i))).unzip();
    (model.share(&inputs.concat()), labels)
}

/// Pairs that are evaluated side by side.
struct Batch<'a> {
    model: &'a Model,
    material: &'a Material<'a>,
    settings: &'a Weight,
    pairs: Range<u32>,
    perturbed: bool,
}

impl Batch<'_> {
    fn on_samples(&self, shared: Option<&(Shared, Vec<usize>)>, memory: &mut Memory) -> Scored {
        let Self { model, material, settings, pairs, perturbed } = self;
        let pairs = pairs.clone();
        let mut differences = vec![0; pairs.len()];
        let mut scored = Scored { kept: vec![true; pairs.len()], values: Vec::new() };
        let per_sample = settings.credit == CreditTo::Sample;
        // Credit per sample wants the values of one pair after those of another.
        let groups = if per_sample { 1 } else { pairs.len() };
        let all: Vec<u32> = pairs.collect();
        for (group, of_group) in all.chunks(groups).enumerate() {
            for tile in tiles(settings, of_group.len()) {
                let own: Vec<(Shared, Vec<usize>)>;
                // Where pairs have samples of their own, each brings its rows.
                let parts = match shared {
                    Some(shared) => vec![(shared, 0..of_group.len(), tile.clone())],
                    None => {
                        let of = |&pair: &u32| inputs(model, material, settings, pair, tile.clone());
                        own = of_group.iter().map(of).collect();
                        let of = |(local, inputs)| (inputs, local..local + 1, 0..tile.len() as u32);
                        own.iter().enumerate().map(of).collect()
                    }
                };
                for ((shared, labels), locals, samples) in parts {
                    let Memory { factors, scratch, rows, of, targets, scores, .. } = memory;
                    rows.clear();
                    of.clear();
                    targets.clear();
                    for local in locals.clone() {
                        for i in samples.clone() {
                            for twin in Twin::BOTH {
                                rows.push(Row { pair: (group * groups + local) as u32, twin });
                                of.push(i);
                                targets.push(labels[i as usize]);
                            }
                        }
                    }
                    let inputs = Inputs::Features { shared, of };
                    let logits = if *perturbed {
                        model.run(inputs, &mut [], &mut Pairs { factors, rows }, scratch)
                    } else {
                        model.run(inputs, &mut [], &mut Base, scratch)
                    };
                    model.level().run(Likelihoods { logits, targets, out: scores });
                    let mut of_twins = scores.chunks_exact(2).map(|twins| twins[0] - twins[1]);
                    for local in locals {
                        for by in of_twins.by_ref().take(samples.len()) {
                            if per_sample {
                                scored.values.push(settings.fitness(by));
                            } else {
                                differences[local] += by;
                            }
                        }
                    }
                }
            }
        }
        if !per_sample {
            scored.values.extend(differences.iter().map(|&by| settings.fitness(by)));
        }
        scored
    }

    fn on_text(&self, memory: &mut Memory) -> Scored {
        let Self { model, material, settings, pairs, perturbed } = self;
        let mut differences = vec![0i32; pairs.len()];
        let Some((streams, feed)) = material.text() else { return Scored::default() };
        for tile in tiles(settings, pairs.len()) {
            let Memory { factors, scratch, rows, of, targets, tokens, states, scores } = memory;
            rows.clear();
            of.clear();
            for (local, pair) in pairs.clone().enumerate() {
                for i in tile.clone() {
                    for twin in Twin::BOTH {
                        rows.push(Row { pair: local as u32, twin });
                        of.push(settings.stream(pair, i));
                    }
                }
            }
            states_of(model.program(), rows.len(), |row| feed.state(of[row]), states);
            let mut members = Pairs { factors, rows };
            for t in 0..streams.context as usize {
                tokens.clear();
                targets.clear();
                for &stream in &*of {
                    let read = feed.tokens(stream);
                    tokens.push(read[t]);
                    targets.push(read[t + 1].into());
                }
                let logits = if *perturbed {
                    model.run(Inputs::Tokens(tokens), states, &mut members, scratch)
                } else {
                    model.run(Inputs::Tokens(tokens), states, &mut Base, scratch)
                };
                model.level().run(Likelihoods { logits, targets, out: scores });
                for (row, twins) in rows.iter().step_by(2).zip(scores.chunks_exact(2)) {
                    let difference = &mut differences[row.pair as usize];
                    *difference = difference.wrapping_add(twins[0] - twins[1]);
                }
            }
        }
        let values = differences.iter().map(|&by| settings.fitness(by)).collect();
        Scored { kept: vec![true; pairs.len()], values }
    }
}
