//! What a unit can do, and what it is asked for.

use super::registers::{AT_W, MODE_LOW_RANK, MODE_NODE, MODE_PLAIN};
use crate::noise::Address;

/// What a unit was built for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Capabilities {
    /// Products a cycle; rows begin at multiples of it.
    pub lanes: u8,
    /// Largest rank of a perturbation.
    pub ranks: u8,
    /// Most pairs, or members of estimator `node`, in one product.
    pub streams: u8,
    /// Most inputs.
    pub inputs: u16,
    /// Most outputs.
    pub outputs: u16,
    /// Bytes of weights, padding included.
    pub room: u32,
}

/// Where a matrix lies in a unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Placement {
    /// Byte of its first value.
    pub(super) at: u32,
    pub(super) rows: u16,
    pub(super) columns: u16,
    /// Columns that the matrix has. Those behind them, if any, are only counted: what the unit reads there is
    /// multiplied by 0.
    pub(super) own_columns: u16,
    /// Bytes from a row to the next.
    pub(super) stride: u32,
}

impl Placement {
    /// Byte after its last row.
    pub const fn end(&self) -> u32 {
        self.at.saturating_add(self.stride.saturating_mul(self.rows as u32))
    }

    /// Values that its products read: those of a wider placement end in zeros.
    pub const fn inputs(&self) -> usize {
        self.columns as usize
    }

    /// Whether it is wider than its matrix.
    pub const fn is_wider(&self) -> bool {
        self.columns > self.own_columns
    }

    pub(super) const fn row(&self, row: u32) -> u32 {
        AT_W.wrapping_add(self.at).wrapping_add(self.stride.wrapping_mul(row))
    }
}

/// What perturbs the members of a product, and which of them are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Members {
    /// The unperturbed one.
    Base,
    /// Twins of pairs from `first.index` on, perturbed by sign noise of low rank.
    Pairs {
        /// Address of the first pair's noise.
        first: Address,
        /// How many pairs.
        count: u8,
        /// Rank.
        rank: u8,
        /// Sigma is `2^-sigma_shift`.
        sigma_shift: u8,
        /// Whether the members with sign +1 are wanted.
        plus: bool,
        /// Whether those with sign -1 are.
        minus: bool,
    },
    /// Members of estimator `node` from `first.index` on.
    Nodes {
        /// Address of the first member's noise.
        first: Address,
        /// How many members.
        count: u8,
        /// Size of the noise in 1/16.
        amplitude: u8,
        /// Whether the unperturbed one is wanted, too: before the others.
        base: bool,
        /// Whether the members are.
        plus: bool,
        /// Whether their antithetic twins are: each after its member.
        minus: bool,
    },
}

impl Members {
    /// How many outputs come.
    pub const fn len(&self) -> usize {
        match *self {
            Self::Base => 1,
            Self::Pairs { count, plus, minus, .. } => count as usize * (plus as usize + minus as usize),
            Self::Nodes { count, base, plus, minus, .. } => {
                base as usize + count as usize * (plus as usize + minus as usize)
            }
        }
    }

    /// Whether none is wanted.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The words MODE, SEED, GENERATION, INDEX and TENSOR.
    pub(super) const fn settings(&self) -> (u32, [u32; 4]) {
        let (mode, at) = match *self {
            Self::Base => return (MODE_PLAIN | 1 << 12, [0; 4]),
            Self::Pairs { first, count, rank, sigma_shift, plus, minus } => {
                let mode = MODE_LOW_RANK | (rank as u32) << 4 | (sigma_shift as u32) << 8;
                (mode | (plus as u32) << 13 | (minus as u32) << 14 | (count as u32) << 16, first)
            }
            Self::Nodes { first, count, amplitude, base, plus, minus } => {
                let mode = MODE_NODE | (base as u32) << 12 | (plus as u32) << 13 | (minus as u32) << 14;
                (mode | (count as u32) << 16 | (amplitude as u32) << 24, first)
            }
        };
        (mode, [at.seed, at.generation, at.index, at.tensor])
    }
}

/// A product: a placed matrix, its input, and the members that see it.
#[derive(Clone, Copy, Debug)]
pub struct Product<'a> {
    /// The matrix.
    pub matrix: Placement,
    /// As many values as [`Placement::inputs`].
    pub input: &'a [i8],
    /// The members.
    pub members: Members,
}
