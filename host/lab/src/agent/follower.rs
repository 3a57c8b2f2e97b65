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
    /// Whether the first bytes of the journal, its magic, are still to come.
    awaits_magic: bool,
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
                Self {
                    setup,
                    replica,
                    lengths: None,
                    offset: 0,
                    sequence: 0,
                    rest: Vec::new(),
                    awaits_magic: true,
                }
            }
            Some(StoredCheckpoint { sequence, offset, lengths, state }) => {
                let replica = Replica::restore(&setup, &state)?;
                let (lengths, rest, awaits_magic) = (Some(lengths), Vec::new(), offset == 0);
                Self { setup, replica, lengths, offset, sequence, rest, awaits_magic }
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
        self.rest.extend_from_slice(part);
        (self.offset, self.sequence) = (offset + part.len() as u64, sequence);
        if self.awaits_magic {
            if self.rest.len() < MAGIC.len() {
                return Ok(Some(Vec::new()));
            }
            if !self.rest.starts_with(&MAGIC) {
                return Err(BadRecord.into());
            }
            self.rest.drain(..MAGIC.len());
            self.awaits_magic = false;
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::messages::StoredCheckpoint;
    use eggroll_firmware::train::{Estimator, Plan};
    use eggroll_host::evaluate::ReferenceEvaluator;
    use eggroll_host::run::journal::frame;
    use eggroll_host::run::{DataName, Rates, TaskName};
    use proptest::prelude::*;

    /// A run on the digits that is small enough to be trained many times.
    fn experiment() -> (Arc<Setup>, Config) {
        let text = include_str!("follower_run.toml");
        let config = Config::from_toml(text).unwrap();
        assert_eq!(config.source.task(), TaskName::Data(DataName::Digits));
        let experiment = eggroll_host::train::Experiment::load(config.clone()).unwrap();
        (Arc::clone(&experiment.setup), config)
    }

    fn bytes_of(record: &Record) -> Vec<u8> {
        frame(&postcard::to_stdvec(record).unwrap())
    }

    /// The journal of some generations that goes back once, the state before the way back, and the last one.
    fn journal(setup: &Arc<Setup>, config: &Config) -> (Vec<Vec<u8>>, Vec<StoredCheckpoint>, Replica) {
        let rates: Rates = config.schedule.rates(config.generations);
        let lengths = Lengths::new(config.generations, rates.clone());
        let start = Record::Start {
            config: config.to_toml().unwrap(),
            run: setup.run.clone(),
            rates,
            identity: setup.identity,
        };
        let mut parts = vec![MAGIC.to_vec(), bytes_of(&start)];
        let mut replica = Replica::new(setup).unwrap();
        let mut reference = ReferenceEvaluator::new(setup).unwrap();
        let mut checkpoints = Vec::new();
        for step in 0..7 {
            if step == 4 {
                let back: &StoredCheckpoint = &checkpoints[1];
                replica = Replica::restore(setup, &back.state).unwrap();
                parts.push(bytes_of(&Record::Rollback { to: back.state.generation }));
            }
            let number = replica.state().generation + 1;
            let (shape, units) = (setup.run.estimator.shape(), setup.run.estimator.units());
            let feed = replica.feed();
            let scores = reference.scores(number, replica.weights(), &feed, 0..units).unwrap();
            let mut tally = Tally::new(shape, units);
            tally.insert(0..units, &scores).unwrap();
            let outcome = Outcome::new(number, lengths.rate(number), tally).unwrap();
            replica.apply(Arc::new(outcome)).unwrap();
            let checksum = replica.state().checksum;
            parts.push(bytes_of(&Record::Generation { number, scores, checksum, answers: Vec::new() }));
            let offset = parts.iter().map(Vec::len).sum::<usize>() as u64;
            let (sequence, state) = (parts.len() as u64, replica.checkpoint());
            checkpoints.push(StoredCheckpoint { sequence, offset, lengths: lengths.clone(), state });
        }
        (parts, checkpoints, replica)
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, cases: 24, ..Default::default() })]

        /// Whatever comes twice, late or in another order, the weights are those of the journal.
        #[test]
        fn parts_in_any_order_lead_to_the_same_weights(
            cuts in prop_oneof![
                proptest::collection::vec(1usize..120, 1..60),
                proptest::collection::vec(1usize..5, 1..9),
            ],
            order in proptest::collection::vec(any::<u32>(), 400),
            joins_late in any::<bool>(),
        ) {
            let (setup, config) = experiment();
            let Estimator::Node(_) = setup.run.estimator else { panic!("another estimator") };
            prop_assert!(Plan::new(setup.run.clone(), true).is_ok());
            let (parts, checkpoints, replica) = journal(&setup, &config);
            let whole: Vec<u8> = parts.concat();
            // A record has a message or several; none has parts of two.
            let (mut messages, mut at, mut cuts) = (Vec::new(), 0, cuts.into_iter().cycle());
            for part in &parts {
                let end = at + part.len();
                while at < end {
                    let next = end.min(at + cuts.next().unwrap());
                    messages.push((messages.len() as u64 + 1, at as u64, &whole[at..next]));
                    at = next;
                }
            }
            let late = joins_late.then(|| checkpoints[2].clone());
            let mut follower = Follower::new(&setup, late).unwrap();
            let mut picks = order.into_iter().cycle();
            while follower.offset < whole.len() as u64 {
                // Now and then any message, now and then the one that is due.
                let pick = picks.next().unwrap() as usize;
                let due = messages.iter().position(|(_, offset, _)| *offset == follower.offset).unwrap();
                let message = if pick & 1 == 0 { due } else { pick / 2 % messages.len() };
                let (sequence, offset, part) = messages[message];
                let before = follower.offset;
                match follower.take(sequence, offset, part) {
                    Ok(None) => prop_assert!(offset > before, "one that is missing comes again"),
                    Ok(Some(_)) => prop_assert!(offset <= before),
                    Err(Astray::WentBack(to)) => {
                        prop_assert_eq!(to, 2);
                        // What the coordinator stored when it had gone back.
                        let back = StoredCheckpoint { offset: follower.offset, sequence, ..checkpoints[1].clone() };
                        follower = Follower::new(&setup, Some(back)).unwrap();
                    }
                    Err(error) => prop_assert!(false, "{error}"),
                }
            }
            prop_assert_eq!(follower.replica.checkpoint(), replica.clone().checkpoint());
        }
    }

    #[test]
    fn a_journal_of_another_run_is_not_followed() {
        let (setup, config) = experiment();
        let (parts, checkpoints, _) = journal(&setup, &config);
        let whole = parts.concat();
        let other = Arc::new(Setup {
            identity: eggroll_host::run::Identity::new(&setup.run, config.schedule, 1, b"", b"", None),
            ..Setup::clone(&setup)
        });
        let mut follower = Follower::new(&other, None).unwrap();
        assert_eq!(follower.take(1, 0, &whole).err(), Some(Astray::Misfit));
        assert!(matches!(
            Follower::new(&other, Some(checkpoints[0].clone())).err(),
            Some(Astray::Checkpoint(_))
        ));
        // A damaged record, and a board that computed something else.
        let mut follower = Follower::new(&setup, None).unwrap();
        let mut damaged = whole.clone();
        *damaged.last_mut().unwrap() ^= 1;
        assert!(matches!(follower.take(1, 0, &damaged), Err(Astray::WentBack(_) | Astray::Journal(_))));
        let mut follower = Follower::new(&setup, None).unwrap();
        assert!(matches!(follower.take(1, 0, b"EGGJRNL\x02xxxx"), Err(Astray::Journal(_))));
    }
}
