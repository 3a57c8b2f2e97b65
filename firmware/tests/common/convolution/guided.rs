//! Guided credit by the letter.

use super::super::{Int, Report, Who, clip, entry, exponentials, within};
use super::{Convolutional, is_skipped};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::TaskKind;

/// The least b with `2^b >= n`.
fn bits(n: Int) -> u32 {
    (0..).find(|&b| 1 << b >= n).unwrap()
}

impl Convolutional {
    /// The hidden layers: those with nodes that are trained, but the last.
    pub(super) fn hidden(&self, guided: &Guided) -> Vec<usize> {
        let last = self.places.len() - 1;
        (0..last).filter(|&at| guided.train.has(at) && self.places[at].is_product()).collect()
    }

    pub(super) fn guided_report(&self, guided: &Guided, generation: u32, slot: u32) -> Option<Vec<i16>> {
        let node = &guided.node;
        if node.members == 0 {
            return Some(vec![]);
        }
        let (input, target) = self.plain.sample(node.sample_number(generation, slot));
        let base = self.pass(input, Who::Base, None).outputs;
        if is_skipped(node, self.plain.score_of(&base, target)) {
            return None;
        }
        let (error, hidden) = (self.error(&base, target), self.hidden(guided));
        let member = |k| {
            let (index, amplitude) = (slot * node.members + k, Int::from(node.amplitude));
            let outputs =
                self.pass(input, Who::Noisy { generation, index, amplitude }, Some(&hidden)).outputs;
            let sum: Int = error.iter().zip(outputs.iter().zip(&base)).map(|(g, (y, l))| g * (y - l)).sum();
            (sum >> 3).clamp(-Int::from(node.clip), Int::from(node.clip)) as i16
        };
        let members = if slot.is_multiple_of(guided.member_slots) { node.members } else { 0 };
        Some((0..members).map(member).collect())
    }

    /// The error at the outputs.
    fn error(&self, outputs: &[Int], target: &[Int]) -> Vec<Int> {
        if let TaskKind::Regression { .. } = self.plain.run.task {
            return target.iter().zip(outputs).map(|(t, l)| clip(t - l)).collect();
        }
        let e = |l: &Int| Int::from(exponentials()[(l + 128) as usize]);
        let sum: Int = outputs.iter().map(e).sum();
        let mut error: Vec<Int> = outputs.iter().map(|l| -((127 * e(l)) / sum)).collect();
        error[target[0] as usize] = 0;
        error[target[0] as usize] = -error.iter().sum::<Int>();
        error
    }

    /// Credits a generation's slots, adds that to Z, and moves the guide.
    pub(super) fn guided_step(
        &mut self,
        guided: &Guided,
        generation: u32,
        report: &Report,
        trained: &[usize],
        z: &mut [(Vec<Int>, Vec<Int>)],
    ) {
        let node = &guided.node;
        let (hidden, last) = (self.hidden(guided), self.places.len() - 1);
        let (key, amplitude) = (self.key(generation), Int::from(node.amplitude));
        let outputs = self.plain.run.model.outputs() as usize;
        let is_regression = matches!(self.plain.run.task, TaskKind::Regression { .. });
        // Every hidden node: its layer, and its place there.
        let nodes: Vec<(usize, usize)> =
            hidden.iter().flat_map(|&at| (0..self.places[at].nodes()).map(move |i| (at, i))).collect();
        let mut lessons = vec![vec![0; outputs]; nodes.len()];
        for (slot, f) in (0..).zip(report) {
            let Some(f) = f else { continue };
            let (input, target) = self.plain.sample(node.sample_number(generation, slot));
            let trace = self.pass(input, Who::Base, None);
            if node.members == 0 && is_skipped(node, self.plain.score_of(&trace.outputs, target)) {
                continue;
            }
            let error = self.error(&trace.outputs, target);
            let dead: Vec<bool> =
                nodes.iter().map(|&(at, i)| self.is_dead(&trace, at, i, amplitude)).collect();
            let of_guide = |row: &Vec<Int>| {
                let sum: Int = row.iter().zip(&error).map(|(guide, g)| guide * g).sum();
                let a = (sum + 256) >> 9;
                if is_regression { a.clamp(-16_256, 16_256) } else { a }
            };
            let a: Vec<Int> = self
                .guide
                .iter()
                .zip(&dead)
                .map(|(row, &dead)| if dead { 0 } else { of_guide(row) })
                .collect();
            let mut e = vec![0; nodes.len()];
            for (k, &f) in (0..).zip(f) {
                let index = slot * node.members + k;
                let eps: Vec<Int> = nodes
                    .iter()
                    .map(|&(at, i)| entry(Noise::Sign, key, index, self.places[at].tensors.id, i))
                    .collect();
                let r = 16 * Int::from(f) - a.iter().zip(&eps).map(|(a, eps)| a * eps).sum::<Int>();
                e.iter_mut().zip(&eps).for_each(|(e, eps)| *e += r * eps);
            }
            for (e, &dead) in e.iter_mut().zip(&dead) {
                *e = if dead { 0 } else { (*e).clamp(-32_767, 32_767) };
            }
            let members = Int::from(node.members.max(1));
            let d = 4 + bits(members);
            let mix = |(e, a): (&Int, &Int)| {
                let beyond = (Int::from(guided.residual_weight) * e) >> 4;
                clip((beyond + members * a + (1 << (d - 1))) >> d)
            };
            let hidden_deltas: Vec<Int> = e.iter().zip(&a).map(mix).collect();
            for &at in trained {
                let deltas: Vec<Int> = if at == last {
                    error.clone()
                } else {
                    let of_layer = nodes.iter().zip(&hidden_deltas).filter(|((layer, _), _)| *layer == at);
                    of_layer.map(|(_, &delta)| delta).collect()
                };
                let deltas: Vec<Int> =
                    deltas.iter().zip(&trace.nodes[at]).map(|(&delta, &u)| within(delta, u)).collect();
                let (z, of_bias) = &mut z[at];
                self.places[at].credit(&trace.inputs[at], &deltas, z, of_bias);
            }
            for (lessons, e) in lessons.iter_mut().zip(&e) {
                lessons.iter_mut().zip(&error).for_each(|(sum, g)| *sum += e * g);
            }
        }
        if node.members == 0 {
            return;
        }
        let taught = Int::from(node.members) * Int::from(node.slots.div_ceil(guided.member_slots));
        let more = if is_regression { bits((outputs as Int + 1) / 2) } else { 0 };
        let h = 4 + bits(nodes.len() as Int + taught) + more;
        for (row, lessons) in self.guide.iter_mut().zip(&lessons) {
            for (guide, sum) in row.iter_mut().zip(lessons) {
                *guide = (*guide + ((sum + (1 << (h - 1))) >> h)).clamp(-32_767, 32_767);
            }
        }
    }
}
