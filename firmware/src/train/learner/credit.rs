use super::Learner;
#[cfg(feature = "recurrent")]
use super::parts::text_work;
use super::parts::{Kept, Parts, guided_run, guided_work, node_run, node_work, pair_of, weight_work};
use crate::Error;
use crate::estimator::guided::{self, Explained, Guided, Watch};
use crate::estimator::node::{self, Node};
use crate::estimator::scores::Scores;
use crate::estimator::weight::{CreditTo, Pair, SampleCredit, Weight};
use crate::model::infer;
use crate::noise::sample_index;
#[cfg(feature = "recurrent")]
use crate::progress::Progress;
use crate::progress::Quiet;
use crate::slice_ext::{copy, part_mut};
#[cfg(feature = "recurrent")]
use crate::task::Feed;
use crate::task::SampleStore;
use crate::train::{Estimator, Plan};

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Takes the scores of units `first..first + count` towards the step of a generation, in order. A range
    /// that is already in changes nothing; `first` = 0 begins anew. Returns how many units are credited.
    ///
    /// # Errors
    /// [`Error::BadScores`]; [`Error::NoSuchUnits`] where units before `first` are missing;
    /// [`Error::NoLocalUpdate`].
    pub fn credit(&mut self, generation: u32, first: u32, count: u32, bytes: &[u8]) -> Result<u32, Error> {
        let plan = self.admit(generation, first, count)?;
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let scores = Scores::new(plan.run().estimator.shape().from(first), count as usize, bytes)?;
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
        let (plan, parts) = self.parts()?;
        let kept = match &plan.run().estimator {
            Estimator::Node(settings) => {
                credit_slots(plan, parts, settings, (generation, first, kept), &scores)?
            }
            #[cfg(feature = "recurrent")]
            Estimator::Guided(settings) if plan.credits_text() => {
                kept + credit_text(plan, parts, settings, first..first + count, &mut Quiet)?
            }
            Estimator::Guided(settings) => {
                credit_guided(plan, parts, settings, (generation, first, kept), &scores)?
            }
            Estimator::Weight(settings) if settings.credit == CreditTo::Sample => {
                credit_samples(plan, parts, settings, (generation, first, count), &scores)?
            }
            Estimator::Weight(_) => {
                let cells = parts.credit.values.iter_mut().skip(first as usize);
                for (cell, f) in cells.zip(scores.values()) {
                    *cell = f;
                }
                kept + count as usize
            }
        };
        (self.credited, self.kept) = (first + count, kept);
        Ok(self.credited)
    }

    /// [`Self::credit`] of a whole generation, for hosts: adds to `explained` what the guide makes of the
    /// reports, where there is a guide.
    ///
    /// # Errors
    /// Those of [`Self::credit`].
    pub fn credit_explained(
        &mut self,
        generation: u32,
        bytes: &[u8],
        explained: &mut Explained,
    ) -> Result<(), Error> {
        let units = self.units();
        let plan = self.admit(generation, 0, units)?;
        let guided = matches!(plan.run().estimator, Estimator::Guided(_)) && !plan.credits_text();
        let (true, Estimator::Guided(settings)) = (guided, plan.run().estimator) else {
            return self.credit(generation, 0, units, bytes).map(|_| ());
        };
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let scores = Scores::new(settings.shape(), units as usize, bytes)?;
        let (plan, parts) = self.parts()?;
        let kept = credit_explained(plan, parts, &settings, generation, &scores, explained)?;
        (self.credited, self.kept) = (units, kept);
        Ok(())
    }

    /// Units of the coming step that are credited so far and kept: slots, or all pairs.
    pub const fn kept(&self) -> usize {
        self.kept
    }
}

/// Credits a range of slots behind `kept` ones; returns how many are kept with it. The base model is taken
/// over every slot of a stream, since its state goes on through all of them.
fn credit_slots(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Node,
    (generation, first, mut kept): (u32, u32, usize),
    scores: &Scores<'_>,
) -> Result<usize, Error> {
    let on = node_run(plan, settings, parts.weights, parts.samples, generation);
    let (mut quiet, mut credit) = (Quiet, parts.credit);
    let mut work = node_work(plan, parts.scratch, &mut quiet)?;
    let (mut values, streams, len) = (scores.values(), plan.run().streams(), plan.program().state_len());
    for (slot, flag) in (first..).zip(scores.flags()) {
        let row = on.row(slot);
        let states = core::mem::take(&mut credit.states);
        let stream = streams.map_or(0, |streams| streams.place(slot).0);
        let state = part_mut(states, stream as usize * len, len);
        if let Some((_, start)) = on.source.stream_at(slot) {
            copy(state, start);
        }
        if flag {
            let mut out = credit.keep(plan, kept, row.mark);
            let fitness = values.by_ref().take(settings.members as usize);
            node::credit(&on, slot, row, fitness, state, &mut work, &mut out);
            kept += 1;
        } else if streams.is_some() {
            infer(on.program, on.weights, row.start, state, &mut work.pass);
        }
        credit.states = states;
    }
    Ok(kept)
}

