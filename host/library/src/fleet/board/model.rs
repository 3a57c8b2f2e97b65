//! The model that a board keeps: to send one, to read it back, and to ask it.

use super::super::session::{LARGEST_FRAME, OwnedAnswer, SessionError};
use super::{BoardError, BoardEvaluator};
use eggroll_firmware::Error;
use eggroll_firmware::deploy::Deployed;
use eggroll_firmware::wire::{Command, ModelCommand, payload_within};

/// How often a board may forget what came, as after a reset, until it is given up.
const FRESH_STARTS: u32 = 4;
/// Requests under way at once: a board reads the next while it answers one.
const AHEAD: usize = 4;
/// Bytes of a raw value.
const RAW: usize = size_of::<i32>();

/// What a board says of its store for models.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Store {
    /// The bytes of the longest model that it can keep; 0 if it keeps none.
    pub capacity: u32,
    /// The model that it keeps.
    pub model: Option<Deployed>,
}

impl BoardEvaluator {
    async fn ask_model(&self, command: ModelCommand<'_>) -> Result<OwnedAnswer, BoardError> {
        match self.ask(Command::Model(command)).await? {
            // Its firmware is older than these requests.
            OwnedAnswer::Refused(Error::UnknownRequest) => Err(self.refuses(Error::NoModelStore)),
            OwnedAnswer::Refused(error) => Err(self.refuses(error)),
            answer => Ok(answer),
        }
    }

    fn refuses(&self, error: Error) -> BoardError {
        BoardError::Refused { name: self.session.name.clone(), error }
    }

    fn nonsense(&self) -> BoardError {
        BoardError::Nonsense { name: self.session.name.clone() }
    }

    /// Bytes of a field that surely fit a frame both ways.
    fn payload(&self) -> usize {
        payload_within((self.info.largest_frame as usize).min(LARGEST_FRAME))
    }

    /// What the board keeps.
    ///
    /// # Errors
    /// [`BoardError::Refused`], also where its firmware knows of no models; [`BoardError::Session`];
    /// [`BoardError::Nonsense`].
    pub async fn store(&self) -> Result<Store, BoardError> {
        match self.ask_model(ModelCommand::Which).await? {
            OwnedAnswer::Kept { capacity: 0, .. } => Err(self.refuses(Error::NoModelStore)),
            OwnedAnswer::Kept { capacity, model } => Ok(Store { capacity, model }),
            _ => Err(self.nonsense()),
        }
    }

    /// Whether this is the model that the board keeps.
    ///
    /// # Errors
    /// Those of [`Self::store`].
    pub async fn keeps(&self, model: &[u8]) -> Result<bool, BoardError> {
        Ok(self.store().await?.model == Some(Deployed::of(model)))
    }

    /// Sends a model, which the board keeps once it is whole. A board that is reset meanwhile gets it anew.
    /// Returns what the board keeps then.
    ///
    /// # Errors
    /// Those of [`Self::store`].
    pub async fn deploy(&self, model: &[u8]) -> Result<Store, BoardError> {
        let said = Deployed::of(model);
        for attempt in 1.. {
            match self.deploy_once(model, said).await {
                Err(BoardError::Refused { error: Error::NotBegun | Error::Gap { .. }, .. })
                    if attempt < FRESH_STARTS => {}
                Err(error) => return Err(error),
                Ok(()) => break,
            }
        }
        let store = self.store().await?;
        if store.model == Some(said) { Ok(store) } else { Err(self.nonsense()) }
    }

    async fn deploy_once(&self, model: &[u8], said: Deployed) -> Result<(), BoardError> {
        let here = match self.ask_model(ModelCommand::Begin(said)).await? {
            OwnedAnswer::Begun { here } => here as usize,
            _ => return Err(self.nonsense()),
        };
        let piece = self.payload();
        // At least the last byte, which makes a board keep a model that is all there.
        let mut at = here.min(model.len().saturating_sub(1));
        for bytes in model.get(at..).unwrap_or_default().chunks(piece) {
            self.piece(at, bytes).await?;
            at += bytes.len();
        }
        Ok(())
    }

