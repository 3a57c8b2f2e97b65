//! Members of estimator `weight`: the factors of a range of pairs, laid out for rows of them.

use super::isa::{Cell, Isa, PANEL, Sums};
use super::matrix::Perturb;
use eggroll_firmware::estimator::weight::{Pair, entries_per_pair, perturbed_component, perturbed_row};
use eggroll_firmware::kernel::{LowRank, MAX_RANK, Twin};
use eggroll_firmware::model::{Role, Tensor, TensorKind};
use eggroll_firmware::noise::Noise;

/// A row: one twin of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The pair's place in the range.
    pub pair: u32,
    /// Which of the two.
    pub twin: Twin,
}

/// Where a tensor's noise lies within a pair's.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Of B, or of a vector: as each twin has it.
    values: usize,
    /// Of A: words of signs, or panels of entries.
    left: usize,
    /// Of B's sums.
    sums: usize,
    /// Components, or inputs.
    columns: usize,
    /// Panels of outputs.
    panels: usize,
}

/// The factors of a range of pairs.
pub struct Factors {
    shape: LowRank,
    places: Vec<Place>,
    /// Of every pair: B of all matrices, one column after another; the embedding's factors as the firmware lays them
    /// out.
    values: Vec<i8>,
    per_pair: usize,
    /// Of every pair and column of B: `-128 sum_j b_j`, since inputs are raised by 128.
    corrections: Vec<i32>,
    corrections_per_pair: usize,
    /// Of every pair: the signs of A of all matrices, a word a panel and column.
    signs: Vec<u16>,
    signs_per_pair: usize,
    /// The same of near-normal noise.
    left: Vec<i8>,
    left_per_pair: usize,
    /// Of every member: all vectors.
    vectors: Vec<i8>,
    per_member: usize,
    /// The noise of one pair, as it is drawn.
    drawn: Vec<i8>,
}

impl Factors {
    /// Makes room for pairs of a run.
    pub fn new(pair: &Pair<'_>) -> Self {
        let shape = pair.shape;
        let (mut per_pair, mut left, mut sums, mut per_member) = (0, 0, 0, 0);
        let place = |tensor: Tensor| match (tensor.kind, tensor.role) {
            (TensorKind::Vector { len }, _) => {
                let place = Place { values: per_member, columns: len, ..Place::default() };
                per_member += len;
                place
            }
            (TensorKind::Matrix { rows, columns }, Role::Embedding) => {
                let place = Place { values: per_pair, columns, ..Place::default() };
                per_pair += (rows + columns) * shape.rank;
                place
            }
            (TensorKind::Matrix { rows, columns }, _) => {
                let panels = rows.div_ceil(PANEL);
                let place = Place { values: per_pair, left, sums, columns, panels };
                per_pair += columns * shape.rank;
                left += panels * shape.rank;
                sums += shape.rank;
                place
            }
        };
        let places = pair.layout.tensors().map(place).collect();
        let signs = shape.noise == Noise::Sign;
        Self {
            shape,
            places,
            values: Vec::new(),
            per_pair,
            corrections: Vec::new(),
            corrections_per_pair: sums,
            signs: Vec::new(),
            signs_per_pair: if signs { left } else { 0 },
            left: Vec::new(),
            left_per_pair: if signs { 0 } else { PANEL * left },
            vectors: Vec::new(),
            per_member,
            drawn: vec![0; entries_per_pair(pair.settings, pair.layout)],
        }
    }

    /// How far a sum is shifted to the left where a single sign decides how it is added.
    #[inline(always)]
    const fn single_signs(&self) -> Option<u8> {
        match (self.shape.noise, self.shape.rank, self.shape.shifts()) {
            (Noise::Sign, 1, (left, 0)) => Some(left),
            _ => None,
        }
    }

    /// Bytes that a pair takes.
    pub const fn bytes_per_pair(&self) -> usize {
        self.per_pair + 2 * self.signs_per_pair + self.left_per_pair + 2 * self.per_member
    }

