//! Members of estimator `weight`: the factors of a range of pairs, laid out for rows of them.

use super::isa::{Cell, Isa, PANEL, Sums};
use super::matrix::{Perturb, tile_and_add};
use eggroll_firmware::estimator::weight::{Pair, entries_per_pair, perturbed_component, perturbed_row};
use eggroll_firmware::kernel::{LowRank, MAX_RANK, Twin, add_low_rank_depthwise};
use eggroll_firmware::model::{Program, Role, Tensor, TensorKind};
use eggroll_firmware::noise::Noise;

/// Signs of a word.
const WORD: usize = 64;

/// A row: one twin of a pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Row {
    /// The pair's place in the range.
    pub(crate) pair: u32,
    /// Which of the two.
    pub(crate) twin: Twin,
}

/// Where a tensor's noise lies within a pair's.
#[derive(Clone, Copy, Debug, Default)]
struct Place {
    /// Of B of sign noise: words of signs.
    bits: usize,
    /// Of other B, or of a vector: as each twin has it.
    values: usize,
    /// Of A: a word of signs a panel, or its entries.
    left: usize,
    /// Components, or inputs.
    columns: usize,
    /// Panels of outputs.
    panels: usize,
}

/// The factors of a range of pairs.
pub(crate) struct Factors {
    shape: LowRank,
    places: Vec<Place>,
    /// Of every pair: the signs of B of all matrices, one column after another.
    bits: Vec<u64>,
    bits_per_pair: usize,
    /// The same of near-normal noise; the embedding's factors as the firmware lays them out.
    values: Vec<i8>,
    per_pair: usize,
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
    /// The id of the first tensor.
    first: usize,
    /// Of every tensor, whether its factors stay as they are drawn.
    as_drawn: Vec<bool>,
}

impl Factors {
    /// Makes room for pairs of a run.
    pub(crate) fn new(pair: &Pair<'_>) -> Self {
        let shape = pair.shape;
        let signs = shape.noise == Noise::Sign;
        let (mut bits, mut per_pair, mut left, mut per_member) = (0, 0, 0, 0);
        // Factors as they are drawn: of an embedding, and of what has a window a channel.
        let depthwise = |tensor: &Tensor| is_depthwise(pair.program, tensor);
        let place = |tensor: Tensor| match (tensor.kind, tensor.role) {
            (TensorKind::Vector { len }, _) => {
                let place = Place { values: per_member, columns: len, ..Place::default() };
                per_member += len;
                place
            }
            (TensorKind::Matrix { rows, columns }, role) if role == Role::Embedding || depthwise(&tensor) => {
                let place = Place { values: per_pair, columns, ..Place::default() };
                per_pair += (rows + columns) * shape.rank;
                place
            }
            (TensorKind::Matrix { rows, columns }, _) => {
                let panels = rows.div_ceil(PANEL);
                let place = Place { bits, values: per_pair, left, columns, panels };
                if signs {
                    bits += columns.div_ceil(WORD) * shape.rank;
                    left += panels * shape.rank;
                } else {
                    per_pair += columns * shape.rank;
                    left += PANEL * panels * shape.rank;
                }
                place
            }
        };
        let places = pair.program.tensors().map(place).collect();
        Self {
            shape,
            places,
            bits: Vec::new(),
            bits_per_pair: bits,
            values: Vec::new(),
            per_pair,
            signs: Vec::new(),
            signs_per_pair: if signs { left } else { 0 },
            left: Vec::new(),
            left_per_pair: if signs { 0 } else { left },
            vectors: Vec::new(),
            per_member,
            drawn: vec![0; entries_per_pair(pair.settings, pair.program)],
            first: pair.program.first_tensor() as usize,
            as_drawn: pair
                .program
                .tensors()
                .map(|tensor| tensor.role == Role::Embedding || depthwise(&tensor))
                .collect(),
        }
    }

    /// How far sums are shifted to the left where signs alone decide how they are added.
    #[inline(always)]
    const fn signs_alone(&self) -> Option<u8> {
        match (self.shape.noise, self.shape.shifts()) {
            (Noise::Sign, (left, 0)) => Some(left),
            _ => None,
        }
    }