    async fn piece(&self, offset: usize, bytes: &[u8]) -> Result<(), BoardError> {
        match self.ask_model(ModelCommand::Piece { offset: offset as u32, bytes }).await? {
            OwnedAnswer::Done => Ok(()),
            _ => Err(self.nonsense()),
        }
    }

    /// The bytes of the model that the board keeps.
    ///
    /// # Errors
    /// Those of [`Self::store`]; [`Error::NoModel`] in [`BoardError::Refused`].
    pub async fn model(&self) -> Result<Vec<u8>, BoardError> {
        let said = self.store().await?.model.ok_or_else(|| self.refuses(Error::NoModel))?;
        let mut bytes = Vec::new();
        while bytes.len() < said.length as usize {
            let offset = bytes.len() as u32;
            match self.read(false, offset, said.length - offset).await? {
                more if more.is_empty() => return Err(self.nonsense()),
                more => bytes.extend(more),
            }
        }
        if Deployed::of(&bytes) == said { Ok(bytes) } else { Err(self.nonsense()) }
    }

    /// The bytes of the model that the board kept before the present one, where it still has it.
    ///
    /// # Errors
    /// Those of [`Self::store`].
    pub async fn previous(&self) -> Result<Option<Vec<u8>>, BoardError> {
        let most = self.store().await?.capacity as usize;
        let mut bytes = Vec::new();
        loop {
            match self.read(true, bytes.len() as u32, u32::MAX).await {
                Ok(more) if more.is_empty() => return Ok(Some(bytes)),
                Ok(more) if bytes.len() + more.len() <= most => bytes.extend(more),
                Err(BoardError::Refused { error: Error::NoModel, .. }) => return Ok(None),
                Err(error) => return Err(error),
                Ok(_) => return Err(self.nonsense()),
            }
        }
    }

    /// Bytes of the present or the previous model, `most` or as many as a reply holds; none behind its end.
    async fn read(&self, previous: bool, offset: u32, most: u32) -> Result<Vec<u8>, BoardError> {
        let length = most.min(self.payload() as u32);
        match self.ask_model(ModelCommand::Read { previous, offset, length }).await? {
            OwnedAnswer::Bytes(bytes) if bytes.len() <= length as usize => Ok(bytes),
            _ => Err(self.nonsense()),
        }
    }

    /// The labelled samples that the board has collected by itself, the oldest first, each of `length` bytes:
    /// features and a label. A board without any, or without a log of them, has none.
    ///
    /// # Errors
    /// Those of [`Self::store`]; [`BoardError::Nonsense`] for samples of another length.
    pub async fn samples(&self, length: usize) -> Result<Vec<Vec<u8>>, BoardError> {
        let mut all: Vec<Vec<u8>> = Vec::new();
        loop {
            let command = ModelCommand::Samples { first: all.len() as u32 };
            match self.ask_model(command).await? {
                OwnedAnswer::Samples { count, samples } if samples.len().is_multiple_of(length.max(1)) => {
                    all.extend(samples.chunks(length.max(1)).map(<[u8]>::to_vec));
                    if samples.is_empty() || all.len() >= count as usize {
                        return Ok(all);
                    }
                }
                _ => return Err(self.nonsense()),
            }
        }
    }

