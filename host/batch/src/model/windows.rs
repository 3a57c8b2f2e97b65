//! Layers that move windows, on many rows: what lies under a window at each place is brought together, and
//! multiplied as a row of its own.

use super::RowPerturbation;
use crate::isa::{Isa, Job, Level};
use crate::matrix::{Packed, Rows, padded};
use eggroll_firmware::kernel::{average_pool, max_pool};
use eggroll_firmware::model::{Pool, Step, Tensor};

/// Values that are brought together at once: they stay near while a matrix passes.
const GATHERED: usize = 1 << 16;

/// `y = clip((W window + P) // divisor)` at every place of every row. `x` brings a row's input.
pub(super) fn linear<'x, M: RowPerturbation>(
    step: &Step,
    (tensor, matrix): (&Tensor, &Packed),
    rows: usize,
    x: impl Fn(usize) -> &'x [i8],
    members: &M,
    room: &mut Vec<i8>,
    y: &mut [i8],
) {
    let (columns, places, channels) = (step.read_len(), step.places() as usize, step.channels());
    let padded = padded(columns);
    // Whole rows, as many as there is room for; at least one.
    let at_once = (GATHERED / (padded * places).max(1)).max(1);
    for first in (0..rows).step_by(at_once) {
        let end = rows.min(first + at_once);
        gather(step, (first..end).map(&x), room);
        let y = &mut y[first * places * channels..end * places * channels];
        matrix.linear(Rows::of_padded(room, columns), &members.matrix(tensor, first, places), y);
    }
}

/// Writes what lies under the window at every place of rows, padded.
pub(crate) fn gather<'x>(step: &Step, rows: impl ExactSizeIterator<Item = &'x [i8]>, room: &mut Vec<i8>) {
    let Some(window) = step.window else { return };
    let (columns, places) = (step.read_len(), step.places() as usize);
    let padded = padded(columns).max(1);
    room.clear();
    room.resize(rows.len() * places * padded, 0);
    let mut all = room.chunks_exact_mut(padded);
    let [of_rows, of_columns] = window.places();
    for x in rows {
        for row in 0..of_rows {
            for column in 0..of_columns {
                let Some(to) = all.next() else { return };
                window.runs(x, row, column, |at, run| to[at..at + run.len()].copy_from_slice(run));
            }
        }
    }
}

/// `y = clip((W window + P) // divisor)` of every channel at every place of every row.
pub(super) struct Depthwise<'a, M> {
    pub(super) step: &'a Step,
    pub(super) tensor: &'a Tensor,
    /// The matrix, row-major.
    pub(super) w: &'a [i8],
    pub(super) members: &'a M,
    pub(super) y: &'a mut [i8],
}

impl<M: RowPerturbation> Depthwise<'_, M> {
    /// `x` brings a row's input.
    pub(super) fn run<'x>(self, level: Level, rows: usize, x: impl Fn(usize) -> &'x [i8]) {
        let Self { step, tensor, w, members, y } = self;
        let Some(of) = step.window else { return };
        let (channels, taps) = (step.channels(), of.taps() as usize);
        // A position after another, as activations lie.
        let mut turned = vec![0; w.len()];
        for (channel, row) in w.chunks_exact(taps.max(1)).enumerate() {
            row.iter().enumerate().for_each(|(tap, &w)| turned[tap * channels + channel] = w);
        }
        let (mut window, mut sums) = (vec![0; step.read_len()], vec![0; channels]);
        let places = (y.len() / rows.max(1)).max(1);
        for (row, y) in y.chunks_exact_mut(places).take(rows).enumerate() {
            let mut of_places = y.chunks_exact_mut(channels.max(1));
            of.each(x(row), &mut window, |_, x| {
                level.run(Products { w: &turned, x, sums: &mut sums });
                members.depthwise(row, tensor, x, &mut sums);
                let y = of_places.next().unwrap_or_default();
                level.run(Scale { step, sums: &sums, y });
            });
        }
    }
}

struct Products<'a> {
    /// A position after another.
    w: &'a [i8],
    x: &'a [i8],
    sums: &'a mut [i32],
}

impl Job for Products<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let channels = self.sums.len().max(1);
        self.sums.fill(0);
        for (w, x) in self.w.chunks_exact(channels).zip(self.x.chunks_exact(channels)) {
            for (sum, (&w, &x)) in self.sums.iter_mut().zip(w.iter().zip(x)) {
                *sum += i32::from(i16::from(w) * i16::from(x));
            }
        }
    }
}

struct Scale<'a> {
    step: &'a Step,
    sums: &'a [i32],
    y: &'a mut [i8],
}

impl Job for Scale<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        eggroll_firmware::kernel::scale(self.sums, self.step.divisor(), self.y);
    }
}

/// A pool of each channel at every place of every row.
pub(super) struct Pools<'a, X> {
    pub(super) step: &'a Step,
    pub(super) kind: Pool,
    /// Brings a row's input.
    pub(super) x: X,
    pub(super) rows: usize,
    pub(super) y: &'a mut [i8],
}

impl<'x, X: Fn(usize) -> &'x [i8]> Job for Pools<'_, X> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Self { step, kind, x, rows, y } = self;
        let channels = step.channels();
        let mut sums = vec![0; channels];
        let Some(window) = step.window else { return };
        let [of_rows, of_columns] = window.places();
        for (row, y) in y.chunks_exact_mut(step.to.len().max(1)).take(rows).enumerate() {
            let (input, mut places) = (x(row), y.chunks_exact_mut(channels.max(1)));
            for place_row in 0..of_rows {
                for (column, y) in (0..of_columns).zip(places.by_ref()) {
                    match kind {
                        Pool::Max => max_pool(&window, input, place_row, column, y),
                        Pool::Average => {
                            average_pool(&window, input, place_row, column, &mut sums, y);
                        }
                    }
                }
            }
        }
    }
}
