//! One step of a recurrent model: a token in, a logit a token out, a state carried along. The EGG language model of
//! nano-egg, bit for bit; a step without a member is its base model.

use super::{Kind, Layout};
use crate::kernel::{Divisor, add, add_two, blend, gate, norm, products, scale};

/// What makes a member differ from the base model: hooks into one [`step`], called in the order of the parameters.
pub trait Alteration {
    /// A step begins.
    fn begin(&mut self) {}

    /// Embeds a token: `row` is its row of an embedding of `vocabulary` rows; `sums` is scratch of the same length.
    fn embed(&mut self, token: u8, vocabulary: usize, row: &[i8], sums: &mut [i32], output: &mut [i8]) {
        let _ = (token, vocabulary, sums);
        output.iter_mut().zip(row).for_each(|(y, &w)| *y = w);
    }

    /// A vector as this member has it: a bias or a norm's weights.
    fn vector(&mut self, base: &[i8], vector: &mut [i8]) {
        vector.iter_mut().zip(base).for_each(|(y, &v)| *y = v);
    }

    /// Adds to the products `W x` of a matrix before they are scaled. `input` is x.
    fn products(&mut self, input: &[i8], products: &mut [i32]) {
        let _ = (input, products);
    }

    /// Sees, and may change, a saturated pre-activation: the embedded token, each gate's sum, each output of the MLPs,
    /// the logits.
    fn preactivation(&mut self, output: &mut [i8]) {
        let _ = output;
    }
}

/// The base model.
pub struct Unaltered;

impl Alteration for Unaltered {}

/// Memory of a step: [`Sizes`] says how much.
pub struct Work<'a> {
    /// Products of the current matrix.
    pub products: &'a mut [i32],
    /// The residual stream, D.
    pub stream: &'a mut [i8],
    /// What a layer makes of it, D.
    pub branch: &'a mut [i8],
    /// Two gates and two summands, 4 D; then the middle of the MLP.
    pub wide: &'a mut [i8],
    /// A vector as the member has it, D.
    pub vector: &'a mut [i8],
    /// The logits.
    pub logits: &'a mut [i8],
}

/// Lengths of a [`Work`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sizes {
    /// D.
    pub width: usize,
    /// Of [`Work::products`].
    pub products: usize,
    /// Of [`Work::logits`].
    pub logits: usize,
}

impl Sizes {
    /// Those of a recurrent model.
    pub fn of(layout: &Layout) -> Self {
        let width = layout.layers().first().map_or(0, |embedding| embedding.outputs);
        let logits = layout.outputs();
        Self { width, products: logits.max(4 * width), logits }
    }
}

/// Takes slices off a front; empty ones where nothing is left.
struct Parts<'w>(&'w [i8]);

impl<'w> Parts<'w> {
    fn take(&mut self, len: usize) -> &'w [i8] {
        let (here, rest) = self.0.split_at_checked(len).unwrap_or_default();
        self.0 = rest;
        here
    }
}

/// A pass under way.
struct Pass<'a, 'w, A> {
    /// Parameters that are still to come.
    parts: Parts<'w>,
    member: &'a mut A,
    products: &'a mut [i32],
    vector: &'a mut [i8],
}

impl<A: Alteration> Pass<'_, '_, A> {
    /// `y = clip(W x // divisor)`, the next matrix.
    fn linear(&mut self, x: &[i8], divisor: Divisor, y: &mut [i8]) {
        let w = self.parts.take(y.len() * x.len());
        let sums = self.products.get_mut(..y.len()).unwrap_or_default();
        products(w, x, sums);
        self.member.products(x, sums);
        scale(sums, divisor, y);
    }

    /// The next vector, of this length.
    fn vector(&mut self, len: usize) -> &[i8] {
        let base = self.parts.take(len);
        let vector = self.vector.get_mut(..len).unwrap_or_default();
        self.member.vector(base, vector);
        vector
    }

    fn norm(&mut self, x: &[i8], y: &mut [i8]) {
        let base = self.parts.take(x.len());
        let vector = self.vector.get_mut(..x.len()).unwrap_or_default();
        self.member.vector(base, vector);
        norm(x, vector, self.products, y);
    }

    /// A gate's sum: `clip(W x + U s + b)`, each product clipped first. `summand` is scratch.
    fn gate(&mut self, x: &[i8], s: &[i8], divisor: Divisor, y: &mut [i8], summand: &mut [i8]) {
        self.linear(x, divisor, y);
        self.linear(s, divisor, summand);
        add_two(y, summand, self.vector(x.len()));
        self.member.preactivation(y);
    }

    /// A block: moves its state and the residual stream `x`.
    fn block(&mut self, divisor: Divisor, x: &mut [i8], h: &mut [i8], wide: &mut [i8], state: &mut [i8]) {
        let d = x.len();
        self.norm(x, h);
        let [f, candidate, summand, gated] = quarters(wide, d);
        self.gate(h, state, divisor, f, summand);
        gate(f, state, gated);
        self.gate(h, gated, divisor, candidate, summand);
        blend(f, candidate, state);
        add(x, state);
        self.norm(x, h);
        self.linear(h, divisor, wide);
        self.member.preactivation(wide);
        self.linear(wide, Divisor::for_inputs(4 * d as u32), h);
        self.member.preactivation(h);
        add(x, h);
    }
}

/// Four slices of `d` values.
fn quarters(wide: &mut [i8], d: usize) -> [&mut [i8]; 4] {
    let (a, rest) = wide.split_at_mut_checked(d).unwrap_or_default();
    let (b, rest) = rest.split_at_mut_checked(d).unwrap_or_default();
    let (c, e) = rest.split_at_mut_checked(d).unwrap_or_default();
    [a, b, c, e]
}

/// Takes a step: embeds a token, moves the state, and returns the logits, which lie in the workspace. Token 0, which
/// separates documents, resets the state before its step.
///
/// Shapes: `weights` holds all parameters of a recurrent `layout`; `state` is [`Layout::state_len`] long, the blocks'
/// one after another. A token beyond the vocabulary embeds as nothing at all.
#[inline]
pub fn step<'w, A: Alteration>(
    layout: &Layout,
    weights: &[i8],
    state: &mut [i8],
    token: u8,
    member: &mut A,
    work: &'w mut Work<'_>,
) -> &'w [i8] {
    if token == 0 {
        state.fill(0);
    }
    member.begin();
    let mut pass =
        Pass { parts: Parts(weights), member, products: &mut *work.products, vector: &mut *work.vector };
    let mut states = state;
    for layer in layout.layers() {
        let d = layer.outputs;
        match layer.kind {
            Kind::Embedding => {
                let row = usize::from(token) * d;
                let rows = pass.parts.take(layer.inputs * d);
                let row = rows.get(row..row + d).unwrap_or_default();
                work.stream.fill(0);
                pass.member.embed(token, layer.inputs, row, pass.products, work.stream);
                pass.member.preactivation(work.stream);
            }
            Kind::Block => {
                let (here, rest) = states.split_at_mut_checked(d).unwrap_or_default();
                states = rest;
                pass.block(layer.divisor(), work.stream, work.branch, work.wide, here);
            }
            Kind::Norm => {
                pass.norm(work.stream, work.branch);
            }
            Kind::Dense => {
                pass.linear(work.branch, layer.divisor(), work.logits);
                pass.member.preactivation(work.logits);
            }
        }
    }
    work.logits
}
