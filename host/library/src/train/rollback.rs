//! Boards that were caught with wrong scores: their audit, and the return to before the first wrong
//! generation.

use super::TrainError;
use super::Trainer;
use super::rebuild::{Walk, Walked, walk};
use super::trainer::boards_until;
use crate::fleet::Answer;
use crate::run::{Answered, LengthChange, MetricsWriter, Record};
use std::sync::Arc;

impl Trainer {
    /// The numbers in the journal of the boards that gave the scores of a generation.
    pub(super) fn answered(&mut self, answers: &[Answer]) -> Result<Vec<Answered>, TrainError> {
        let mut answered = Vec::with_capacity(answers.len());
        for answer in answers {
            let board = self.number_of(&answer.board)?;
            let (first, count) = (answer.units.start, answer.units.len() as u32);
            answered.push(Answered { board, first, count });
        }
        Ok(answered)
    }

    /// The number of a board in the journal. If it has none yet, a record that names it is appended.
    fn number_of(&mut self, name: &str) -> Result<u32, TrainError> {
        let known = self.boards.iter().position(|board| board == name);
        let number = match known {
            Some(number) => number,
            None => {
                self.journal.append(&Record::Board { name: name.to_owned() })?;
                self.boards.push(name.to_owned());
                self.boards.len() - 1
            }
        };
        Ok(number as u32)
    }

    /// Computes what these boards have given so far again, and goes back to before the first wrong
    /// generation. Returns whether there was one. If the host is stopped meanwhile, the audit takes place
    /// when the run is resumed.
    pub(super) fn caught(&mut self, boards: &[Arc<str>]) -> Result<bool, TrainError> {
        for name in boards {
            let board = self.number_of(name)?;
            self.journal.append(&Record::Expelled { board })?;
        }
        self.journal.settle()?;
        let suspects: Vec<String> = boards.iter().map(|name| name.to_string()).collect();
        self.audit(&suspects)
    }

    /// Audits the boards that are expelled according to the journal.
    pub(super) fn audit(&mut self, suspects: &[String]) -> Result<bool, TrainError> {
        let now = self.generation();
        self.journal.held().check()?;
        let known = Some(self.rows.clone());
        let Walked { rebuilt, wrong, looks } = walk(&self.directory, Walk { suspects, last: None, known })?;
        let to = rebuilt.replica.state().generation;
        self.journal.append(&Record::Rollback { to })?;
        let Some(wrong) = wrong else {
            tracing::warn!("{}: all its replies in the journal are right", suspects.join(", "));
            return Ok(false);
        };
        tracing::warn!(
            "{}: wrong scores in generation {wrong}, so the run goes back from generation {now} to {to}",
            suspects.join(", ")
        );
        // This has to be on the disk before anything that builds on it.
        self.journal.settle()?;
        (self.replica, self.work) = (rebuilt.replica, rebuilt.work);
        self.rollbacks += 1;
        self.ahead = super::ahead::Ahead::default();
        let looks = looks.unwrap_or_default();
        (self.rows, self.window) = (looks.rows, looks.window);
        let identity = self.experiment.setup.identity;
        self.metrics = MetricsWriter::create(&self.directory.metrics(), identity, &self.rows)?;
        self.board_rows = boards_until(&self.directory, &self.experiment, to)?;
        // A file of weights that do not count any more must not stay.
        self.write_weights()?;
        Ok(true)
    }

    /// Goes back to an earlier generation because the user asks for it, and to the length that the run had
    /// there. Nothing is cut off the journal, which says from then on that what followed does not count.
    /// Boards that were expelled and not audited stay so.
    pub(super) fn go_back(&mut self, to: u32, unaudited: &[String]) -> Result<(), TrainError> {
        let planned = self.experiment.lengths.until(to).planned();
        let (lengths, LengthChange { after, generations, rates }) = self.lengths_with(to, planned);
        if lengths == self.experiment.lengths {
            self.journal.append(&Record::Rollback { to })?;
            for name in unaudited {
                let board = self.number_of(name)?;
                self.journal.append(&Record::Expelled { board })?;
            }
        } else {
            // This is one record, so that no later length can be left for the generations that follow.
            self.journal.append(&Record::Length { after, generations, rates })?;
            self.experiment.lengths = lengths;
        }
        self.journal.settle()?;
        // A file of weights that do not count any more must not stay.
        Ok(self.write_weights()?)
    }
}
