//! Instruction sets: what of a batch is written for each of them, and the choice between them at run time.
//! The only module with `unsafe`: it calls what the processor was asked for first, and hands slices whose
//! lengths it has checked.
//!
//! Everything else of a batch is a [`Job`]: plain code, compiled once a level, so that the compiler
//! vectorises it for that level's registers. No level changes a value.

#![allow(
    unsafe_code,
    reason = "instructions that the processor was asked for first, on slices of checked lengths"
)]
#![allow(
    clippy::needless_range_loop,
    reason = "registers and lanes are counted, and closures would leave the level"
)]

#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
#[cfg(target_arch = "aarch64")]
mod neon;
mod portable;
#[cfg(test)]
mod tests;

use eggroll_firmware::kernel::{Divisor, scale};
use std::fmt;
use std::str::FromStr;
use std::sync::OnceLock;

/// Outputs of a panel: rows of a matrix that a tile computes side by side.
pub const PANEL: usize = 16;
/// Inputs that one lane multiplies in one instruction.
pub const GROUP: usize = 4;
/// Rows of bits that are compared with as many others side by side.
pub const VOTERS: usize = 4;
/// Four inputs of a panel's outputs: output by output. Aligned, so that it lies in one line of a cache.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Cell(pub [i8; PANEL * GROUP]);
/// The sums of a panel.
pub type Sums = [i32; PANEL];

/// What a level may have instructions of its own for; what it has none for is the portable definition,
/// compiled for its registers.
pub trait Isa: Copy {
    /// Whether tiles take weights raised by 128, unsigned: instructions that want one factor so.
    const RAISED: bool = false;

    /// Products of `R` inputs and `P` panels: `out[r][p][i] = starts[r] + sum_j x[r][j] w[p][i][j]`, exact,
    /// of weights as they are given: raised where [`Self::RAISED`]. An input is at least as long as the
    /// panels, 4 a cell.
    fn tile<const R: usize, const P: usize>(
        self,
        x: [&[i8]; R],
        w: [&[Cell]; P],
        starts: &[i32; R],
        out: &mut [[Sums; P]; R],
    );

    /// [`Self::tile`], then [`Self::add_signed`] of every `c[k][r]` and `signs[k][r][p]`.
    #[inline(always)]
    fn tile_signed<const R: usize, const P: usize>(
        self,
        x: [&[i8]; R],
        w: [&[Cell]; P],
        starts: &[i32; R],
        (c, signs): (&[[i32; R]], &[[[u16; P]; R]]),
        out: &mut [[Sums; P]; R],
    ) {
        self.tile(x, w, starts, out);
        for (c, signs) in c.iter().zip(signs) {
            for r in 0..R {
                for p in 0..P {
                    self.add_signed(&mut out[r][p], signs[r][p], c[r]);
                }
            }
        }
    }

    /// `sum_j x[i][j]` of rows that are equally long.
    #[inline(always)]
    fn totals(self, x: [&[i8]; PANEL]) -> Sums {
        portable::totals(x)
    }

    /// `sum_j x[i][j]` where bit j of `bits[i]` is set; rows equally long.
    #[inline(always)]
    fn chosen(self, x: [&[i8]; PANEL], bits: [&[u64]; PANEL]) -> Sums {
        portable::chosen(x, bits)
    }

    /// `sum_j x[i][j] b[i][j]`, of all equally long.
    #[inline(always)]
    fn dots(self, x: [&[i8]; PANEL], b: [&[i8]; PANEL]) -> Sums {
        portable::dots(x, b)
    }

    /// `sums[i] += c`, or `-= c` where bit i is set.
    #[inline(always)]
    fn add_signed(self, sums: &mut Sums, bits: u16, c: i32) {
        portable::add_signed(sums, bits, c);
    }

    /// `y[i] = clip(sums[i] // divisor)`, for all of y.
    #[inline(always)]
    fn scale(self, sums: &[i32], divisor: Divisor, y: &mut [i8]) {
        scale(sums, divisor, y);
    }

    /// `u[i] = clip(u[i] + amplitude)`, or `- amplitude` where bit i is set; amplitude within +-127.
    #[inline(always)]
    fn add_node_noise(self, u: &mut [i8], bits: &[u64], amplitude: i8) {
        portable::add_node_noise_bits(u, bits, amplitude);
    }

    /// Ones in `a[i] ^ b[j]`, all equally long.
    #[inline(always)]
    fn differing(self, a: [&[u64]; VOTERS], b: [&[u64]; VOTERS]) -> [[u32; VOTERS]; VOTERS] {
        portable::differing(a, b)
    }

    /// Products on registers alone, for a measurement of the processor's peak: `rounds` times
    /// [`Self::PRODUCTS`].
    #[inline(always)]
    fn busy(self, rounds: u32) -> i32 {
        portable::busy_tile(self, rounds)
    }

