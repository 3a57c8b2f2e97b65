//! The forward pass over many rows: the interpreter of programs, an operation at a time on all rows.

use super::perturbation::Seen;
use super::windows::{self, Depthwise, Pools};
use super::{Base, Model, RowPerturbation, Vectors};
use crate::isa::{Isa, Job};
use crate::matrix::Rows;
use eggroll_firmware::kernel::{add, add_two, blend, gate, norm, relu};
use eggroll_firmware::model::{Action, Activation, Memory, Program, Step, Value};

/// Memory of passes over rows; it grows as it must.
#[derive(Default)]
pub struct Scratch {
    /// The values between operations: each as the program places it for one row, all rows of it together.
    activations: Vec<i8>,
    sums: Vec<i32>,
    padded: Vec<i8>,
}

/// A vector's first values, as many as there must be.
fn room<T: Clone + Default>(values: &mut Vec<T>, len: usize) -> &mut [T] {
    if values.len() < len {
        values.resize(len, T::default());
    }
    &mut values[..len]
}

/// A line of a cache in bytes: a tile reads lines of rows.
const LINE: usize = 64;

/// The same, from the beginning of a line on.
fn room_from_line(values: &mut Vec<i8>, len: usize) -> &mut [i8] {
    let room = room(values, len + LINE);
    let at = room.as_ptr().align_offset(LINE).min(LINE);
    &mut room[at..at + len]
}

/// What rows of the same input share: the first operation's products, unless it moves a window, whose
/// products take much room; then only what it makes of them for the base model, where all rows have that.
#[derive(Default)]
pub struct Shared {
    /// The inputs, padded unless the first operation moves a window.
    x: Vec<i8>,
    columns: usize,
    products: Vec<i32>,
    /// The first operation's results before its activation and without a bias; empty where rows make their
    /// own.
    scaled: Vec<i8>,
}

/// What rows read.
#[derive(Clone, Copy)]
pub enum Inputs<'a> {
    /// Row r has the input `of[r]` of those that are shared.
    Features {
        /// All inputs, and what rows share of them.
        shared: &'a Shared,
        /// The input of each row.
        of: &'a [u32],
    },
    /// A token a row.
    Tokens(&'a [u8]),
}

impl Shared {
    /// An input of a model that begins with a window.
    fn input(&self, number: usize) -> &[i8] {
        &self.x[number * self.columns..][..self.columns]
    }
}

impl Inputs<'_> {
    const fn rows(&self) -> usize {
        match self {
            Self::Features { of, .. } => of.len(),
            Self::Tokens(tokens) => tokens.len(),
        }
    }
}

/// The values of all rows that lie at a place.
fn rows_of<'m, T>(memory: &'m [T], value: &Value, rows: usize) -> &'m [T] {
    &memory[value.at as usize * rows..][..value.len() * rows]
}

fn rows_of_mut<'m, T>(memory: &'m mut [T], value: &Value, rows: usize) -> &'m mut [T] {
    &mut memory[value.at as usize * rows..][..value.len() * rows]
}

/// A value of all rows to be read, and another to be written.
fn apart<'m>(memory: &'m mut [i8], from: &Value, to: &Value, rows: usize) -> (&'m [i8], &'m mut [i8]) {
    let [from_at, to_at] = [from, to].map(|value| value.at as usize * rows);
    if from_at < to_at {
        let (low, high) = memory.split_at_mut(to_at);
        (rows_of(low, from, rows), &mut high[..to.len() * rows])
    } else {
        let (low, high) = memory.split_at_mut(from_at);
        (&high[..from.len() * rows], rows_of_mut(low, to, rows))
    }
}

/// States of rows, as [`Model::run`] wants them: each state value of all rows together. `of` brings each
/// row's state as the firmware has it.
pub fn states_of<'s>(program: &Program, rows: usize, of: impl Fn(usize) -> &'s [i8], to: &mut Vec<i8>) {
    to.clear();
    to.reserve(program.state_len() * rows);
    for value in program.states() {
        for row in 0..rows {
            to.extend_from_slice(&of(row)[value.at as usize..][..value.len()]);
        }
    }
}

