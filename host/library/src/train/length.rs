//! A run that gets another length while it goes on.

use super::TrainError;
use super::Trainer;
use crate::run::{LengthChange, Lengths, Record};

impl Trainer {
    /// The lengths of this run if it has so many generations after this one.
    pub(super) fn lengths_with(&self, after: u32, generations: u32) -> (Lengths, LengthChange) {
        let rates = self.experiment.config.schedule.rates(generations);
        let change = LengthChange { after, generations, rates };
        let mut lengths = self.experiment.lengths.clone();
        lengths.change(change.clone());
        (lengths, change)
    }

    /// Gives the run another length. The generations that are done keep their step sizes; those after them
    /// have the step sizes of a run that had this length from the start. The journal says so from the moment
    /// at which training goes on.
    ///
    /// # Errors
    /// [`TrainError::Shorter`] if more generations are done.
    pub fn lengthen(&mut self, generations: u32) -> Result<(), TrainError> {
        let done = self.generation();
        if generations < done {
            let run = self.directory.path().to_owned();
            return Err(TrainError::Shorter { run, done, asked: generations });
        }
        if generations != self.experiment.lengths.planned() {
            let (lengths, change) = self.lengths_with(done, generations);
            self.experiment.lengths = lengths;
            self.change = Some(change);
        }
        Ok(())
    }

    /// Writes the change of the length to the journal, before the generations that it is for.
    pub(super) fn write_change(&mut self) -> Result<(), TrainError> {
        if let Some(LengthChange { after, generations, rates }) = self.change.take() {
            self.journal.append(&Record::Length { after, generations, rates })?;
        }
        Ok(())
    }
}
