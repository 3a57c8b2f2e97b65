//! Boards that answer with the model that they keep.

use crate::connected;
use crate::error::Error;
use crate::system;
use eggroll_host::fleet::BoardEvaluator;
use eggroll_host::fleet::link::Address;
use eggroll_host::words;
use std::path::Path;
use std::sync::Arc;
use tokio::runtime::Runtime;

/// Boards that are asked.
pub(super) struct Asked {
    boards: Vec<(String, Arc<BoardEvaluator>)>,
    /// Dropped after the boards, whose links it serves.
    runtime: Runtime,
}

impl Asked {
    /// Shakes hands with all of them.
    pub(super) fn connect(addresses: &[Address]) -> Result<Self, Error> {
        let runtime = system::runtime(None, addresses)?;
        let boards = runtime.block_on(connected::all(addresses))?;
        Ok(Self { boards, runtime })
    }

    /// The model that they keep, and which of them has been asked for it.
    ///
    /// # Errors
    /// Two boards with different ones.
    pub(super) fn model(&self) -> Result<(&str, Vec<u8>), Error> {
        let Some((name, first)) = self.boards.first() else { return Ok(("", Vec::new())) };
        let bytes = self.runtime.block_on(first.model())?;
        self.same(&bytes, |other| format!("{other} keeps another model than {name}: deploy one to both"))?;
        Ok((name, bytes))
    }

    /// Checks that all keep a model, that of a run.
    pub(super) fn expect(&self, model: &[u8], run: &Path) -> Result<(), Error> {
        let run = words::path(run);
        self.same(model, |other| {
            format!(
                "{other} keeps another model than that of {run}: eggroll-host deploy {run} --boards {other}"
            )
        })
    }

    fn same(&self, model: &[u8], fault: impl Fn(&str) -> String) -> Result<(), Error> {
        for (name, board) in &self.boards {
            if self.runtime.block_on(board.keeps(model))? {
                continue;
            }
            return Err(Error::Usage(fault(name)));
        }
        Ok(())
    }

    /// What the model answers to rows of raw values, which the boards share.
    pub(super) fn outputs(
        &self,
        raws: &[i32],
        (inputs, outputs): (usize, usize),
    ) -> Result<Vec<Vec<i8>>, Error> {
        let rows = raws.len().checked_div(inputs).unwrap_or(0);
        let share = rows.div_ceil(self.boards.len().max(1)).max(1) * inputs.max(1);
        let asked = self.boards.iter().zip(raws.chunks(share)).map(|((_, board), raws)| {
            let (board, raws) = (Arc::clone(board), raws.to_vec());
            self.runtime.spawn(async move { board.infer(&raws, (inputs, outputs)).await })
        });
        let mut answers = Vec::with_capacity(rows);
        for task in asked.collect::<Vec<_>>() {
            let answered = self.runtime.block_on(task).map_err(|error| Error::Usage(error.to_string()))?;
            answers.extend(answered?);
        }
        Ok(answers)
    }
}
