use super::checkpoint::{Checkpoint, NotRestored};
use super::fast::{Applied, Fast};
use super::offload::CheckedOffload;
use super::signal::Signal;
use super::streams::TextStreams;
use super::{FORMER, Former, Generation, HISTORY, Outcome, Setup, UpdateOffload};
use eggroll_batch::isa::Level;
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::Explained;
use eggroll_firmware::train::{Learner, Plan, Section, State};
use eggroll_firmware::wire::Checksum;
use sha2::{Digest, Sha256};
use std::collections::VecDeque;
use std::sync::Arc;

/// The host's weights. They are held by the firmware's own learner, and scores move them.
#[derive(Clone)]
pub struct Replica {
    /// The identity of the run, which the checksum of a state covers.
    identity: u32,
    learner: Learner<Vec<u64>>,
    state: State,
    history: VecDeque<Arc<Outcome>>,
    former: Former,
    streams: Option<TextStreams>,
    fast: Option<Fast>,
    offload: Option<CheckedOffload>,
    /// The size of the credit in the generations since [`Self::take_signal`].
    signal: Signal,
    /// What the guide made of the reports since [`Self::take_explained`].
    explained: Explained,
    /// How many units of the latest generation were kept.
    kept: u32,
    /// The feed of the next generation, and the feeds of the generations in `history`.
    feed: Arc<[u8]>,
    feeds: VecDeque<Arc<[u8]>>,
}

impl Replica {
    /// Holds the initial weights of a run.
    ///
    /// # Errors
    /// The firmware refuses settings out of range, sums that could overflow and samples out of range.
    pub fn new(setup: &Setup) -> Result<Self, Error> {
        Self::with_level(setup, Some(Level::best()))
    }

