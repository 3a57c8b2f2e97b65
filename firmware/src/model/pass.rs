//! The forward pass: the one interpreter of programs. Every member of every estimator runs through it.

use super::{Action, Activation, Memory, Pool, Program, Step, Value};
use crate::Error;
use crate::kernel::{
    add, add_two, average_pool, blend, depthwise_products, gate, max_pool, norm, products, relu, scale,
};
use crate::slice_ext::{copy, part, part_mut, split_mut};

/// What makes a member differ from the base model: hooks into one pass, called in the declared order of the
/// parameters.
///
/// The unperturbed model, both twins of estimator `weight` and the members of estimator `node` all run the
/// same [`run`].
pub trait Perturbation {
    /// A pass begins.
    #[inline]
    fn begin(&mut self) {}

    /// Embeds a token: `row` is its row of the step's matrix, empty for a token beyond the vocabulary. `sums`
    /// is scratch as long as `output`, which is 0.
    #[inline]
    fn embed(&mut self, step: &Step, token: u8, row: &[i8], sums: &mut [i32], output: &mut [i8]) {
        let _ = (step, token, sums);
        output.iter_mut().zip(row).for_each(|(y, &w)| *y = w);
    }

    /// A vector as this member has it: a bias or a norm's weights. `room` is as long.
    #[inline]
    fn vector<'v>(&mut self, step: &Step, base: &'v [i8], room: &'v mut [i8]) -> &'v [i8] {
        let _ = (step, room);
        base
    }

    /// Sees what a matrix is about to read; of a window, all that it moves over.
    #[inline]
    fn input(&mut self, step: &Step, input: &[i8]) {
        let _ = (step, input);
    }

    /// Multiplies in the kernels' place, `y = clip((W x + P) // divisor)` at a place, the next in order of a
    /// window; `input` is as in [`Self::products`], which is not called then. Returns whether it has:
    /// something beside the core can.
    #[inline(always)]
    fn multiply(&mut self, step: &Step, input: &[i8], y: &mut [i8]) -> bool {
        let _ = (step, input, y);
        false
    }

    /// Adds to the products `W x` of a matrix before they are scaled. `input` is x; of a window at every
    /// place what lies under it, in the order of the places.
    #[inline]
    fn products(&mut self, step: &Step, input: &[i8], products: &mut [i32]) {
        let _ = (step, input, products);
    }

    /// Sees the sum of two branches before its activation.
    #[inline]
    fn sum(&mut self, step: &Step, values: &[i8]) {
        let _ = (step, values);
    }

    /// Sees what a norm reads: the values of the residual stream there.
    #[inline]
    fn stream(&mut self, step: &Step, values: &[i8]) {
        let _ = (step, values);
    }

    /// Sees, and may change, nodes: saturated values before their activation, bias included.
    #[inline]
    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        let _ = (step, values);
    }
}

/// The base model.
pub struct Unperturbed;

impl Perturbation for Unperturbed {}

/// What a pass begins with: its input, and what members that see the same input can share of the first
/// operation.
#[derive(Clone, Copy)]
pub enum Start<'a> {
    /// The features that a model takes.
    Input(&'a [i8]),
    /// The token that a recurrent model takes. Token 0, which separates documents, resets the state.
    Token(u8),
    /// The first operation's unperturbed products of these features.
    Products {
        /// The model's input.
        input: &'a [i8],
        /// `W x` of the first operation.
        products: &'a [i32],
    },
    /// The first operation's unperturbed nodes: enough for members that perturb nothing before them.
    Nodes(&'a [i8]),
}

/// Memory of a pass; its contents mean nothing between passes.
pub struct Scratch<'a> {
    /// All values between operations, [`Program::activations`].
    pub activations: &'a mut [i8],
    /// Products of the current operation, [`Program::products`].
    pub products: &'a mut [i32],
    /// A vector as a member has it, [`Program::longest_vector`].
    pub vector: &'a mut [i8],
    /// What lies under a window, [`Program::largest_window`].
    pub window: &'a mut [i8],
}

