//! AVX-512: products by `vpdpbusd`, signs by mask registers, votes by `vpopcntq`.

use super::{Cell, GROUP, Isa, Job, PANEL, Sums, TileInputs, VOTERS};
use core::arch::asm;
use core::arch::x86_64::{
    __m512i, _mm_cvtsi32_si128, _mm_loadu_si128, _mm512_add_epi32, _mm512_add_epi64, _mm512_cvtepu8_epi32,
    _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_mask_adds_epi8, _mm512_mask_blend_epi32,
    _mm512_mask_storeu_epi8, _mm512_mask_subs_epi8, _mm512_maskz_loadu_epi8, _mm512_maskz_loadu_epi64,
    _mm512_max_epi8, _mm512_packs_epi16, _mm512_packs_epi32, _mm512_permutexvar_epi32, _mm512_popcnt_epi32,
    _mm512_popcnt_epi64, _mm512_reduce_add_epi32, _mm512_reduce_add_epi64, _mm512_set1_epi8,
    _mm512_set1_epi32, _mm512_setr_epi32, _mm512_setzero_si512, _mm512_shuffle_i32x4, _mm512_slli_epi32,
    _mm512_sra_epi32, _mm512_storeu_si512, _mm512_sub_epi32, _mm512_unpackhi_epi32, _mm512_unpackhi_epi64,
    _mm512_unpacklo_epi32, _mm512_unpacklo_epi64, _mm512_xor_si512,
};
use eggroll_firmware::kernel::{Divisor, scale};

/// AVX-512 F, BW, VL, DQ, VNNI and VPOPCNTDQ.
#[derive(Clone, Copy)]
struct Avx512 {
    /// Only [`run`] makes one.
    _detected: (),
}

/// Runs a job with the registers and instructions of this level.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
pub(super) fn run<J: Job>(job: J) -> J::Output {
    job.run(Avx512 { _detected: () })
}

// SAFETY of all calls below: an `Avx512` exists only within `run`, on a processor that has the level.
impl Isa for Avx512 {
    const RAISED: bool = true;

    #[inline(always)]
    fn tile<const R: usize, const P: usize>(
        self,
        x: TileInputs<'_>,
        w: [&[Cell]; P],
        out: &mut [[Sums; P]; R],
    ) {
        let cells = w[0].len();
        assert!(w.iter().all(|w| w.len() == cells));
        let x = core::array::from_fn(|r| x.row(r, GROUP * cells).as_ptr());
        // SAFETY: what is read is as long as asserted.
        unsafe { tile(&x, &w.map(<[Cell]>::as_ptr), cells, out) }
    }

