//! The base model on the streams of a text.

use super::{Likelihoods, ROWS};
use crate::batch::model::{Base, Model, Work, states_of};
use eggroll_firmware::task::{Feed, Streams};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// What the base model leaves behind at every slot of a range, one after another.
#[derive(Default)]
pub(super) struct TextBase {
    /// The slots' tokens.
    pub(super) tokens: Vec<u8>,
    /// The tokens that follow.
    pub(super) targets: Vec<usize>,
    /// Their log-likelihoods.
    pub(super) scores: Vec<i32>,
    /// The states before the slots, block after block.
    before: Vec<i8>,
    /// Width and number of the blocks.
    pub(super) shape: (usize, usize),
}

impl TextBase {
    /// The state before a slot.
    pub(super) fn state(&self, place: usize) -> &[i8] {
        let len = self.shape.0 * self.shape.1;
        &self.before[place * len..(place + 1) * len]
    }
}

/// What is kept of a step: its place in the streams and the states before it, then its scores.
struct Step<'a> {
    t: usize,
    tokens: &'a [u8],
    targets: &'a [usize],
    /// Laid out as [`states_of`] does it.
    before: &'a [i8],
    scores: &'a [i32],
}

/// Runs the base model over streams, side by side.
fn run(model: &Model, feed: Feed<'_>, streams: Range<u32>, steps: usize, mut see: impl FnMut(Step<'_>)) {
    let (width, blocks) = shape(model);
    let (mut states, mut work, mut scores) = (Vec::new(), Work::default(), Vec::new());
    let first = streams.start;
    states_of(blocks, streams.len(), width, |row| feed.state(first + row as u32), &mut states);
    let mut before = states.clone();
    for t in 0..steps {
        let read = |at: usize| streams.clone().map(move |stream| feed.tokens(stream)[at]);
        let (tokens, targets) =
            (read(t).collect::<Vec<u8>>(), read(t + 1).map(usize::from).collect::<Vec<_>>());
        before.copy_from_slice(&states);
        let logits = model.step(&tokens, &mut states, &mut Base, &mut work);
        model.level().run(Likelihoods { logits, targets: &targets, out: &mut scores });
        see(Step { t, tokens: &tokens, targets: &targets, before: &before, scores: &scores });
    }
}

/// Width and number of a recurrent model's blocks.
fn shape(model: &Model) -> (usize, usize) {
    let width = model.layout().layers().first().map_or(0, |embedding| embedding.outputs);
    (width, model.layout().state_len() / width.max(1))
}

/// The base model at a range of slots. It runs from the start of their streams.
pub(super) fn text_base(model: &Model, streams: Streams, feed: Feed<'_>, slots: Range<u32>) -> TextBase {
    let context = streams.context.max(1);
    let all = slots.start / context..slots.end.div_ceil(context);
    let threads = rayon::current_num_threads() as u32;
    let at_once = (all.len() as u32).div_ceil(threads).clamp(1, ROWS as u32);
    let (width, blocks) = shape(model);
    let of = |chunk: u32| {
        let first = all.start + chunk * at_once;
        let here = first..all.end.min(first + at_once);
        let count = here.len() * context as usize;
        let mut base = TextBase {
            tokens: vec![0; count],
            targets: vec![0; count],
            scores: vec![0; count],
            before: vec![0; count * width * blocks],
            shape: (width, blocks),
        };
        let rows = here.len();
        run(model, feed, here, context as usize, |step| {
            for row in 0..rows {
                let place = row * context as usize + step.t;
                base.tokens[place] = step.tokens[row];
                base.targets[place] = step.targets[row];
                base.scores[place] = step.scores[row];
                for block in 0..blocks {
                    let (to, from) = ((place * blocks + block) * width, (block * rows + row) * width);
                    base.before[to..to + width].copy_from_slice(&step.before[from..from + width]);
                }
            }
        });
        base
    };
    let chunks = (all.len() as u32).div_ceil(at_once);
    let parts: Vec<TextBase> = (0..chunks).into_par_iter().map(of).collect();
    // Of the streams only the range's slots.
    let skip = (slots.start - all.start * context) as usize;
    let cut = |len: usize| skip * len..(skip + slots.len()) * len;
    let mut whole = TextBase { shape: (width, blocks), ..TextBase::default() };
    for part in parts {
        whole.tokens.extend(part.tokens);
        whole.targets.extend(part.targets);
        whole.scores.extend(part.scores);
        whole.before.extend(part.before);
    }
    TextBase {
        tokens: whole.tokens[cut(1)].to_vec(),
        targets: whole.targets[cut(1)].to_vec(),
        scores: whole.scores[cut(1)].to_vec(),
        before: whole.before[cut(width * blocks)].to_vec(),
        shape: (width, blocks),
    }
}