/// The state of one row among [`states_of`] `rows`, as the firmware has it: what that function turns, turned
/// back.
pub fn state_of(program: &Program, states: &[i8], (row, rows): (usize, usize), to: &mut [i8]) {
    for value in program.states() {
        let from = &rows_of(states, &value, rows)[row * value.len()..][..value.len()];
        to[value.at as usize..][..value.len()].copy_from_slice(from);
    }
}

impl Model {
    /// What rows share of inputs, which lie one after another; `all`, whether the products of all rows are
    /// those of the base model.
    pub fn share(&self, inputs: &[i8], all: bool) -> Shared {
        let mut shared = Shared::default();
        let Some(step) = self.program.steps().next() else { return shared };
        if !step.is_whole() {
            (shared.x, shared.columns) = (inputs.to_vec(), step.from.len());
            let rows = inputs.len() / step.from.len().max(1);
            if all && step.moves_window() {
                shared.scaled.resize(rows * step.to.len(), 0);
                let x = |row: usize| &inputs[row * step.from.len()..][..step.from.len()];
                self.windows(&step, rows, x, &Base, &mut Vec::new(), &mut shared.scaled);
            }
            return shared;
        }
        let mut padded = Vec::new();
        let x = Rows::new(inputs, step.from.len(), &mut padded);
        (shared.x, shared.columns) = (x.to_padded(), step.from.len());
        shared.products.resize(x.count() * step.to.len(), 0);
        if let (_, Some(packed)) = &self.parameters[step.tensor as usize - self.first] {
            packed.products(x, &mut shared.products);
        }
        shared
    }