impl<'a> Scratch<'a> {
    /// Cuts the memory of a program's pass from [`Program::scratch_len`] bytes and as many products as
    /// [`Program::products`].
    ///
    /// # Errors
    /// [`Error::ArenaTooSmall`].
    pub fn new(program: &Program, bytes: &'a mut [i8], products: &'a mut [i32]) -> Result<Self, Error> {
        let (needs, has) = (program.scratch_len(), bytes.len());
        let too_small =
            |needs: usize, has: usize| Error::ArenaTooSmall { needs: needs as u64, has: has as u64 };
        let bytes = bytes.get_mut(..needs).ok_or(too_small(needs, has))?;
        let (needs, has) = (program.products(), products.len());
        let products = products.get_mut(..needs).ok_or(too_small(4 * needs, 4 * has))?;
        let (activations, rest) = split_mut(bytes, program.activations());
        let (vector, window) = split_mut(rest, program.longest_vector());
        Ok(Self { activations, products, vector, window })
    }
}

/// A value to be read, and another to be written.
#[inline]
fn apart(memory: &mut [i8], from: Value, to: Value) -> (&[i8], &mut [i8]) {
    if from.at < to.at {
        let (low, high) = split_mut(memory, to.at as usize);
        (from.of(low), part_mut(high, 0, to.len()))
    } else {
        let (low, high) = split_mut(memory, from.at as usize);
        (part(high, 0, from.len()), to.of_mut(low))
    }
}

/// The first operation of a model that takes features, for the base model: its products scaled and biased,
/// which members of estimator `node` share. Returns whether there are any, which is not so where the model
/// begins with a pool.
pub fn first_nodes(
    program: &Program,
    weights: &[i8],
    input: &[i8],
    scratch: &mut Scratch<'_>,
    output: &mut [i8],
) -> bool {
    let Some(step) = program.steps().next().filter(|step| step.makes_nodes) else { return false };
    let output = part_mut(output, 0, step.to.len());
    let Scratch { products, vector, window, .. } = scratch;
    linear(&step, weights, (input, &[]), output, &mut Unperturbed, (products, vector, window));
    true
}

/// `clip(W x // divisor) [+ bias]` at every place, with what a member adds. `known` is `W x` where that is
/// known already, of a matrix that moves no window; otherwise it is empty.
#[inline(always)]
fn linear<P: Perturbation>(
    step: &Step,
    weights: &[i8],
    (x, known): (&[i8], &[i32]),
    y: &mut [i8],
    member: &mut P,
    (sums, vector, window): (&mut [i32], &mut [i8], &mut [i8]),
) {
    let (matrix, channels, divisor) = (step.matrix(weights), step.channels(), step.divisor());
    let sums = part_mut(sums, 0, channels);
    member.input(step, x);
    if let Some(of) = step.window {
        let depthwise = step.is_depthwise();
        let mut rest = &mut *y;
        of.each(x, part_mut(window, 0, step.read_len()), |_, x| {
            let (here, after) = split_mut(core::mem::take(&mut rest), channels);
            if !member.multiply(step, x, here) {
                if depthwise {
                    depthwise_products(matrix, x, sums);
                } else {
                    products(matrix, x, sums);
                }
                member.products(step, x, sums);
                scale(sums, divisor, here);
            }
            rest = after;
        });
    } else if !known.is_empty() {
        copy(sums, known);
        member.products(step, x, sums);
        scale(sums, divisor, y);
    } else if !member.multiply(step, x, y) {
        products(matrix, x, sums);
        member.products(step, x, sums);
        scale(sums, divisor, y);
    }
    add_bias(step, weights, y, member, vector);
}

/// Adds a member's bias, if there is one, at every place.
#[inline(always)]
fn add_bias<P: Perturbation>(step: &Step, weights: &[i8], y: &mut [i8], member: &mut P, room: &mut [i8]) {
    let Some(base) = step.vector(weights) else { return };
    let bias = member.vector(step, base, part_mut(room, 0, base.len()));
    if cfg!(feature = "convolution") && y.len() > bias.len() {
        y.chunks_exact_mut(bias.len().max(1)).for_each(|y| add(y, bias));
    } else {
        add(y, bias);
    }
}

/// Runs the base model once: [`run`] without a perturbation.
pub fn infer<'s>(
    program: &Program,
    weights: &[i8],
    start: Start<'_>,
    state: &mut [i8],
    scratch: &'s mut Scratch<'_>,
) -> &'s [i8] {
    run(program, weights, start, state, &mut Unperturbed, scratch)
}

