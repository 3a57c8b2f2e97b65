//! Packed matrices, and their products with many rows.

use super::isa::{Cell, GROUP, Isa, Job, Level, PANEL, Sums};
use eggroll_firmware::kernel::{Divisor, scale};

/// Rows of a tile: with four panels and the registers of AVX-512 24 sums.
const ROWS: usize = 6;
/// Panels of a tile.
const PANELS: usize = 4;

/// Activations of all rows, raised by 128 and padded to whole groups: what products take.
#[derive(Clone, Debug, Default)]
pub struct Raised {
    bytes: Vec<u8>,
    columns: usize,
}

/// Inputs of a row, padded.
const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(GROUP)
}

impl Raised {
    /// Takes rows of `columns` values.
    pub fn take(&mut self, level: Level, x: &[i8], columns: usize) {
        let rows = x.len() / columns.max(1);
        self.columns = columns;
        self.bytes.resize(rows * padded(columns), 0x80);
        level.run(Raise { x, columns, raised: &mut self.bytes });
    }

    /// Makes room for rows of `columns` raised values, padded, for a caller to fill in; padding is there.
    pub(super) fn room(&mut self, rows: usize, columns: usize) -> &mut [u8] {
        self.columns = columns;
        self.bytes.clear();
        self.bytes.resize(rows * padded(columns), 0x80);
        &mut self.bytes
    }

    /// Rows.
    pub fn rows(&self) -> usize {
        self.bytes.len() / padded(self.columns).max(1)
    }

    /// A row, padded.
    #[inline(always)]
    fn row(&self, row: usize) -> &[u8] {
        &self.bytes[row * padded(self.columns)..(row + 1) * padded(self.columns)]
    }

    /// A row's values.
    #[inline(always)]
    pub(super) fn values(&self, row: usize) -> &[u8] {
        &self.row(row)[..self.columns]
    }
}

struct Raise<'a> {
    x: &'a [i8],
    columns: usize,
    raised: &'a mut [u8],
}

impl Job for Raise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let rows = self.x.chunks_exact(self.columns.max(1));
        for (raised, x) in self.raised.chunks_exact_mut(padded(self.columns).max(1)).zip(rows) {
            let (values, spare) = raised.split_at_mut(x.len());
            values.iter_mut().zip(x).for_each(|(raised, &x)| *raised = x.cast_unsigned() ^ 0x80);
            spare.fill(0x80);
        }
    }
}

/// A matrix, packed: panels of [`PANEL`] outputs, each a cell for every [`GROUP`] inputs.
#[derive(Clone, Debug)]
pub struct Packed {
    cells: Vec<Cell>,
    corrections: Vec<Sums>,
    rows: usize,
    columns: usize,
    divisor: Divisor,
}

impl Packed {
    /// Packs a row-major matrix `rows` x `columns`, whose products are scaled by `divisor`.
    pub fn new(w: &[i8], rows: usize, columns: usize, divisor: Divisor) -> Self {
        let (panels, groups) = (rows.div_ceil(PANEL), columns.div_ceil(GROUP));
        let mut cells = vec![Cell([0; PANEL * GROUP]); panels * groups];
        let mut corrections = vec![[0; PANEL]; panels];
        for (i, row) in w.chunks_exact(columns.max(1)).take(rows).enumerate() {
            let (panel, lane) = (i / PANEL, i % PANEL);
            for (cell, w) in cells[panel * groups..].iter_mut().zip(row.chunks(GROUP)) {
                cell.0[GROUP * lane..GROUP * lane + w.len()].copy_from_slice(w);
            }
            corrections[panel][lane] = -128 * row.iter().map(|&w| i32::from(w)).sum::<i32>();
        }
        Self { cells, corrections, rows, columns, divisor }
    }