    #[inline(always)]
    fn totals(self, x: [&[i8]; PANEL]) -> Sums {
        let (len, mut sums) = (x[0].len(), [0; PANEL]);
        assert!(x.iter().all(|x| x.len() == len));
        unsafe {
            let (mut lanes, one) = ([_mm512_setzero_si512(); PANEL], _mm512_set1_epi8(1));
            for at in (0..len).step_by(64) {
                let there = u64::MAX >> (64 - (len - at).min(64));
                for i in 0..PANEL {
                    let x = _mm512_maskz_loadu_epi8(there, x[i].as_ptr().add(at));
                    lanes[i] = _mm512_dpbusd_epi32(lanes[i], one, x);
                }
            }
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), sums_of(lanes));
        }
        sums
    }

    #[inline(always)]
    fn dots(self, x: [&[i8]; PANEL], b: [&[i8]; PANEL], of_b: &Sums) -> Sums {
        let (len, mut sums) = (x[0].len(), [0; PANEL]);
        assert!(x.iter().all(|x| x.len() == len) && b.iter().all(|b| b.len() == len));
        unsafe {
            let (mut lanes, high) = ([_mm512_setzero_si512(); PANEL], _mm512_set1_epi8(i8::MIN));
            for at in (0..len).step_by(64) {
                let there = u64::MAX >> (64 - (len - at).min(64));
                for i in 0..PANEL {
                    let x = _mm512_maskz_loadu_epi8(there, x[i].as_ptr().add(at));
                    let b = _mm512_maskz_loadu_epi8(there, b[i].as_ptr().add(at));
                    lanes[i] = _mm512_dpbusd_epi32(lanes[i], _mm512_xor_si512(x, high), b);
                }
            }
            // Raised inputs count each factor 128 times too much.
            let raised = _mm512_slli_epi32::<7>(load(of_b));
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), _mm512_sub_epi32(sums_of(lanes), raised));
        }
        sums
    }

    #[inline(always)]
    fn signed(self, bits: u16, [plus, minus]: [i32; 2], sums: &mut Sums) {
        const { assert!(PANEL == 16) };
        unsafe {
            let signed = _mm512_mask_blend_epi32(bits, _mm512_set1_epi32(plus), _mm512_set1_epi32(minus));
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), signed);
        }
    }

    #[inline(always)]
    fn coded(self, codes: &[u8; PANEL], table: &[i32; PANEL], sums: &mut Sums) {
        unsafe {
            let codes = _mm512_cvtepu8_epi32(_mm_loadu_si128(codes.as_ptr().cast()));
            let found = _mm512_permutexvar_epi32(codes, load(table));
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), found);
        }
    }

    #[inline(always)]
    fn scale(self, sums: &[i32], divisor: Divisor, y: &mut [i8]) {
        let (Divisor::Shift(shift), Some(sums), 1..=64) =
            (divisor, <&[i32; 64]>::try_from(sums).ok(), y.len())
        else {
            return scale(sums, divisor, y);
        };
        unsafe {
            let shift = _mm_cvtsi32_si128(shift.into());
            let shifted = |panel: usize| {
                _mm512_sra_epi32(_mm512_loadu_si512(sums.as_ptr().add(PANEL * panel).cast()), shift)
            };
            let (low, high) =
                (_mm512_packs_epi32(shifted(0), shifted(1)), _mm512_packs_epi32(shifted(2), shifted(3)));
            // Four of each panel stand together now, quarter by quarter of the register.
            let quarters = _mm512_setr_epi32(0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15);
            let all = _mm512_permutexvar_epi32(quarters, _mm512_packs_epi16(low, high));
            let clipped = _mm512_max_epi8(all, _mm512_set1_epi8(-127));
            _mm512_mask_storeu_epi8(y.as_mut_ptr(), u64::MAX >> (64 - y.len()), clipped);
        }
    }

    #[inline(always)]
    fn add_node_noise(self, u: &mut [i8], bits: &[u64], amplitude: i8) {
        unsafe {
            let (amplitude, least) = (_mm512_set1_epi8(amplitude), _mm512_set1_epi8(-127));
            for (u, &bits) in u.chunks_mut(64).zip(bits) {
                let mask = u64::MAX >> (64 - u.len());
                let before = _mm512_maskz_loadu_epi8(mask, u.as_ptr());
                let up = _mm512_mask_adds_epi8(before, !bits, before, amplitude);
                let both = _mm512_mask_subs_epi8(up, bits, before, amplitude);
                _mm512_mask_storeu_epi8(u.as_mut_ptr(), mask, _mm512_max_epi8(both, least));
            }
        }
    }

    #[inline(always)]
    fn differing(self, a: [&[u64]; VOTERS], b: [&[u64]; VOTERS]) -> [[u32; VOTERS]; VOTERS] {
        let len = a[0].len();
        assert!(a.iter().chain(&b).all(|row| row.len() == len));
        unsafe { differing(&a.map(<[u64]>::as_ptr), &b.map(<[u64]>::as_ptr), len) }
    }

    #[inline(always)]
    fn busy(self, rounds: u32) -> i32 {
        unsafe {
            let mut sums = [_mm512_setzero_si512(); 24];
            let mut total = _mm512_setzero_si512();
            for round in 0..rounds {
                let x = _mm512_set1_epi32(round as i32);
                for sum in &mut sums {
                    *sum = _mm512_dpbusd_epi32(*sum, x, x);
                }
            }
            for sum in sums {
                total = _mm512_add_epi32(total, sum);
            }
            _mm512_reduce_add_epi32(total)
        }
    }

    const PRODUCTS: u64 = 24 * 64;

    #[inline(always)]
    fn busy_votes(self, rounds: u32) -> u64 {
        unsafe {
            let mut sums = [_mm512_setzero_si512(); 12];
            let mut total = _mm512_setzero_si512();
            for round in 0..rounds {
                let x = _mm512_set1_epi32(round as i32);
                for i in 0..sums.len() {
                    let differing = _mm512_popcnt_epi64(_mm512_xor_si512(x, _mm512_set1_epi32(i as i32)));
                    sums[i] = _mm512_add_epi64(sums[i], differing);
                }
            }
            for sum in sums {
                total = _mm512_add_epi64(total, sum);
            }
            _mm512_reduce_add_epi64(total) as u64
        }
    }

    const VOTES: u64 = 12 * 512;
}

/// [`Isa::tile`], out of line: among other code its sums do not stay in registers.
///
/// # Safety
/// TileInputs of [`GROUP`] bytes a cell, panels of `cells` cells.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
#[inline(never)]
unsafe fn tile<const R: usize, const P: usize>(
    x: &[*const i8; R],
    w: &[*const Cell; P],
    cells: usize,
    out: &mut [[Sums; P]; R],
) {
    let (x, w) = (x.map(kept), w.map(kept));
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); P]; R];
        for r in 0..R {
            for p in 0..P {
                sums[r][p] = load(&out[r][p]);
            }
        }
        for cell in 0..cells {
            let mut panel = [_mm512_setzero_si512(); P];
            for p in 0..P {
                panel[p] = load_cell(w[p].add(cell));
            }
            for r in 0..R {
                multiply(&mut sums[r], x[r], GROUP * cell, &panel);
            }
        }
        for r in 0..R {
            for p in 0..P {
                _mm512_storeu_si512(out[r][p].as_mut_ptr().cast(), sums[r][p]);
            }
        }
    }
}

