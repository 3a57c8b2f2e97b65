use super::record::input_of;
use crate::credit::{Accumulator, Credit, CreditRow, Squares, Statistics, Term};
use crate::kernel::dot;
use crate::model::{LayerSet, Memory, Program, Role, Step, Tensor};
use crate::slice_ext::{part, part_mut};
use crate::task::Samples;

/// `Z += delta x^T`, for as many rows as `z` has.
#[inline]
fn add_outer<T: Accumulator>(z: &mut [T], deltas: Deltas<'_>, input: &[i8]) {
    // Rows are split off one by one: in chunks they would be counted, by a division that small cores lack.
    let mut rest = z;
    for delta in deltas.iter() {
        let Some((row, after)) = rest.split_at_mut_checked(input.len()) else { break };
        if delta != 0 {
            T::add_multiple(row, input, delta);
        }
        rest = after;
    }
}

/// The same of a tensor whose step moves a window: summed over the places, whose deltas lie one after
/// another. `z` holds rows from `first` on.
fn add_windows<T: Accumulator>(
    z: &mut [T],
    deltas: Deltas<'_>,
    step: &Step,
    tensor: &Tensor,
    first: usize,
    input: &[i8],
) {
    let Some(window) = step.window else { return };
    let channels = step.channels();
    let (_, len) = tensor.kind.shape();
    let [rows, columns] = window.places();
    let places = (0..rows).flat_map(|row| (0..columns).map(move |column| (row, column)));
    for (place, (row, column)) in places.enumerate() {
        for (channel, z) in (first..channels).zip(z.chunks_exact_mut(len.max(1))) {
            let delta = deltas.get(place * channels + channel);
            if delta == 0 {
                continue;
            }
            match z {
                [z] if tensor.role == Role::Bias => *z += T::from(delta),
                _ if step.is_depthwise() => window.runs(input, row, column, |at, run| {
                    let x = run.iter().skip(channel).step_by(channels);
                    for (z, &x) in z.iter_mut().skip(at / channels).zip(x) {
                        *z += T::from(delta * i32::from(x));
                    }
                }),
                _ => window.runs(input, row, column, |at, run| {
                    T::add_multiple(part_mut(z, at, run.len()), run, delta);
                }),
            }
        }
    }
}

/// The size of the largest value.
fn largest(values: &[i8]) -> u32 {
    values.iter().fold(0, |most, value| most.max(u32::from(value.unsigned_abs())))
}

/// Credit of nodes as it is kept until the update: in a byte each where a guide makes it.
#[derive(Clone, Copy)]
pub enum Deltas<'a> {
    /// Within +-127.
    Narrow(&'a [i8]),
    /// Within +-32767.
    Wide(&'a [i16]),
}

impl Deltas<'_> {
    /// `len` of them from the place `at` on.
    fn part(self, at: usize, len: usize) -> Self {
        match self {
            Self::Narrow(deltas) => Self::Narrow(part(deltas, at, len)),
            Self::Wide(deltas) => Self::Wide(part(deltas, at, len)),
        }
    }

    /// Those from the place `first` on.
    fn from(self, first: usize) -> Self {
        match self {
            Self::Narrow(deltas) => Self::Narrow(deltas.get(first..).unwrap_or_default()),
            Self::Wide(deltas) => Self::Wide(deltas.get(first..).unwrap_or_default()),
        }
    }

    const fn len(self) -> usize {
        match self {
            Self::Narrow(deltas) => deltas.len(),
            Self::Wide(deltas) => deltas.len(),
        }
    }

    /// One of them; 0 beyond their end.
    #[inline]
    fn get(self, at: usize) -> i32 {
        match self {
            Self::Narrow(deltas) => deltas.get(at).map_or(0, |&delta| i16::from(delta).into()),
            Self::Wide(deltas) => deltas.get(at).map_or(0, |&delta| delta.into()),
        }
    }

    fn dot(self, other: Self) -> i64 {
        match (self, other) {
            (Self::Narrow(deltas), Self::Narrow(others)) => dot(deltas, others).into(),
            _ => self.iter().zip(other.iter()).map(|(a, b)| i64::from(a * b)).sum(),
        }
    }

    /// The size of the largest.
    fn largest(self) -> u32 {
        match self {
            Self::Narrow(deltas) => largest(deltas),
            Self::Wide(deltas) => deltas.iter().map(|delta| delta.unsigned_abs().into()).max().unwrap_or(0),
        }
    }

    #[inline]
    fn iter(&self) -> impl Iterator<Item = i32> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }
}

/// The credit of a whole generation: `Z = sum_slots delta x^T` a matrix, whose x of an embedding is its
/// token, and `sum_slots delta` a bias. Norms get none.
pub struct GenerationCredit<'a> {
    /// The model.
    pub program: &'a Program,
    /// The layers that are trained.
    pub train: LayerSet,
    /// What the kept slots have read: the index of a sample, or a token
    /// ([`Row::mark`](crate::task::Row::mark)).
    pub marks: &'a [u32],
    /// What the matrices have read in the kept slots, [`Program::record_len`] each.
    pub records: &'a [i8],
    /// Credit of the kept slots: of the nodes of all trained layers each.
    pub deltas: Deltas<'a>,
    /// The samples that the marks name; none where they are tokens.
    pub samples: Samples<'a>,
}

