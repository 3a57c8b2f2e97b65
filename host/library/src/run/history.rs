//! The history of a run by its journal: the generations that count, who gave their scores, and which boards
//! are in doubt.

use super::journal::{self, Answered, Damage, JournalReader, Record, Recorded};
use super::{Config, JournalError, LengthChange, Lengths, RunError};
use std::collections::HashSet;
use std::path::Path;

/// A journal that was read once to find what counts.
pub(crate) struct History {
    /// The run.
    pub recorded: Recorded,
    /// The names of the boards, by number.
    pub boards: Vec<String>,
    /// The names of boards that were expelled and not audited, because their host was stopped before the
    /// audit.
    pub unaudited: Vec<String>,
    /// How many generations the run has, and their step sizes.
    pub lengths: Lengths,
    /// How often the run went back to an earlier generation.
    pub rollbacks: u32,
    /// The damage at which the whole part of the journal ends, if there is any.
    pub damage: Option<Damage>,
    /// The length in bytes of the whole part of the journal.
    pub whole: u64,
    /// The offsets of the records of the generations that count, in order.
    live: Vec<u64>,
    /// The bytes that replace a damaged beginning.
    head: Option<Vec<u8>>,
}

/// A generation that counts.
pub(crate) struct Recounted {
    /// The number of the generation, from 1.
    pub number: u32,
    /// The packed scores of all units.
    pub scores: Vec<u8>,
    /// The checksum over generation, weights and residuals after it.
    pub checksum: u32,
    /// Who gave the scores.
    pub answers: Vec<Answered>,
}

impl History {
    /// Reads a journal. A record that does not follow from those before it counts as damage.
    ///
    /// # Errors
    /// [`RunError::Io`]; [`super::JournalError`] if the journal has no beginning.
    pub(crate) fn read(path: &Path) -> Result<Self, RunError> {
        Self::of(JournalReader::open(path)?, None)
    }

    /// Reads a journal whose beginning is damaged, and takes another beginning of the same length in its
    /// place.
    ///
    /// # Errors
    /// [`JournalError::NoStart`] if the record after it shows that the beginning had another length.
    pub(crate) fn read_behind(path: &Path, head: Vec<u8>) -> Result<Self, RunError> {
        let history = Self::of(JournalReader::open_behind(path, &head)?, Some(head))?;
        let head = history.head.as_ref().map_or(0, |head| head.len() as u64);
        match &history.damage {
            Some(damage) if damage.at == head => Err(JournalError::NoStart(path.to_owned()).into()),
            _ => Ok(history),
        }
    }

    fn of(mut reader: JournalReader, head: Option<Vec<u8>>) -> Result<Self, RunError> {
        let recorded = journal::read_start(&mut reader)?;
        let planned = Config::from_toml(&recorded.config)?.generations;
        let mut lengths = Lengths::new(planned, recorded.rates.clone());
        let (mut boards, mut live, mut rollbacks) = (Vec::<String>::new(), Vec::new(), 0);
        let (mut unaudited, mut named) = (Vec::new(), HashSet::new());
        let mut position = reader.position();
        while let Some(record) = reader.next_record() {
            let start = core::mem::replace(&mut position, reader.position());
            let fits = match record {
                Record::Start { .. } => false,
                Record::Generation { number, answers, .. } => {
                    let fits = u64::from(number) == live.len() as u64 + 1
                        && answers.iter().all(|answer| (answer.board as usize) < boards.len());
                    if fits {
                        live.push(start);
                    }
                    fits
                }
                Record::Board { name } => {
                    // A name that comes twice is the same board, under the same number.
                    if named.insert(name.clone()) {
                        boards.push(name);
                    }
                    true
                }
                Record::Expelled { board } => {
                    let name = boards.get(board as usize).cloned();
                    let fits = name.is_some();
                    unaudited.extend(name);
                    fits
                }
                Record::Rollback { to } => {
                    let fits = to as usize <= live.len();
                    live.truncate(to as usize);
                    unaudited.clear();
                    rollbacks += 1;
                    fits
                }
                Record::Length { after, generations, rates } => {
                    let fits = after as usize <= live.len() && after <= generations;
                    if fits {
                        rollbacks += u32::from((after as usize) < live.len());
                        live.truncate(after as usize);
                        lengths.change(LengthChange { after, generations, rates });
                    }
                    fits
                }
            };
            if !fits {
                reader.reject(start);
                break;
            }
        }
        let (damage, whole) = (reader.damage(), reader.position());
        Ok(Self { recorded, boards, unaudited, lengths, rollbacks, damage, whole, live, head })
    }

    /// The number of generations that count.
    pub(crate) fn generations(&self) -> u32 {
        u32::try_from(self.live.len()).unwrap_or(u32::MAX)
    }

    /// The bytes that replace a damaged beginning.
    pub(crate) fn head(&self) -> Option<&[u8]> {
        self.head.as_deref()
    }

    /// Reads the journal again and passes every generation that counts to `take`, from 1 on, until `take`
    /// returns `false`.
    ///
    /// # Errors
    /// Those of [`JournalReader::open`], and of `take`.
    pub(crate) fn recount<E: From<RunError>>(
        &self,
        path: &Path,
        mut take: impl FnMut(Recounted) -> Result<bool, E>,
    ) -> Result<(), E> {
        let mut reader = match &self.head {
            None => JournalReader::open(path)?,
            Some(head) => JournalReader::open_behind(path, head)?,
        };
        let mut live = self.live.iter().peekable();
        let mut position = reader.position();
        while live.peek().is_some() {
            let Some(record) = reader.next_record() else { break };
            let start = core::mem::replace(&mut position, reader.position());
            if live.next_if(|&&place| place == start).is_none() {
                continue;
            }
            let Record::Generation { number, scores, checksum, answers } = record else { continue };
            if !take(Recounted { number, scores, checksum, answers })? {
                break;
            }
        }
        Ok(())
    }
}
