use super::outer::{self, TERMS};
use crate::base::{self, Step};
use crate::isa::{Isa, Job, Level};
use crate::material::Material;
use crate::matrix::padded;
use crate::model::{Base, Inputs, Model, Recorder, Scratch, gather};
use crate::nodes::Blocks;
use eggroll_firmware::estimator::node::{self, Node, SlotCredit};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::kernel::{credit_node_noise, keep_within};
use eggroll_firmware::model::{LayerSet, Program, Role, Step as FirmwareStep, Tensor};
use eggroll_firmware::task::{Feed, Streams};
use eggroll_firmware::update::{Accumulator, Credit};
use rayon::iter::{IndexedParallelIterator, IntoParallelIterator, ParallelIterator};
use rayon::slice::ParallelSliceMut;
use std::ops::Range;

/// The credit of estimator `node`: the base model's inputs at every kept slot, and what its members say of
/// its nodes.
pub struct SlotsCredit {
    level: Level,
    /// Of every tensor: where its input and its nodes lie in the records.
    places: Vec<(usize, usize)>,
    /// Of every tensor: its step, if that moves a window.
    windows: Vec<Option<FirmwareStep>>,
    /// The id of the first tensor.
    first: usize,
    /// Of every kept slot.
    tokens: Vec<u8>,
    inputs: Vec<i8>,
    per_input: usize,
    deltas: Vec<i16>,
    per_delta: usize,
    kept: usize,
    /// Of every kept slot: the sum of its members' squared fitness.
    squares: Vec<f64>,
}

impl SlotsCredit {
    /// The credit of so many slots, of which nothing is known yet.
    fn empty(model: &Model, kept: usize) -> Self {
        let program = model.program();
        // Features come before what is recorded of a sample.
        let features = if program.is_recurrent() { 0 } else { program.inputs() };
        Self {
            level: model.level(),
            places: program.tensors().map(|tensor| place(program, &tensor, features)).collect(),
            windows: program
                .tensors()
                .map(|tensor| program.step_of(&tensor).filter(FirmwareStep::moves_window))
                .collect(),
            first: program.first_tensor() as usize,
            tokens: Vec::new(),
            inputs: Vec::new(),
            per_input: features + program.record_len(),
            deltas: Vec::new(),
            per_delta: program.node_count(),
            kept,
            squares: Vec::new(),
        }
    }

    /// That of tokens whose deltas are known: a row of inputs and one of deltas for each.
    pub(super) fn of_tokens(model: &Model, tokens: Vec<u8>, inputs: Vec<i8>, deltas: Vec<i16>) -> Self {
        let empty = Self::empty(model, tokens.len());
        Self { tokens, inputs, deltas, ..empty }
    }

    /// Rebuilds it from the scores of all slots; on a text also brings the states behind the streams.
    pub fn new(
        model: &Model,
        material: &Material<'_>,
        settings: &Node,
        scores: &Scores<'_>,
    ) -> (Self, Vec<i8>) {
        let kept: Vec<u32> =
            (0..).zip(scores.flags()).filter(|&(_, kept)| kept).map(|(slot, _)| slot).collect();
        let program = model.program();
        let mut credit = Self::empty(model, kept.len());
        let (per_input, per_delta) = (credit.per_input, credit.per_delta);
        (credit.inputs, credit.deltas) = (vec![0; kept.len() * per_input], vec![0; kept.len() * per_delta]);
        let fitness: Vec<i16> = scores.values().collect();
        let of_slots = fitness.chunks_exact(settings.members as usize);
        credit.squares =
            of_slots.map(|of_slot| of_slot.iter().map(|&f| f64::from(f).powi(2)).sum()).collect();
        credit.add_members(
            &Blocks::of_nodes(program, LayerSet::ALL),
            [material.run().seed, material.generation],
            settings,
            &kept,
            &fitness,
        );
        // What the rule against saturation looks at.
        let per_node = if material.run().saturation { per_delta } else { 0 };
        let ends = match material.text() {
            Some((streams, feed)) => credit.record_text(model, streams, feed, (settings, per_node), &kept),
            None => {
                credit.record_samples(model, material, settings, per_node, &kept);
                Vec::new()
            }
        };
        (credit, ends)
    }

