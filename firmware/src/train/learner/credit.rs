use super::parts::{Kept, keep_slot, node_work, pair_of, sample_of, slot_with, weight_work};
use super::{Learner, feed};
use crate::Error;
use crate::estimator::node::{self, SlotCredit, values_per_slot};
use crate::estimator::scores::Scores;
use crate::estimator::weight::{CreditTo, Pair, SampleCredit, finish_sample};
use crate::noise::sample_index;
use crate::progress::Quiet;
use crate::task::{SampleStore, Samples};
use crate::train::Estimator;

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Takes the scores of units `first..first + count` towards the step of a generation, in order. A range that
    /// is already in changes nothing; `first` = 0 begins anew. Returns how many units are credited.
    ///
    /// # Errors
    /// [`Error::BadScores`]; [`Error::NoSuchUnits`] where units before `first` are missing;
    /// [`Error::NoLocalUpdate`].
    pub fn credit(&mut self, generation: u32, first: u32, count: u32, bytes: &[u8]) -> Result<u32, Error> {
        let plan = self.admit(generation, first, count)?;
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let scores = Scores::new(plan.run().estimator.shape(), count as usize, bytes)?;
        let (credited, kept) = if first == 0 { (0, 0) } else { (self.credited, self.kept) };
        if first + count <= credited {
            return Ok(credited);
        }
        if first != credited {
            return Err(Error::NoSuchUnits { end: u64::from(first), has: credited });
        }
        if self.plan.as_ref().is_some_and(|plan| plan.run().estimator.crediting_pairs().is_none()) {
            self.check_fed()?;
        }
        let (plan, mut parts) = self.parts()?;
        let (mut kept, mut quiet) = (kept, Quiet);
        match (&plan.run().estimator, plan.run().streams()) {
            (Estimator::Node(settings), Some(streams)) => {
                kept = feed::credit(plan, parts, streams, settings, (generation, first, kept), &scores)?;
            }
            (Estimator::Node(settings), None) => {
                let layout = plan.layout();
                let samples = Samples::new(parts.samples, layout.inputs());
                let mut work = node_work(plan, parts.scratch, &mut quiet)?;
                let mut values = scores.values();
                for (slot, flag) in (first..).zip(scores.flags()) {
                    if !flag {
                        continue;
                    }
                    let sample = sample_of(plan.run(), settings, generation, slot);
                    let slot = slot_with(plan.run(), samples, generation, slot, sample);
                    let mut out = keep_slot(layout, &mut parts.credit, kept, sample);
                    let fitness = values.by_ref().take(settings.members as usize);
                    node::credit(settings, layout, parts.weights, &slot, fitness, &mut work, &mut out);
                    kept += 1;
                }
            }
            (Estimator::Weight(settings), _) if settings.credit == CreditTo::Sample => {
                let pair = pair_of(plan, settings, generation);
                let samples = Samples::new(parts.samples, plan.layout().inputs());
                let per_sample = values_per_slot(plan.layout());
                let mut work = weight_work(plan, settings, parts.scratch, &mut quiet)?;
                let mut values = scores.values();
                for place in first..first + count {
                    let pair = Pair { pair: place, ..pair };
                    pair.fill_factors(work.factors);
                    let mut credit = SampleCredit { pair, factors: work.factors, pass: &mut work.pass };
                    let Kept { slots, activations, values: deltas } = &mut parts.credit;
                    let cells = activations.chunks_exact_mut(per_sample.max(1));
                    let cells = cells.zip(deltas.chunks_exact_mut(per_sample.max(1)));
                    for ((i, slot), (activations, deltas)) in (0..).zip(&mut **slots).zip(cells) {
                        let mut out = SlotCredit { activations, deltas };
                        if place == 0 {
                            let number = settings.sample_number(generation, 0, i);
                            *slot = sample_index(pair.seed, number, samples.len() as u32);
                        }
                        let (input, _) = samples.get(*slot);
                        if place == 0 {
                            credit.begin(parts.weights, input, &mut out);
                        }
                        match values.next() {
                            Some(0) | None => {}
                            Some(f) => credit.add(input, f, &mut out),
                        }
                        if place + 1 == settings.pairs {
                            finish_sample(&pair, &mut out);
                        }
                    }
                }
                kept = settings.samples as usize;
            }
            (Estimator::Weight(_), _) => {
                let cells = parts.credit.values.iter_mut().skip(first as usize);
                for (cell, f) in cells.zip(scores.values()) {
                    *cell = f;
                }
                kept += count as usize;
            }
        }
        (self.credited, self.kept) = (first + count, kept);
        Ok(self.credited)
    }
}
