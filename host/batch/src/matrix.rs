//! Packed matrices, and their products with many rows.

use super::isa::{Cell, GROUP, Isa, Job, Level, PANEL, ROWS, Sums, TALL, TileInputs};
use eggroll_firmware::kernel::Divisor;

/// Panels of a tile.
const PANELS: usize = 4;

/// Activations of all rows, padded to whole groups: what products take.
#[derive(Clone, Copy)]
pub struct Rows<'a> {
    values: &'a [i8],
    columns: usize,
}

/// TileInputs of a row, padded.
pub const fn padded(columns: usize) -> usize {
    columns.next_multiple_of(GROUP)
}

impl<'a> Rows<'a> {
    /// Rows of `columns` values; `room` is for a copy where they must be padded.
    pub fn new(x: &'a [i8], columns: usize, room: &'a mut Vec<i8>) -> Self {
        let padded = padded(columns);
        if padded == columns {
            return Self { values: x, columns };
        }
        room.clear();
        room.resize(x.len() / columns * padded, 0);
        for (to, x) in room.chunks_exact_mut(padded).zip(x.chunks_exact(columns)) {
            to[..columns].copy_from_slice(x);
        }
        Self { values: room, columns }
    }

    /// Rows that are [`padded`].
    pub const fn of_padded(values: &'a [i8], columns: usize) -> Self {
        Self { values, columns }
    }

    /// Their values, padded.
    pub fn to_padded(self) -> Vec<i8> {
        self.values.to_vec()
    }

    /// Rows.
    pub const fn count(&self) -> usize {
        match self.values.len().checked_div(padded(self.columns)) {
            Some(count) => count,
            None => 0,
        }
    }

    /// A row, padded.
    #[inline(always)]
    fn padded_row(&self, row: usize) -> &'a [i8] {
        &self.values[row * padded(self.columns)..(row + 1) * padded(self.columns)]
    }

    /// A row.
    #[inline(always)]
    fn row(&self, row: usize) -> &'a [i8] {
        &self.padded_row(row)[..self.columns]
    }
}

/// A matrix, packed: panels of [`PANEL`] outputs, each a cell for every [`GROUP`] inputs.
#[derive(Clone, Debug)]
pub struct Packed {
    level: Level,
    cells: Vec<Cell>,
    rows: usize,
    columns: usize,
    divisor: Divisor,
}

impl Packed {
    /// Packs a row-major matrix `rows` x `columns`, whose products are scaled by `divisor`.
    pub fn new(level: Level, w: &[i8], rows: usize, columns: usize, divisor: Divisor) -> Self {
        let (panels, groups) = (rows.div_ceil(PANEL), columns.div_ceil(GROUP));
        let mut cells = vec![Cell([0; PANEL * GROUP]); panels * groups];
        for (i, row) in w.chunks_exact(columns.max(1)).take(rows).enumerate() {
            let (panel, lane) = (i / PANEL, i % PANEL);
            for (cell, w) in cells[panel * groups..].iter_mut().zip(row.chunks(GROUP)) {
                cell.0[GROUP * lane..GROUP * lane + w.len()].copy_from_slice(w);
            }
        }
        level.run(Raise { cells: &mut cells });
        Self { level, cells, rows, columns, divisor }
    }

    /// Packs the transpose of rows of `outputs` values: as many inputs as there are rows. Products stay
    /// unscaled.
    pub fn transposed<'r>(
        level: Level,
        inputs: usize,
        outputs: usize,
        row: impl Fn(usize) -> &'r [i8],
    ) -> Self {
        let (panels, groups) = (outputs.div_ceil(PANEL), inputs.div_ceil(GROUP));
        let mut cells = vec![Cell([0; PANEL * GROUP]); panels * groups];
        for j in 0..inputs {
            let (group, place) = (j / GROUP, j % GROUP);
            for (panel, w) in row(j)[..outputs].chunks(PANEL).enumerate() {
                let cell = &mut cells[panel * groups + group];
                for (to, &w) in cell.0.as_chunks_mut::<GROUP>().0.iter_mut().zip(w) {
                    to[place] = w;
                }
            }
        }
        level.run(Raise { cells: &mut cells });
        Self { level, cells, rows: outputs, columns: inputs, divisor: Divisor::Shift(0) }
    }

    /// `y = clip((W x + P) // divisor)` for all rows of x; `y` holds a row of outputs each.
    pub fn linear(&self, x: Rows<'_>, perturbed: &impl Perturb, y: &mut [i8]) {
        assert_eq!((x.columns, x.count() * self.rows), (self.columns, y.len()));
        let out = Scaled { divisor: self.divisor, rows: self.rows, y };
        self.level.run(Products { matrix: self, x, perturbed, out });
    }

    /// `W x`, unscaled, for all rows.
    pub fn products(&self, x: Rows<'_>, sums: &mut [i32]) {
        assert_eq!((x.columns, x.count() * self.rows), (self.columns, sums.len()));
        let out = Kept { rows: self.rows, sums };
        self.level.run(Products { matrix: self, x, perturbed: &Unperturbed, out });
    }

    /// [`Self::linear`] where rows share inputs whose products are there: row r has those of input `of(r)`.
    pub fn linear_from(
        &self,
        (x, sums): (Rows<'_>, &[i32]),
        of: &[u32],
        perturbed: &impl Perturb,
        y: &mut [i8],
    ) {
        assert_eq!(of.len() * self.rows, y.len());
        self.level.run(Shared { matrix: self, x, sums, of, perturbed, y });
    }
}

