use super::model::Answers;
use super::pass::{self, Beside, Pass};
use super::store::ModelStore;
use crate::Error;
use crate::features::Rule;
use crate::kernel::{probability, squared_error};
use crate::model::Program;
use crate::task::raw_value;

/// The answer of a classifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Classified<'m> {
    /// The class: the place of the largest output, or of the first of several.
    pub class: usize,
    /// Its name; empty for an output that is no class.
    pub name: &'m str,
    /// Its probability in 1/256, rounded down, at most 255 ([`probability`]).
    pub probability: u8,
}

/// A deployed model that answers raw values, such as those of a sensor, in the units that its rules say.
///
/// # Example
/// ```no_run
/// # use eggroll_firmware::Error;
/// use eggroll_firmware::deploy::{ModelStore, Predictor};
///
/// # fn application(store: &impl ModelStore, sensor: &mut impl FnMut() -> [i32; 4]) -> Result<(), Error> {
/// let mut memory = [0u64; 64];
/// let mut predictor = Predictor::load(store, &mut memory)?;
/// let answer = predictor.classify(&sensor())?;
/// if answer.probability >= 200 { /* answer.name */ }
/// # Ok(())
/// # }
/// ```
pub struct Predictor<'m> {
    program: Program,
    beside: Beside<'m>,
    memory: &'m mut [u64],
}

impl<'m> Predictor<'m> {
    /// The model of a store. `memory` is what a pass works in.
    ///
    /// # Errors
    /// [`Error::NoModel`]; [`Error::ArenaTooSmall`], with the bytes that it needs.
    pub fn load(store: &'m impl ModelStore, memory: &'m mut [u64]) -> Result<Self, Error> {
        Self::new(store.model().ok_or(Error::NoModel)?, memory)
    }

    /// The same of the bytes of a model, which may lie anywhere.
    ///
    /// # Errors
    /// Those of [`DeployedModel::of_bytes`](super::DeployedModel::of_bytes) and
    /// [`DeployedModel::program`](super::DeployedModel::program); [`Error::ArenaTooSmall`].
    pub fn new(model: &'m [u8], memory: &'m mut [u64]) -> Result<Self, Error> {
        let mut program = Program::default();
        let beside = pass::read(model, &mut program)?;
        pass::check_memory(&program, memory)?;
        Ok(Self { program, beside, memory })
    }

    /// Bytes of memory that a model needs to answer.
    pub const fn memory_of(program: &Program) -> u64 {
        pass::memory_of(program)
    }

    /// The number of raw values that it takes.
    pub const fn inputs(&self) -> usize {
        self.program.inputs()
    }

    /// What it answers.
    pub const fn answers(&self) -> Answers<'m> {
        self.beside.answers
    }

    /// Features and outputs for raw values, one an input.
    fn run<R>(&mut self, raws: &[i32], then: impl FnOnce(&[i8], &[i8]) -> R) -> Result<R, Error> {
        if raws.len() != self.inputs() {
            return Err(Error::Inputs { needs: self.inputs() as u32, has: raws.len() as u32 });
        }
        let mut pass = Pass::new(&self.program, self.beside, self.memory)?;
        pass.set(0, raws.iter().copied())?;
        let (features, outputs) = pass.run();
        Ok(then(features, outputs))
    }

    /// The outputs for raw values, one an input, into as many places.
    ///
    /// # Errors
    /// [`Error::Inputs`] for another number of them.
    pub fn outputs(&mut self, raws: &[i32], outputs: &mut [i8]) -> Result<(), Error> {
        self.run(raws, |_, all| outputs.iter_mut().zip(all).for_each(|(place, &output)| *place = output))
    }

    /// The class of raw values, one an input.
    ///
    /// # Errors
    /// [`Error::Inputs`]; [`Error::BadModel`] where the model answers no classes.
    pub fn classify(&mut self, raws: &[i32]) -> Result<Classified<'m>, Error> {
        let Answers::Classes(names) = self.answers() else { return Err(Error::BadModel) };
        self.run(raws, |_, outputs| {
            let class = argmax(outputs);
            Classified { class, name: names.at(class), probability: probability(outputs, class) }
        })
    }

    /// How far raw values, one an input, are from what a detector expects, and whether that is an anomaly.
    ///
    /// # Errors
    /// [`Error::Inputs`]; [`Error::BadModel`] where the model is no detector.
    pub fn anomaly(&mut self, raws: &[i32]) -> Result<(i32, bool), Error> {
        let Answers::Features { threshold } = self.answers() else { return Err(Error::BadModel) };
        let score = self.run(raws, |features, outputs| squared_error(outputs, features))?;
        Ok((score, score > threshold))
    }

    /// The values of a regression for raw values, one an input: each in units of `10^-places` of its rule.
    ///
    /// # Errors
    /// [`Error::Inputs`]; [`Error::BadModel`] where the model answers no values.
    pub fn values(&mut self, raws: &[i32], values: &mut [i32]) -> Result<(), Error> {
        let Answers::Values { rules, .. } = self.answers() else { return Err(Error::BadModel) };
        self.run(raws, |_, outputs| {
            for ((value, &output), target) in values.iter_mut().zip(outputs).zip(0..) {
                let raw = |rule: Rule| raw_value(output, rule.centre(), rule.mul(), rule.shift());
                *value = rules.at(target).map_or(0, |placed| raw(placed.rule));
            }
        })
    }
}

/// The place of the largest value, or of the first of several.
fn argmax(outputs: &[i8]) -> usize {
    let mut best = (0, i8::MIN);
    for (place, &output) in outputs.iter().enumerate() {
        if output > best.1 {
            best = (place, output);
        }
    }
    best.0
}
