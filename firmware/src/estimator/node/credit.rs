use super::record::input_of;
use crate::credit::{Accumulator, Credit, Squares, Statistics};
use crate::kernel::dot;
use crate::model::{Memory, Program, Role, Step, Tensor};
use crate::slice_ext::part;
use crate::task::Samples;

/// `Z += delta x^T`, for as many rows as `z` has.
#[inline]
fn add_outer<T: Accumulator>(z: &mut [T], deltas: &[i16], input: &[i8]) {
    // Rows are split off one by one: in chunks they would be counted, by a division that small cores lack.
    let mut rest = z;
    for &delta in deltas {
        let Some((row, after)) = rest.split_at_mut_checked(input.len()) else { break };
        if delta != 0 {
            for (z, &x) in row.iter_mut().zip(input) {
                *z += T::from(i32::from(delta) * i32::from(i16::from(x)));
            }
        }
        rest = after;
    }
}

/// The credit of a whole generation: `Z = sum_slots delta x^T` a matrix, whose x of an embedding is its
/// token, and `sum_slots delta` a bias. Norms get none.
pub struct GenerationCredit<'a> {
    /// The model.
    pub program: &'a Program,
    /// What the kept slots have read: the index of a sample, or a token
    /// ([`Row::mark`](crate::task::Row::mark)).
    pub marks: &'a [u32],
    /// What the matrices have read in the kept slots, [`Program::record_len`] each.
    pub records: &'a [i8],
    /// Credit of the kept slots, [`Program::node_count`] each.
    pub deltas: &'a [i16],
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
        let nodes = step.nodes?;
        Some(Place {
            step,
            nodes_at: nodes.at,
            outputs: nodes.len,
            nodes: self.program.node_count(),
            record: self.program.record_len(),
        })
    }

    /// A slot's credit of the outputs of a tensor's step.
    fn deltas_of(&self, slot: usize, place: &Place) -> &'a [i16] {
        part(self.deltas, slot * place.nodes + place.nodes_at, place.outputs)
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
}

impl Credit for GenerationCredit<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let Some(place) = self.place(tensor) else { return };
        for slot in self.slots() {
            let all = self.deltas_of(slot, &place);
            let deltas = all.get(first..).unwrap_or_default();
            match tensor.role {
                Role::Weight => add_outer(z, deltas, self.input_of(slot, &place)),
                Role::Embedding => {
                    let token = self.marks.get(slot).map_or(0, |&mark| mark as usize);
                    let at = token.checked_sub(first).map(|row| row * all.len());
                    let row = at.and_then(|at| z.get_mut(at..at + all.len())).unwrap_or_default();
                    row.iter_mut().zip(all).for_each(|(z, &delta)| *z += T::from(delta.into()));
                }
                Role::Bias | Role::Norm => {
                    z.iter_mut().zip(deltas).for_each(|(z, &delta)| *z += T::from(delta.into()));
                }
            }
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
        let place = self.place(tensor)?;
        let mut found = Statistics::default();
        for s in self.slots() {
            let (deltas, input) = (self.deltas_of(s, &place), self.input_of(s, &place));
            for other in 0..=s {
                let inputs = i64::from(dot(input, self.input_of(other, &place)));
                let pairs = deltas.iter().zip(self.deltas_of(other, &place));
                let deltas: i64 = pairs.map(|(&a, &b)| i64::from(i32::from(a) * i32::from(b))).sum();
                // Two's complement: the same bits as of a signed product.
                let product = (deltas as Squares).wrapping_mul(inputs as Squares);
                let times = if other == s { 1 } else { 2 };
                found.squares = found.squares.wrapping_add(product.wrapping_mul(times));
            }
            let delta = deltas.iter().map(|d| d.unsigned_abs()).max().unwrap_or(0);
            let x = input.iter().map(|x| x.unsigned_abs()).max().unwrap_or(0);
            found.largest += u64::from(delta) * u64::from(x);
        }
        Some(found)
    }

    fn is_silent(&self, tensor: &Tensor, row: usize) -> bool {
        let Some(place) = self.place(tensor) else { return true };
        self.slots().all(|slot| self.deltas_of(slot, &place).get(row).is_none_or(|&delta| delta == 0))
    }
}