/// Makes weights what a level's tiles take.
struct Raise<'a> {
    cells: &'a mut [Cell],
}

impl Job for Raise<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        if I::RAISED {
            self.cells.iter_mut().flat_map(|cell| &mut cell.0).for_each(|w| *w ^= i8::MIN);
        }
    }
}

/// What members add to the products of a matrix.
pub trait Perturb {
    /// What a row's additions have in common: `B^T x`.
    type Input: Copy + Default;

    /// Those of rows from `first` on, up to [`PANEL`] of them, whose inputs are `x`; beyond the last row,
    /// anything.
    fn inputs<I: Isa>(&self, isa: I, first: usize, x: [&[i8]; PANEL], inputs: &mut [Self::Input]);

    /// What the sums of a row's panels from `panel` on begin with: `start` and P.
    fn begin<I: Isa>(&self, isa: I, input: &Self::Input, start: i32, panel: usize, sums: &mut [Sums]);
}

/// The base model.
pub struct Unperturbed;

impl Perturb for Unperturbed {
    type Input = ();

    #[inline(always)]
    fn inputs<I: Isa>(&self, _: I, _: usize, _: [&[i8]; PANEL], _: &mut [()]) {}

    #[inline(always)]
    fn begin<I: Isa>(&self, _: I, _: &(), start: i32, _: usize, sums: &mut [Sums]) {
        sums.as_flattened_mut().fill(start);
    }
}

/// Sums that begin with a line of a cache.
#[repr(align(64))]
struct Aligned<T>(T);

/// What rows begin with: row r has the input `of[r]`, or that of its own number.
struct Starts<N> {
    /// What their sums begin with, where weights are raised.
    sums: Vec<i32>,
    inputs: Vec<N>,
}

impl<N: Copy + Default> Starts<N> {
    #[inline(always)]
    fn new<I: Isa, M: Perturb<Input = N>>(
        isa: I,
        perturbed: &M,
        (x, of): (Rows<'_>, Option<&[u32]>),
    ) -> Self {
        let count = of.map_or(x.count(), <[u32]>::len);
        let mut starts = Self { sums: vec![0; count], inputs: vec![N::default(); count] };
        let blocks = starts.sums.chunks_mut(PANEL).zip(starts.inputs.chunks_mut(PANEL));
        for (block, (sums, inputs)) in blocks.enumerate() {
            let (first, mut rows): (_, [&[i8]; PANEL]) = (block * PANEL, [&[]; PANEL]);
            for (i, row) in rows.iter_mut().enumerate() {
                // A block of fewer rows computes the last one again.
                let number = (first + i).min(count - 1);
                *row = x.row(of.map_or(number, |of| of[number] as usize));
            }
            perturbed.inputs(isa, first, rows, inputs);
            if I::RAISED {
                sums.iter_mut().zip(isa.totals(rows)).for_each(|(sum, total)| *sum = -128 * total);
            }
        }
        starts
    }
}

/// What becomes of the sums of a row's panels.
trait Out {
    fn put<I: Isa>(&mut self, isa: I, row: usize, panel: usize, sums: &[i32]);
}

struct Scaled<'a> {
    divisor: Divisor,
    rows: usize,
    y: &'a mut [i8],
}

impl Out for Scaled<'_> {
    #[inline(always)]
    fn put<I: Isa>(&mut self, isa: I, row: usize, panel: usize, sums: &[i32]) {
        let end = self.rows.min(PANEL * panel + sums.len());
        let y = &mut self.y[row * self.rows + PANEL * panel..row * self.rows + end];
        isa.scale(sums, self.divisor, y);
    }
}

struct Kept<'a> {
    rows: usize,
    sums: &'a mut [i32],
}