    /// Packs the transpose of rows of `outputs` values: as many inputs as there are rows. Products stay unscaled.
    pub fn transposed<'r>(inputs: usize, outputs: usize, row: impl Fn(usize) -> &'r [i8]) -> Self {
        let (panels, groups) = (outputs.div_ceil(PANEL), inputs.div_ceil(GROUP));
        let mut cells = vec![Cell([0; PANEL * GROUP]); panels * groups];
        let mut corrections = vec![[0; PANEL]; panels];
        for j in 0..inputs {
            let (group, place) = (j / GROUP, j % GROUP);
            for (panel, w) in row(j)[..outputs].chunks(PANEL).enumerate() {
                let (cell, corrections) = (&mut cells[panel * groups + group], &mut corrections[panel]);
                for ((to, correction), &w) in
                    cell.0.as_chunks_mut::<GROUP>().0.iter_mut().zip(corrections).zip(w)
                {
                    to[place] = w;
                    *correction -= 128 * i32::from(w);
                }
            }
        }
        Self { cells, corrections, rows: outputs, columns: inputs, divisor: Divisor::Shift(0) }
    }

    /// Outputs and inputs.
    pub const fn shape(&self) -> (usize, usize) {
        (self.rows, self.columns)
    }

    /// `y = clip((W x + P) // divisor)` for all rows of x; `y` holds a row of outputs each.
    pub fn linear(&self, level: Level, x: &Raised, perturbed: &impl Perturb, y: &mut [i8]) {
        assert_eq!((x.columns, x.rows() * self.rows), (self.columns, y.len()));
        level.run(Products {
            matrix: self,
            x,
            perturbed,
            out: Scaled { divisor: self.divisor, rows: self.rows, y },
        });
    }

    /// `W x`, unscaled, for all rows.
    pub fn products(&self, level: Level, x: &Raised, sums: &mut [i32]) {
        assert_eq!((x.columns, x.rows() * self.rows), (self.columns, sums.len()));
        level.run(Products { matrix: self, x, perturbed: &Unperturbed, out: Kept { rows: self.rows, sums } });
    }

    /// [`Self::linear`] where rows share inputs whose products are there: row r has those of input `of(r)`.
    pub fn linear_from(
        &self,
        level: Level,
        (x, sums): (&Raised, &[i32]),
        of: &[u32],
        perturbed: &impl Perturb,
        y: &mut [i8],
    ) {
        assert_eq!(of.len() * self.rows, y.len());
        level.run(Shared { matrix: self, x, sums, of, perturbed, y });
    }
}

/// What members add to the products of a matrix.
pub trait Perturb {
    /// What a row's additions have in common: `B^T x`.
    type Input: Copy + Default;

    /// Those of rows from `first` on, up to [`PANEL`] of them, whose raised inputs are `x`; beyond the last row, anything.
    fn inputs<I: Isa>(&self, isa: I, first: usize, x: [&[u8]; PANEL], inputs: &mut [Self::Input]);

    /// Adds P to the sums of a row's panels from `panel` on.
    fn add<I: Isa>(&self, isa: I, input: &Self::Input, panel: usize, sums: &mut [Sums]);

    /// Products of rows and panels from `panel` on, P included; rows that have no input do not count.
    #[inline(always)]
    fn tile<I: Isa, const R: usize, const P: usize>(
        &self,
        isa: I,
        (panel, inputs): (usize, &[Self::Input]),
        (x, w, corrections): ([&[u8]; R], [&[Cell]; P], [&Sums; P]),
        out: &mut [[Sums; P]; R],
    ) {
        isa.tile(x, w, corrections, out);
        for (input, sums) in inputs.iter().zip(out) {
            self.add(isa, input, panel, sums);
        }
    }
}

/// The base model.
pub struct Unperturbed;

impl Perturb for Unperturbed {
    type Input = ();

    #[inline(always)]
    fn inputs<I: Isa>(&self, _: I, _: usize, _: [&[u8]; PANEL], _: &mut [()]) {}

    #[inline(always)]
    fn add<I: Isa>(&self, _: I, _: &(), _: usize, _: &mut [Sums]) {}
}

/// [`Perturb::inputs`] of all rows: row r has the raised input `of[r]`, or that of its own number.
#[inline(always)]
fn inputs<I: Isa, M: Perturb>(
    isa: I,
    perturbed: &M,
    (x, of): (&Raised, Option<&[u32]>),
    inputs: &mut [M::Input],
) {
    let last = inputs.len().saturating_sub(1);
    for (block, inputs) in inputs.chunks_mut(PANEL).enumerate() {
        let (first, mut of_rows): (_, [&[u8]; PANEL]) = (block * PANEL, [&[]; PANEL]);
        for (i, of_row) in of_rows.iter_mut().enumerate() {
            let row = (first + i).min(last);
            *of_row = x.values(of.map_or(row, |of| of[row] as usize));
        }
        perturbed.inputs(isa, first, of_rows, inputs);
    }
}

