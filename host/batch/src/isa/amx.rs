//! AMX: tiles of 16 rows by 16 outputs, multiplied by `tdpbsud`. Everything else is that of another level.
//!
//! The instructions are written in assembly, since the compiler's own names for them are not stable.

use super::{Cell, GROUP, Isa, Job, PANEL, Sums, TALL, TileInputs, VOTERS};
use core::arch::asm;
use core::arch::x86_64::__cpuid_count;
use core::cell::Cell as Held;
use eggroll_firmware::kernel::Divisor;
use std::sync::OnceLock;

/// Cells of a tile of weights: its rows, of 64 bytes each.
const DEEP: usize = 16;
/// Panels of a tile product at once: one tile of sums each.
const WIDE: usize = 4;

/// Whether the processor has AMX for int8, of the sizes that are used here, and the kernel lets this process
/// use it.
pub(super) fn is_permitted() -> bool {
    static PERMITTED: OnceLock<bool> = OnceLock::new();
    *PERMITTED.get_or_init(|| has_tiles() && kernel_permits())
}

fn has_tiles() -> bool {
    let most = __cpuid_count(0, 0).eax;
    if most < 0x1D {
        return false;
    }
    // AMX-TILE and AMX-INT8; then palette 1: 8 tiles of 16 rows of 64 bytes.
    let (features, palette) = (__cpuid_count(7, 0).edx, __cpuid_count(0x1D, 1));
    features >> 24 & 3 == 3 && palette.ebx == 8 << 16 | 64 && palette.ecx & 0xFFFF >= DEEP as u32
}

/// Asks Linux for the state of the tiles, which it saves only for those who asked
/// (`Documentation/arch/x86/xstate.rst`).
#[cfg(target_os = "linux")]
fn kernel_permits() -> bool {
    const ARCH_PRCTL: u64 = 158;
    const ARCH_REQ_XCOMP_PERM: u64 = 0x1023;
    const TILE_DATA: u64 = 18;
    let answer: u64;
    // SAFETY: the call reads and writes no memory; it clobbers rcx and r11.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") ARCH_PRCTL => answer,
            in("rdi") ARCH_REQ_XCOMP_PERM,
            in("rsi") TILE_DATA,
            lateout("rcx") _,
            lateout("r11") _,
            options(nostack),
        );
    }
    answer == 0
}

/// Other kernels are not asked.
#[cfg(not(target_os = "linux"))]
fn kernel_permits() -> bool {
    false
}

/// A job that has the tiles as well.
pub(super) struct WithTiles<J>(pub(super) J);

impl<J: Job> Job for WithTiles<J> {
    type Output = J::Output;

    #[inline(always)]
    fn run<I: Isa>(self, isa: I) -> J::Output {
        self.0.run(Amx { isa })
    }
}

/// What `ldtilecfg` reads.
#[repr(C, align(64))]
struct Setup([u8; 64]);

impl Setup {
    /// Sums in tiles 0 to 3; inputs and weights in 4 and 5, and of the last `tail` cells in 6 and 7.
    const fn new(tail: usize) -> Self {
        let mut bytes = [0; 64];
        // The palette.
        bytes[0] = 1;
        let mut tile = 0;
        while tile < 8 {
            let (rows, columns) = match tile {
                6 => (TALL, GROUP * tail),
                7 => (tail, PANEL * GROUP),
                _ => (TALL, PANEL * GROUP),
            };
            // Bytes of a row, in 16 bits each, and rows.
            bytes[16 + 2 * tile] = columns as u8;
            bytes[48 + tile] = rows as u8;
            tile += 1;
        }
        Self(bytes)
    }
}

/// Of every tail, from 1 on.
static SETUPS: [Setup; DEEP] = {
    let mut of = [const { Setup::new(1) }; DEEP];
    let mut tail = 2;
    while tail <= DEEP {
        of[tail - 1] = Setup::new(tail);
        tail += 1;
    }
    of
};

thread_local! {
    /// Cells of the last tile of weights, 1..=16, as the tiles of this thread are set up; 0 where they are
    /// not.
    static TAIL: Held<usize> = const { Held::new(0) };
}