    /// What the board's model answers to rows of raw values, of `inputs` each: its outputs, `outputs` for
    /// each row.
    ///
    /// # Errors
    /// Those of [`Self::model`].
    pub async fn infer(
        &self,
        raws: &[i32],
        (inputs, outputs): (usize, usize),
    ) -> Result<Vec<Vec<i8>>, BoardError> {
        let gone = |error: SessionError| BoardError::Session { name: self.session.name.clone(), error };
        let piece = (self.payload() / RAW).max(1);
        let rows: Vec<&[i32]> = raws.chunks_exact(inputs.max(1)).collect();
        let mut answers: Vec<Vec<i8>> = Vec::with_capacity(rows.len());
        let (mut ahead, mut failures) = (AHEAD, 0);
        while let Some(several @ [_, ..]) =
            rows.get(answers.len()..).map(|rest| &rest[..ahead.min(rest.len())])
        {
            let mut asked = Vec::new();
            for (number, row) in (answers.len() as u32..).zip(several) {
                for (place, part) in (0..).step_by(piece).zip(row.chunks(piece)) {
                    let raws: Vec<u8> = part.iter().flat_map(|raw| raw.to_le_bytes()).collect();
                    let command = ModelCommand::Infer { row: number, first: place, raws: &raws };
                    let pending = self.send(Command::Model(command)).map_err(gone)?;
                    asked.push((place as usize + part.len() == inputs, pending));
                }
            }
            let mut missing = None;
            for (last, pending) in asked {
                match pending.reply().await.map_err(gone)?.answer {
                    // What comes after a row that is missing is asked for again with it.
                    _ if missing.is_some() => {}
                    OwnedAnswer::Done if !last => {}
                    OwnedAnswer::Outputs(all) if last && all.len() == outputs => answers.push(all),
                    OwnedAnswer::Refused(error @ Error::Gap { .. }) => missing = Some(error),
                    OwnedAnswer::Refused(error) => return Err(self.refuses(error)),
                    _ => return Err(self.nonsense()),
                }
            }
            // Frames were lost or came twice, and rows came apart: one at a time they stay whole.
            failures = if missing.is_some() { failures + 1 } else { 0 };
            match missing {
                Some(error) if failures == FRESH_STARTS => return Err(self.refuses(error)),
                Some(_) => ahead = 1,
                None => {}
            }
        }
        Ok(answers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::Preprocessing;
    use crate::fleet::link::faults::Injection;
    use crate::fleet::link::sim;
    use crate::run::{Weights, deployable};
    use eggroll_firmware::deploy::Predictor;
    use eggroll_firmware::model::{Description, Program};
    use std::sync::Arc;

    /// Inputs of the model: more than a frame of the mock board holds values of.
    const INPUTS: usize = 9000;

    #[tokio::test(flavor = "multi_thread")]
    async fn broken_links_change_neither_model_nor_answers() {
        let model = Description::mlp(&[INPUTS as u32, 4, 3], true).unwrap();
        let program = Program::new(&model).unwrap();
        let values: Vec<i8> = (0..program.parameters()).map(|n| (n * 83 % 255) as i8 ^ -128).collect();
        let values = values.into_iter().map(|value| value.max(-127)).collect();
        let weights = Weights { values, generation: 0, run: None, threshold: None };
        let model = deployable(&model, &weights, &Preprocessing::as_is(INPUTS, 3)).unwrap();
        let raws: Vec<i32> = (0..6 * INPUTS as i32).map(|n| n * 37 % 255 - 127).collect();
        let mut memory = vec![0u64; 4096];
        let mut predictor = Predictor::new(&model, &mut memory).unwrap();
        let answer = |row: &[i32]| {
            let mut outputs = vec![0; 3];
            predictor.outputs(row, &mut outputs).unwrap();
            outputs
        };
        let expected: Vec<Vec<i8>> = raws.chunks(INPUTS).map(answer).collect();
        assert!(expected.iter().any(|outputs| *outputs != expected[0]), "they would show nothing");
        for seed in 1..=2 {
            let faults = "drop=0.1,flip=0.05,dup=0.1,delay=2ms".parse().unwrap();
            let traffic = Arc::default();
            let link = sim("sim", 1 << 20);
            let (link, _) = Injection::new(faults, seed).link_with(link, seed, 0, &traffic);
            let board = BoardEvaluator::connect(link, Arc::clone(&traffic), Arc::default()).await.unwrap();
            board.deploy(&model).await.unwrap();
            assert_eq!(board.model().await.unwrap(), model);
            let answers = board.infer(&raws, (INPUTS, 3)).await.unwrap();
            assert_eq!(answers, expected, "{seed}");
        }
    }
}