    /// The expected sum of Z^2 over a row of a matrix, were fitness and noise independent. On a text only: a
    /// ReLU takes some of the credit away.
    pub fn row_of_noise(&self, tensor: &Tensor) -> Option<f64> {
        if tensor.role != Role::Weight || self.squares.is_empty() || self.tokens.is_empty() {
            return None;
        }
        let ((input_at, _), (_, columns)) =
            (self.places[tensor.id as usize - self.first], tensor.kind.shape());
        let records =
            self.inputs.chunks_exact(self.per_input).map(|record| &record[input_at..input_at + columns]);
        let of_slot = |(input, squares): (&[i8], &f64)| {
            squares * f64::from(input.iter().map(|&x| i32::from(x).pow(2)).sum::<i32>())
        };
        Some(records.zip(&self.squares).map(of_slot).sum())
    }

    /// `delta_i = sum_k f_k eps_ki` of every kept slot.
    fn add_members(
        &mut self,
        blocks: &Blocks,
        key: [u32; 2],
        settings: &Node,
        kept: &[u32],
        fitness: &[i16],
    ) {
        let members = settings.members as usize;
        let level = self.level;
        let slots = self.deltas.par_chunks_exact_mut(self.per_delta.max(1)).zip(kept);
        slots.enumerate().for_each_init(Vec::new, |words, (place, (deltas, slot))| {
            let fitness = &fitness[place * members..(place + 1) * members];
            let index = |member: usize| settings.index(*slot, member as u32);
            let (of_members, fitness): (Vec<u32>, Vec<i16>) =
                fitness.iter().enumerate().filter(|&(_, &f)| f != 0).map(|(k, &f)| (index(k), f)).unzip();
            words.resize(of_members.len() * blocks.words(), 0);
            blocks.draw(level, key, &of_members, words);
            level.run(AddMembers { blocks, words, fitness: &fitness, deltas });
        });
    }

    fn record_text(
        &mut self,
        model: &Model,
        streams: Streams,
        feed: Feed<'_>,
        (settings, per_node): (&Node, usize),
        kept: &[u32],
    ) -> Vec<i8> {
        let (program, amplitude) = (model.program(), settings.amplitude.into());
        // What has no ReLU needs no look at the steps of every slot.
        let has_relu = program.steps().any(|step| step.to.relu);
        let context = streams.context;
        let of = |here: Range<u32>| {
            let from = kept.partition_point(|&slot| slot < here.start * context);
            let kept = &kept[from..kept.partition_point(|&slot| slot < here.end * context)];
            let (mut tokens, mut inputs) = (vec![0; kept.len()], vec![0; kept.len() * self.per_input]);
            let mut nodes = vec![0; kept.len() * per_node];
            let (mut room, mut node_room) =
                (vec![0; here.len() * self.per_input], vec![0; here.len() * per_node]);
            let mut recorder = Recorder {
                records: &mut room,
                per_row: self.per_input,
                skip: 0,
                nodes: &mut node_room,
                nodes_per_row: per_node,
            };
            let first = here.start;
            let ends = base::run(model, feed, (here, context as usize), &mut recorder, |step| {
                let Step { t, tokens: read, members, .. } = step;
                for (row, &token) in read.iter().enumerate() {
                    let slot = (first + row as u32) * context + t as u32;
                    if let Ok(place) = kept.binary_search(&slot) {
                        tokens[place] = token;
                        let record = &members.records[row * self.per_input..][..self.per_input];
                        inputs[place * self.per_input..][..self.per_input].copy_from_slice(record);
                        let of_row = &members.nodes[row * per_node..][..per_node];
                        nodes[place * per_node..][..per_node].copy_from_slice(of_row);
                    }
                }
            });
            (tokens, inputs, nodes, ends)
        };
        let parts: Vec<_> = base::cut(0..streams.count).into_par_iter().map(of).collect();
        let (mut behind, mut at) = (Vec::new(), 0);
        for (tokens, inputs, nodes, ends) in parts {
            let to = &mut self.inputs[at * self.per_input..][..inputs.len()];
            to.copy_from_slice(&inputs);
            let deltas = &mut self.deltas[at * self.per_delta..][..tokens.len() * self.per_delta];
            if has_relu {
                let slots = to.chunks_exact_mut(self.per_input).zip(deltas.chunks_exact_mut(self.per_delta));
                for (slot, (record, deltas)) in slots.enumerate() {
                    let nodes = &nodes[slot * per_node..][..per_node];
                    node::finish(program, amplitude, nodes, &mut SlotCredit { record, deltas });
                }
            } else {
                keep_within(deltas, &nodes);
            }
            at += tokens.len();
            self.tokens.extend(tokens);
            behind.extend(ends);
        }
        behind
    }

