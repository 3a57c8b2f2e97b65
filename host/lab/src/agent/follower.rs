//! The weights of an agent, which follow the journal of the run.

use crate::messages::StoredCheckpoint;
use eggroll_firmware::Error;
use eggroll_host::run::journal::{BadRecord, MAGIC, first_record};
use eggroll_host::run::{Config, LengthChange, Lengths, Record};
use eggroll_host::update::{Generation, NotRestored, Outcome, Replica, Setup, Tally};
use std::sync::Arc;

/// Holds the weights to which the journal has led so far.
pub(super) struct Follower {
    setup: Arc<Setup>,
    replica: Replica,
    /// The lengths of the run; `None` before the first record.
    lengths: Option<Lengths>,
    /// How many bytes of the journal were taken in.
    offset: u64,
    /// The last message that was taken in.
    sequence: u64,
    /// The bytes of a record that is not whole yet.
    rest: Vec<u8>,
}

/// Says why the journal cannot be followed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Astray {
    /// The run went back to before what the weights hold. A checkpoint of it is needed.
    #[error("the run went back to generation {0}")]
    WentBack(u32),
    /// The bytes are no journal of this run.
    #[error("the stream of the journal: {0}")]
    Journal(#[from] BadRecord),
    /// A record does not fit the ones before it.
    #[error("a record of the journal does not follow from those before it")]
    Misfit,
    /// The weights are not those of the coordinator.
    #[error("generation {0} leads to other weights here: is this the same version of the program?")]
    Differs(u32),
    /// The firmware refuses the run.
    #[error(transparent)]
    Refused(#[from] Error),
    /// The checkpoint is not the run's.
    #[error("the checkpoint: {0}")]
    Checkpoint(#[from] NotRestored),
}

impl Follower {
    /// Begins with a checkpoint, or with the first byte of the journal.
    pub(super) fn new(setup: &Arc<Setup>, from: Option<StoredCheckpoint>) -> Result<Self, Astray> {
        let setup = Arc::clone(setup);
        Ok(match from {
            None => {
                let replica = Replica::new(&setup)?;
                Self { setup, replica, lengths: None, offset: 0, sequence: 0, rest: Vec::new() }
            }
            Some(StoredCheckpoint { sequence, offset, lengths, state }) => {
                let replica = Replica::restore(&setup, &state)?;
                Self { setup, replica, lengths: Some(lengths), offset, sequence, rest: Vec::new() }
            }
        })
    }

    /// The last generation to which the weights have moved.
    pub(super) const fn generation(&self) -> u32 {
        self.replica.state().generation
    }

    /// The last message that was taken in.
    pub(super) const fn sequence(&self) -> u64 {
        self.sequence
    }

    /// The generation that is evaluated next.
    pub(super) fn next_generation(&mut self) -> Generation {
        self.replica.next_generation()
    }

    /// Takes in the part of the journal that begins at an offset, and returns the outcomes of the generations
    /// that it completes. Returns `None` for a part that must come again later, because one before it is
    /// missing; a part that was taken in before changes nothing.
    pub(super) fn take(
        &mut self,
        sequence: u64,
        offset: u64,
        part: &[u8],
    ) -> Result<Option<Vec<Arc<Outcome>>>, Astray> {
        if offset > self.offset {
            return Ok(None);
        }
        if offset < self.offset {
            return Ok(Some(Vec::new()));
        }
        let begins = self.offset == 0;
        self.rest.extend_from_slice(part);
        (self.offset, self.sequence) = (offset + part.len() as u64, sequence);
        if begins && self.rest.len() >= MAGIC.len() {
            if !self.rest.starts_with(&MAGIC) {
                return Err(BadRecord.into());
            }
            self.rest.drain(..MAGIC.len());
        }
        let (mut outcomes, mut at) = (Vec::new(), 0);
        while let Some((record, len)) = first_record(&self.rest[at..])? {
            at += len;
            outcomes.extend(self.follow(record)?);
        }
        self.rest.drain(..at);
        Ok(Some(outcomes))
    }

    /// Follows a record.
    fn follow(&mut self, record: Record) -> Result<Option<Arc<Outcome>>, Astray> {
        match record {
            Record::Start { config, rates, identity, .. } => {
                let planned = Config::from_toml(&config).map_err(|_| Astray::Misfit)?.generations;
                if identity != self.setup.identity {
                    return Err(Astray::Misfit);
                }
                self.lengths = Some(Lengths::new(planned, rates));
            }
            Record::Generation { number, scores, checksum, .. } => {
                let Some(lengths) = &self.lengths else { return Err(Astray::Misfit) };
                let (shape, units) = (self.setup.run.estimator.shape(), self.setup.run.estimator.units());
                let mut tally = Tally::new(shape, units);
                tally.insert(0..units, &scores).map_err(|_| Astray::Misfit)?;
                let outcome = Arc::new(Outcome::new(number, lengths.rate(number), tally)?);
                self.replica.apply(Arc::clone(&outcome)).map_err(|_| Astray::Misfit)?;
                if self.replica.state().checksum != checksum {
                    return Err(Astray::Differs(number));
                }
                return Ok(Some(outcome));
            }
            Record::Board { .. } | Record::Expelled { .. } => {}
            Record::Rollback { to } => {
                if to < self.generation() {
                    return Err(Astray::WentBack(to));
                }
            }
            Record::Length { after, generations, rates } => {
                if after < self.generation() {
                    return Err(Astray::WentBack(after));
                }
                let Some(lengths) = &mut self.lengths else { return Err(Astray::Misfit) };
                lengths.change(LengthChange { after, generations, rates });
            }
        }
        Ok(None)
    }
}
