use super::pass::{Member, unit_adds_noise};
use super::{Job, Members, OnUnit, UnitError};
use crate::estimator::guided::Guided;
use crate::estimator::node::Node;
use crate::estimator::scores::Packer;
use crate::kernel::linear_report;
use crate::model::LayerSet;
use crate::noise::{Address, sample_index};
use crate::slice_ext::{copy, part, part_mut};
use embedded_hal::spi::SpiDevice;

/// How the members of a slot are made and what they report.
#[derive(Clone, Copy)]
pub(super) struct Slots<'a> {
    node: &'a Node,
    /// The layers whose nodes have noise.
    layers: LayerSet,
    /// With a guide members report what became of the outputs instead of a score.
    guided: Option<&'a Guided>,
}

impl<'a> Slots<'a> {
    pub(super) const fn of_node(node: &'a Node) -> Self {
        Self { node, layers: LayerSet::ALL, guided: None }
    }

    pub(super) fn of_guided(guided: &'a Guided, job: &Job<'_>) -> Self {
        Self { node: &guided.node, layers: guided.hidden_layers(job.program), guided: Some(guided) }
    }
}

impl<S: SpiDevice, M: AsMut<[i8]>, const WIDTH: usize> OnUnit<S, M, WIDTH> {
    /// A slot of estimator `node`: its base and members, as `estimator::node` and, with a guide,
    /// `estimator::guided` define them.
    pub(super) fn slot(
        &mut self,
        job: &Job<'_>,
        slots: &Slots<'_>,
        slot: u32,
        scores: &mut Packer<'_>,
    ) -> Result<(), UnitError<S::Error>> {
        let &Slots { node, layers, guided } = slots;
        let Some(step) = job.program.steps().next() else { return Err(UnitError::TooLarge) };
        let number = node.sample_number(job.generation, slot);
        let (input, target) = job.samples.get(sample_index(job.seed, number, job.samples.len() as u32));
        let (members, outputs) =
            (guided.map_or(node.members, |guided| guided.members_of(slot)), job.program.outputs());
        let at = |member: u32, tensor: u32| {
            let index = node.index(slot, member);
            Address { seed: job.seed, generation: job.generation, index, tensor }
        };
        // Where the unit adds no noise to the first operation's nodes, all members begin with what the base
        // model makes of the input.
        let is_noisy = layers.has(step.layer) && unit_adds_noise(&self.placements, &step);
        let together = if is_noisy { u32::from(self.streams()).max(1) } else { u32::MAX };
        let mut base_score = None;
        let mut first = 0;
        while base_score.is_none() || first < members {
            let count = (members - first).min(together);
            let base = base_score.is_none();
            if is_noisy && count > 0 {
                let (first, count, minus) = (at(first, step.tensor), count as u8, node.antithetic);
                let amplitude = node.amplitude;
                self.first(job, input, Members::Nodes { first, count, amplitude, base, plus: true, minus })?;
            } else if base {
                self.first(job, input, Members::Base)?;
            }
            let reference = match base_score {
                Some(score) => score,
                None => {
                    self.pass(job, input, 0, Member::Base)?;
                    let made = part(&self.made, 0, outputs);
                    let score = target.score(made);
                    if node.is_skipped(score) {
                        scores.skip();
                        return Ok(());
                    }
                    scores.keep();
                    if guided.is_some() {
                        copy(part_mut(&mut self.base, 0, outputs), made);
                        target.error(made, part_mut(&mut self.error, 0, outputs));
                    }
                    *base_score.insert(score)
                }
            };
            let mut shared = usize::from(base);
            for member in first..first.wrapping_add(count) {
                let mut of_twins = [reference; 2];
                for (score, &twin) in of_twins.iter_mut().zip(node.twins()) {
                    let (at, amplitude) = (at(member, 0), node.amplitude);
                    let begins_with = if is_noisy { shared } else { 0 };
                    self.pass(job, input, begins_with, Member::Node { at, amplitude, twin, layers })?;
                    shared += 1;
                    if guided.is_none() {
                        *score = target.score(part(&self.made, 0, outputs));
                    }
                }
                let [plus, reference] = of_twins;
                scores.push(if guided.is_some() {
                    let [error, made, base] =
                        [&self.error, &self.made, &self.base].map(|values| part(values, 0, outputs));
                    linear_report(error, made, base, node.clip)
                } else {
                    node.fitness(plus, reference)
                });
            }
            first = first.wrapping_add(count);
        }
        Ok(())
    }
}
