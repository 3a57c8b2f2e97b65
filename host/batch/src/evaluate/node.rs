use super::{Likelihoods, Material, ROWS, Scored};
use crate::base::{TextBase, text_base};
use crate::model::{Base, Inputs, Model, Noisy, Scratch, Shared, states_of};
use crate::nodes::Blocks;
use eggroll_firmware::estimator::node::Node;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;
use std::ops::Range;

/// Memory of a thread.
#[derive(Default)]
struct Memory {
    scratch: Scratch,
    members: Vec<u32>,
    words: Vec<u64>,
    of: Vec<u32>,
    targets: Vec<usize>,
    tokens: Vec<u8>,
    states: Vec<i8>,
    scores: Vec<i32>,
}

/// What slots share with their members.
enum Start {
    /// Samples: their first layer.
    Samples(Shared),
    /// Tokens: the states before them.
    Tokens(TextBase),
}

/// Evaluates slots: the base model on all of them, then the members of those that are kept.
pub(super) fn evaluate(
    model: &Model,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> Vec<Scored> {
    let (start, targets, base) = match material.text() {
        Some((streams, feed)) => {
            let mut text = text_base(model, streams, feed, slots.clone());
            let (targets, base) = (core::mem::take(&mut text.targets), core::mem::take(&mut text.scores));
            (Start::Tokens(text), targets, base)
        }
        None => {
            let (shared, labels) = samples(model, material, settings, slots.clone());
            let mut base = Vec::new();
            let of: Vec<u32> = (0..labels.len() as u32).collect();
            let (inputs, mut scratch) = (Inputs::Features { shared: &shared, of: &of }, Scratch::default());
            let logits = model.run(inputs, &mut [], &mut Base, &mut scratch);
            model.level().run(Likelihoods { logits, targets: &labels, out: &mut base });
            (Start::Samples(shared), labels, base)
        }
    };
    let kept = kept(settings, &base);
    let places: Vec<usize> = (0..kept.len()).filter(|&place| kept[place]).collect();
    let twins = settings.twins().len();
    let threads = rayon::current_num_threads();
    let at_once = (ROWS / (settings.members as usize * twins)).min(places.len().div_ceil(threads)).max(1);
    let blocks = Blocks::of_nodes(model.program());
    let of_batch = |memory: &mut Memory, places: &[usize]| {
        let Memory { members, words, of, targets: of_rows, scores, .. } = memory;
        members.clear();
        of.clear();
        of_rows.clear();
        for &place in places {
            let slot = slots.start + place as u32;
            for member in 0..settings.members {
                members.push(settings.index(slot, member));
                for _ in 0..twins {
                    of.push(place as u32);
                    of_rows.push(targets[place]);
                }
            }
        }
        words.resize(members.len() * blocks.words(), 0);
        blocks.draw(model.level(), [material.run().seed, material.generation], members, words);
        let amplitude = settings.amplitude as i8;
        let mut noisy = Noisy { blocks: &blocks, words, amplitude, twins };
        let (tokens, states) = (&mut memory.tokens, &mut memory.states);
        let inputs = match &start {
            Start::Samples(shared) => Inputs::Features { shared, of },
            Start::Tokens(text) => {
                tokens.clear();
                tokens.extend(of.iter().map(|&place| text.tokens[place as usize]));
                states_of(model.program(), of.len(), |row| text.state(of[row] as usize), states);
                Inputs::Tokens(tokens)
            }
        };
        let logits = model.run(inputs, states, &mut noisy, &mut memory.scratch);
        model.level().run(Likelihoods { logits, targets: of_rows, out: scores });
        let fitness = scores.chunks_exact(twins).zip(of.iter().step_by(twins)).map(|(twins, &place)| {
            let reference = twins.get(1).copied().unwrap_or(base[place as usize]);
            settings.fitness(twins[0], reference)
        });
        fitness.collect::<Vec<i16>>()
    };
    let values = places.par_chunks(at_once).map_init(Memory::default, of_batch).collect::<Vec<_>>().concat();
    vec![Scored { kept, values }]
}

/// Which slots have members, by their base log-likelihoods.
pub fn kept(settings: &Node, base: &[i32]) -> Vec<bool> {
    base.iter().map(|&base| !settings.is_skipped(base)).collect()
}

/// The first layer of slots' samples, and their labels.
fn samples(
    model: &Model,
    material: &Material<'_>,
    settings: &Node,
    slots: Range<u32>,
) -> (Shared, Vec<usize>) {
    let number = |slot| settings.sample_number(material.generation, slot);
    let (inputs, labels): (Vec<&[i8]>, Vec<usize>) = slots.map(|slot| material.sample(number(slot))).unzip();
    (model.share(&inputs.concat()), labels)
}