/// Sets the tiles of this thread up for panels of so many cells, unless they are: that takes as long as the
/// products of a small matrix. Returns how many whole tiles of weights come before the last.
///
/// # Safety
/// The processor has tiles, and they are permitted.
#[inline(always)]
unsafe fn set_up(cells: usize) -> usize {
    let before = (cells - 1) / DEEP;
    let tail = cells - before * DEEP;
    TAIL.with(|of_thread| {
        if of_thread.get() != tail {
            // SAFETY: what is read is a setup.
            unsafe {
                asm!("ldtilecfg [{}]", in(reg) &SETUPS[tail - 1], options(readonly, nostack, preserves_flags));
            }
            of_thread.set(tail);
        }
    });
    before
}

/// Gives the tiles of this thread back, if it has any: the kernel saves them otherwise whenever it changes
/// threads.
pub(super) fn release() {
    TAIL.with(|of_thread| {
        if of_thread.replace(0) > 0 {
            // SAFETY: they were set up, so the processor has them.
            unsafe { asm!("tilerelease", options(nomem, nostack, preserves_flags)) };
        }
    });
}

/// A level with the tiles of AMX.
#[derive(Clone, Copy)]
struct Amx<I> {
    /// What does everything else. Only [`WithTiles`] makes one, where tiles are permitted.
    isa: I,
}

impl<I: Isa> Isa for Amx<I> {
    const RAISED: bool = true;
    const HAS_TALL: bool = true;

    #[inline(always)]
    fn tile<const R: usize, const P: usize>(
        self,
        x: TileInputs<'_>,
        w: [&[Cell]; P],
        out: &mut [[Sums; P]; R],
    ) {
        let cells = w[0].len();
        if R != TALL || (P != 1 && P != WIDE) || cells == 0 {
            return self.isa.tile(x, w, out);
        }
        assert!(w.iter().all(|w| w.len() == cells));
        x.assert_hold(R, GROUP * cells);
        let (x, stride, out) = (x.values.as_ptr(), x.stride, out.as_mut_ptr());
        // Of one panel, the others are not read.
        let w: [*const Cell; WIDE] = core::array::from_fn(|p| w[p.min(P - 1)].as_ptr());
        // SAFETY: an `Amx` exists only where tiles are permitted. They are set up for what was asserted.
        unsafe {
            let before = set_up(cells);
            if P == WIDE {
                four(x, stride, w, before, out.cast());
            } else {
                one(x, stride, w[0], before, out.cast());
            }
        }
    }

    #[inline(always)]
    fn totals(self, x: [&[i8]; PANEL]) -> Sums {
        self.isa.totals(x)
    }

    #[inline(always)]
    fn dots(self, x: [&[i8]; PANEL], b: [&[i8]; PANEL], of_b: &Sums) -> Sums {
        self.isa.dots(x, b, of_b)
    }

    #[inline(always)]
    fn signed(self, bits: u16, values: [i32; 2], sums: &mut Sums) {
        self.isa.signed(bits, values, sums);
    }

    #[inline(always)]
    fn coded(self, codes: &[u8; PANEL], table: &[i32; PANEL], sums: &mut Sums) {
        self.isa.coded(codes, table, sums);
    }

    #[inline(always)]
    fn scale(self, sums: &[i32], divisor: Divisor, y: &mut [i8]) {
        self.isa.scale(sums, divisor, y);
    }

    #[inline(always)]
    fn add_node_noise(self, u: &mut [i8], bits: &[u64], amplitude: i8) {
        self.isa.add_node_noise(u, bits, amplitude);
    }

    #[inline(always)]
    fn differing(self, a: [&[u64]; VOTERS], b: [&[u64]; VOTERS]) -> [[u32; VOTERS]; VOTERS] {
        self.isa.differing(a, b)
    }

    #[inline(always)]
    fn busy(self, rounds: u32) -> i32 {
        if rounds > 0 {
            // SAFETY: an `Amx` exists only where tiles are permitted. What they hold does not matter.
            unsafe {
                set_up(DEEP);
                asm!(
                    "2:",
                    "tdpbsud tmm0, tmm4, tmm5",
                    "tdpbsud tmm1, tmm4, tmm5",
                    "tdpbsud tmm2, tmm4, tmm5",
                    "tdpbsud tmm3, tmm4, tmm5",
                    "dec {rounds:e}",
                    "jnz 2b",
                    rounds = inout(reg) rounds => _,
                    out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
                    options(nomem, nostack),
                );
            }
        }
        0
    }

    const PRODUCTS: u64 = (WIDE * TALL * PANEL * DEEP * GROUP) as u64;