    /// Products of a round of [`Self::busy`].
    const PRODUCTS: u64 = portable::TILE_PRODUCTS;

    /// The same of votes: signs that are compared and counted, `rounds` times [`Self::VOTES`].
    #[inline(always)]
    fn busy_votes(self, rounds: u32) -> u64 {
        portable::busy_differing(self, rounds)
    }

    /// Votes of a round of [`Self::busy_votes`].
    const VOTES: u64 = portable::DIFFERING_VOTES;
}

/// [`Isa::busy`] as a job; brings the products done.
pub struct Busy {
    /// Rounds.
    pub rounds: u32,
}

/// [`Isa::busy_votes`] as a job; brings the votes counted.
pub struct BusyVotes {
    /// Rounds.
    pub rounds: u32,
}

impl Job for BusyVotes {
    type Output = u64;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> u64 {
        std::hint::black_box(isa.busy_votes(self.rounds));
        u64::from(self.rounds) * I::VOTES
    }
}

impl Job for Busy {
    type Output = u64;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> u64 {
        std::hint::black_box(isa.busy(self.rounds));
        u64::from(self.rounds) * I::PRODUCTS
    }
}

/// Code that is compiled for every level. [`Job::run`] must be `#[inline(always)]`, like what it calls in its
/// loops.
pub trait Job {
    /// What it brings.
    type Output;

    /// Does it.
    fn run<I: Isa>(self, isa: I) -> Self::Output;
}

/// An instruction set.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// What every processor of the target has.
    Portable,
    /// Arm's, 16 bytes.
    #[cfg(target_arch = "aarch64")]
    Neon,
    /// AVX2, 32 bytes: products by `vpmaddubsw`.
    #[cfg(target_arch = "x86_64")]
    Avx2,
    /// AVX2 with VNNI (`vpdpbusd`), 32 bytes.
    #[cfg(target_arch = "x86_64")]
    AvxVnni,
    /// AVX-512 with VNNI and VPOPCNTDQ, 64 bytes.
    #[cfg(target_arch = "x86_64")]
    Avx512,
}

impl Level {
    /// All levels of this build, the best last.
    pub const ALL: &[Self] = &[
        Self::Portable,
        #[cfg(target_arch = "aarch64")]
        Self::Neon,
        #[cfg(target_arch = "x86_64")]
        Self::Avx2,
        #[cfg(target_arch = "x86_64")]
        Self::AvxVnni,
        #[cfg(target_arch = "x86_64")]
        Self::Avx512,
    ];

    /// Whether this processor has it.
    pub fn is_available(self) -> bool {
        match self {
            Self::Portable => true,
            #[cfg(target_arch = "aarch64")]
            Self::Neon => std::arch::is_aarch64_feature_detected!("neon"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => {
                is_x86_feature_detected!("avx2")
                    && is_x86_feature_detected!("popcnt")
                    && is_x86_feature_detected!("bmi1")
                    && is_x86_feature_detected!("bmi2")
                    && is_x86_feature_detected!("lzcnt")
            }
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => Self::Avx2.is_available() && is_x86_feature_detected!("avxvnni"),
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => {
                is_x86_feature_detected!("avx512f")
                    && is_x86_feature_detected!("avx512bw")
                    && is_x86_feature_detected!("avx512vl")
                    && is_x86_feature_detected!("avx512dq")
                    && is_x86_feature_detected!("avx512vnni")
                    && is_x86_feature_detected!("avx512vpopcntdq")
            }
        }
    }

    /// The best that this processor has.
    pub fn best() -> Self {
        static BEST: OnceLock<Level> = OnceLock::new();
        *BEST.get_or_init(|| {
            let available = Self::ALL.iter().copied().filter(|level| level.is_available());
            available.max().unwrap_or(Self::Portable)
        })
    }

    /// Runs a job on this level; on the portable one where the processor lacks it.
    pub fn run<J: Job>(self, job: J) -> J::Output {
        match self {
            _ if !self.is_available() => job.run(portable::Portable),
            Self::Portable => job.run(portable::Portable),
            // SAFETY: asked for just now; the detection is a load of what was found once.
            #[cfg(target_arch = "aarch64")]
            Self::Neon => unsafe { neon::run(job) },
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => unsafe { avx2::run(job) },
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => unsafe { avx2::run_vnni(job) },
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => unsafe { avx512::run(job) },
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Portable => "portable",
            #[cfg(target_arch = "aarch64")]
            Self::Neon => "neon",
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => "avx2",
            #[cfg(target_arch = "x86_64")]
            Self::AvxVnni => "avx-vnni",
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => "avx512",
        })
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|level| level.to_string() == text).ok_or(())
    }
}
