use super::pass::Member;
use super::{Job, Members, OnUnit, STREAMS, UnitError};
use crate::estimator::scores::Packer;
use crate::estimator::weight::{CreditTo, Weight};
use crate::kernel::Twin;
use crate::noise::{Address, sample_index};
use crate::slice_ext::part;
use crate::task::Target;
use core::ops::Range;
use embedded_hal::spi::SpiDevice;

impl<S: SpiDevice, M: AsMut<[i8]>, const WIDTH: usize> OnUnit<S, M, WIDTH> {
    /// Pairs of estimator `weight`, as `estimator::weight` defines them.
    pub(super) fn pairs(
        &mut self,
        job: &Job<'_>,
        weight: &Weight,
        scores: &mut Packer<'_>,
    ) -> Result<(), UnitError<S::Error>> {
        let each = weight.credit == CreditTo::Sample;
        let together = if each || weight.own_samples { 1 } else { u32::from(self.streams()).max(1) };
        for first in job.units.clone().step_by(together as usize) {
            let pairs = first..first.wrapping_add(together.min(job.units.end - first));
            let count = pairs.len();
            let mut differences = [0i32; STREAMS];
            if each {
                scores.keep();
            }
            for i in 0..weight.samples {
                let number = weight.sample_number(job.generation, first, i);
                let sample = job.samples.get(sample_index(job.seed, number, job.samples.len() as u32));
                self.sample(job, weight, pairs.clone(), sample, &mut differences)?;
                if each {
                    let [f, ..] = core::mem::take(&mut differences);
                    scores.push(weight.fitness(f));
                }
            }
            for &difference in differences.iter().take(if each { 0 } else { count }) {
                scores.keep();
                scores.push(weight.fitness(difference));
            }
        }
        Ok(())
    }

    /// Adds the score differences of pairs on a sample that they share.
    fn sample(
        &mut self,
        job: &Job<'_>,
        weight: &Weight,
        pairs: Range<u32>,
        (input, target): (&[i8], Target<'_>),
        differences: &mut [i32; STREAMS],
    ) -> Result<(), UnitError<S::Error>> {
        let at = |pair: u32, tensor: u32| Address {
            seed: job.seed,
            generation: job.generation,
            index: pair,
            tensor,
        };
        let of_first = Members::Pairs {
            first: at(pairs.start, job.program.first_tensor()),
            count: pairs.len() as u8,
            rank: weight.rank,
            sigma_shift: weight.sigma_shift,
            plus: true,
            minus: true,
        };
        self.first(job, input, of_first)?;
        // What the core multiplies has few inputs, and signs: its sums fit 32 bits.
        let shape = weight.low_rank(false);
        let mut shared = 0;
        for (pair, difference) in pairs.zip(differences) {
            for twin in Twin::BOTH {
                self.pass(job, input, shared, Member::Pair { at: at(pair, 0), shape, twin })?;
                let score = target.score(part(&self.made, 0, job.program.outputs()));
                *difference = difference.wrapping_add(twin.sign() * score);
                shared += 1;
            }
        }
        Ok(())
    }
}
