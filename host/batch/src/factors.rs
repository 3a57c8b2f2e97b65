//! Members of estimator `weight`: the factors of a range of pairs, laid out for rows of them.

use super::isa::{Isa, PANEL, Sums};
use super::matrix::Perturb;
use eggroll_firmware::estimator::weight::{Pair, entries_per_pair, perturbed_component, perturbed_row};
use eggroll_firmware::kernel::{LowRank, MAX_RANK, Twin, add_low_rank_depthwise};
use eggroll_firmware::model::{Program, Role, Tensor, TensorKind};
use eggroll_firmware::noise::Noise;

/// Components whose signs are one code.
const CODED: usize = 4;
/// Codes of all components.
const CODES: usize = MAX_RANK / CODED;
/// What every code adds to a row's sums.
type Table = [i32; 1 << CODED];

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
    /// Of B, one column after another; or of a vector, as each twin has it.
    values: usize,
    /// Of the sums of B's columns.
    totals: usize,
    /// Of A, panel by panel.
    left: usize,
    /// Inputs.
    columns: usize,
}

/// The factors of a range of pairs.
pub(crate) struct Factors {
    shape: LowRank,
    places: Vec<Place>,
    /// Of every pair: B of all matrices; the embedding's factors as the firmware lays them out.
    values: Vec<i8>,
    per_pair: usize,
    /// Of every pair: the sum of each column of B of all matrices.
    totals: Vec<i32>,
    totals_per_pair: usize,
    /// Of every pair: A of all matrices.
    left: Left,
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

/// A, a panel of outputs after another.
enum Left {
    /// Of rank 1: the outputs' signs.
    Signs(Vec<u16>),
    /// Of higher ranks: of each output the signs of [`CODED`] components; as many panels of codes as they
    /// take.
    Codes(Vec<[u8; PANEL]>),
    /// Of near-normal noise: the entries, a panel of a component after another.
    Entries(Vec<[i8; PANEL]>),
}

impl Left {
    fn of(shape: LowRank) -> Self {
        match (shape.noise, shape.rank) {
            (Noise::Sign, 1) => Self::Signs(Vec::new()),
            (Noise::Sign, _) => Self::Codes(Vec::new()),
            (Noise::NearNormal, _) => Self::Entries(Vec::new()),
        }
    }

    /// Values that a panel takes.
    const fn per_panel(&self, rank: usize) -> usize {
        match self {
            Self::Signs(_) => 1,
            Self::Codes(_) => rank.div_ceil(CODED),
            Self::Entries(_) => rank,
        }
    }

    fn resize(&mut self, len: usize) {
        match self {
            Self::Signs(signs) => signs.resize(len, 0),
            Self::Codes(codes) => codes.resize(len, [0; PANEL]),
            Self::Entries(entries) => entries.resize(len, [0; PANEL]),
        }
    }

