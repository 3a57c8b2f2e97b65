//! What an engine does: it draws noise, and runs rows through a model. Which rows the units of a generation
//! have, and how the rows' scores become fitness, is the same for all of them
//! ([`evaluate`](crate::evaluate)).

use std::ops::Range;

/// A forward pass.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose noise it has: a place among the members that were drawn last. Twins share it, and follow each
    /// other.
    pub noise: u32,
    /// What it reads: a place among inputs, or the number of a stream.
    pub input: u32,
}

/// Which model rows run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The base model.
    Base,
    /// Members of the run's estimator.
    Members,
}

/// What the evaluation of one unit takes.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    /// Members whose noise is drawn.
    pub members: usize,
    /// Rows.
    pub rows: usize,
}

/// Something that evaluates many rows at once, at the weights of one generation.
///
/// Scores are the firmware's integers: log-likelihoods of what follows an input, in 1/16 bit, or the negative
/// errors of a regression.
pub trait Engine: Sized {
    /// What rows read one of: samples; or slots of streams, with the states before them.
    type Inputs: Sync;
    /// Why a device fails.
    type Error: Send;

    /// Samples, by their indices within the data set.
    ///
    /// # Errors
    /// The device fails.
    fn samples(&mut self, indices: Vec<u32>) -> Result<Self::Inputs, Self::Error>;

    /// Samples as [`Self::samples`] brings them, of a run with a guide: the base model runs over all of them,
    /// and its outputs stay with them. Returns its scores as well. [`Self::run`] then scores a member by its
    /// report ([`linear_report`](eggroll_firmware::kernel::linear_report)) against these outputs.
    ///
    /// # Errors
    /// The device fails.
    fn judged(&mut self, indices: Vec<u32>) -> Result<(Self::Inputs, Vec<i32>), Self::Error>;

    /// Runs the base model over the streams of slots, from their starts; returns the slots as inputs of
    /// members, and the base model's scores there. They are good until the next call.
    ///
    /// # Errors
    /// The device fails.
    fn slots(&mut self, slots: Range<u32>) -> Result<(Self::Inputs, Vec<i32>), Self::Error>;

    /// How many streams [`Self::slots`] takes at once.
    fn streams_at_once(&self) -> u32;

    /// Draws the noise of members of the generation, each by its index.
    ///
    /// # Errors
    /// The device fails.
    fn draw(&mut self, members: &[u32]) -> Result<(), Self::Error>;

    /// Runs rows that read an input each; returns a score a row.
    ///
    /// # Errors
    /// The device fails.
    fn run(&mut self, who: Who, inputs: &Self::Inputs, rows: &[Row]) -> Result<Vec<i32>, Self::Error>;

    /// Runs rows that read a whole stream each; returns the sum of each row's scores, modulo 2^32.
    ///
    /// # Errors
    /// The device fails.
    fn run_streams(&mut self, who: Who, rows: &[Row]) -> Result<Vec<i32>, Self::Error>;

    /// Splits `units` units of a size into ranges that fit this engine, does `work` for each with it or with
    /// a part of it, and returns what that brings, in order.
    ///
    /// # Errors
    /// Those of `work`.
    fn in_parts<T: Send>(
        &mut self,
        units: usize,
        size: Size,
        work: impl Fn(&mut Self, Range<usize>) -> Result<T, Self::Error> + Send + Sync,
    ) -> Result<Vec<T>, Self::Error>;
}