/// Runs the model once, perturbed, and returns its outputs, which lie in the scratch memory.
///
/// Shapes: `weights` holds all parameters of the program, `state` is [`Program::state_len`] long, and what
/// `start` brings fits the model's input. A token beyond the vocabulary embeds as 0.
#[inline]
pub fn run<'s, P: Perturbation>(
    program: &Program,
    weights: &[i8],
    start: Start<'_>,
    state: &mut [i8],
    member: &mut P,
    scratch: &'s mut Scratch<'_>,
) -> &'s [i8] {
    let Scratch { activations, products: sums, vector, window } = scratch;
    let (activations, sums, room) = (&mut **activations, &mut **sums, &mut **vector);
    let (input, token) = match start {
        Start::Input(input) | Start::Products { input, .. } => (input, 0),
        Start::Token(token) => (&[][..], token),
        Start::Nodes(_) => (&[][..], 0),
    };
    if cfg!(feature = "recurrent") && matches!(start, Start::Token(0)) {
        state.fill(0);
    }
    member.begin();
    let mut output = Value::default();
    for step in program.steps() {
        let Step { action, from, with, to, .. } = step;
        output = to;
        match action {
            Action::Linear { activation, .. } | Action::Windows { activation, .. } => {
                let (x, y) = match from.memory {
                    Memory::Input => (input, to.of_mut(activations)),
                    Memory::State => (from.of(state), to.of_mut(activations)),
                    Memory::Activation => apart(activations, from, to),
                };
                let known = match (from.memory, start) {
                    (Memory::Input, Start::Products { products, .. }) => products,
                    _ => &[],
                };
                match (from.memory, start) {
                    (Memory::Input, Start::Nodes(shared)) => copy(y, shared),
                    _ => linear(&step, weights, (x, known), y, member, (sums, room, window)),
                }
                if step.makes_nodes {
                    member.nodes(&step, y);
                }
                if activation == Activation::Relu {
                    relu(y);
                }
            }
            // What a board without convolutions does not need is not linked.
            Action::Pool(kind) => {
                if cfg!(feature = "convolution") {
                    let (x, y) = match from.memory {
                        Memory::Input => (input, to.of_mut(activations)),
                        _ => apart(activations, from, to),
                    };
                    pool(&step, kind, x, y, sums);
                }
            }
            Action::Join { activation } => {
                if cfg!(feature = "convolution") {
                    let (x, y) = apart(activations, from, to);
                    add(y, x);
                    member.sum(&step, y);
                    if activation == Activation::Relu {
                        relu(y);
                    }
                }
            }
            // What a board without recurrent models does not need is not linked.
            _ if cfg!(not(feature = "recurrent")) => {}
            Action::Embed => {
                let y = to.of_mut(activations);
                y.fill(0);
                let at = usize::from(token) * y.len();
                let row = step.matrix(weights).get(at..at + y.len()).unwrap_or_default();
                member.embed(&step, token, row, part_mut(sums, 0, y.len()), y);
                member.nodes(&step, y);
            }
            Action::Norm => {
                let (x, y) = apart(activations, from, to);
                member.stream(&step, x);
                let base = step.vector(weights).unwrap_or_default();
                let w = member.vector(&step, base, part_mut(room, 0, base.len()));
                norm(x, w, sums, y);
            }
            Action::Sum => {
                let (x, y) = apart(activations, from, to);
                let base = step.vector(weights).unwrap_or_default();
                add_two(y, x, member.vector(&step, base, part_mut(room, 0, base.len())));
                member.nodes(&step, y);
            }
            Action::Gate => {
                let (f, y) = apart(activations, from, to);
                gate(f, with.of(state), y);
            }
            Action::Blend => blend(from.of(activations), with.of(activations), to.of_mut(state)),
            Action::Add => match from.memory {
                Memory::State => add(to.of_mut(activations), from.of(state)),
                _ => {
                    let (x, y) = apart(activations, from, to);
                    add(y, x);
                }
            },
        }
    }
    output.of(activations)
}

/// A pool of each channel at every place.
fn pool(step: &Step, kind: Pool, x: &[i8], y: &mut [i8], sums: &mut [i32]) {
    let channels = step.channels();
    let sums = part_mut(sums, 0, channels);
    let Some(window) = step.window else { return };
    let [rows, columns] = window.places();
    let mut places = y.chunks_exact_mut(channels.max(1));
    for row in 0..rows {
        for (column, y) in (0..columns).zip(places.by_ref()) {
            match kind {
                Pool::Max => max_pool(&window, x, row, column, y),
                Pool::Average => average_pool(&window, x, row, column, sums, y),
            }
        }
    }
}
