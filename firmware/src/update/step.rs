use super::{Accumulator, Credit, CreditRow, Residual, Vote};
#[cfg(feature = "recurrent")]
use super::{Moment, Statistics};
use crate::model::{Tensor, TensorKind};
#[cfg(feature = "recurrent")]
use crate::slice_ext::split_mut;
use crate::slice_ext::{part, part_mut};

/// What turns a tensor's Z into movement, once its statistics are known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rule {
    /// Optimiser `residual`.
    Residual {
        /// Learning rate of the generation in 1/65536.
        rate: u32,
        /// Least rho: a statistic of almost nothing but zeros must not be blown up into a random walk.
        floor: u32,
    },
    /// The same with a rho for every row of a matrix, from the mean of its squares over past generations:
    /// rows of rare tokens move as far as others. [`Moment`] says where that is kept.
    #[cfg(feature = "recurrent")]
    RowResidual {
        /// Learning rate of the generation in 1/65536.
        rate: u32,
        /// Least rho.
        floor: u32,
    },
    /// Optimiser `vote`, its threshold known beforehand.
    Vote(Vote),
    /// Optimiser `vote`, its threshold `q * rho`.
    VoteOfRho {
        /// q in 1/16.
        q: u32,
        /// Least rho.
        floor: u32,
    },
}

#[derive(Clone, Copy)]
enum Scaled {
    Residual(Residual),
    Vote(Vote),
}

/// Moves one tensor by the credit of a generation.
///
/// `weights` are the tensor's; `residuals` too, with the moments of its rows behind them where the rule keeps
/// any, and empty for a vote. `z` is scratch for at least one row:
/// with less than the whole tensor the credit is summed block by block, and once more where its size is
/// needed first. Returns how many weights moved.
pub fn step<T: Accumulator>(
    rule: Rule,
    tensor: &Tensor,
    credit: &mut impl Credit,
    z: &mut [T],
    weights: &mut [i8],
    residuals: &mut [i16],
) -> u32 {
    let (rows, columns) = match tensor.kind {
        TensorKind::Matrix { rows, columns } => (rows, columns),
        TensorKind::Vector { len } => (len, 1),
    };
    let block = z.len().checked_div(columns).unwrap_or(0).min(rows).max(1);
    #[cfg(feature = "recurrent")]
    if let (Rule::RowResidual { rate, floor }, TensorKind::Matrix { .. }) = (rule, tensor.kind) {
        return step_rows((rate, floor), tensor, credit, z, weights, residuals);
    }
    let whole = block == rows;
    let sum = |first: usize, block: usize, z: &mut [T], credit: &mut _| {
        let z = part_mut(z, 0, (rows - first).min(block) * columns);
        z.fill(T::from(0));
        Credit::add_rows(credit, tensor, first, z);
        z.len()
    };
    // Statistics that need no Z spare a second sum of it where there is no room for all; and small cores have
    // no multiply of 64 bits for its squares.
    let scales = !matches!(rule, Rule::Vote(_));
    let wanted = (!whole || cfg!(target_arch = "arm")) && scales;
    let known = if wanted { credit.statistics(tensor) } else { None };
    let mut statistics = known.unwrap_or_default();
    if known.is_none() && (whole || scales) {
        for first in (0..rows).step_by(block) {
            let len = sum(first, block, z, credit);
            // A vote looks at no other Z than its own.
            if scales {
                statistics.add(part(z, 0, len));
            }
        }
    }
    let scaled = match rule {
        Rule::Residual { rate, floor } => {
            Scaled::Residual(Residual::new(rate, statistics.rho(rows * columns, floor)))
        }
        // A vector is a row.
        #[cfg(feature = "recurrent")]
        Rule::RowResidual { rate, floor } => {
            Scaled::Residual(Residual::new(rate, statistics.rho(rows * columns, floor)))
        }
        Rule::Vote(vote) => Scaled::Vote(vote),
        Rule::VoteOfRho { q, floor } => {
            let threshold = statistics.rho(rows * columns, floor).saturating_mul(u64::from(q));
            Scaled::Vote(Vote { threshold, zero_moves: false })
        }
    };
    let mut moved = 0;
    if known.is_some() {
        // Row by row: one whose Z is 0 leaves weights and residuals as they are.
        let largest = statistics.largest;
        let apart = matches!(scaled, Scaled::Residual(_)) && Residual::is_narrow(largest);
        credit.rows(tensor, apart, part_mut(z, 0, columns), &mut |row, here| {
            let at = row * columns;
            let weights = part_mut(weights, at, columns);
            moved += match (scaled, here) {
                (Scaled::Residual(residual), here) => {
                    residual.apply_row(largest, here, weights, part_mut(residuals, at, columns))
                }
                (Scaled::Vote(vote), CreditRow::Sum(z)) => vote.apply(z, weights),
                // A vote asks for sums.
                (Scaled::Vote(_), CreditRow::One(_) | CreditRow::Two(..)) => 0,
            };
        });
        return moved;
    }
    for first in (0..rows).step_by(block) {
        let len = if whole { rows * columns } else { sum(first, block, z, credit) };
        let (at, z) = (first * columns, part(z, 0, len));
        let weights = part_mut(weights, at, len);
        moved += match scaled {
            Scaled::Residual(residual) => {
                residual.apply(statistics.largest, z, weights, part_mut(residuals, at, len))
            }
            Scaled::Vote(vote) => vote.apply(z, weights),
        };
    }
    moved
}

/// Moves a matrix row by row, each by a rho of its own. The moments of the rows lie behind the residuals.
#[cfg(feature = "recurrent")]
fn step_rows<T: Accumulator>(
    (rate, floor): (u32, u32),
    tensor: &Tensor,
    credit: &mut impl Credit,
    z: &mut [T],
    weights: &mut [i8],
    residuals: &mut [i16],
) -> u32 {
    let (rows, columns) = tensor.kind.shape();
    let block = z.len().checked_div(columns).unwrap_or(0).min(rows).max(1);
    let (residuals, moments) = split_mut(residuals, rows * columns);
    let mut moved = 0;
    for first in (0..rows).step_by(block) {
        let z = part_mut(z, 0, (rows - first).min(block) * columns);
        z.fill(T::from(0));
        credit.add_rows(tensor, first, z);
        for (row, z) in (first..).zip(z.chunks_exact(columns.max(1))) {
            let mut statistics = Statistics::default();
            statistics.add(z);
            let kept = part_mut(moments, row * Moment::PLACES, Moment::PLACES);
            let moment = Moment::of(kept).with(statistics.mean_square(columns));
            moment.keep(kept);
            if statistics.largest == 0 {
                continue;
            }
            let scale = Residual::new(rate, moment.rho(floor));
            let (at, largest) = (row * columns, statistics.largest);
            let (w, r) = (part_mut(weights, at, columns), part_mut(residuals, at, columns));
            moved += scale.apply(largest, z, w, r);
        }
    }
    moved
}
