use super::Learner;
use super::parts::{Kept, Parts, arena_samples, pair_of};
use crate::Error;
use crate::estimator::node::Node;
use crate::estimator::scores::{Packer, Scores};
use crate::estimator::stream::{
    self, GenerationCredit, NodeRun, Record, StreamEvaluation, inputs_per_token, nodes_per_token,
};
use crate::progress::{Progress, Quiet};
use crate::task::{Feed, SampleStore, Streams};
use crate::train::streams::{node_work, weight_work};
use crate::train::{Estimator, Plan};
use core::ops::Range;

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Takes a part of what the generation after that of the weights reads of the text ([`Feed`]): in order; bytes that
    /// are here already change nothing.
    ///
    /// # Errors
    /// [`Error::NoStreams`] for another task; [`Error::WrongGeneration`]; [`Error::NotFed`] where bytes before these are
    /// missing; [`Error::OutOfRange`]; with the last part [`Error::BadFeed`], and nothing of it is here then.
    pub fn feed(&mut self, generation: u32, offset: u32, bytes: &[u8]) -> Result<(), Error> {
        self.admit(generation, 0, 0)?;
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let (streams, has) = plan.run().streams().zip(plan.feed()).ok_or(Error::NoStreams)?;
        let (have, end) = (self.fed, u64::from(offset) + bytes.len() as u64);
        if end > has {
            return Err(Error::OutOfRange { end, has });
        }
        if offset > have {
            return Err(Error::NotFed { have });
        }
        if end <= u64::from(have) {
            return Ok(());
        }
        let (state_len, vocabulary) = (plan.layout().state_len(), plan.layout().outputs());
        let feed = arena_samples(plan, self.arena.as_mut())?;
        let target = feed.get_mut(offset as usize..end as usize).ok_or(Error::OutOfRange { end, has })?;
        target.iter_mut().zip(bytes).for_each(|(to, &from)| *to = from);
        if end == has
            && let Some(at) = Feed::new(feed, streams, state_len).first_invalid(vocabulary)
        {
            self.fed = 0;
            return Err(Error::BadFeed { at });
        }
        self.fed = end as u32;
        Ok(())
    }

    /// Checks that a generation's feed is here; nothing to check for another task.
    pub(super) fn check_fed(&self) -> Result<(), Error> {
        let needs = self.plan.as_ref().and_then(Plan::feed).unwrap_or(0);
        if u64::from(self.fed) < needs { Err(Error::NotFed { have: self.fed }) } else { Ok(()) }
    }

    /// The base model's states after the generation that is fed and, with estimator `node`, credited: what the next one
    /// begins with, one stream after another. Only for a learner that updates itself, before it steps.
    ///
    /// # Errors
    /// [`Error::NoStreams`], [`Error::NotFed`], [`Error::NoLocalUpdate`], [`Error::NoSuchUnits`].
    pub fn carried(&mut self) -> Result<&[i8], Error> {
        self.state.ok_or(Error::NotStarted)?;
        self.check_fed()?;
        let (credited, units) = (self.credited, self.units());
        let (plan, parts) = self.parts()?;
        let streams = plan.run().streams().ok_or(Error::NoStreams)?;
        if !plan.updates() {
            return Err(Error::NoLocalUpdate);
        }
        let layout = plan.layout();
        let (ends, _) = ends(plan, streams, parts.credit.activations);
        match &plan.run().estimator {
            Estimator::Weight(weight) => {
                let mut quiet = Quiet;
                let mut work = weight_work(layout, weight, parts.scratch, &mut quiet)?;
                let feed = Feed::new(parts.samples, streams, layout.state_len());
                stream::carry(layout, parts.weights, streams, feed, &mut work.step, ends);
            }
            Estimator::Node(_) if credited < units => {
                return Err(Error::NoSuchUnits { end: u64::from(credited), has: units });
            }
            // The credit has gone the same way.
            Estimator::Node(_) => {}
        }
        Ok(ends)
    }
}