/// Where a tensor's credit lies in what slots leave.
struct Place {
    step: Step,
    /// Of the nodes of the tensor's step, and how many they are.
    nodes_at: usize,
    outputs: usize,
    /// Nodes of a slot, and values of its record.
    nodes: usize,
    record: usize,
}

impl<'a> GenerationCredit<'a> {
    /// `None` for a tensor without nodes, which gets no credit.
    fn place(&self, tensor: &Tensor) -> Option<Place> {
        let step = self.program.step_of(tensor)?;
        let nodes = step.nodes.filter(|_| self.train.has(step.layer))?;
        let (outputs, record) = (nodes.len, self.program.record_len());
        if self.train.is_all() {
            let nodes_at = nodes.at;
            return Some(Place { step, nodes_at, outputs, nodes: self.program.node_count(), record });
        }
        let mut place = Place { step, nodes_at: 0, outputs, nodes: 0, record };
        for step in self.program.steps().filter(|step| step.makes_nodes && self.train.has(step.layer)) {
            let here = step.nodes.map_or(0, |nodes| nodes.len);
            place.nodes_at += if step.nodes.is_some_and(|other| other.at < nodes.at) { here } else { 0 };
            place.nodes += here;
        }
        Some(place)
    }

    /// A slot's credit of the outputs of a tensor's step.
    fn deltas_of(&self, slot: usize, place: &Place) -> Deltas<'a> {
        self.deltas.part(slot * place.nodes + place.nodes_at, place.outputs)
    }

    /// What a tensor's matrix has read in a slot.
    fn input_of(&self, slot: usize, place: &Place) -> &'a [i8] {
        let features = match self.marks.get(slot) {
            Some(&mark) if place.step.from.memory == Memory::Input => self.samples.get(mark).0,
            _ => &[],
        };
        input_of(&place.step, features, part(self.records, slot * place.record, place.record))
    }

    fn slots(&self) -> core::ops::Range<usize> {
        0..self.marks.len()
    }

    /// Adds the credit of a tensor's rows from `first` on.
    fn add_from<T: Accumulator>(&self, place: &Place, tensor: &Tensor, first: usize, z: &mut [T]) {
        for slot in self.slots() {
            let all = self.deltas_of(slot, place);
            let deltas = all.from(first);
            match tensor.role {
                _ if place.step.window.is_some() => {
                    add_windows(z, all, &place.step, tensor, first, self.input_of(slot, place));
                }
                Role::Weight => add_outer(z, deltas, self.input_of(slot, place)),
                Role::Embedding => {
                    let token = self.marks.get(slot).map_or(0, |&mark| mark as usize);
                    let at = token.checked_sub(first).map(|row| row * all.len());
                    let row = at.and_then(|at| z.get_mut(at..at + all.len())).unwrap_or_default();
                    row.iter_mut().zip(all.iter()).for_each(|(z, delta)| *z += T::from(delta));
                }
                Role::Bias | Role::Norm => {
                    z.iter_mut().zip(deltas.iter()).for_each(|(z, delta)| *z += T::from(delta));
                }
            }
        }
    }
}

impl Credit for GenerationCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        if let Some(place) = self.place(tensor) {
            self.add_from(&place, tensor, first, z);
        }
    }

    /// `sum Z^2 = sum_{s,s'} <delta_s, delta_s'> <x_s, x_s'>`, exact where no partial sum is: the arithmetic
    /// wraps.
    fn statistics(&self, tensor: &Tensor) -> Option<Statistics> {
        let slots = self.slots().len();
        let (rows, columns) = tensor.kind.shape();
        // Half of all pairs of slots, against a product a slot and weight.
        if tensor.role != Role::Weight || (slots + 1) * (rows + columns) >= 2 * rows * columns {
            return None;
        }
        let place = self.place(tensor).filter(|place| place.step.is_whole())?;
        let mut found = Statistics::default();
        for s in self.slots() {
            let (deltas, input) = (self.deltas_of(s, &place), self.input_of(s, &place));
            for other in 0..=s {
                let inputs = i64::from(dot(input, self.input_of(other, &place)));
                let others = self.deltas_of(other, &place);
                // Two's complement: the same bits as of a signed product.
                let product = (deltas.dot(others) as Squares).wrapping_mul(inputs as Squares);
                let times = if other == s { 1 } else { 2 };
                found.squares = found.squares.wrapping_add(product.wrapping_mul(times));
            }
            found.largest += u64::from(deltas.largest()) * u64::from(largest(input));
        }
        Some(found)
    }

    fn rows<T: Accumulator>(
        &mut self,
        tensor: &Tensor,
        apart: bool,
        z: &mut [T],
        each: &mut dyn FnMut(usize, CreditRow<'_, T>),
    ) {
        let Some(place) = self.place(tensor) else { return };
        for row in 0..place.outputs {
            let mut terms = self.slots().filter_map(|slot| {
                let credit = self.deltas.get(slot * place.nodes + place.nodes_at + row);
                (credit != 0).then(|| Term { credit, input: self.input_of(slot, &place) })
            });
            match (terms.next(), terms.next(), terms.next()) {
                (None, ..) => {}
                (Some(one), None, _) if apart => each(row, CreditRow::One(one)),
                (Some(one), Some(other), None) if apart => each(row, CreditRow::Two(one, other)),
                _ => {
                    z.fill(T::from(0));
                    self.add_from(&place, tensor, row, z);
                    each(row, CreditRow::Sum(z));
                }
            }
        }
    }
}
