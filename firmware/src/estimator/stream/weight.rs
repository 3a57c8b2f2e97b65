use super::{copy, run};
use crate::estimator::scores::Packer;
use crate::estimator::weight::{Pair, Perturbed};
use crate::kernel::{Twin, limit, log_likelihood};
use crate::model::recurrent;
use crate::progress::Progress;
use crate::task::Feed;
use core::ops::Range;

/// The evaluation of antithetic pairs on streams: a member's score is the sum of its log-likelihoods, its state its
/// own from the start of the streams on.
pub struct StreamEvaluation<'a> {
    /// The pairs' constants; `pair` is ignored.
    pub pair: Pair<'a>,
    /// All parameters.
    pub weights: &'a [i8],
    /// What the generation reads.
    pub feed: Feed<'a>,
}

/// Memory of an evaluation.
pub struct WeightWork<'a> {
    /// A step.
    pub step: recurrent::Work<'a>,
    /// A member's state.
    pub state: &'a mut [i8],
    /// One pair's factors, [`entries_per_pair`](crate::estimator::weight::entries_per_pair).
    pub factors: &'a mut [i8],
    /// Hears of every step.
    pub progress: &'a mut dyn Progress,
}

impl StreamEvaluation<'_> {
    /// Evaluates a range of pairs, each packed as one fitness.
    pub fn evaluate(&self, pairs: Range<u32>, work: &mut WeightWork<'_>, scores: &mut Packer<'_>) {
        let clip = i32::from(self.pair.settings.clip);
        for pair in pairs {
            let pair = Pair { pair, ..self.pair };
            pair.fill_factors(work.factors);
            let difference = self.difference(pair, work);
            scores.keep();
            scores.push(limit(difference, clip) as i16);
        }
    }

    /// The score of `+` minus that of `-`; the run's bounds keep it within an `i32`.
    fn difference(&self, pair: Pair<'_>, work: &mut WeightWork<'_>) -> i32 {
        let mut total = 0i32;
        for i in 0..pair.settings.samples {
            let stream = pair.settings.stream(pair.pair, i);
            for twin in Twin::BOTH {
                copy(work.state, self.feed.state(stream));
                let mut member = Perturbed::new(pair, twin, work.factors);
                let progress = &mut *work.progress;
                let mut score = |logits: &[i8], target| {
                    progress.computed(self.weights.len() as u32);
                    total = total.wrapping_add(twin.sign() * log_likelihood(logits, target));
                };
                let tokens = self.feed.tokens(stream);
                run(pair.layout, self.weights, work.state, tokens, &mut member, &mut work.step, &mut score);
            }
        }
        total
    }
}