/// Credits the tokens of a text without members. Credit goes back in time, so a stream is credited with the
/// last of its slots. Returns how many slots there are.
#[cfg(feature = "recurrent")]
pub(super) fn credit_text(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Guided,
    slots: core::ops::Range<u32>,
    progress: &mut dyn Progress,
) -> Result<usize, Error> {
    let (program, streams) = (plan.program(), plan.run().streams().ok_or(Error::NoStreams)?);
    let on = guided::TextRun { settings, program, weights: parts.weights, seed: plan.run().seed };
    let feed = Feed::new(parts.samples, streams, program.state_len());
    let credit = parts.credit;
    let mut work = text_work(plan, parts.scratch)?;
    let (context, len) = (streams.context as usize, program.state_len());
    let (record, nodes) = (context * program.record_len(), context * program.node_count());
    for stream in streams.place(slots.start).0..streams.place(slots.end).0 {
        let at = stream as usize;
        let state = part_mut(credit.states, at * len, len);
        copy(state, feed.state(stream));
        let mut out = guided::StreamCredit {
            marks: part_mut(credit.marks, at * context, context),
            records: part_mut(credit.records, at * record, record),
            deltas: part_mut(credit.values, at * nodes, nodes),
        };
        // A token's pass, and the way back through as many weights.
        let rows = feed.rows(stream).inspect(|_| progress.computed(2 * program.parameters() as u32));
        on.credit(rows, state, &mut work, &mut out);
    }
    Ok(slots.len())
}

/// Credits a range of slots of a guided run behind `kept` ones; returns how many are kept with it.
fn credit_guided(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Guided,
    range: (u32, u32, usize),
    scores: &Scores<'_>,
) -> Result<usize, Error> {
    credit_watched(plan, parts, settings, range, scores, &mut ())
}

#[inline(always)]
fn credit_watched(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Guided,
    (generation, first, mut kept): (u32, u32, usize),
    scores: &Scores<'_>,
    watch: &mut impl Watch,
) -> Result<usize, Error> {
    let on = guided_run(plan, settings, parts.weights, parts.guide, parts.samples, generation);
    let (mut quiet, mut credit) = (Quiet, parts.credit);
    let mut work = guided_work(plan, settings, parts.scratch, &mut quiet)?;
    let mut values = scores.values();
    for (slot, flag) in (first..).zip(scores.flags()) {
        let row = on.node.row(slot);
        let mut out = credit.keep_guided(plan, settings, kept, row.mark);
        let members = if flag { settings.members_of(slot) } else { 0 };
        let reports = values.by_ref().take(members as usize);
        let reported = (settings.node.members > 0).then_some(flag);
        kept += usize::from(guided::credit(&on, slot, row, reported, reports, &mut work, &mut out, watch));
    }
    Ok(kept)
}

/// Credits all slots of a guided run. Not generic, as [`credit_guided`], so that it is compiled with this
/// crate's optimisation, whatever that of a host is; boards do not link it.
fn credit_explained(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Guided,
    generation: u32,
    scores: &Scores<'_>,
    explained: &mut Explained,
) -> Result<usize, Error> {
    credit_watched(plan, parts, settings, (generation, 0, 0), scores, explained)
}

/// Credits a range of pairs to the generation's samples; returns how many those are.
fn credit_samples(
    plan: &Plan,
    parts: Parts<'_>,
    settings: &Weight,
    (generation, first, count): (u32, u32, u32),
    scores: &Scores<'_>,
) -> Result<usize, Error> {
    let pair = pair_of(plan, settings, generation);
    let samples = plan.samples(parts.samples);
    let (mut quiet, mut kept) = (Quiet, parts.credit);
    let mut work = weight_work(plan, settings, parts.scratch, &mut quiet)?;
    let (mut values, nodes) = (scores.values(), work.nodes);
    for place in first..first + count {
        let pair = Pair { pair: place, ..pair };
        pair.fill_factors(work.factors);
        let mut credit = SampleCredit { pair, factors: work.factors, pass: &mut work.pass };
        for i in 0..settings.samples {
            let known = kept.marks.get(i as usize).copied().unwrap_or(0);
            let mark = if place == 0 {
                let number = settings.sample_number(generation, 0, i);
                sample_index(pair.seed, number, samples.len() as u32)
            } else {
                known
            };
            let mut out = Kept::keep(&mut kept, plan, i as usize, mark);
            let (input, _) = samples.get(mark);
            if place == 0 {
                credit.begin(parts.weights, input, &mut out);
            }
            match values.next() {
                Some(0) | None => {}
                Some(f) => credit.add(input, f, &mut out),
            }
            if place + 1 == settings.pairs {
                credit.finish(parts.weights, input, nodes, &mut out);
            }
        }
    }
    Ok(settings.samples as usize)
}
