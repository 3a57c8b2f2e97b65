use super::model::{Answers, DeployedModel};
use super::store::ModelStore;
use crate::Error;
use crate::kernel::{probability, squared_error};
use crate::model::{Program, Scratch, Start, infer};
use crate::task::raw_value;
use crate::train::{Cutter, words};

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
    model: DeployedModel<'m>,
    program: Program,
    input: &'m mut [i8],
    scratch: Scratch<'m>,
}

impl<'m> Predictor<'m> {
    /// The model of a store. `memory` is what a pass works in.
    ///
    /// # Errors
    /// [`Error::NoModel`]; [`Error::ArenaTooSmall`], with the bytes that it needs.
    pub fn load(store: &'m impl ModelStore, memory: &'m mut [u64]) -> Result<Self, Error> {
        Self::new(DeployedModel::of_bytes(store.model().ok_or(Error::NoModel)?)?, memory)
    }

    /// The same of a model that lies anywhere.
    ///
    /// # Errors
    /// Those of [`DeployedModel::program`]; [`Error::ArenaTooSmall`].
    pub fn new(model: DeployedModel<'m>, memory: &'m mut [u64]) -> Result<Self, Error> {
        let program = model.program()?;
        let (needs, has) = (memory_of(&program), size_of_val(memory) as u64);
        if has < needs {
            return Err(Error::ArenaTooSmall { needs, has });
        }
        let mut cutter = Cutter::new(memory);
        let products = cutter.take(program.products())?;
        let input = cutter.take(program.inputs())?;
        let scratch = Scratch::new(&program, cutter.take(program.scratch_len())?, products)?;
        Ok(Self { model, program, input, scratch })
    }

    /// Bytes of memory that a model needs to answer.
    pub fn memory_of(program: &Program) -> u64 {
        memory_of(program)
    }

    /// The number of raw values that it takes.
    pub const fn inputs(&self) -> usize {
        self.program.inputs()
    }

    /// What it answers.
    pub const fn answers(&self) -> Answers<'m> {
        self.model.answers
    }

    /// Makes features of some raw values, from that at `first` on.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] beyond the model's inputs.
    pub fn set(&mut self, first: usize, raws: impl ExactSizeIterator<Item = i32>) -> Result<(), Error> {
        let (end, has) = (first.saturating_add(raws.len()), self.input.len());
        let input = self.input.get_mut(first..end);
        let input = input.ok_or(Error::OutOfRange { end: end as u64, has: has as u64 })?;
        for ((feature, raw), place) in input.iter_mut().zip(raws).zip(first..) {
            *feature = self.model.rules.at(place).map_or(0, |placed| placed.rule.apply(raw));
        }
        Ok(())
    }

    /// The outputs for the features that have been set.
    pub fn run(&mut self) -> &[i8] {
        infer(&self.program, self.model.weights(), Start::Input(self.input), &mut [], &mut self.scratch)
    }

    /// The outputs for raw values, one an input.
    ///
    /// # Errors
    /// [`Error::Inputs`] for another number of them.
    pub fn outputs(&mut self, raws: &[i32]) -> Result<&[i8], Error> {
        self.take(raws)?;
        Ok(self.run())
    }

    fn take(&mut self, raws: &[i32]) -> Result<(), Error> {
        if raws.len() != self.inputs() {
            return Err(Error::Inputs { needs: self.inputs() as u32, has: raws.len() as u32 });
        }
        self.set(0, raws.iter().copied())
    }

    /// The class of raw values, one an input.
    ///
    /// # Errors
    /// [`Error::Inputs`]; [`Error::BadModel`] where the model answers no classes.
    pub fn classify(&mut self, raws: &[i32]) -> Result<Classified<'m>, Error> {
        let Answers::Classes(names) = self.model.answers else { return Err(Error::BadModel) };
        let outputs = self.outputs(raws)?;
        let class = argmax(outputs);
        Ok(Classified { class, name: names.at(class), probability: probability(outputs, class) })
    }

    /// How far raw values, one an input, are from what a detector expects, and whether that is an anomaly.
    ///
    /// # Errors
    /// [`Error::Inputs`]; [`Error::BadModel`] where the model is no detector.
    pub fn anomaly(&mut self, raws: &[i32]) -> Result<(i32, bool), Error> {
        let Answers::Features { threshold } = self.model.answers else { return Err(Error::BadModel) };
        self.take(raws)?;
        let Self { program, model, input, scratch } = self;
        let outputs = infer(program, model.weights(), Start::Input(input), &mut [], scratch);
        let score = squared_error(outputs, input);
        Ok((score, score > threshold))
    }

    /// The value of a target, in units of `10^-places` of its rule, that an output stands for; `None` where
    /// the model answers no values.
    pub fn value(&self, target: usize, output: i8) -> Option<i32> {
        let Answers::Values { rules, .. } = self.model.answers else { return None };
        let rule = rules.at(target)?.rule;
        Some(raw_value(output, rule.centre(), rule.mul(), rule.shift()))
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

const fn memory_of(program: &Program) -> u64 {
    let (inputs, bytes) = (program.inputs() as u64, program.scratch_len() as u64);
    8 * (words::<i32>(program.products() as u64) + words::<i8>(inputs) + words::<i8>(bytes))
}