/// What becomes of the sums of a row's panels.
trait Out {
    fn put(&mut self, row: usize, panel: usize, sums: &[i32]);
}

struct Scaled<'a> {
    divisor: Divisor,
    rows: usize,
    y: &'a mut [i8],
}

impl Out for Scaled<'_> {
    #[inline(always)]
    fn put(&mut self, row: usize, panel: usize, sums: &[i32]) {
        let end = self.rows.min(PANEL * panel + sums.len());
        let y = &mut self.y[row * self.rows + PANEL * panel..row * self.rows + end];
        scale(sums, self.divisor, y);
    }
}

struct Kept<'a> {
    rows: usize,
    sums: &'a mut [i32],
}

impl Out for Kept<'_> {
    #[inline(always)]
    fn put(&mut self, row: usize, panel: usize, sums: &[i32]) {
        let end = self.rows.min(PANEL * panel + sums.len());
        let kept = &mut self.sums[row * self.rows + PANEL * panel..row * self.rows + end];
        kept.iter_mut().zip(sums).for_each(|(kept, &sum)| *kept = sum);
    }
}

struct Products<'a, M, O> {
    matrix: &'a Packed,
    x: &'a Raised,
    perturbed: &'a M,
    out: O,
}

impl<M: Perturb, O: Out> Products<'_, M, O> {
    /// The panels from `panel` on, for all rows: they stay near while the rows pass.
    #[inline(always)]
    fn panels<I: Isa, const P: usize>(&mut self, isa: I, panel: usize, inputs: &[M::Input]) {
        let Self { matrix, x, perturbed, ref mut out } = *self;
        let groups = matrix.columns.div_ceil(GROUP);
        let w: [&[Cell]; P] =
            std::array::from_fn(|p| &matrix.cells[(panel + p) * groups..(panel + p + 1) * groups]);
        let corrections: [&Sums; P] = std::array::from_fn(|p| &matrix.corrections[panel + p]);
        let last = x.rows() - 1;
        let mut sums = [[[0; PANEL]; P]; ROWS];
        for first in (0..x.rows()).step_by(ROWS) {
            // A tile of fewer rows computes the last one again.
            let rows: [&[u8]; ROWS] = std::array::from_fn(|r| x.row((first + r).min(last)));
            perturbed.tile(isa, (panel, &inputs[first..]), (rows, w, corrections), &mut sums);
            for (row, sums) in (first..=last).zip(&sums) {
                out.put(row, panel, sums.as_flattened());
            }
        }
    }
}

impl<M: Perturb, O: Out> Job for Products<'_, M, O> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self, isa: I) {
        if self.x.rows() == 0 {
            return;
        }
        // No closures here and below: they would be compiled without the level's registers.
        let mut inputs = vec![M::Input::default(); self.x.rows()];
        self::inputs(isa, self.perturbed, (self.x, None), &mut inputs);
        let panels = self.matrix.corrections.len();
        let mut panel = 0;
        while panel + PANELS <= panels {
            self.panels::<I, PANELS>(isa, panel, &inputs);
            panel += PANELS;
        }
        for panel in panel..panels {
            self.panels::<I, 1>(isa, panel, &inputs);
        }
    }
}

struct Shared<'a, M> {
    matrix: &'a Packed,
    x: &'a Raised,
    sums: &'a [i32],
    of: &'a [u32],
    perturbed: &'a M,
    y: &'a mut [i8],
}

impl<M: Perturb> Job for Shared<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) {
        let outputs = self.matrix.rows;
        let mut inputs = vec![M::Input::default(); self.of.len()];
        self::inputs(isa, self.perturbed, (self.x, Some(self.of)), &mut inputs);
        let rows = self.y.chunks_exact_mut(outputs.max(1)).zip(self.of).zip(&inputs);
        for ((y, &of), input) in rows {
            let of = of as usize;
            let shared = self.sums[of * outputs..(of + 1) * outputs].chunks(PANEL);
            for (panel, (y, shared)) in y.chunks_mut(PANEL).zip(shared).enumerate() {
                let mut sums = [[0; PANEL]];
                sums[0][..shared.len()].copy_from_slice(shared);
                self.perturbed.add(isa, input, panel, &mut sums);
                scale(&sums[0], self.matrix.divisor, y);
            }
        }
    }
}
