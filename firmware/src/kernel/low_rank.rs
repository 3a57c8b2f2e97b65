use super::{MAX_RANK, add_multiple};
use crate::noise::Noise;

/// Which member of an antithetic pair.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Twin {
    /// Member `2p`: sign +1.
    Plus,
    /// Member `2p + 1`: sign -1.
    Minus,
}

impl Twin {
    /// Both members, in the order of their numbers.
    pub const BOTH: [Self; 2] = [Self::Plus, Self::Minus];

    /// +1 or -1.
    #[inline]
    pub const fn sign(self) -> i32 {
        match self {
            Self::Plus => 1,
            Self::Minus => -1,
        }
    }
}

/// The constants of a low-rank perturbation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LowRank {
    /// Rank r, 1..=[`MAX_RANK`].
    pub rank: usize,
    /// How the factors' entries are drawn.
    pub noise: Noise,
    /// Sigma is `2^-sigma_shift`.
    pub sigma_shift: u8,
    /// Whether the sums need 64 bits; decided by the model's bounds at load.
    pub wide: bool,
}

impl LowRank {
    /// Left and right shift that turn a sum over the rank into P: 16 stands for 1.0 in each factor, and sign
    /// entries stand for +-16 each.
    #[inline]
    pub const fn shifts(self) -> (u8, u8) {
        match self.noise {
            Noise::Sign if self.sigma_shift <= 4 => (4 - self.sigma_shift, 0),
            Noise::Sign => (0, self.sigma_shift - 4),
            Noise::NearNormal => (0, 4 + self.sigma_shift),
        }
    }

    /// How far the noise of a vector (bias, norm weight) is shifted right, or `None` where vectors stay
    /// unperturbed: sign noise beyond a `sigma_shift` of 4 would leave only the bias of the floor.
    #[inline]
    pub const fn vector_shift(self) -> Option<u8> {
        match self.noise {
            Noise::Sign if self.sigma_shift > 4 => None,
            _ => Some(4 + self.sigma_shift),
        }
    }

    /// Whether embeddings are perturbed: sign noise whose sum over the rank the shift would always floor to 0
    /// or -1 is left out, since only its bias would remain.
    #[inline]
    pub const fn embeddings_move(self) -> bool {
        match self.noise {
            Noise::Sign if self.sigma_shift > 4 => self.rank >> (self.sigma_shift - 4) > 0,
            _ => true,
        }
    }
}

/// `B^T x`: what a pair's perturbation of one matrix sees of its input, shared by both twins.
///
/// `b` holds `x.len() * rank` entries, `j * rank + k`; entries past `rank` of the result are 0. Exact in
/// `i32` for up to 300,000 inputs.
#[inline]
pub fn low_rank_inputs(b: &[i8], rank: usize, x: &[i8]) -> [i32; MAX_RANK] {
    let mut sums = [0; MAX_RANK];
    if rank == 1 {
        sums[0] = super::dot(b, x);
        return sums;
    }
    match rank {
        2 => interleaved::<2>(b, x, &mut sums),
        3 => interleaved::<3>(b, x, &mut sums),
        4 => interleaved::<4>(b, x, &mut sums),
        5 => interleaved::<5>(b, x, &mut sums),
        6 => interleaved::<6>(b, x, &mut sums),
        7 => interleaved::<7>(b, x, &mut sums),
        _ => interleaved::<8>(b, x, &mut sums),
    }
    sums
}

/// Channels whose `B^T x` are summed at once.
const CHANNELS: usize = 16;

/// `products += P` of a depthwise matrix, whose every row reads a channel of its own: `P_c = (sign * sum_k
/// A_ck (B[:,k] . window_c)) >> (4 + sigma_shift)`, B shared by the channels.
///
/// `b` holds an entry a position and k, `window` a value a position and channel; `a` is as in
/// [`add_low_rank`].
pub fn add_low_rank_depthwise(
    products: &mut [i32],
    a: &[i8],
    b: &[i8],
    window: &[i8],
    twin: Twin,
    shape: LowRank,
) {
    let (channels, rank) = (products.len().max(1), shape.rank.max(1));
    let mut rest = a;
    for (block, products) in products.chunks_mut(CHANNELS).enumerate() {
        let (a, behind) = rest.split_at_checked(products.len() * rank).unwrap_or_default();
        rest = behind;
        let mut inputs = [[0; CHANNELS]; MAX_RANK];
        for (b, x) in b.chunks_exact(rank).zip(window.chunks_exact(channels)) {
            let x = x.get(CHANNELS * block..).unwrap_or_default();
            for (sums, &b) in inputs.iter_mut().zip(b) {
                let sums = sums.get_mut(..products.len()).unwrap_or_default();
                add_multiple(sums, x.get(..sums.len()).unwrap_or_default(), b.into());
            }
        }
        let [first, ..] = &inputs;
        if let (1, (left, 0), false) = (rank, shape.shifts(), shape.wide) {
            for ((product, &a), &bx) in products.iter_mut().zip(a).zip(first) {
                *product += i32::from(a) * ((twin.sign() * bx) << left);
            }
            continue;
        }
        for (channel, (product, a)) in products.iter_mut().zip(a.chunks_exact(rank)).enumerate() {
            let of_channel = inputs.each_ref().map(|sums| sums.get(channel).copied().unwrap_or(0));
            add_low_rank(core::slice::from_mut(product), a, &of_channel, twin, shape);
        }
    }
}

/// The sums of a rank that the compiler knows, so that it keeps them in registers.
#[inline]
fn interleaved<const R: usize>(b: &[i8], x: &[i8], sums: &mut [i32; MAX_RANK]) {
    let mut of_rank = [0i32; R];
    for (row, &x) in b.as_chunks::<R>().0.iter().zip(x) {
        for (sum, &b) in of_rank.iter_mut().zip(row) {
            *sum += i32::from(i16::from(b) * i16::from(x));
        }
    }
    sums.iter_mut().zip(of_rank).for_each(|(sum, of_rank)| *sum = of_rank);
}

/// `products += P`, `P = (sign * sum_k A[:,k] (B[:,k] . x)) >> (4 + sigma_shift)`: `A B^T` is never formed
/// (EGGROLL, arXiv 2511.16652).
///
/// `a` holds `products.len() * rank` entries, `i * rank + k`; `inputs` comes from [`low_rank_inputs`]. The
/// sign goes in before the shift, because a floor is not odd.
#[inline]
pub fn add_low_rank(products: &mut [i32], a: &[i8], inputs: &[i32; MAX_RANK], twin: Twin, shape: LowRank) {
    let (left, right) = shape.shifts();
    let sign = twin.sign();
    if shape.wide {
        for (p, a) in products.iter_mut().zip(a.chunks_exact(shape.rank.max(1))) {
            let sum: i64 = a.iter().zip(inputs).map(|(&a, &bx)| i64::from(a) * i64::from(bx)).sum();
            *p += (((i64::from(sign) * sum) << left) >> right) as i32;
        }
    } else if shape.rank == 1 {
        let bx = sign * inputs[0];
        if right == 0 {
            // Without a floor the shift may come first, once for all.
            let bx = bx << left;
            add_multiple(products, a, bx);
        } else {
            for (p, &a) in products.iter_mut().zip(a) {
                *p += (i32::from(a) * bx) >> right;
            }
        }
    } else {
        for (p, a) in products.iter_mut().zip(a.chunks_exact(shape.rank.max(1))) {
            let sum: i32 = a.iter().zip(inputs).map(|(&a, &bx)| i32::from(a) * bx).sum();
            *p += ((sign * sum) << left) >> right;
        }
    }
}