    /// Lays out A, which is drawn output by output: what panels take lies together.
    fn lay_out(&mut self, at: usize, a: &[i8], rank: usize) {
        let per_panel = self.per_panel(rank);
        for (panel, a) in a.chunks(PANEL * rank).enumerate() {
            let at = at + panel * per_panel;
            match self {
                Self::Signs(signs) => {
                    signs[at] = a.iter().rev().fold(0, |word, &a| word << 1 | u16::from(a < 0));
                }
                Self::Codes(codes) => {
                    let codes = &mut codes[at..at + per_panel];
                    codes.fill([0; PANEL]);
                    for (i, a) in a.chunks_exact(rank).enumerate() {
                        for (codes, a) in codes.iter_mut().zip(a.chunks(CODED)) {
                            codes[i] = a.iter().rev().fold(0, |code, &a| code << 1 | u8::from(a < 0));
                        }
                    }
                }
                Self::Entries(entries) => {
                    for (i, a) in a.chunks_exact(rank).enumerate() {
                        for (entries, &a) in entries[at..].iter_mut().zip(a) {
                            entries[i] = a;
                        }
                    }
                }
            }
        }
    }
}

impl Factors {
    /// Makes room for pairs of a run.
    pub(crate) fn new(pair: &Pair<'_>) -> Self {
        let shape = pair.shape;
        let left = Left::of(shape);
        let (mut per_pair, mut totals, mut left_per_pair, mut per_member) = (0, 0, 0, 0);
        let place = |tensor: Tensor| match (tensor.kind, tensor.role) {
            (TensorKind::Vector { len }, _) => {
                let place = Place { values: per_member, columns: len, ..Place::default() };
                per_member += len;
                place
            }
            (TensorKind::Matrix { rows, columns }, _) if stays_as_drawn(pair.program, &tensor) => {
                let place = Place { values: per_pair, columns, ..Place::default() };
                per_pair += (rows + columns) * shape.rank;
                place
            }
            (TensorKind::Matrix { rows, columns }, _) => {
                let panels = rows.div_ceil(PANEL);
                let place = Place { values: per_pair, totals, left: left_per_pair, columns };
                per_pair += columns * shape.rank;
                totals += shape.rank;
                left_per_pair += panels * left.per_panel(shape.rank);
                place
            }
        };
        let places = pair.program.tensors().map(place).collect();
        Self {
            shape,
            places,
            values: Vec::new(),
            per_pair,
            totals: Vec::new(),
            totals_per_pair: totals,
            left,
            left_per_pair,
            vectors: Vec::new(),
            per_member,
            drawn: vec![0; entries_per_pair(pair.settings, pair.program)],
            first: pair.program.first_tensor() as usize,
            as_drawn: pair.program.tensors().map(|tensor| stays_as_drawn(pair.program, &tensor)).collect(),
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
        self.totals.resize(count * self.totals_per_pair, 0);
        self.left.resize(count * self.left_per_pair);
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
                let to = self.values[values..values + b.len()].chunks_exact_mut(columns.max(1));
                let totals = &mut self.totals[local * self.totals_per_pair + place.totals..][..rank];
                for (k, (to, total)) in to.zip(totals).enumerate() {
                    to.iter_mut().zip(b.iter().skip(k).step_by(rank)).for_each(|(to, &b)| *to = b);
                    *total = to.iter().map(|&b| i32::from(b)).sum();
                }
                self.left.lay_out(local * self.left_per_pair + place.left, a, rank);
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

/// Whether the factors of a tensor stay as they are drawn: those of an embedding, and of what has a window a
/// channel.
fn stays_as_drawn(program: &Program, tensor: &Tensor) -> bool {
    let is_depthwise = || program.step_of(tensor).is_some_and(|step| step.is_depthwise());
    tensor.role == Role::Embedding || tensor.role == Role::Weight && is_depthwise()
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
    /// `B^T x`, of the row's twin.
    sums: [i32; MAX_RANK],
}

/// The sum of components, by the signs that a code says.
#[inline(always)]
fn table(components: &[i32]) -> Table {
    let mut table = [0; 1 << CODED];
    for (k, &component) in components.iter().enumerate().take(CODED) {
        for (code, entry) in table.iter_mut().enumerate() {
            let negative = -((code >> k & 1) as i32);
            *entry += (component ^ negative) - negative;
        }
    }
    table
}

/// What a sum begins with: a start, and `A B^T x` shifted to the left, then to the right.
#[inline(always)]
const fn begun(sum: i32, (start, left, right): (i32, u8, u8)) -> i32 {
    start + ((sum << left) >> right)
}

impl Perturb for OfMatrix<'_> {
    type Input = Input;

    #[inline(always)]
    fn inputs<I: Isa>(&self, isa: I, first: usize, x: [&[i8]; PANEL], inputs: &mut [Input]) {
        let Self { factors, place, rows: members, places } = self;
        let (count, rank) = (inputs.len(), factors.shape.rank);
        let mut rows = [Row { pair: 0, twin: Twin::Plus }; PANEL];
        for (i, row) in rows.iter_mut().enumerate() {
            *row = members[(first + i.min(count - 1)) / places];
        }
        for k in 0..rank {
            let (mut b, mut totals): ([&[i8]; PANEL], _) = ([&[]; PANEL], [0; PANEL]);
            for ((b, total), row) in b.iter_mut().zip(&mut totals).zip(rows) {
                let pair = row.pair as usize;
                let at = pair * factors.per_pair + place.values + k * place.columns;
                *b = &factors.values[at..at + place.columns];
                *total = factors.totals[pair * factors.totals_per_pair + place.totals + k];
            }
            let sums = isa.dots(x, b, &totals);
            for ((input, row), sum) in inputs.iter_mut().zip(rows).zip(sums) {
                input.sums[k] = row.twin.sign() * sum;
            }
        }
        for (input, row) in inputs.iter_mut().zip(rows) {
            input.left = row.pair as usize * factors.left_per_pair + place.left;
        }
    }

    #[inline(always)]
    fn begin<I: Isa>(&self, isa: I, input: &Input, start: i32, panel: usize, sums: &mut [Sums]) {
        let rank = self.factors.shape.rank;
        let (left, right) = self.factors.shape.shifts();
        let how = (start, left, right);
        let per_panel = self.factors.left.per_panel(rank);
        let at = input.left + panel * per_panel;
        match &self.factors.left {
            Left::Signs(signs) => {
                let values = [begun(input.sums[0], how), begun(-input.sums[0], how)];
                for (sums, &signs) in sums.iter_mut().zip(&signs[at..]) {
                    isa.signed(signs, values, sums);
                }
            }
            Left::Codes(codes) if per_panel == 1 => {
                let mut table = table(&input.sums[..rank]);
                for entry in &mut table {
                    *entry = begun(*entry, how);
                }
                for (sums, codes) in sums.iter_mut().zip(&codes[at..]) {
                    isa.coded(codes, &table, sums);
                }
            }
            Left::Codes(codes) => {
                let (one, other) = input.sums[..rank].split_at(CODED);
                let tables = [table(one), table(other)];
                for (sums, codes) in sums.iter_mut().zip(codes[at..].as_chunks::<CODES>().0) {
                    let mut others = [0; PANEL];
                    isa.coded(&codes[0], &tables[0], sums);
                    isa.coded(&codes[1], &tables[1], &mut others);
                    for (sum, other) in sums.iter_mut().zip(others) {
                        *sum = begun(*sum + other, how);
                    }
                }
            }
            Left::Entries(entries) => {
                for (sums, entries) in sums.iter_mut().zip(entries[at..].chunks_exact(rank)) {
                    *sums = [0; PANEL];
                    for (&bx, entries) in input.sums.iter().zip(entries) {
                        for (sum, &a) in sums.iter_mut().zip(entries) {
                            *sum += i32::from(a) * bx;
                        }
                    }
                    for sum in sums.iter_mut() {
                        *sum = begun(*sum, how);
                    }
                }
            }
        }
    }
}
