use super::model::{Answers, DeployedModel, check_weights};
use super::rules::Rules;
use crate::Error;
use crate::model::{Program, Scratch, Start, infer};
use crate::train::{Cutter, words};

/// What a deployed model has beside its layers.
#[derive(Clone, Copy)]
pub(crate) struct Beside<'m> {
    pub(super) rules: Rules<'m>,
    pub(super) answers: Answers<'m>,
    pub(super) weights: &'m [i8],
}

/// Reads a model, and lowers it into an empty program, where that is: both are large for a board's stack.
///
/// # Errors
/// Those of [`DeployedModel::of_bytes`] and [`DeployedModel::program`], but for the values of weights.
#[inline(never)]
pub(crate) fn read<'m>(bytes: &'m [u8], program: &mut Program) -> Result<Beside<'m>, Error> {
    let model = DeployedModel::of_bytes(bytes)?;
    model.lower(program)?;
    Ok(Beside { rules: model.rules, answers: model.answers, weights: model.weights() })
}

/// Checks a model before it is kept: all of it, and whether a pass has memory enough.
///
/// # Errors
/// Those of [`read`], [`Error::BadWeight`], [`Error::ArenaTooSmall`].
#[inline(never)]
pub(crate) fn check(bytes: &[u8], memory: &[u64]) -> Result<(), Error> {
    let mut program = Program::default();
    let Beside { weights, .. } = read(bytes, &mut program)?;
    check_weights(weights)?;
    check_memory(&program, memory)
}

/// A pass of a deployed model over a row, which lies at the beginning of its memory from one to the next.
pub(crate) struct Pass<'p> {
    program: &'p Program,
    beside: Beside<'p>,
    input: &'p mut [i8],
    scratch: Scratch<'p>,
}

impl<'p> Pass<'p> {
    /// Cuts the memory.
    ///
    /// # Errors
    /// [`Error::ArenaTooSmall`], with the bytes that it needs.
    pub(crate) fn new(
        program: &'p Program,
        beside: Beside<'p>,
        memory: &'p mut [u64],
    ) -> Result<Self, Error> {
        check_memory(program, memory)?;
        let mut cutter = Cutter::new(memory);
        let input = cutter.take(program.inputs())?;
        let products = cutter.take(program.products())?;
        let scratch = Scratch::new(program, cutter.take(program.scratch_len())?, products)?;
        Ok(Self { program, beside, input, scratch })
    }

    /// Makes features of some raw values, from that at `first` on.
    ///
    /// # Errors
    /// [`Error::OutOfRange`] beyond the model's inputs.
    pub(crate) fn set(
        &mut self,
        first: usize,
        raws: impl ExactSizeIterator<Item = i32>,
    ) -> Result<(), Error> {
        let (end, has) = (first.saturating_add(raws.len()), self.input.len());
        let input = self.input.get_mut(first..end);
        let input = input.ok_or(Error::OutOfRange { end: end as u64, has: has as u64 })?;
        for ((feature, raw), place) in input.iter_mut().zip(raws).zip(first..) {
            *feature = self.beside.rules.at(place).map_or(0, |placed| placed.rule.apply(raw));
        }
        Ok(())
    }

    /// The features that have been set, and the outputs for them.
    pub(crate) fn run(&mut self) -> (&[i8], &[i8]) {
        let Self { program, beside, input, scratch } = self;
        let outputs = infer(program, beside.weights, Start::Input(input), &mut [], scratch);
        (input, outputs)
    }
}

/// Bytes of memory that a pass needs.
pub(crate) const fn memory_of(program: &Program) -> u64 {
    let (inputs, bytes) = (program.inputs() as u64, program.scratch_len() as u64);
    8 * (words::<i32>(program.products() as u64) + words::<i8>(inputs) + words::<i8>(bytes))
}

/// Whether there is as much.
pub(crate) fn check_memory(program: &Program, memory: &[u64]) -> Result<(), Error> {
    let (needs, has) = (memory_of(program), size_of_val(memory) as u64);
    if has < needs { Err(Error::ArenaTooSmall { needs, has }) } else { Ok(()) }
}