    /// A record is a sample's features, then the activations of all layers.
    fn record_samples(
        &mut self,
        model: &Model,
        material: &Material<'_>,
        settings: &Node,
        per_node: usize,
        kept: &[u32],
    ) {
        let program = model.program();
        let number = |&slot: &u32| settings.sample_number(material.generation, slot);
        let inputs: Vec<&[i8]> =
            kept.iter().map(|slot| material.sample(material.index(number(slot))).0).collect();
        let shared = model.share(&inputs.concat(), true);
        let of: Vec<u32> = (0..kept.len() as u32).collect();
        let features = program.inputs();
        let mut nodes = vec![0; kept.len() * per_node];
        let mut recorder = Recorder {
            records: &mut self.inputs,
            per_row: self.per_input,
            skip: features,
            nodes: &mut nodes,
            nodes_per_row: per_node,
        };
        let rows = Inputs::Features { shared: &shared, of: &of };
        model.run(rows, &mut [], &mut recorder, &mut Scratch::default());
        let deltas = self.deltas.chunks_exact_mut(self.per_delta.max(1));
        let records = self.inputs.chunks_exact_mut(self.per_input.max(1));
        for (place, ((record, deltas), input)) in records.zip(deltas).zip(inputs).enumerate() {
            let (to, record) = record.split_at_mut(features);
            to.copy_from_slice(input);
            let nodes = &nodes[place * per_node..][..per_node];
            node::finish(program, settings.amplitude.into(), nodes, &mut SlotCredit { record, deltas });
        }
    }

    /// The credit of a tensor whose step moves a window: summed over all its places.
    fn add_windows<T: Accumulator>(&self, step: &FirmwareStep, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (input_at, node_at) = self.places[tensor.id as usize - self.first];
        let Some(of) = step.window else { return };
        let (channels, places) = (step.channels(), step.places() as usize);
        let deltas = |slot: usize| &self.deltas[slot * self.per_delta + node_at..][..channels * places];
        let input = |slot: usize| &self.inputs[slot * self.per_input + input_at..][..step.from.len()];
        if tensor.role == Role::Bias {
            for deltas in (0..self.kept).flat_map(|slot| deltas(slot).chunks_exact(channels)) {
                z.iter_mut().zip(&deltas[first..]).for_each(|(z, &delta)| *z += T::from(delta.into()));
            }
            return;
        }
        let columns = tensor.kind.shape().1.max(1);
        if step.is_depthwise() {
            let mut window = vec![0; step.read_len()];
            for slot in 0..self.kept {
                let deltas = deltas(slot);
                of.each(input(slot), &mut window, |place, x| {
                    let of_place = &deltas[place * channels..][first..channels];
                    for ((channel, &delta), z) in (first..).zip(of_place).zip(z.chunks_exact_mut(columns)) {
                        let x = x.iter().skip(channel).step_by(channels);
                        z.iter_mut().zip(x).for_each(|(z, &x)| {
                            *z += T::from(i32::from(delta) * i32::from(x));
                        });
                    }
                });
            }
            return;
        }
        let (at_once, padded) = ((TERMS / places.max(1)).max(1), padded(columns));
        let mut room = Vec::new();
        for from in (0..self.kept).step_by(at_once) {
            let end = self.kept.min(from + at_once);
            gather(step, (from..end).map(input), &mut room);
            // A slot alone may have more places than are summed at once.
            let terms = (end - from) * places;
            for start in (0..terms).step_by(TERMS) {
                let left = |term: usize, rows: Range<usize>| {
                    let (slot, place) = (from + (start + term) / places, (start + term) % places);
                    &deltas(slot)[place * channels..][rows]
                };
                let right = |term: usize| &room[(start + term) * padded..][..columns];
                let count = (terms - start).min(TERMS);
                outer::add(self.level, (first, columns, count), left, right, z);
            }
        }
    }
}