    /// Draws the noise of pairs.
    pub fn draw(&mut self, pairs: impl ExactSizeIterator<Item = u32>, pair: &Pair<'_>, weights: &[i8]) {
        let count = pairs.len();
        self.values.resize(count * self.per_pair, 0);
        self.corrections.resize(count * self.corrections_per_pair, 0);
        self.signs.clear();
        self.signs.resize(count * self.signs_per_pair, 0);
        self.left.resize(count * self.left_per_pair, 0);
        self.vectors.resize(2 * count * self.per_member, 0);
        for (local, number) in pairs.enumerate() {
            Pair { pair: number, ..*pair }.fill_factors(&mut self.drawn);
            let mut at = 0;
            for tensor in pair.layout.tensors() {
                let len = pair.settings.entries(&tensor);
                self.lay_out(local, &tensor, at..at + len, weights);
                at += len;
            }
        }
    }

    fn lay_out(&mut self, local: usize, tensor: &Tensor, entries: std::ops::Range<usize>, weights: &[i8]) {
        let (rank, place) = (self.shape.rank, self.places[tensor.id as usize]);
        let entries = &self.drawn[entries];
        let values = local * self.per_pair + place.values;
        match (tensor.kind, tensor.role) {
            (TensorKind::Vector { len }, _) => {
                let base = &weights[tensor.offset..tensor.offset + len];
                for (member, twin) in Twin::BOTH.into_iter().enumerate() {
                    let at = (2 * local + member) * self.per_member + place.values;
                    for (i, (value, &v)) in self.vectors[at..at + len].iter_mut().zip(base).enumerate() {
                        *value = perturbed_component(v, self.shape, twin, entries, i);
                    }
                }
            }
            (_, Role::Embedding) => self.values[values..values + entries.len()].copy_from_slice(entries),
            (TensorKind::Matrix { columns, .. }, _) => {
                let (b, a) = entries.split_at(columns * rank);
                for (k, column) in self.values[values..values + b.len()].chunks_exact_mut(columns).enumerate()
                {
                    column.iter_mut().zip(b.chunks_exact(rank)).for_each(|(to, b)| *to = b[k]);
                    let sum: i32 = column.iter().map(|&b| i32::from(b)).sum();
                    self.corrections[local * self.corrections_per_pair + place.sums + k] = -128 * sum;
                }
                for (k, at) in (0..rank).map(|k| (k, place.left + k * place.panels)) {
                    for (panel, a) in a.chunks(PANEL * rank).enumerate() {
                        let entries = a.chunks_exact(rank).map(|row| row[k]);
                        if self.shape.noise == Noise::Sign {
                            let word = entries.rev().fold(0, |word, a| word << 1 | u16::from(a < 0));
                            self.signs[local * self.signs_per_pair + at + panel] = word;
                        } else {
                            let to = local * self.left_per_pair + PANEL * (at + panel);
                            self.left[to..].iter_mut().zip(entries).for_each(|(to, a)| *to = a);
                        }
                    }
                }
            }
        }
    }

    /// A vector as a member has it.
    #[inline(always)]
    pub fn vector(&self, row: Row, tensor: &Tensor) -> &[i8] {
        let place = self.places[tensor.id as usize];
        let member = 2 * row.pair as usize + usize::from(row.twin == Twin::Minus);
        let at = member * self.per_member + place.values;
        &self.vectors[at..at + place.columns]
    }

    /// A row of the embedding as a member has it; `sums` is scratch.
    pub fn embed(&self, row: Row, tensor: &Tensor, token: u8, base: &[i8], sums: &mut [i32], out: &mut [i8]) {
        let at = row.pair as usize * self.per_pair + self.places[tensor.id as usize].values;
        perturbed_row(token, base, self.shape, row.twin, &self.values[at..], sums, out);
    }

    /// What members add to the products of a matrix.
    pub fn of<'a>(&'a self, tensor: &Tensor, rows: &'a [Row]) -> OfMatrix<'a> {
        OfMatrix { factors: self, place: self.places[tensor.id as usize], rows }
    }
}

/// The perturbation of one matrix.
pub struct OfMatrix<'a> {
    factors: &'a Factors,
    place: Place,
    rows: &'a [Row],
}

