//! The base model on the streams of a text.

use super::model::{Base, Inputs, Model, ROWS, RowPerturbation, Scratch, state_of, states_of};
use eggroll_firmware::task::{Feed, Streams, Target};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;

/// What the base model leaves behind at every slot of a range, one after another.
#[derive(Default)]
pub struct TextBase {
    /// The slots' tokens.
    pub(super) tokens: Vec<u8>,
    /// The tokens that follow.
    pub(super) targets: Vec<Target<'static>>,
    /// Their scores.
    pub(super) scores: Vec<i32>,
    /// The states before the slots.
    before: Vec<i8>,
    /// Values of a state.
    state_len: usize,
}

impl TextBase {
    /// The state before a slot.
    pub(super) fn state(&self, place: usize) -> &[i8] {
        &self.before[place * self.state_len..][..self.state_len]
    }
}

/// A step of streams side by side.
pub(super) struct Step<'a, M> {
    /// Its place in the streams.
    pub(super) t: usize,
    pub(super) tokens: &'a [u8],
    pub(super) targets: &'a [Target<'static>],
    /// The states before it, laid out as [`states_of`] does it.
    before: &'a [i8],
    logits: &'a [i8],
    pub(super) members: &'a mut M,
}

/// Runs the base model over streams, side by side; returns the states behind them, one stream after another.
pub(super) fn run<M: RowPerturbation>(
    model: &Model,
    feed: Feed<'_>,
    (streams, steps): (Range<u32>, usize),
    members: &mut M,
    mut see: impl FnMut(Step<'_, M>),
) -> Vec<i8> {
    let program = model.program();
    let (mut states, mut scratch) = (Vec::new(), Scratch::default());
    let first = streams.start;
    states_of(program, streams.len(), |row| feed.state(first + row as u32), &mut states);
    let mut before = states.clone();
    for t in 0..steps {
        let read = |at: usize| streams.clone().map(move |stream| feed.tokens(stream)[at]);
        let (tokens, targets) = (
            read(t).collect::<Vec<u8>>(),
            read(t + 1).map(|next| Target::Class(next.into())).collect::<Vec<_>>(),
        );
        before.copy_from_slice(&states);
        let logits = model.run(Inputs::Tokens(&tokens), &mut states, members, &mut scratch);
        see(Step { t, tokens: &tokens, targets: &targets, before: &before, logits, members });
    }
    let mut ends = vec![0; states.len()];
    for (row, end) in ends.chunks_exact_mut(program.state_len().max(1)).enumerate() {
        state_of(program, &states, (row, streams.len()), end);
    }
    ends
}

/// Cuts streams so that every core has some.
pub(super) fn cut(streams: Range<u32>) -> Vec<Range<u32>> {
    let threads = rayon::current_num_threads() as u32;
    let at_once = (streams.len() as u32).div_ceil(threads).clamp(1, ROWS as u32);
    streams.clone().step_by(at_once as usize).map(|first| first..streams.end.min(first + at_once)).collect()
}

/// The base model at a range of slots. It runs from the start of their streams.
pub(super) fn text_base(model: &Model, streams: Streams, feed: Feed<'_>, slots: Range<u32>) -> TextBase {
    let context = streams.context.max(1);
    let all = slots.start / context..slots.end.div_ceil(context);
    let state_len = model.program().state_len();
    let of = |here: Range<u32>| {
        let (rows, count) = (here.len(), here.len() * context as usize);
        let mut base = TextBase {
            tokens: vec![0; count],
            targets: vec![Target::default(); count],
            scores: vec![0; count],
            before: vec![0; count * state_len],
            state_len,
        };
        let mut scores = Vec::new();
        run(model, feed, (here, context as usize), &mut Base, |step| {
            let Step { t, tokens, targets, before, logits, .. } = step;
            model.scores(logits, targets, &mut scores);
            for row in 0..rows {
                let place = row * context as usize + t;
                base.tokens[place] = tokens[row];
                base.targets[place] = targets[row];
                base.scores[place] = scores[row];
                let to = &mut base.before[place * state_len..][..state_len];
                state_of(model.program(), before, (row, rows), to);
            }
        });
        base
    };
    let first = all.start * context;
    let parts: Vec<TextBase> = cut(all).into_par_iter().map(of).collect();
    // Of the streams only the range's slots.
    let mut whole = TextBase { state_len, ..TextBase::default() };
    for part in parts {
        whole.tokens.extend(part.tokens);
        whole.targets.extend(part.targets);
        whole.scores.extend(part.scores);
        whole.before.extend(part.before);
    }
    let skip = (slots.start - first) as usize;
    whole.tokens.drain(..skip);
    whole.targets.drain(..skip);
    whole.scores.drain(..skip);
    whole.before.drain(..skip * state_len);
    whole.tokens.truncate(slots.len());
    whole.targets.truncate(slots.len());
    whole.scores.truncate(slots.len());
    whole
}