    /// Does the same with the instructions of `level`, or without them entirely by the learner.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(crate) fn with_level(setup: &Setup, level: Option<Level>) -> Result<Self, Error> {
        let plan = Plan::new(setup.run.clone(), true)?;
        // More memory than a run needs at least makes updates faster: the Z of a whole tensor fits, in 64
        // bits.
        let largest = plan.program().tensors().map(|tensor| tensor.len()).max().unwrap_or(0);
        let mut learner = Learner::new(vec![0; plan.needs() as usize / 8 + largest]);
        learner.configure_as(setup.identity.short(), &setup.run, true)?;
        learner.load(Section::Samples, 0, &setup.samples)?;
        match &setup.start {
            None => learner.initialize()?,
            Some(weights) => {
                let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
                learner.load(Section::Weights, 0, &bytes)?;
                learner.initialize_guide()?;
            }
        }
        let state = learner.start(0)?;
        let streams = TextStreams::new(setup, plan.program().state_len());
        let fast = level.and_then(|level| Fast::new(&plan, &setup.samples, level));
        let feed = streams.as_ref().map_or_else(|| Arc::from([]), |streams| streams.feed(1));
        learner_feed(&mut learner, 1, &feed)?;
        let (history, feeds) = (VecDeque::new(), VecDeque::new());
        Ok(Self {
            identity: setup.identity.short(),
            learner,
            state,
            history,
            former: Former::new(),
            streams,
            fast,
            offload: None,
            signal: Signal::default(),
            explained: Explained::default(),
            kept: 0,
            feed,
            feeds,
        })
    }

    /// What another host needs to go on from here.
    pub fn checkpoint(&mut self) -> Checkpoint {
        let State { generation, checksum } = self.state;
        Checkpoint {
            generation,
            checksum,
            weights: self.learner.weights().to_vec(),
            residuals: self.learner.residuals().to_vec(),
            guide: self.learner.guide().to_vec(),
            states: self.streams.as_ref().map_or_else(Vec::new, |streams| streams.states().to_vec()),
        }
    }

    /// Holds the weights of a checkpoint of a run.
    ///
    /// # Errors
    /// [`NotRestored`]: a checkpoint may come from elsewhere, so all of it is checked.
    pub fn restore(setup: &Setup, checkpoint: &Checkpoint) -> Result<Self, NotRestored> {
        let mut replica = Self::new(setup)?;
        replica.enter(checkpoint)?;
        Ok(replica)
    }

    /// Takes over the weights of a checkpoint before the first generation.
    fn enter(&mut self, checkpoint: &Checkpoint) -> Result<(), NotRestored> {
        let states = self.streams.as_ref().map_or(0, |streams| streams.states().len());
        let (learner, given) = (&mut self.learner, checkpoint);
        let fits = learner.weights().len() == given.weights.len()
            && learner.residuals().len() == given.residuals.len()
            && learner.guide().len() == given.guide.len()
            && states == given.states.len();
        if !fits {
            return Err(NotRestored::Sizes);
        }
        learner.load(Section::Weights, 0, bytemuck::cast_slice(&given.weights))?;
        learner.load(Section::Residuals, 0, bytemuck::cast_slice(&given.residuals))?;
        learner.load(Section::Guide, 0, bytemuck::cast_slice(&given.guide))?;
        self.state = learner.start(given.generation)?;
        if self.state != (State { generation: given.generation, checksum: given.checksum }) {
            return Err(NotRestored::Checksum);
        }
        if let Some(streams) = &mut self.streams {
            streams.carry(&given.states);
            self.feed = streams.feed(given.generation.saturating_add(1));
        }
        Ok(learner_feed(&mut self.learner, given.generation.saturating_add(1), &self.feed)?)
    }

    /// Gives part of every update to `device` from now on, or to nobody. The weights are the same.
    pub(crate) fn offload_to(&mut self, device: Option<Arc<dyn UpdateOffload>>) {
        let known =
            self.offload.take().filter(|known| device.as_ref().is_some_and(|other| known.is_to(other)));
        self.offload = known.or_else(|| device.map(CheckedOffload::to));
    }

    /// Moves the weights by the outcome of a generation, and returns how many moved.
    ///
    /// # Errors
    /// [`Error::WrongGeneration`] unless it is the next generation; [`Error::BadScores`] for an incomplete
    /// tally.
    pub fn apply(&mut self, outcome: Arc<Outcome>) -> Result<u32, Error> {
        let Applied { state, moved, carried, signal, explained } = self.step(&outcome)?;
        self.signal += signal;
        self.explained += explained;
        if let Some(streams) = &mut self.streams {
            streams.carry(&carried);
        }
        self.state = state;
        if let Some(streams) = &self.streams {
            let feed = streams.feed(state.generation + 1);
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

    fn step(&mut self, outcome: &Outcome) -> Result<Applied, Error> {
        if let Some(fast) = &self.fast {
            let have = self.state.generation;
            if have.checked_add(1) != Some(outcome.number) {
                return Err(Error::WrongGeneration { have });
            }
            // Without members nobody reports, and every slot counts.
            let silent = outcome.tally.is_silent();
            self.kept = if silent { outcome.tally.units() } else { outcome.tally.kept() };
            return fast.apply(&mut self.learner, &self.feed, outcome, self.offload.as_ref());
        }
        let mut explained = Explained::default();
        self.learner.credit_explained(outcome.number, &outcome.scores, &mut explained)?;
        // Where nobody reports which slots are kept, the base pass of the credit has found out.
        self.kept = if outcome.tally.is_silent() { self.learner.kept() as u32 } else { outcome.tally.kept() };
        let carried = if self.streams.is_some() { self.learner.carried()?.to_vec() } else { Vec::new() };
        let (state, moved) = self.learner.step(outcome.rate)?;
        Ok(Applied { state, moved, carried, signal: Signal::default(), explained })
    }

    /// The size of the credit ([`Signal::ratio`]) since the last call. It is measured only in large
    /// generations.
    pub(crate) fn take_signal(&mut self) -> Option<f64> {
        core::mem::take(&mut self.signal).ratio()
    }

    /// What the guide made of the members' reports since the last call. It decides nothing.
    pub(crate) fn take_explained(&mut self) -> Explained {
        core::mem::take(&mut self.explained)
    }

    /// How many units of the latest generation were kept, also where nobody reports it.
    pub(crate) const fn kept(&self) -> u32 {
        self.kept
    }

    /// The last generation that was applied, and the checksum over weights and residuals.
    pub const fn state(&self) -> State {
        self.state
    }

    /// The feed of the next generation; empty unless the task is a text.
    pub fn feed(&self) -> Arc<[u8]> {
        Arc::clone(&self.feed)
    }

    /// The weights in declared order.
    pub fn weights(&mut self) -> &[i8] {
        self.learner.weights()
    }

    /// The SHA-256 of the weights in declared order, in hexadecimal.
    pub fn weights_sha256(&mut self) -> String {
        sha256(self.learner.weights())
    }

    /// What evaluators need of the next generation.
    pub fn next_generation(&mut self) -> Generation {
        let generation = self.state.generation;
        let residuals = Arc::from(self.learner.residuals());
        let guide = Arc::from(self.learner.guide());
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
            guide,
            feed: Arc::clone(&self.feed),
            feeds: self.feeds.clone(),
            history: self.history.clone(),
            former,
        }
    }
}

/// Gives the host's own learner the feed of a generation, if it has one.
fn learner_feed(learner: &mut Learner<Vec<u64>>, generation: u32, feed: &[u8]) -> Result<(), Error> {
    if feed.is_empty() { Ok(()) } else { learner.feed(generation, 0, feed) }
}

/// The SHA-256 of weights, one byte each, in hexadecimal.
pub fn sha256(weights: &[i8]) -> String {
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}
