use super::Learner;
#[cfg(feature = "recurrent")]
use super::credit::credit_text;
use super::parts::{guided_run, guided_work, node_run, node_work};
use crate::Error;
use crate::estimator::scores::Packer;
use crate::estimator::{guided, node};
use crate::progress::Progress;
use crate::task::{SampleStore, Task};
use crate::train::{Estimator, Pace};

impl<A: AsMut<[u64]> + AsRef<[u64]>, S: SampleStore> Learner<A, S> {
    /// Trains alone from `generation` on: evaluates, credits and steps, with no host in between, for as many
    /// generations up to `count` as have room for their scores in `out`. Those are packed one generation
    /// after another ([`Shape::first_of`](crate::estimator::scores::Shape::first_of) takes them apart).
    /// Returns the generations done, at least one unless there is an error, and the bytes written. On a text
    /// that the learner holds, the generation behind the last one is fed then, too.
    ///
    /// # Errors
    /// Those of [`Self::evaluate`] and [`Self::credit`] for the first generation; nothing has changed then.
    /// [`Error::NotFed`] on a text that the learner does not hold.
    pub fn train<T: Task>(
        &mut self,
        generation: u32,
        count: u32,
        pace: Pace,
        task: &mut T,
        progress: &mut dyn Progress,
        out: &mut [u8],
    ) -> Result<(u32, usize), Error> {
        self.admit(generation, 0, 0)?;
        if !self.plan.as_ref().is_some_and(crate::train::Plan::updates) {
            return Err(Error::NoLocalUpdate);
        }
        if self.plan.as_ref().is_some_and(crate::train::Plan::is_fed_by_host) {
            // Only a host has the text.
            return Err(Error::NotFed { have: 0 });
        }
        // The streams' states come with the first feed; of those behind it the learner makes its own.
        self.check_fed()?;
        let units = self.units();
        let (mut done, mut len) = (0, 0);
        let mut outcome = Ok(());
        while done < count && outcome.is_ok() {
            let Some(here) = generation.checked_add(done) else { break };
            let room = out.get_mut(len..).unwrap_or_default();
            let scored = self.score_and_credit(here, units, task, progress, room);
            outcome = scored.and_then(|packed| {
                #[cfg(feature = "recurrent")]
                self.carry()?;
                self.advance(pace.at(here), progress)?;
                #[cfg(feature = "recurrent")]
                self.read_on(here)?;
                (done, len) = (done + 1, len + packed);
                Ok(())
            });
        }
        // Of the generations in between nobody asks for the checksum, which takes as long as some products.
        if let Some(state) = self.state.filter(|_| done > 0) {
            #[cfg(feature = "recurrent")]
            let fed = self.fed;
            self.enter(state.generation)?;
            #[cfg(feature = "recurrent")]
            (self.fed = fed);
        }
        match outcome {
            Err(Error::FrameTooSmall { .. }) if done > 0 => Ok((done, len)),
            outcome => outcome.map(|()| (done, len)),
        }
    }

    /// Evaluates a generation and credits its scores: at once, where that spares a base pass and the noise.
    fn score_and_credit<T: Task>(
        &mut self,
        generation: u32,
        units: u32,
        task: &mut T,
        progress: &mut dyn Progress,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let (plan, mut parts) = self.parts()?;
        let mut packer = Packer::new(plan.run().estimator.shape(), units as usize, out)?;
        let mut kept = 0;
        match &plan.run().estimator {
            #[cfg(feature = "recurrent")]
            Estimator::Guided(settings) if plan.credits_text() => {
                kept = credit_text(plan, parts, settings, 0..units, progress)?;
            }
            // Credit keeps the states of the streams.
            #[cfg(feature = "recurrent")]
            Estimator::Node(_) if plan.feed().is_some() => {
                return self.score_then_credit(generation, units, task, progress, out);
            }
            Estimator::Node(settings) => {
                let on = node_run(plan, settings, parts.weights, parts.samples, generation);
                let mut work = node_work(plan, parts.scratch, progress)?;
                for slot in 0..units {
                    let row = on.row(slot);
                    let mut out = parts.credit.keep(plan, kept, row.mark);
                    let keeps = node::evaluate(&on, slot, row, &mut work, Some(&mut packer), Some(&mut out));
                    kept += usize::from(keeps);
                }
            }
            Estimator::Guided(settings) => {
                let on = guided_run(plan, settings, parts.weights, parts.guide, parts.samples, generation);
                let mut work = guided_work(plan, settings, parts.scratch, progress)?;
                for slot in 0..units {
                    let row = on.node.row(slot);
                    let mut out = parts.credit.keep_guided(plan, settings, kept, row.mark);
                    let keeps = guided::evaluate(&on, slot, row, &mut work, &mut packer, Some(&mut out));
                    kept += usize::from(keeps);
                }
            }
            Estimator::Weight(_) => {
                return self.score_then_credit(generation, units, task, progress, out);
            }
        }
        let packed = packer.finish();
        (self.credited, self.kept) = (units, kept);
        Ok(packed)
    }

    fn score_then_credit<T: Task>(
        &mut self,
        generation: u32,
        units: u32,
        task: &mut T,
        progress: &mut dyn Progress,
        out: &mut [u8],
    ) -> Result<usize, Error> {
        let packed = self.evaluate_telling(progress, generation, 0, units, task, out)?;
        self.credit(generation, 0, units, out.get(..packed).unwrap_or_default())?;
        Ok(packed)
    }
}