/// The states at the streams' ends, and what follows them.
fn ends<'a>(plan: &Plan, streams: Streams, activations: &'a mut [i8]) -> (&'a mut [i8], &'a mut [i8]) {
    let len = streams.count as usize * plan.layout().state_len();
    activations.split_at_mut_checked(len).unwrap_or_default()
}

fn node_run<'a>(
    plan: &'a Plan,
    settings: &'a Node,
    streams: Streams,
    (weights, feed): (&'a [i8], &'a [u8]),
    generation: u32,
) -> NodeRun<'a> {
    let layout = plan.layout();
    let feed = Feed::new(feed, streams, layout.state_len());
    NodeRun { settings, layout, weights, seed: plan.run().seed, generation, streams, feed }
}

/// Evaluates units of a generation whose feed is here.
pub(super) fn evaluate(
    plan: &Plan,
    parts: Parts<'_>,
    streams: Streams,
    generation: u32,
    units: Range<u32>,
    packer: &mut Packer<'_>,
    progress: &mut dyn Progress,
) -> Result<(), Error> {
    match &plan.run().estimator {
        Estimator::Node(settings) => {
            let run = node_run(plan, settings, streams, (parts.weights, parts.samples), generation);
            stream::evaluate(&run, units, &mut node_work(plan.layout(), parts.scratch, progress)?, packer);
        }
        Estimator::Weight(settings) => {
            let pair = pair_of(plan, settings, generation);
            let feed = Feed::new(parts.samples, streams, plan.layout().state_len());
            let evaluation = StreamEvaluation { pair, weights: parts.weights, feed };
            let mut work = weight_work(plan.layout(), settings, parts.scratch, progress)?;
            evaluation.evaluate(units, &mut work, packer);
        }
    }
    Ok(())
}

/// Credits a range of slots behind `kept` ones; returns how many are kept with it.
pub(super) fn credit(
    plan: &Plan,
    parts: Parts<'_>,
    streams: Streams,
    settings: &Node,
    (generation, first, mut kept): (u32, u32, usize),
    scores: &Scores<'_>,
) -> Result<usize, Error> {
    let layout = plan.layout();
    let run = node_run(plan, settings, streams, (parts.weights, parts.samples), generation);
    let Kept { slots, activations, values: deltas } = parts.credit;
    let (states, records) = ends(plan, streams, activations);
    let mut quiet = Quiet;
    let mut work = node_work(layout, parts.scratch, &mut quiet)?;
    let (inputs, nodes, state_len) = (inputs_per_token(layout), nodes_per_token(layout), layout.state_len());
    let mut values = scores.values();
    for (number, flag) in (first..).zip(scores.flags()) {
        let at = number.checked_div(streams.context).unwrap_or(0) as usize * state_len;
        let state = states.get_mut(at..at + state_len).unwrap_or_default();
        if !flag {
            stream::credit(&run, number, state, None::<(core::iter::Empty<i16>, Record<'_>)>, &mut work);
            continue;
        }
        let record = Record {
            inputs: records.get_mut(kept * inputs..(kept + 1) * inputs).unwrap_or_default(),
            deltas: deltas.get_mut(kept * nodes..(kept + 1) * nodes).unwrap_or_default(),
        };
        let fitness = values.by_ref().take(settings.members as usize);
        let token = stream::credit(&run, number, state, Some((fitness, record)), &mut work);
        if let Some(cell) = slots.get_mut(kept) {
            *cell = token.into();
        }
        kept += 1;
    }
    Ok(kept)
}

/// The credit of a generation of estimator `node`, whose slots are all in.
pub(super) fn generation_credit<'a>(
    plan: &'a Plan,
    streams: Streams,
    credit: Kept<'a>,
    kept: usize,
) -> GenerationCredit<'a> {
    let layout = plan.layout();
    let (_, inputs) = ends(plan, streams, credit.activations);
    let tokens = credit.slots.get(..kept).unwrap_or_default();
    GenerationCredit { layout, tokens, inputs, deltas: credit.values }
}