    /// Draws the noise of pairs.
    pub(crate) fn draw(
        &mut self,
        pairs: impl ExactSizeIterator<Item = u32>,
        pair: &Pair<'_>,
        weights: &[i8],
    ) {
        let count = pairs.len();
        self.values.resize(count * self.per_pair, 0);
        self.bits.resize(count * self.bits_per_pair, 0);
        self.signs.resize(count * self.signs_per_pair, 0);
        self.left.resize(count * self.left_per_pair, 0);
        self.vectors.resize(2 * count * self.per_member, 0);
        for (local, number) in pairs.enumerate() {
            Pair { pair: number, ..*pair }.fill_factors(&mut self.drawn);
            let mut at = 0;
            for tensor in pair.program.tensors() {
                let len = pair.settings.entries(&tensor);
                self.lay_out(local, &tensor, at..at + len, weights);
                at += len;
            }
        }
    }

    fn lay_out(&mut self, local: usize, tensor: &Tensor, entries: std::ops::Range<usize>, weights: &[i8]) {
        let (rank, place) = (self.shape.rank, self.places[tensor.id as usize - self.first]);
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
            _ if self.as_drawn[tensor.id as usize - self.first] => {
                self.values[values..values + entries.len()].copy_from_slice(entries);
            }
            (TensorKind::Matrix { columns, .. }, _) => {
                let (b, a) = entries.split_at(columns * rank);
                for k in 0..rank {
                    let (b, a) = (b.iter().skip(k).step_by(rank), a.chunks(PANEL * rank));
                    let (words, at) = (columns.div_ceil(WORD), place.left + k * place.panels);
                    if self.shape.noise == Noise::Sign {
                        let bits = local * self.bits_per_pair + place.bits + k * words;
                        signs_of(b, &mut self.bits[bits..bits + words]);
                        for (word, a) in self.signs[local * self.signs_per_pair + at..].iter_mut().zip(a) {
                            let entries = a.iter().skip(k).step_by(rank);
                            *word = entries.rev().fold(0, |word, &a| word << 1 | u16::from(a < 0));
                        }
                    } else {
                        let to = &mut self.values[values + k * columns..][..columns];
                        to.iter_mut().zip(b).for_each(|(to, &b)| *to = b);
                        let at = local * self.left_per_pair + place.left + PANEL * k * place.panels;
                        for (to, a) in self.left[at..].chunks_mut(PANEL).zip(a) {
                            let entries = a.iter().skip(k).step_by(rank);
                            to.iter_mut().zip(entries).for_each(|(to, &a)| *to = a);
                        }
                    }
                }
            }
        }
    }

    /// A vector as a member has it.
    #[inline(always)]
    pub(crate) fn vector(&self, row: Row, tensor: &Tensor) -> &[i8] {
        let place = self.places[tensor.id as usize - self.first];
        let member = 2 * row.pair as usize + usize::from(row.twin == Twin::Minus);
        let at = member * self.per_member + place.values;
        &self.vectors[at..at + place.columns]
    }

    /// A row of the embedding as a member has it; `sums` is scratch.
    pub(crate) fn embed(
        &self,
        row: Row,
        tensor: &Tensor,
        token: u8,
        base: &[i8],
        sums: &mut [i32],
        out: &mut [i8],
    ) {
        let at = row.pair as usize * self.per_pair + self.places[tensor.id as usize - self.first].values;
        perturbed_row(token, base, self.shape, row.twin, &self.values[at..], sums, out);
    }

    /// What members add to the products of a matrix.
    pub(crate) fn of<'a>(&'a self, tensor: &Tensor, rows: &'a [Row], places: usize) -> OfMatrix<'a> {
        OfMatrix {
            factors: self,
            place: self.places[tensor.id as usize - self.first],
            rows,
            places: places.max(1),
        }
    }

    /// Adds what a member adds to the products of a depthwise matrix at a place, whose window is `x`.
    pub(crate) fn depthwise(&self, row: Row, tensor: &Tensor, x: &[i8], sums: &mut [i32]) {
        let at = row.pair as usize * self.per_pair + self.places[tensor.id as usize - self.first].values;
        let (_, columns) = tensor.kind.shape();
        let (b, a) = self.values[at..].split_at(columns * self.shape.rank);
        add_low_rank_depthwise(sums, a, b, x, row.twin, self.shape);
    }
}

/// Whether a tensor is the matrix of a window a channel.
fn is_depthwise(program: &Program, tensor: &Tensor) -> bool {
    tensor.role == Role::Weight && program.step_of(tensor).is_some_and(|step| step.is_depthwise())
}

/// Writes which entries are negative.
fn signs_of<'a>(entries: impl Iterator<Item = &'a i8>, words: &mut [u64]) {
    words.fill(0);
    for (j, &entry) in entries.enumerate() {
        words[j / WORD] |= u64::from(entry < 0) << (j % WORD);
    }
}

/// The perturbation of one matrix.
pub(crate) struct OfMatrix<'a> {
    factors: &'a Factors,
    place: Place,
    rows: &'a [Row],
    /// Products of each row.
    places: usize,
}