    /// Runs the model on all rows. `states` is laid out as [`states_of`] does it, empty for a model without.
    /// Returns the outputs, row after row. The same as [`eggroll_firmware::model::run`], many times.
    pub fn run<'s>(
        &self,
        inputs: Inputs<'_>,
        states: &mut [i8],
        members: &mut impl RowPerturbation,
        scratch: &'s mut Scratch,
    ) -> &'s [i8] {
        let (rows, level, program) = (inputs.rows(), self.level, &*self.program);
        let Scratch { activations, sums, padded } = scratch;
        let memory = room_from_line(activations, rows * program.activations());
        if let Inputs::Tokens(tokens) = inputs {
            reset_states(program, tokens, states);
        }
        let (mut group, mut output) = (0, Value::default());
        for step in self.program.steps() {
            let Step { action, from, with, to, .. } = step;
            output = to;
            match action {
                Action::Linear { bias, activation } | Action::Windows { bias, activation, .. } => {
                    let y = self.linear(&step, inputs, (memory, states), members, padded);
                    if bias {
                        let places = step.places() as usize;
                        level.run(AddVectors { y, places, vectors: self.vectors(&step, members) });
                    }
                    if step.makes_nodes {
                        members.nodes(level, &step, group, y);
                    }
                    if activation == Activation::Relu {
                        level.run(Relu { y });
                    }
                }
                Action::Embed => {
                    let Inputs::Tokens(tokens) = inputs else { continue };
                    let y = rows_of_mut(memory, &to, rows);
                    let (table, sums) = (step.matrix(&self.weights), room(sums, to.len()));
                    for (row, (&token, y)) in tokens.iter().zip(y.chunks_exact_mut(to.len())).enumerate() {
                        match table.get(usize::from(token) * to.len()..).and_then(|rest| rest.get(..to.len()))
                        {
                            Some(base) => members.embed(row, self.tensor(step.tensor), token, base, sums, y),
                            // As the firmware has it: a token beyond the vocabulary is 0.
                            None => y.fill(0),
                        }
                    }
                    members.nodes(level, &step, group, y);
                }
                Action::Norm => {
                    let (x, y) = apart(memory, &from, &to, rows);
                    members.stream(&step, x);
                    level.run(Norms { x, vectors: self.vectors(&step, members), sums, y });
                }
                Action::Sum => {
                    let (summand, y) = apart(memory, &from, &to, rows);
                    level.run(AddTwo { y, summand, vectors: self.vectors(&step, members) });
                    members.nodes(level, &step, group, y);
                }
                Action::Gate => {
                    let (f, gated) = apart(memory, &from, &to, rows);
                    level.run(Gate { f, state: rows_of(states, &with, rows), gated });
                }
                Action::Blend => {
                    let (f, candidate) = (rows_of(memory, &from, rows), rows_of(memory, &with, rows));
                    level.run(Blend { f, candidate, state: rows_of_mut(states, &to, rows) });
                }
                Action::Pool(kind) => match (from.memory, inputs) {
                    (Memory::Input, Inputs::Features { shared, of }) => {
                        let y = rows_of_mut(memory, &to, rows);
                        let x = |row: usize| shared.input(of[row] as usize);
                        level.run(Pools { step: &step, kind, x, rows, y });
                    }
                    _ => {
                        let (x, y) = apart(memory, &from, &to, rows);
                        let x = |row: usize| &x[row * from.len()..][..from.len()];
                        level.run(Pools { step: &step, kind, x, rows, y });
                    }
                },
                Action::Join { activation } => {
                    let (y, x) = apart(memory, &from, &to, rows);
                    level.run(Add { x, y });
                    let x = rows_of_mut(memory, &to, rows);
                    members.sum(&step, x);
                    if activation == Activation::Relu {
                        level.run(Relu { y: x });
                    }
                }
                Action::Add if from.memory == Memory::State => {
                    level.run(Add { x: rows_of_mut(memory, &to, rows), y: rows_of(states, &from, rows) });
                }
                Action::Add => {
                    let (y, x) = apart(memory, &from, &to, rows);
                    level.run(Add { x, y });
                }
            }
            group += usize::from(step.makes_nodes);
        }
        level.release();
        rows_of(memory, &output, rows)
    }

    /// Runs the base model on all rows, and shows `see` the nodes of each step. It is not generic, so that it
    /// is compiled with this crate's optimisation, whatever that of a caller is.
    pub fn run_seen<'s>(
        &self,
        inputs: Inputs<'_>,
        states: &mut [i8],
        see: &mut dyn FnMut(&Step, &mut [i8]),
        scratch: &'s mut Scratch,
    ) -> &'s [i8] {
        self.run(inputs, states, &mut Seen { see }, scratch)
    }

    /// The product of a step on all rows, scaled.
    fn linear<'m>(
        &self,
        step: &Step,
        inputs: Inputs<'_>,
        (memory, states): (&'m mut [i8], &[i8]),
        members: &mut impl RowPerturbation,
        padded: &mut Vec<i8>,
    ) -> &'m mut [i8] {
        let (rows, Step { from, to, .. }) = (inputs.rows(), step);
        if step.moves_window() {
            return self.windowed(step, inputs, memory, members, padded);
        }
        let (tensor, Some(packed)) = &self.parameters[step.tensor as usize - self.first] else {
            return rows_of_mut(memory, to, rows);
        };
        let (x, y) = match (from.memory, inputs) {
            (Memory::Input, Inputs::Features { shared, of }) => {
                let y = rows_of_mut(memory, to, rows);
                let inputs = (Rows::of_padded(&shared.x, shared.columns), &*shared.products);
                packed.linear_from(inputs, of, &members.matrix(tensor, 0, 1), y);
                return y;
            }
            (Memory::Input, Inputs::Tokens(_)) => return rows_of_mut(memory, to, rows),
            (Memory::State, _) => (rows_of(states, from, rows), rows_of_mut(memory, to, rows)),
            (Memory::Activation, _) => apart(memory, from, to, rows),
        };
        members.input(step, x);
        packed.linear(Rows::new(x, from.len(), padded), &members.matrix(tensor, 0, 1), y);
        y
    }

    /// The products of a step that moves a window, on all rows, scaled.
    fn windowed<'m>(
        &self,
        step: &Step,
        inputs: Inputs<'_>,
        memory: &'m mut [i8],
        members: &mut impl RowPerturbation,
        room: &mut Vec<i8>,
    ) -> &'m mut [i8] {
        let (rows, Step { from, to, .. }) = (inputs.rows(), step);
        match (from.memory, inputs) {
            (Memory::Input, Inputs::Features { shared, of }) => {
                let y = rows_of_mut(memory, to, rows);
                if shared.scaled.is_empty() {
                    self.windows(step, rows, |row| shared.input(of[row] as usize), members, room, y);
                } else {
                    for (y, &of) in y.chunks_exact_mut(to.len().max(1)).zip(of) {
                        y.copy_from_slice(&shared.scaled[of as usize * to.len()..][..to.len()]);
                    }
                }
                y
            }
            _ => {
                let (x, y) = apart(memory, from, to, rows);
                members.input(step, x);
                self.windows(step, rows, |row| &x[row * from.len()..][..from.len()], members, room, y);
                y
            }
        }
    }

    /// The products of a window at every place of rows, scaled. `x` brings a row's input.
    fn windows<'x, M: RowPerturbation>(
        &self,
        step: &Step,
        rows: usize,
        x: impl Fn(usize) -> &'x [i8],
        members: &M,
        room: &mut Vec<i8>,
        y: &mut [i8],
    ) {
        match &self.parameters[step.tensor as usize - self.first] {
            (tensor, Some(matrix)) => windows::linear(step, (tensor, matrix), rows, x, members, room, y),
            (tensor, None) => {
                let w = step.matrix(&self.weights);
                Depthwise { step, tensor, w, members, y }.run(self.level, rows, x);
            }
        }
    }
}