/// What a row adds to a matrix's products, but for A.
#[derive(Clone, Copy, Default)]
pub struct Input {
    /// Where the row's A begins.
    left: usize,
    /// `B^T x`, of the row's twin; where a single sign decides, shifted.
    sums: [i32; MAX_RANK],
}

impl Perturb for OfMatrix<'_> {
    type Input = Input;

    #[inline(always)]
    fn inputs<I: Isa>(&self, isa: I, first: usize, x: [&[u8]; PANEL], inputs: &mut [Input]) {
        let Self { factors, place, rows } = self;
        let (rank, rows) = (factors.shape.rank, &rows[first..first + inputs.len()]);
        let left_per_pair =
            if factors.shape.noise == Noise::Sign { factors.signs_per_pair } else { factors.left_per_pair };
        let left_of_place = if factors.shape.noise == Noise::Sign { place.left } else { PANEL * place.left };
        let shift = factors.single_signs().unwrap_or(0);
        for k in 0..rank {
            let mut columns: [&[i8]; PANEL] = [&[]; PANEL];
            for (i, columns) in columns.iter_mut().enumerate() {
                // A block of fewer rows computes the last one again.
                let pair = rows[i.min(rows.len() - 1)].pair as usize;
                let at = pair * factors.per_pair + place.values + k * place.columns;
                *columns = &factors.values[at..at + place.columns];
            }
            let sums = isa.dots(x, columns);
            for ((input, row), sum) in inputs.iter_mut().zip(rows).zip(sums) {
                let pair = row.pair as usize;
                let correction = factors.corrections[pair * factors.corrections_per_pair + place.sums + k];
                input.sums[k] = (row.twin.sign() * (sum + correction)) << shift;
                input.left = pair * left_per_pair + left_of_place;
            }
        }
    }

    #[inline(always)]
    fn tile<I: Isa, const R: usize, const P: usize>(
        &self,
        isa: I,
        (panel, inputs): (usize, &[Input]),
        (x, w, corrections): ([&[u8]; R], [&[Cell]; P], [&Sums; P]),
        out: &mut [[Sums; P]; R],
    ) {
        if self.factors.single_signs().is_none() {
            isa.tile(x, w, corrections, out);
            for (input, sums) in inputs.iter().zip(out) {
                self.add(isa, input, panel, sums);
            }
            return;
        }
        let (mut c, mut signs) = ([0; R], [[0; P]; R]);
        for (input, (c, signs)) in inputs.iter().zip(c.iter_mut().zip(&mut signs)) {
            *c = input.sums[0];
            signs.copy_from_slice(&self.factors.signs[input.left + panel..][..P]);
        }
        isa.tile_signed(x, w, corrections, (&c, &signs), out);
    }

    #[inline(always)]
    fn add<I: Isa>(&self, isa: I, input: &Input, panel: usize, sums: &mut [Sums]) {
        let Self { factors, place, .. } = self;
        if factors.single_signs().is_some() {
            let signs = &factors.signs[input.left + panel..][..sums.len()];
            for (sums, &signs) in sums.iter_mut().zip(signs) {
                isa.add_signed(sums, signs, input.sums[0]);
            }
            return;
        }
        let (left, right) = factors.shape.shifts();
        for (p, sums) in sums.iter_mut().enumerate() {
            let mut of_rank = [0; PANEL];
            for (k, &bx) in input.sums.iter().enumerate().take(factors.shape.rank) {
                let at = k * place.panels + panel + p;
                if factors.shape.noise == Noise::Sign {
                    isa.add_signed(&mut of_rank, factors.signs[input.left + at], bx);
                } else {
                    let a = &factors.left[input.left + PANEL * at..][..PANEL];
                    for (sum, &a) in of_rank.iter_mut().zip(a) {
                        *sum += i32::from(a) * bx;
                    }
                }
            }
            for (sum, of_rank) in sums.iter_mut().zip(of_rank) {
                *sum += (of_rank << left) >> right;
            }
        }
    }
}
