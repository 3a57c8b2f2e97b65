use super::Learner;
#[cfg(feature = "recurrent")]
use super::parts::{Reading, reading};
use super::parts::{arena_samples, weight_work};
use crate::Error;
use crate::model::infer;
use crate::progress::Quiet;
#[cfg(feature = "recurrent")]
use crate::slice_ext::split_mut;
use crate::slice_ext::{copy, part_mut};
use crate::task::{Feed, SampleStore};
use crate::train::{Estimator, Plan};

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Takes a part of what the generation after that of the weights reads of the text ([`Feed`]): in order;
    /// bytes that are here already change nothing.
    ///
    /// # Errors
    /// [`Error::NoStreams`] for another task; [`Error::WrongGeneration`]; [`Error::NotFed`] where bytes
    /// before these are missing; [`Error::OutOfRange`]; with the last part [`Error::BadFeed`], and nothing of
    /// it is here then.
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
        let (state_len, vocabulary) = (plan.program().state_len(), plan.program().outputs());
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

    /// The base model's states after the generation that is fed and, with estimator `node`, credited: what
    /// the next one begins with, one stream after another. Only for a learner that updates itself, before it
    /// steps.
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
        let (program, states) = (plan.program(), parts.credit.states);
        match &plan.run().estimator {
            Estimator::Weight(weight) => {
                let (len, mut quiet) = (program.state_len(), Quiet);
                let mut work = weight_work(plan, weight, parts.scratch, &mut quiet)?;
                let feed = Feed::new(parts.samples, streams, len);
                for stream in 0..streams.count {
                    let state = part_mut(states, stream as usize * len, len);
                    copy(state, feed.state(stream));
                    for row in feed.rows(stream) {
                        infer(program, parts.weights, row.start, state, &mut work.pass);
                    }
                }
            }
            Estimator::Node(_) | Estimator::Guided(_) if credited < units => {
                return Err(Error::NoSuchUnits { end: u64::from(credited), has: units });
            }
            // The credit has gone the same way.
            Estimator::Node(_) | Estimator::Guided(_) => {}
        }
        Ok(states)
    }

    /// On a text that is held: leaves the states after the generation where [`Self::read_on`] finds them.
    /// Before its step, which changes the weights that make them.
    #[cfg(feature = "recurrent")]
    pub(super) fn carry(&mut self) -> Result<(), Error> {
        if self.plan.as_ref().is_some_and(Plan::holds_text) {
            self.carried()?;
        }
        Ok(())
    }

    /// On a text that is held: makes the feed of the generation behind `generation`, which is done.
    #[cfg(feature = "recurrent")]
    pub(super) fn read_on(&mut self, generation: u32) -> Result<(), Error> {
        let plan = self.plan.as_ref().ok_or(Error::NotConfigured)?;
        let Some(streams) = plan.run().streams().filter(|_| plan.holds_text()) else { return Ok(()) };
        let Reading { text, feed, states } = reading(plan, self.arena.as_mut())?;
        let stored = || self.store.bytes().get(..plan.sample_bytes() as usize).unwrap_or_default();
        let text: &[u8] = if plan.stores_samples() { stored() } else { text };
        let (tokens, before) = split_mut(feed, streams.feed_len(0) as usize);
        streams.read(generation.wrapping_add(1), text, tokens);
        copy(before, bytemuck::cast_slice(states));
        Ok(())
    }
}