    #[inline(always)]
    fn busy_votes(self, rounds: u32) -> u64 {
        self.isa.busy_votes(rounds)
    }

    const VOTES: u64 = I::VOTES;
}

/// Adds products of 16 rows, `stride` bytes apart, and four panels, of `before` whole tiles of weights and
/// the last.
///
/// # Safety
/// The tiles are set up for it; `out` has 16 rows of four panels.
#[inline(always)]
unsafe fn four(x: *const i8, stride: usize, w: [*const Cell; WIDE], before: usize, out: *mut Sums) {
    unsafe {
        asm!(
            "tileloadd tmm0, [{out} + 4 * {line}]",
            "tileloadd tmm1, [{out} + 4 * {line} + 64]",
            "tileloadd tmm2, [{out} + 4 * {line} + 128]",
            "tileloadd tmm3, [{out} + 4 * {line} + 192]",
            "test {before}, {before}",
            "jz 3f",
            "2:",
            "tileloadd tmm4, [{x} + {stride}]",
            "tileloadd tmm5, [{w0} + {line}]",
            "tdpbsud tmm0, tmm4, tmm5",
            "tileloadd tmm5, [{w1} + {line}]",
            "tdpbsud tmm1, tmm4, tmm5",
            "tileloadd tmm5, [{w2} + {line}]",
            "tdpbsud tmm2, tmm4, tmm5",
            "tileloadd tmm5, [{w3} + {line}]",
            "tdpbsud tmm3, tmm4, tmm5",
            "add {x}, 64",
            "add {w0}, 1024",
            "add {w1}, 1024",
            "add {w2}, 1024",
            "add {w3}, 1024",
            "dec {before}",
            "jnz 2b",
            "3:",
            "tileloadd tmm6, [{x} + {stride}]",
            "tileloadd tmm7, [{w0} + {line}]",
            "tdpbsud tmm0, tmm6, tmm7",
            "tileloadd tmm7, [{w1} + {line}]",
            "tdpbsud tmm1, tmm6, tmm7",
            "tileloadd tmm7, [{w2} + {line}]",
            "tdpbsud tmm2, tmm6, tmm7",
            "tileloadd tmm7, [{w3} + {line}]",
            "tdpbsud tmm3, tmm6, tmm7",
            "tilestored [{out} + 4 * {line}], tmm0",
            "tilestored [{out} + 4 * {line} + 64], tmm1",
            "tilestored [{out} + 4 * {line} + 128], tmm2",
            "tilestored [{out} + 4 * {line} + 192], tmm3",
            x = inout(reg) x => _,
            stride = in(reg) stride,
            line = in(reg) size_of::<Cell>(),
            w0 = inout(reg) w[0] => _,
            w1 = inout(reg) w[1] => _,
            w2 = inout(reg) w[2] => _,
            w3 = inout(reg) w[3] => _,
            before = inout(reg) before => _,
            out = in(reg) out,
            out("tmm0") _, out("tmm1") _, out("tmm2") _, out("tmm3") _,
            out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}

/// The same of one panel.
///
/// # Safety
/// That of [`four`], of one panel.
#[inline(always)]
unsafe fn one(x: *const i8, stride: usize, w: *const Cell, before: usize, out: *mut Sums) {
    unsafe {
        asm!(
            "tileloadd tmm0, [{out} + {line}]",
            "test {before}, {before}",
            "jz 3f",
            "2:",
            "tileloadd tmm4, [{x} + {stride}]",
            "tileloadd tmm5, [{w} + {line}]",
            "tdpbsud tmm0, tmm4, tmm5",
            "add {x}, 64",
            "add {w}, 1024",
            "dec {before}",
            "jnz 2b",
            "3:",
            "tileloadd tmm6, [{x} + {stride}]",
            "tileloadd tmm7, [{w} + {line}]",
            "tdpbsud tmm0, tmm6, tmm7",
            "tilestored [{out} + {line}], tmm0",
            x = inout(reg) x => _,
            stride = in(reg) stride,
            line = in(reg) size_of::<Cell>(),
            w = inout(reg) w => _,
            before = inout(reg) before => _,
            out = in(reg) out,
            out("tmm0") _, out("tmm4") _, out("tmm5") _, out("tmm6") _, out("tmm7") _,
            options(nostack),
        );
    }
}
