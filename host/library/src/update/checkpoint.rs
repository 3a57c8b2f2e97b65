//! Checkpoints: all that the weights after a generation consist of, for a host that has not got the scores
//! before them.

use eggroll_firmware::Error;
use serde::{Deserialize, Serialize};

/// The host's side of a run after a generation. Who has it goes on by the scores of later generations alone.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The generation.
    pub generation: u32,
    /// The checksum over generation, weights and residuals.
    pub checksum: u32,
    /// The weights in declared order.
    pub weights: Vec<i8>,
    /// The residuals in declared order; empty for a run without residuals.
    pub residuals: Vec<i16>,
    /// The guide; empty for a run without one that members teach.
    pub guide: Vec<i16>,
    /// The base model's states at the end of what was read of a text; empty for another task.
    pub states: Vec<i8>,
}

/// Says why a checkpoint is not that of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRestored {
    /// The firmware refuses the run, or values of the checkpoint.
    #[error(transparent)]
    Refused(#[from] Error),
    /// Its parts are not as long as the run's.
    #[error("its parts are not as long as the run's")]
    Sizes,
    /// Its parts do not lead to its checksum.
    #[error("its weights are not those of its checksum")]
    Checksum,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluate::ReferenceEvaluator;
    use crate::evaluate::cases::{Case, GENERATION, cases, guided_slots, pairs_on_texts, slots_on_texts};
    use crate::update::Replica;
    use crate::update::{Outcome, Tally};
    use proptest::prelude::*;
    use std::sync::Arc;

    /// Moves a replica by a generation that is evaluated here.
    fn step(case: &Case, replica: &mut Replica) -> Result<(), TestCaseError> {
        let estimator = &case.setup.run.estimator;
        let (shape, units, number) = (estimator.shape(), estimator.units(), replica.state().generation + 1);
        let mut reference = ReferenceEvaluator::new(&case.setup).unwrap();
        let feed = replica.feed();
        let scores = reference.scores(number, replica.weights(), &feed, 0..units).unwrap();
        let mut tally = Tally::new(shape, units);
        tally.insert(0..units, &scores).unwrap();
        replica.apply(Arc::new(Outcome::new(number, 1 << 14, tally).unwrap())).unwrap();
        Ok(())
    }

    /// A run that goes on from a checkpoint has the weights of one that was never stopped; a checkpoint that
    /// is changed is refused.
    fn check(mut case: Case) -> Result<(), TestCaseError> {
        let setup = Arc::get_mut(&mut case.setup).unwrap();
        if setup.run.streams().is_some() {
            let tokens = case.feed.iter().map(|&token| token % setup.run.model.inputs as u8);
            setup.text = tokens.cycle().take(500).collect();
        }
        let mut whole = Replica::new(&case.setup).unwrap();
        for _ in 0..GENERATION {
            step(&case, &mut whole)?;
        }
        let checkpoint = whole.checkpoint();
        let bytes = postcard::to_stdvec(&checkpoint).unwrap();
        let read: Checkpoint = postcard::from_bytes(&bytes).unwrap();
        let mut restored = Replica::restore(&case.setup, &read).unwrap();
        prop_assert_eq!(restored.state(), whole.state());
        for _ in 0..GENERATION {
            step(&case, &mut whole)?;
            step(&case, &mut restored)?;
        }
        prop_assert_eq!(restored.checkpoint(), whole.checkpoint());
        let mut other = checkpoint.clone();
        other.weights[0] = if other.weights[0] == 1 { 2 } else { 1 };
        prop_assert_eq!(Replica::restore(&case.setup, &other).err(), Some(NotRestored::Checksum));
        let mut short = checkpoint;
        let _ = short.weights.pop();
        prop_assert_eq!(Replica::restore(&case.setup, &short).err(), Some(NotRestored::Sizes));
        Ok(())
    }

    proptest! {
        #![proptest_config(cases(16))]

        #[test]
        fn a_run_on_samples_goes_on_from_a_checkpoint(case in guided_slots()) {
            check(case)?;
        }

        #[test]
        fn a_run_on_a_text_goes_on_from_a_checkpoint(case in prop_oneof![pairs_on_texts(), slots_on_texts()]) {
            check(case)?;
        }
    }
}
