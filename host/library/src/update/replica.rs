use super::creditor::Help;
use super::fast::{Done, Fast};
use super::signal::Signal;
use super::streams::Reading;
use super::{Creditor, FORMER, Former, Generation, HISTORY, Outcome, Setup};
use eggroll_batch::isa::Level;
use eggroll_firmware::Error;
use eggroll_firmware::train::{Learner, Plan, Section, State};
use eggroll_firmware::wire::Checksum;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;

/// The host's weights: the firmware's own learner in the host's memory, moved by scores.
#[derive(Clone)]
pub struct Replica {
    /// Identity of the run, which the sync checksum covers.
    identity: u32,
    learner: Learner<Vec<u64>>,
    state: State,
    history: VecDeque<Arc<Outcome>>,
    former: Former,
    reading: Option<Reading>,
    fast: Option<Fast>,
    help: Option<Help>,
    /// Of the generations since it was asked for.
    signal: Signal,
    /// What the coming generation reads, and what those of `history` have read.
    feed: Arc<[u8]>,
    feeds: VecDeque<Arc<[u8]>>,
}

impl Replica {
    /// The initial weights of a run.
    ///
    /// # Errors
    /// What the firmware refuses: settings out of range, sums that could overflow, samples out of range.
    pub fn new(setup: &Setup) -> Result<Self, Error> {
        Self::with_level(setup, Some(Level::best()))
    }

    /// The same with chosen instructions, or entirely by the learner.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub fn with_level(setup: &Setup, level: Option<Level>) -> Result<Self, Error> {
        let plan = Plan::new(setup.run.clone(), true)?;
        // Beyond what the run needs at least: a whole tensor's Z at once, in 64 bits.
        let largest = plan.program().tensors().map(|tensor| tensor.len()).max().unwrap_or(0);
        let mut learner = Learner::new(vec![0; plan.needs() as usize / 8 + largest]);
        learner.configure_as(setup.identity.short(), setup.run.clone(), true)?;
        learner.load(Section::Samples, 0, &setup.samples)?;
        match &setup.start {
            None => learner.initialize()?,
            Some(weights) => {
                let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
                learner.load(Section::Weights, 0, &bytes)?;
            }
        }
        let state = learner.start(0)?;
        let reading = Reading::new(setup, plan.program().state_len());
        let fast = level.and_then(|level| Fast::new(&plan, &setup.samples, level));
        let feed = reading.as_ref().map_or_else(|| Arc::from([]), |reading| reading.feed(1));
        learner_feed(&mut learner, 1, &feed)?;
        let (history, feeds) = (VecDeque::new(), VecDeque::new());
        Ok(Self {
            identity: setup.identity.short(),
            learner,
            state,
            history,
            former: Former::new(),
            reading,
            fast,
            help: None,
            signal: Signal::default(),
            feed,
            feeds,
        })
    }

    /// Has help from now on, or none. The weights are the same.
    pub fn assist(&mut self, creditor: Option<Arc<dyn Creditor>>) {
        let known = self.help.take().filter(|help| creditor.as_ref().is_some_and(|other| help.is_by(other)));
        self.help = known.or_else(|| creditor.map(Help::by));
    }

    /// Moves the weights by a generation; returns how many moved.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless it is the next; [`Error::BadScores`] of an incomplete tally.
    pub fn apply(&mut self, outcome: Arc<Outcome>) -> Result<u32, Error> {
        let Done { state, moved, carried, signal } = self.step(&outcome)?;
        self.signal += signal;
        if let Some(reading) = &mut self.reading {
            reading.carry(&carried);
        }
        self.state = state;
        if let Some(reading) = &self.reading {
            let feed = reading.feed(state.generation + 1);
            learner_feed(&mut self.learner, state.generation + 1, &feed)?;
            self.feeds.push_back(core::mem::replace(&mut self.feed, feed));
        }
        self.history.push_back(outcome);
        if self.history.len() > HISTORY {
            self.history.pop_front();
            self.feeds.pop_front();
        }
        Ok(moved)
    }

    fn step(&mut self, outcome: &Outcome) -> Result<Done, Error> {
        if let Some(fast) = &self.fast {
            let have = self.state.generation;
            if have.checked_add(1) != Some(outcome.number) {
                return Err(Error::WrongGeneration { have });
            }
            return fast.apply(&mut self.learner, &self.feed, outcome, self.help.as_ref());
        }
        self.learner.credit(outcome.number, 0, outcome.tally.units(), &outcome.scores)?;
        let carried = if self.reading.is_some() { self.learner.carried()?.to_vec() } else { Vec::new() };
        let (state, moved) = self.learner.step(outcome.rate)?;
        Ok(Done { state, moved, carried, signal: Signal::default() })
    }

    /// How large the credit was since this was asked last; known where a generation is large.
    pub fn take_signal(&mut self) -> Option<f64> {
        core::mem::take(&mut self.signal).ratio()
    }

    /// The last generation applied, and the checksum over weights and residuals.
    pub const fn state(&self) -> State {
        self.state
    }

    /// What the next generation reads of a text; empty for another task.
    pub fn feed(&self) -> Arc<[u8]> {
        Arc::clone(&self.feed)
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
            loaded_state: State {
                generation,
                checksum: Checksum::of(self.identity, generation, &weights, &[]),
            },
            weights,
            residuals,
            feed: Arc::clone(&self.feed),
            feeds: self.feeds.clone(),
            history: self.history.clone(),
            former,
        }
    }
}

/// Feeds the host's own learner.
fn learner_feed(learner: &mut Learner<Vec<u64>>, generation: u32, feed: &[u8]) -> Result<(), Error> {
    if feed.is_empty() { Ok(()) } else { learner.feed(generation, 0, feed) }
}

/// SHA-256 over weights, one byte each, in hexadecimal.
pub fn sha256(weights: &[i8]) -> String {
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
