use super::{FORMER, Former, Generation, HISTORY, Outcome, Setup};
use eggroll_firmware::Error;
use eggroll_firmware::train::{Learner, Plan, Section, State};
use eggroll_firmware::wire::Checksum;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;

/// The host's weights: the firmware's own learner in the host's memory, moved by scores.
#[derive(Clone)]
pub struct Replica {
    learner: Learner<Vec<u64>>,
    state: State,
    history: VecDeque<Arc<Outcome>>,
    former: Former,
}

impl Replica {
    /// The initial weights of a run.
    ///
    /// # Errors
    /// What the firmware refuses: settings out of range, sums that could overflow, samples out of range.
    pub fn new(setup: &Setup) -> Result<Self, Error> {
        let plan = Plan::new(setup.run.clone(), true)?;
        // Beyond what the run needs at least: a whole tensor's Z at once, in 64 bits.
        let largest = plan.layout().tensors().map(|tensor| tensor.len()).max().unwrap_or(0);
        let mut learner = Learner::new(vec![0; plan.needs() as usize / 8 + largest]);
        learner.configure(setup.run.clone(), true)?;
        learner.load(Section::Samples, 0, &setup.samples)?;
        learner.initialize()?;
        let state = learner.start(0)?;
        Ok(Self { learner, state, history: VecDeque::new(), former: Former::new() })
    }

    /// Moves the weights by a generation; returns how many moved.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless it is the next; [`Error::BadScores`] of an incomplete tally.
    pub fn apply(&mut self, outcome: Arc<Outcome>) -> Result<u32, Error> {
        self.learner.credit(outcome.number, 0, outcome.tally.units(), &outcome.scores)?;
        let (state, moved) = self.learner.step(outcome.rate)?;
        self.state = state;
        self.history.push_back(outcome);
        if self.history.len() > HISTORY {
            self.history.pop_front();
        }
        Ok(moved)
    }

    /// The last generation applied, and the checksum over weights and residuals.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The weights in declared order.
    pub fn weights(&mut self) -> &[i8] {
        self.learner.weights()
    }

    /// SHA-256 over the weights in declared order, in hexadecimal.
    pub fn weights_sha256(&mut self) -> String {
        sha256(self.learner.weights())
    }

    /// The next generation, for evaluators.
    pub fn next_generation(&mut self) -> Generation {
        let generation = self.state.generation;
        let residuals = Arc::from(self.learner.residuals());
        let weights: Arc<[i8]> = Arc::from(self.learner.weights());
        let former = self.former.iter().filter(|(earlier, _)| *earlier < generation).cloned().collect();
        if self.former.back().is_none_or(|(latest, _)| *latest < generation) {
            self.former.push_back((generation, Arc::clone(&weights)));
            if self.former.len() > FORMER {
                self.former.pop_front();
            }
        }
        Generation {
            number: generation + 1,
            state: self.state,
            loaded_state: State { generation, checksum: Checksum::of(generation, &weights, &[]) },
            weights,
            residuals,
            history: self.history.clone(),
            former,
        }
    }
}

/// SHA-256 over weights, one byte each, in hexadecimal.
pub fn sha256(weights: &[i8]) -> String {
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
