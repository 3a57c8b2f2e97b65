//! One member's pass through the interpreter of the model, its products made by the unit.

use super::{Members, Placement, Product, Unit, UnitError};
use crate::estimator::weight::perturbed_vector;
use crate::kernel::{LowRank, Twin, add_low_rank, add_low_rank_depthwise, add_node_noise, low_rank_inputs};
use crate::model::{LayerSet, Memory, Perturbation, Step};
use crate::noise::{Address, Stream, fill_signs};
use crate::slice_ext::{copy, part_mut, split};
use embedded_hal::spi::SpiDevice;

/// What makes a member. Its address names no tensor.
#[derive(Clone, Copy)]
pub(super) enum Member {
    /// The base model.
    Base,
    /// A member of estimator `node`, with noise on the nodes of some layers.
    Node { at: Address, amplitude: u8, twin: Twin, layers: LayerSet },
    /// A twin of a pair of estimator `weight`, of sign noise.
    Pair { at: Address, shape: LowRank, twin: Twin },
}

/// The place of a step's matrix in the unit; `None` where the core multiplies.
pub(super) fn place_of(placements: &[Option<Placement>], step: &Step) -> Option<Placement> {
    placements.get(step.layer).copied().flatten()
}

/// Whether the unit itself can add noise to a step's nodes. It reads a stream of noise from its beginning
/// only, so one product has to make all of them, and noise comes behind a bias, which the core adds.
pub(super) fn unit_adds_noise(placements: &[Option<Placement>], step: &Step) -> bool {
    place_of(placements, step).is_some() && step.places() == 1 && !step.has_bias()
}

/// Has a product made. `room` is for an input that has to be filled up with zeros.
pub(super) fn make<S: SpiDevice>(
    unit: &mut Unit<S>,
    matrix: Placement,
    input: &[i8],
    members: Members,
    room: &mut [i8],
) -> Result<(), UnitError<S::Error>> {
    if !matrix.is_wider() {
        return unit.run(&Product { matrix, input, members });
    }
    let filled = part_mut(room, 0, matrix.inputs());
    filled.fill(0);
    copy(part_mut(filled, 0, input.len()), input);
    unit.run(&Product { matrix, input: filled, members })
}

/// A member in the interpreter.
pub(super) struct OnePass<'a, S: SpiDevice> {
    pub(super) unit: &'a mut Unit<S>,
    pub(super) placements: &'a [Option<Placement>],
    pub(super) member: Member,
    /// What the unit has made of the first operation, where members share its products.
    pub(super) first: Option<&'a [i8]>,
    /// For the noise of a step, or an input that has to be filled up.
    pub(super) room: &'a mut [i8],
    /// The first error. Nothing that comes behind it counts.
    pub(super) failed: Option<UnitError<S::Error>>,
}

impl<S: SpiDevice> OnePass<'_, S> {
    fn members_of(&self, step: &Step) -> Members {
        let (count, tensor) = (1, step.tensor);
        match self.member {
            Member::Node { at, amplitude, twin, layers }
                if layers.has(step.layer) && unit_adds_noise(self.placements, step) =>
            {
                let (first, plus, minus) =
                    (Address { tensor, ..at }, twin == Twin::Plus, twin == Twin::Minus);
                Members::Nodes { first, count, amplitude, base: false, plus, minus }
            }
            Member::Pair { at, shape, twin } => Members::Pairs {
                first: Address { tensor, ..at },
                count,
                rank: shape.rank as u8,
                sigma_shift: shape.sigma_shift,
                plus: twin == Twin::Plus,
                minus: twin == Twin::Minus,
            },
            _ => Members::Base,
        }
    }
}

impl<S: SpiDevice> Perturbation for OnePass<'_, S> {
    /// Draws the factors of a matrix that the core multiplies: they are the same at all places.
    fn input(&mut self, step: &Step, _: &[i8]) {
        if let (Member::Pair { at, shape, .. }, None) = (self.member, place_of(self.placements, step)) {
            let (rows, columns) = step.matrix_shape();
            let factors = part_mut(self.room, 0, (rows + columns) * shape.rank);
            fill_signs(&mut Stream::new(Address { tensor: step.tensor, ..at }), factors);
        }
    }

    fn multiply(&mut self, step: &Step, input: &[i8], y: &mut [i8]) -> bool {
        let Some(matrix) = place_of(self.placements, step) else { return false };
        if step.from.memory == Memory::Input
            && let Some(first) = &mut self.first
        {
            let (here, rest) = split(first, y.len());
            copy(y, here);
            *first = rest;
            return true;
        }
        if self.failed.is_none() {
            let members = self.members_of(step);
            let made = make(self.unit, matrix, input, members, self.room);
            self.failed = made.and_then(|()| self.unit.output(0, y)).err();
        }
        true
    }

    fn products(&mut self, step: &Step, input: &[i8], products: &mut [i32]) {
        let Member::Pair { shape, twin, .. } = self.member else { return };
        let (rows, columns) = step.matrix_shape();
        let (b, rest) = split(self.room, columns * shape.rank);
        let (a, _) = split(rest, rows * shape.rank);
        if cfg!(feature = "convolution") && step.is_depthwise() {
            add_low_rank_depthwise(products, a, b, input, twin, shape);
        } else {
            add_low_rank(products, a, &low_rank_inputs(b, shape.rank, input), twin, shape);
        }
    }

    fn vector<'v>(&mut self, step: &Step, base: &'v [i8], vector: &'v mut [i8]) -> &'v [i8] {
        let Member::Pair { at, shape, twin } = self.member else { return base };
        // A bias follows its matrix.
        let tensor = step.tensor.wrapping_add(1);
        let entries = part_mut(self.room, 0, base.len());
        fill_signs(&mut Stream::new(Address { tensor, ..at }), entries);
        perturbed_vector(base, shape, twin, entries, vector)
    }

    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        if let Member::Node { at, amplitude, twin, layers } = self.member
            && layers.has(step.layer)
            && !unit_adds_noise(self.placements, step)
        {
            let eps = part_mut(self.room, 0, values.len());
            fill_signs(&mut Stream::new(Address { tensor: step.tensor, ..at }), eps);
            add_node_noise(values, eps, i16::from(amplitude) * twin.sign() as i16);
        }
    }
}
