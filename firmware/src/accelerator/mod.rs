//! Evaluation on the rank-r matmul unit of `hdl/`, a small FPGA behind SPI: it holds the weights, and
//! computes products of several members at once, their noise included, with the bits of
//! [`kernel`](crate::kernel).
//!
//! | file | what it holds |
//! |---|---|
//! | `frame` | frames on the wire: header, payload and their checksums |
//! | `spaced` | the gap between frames |
//! | `registers` | the unit's register map |
//! | `product` | where matrices lie, and the members that see a product |
//! | `unit` | one unit: its weights, its products |
//! | `members` | on a unit: `pass` one member, `slot` and `pairs` all members of an estimator |
//!
//! The unit takes the product of a matrix at each place of its window. The core does the rest between
//! products: it gathers what lies under the window, adds biases, pools and joins, and multiplies depthwise
//! matrices and those whose divisor the unit cannot be told. Noise on nodes is drawn in the unit where one
//! product makes all nodes of a layer. The core adds it where a layer has more places or a bias, because the
//! unit reads a stream only from its beginning.
//!
//! Nothing here changes a value. Whatever the unit cannot do, and everything after it has failed, is
//! evaluated by the kernels.

mod error;
mod frame;
mod members;
mod product;
mod registers;
mod spaced;
mod unit;

pub use crate::estimator::scores::Packer;
pub use error::{Fallback, Refusal, UnitError};
pub use members::OnUnit;
pub use product::{Capabilities, Members, Placement, Product};
pub use spaced::Spaced;
pub use unit::Unit;

use crate::estimator::guided::Guided;
use crate::estimator::node::Node;
use crate::estimator::weight::Weight;
use crate::model::Program;
use crate::task::Samples;
use core::ops::Range;

/// A range of units (slots or pairs) of a generation.
#[derive(Clone)]
pub struct Job<'a> {
    /// How members are made and scored.
    pub estimator: Estimator<'a>,
    /// The model.
    pub program: &'a Program,
    /// All parameters.
    pub weights: &'a [i8],
    /// Changes with the weights.
    pub checksum: u32,
    /// The samples that score; none where something else does.
    pub samples: Samples<'a>,
    /// Seed of the run.
    pub seed: u32,
    /// Generation, from 1.
    pub generation: u32,
    /// Which units.
    pub units: Range<u32>,
}

/// The settings of a job's estimator.
#[derive(Clone, Copy)]
pub enum Estimator<'a> {
    /// Estimator `node`.
    Node(&'a Node),
    /// Estimator `weight`.
    Weight(&'a Weight),
    /// Estimator `node`, guided.
    Guided(&'a Guided),
}

/// Something beside the core that evaluates members.
pub trait Accelerator {
    /// Whether there is one at all.
    const PRESENT: bool = true;

    /// A run begins. What has failed before may be looked for again; this takes a second at most.
    fn run_begins(&mut self) {}

    /// Whether it has not failed, as far as is known.
    fn answers(&self) -> bool {
        Self::PRESENT
    }

    /// Packs the scores of a job's units, the same bits as the kernels; returns whether it could. Where not,
    /// what was packed counts for nothing.
    fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool;
}

impl<U: Accelerator> Accelerator for &mut U {
    const PRESENT: bool = U::PRESENT;

    fn run_begins(&mut self) {
        U::run_begins(self);
    }

    fn answers(&self) -> bool {
        U::answers(self)
    }

    fn evaluate(&mut self, job: &Job<'_>, scores: &mut Packer<'_>) -> bool {
        U::evaluate(self, job, scores)
    }
}

/// No accelerator: everything is left to the kernels.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoAccelerator;

impl Accelerator for NoAccelerator {
    const PRESENT: bool = false;

    fn evaluate(&mut self, _: &Job<'_>, _: &mut Packer<'_>) -> bool {
        false
    }
}