/// Where what a tensor's matrix reads, and the tensor's nodes, lie in what a slot leaves: its features, which
/// are the model's own input, come before its record.
fn place(program: &Program, tensor: &Tensor, features: usize) -> (usize, usize) {
    let Some(step) = program.step_of(tensor) else { return (0, 0) };
    let input_at = step.from.record.map_or(0, |at| features + at as usize);
    (input_at, step.nodes.map_or(0, |nodes| nodes.at))
}

struct AddMembers<'a> {
    blocks: &'a Blocks,
    words: &'a [u64],
    fitness: &'a [i16],
    deltas: &'a mut [i16],
}

impl Job for AddMembers<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for (words, &f) in self.words.chunks_exact(self.blocks.words().max(1)).zip(self.fitness) {
            let mut at = 0;
            for group in 0..self.blocks.groups() {
                let (bits, len) = self.blocks.group(group, words);
                for (deltas, &bits) in self.deltas[at..at + len].chunks_mut(64).zip(bits) {
                    let mut eps = [0; 64];
                    for (i, eps) in eps.iter_mut().enumerate() {
                        *eps = 1 - 2 * (bits >> i & 1) as i8;
                    }
                    credit_node_noise(deltas, &eps, f);
                }
                at += len;
            }
        }
    }
}

impl Credit for SlotsCredit {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let (input_at, node_at) = self.places[tensor.id as usize - self.first];
        let (_, columns) = tensor.kind.shape();
        if let Some(step) = self.windows[tensor.id as usize - self.first] {
            self.add_windows(&step, tensor, first, z);
            return;
        }
        let delta = |slot: usize, node: usize| self.deltas[slot * self.per_delta + node_at + node];
        match tensor.role {
            Role::Norm => {}
            Role::Bias => {
                for slot in 0..self.kept {
                    let of_slot = z.iter_mut().enumerate();
                    of_slot.for_each(|(i, z)| *z += T::from(delta(slot, first + i).into()));
                }
            }
            Role::Embedding => {
                for (slot, &token) in self.tokens.iter().enumerate() {
                    let row =
                        usize::from(token).checked_sub(first).and_then(|row| z.get_mut(row * columns..));
                    let row = row.into_iter().flat_map(|row| row.iter_mut().take(columns)).enumerate();
                    row.for_each(|(j, z)| *z += T::from(delta(slot, j).into()));
                }
            }
            Role::Weight => {
                for from in (0..self.kept).step_by(TERMS) {
                    let terms = (self.kept - from).min(TERMS);
                    let left = |term: usize, rows: Range<usize>| {
                        let at = (from + term) * self.per_delta + node_at;
                        &self.deltas[at + rows.start..at + rows.end]
                    };
                    let right =
                        |term: usize| &self.inputs[(from + term) * self.per_input + input_at..][..columns];
                    outer::add(self.level, (first, columns, terms), left, right, z);
                }
            }
        }
    }
}

/// The base model's states behind the streams of a text, one stream after another.
pub fn carry(model: &Model, streams: Streams, feed: Feed<'_>) -> Vec<i8> {
    let steps = streams.context as usize;
    let of = |here: Range<u32>| base::run(model, feed, (here, steps), &mut Base, |_| {});
    base::cut(0..streams.count).into_par_iter().map(of).collect::<Vec<_>>().concat()
}