/// What a row adds to a matrix's products, but for A.
#[derive(Clone, Copy, Default)]
pub(crate) struct Input {
    /// Where the row's A begins.
    left: usize,
    /// `B^T x`, of the row's twin; where signs alone decide, shifted.
    sums: [i32; MAX_RANK],
}

impl OfMatrix<'_> {
    /// [`Perturb::tile`] where signs alone decide, of a rank of at most `K`.
    #[inline(always)]
    fn tile_signed<I: Isa, const R: usize, const P: usize, const K: usize>(
        &self,
        isa: I,
        (panel, inputs): (usize, &[Input]),
        (x, w, starts): ([&[i8]; R], [&[Cell]; P], &[i32; R]),
        out: &mut [[Sums; P]; R],
    ) {
        let (mut c, mut signs) = ([[0; R]; K], [[[0; P]; R]; K]);
        let rank = self.factors.shape.rank.min(K);
        for (k, (c, signs)) in c.iter_mut().zip(&mut signs).enumerate().take(rank) {
            let panel = k * self.place.panels + panel;
            for (input, (c, signs)) in inputs.iter().zip(c.iter_mut().zip(signs)) {
                *c = input.sums[k];
                signs.copy_from_slice(&self.factors.signs[input.left + panel..][..P]);
            }
        }
        isa.tile_signed(x, w, starts, (&c[..rank], &signs[..rank]), out);
    }
}

impl Perturb for OfMatrix<'_> {
    type Input = Input;

    #[inline(always)]
    fn inputs<I: Isa>(
        &self,
        isa: I,
        first: usize,
        (x, totals): ([&[i8]; PANEL], &Sums),
        inputs: &mut [Input],
    ) {
        let Self { factors, place, rows: members, places } = self;
        let count = inputs.len();
        let rows: [Row; PANEL] = std::array::from_fn(|i| members[(first + i.min(count - 1)) / places]);
        let pair = |i: usize| rows[i].pair as usize;
        let sign = factors.shape.noise == Noise::Sign;
        let left = if sign { factors.signs_per_pair } else { factors.left_per_pair };
        let shift = factors.signs_alone().unwrap_or(0);
        for k in 0..factors.shape.rank {
            let mut sums = if sign {
                let (words, mut b): (_, [&[u64]; PANEL]) = (place.columns.div_ceil(WORD), [&[]; PANEL]);
                for (i, b) in b.iter_mut().enumerate() {
                    *b = &factors.bits[pair(i) * factors.bits_per_pair + place.bits + k * words..][..words];
                }
                isa.chosen(x, b)
            } else {
                let mut b: [&[i8]; PANEL] = [&[]; PANEL];
                for (i, b) in b.iter_mut().enumerate() {
                    let at = pair(i) * factors.per_pair + place.values + k * place.columns;
                    *b = &factors.values[at..at + place.columns];
                }
                isa.dots(x, b)
            };
            if sign {
                // Those of negative signs count twice too much.
                sums.iter_mut().zip(totals).for_each(|(sum, total)| *sum = total - 2 * *sum);
            }
            for ((input, row), sum) in inputs.iter_mut().zip(rows).zip(sums) {
                input.sums[k] = (row.twin.sign() * sum) << shift;
                input.left = row.pair as usize * left + place.left;
            }
        }
    }

    #[inline(always)]
    fn tile<I: Isa, const R: usize, const P: usize>(
        &self,
        isa: I,
        rows: (usize, &[Input]),
        operands: ([&[i8]; R], [&[Cell]; P], &[i32; R]),
        out: &mut [[Sums; P]; R],
    ) {
        if self.factors.signs_alone().is_none() {
            tile_and_add(self, isa, rows, operands, out);
        } else if self.factors.shape.rank == 1 {
            self.tile_signed::<I, R, P, 1>(isa, rows, operands, out);
        } else {
            self.tile_signed::<I, R, P, MAX_RANK>(isa, rows, operands, out);
        }
    }

    #[inline(always)]
    fn add<I: Isa>(&self, isa: I, input: &Input, panel: usize, sums: &mut [Sums]) {
        let Self { factors, place, .. } = self;
        if factors.signs_alone().is_some() {
            for (k, &sum) in input.sums.iter().enumerate().take(factors.shape.rank) {
                let signs = &factors.signs[input.left + k * place.panels + panel..][..sums.len()];
                for (sums, &signs) in sums.iter_mut().zip(signs) {
                    isa.add_signed(sums, signs, sum);
                }
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
