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
mod amx;
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
/// TileInputs that one lane multiplies in one instruction.
pub const GROUP: usize = 4;
/// Rows of a tile: with four panels and the registers of AVX-512 24 sums.
pub const ROWS: usize = 6;
/// Rows of a tile of AMX.
pub const TALL: usize = 16;
/// Rows of bits that are compared with as many others side by side.
pub const VOTERS: usize = 4;
/// Four inputs of a panel's outputs: output by output. Aligned, so that it lies in one line of a cache.
#[derive(Clone, Copy, Debug)]
#[repr(C, align(64))]
pub struct Cell(pub [i8; PANEL * GROUP]);
/// The sums of a panel.
pub type Sums = [i32; PANEL];

/// TileInputs of a tile, row after row: each begins `stride` values behind the one before.
#[derive(Clone, Copy)]
pub struct TileInputs<'a> {
    /// The values of all rows.
    pub values: &'a [i8],
    /// Values from the beginning of a row to that of the next.
    pub stride: usize,
}

impl<'a> TileInputs<'a> {
    /// The first `len` values of a row.
    #[inline(always)]
    fn row(&self, row: usize, len: usize) -> &'a [i8] {
        &self.values[row * self.stride..][..len]
    }

    /// Checks that `rows` rows have `len` values each.
    #[cfg(target_arch = "x86_64")]
    #[inline(always)]
    fn assert_hold(&self, rows: usize, len: usize) {
        assert!(self.values.len() >= (rows - 1) * self.stride + len);
    }
}

/// What a level may have instructions of its own for; what it has none for is the portable definition,
/// compiled for its registers.
pub trait Isa: Copy {
    /// Whether tiles take weights raised by 128, unsigned: instructions that want one factor so.
    const RAISED: bool = false;
    /// Whether tiles of [`TALL`] rows are worth more than those of [`ROWS`].
    const HAS_TALL: bool = false;

    /// Products of `R` inputs and `P` panels: `out[r][p][i] += sum_j x[r][j] w[p][i][j]`, exact, of weights
    /// as they are given: raised where [`Self::RAISED`]. An input is at least as long as the panels, 4 a
    /// cell.
    fn tile<const R: usize, const P: usize>(
        self,
        x: TileInputs<'_>,
        w: [&[Cell]; P],
        out: &mut [[Sums; P]; R],
    );

    /// `sum_j x[i][j]` of rows that are equally long.
    #[inline(always)]
    fn totals(self, x: [&[i8]; PANEL]) -> Sums {
        portable::totals(x)
    }

    /// `sum_j x[i][j] b[i][j]`, of all equally long, where `of_b[i] = sum_j b[i][j]`.
    #[inline(always)]
    fn dots(self, x: [&[i8]; PANEL], b: [&[i8]; PANEL], of_b: &Sums) -> Sums {
        let _ = of_b;
        portable::dots(x, b)
    }

    /// `sums[i]` is the first of two values, or the second where bit i is set.
    #[inline(always)]
    fn signed(self, bits: u16, values: [i32; 2], sums: &mut Sums) {
        portable::signed(bits, values, sums);
    }

    /// `sums[i] = table[codes[i]]`; codes below 16.
    #[inline(always)]
    fn coded(self, codes: &[u8; PANEL], table: &[i32; PANEL], sums: &mut Sums) {
        portable::coded(codes, table, sums);
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
    /// AVX-512 beside the tiles of AMX (`tdpbsud`), 16 rows of 64 bytes, where the kernel permits them.
    #[cfg(target_arch = "x86_64")]
    Amx,
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
        #[cfg(target_arch = "x86_64")]
        Self::Amx,
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
            #[cfg(target_arch = "x86_64")]
            Self::Amx => Self::Avx512.is_available() && amx::is_permitted(),
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
            #[cfg(target_arch = "x86_64")]
            Self::Amx => unsafe { avx512::run(amx::WithTiles(job)) },
        }
    }

    /// Gives back what the jobs of this thread have set up. Whoever runs many jobs, one after another, calls
    /// this behind them; who does not only makes the kernel save more.
    pub fn release(self) {
        #[cfg(target_arch = "x86_64")]
        if self == Self::Amx {
            amx::release();
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
            #[cfg(target_arch = "x86_64")]
            Self::Amx => "amx",
        })
    }
}

impl FromStr for Level {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        Self::ALL.iter().copied().find(|level| level.to_string() == text).ok_or(())
    }
}
