//! The task of a board's own: what it is called, and what the weights score by it.

use super::{BoardError, BoardEvaluator, RESYNCS, Tried};
use crate::evaluate::Lost;
use crate::fleet::session::OwnedAnswer;
use crate::run::OwnTask;
use crate::update::{Generation, Setup};
use eggroll_firmware::Error;
use eggroll_firmware::train::{State, TaskKind};
use eggroll_firmware::wire::{Command, Lack, RunCommand};

impl BoardEvaluator {
    /// The board's own task, by its own account.
    ///
    /// # Errors
    /// [`BoardError::Unable`] if the board has none; [`BoardError::Session`], [`BoardError::Refused`],
    /// [`BoardError::Nonsense`].
    pub async fn own_task(&self) -> Result<OwnTask, BoardError> {
        let name = || self.session.name.clone();
        if !self.info.abilities.has_own_task() {
            return Err(BoardError::Unable { name: name(), lack: Lack::Task(TaskKind::Own) });
        }
        match self.ask(Command::OwnTask).await? {
            OwnedAnswer::OwnTask { task, .. } => Ok(task),
            OwnedAnswer::Refused(Error::UnknownRequest) => Ok(OwnTask::unnamed()),
            OwnedAnswer::Refused(error) => Err(BoardError::Refused { name: name(), error }),
            _ => Err(BoardError::Nonsense { name: name() }),
        }
    }

    /// Refuses a board whose own task is not that of the run.
    pub(super) async fn has_task_of(&self, setup: &Setup) -> Result<(), BoardError> {
        let Some(ours) = &setup.own else { return Ok(()) };
        let theirs = self.own_task().await?;
        if theirs == *ours {
            return Ok(());
        }
        Err(BoardError::OtherTask { name: self.session.name.clone(), theirs, ours: ours.clone() })
    }

    /// Scores the weights before a generation on a trial; `None` where the board's firmware is older than
    /// this question.
    pub(super) async fn score_weights(
        &self,
        generation: &Generation,
        trial: u32,
    ) -> Result<Option<i32>, Lost> {
        let lost = |reason: &dyn std::fmt::Display| self.lost(reason);
        let prepared = self.prepared.get().ok_or_else(|| lost(&"it is not configured"))?;
        let expected = prepared.expected(generation);
        let mut last = String::new();
        for attempt in 0..RESYNCS {
            let measure = RunCommand::Measure { trial };
            let tried = self.attempt(prepared, generation, measure, attempt > 0).await;
            let tried = tried.map_err(|gone| lost(&gone))?;
            match tried.measured(expected) {
                Ok(score) => return Ok(score),
                Err(why) => last = why,
            }
            self.begin_again(prepared, &tried, expected, &last).await?;
        }
        Err(lost(&format!("after {RESYNCS} fresh starts {last}")))
    }
}

impl Tried {
    /// The score in the reply, if the reply proves that it is one of the right weights.
    fn measured(&self, expected: State) -> Result<Option<i32>, String> {
        match self.refusal() {
            Some(Error::UnknownRequest) => return Ok(None),
            Some(error) => return Err(error.to_string()),
            None => {}
        }
        let OwnedAnswer::OwnTask { score: Some(score), .. } = self.reply.answer else {
            return Err("its answer is of another kind than was asked for".to_owned());
        };
        self.proves(expected)?;
        Ok(Some(score))
    }
}
