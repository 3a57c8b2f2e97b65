//! Guided credit of estimator `node`: a linear guide turns the error at the outputs into credit of hidden
//! nodes, and members teach it what their reports say beyond that.
//!
//! The guide is direct feedback alignment (Nøkland 2016); that node perturbation teaches feedback is due to
//! Lansdell, Prakash and Kording (2020). The arithmetic is this project's.

use super::{Accumulator, clip, limit};

/// A member's report: `clamp((sum_c error_c * (member_c - base_c)) >> 3, -clip, clip)`, the first-order
/// change of its score. The error's sizes sum to at most 254, so the sum is within 64,516 for any number of
/// outputs; of a regression they sum to at most 127 an output, and the sum fits for at most 4096.
pub fn linear_report(error: &[i8], member: &[i8], base: &[i8], clip: i16) -> i16 {
    let differences = member.iter().zip(base).map(|(&member, &base)| i32::from(member) - i32::from(base));
    let sum: i32 = error.iter().zip(differences).map(|(&error, by)| i32::from(error) * by).sum();
    limit(sum >> 3, clip.into()) as i16
}

/// The largest credit of a guide: what it can make of an error whose sizes sum to 254.
const MOST: i64 = 16_256;

/// Products of a guide and an error whose sum surely fits an `i32`.
const NARROW: usize = 512;

/// `a = clamp((sum_c G_c * error_c + 256) >> 9, 16256)`: what a node's row of the guide makes of an error.
/// The clamp, and a sum of more than 32 bits, are for the errors of a regression.
#[inline]
pub fn guide_credit(row: impl Iterator<Item = i16>, error: &[i8]) -> i16 {
    let mut products = row.zip(error).map(|(g, &error)| i32::from(g) * i32::from(error));
    let mut sum = 0i64;
    for _ in 0..error.len().div_ceil(NARROW) {
        sum += i64::from(products.by_ref().take(NARROW).sum::<i32>());
    }
    ((sum + 256) >> 9).clamp(-MOST, MOST) as i16
}

/// `16 * report - sum_j a_j * eps_j`: what a member reports beyond what the guide expects of it, in 1/16.
#[inline]
pub fn unexplained<T: Accumulator>(report: i16, credit: &[i16], eps: &[i8]) -> T {
    let mut residual = T::from(16 * i32::from(report));
    for (&a, &eps) in credit.iter().zip(eps) {
        residual += T::from(-i32::from(a) * i32::from(eps));
    }
    residual
}

/// `sums_j += residual * eps_j`: what a member reports beyond what the guide expects, credited to its noise.
#[inline]
pub fn add_residual<T: Accumulator>(sums: &mut [T], residual: T, eps: &[i8]) {
    let opposite = T::narrow(-Into::<i64>::into(residual));
    for (sum, &eps) in sums.iter_mut().zip(eps) {
        *sum += if eps < 0 { opposite } else { residual };
    }
}

/// How the credit of hidden nodes is put together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mixture {
    /// Weight of the residual, 0 to 16.
    pub residual_weight: u8,
    /// Members of a slot that has any, at least 1: what the guide's credit counts for.
    pub members: u32,
}

impl Mixture {
    /// `clamp((((v * e) >> 4) + k * a + 2^(d - 1)) >> d, -127, 127)` with `d = 4 + ceil(log2 k)`.
    pub const fn delta(self, residual: i16, credit: i16) -> i8 {
        let members = if self.members == 0 { 1 } else { self.members };
        let shift = 4 + (u32::BITS - (members - 1).leading_zeros());
        // At most 256 members of a credit within 16,256, and a residual: far within 32 bits.
        let mixed = ((self.residual_weight as i32 * residual as i32) >> 4) + members as i32 * credit as i32;
        clip((mixed + (1 << (shift - 1))) >> shift)
    }
}

/// The shift of the guide's step: `4 + ceil(log2(nodes + members * ceil(slots / member_slots)))`.
pub const fn guide_shift(nodes: u64, members: u32, slots: u32, member_slots: u32) -> u32 {
    let with_members = match slots.checked_div(member_slots) {
        Some(whole) => whole as u64 + !slots.is_multiple_of(member_slots) as u64,
        None => 0,
    };
    let terms = nodes + members as u64 * with_members;
    4 + (u64::BITS - terms.saturating_sub(1).leading_zeros())
}

/// What a regression of so many outputs adds to [`guide_shift`]: `ceil(log2(ceil(outputs / 2)))`; 0 without
/// any. Errors that sum to 0 have squares that sum to at most 2 * 127^2, and these to that for two outputs.
pub const fn free_shift(outputs: u64) -> u32 {
    u64::BITS - outputs.div_ceil(2).saturating_sub(1).leading_zeros()
}

/// `G = clamp(G + ((sum + 2^(shift - 1)) >> shift), -32767, 32767)`: a generation's step of the guide.
pub fn teach<T: Accumulator>(guide: &mut [i16], sums: &[T], shift: u32) {
    for (g, &sum) in guide.iter_mut().zip(sums) {
        *g = limit(i32::from(*g).saturating_add(sum.rounded(shift)), 32_767) as i16;
    }
}
