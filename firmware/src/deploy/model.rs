use super::rules::{Names, Rules};
use crate::Error;
use crate::message_bytes::read;
use crate::model::{Description, Program};
use serde::{Deserialize, Serialize};

/// Version of the bytes of a [`DeployedModel`]; a board takes no other.
pub const MODEL_FORMAT: u16 = 1;

/// What the outputs of a model stand for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Answers<'a> {
    /// Classes, whose names these are: one an output, or fewer.
    Classes(#[serde(borrow)] Names<'a>),
    /// Values of a regression: a rule an output, which made its targets of raw values, and their names.
    Values {
        /// The rules.
        #[serde(borrow)]
        rules: Rules<'a>,
        /// The names.
        names: Names<'a>,
    },
    /// The features themselves, by a detector of anomalies: a row whose squared differences sum up to more
    /// than the threshold counts as one.
    Features {
        /// The threshold.
        threshold: i32,
    },
}

/// What a board has adapted the last layer of a model to, by itself: with the model and the samples, all that
/// decides its weights ([`Adaptation`](super::Adaptation)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Adapted {
    /// CRC-32 of the model that it began with.
    pub base: u32,
    /// Seed of the choice of samples.
    pub seed: u32,
    /// Generations that were trained.
    pub generations: u32,
    /// Learning rate of the first in 1/65536.
    pub rate: u32,
    /// Samples of a generation.
    pub slots: u32,
    /// Samples that it learned from, the oldest of those that the board had kept.
    pub samples: u32,
    /// Their CRC-32.
    pub checksum: u32,
}

/// A trained model as it lies on a board. On the wire and in flash it is one postcard message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeployedModel<'a> {
    /// The layers.
    pub model: Description,
    /// What makes raw values features: a rule each, or one for all.
    #[serde(borrow)]
    pub rules: Rules<'a>,
    /// What it answers.
    pub answers: Answers<'a>,
    /// All parameters in declared order, an i8 each.
    pub weights: &'a [u8],
    /// What the host put beside it, to read files for the model; a board does not look at it.
    pub host: &'a [u8],
    /// What the weights come from, where a board has adapted them by itself.
    pub adapted: Option<Adapted>,
}

impl<'a> DeployedModel<'a> {
    /// Reads a model, without copying it.
    ///
    /// # Errors
    /// [`Error::BadModel`]: these bytes are no model.
    pub fn of_bytes(bytes: &'a [u8]) -> Result<Self, Error> {
        read(bytes).ok_or(Error::BadModel)
    }

    /// Writes the model into some room, and returns its bytes.
    ///
    /// # Errors
    /// [`Error::OutOfRange`]: there is not room enough.
    pub fn write<'r>(&self, room: &'r mut [u8]) -> Result<&'r [u8], Error> {
        let has = room.len() as u64;
        postcard::to_slice(self, room).map(|bytes| &*bytes).or(Err(Error::OutOfRange { end: has + 1, has }))
    }

    /// The weights.
    pub fn weights(&self) -> &'a [i8] {
        bytemuck::cast_slice(self.weights)
    }

    /// Lowers the model, and checks that all belongs together.
    ///
    /// # Errors
    /// Those of [`Program::new`]; [`Error::BadModel`] where rules, weights or names are not those of the
    /// layers, and for a model that answers no features; [`Error::BadWeight`].
    pub fn program(&self) -> Result<Program, Error> {
        let mut program = Program::default();
        self.lower(&mut program)?;
        check_weights(self.weights())?;
        Ok(program)
    }

    /// Lowers the model into an empty program, where that is, and checks all but the values of weights.
    pub(super) fn lower(&self, program: &mut Program) -> Result<(), Error> {
        program.lower(&self.model)?;
        let (inputs, outputs) = (program.inputs(), program.outputs());
        let fits = match self.answers {
            Answers::Classes(names) => names.len() <= outputs,
            Answers::Values { rules, names } => {
                rules.are_whole() && rules.len() == outputs && names.len() <= outputs
            }
            Answers::Features { .. } => inputs == outputs,
        };
        // A front is computed elsewhere, and a recurrent model takes tokens.
        let answers = !program.is_recurrent() && program.first_tensor() == 0;
        let has_rules = self.rules.are_whole() && (self.rules.len() == 1 || self.rules.len() == inputs);
        let whole = answers && fits && has_rules && self.weights.len() == program.parameters();
        if whole { Ok(()) } else { Err(Error::BadModel) }
    }
}

/// Looks at each weight, which takes as long as a pass: once, before a model is kept.
pub(super) fn check_weights(weights: &[i8]) -> Result<(), Error> {
    let bad = weights.iter().position(|&weight| weight == i8::MIN);
    bad.map_or(Ok(()), |at| Err(Error::BadWeight { at: at as u32 }))
}