impl Out for Kept<'_> {
    #[inline(always)]
    fn put<I: Isa>(&mut self, _: I, row: usize, panel: usize, sums: &[i32]) {
        let end = self.rows.min(PANEL * panel + sums.len());
        let kept = &mut self.sums[row * self.rows + PANEL * panel..row * self.rows + end];
        kept.iter_mut().zip(sums).for_each(|(kept, &sum)| *kept = sum);
    }
}

struct Products<'a, M, O> {
    matrix: &'a Packed,
    x: Rows<'a>,
    perturbed: &'a M,
    out: O,
}

/// The first row of a tile of `R`. The last tile computes rows again, unless there are fewer than one has.
#[inline(always)]
fn first_row<const R: usize>(tile: usize, count: usize) -> usize {
    (tile * R).min(count.saturating_sub(R))
}

impl<M: Perturb, O: Out> Products<'_, M, O> {
    /// The panels from `panel` on, for all rows: they stay near while the rows pass.
    #[inline(always)]
    fn panels<I: Isa, const R: usize, const P: usize>(
        &mut self,
        isa: I,
        panel: usize,
        starts: &Starts<M::Input>,
    ) {
        let Self { matrix, x, perturbed, ref mut out } = *self;
        let groups = matrix.columns.div_ceil(GROUP);
        let w: [&[Cell]; P] =
            std::array::from_fn(|p| &matrix.cells[(panel + p) * groups..(panel + p + 1) * groups]);
        let (count, stride) = (starts.sums.len(), padded(x.columns));
        // While a tile is multiplied, the one before it is scaled: instructions of both are under way.
        let mut sums = Aligned([[[[0; PANEL]; P]; R]; 2]);
        let tiles = count.div_ceil(R);
        for tile in 0..=tiles {
            let [even, odd] = &mut sums.0;
            let (now, before) = if tile % 2 == 0 { (even, odd) } else { (odd, even) };
            if tile < tiles {
                let first = first_row::<R>(tile, count);
                let starts = starts.sums[first..].iter().zip(&starts.inputs[first..]);
                for ((&start, input), sums) in starts.zip(now.iter_mut()) {
                    perturbed.begin(isa, input, start, panel, sums);
                }
                isa.tile(TileInputs { values: &x.values[first * stride..], stride }, w, now);
            }
            if tile > 0 {
                for (row, sums) in (first_row::<R>(tile - 1, count)..count).zip(&*before) {
                    out.put(isa, row, panel, sums.as_flattened());
                }
            }
        }
    }

    /// All panels.
    #[inline(always)]
    fn all<I: Isa, const R: usize>(&mut self, isa: I, starts: &Starts<M::Input>) {
        let panels = self.matrix.rows.div_ceil(PANEL);
        let mut panel = 0;
        while panel + PANELS <= panels {
            self.panels::<I, R, PANELS>(isa, panel, starts);
            panel += PANELS;
        }
        for panel in panel..panels {
            self.panels::<I, R, 1>(isa, panel, starts);
        }
    }
}

impl<M: Perturb, O: Out> Job for Products<'_, M, O> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(mut self, isa: I) {
        let count = self.x.count();
        if count == 0 {
            return;
        }
        let starts = Starts::new(isa, self.perturbed, (self.x, None));
        if I::HAS_TALL && count >= TALL {
            self.all::<I, TALL>(isa, &starts);
        } else if count >= ROWS {
            self.all::<I, ROWS>(isa, &starts);
        } else {
            // A tile reads all of its rows.
            let mut room = self.x.to_padded();
            room.resize(ROWS * padded(self.x.columns), 0);
            let Self { matrix, perturbed, out, .. } = self;
            let x = Rows::of_padded(&room, matrix.columns);
            Products { matrix, x, perturbed, out }.all::<I, ROWS>(isa, &starts);
        }
    }
}

struct Shared<'a, M> {
    matrix: &'a Packed,
    x: Rows<'a>,
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
        let starts = Starts::new(isa, self.perturbed, (self.x, Some(self.of)));
        let rows = self.y.chunks_exact_mut(outputs.max(1)).zip(self.of).zip(&starts.inputs);
        for ((y, &of), input) in rows {
            let of = of as usize;
            let shared = self.sums[of * outputs..(of + 1) * outputs].chunks(PANELS * PANEL);
            for (block, (y, shared)) in y.chunks_mut(PANELS * PANEL).zip(shared).enumerate() {
                let (mut sums, panels) = (Aligned([[0; PANEL]; PANELS]), y.len().div_ceil(PANEL));
                self.perturbed.begin(isa, input, 0, block * PANELS, &mut sums.0[..panels]);
                let sums = sums.0.as_flattened_mut();
                sums.iter_mut().zip(shared).for_each(|(sum, product)| *sum += product);
                isa.scale(sums, self.matrix.divisor, y);
            }
        }
    }
}