/// [`Isa::differing`], out of line for the same reason.
///
/// # Safety
/// Rows of `len` words.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
#[inline(never)]
unsafe fn differing(
    a: &[*const u64; VOTERS],
    b: &[*const u64; VOTERS],
    len: usize,
) -> [[u32; VOTERS]; VOTERS] {
    const { assert!(VOTERS * VOTERS == PANEL) };
    let (a, b, mut ones) = (a.map(kept), b.map(kept), [[0; VOTERS]; VOTERS]);
    unsafe {
        let mut lanes = [_mm512_setzero_si512(); PANEL];
        for at in (0..len).step_by(8) {
            let mask = if len - at < 8 { 0xFF >> (8 - (len - at)) } else { 0xFF };
            let mut columns = [_mm512_setzero_si512(); VOTERS];
            for j in 0..VOTERS {
                columns[j] = _mm512_maskz_loadu_epi64(mask, b[j].add(at).cast());
            }
            for i in 0..VOTERS {
                let row = _mm512_maskz_loadu_epi64(mask, a[i].add(at).cast());
                for j in 0..VOTERS {
                    let lanes = &mut lanes[VOTERS * i + j];
                    *lanes = _mm512_add_epi32(*lanes, _mm512_popcnt_epi32(_mm512_xor_si512(row, columns[j])));
                }
            }
        }
        _mm512_storeu_si512(ones.as_mut_ptr().cast(), sums_of(lanes));
    }
    ones
}

/// Of 16 registers of 16 values: the sum of each. All at once, since half of what a single one costs is
/// waiting.
#[inline(always)]
unsafe fn sums_of(lanes: [__m512i; PANEL]) -> __m512i {
    unsafe {
        // Sums of two lanes of two registers beside each other, then of four, and so on.
        let mut two = [lanes[0]; 8];
        for i in 0..8 {
            let (a, b) = (lanes[2 * i], lanes[2 * i + 1]);
            two[i] = _mm512_add_epi32(_mm512_unpacklo_epi32(a, b), _mm512_unpackhi_epi32(a, b));
        }
        let mut four = [lanes[0]; 4];
        for i in 0..4 {
            let (a, b) = (two[2 * i], two[2 * i + 1]);
            four[i] = _mm512_add_epi32(_mm512_unpacklo_epi64(a, b), _mm512_unpackhi_epi64(a, b));
        }
        let mut eight = [lanes[0]; 2];
        for i in 0..2 {
            let (a, b) = (four[2 * i], four[2 * i + 1]);
            let (even, odd) = (_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xDD>(a, b));
            eight[i] = _mm512_add_epi32(even, odd);
        }
        let [a, b] = eight;
        _mm512_add_epi32(_mm512_shuffle_i32x4::<0x88>(a, b), _mm512_shuffle_i32x4::<0xDD>(a, b))
    }
}

/// A pointer that is not computed again wherever it is used.
#[inline(always)]
fn kept<T>(pointer: *const T) -> *const T {
    let mut address = pointer.addr();
    // SAFETY: not an instruction.
    unsafe { asm!("/* {} */", inout(reg) address, options(pure, nomem, nostack, preserves_flags)) };
    pointer.with_addr(address)
}

/// Adds the products of a row's group of inputs to the sums of all panels. Where it matters in one piece: a
/// compiler moves the broadcasts of all rows ahead of their products, and the sums out of the registers.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
#[inline]
unsafe fn multiply<const P: usize>(sums: &mut [__m512i; P], x: *const i8, at: usize, panel: &[__m512i; P]) {
    unsafe {
        if P == 4 {
            let group: __m512i;
            let [mut a, mut b, mut c, mut d] = [sums[0], sums[1], sums[2], sums[3]];
            asm!(
                "vpbroadcastd {group}, dword ptr [{x} + {at}]",
                "vpdpbusd {a}, {p}, {group}",
                "vpdpbusd {b}, {q}, {group}",
                "vpdpbusd {c}, {r}, {group}",
                "vpdpbusd {d}, {s}, {group}",
                group = out(zmm_reg) group,
                x = in(reg) x,
                at = in(reg) at,
                a = inout(zmm_reg) a, b = inout(zmm_reg) b, c = inout(zmm_reg) c, d = inout(zmm_reg) d,
                p = in(zmm_reg) panel[0], q = in(zmm_reg) panel[1], r = in(zmm_reg) panel[2], s = in(zmm_reg) panel[3],
                options(pure, readonly, nostack, preserves_flags),
            );
            let _ = group;
            [sums[0], sums[1], sums[2], sums[3]] = [a, b, c, d];
        } else {
            let group = _mm512_set1_epi32(x.add(at).cast::<i32>().read_unaligned());
            for p in 0..P {
                sums[p] = _mm512_dpbusd_epi32(sums[p], panel[p], group);
            }
        }
    }
}

#[inline(always)]
unsafe fn load_cell(cell: *const Cell) -> __m512i {
    unsafe { _mm512_loadu_si512(cell.cast()) }
}

#[inline(always)]
unsafe fn load(sums: &Sums) -> __m512i {
    unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) }
}
