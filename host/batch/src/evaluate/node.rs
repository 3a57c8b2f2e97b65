use super::{Likelihoods, Material, ROWS, Scored};
use crate::base::{TextBase, text_base};
use crate::model::{Base, Model, Noisy, Shared, Work, states_of};
use crate::nodes::Blocks;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::kernel::limit;
use rayon::iter::ParallelIterator;
use rayon::slice::ParallelSlice;
use std::ops::Range;

/// Memory of a thread.
#[derive(Default)]
struct Room {
    work: Work,
    members: Vec<u32>,
    words: Vec<u64>,
    of: Vec<u32>,
    targets: Vec<usize>,
    tokens: Vec<u8>,
    states: Vec<i8>,
    scores: Vec<i32>,
}

/// What slots share with their members.
enum Seats {
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
    let (seats, targets, base) = match material.text() {
        Some((streams, feed)) => {
            let mut text = text_base(model, streams, feed, slots.clone());
            let (targets, base) = (core::mem::take(&mut text.targets), core::mem::take(&mut text.scores));
            (Seats::Tokens(text), targets, base)
        }
        None => {
            let (shared, labels) = samples(model, material, settings, slots.clone());
            let mut base = Vec::new();
            let (of, mut work): (Vec<u32>, _) = ((0..labels.len() as u32).collect(), Work::default());
            let logits = model.forward(&shared, &of, &mut Base, &mut work);
            model.level().run(Likelihoods { logits, targets: &labels, out: &mut base });
            (Seats::Samples(shared), labels, base)
        }
    };
    let kept = kept(settings, &base);
    let places: Vec<usize> = (0..kept.len()).filter(|&place| kept[place]).collect();
    let twins = if settings.antithetic { 2 } else { 1 };
    let threads = rayon::current_num_threads();
    let at_once = (ROWS / (settings.members as usize * twins)).min(places.len().div_ceil(threads)).max(1);
    let blocks = Blocks::of_nodes(model.layout());
    let of_batch = |room: &mut Room, places: &[usize]| {
        let Room { members, words, of, targets: of_rows, scores, .. } = room;
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
        let logits = match &seats {
            Seats::Samples(shared) => model.forward(shared, of, &mut noisy, &mut room.work),
            Seats::Tokens(text) => {
                let (tokens, states) = (&mut room.tokens, &mut room.states);
                tokens.clear();
                tokens.extend(of.iter().map(|&place| text.tokens[place as usize]));
                let (width, blocks) = text.shape;
                states_of(blocks, of.len(), width, |row| text.state(of[row] as usize), states);
                model.step(tokens, states, &mut noisy, &mut room.work)
            }
        };
        model.level().run(Likelihoods { logits, targets: of_rows, out: scores });
        let clip = i32::from(settings.clip);
        let fitness = scores.chunks_exact(twins).zip(of.iter().step_by(twins)).map(|(twins, &place)| {
            let reference = twins.get(1).copied().unwrap_or(base[place as usize]);
            limit(twins[0] - reference, clip) as i16
        });
        fitness.collect::<Vec<i16>>()
    };
    let values = places.par_chunks(at_once).map_init(Room::default, of_batch).collect::<Vec<_>>().concat();
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