/// Token 0, which separates documents, resets its row's states.
fn reset_states(program: &Program, tokens: &[u8], states: &mut [i8]) {
    for value in program.states() {
        let of_rows = rows_of_mut(states, &value, tokens.len()).chunks_exact_mut(value.len());
        for (state, _) in of_rows.zip(tokens).filter(|(_, token)| **token == 0) {
            state.fill(0);
        }
    }
}

struct AddVectors<'a, M> {
    y: &'a mut [i8],
    /// Of a row, each with all channels.
    places: usize,
    vectors: Vectors<'a, M>,
}

impl<M: RowPerturbation> Job for AddVectors<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let channels = self.vectors.base.len().max(1);
        for (row, y) in self.y.chunks_exact_mut(self.places.max(1) * channels).enumerate() {
            let vector = self.vectors.of(row);
            y.chunks_exact_mut(channels).for_each(|y| add(y, vector));
        }
    }
}

struct Relu<'a> {
    y: &'a mut [i8],
}

impl Job for Relu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        relu(self.y);
    }
}

struct Norms<'a, M> {
    x: &'a [i8],
    vectors: Vectors<'a, M>,
    sums: &'a mut Vec<i32>,
    y: &'a mut [i8],
}

impl<M: RowPerturbation> Job for Norms<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let len = self.vectors.base.len();
        let sums = room(self.sums, len);
        let rows = self.x.chunks_exact(len.max(1)).zip(self.y.chunks_exact_mut(len.max(1)));
        for (row, (x, y)) in rows.enumerate() {
            norm(x, self.vectors.of(row), sums, y);
        }
    }
}

struct AddTwo<'a, M> {
    y: &'a mut [i8],
    summand: &'a [i8],
    vectors: Vectors<'a, M>,
}

impl<M: RowPerturbation> Job for AddTwo<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let len = self.vectors.base.len().max(1);
        for (row, (y, s)) in self.y.chunks_exact_mut(len).zip(self.summand.chunks_exact(len)).enumerate() {
            add_two(y, s, self.vectors.of(row));
        }
    }
}

struct Gate<'a> {
    f: &'a [i8],
    state: &'a [i8],
    gated: &'a mut [i8],
}

impl Job for Gate<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        gate(self.f, self.state, self.gated);
    }
}

struct Blend<'a> {
    f: &'a [i8],
    candidate: &'a [i8],
    state: &'a mut [i8],
}

impl Job for Blend<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        blend(self.f, self.candidate, self.state);
    }
}

struct Add<'a> {
    x: &'a mut [i8],
    y: &'a [i8],
}

impl Job for Add<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        add(self.x, self.y);
    }
}
