//! AVX-512: products by `vpdpbusd`, signs by mask registers, votes by `vpopcntq`.

use super::portable::differing;
use super::{Cell, GROUP, Isa, Job, PANEL, Sums};
use core::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_dpbusd_epi32, _mm512_loadu_si512, _mm512_mask_adds_epi8,
    _mm512_mask_blend_epi32, _mm512_mask_storeu_epi8, _mm512_mask_subs_epi8, _mm512_maskz_loadu_epi8,
    _mm512_max_epi8, _mm512_reduce_add_epi32, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setzero_si512,
    _mm512_storeu_si512, _mm512_sub_epi32,
};

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
    #[inline(always)]
    fn tile<const R: usize, const P: usize>(
        self,
        x: [&[u8]; R],
        w: [&[Cell]; P],
        corrections: [&Sums; P],
        out: &mut [[Sums; P]; R],
    ) {
        let cells = w[0].len();
        assert!(w.iter().all(|w| w.len() == cells) && x.iter().all(|x| x.len() >= GROUP * cells));
        unsafe { tile(&x.map(<[u8]>::as_ptr), &w.map(<[Cell]>::as_ptr), cells, &corrections, out) }
    }

    #[inline(always)]
    fn dot(self, x: &[u8], b: &[i8]) -> i32 {
        let len = x.len().min(b.len());
        unsafe {
            let mut sums = _mm512_setzero_si512();
            for at in (0..len).step_by(64) {
                let mask = u64::MAX >> (64 - (len - at).min(64));
                let b = _mm512_maskz_loadu_epi8(mask, b.as_ptr().add(at));
                sums = _mm512_dpbusd_epi32(sums, _mm512_maskz_loadu_epi8(mask, x.as_ptr().add(at).cast()), b);
            }
            _mm512_reduce_add_epi32(sums)
        }
    }

    #[inline(always)]
    fn add_signed(self, sums: &mut Sums, bits: u16, c: i32) {
        const { assert!(PANEL == 16) };
        unsafe {
            let c = _mm512_set1_epi32(c);
            let signed = _mm512_mask_blend_epi32(bits, c, _mm512_sub_epi32(_mm512_setzero_si512(), c));
            let moved = _mm512_add_epi32(load(sums), signed);
            _mm512_storeu_si512(sums.as_mut_ptr().cast(), moved);
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
    fn differing(self, a: &[u64], b: &[u64], mask: &[u64]) -> u32 {
        // The compiler makes `vpopcntq` of it.
        differing(a, b, mask)
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
}

/// [`Isa::tile`], out of line: among other code its sums do not stay in registers.
///
/// # Safety
/// Inputs of [`GROUP`] bytes a cell, panels of `cells` cells.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
#[inline(never)]
unsafe fn tile<const R: usize, const P: usize>(
    x: &[*const u8; R],
    w: &[*const Cell; P],
    cells: usize,
    corrections: &[&Sums; P],
    out: &mut [[Sums; P]; R],
) {
    let (x, w) = (*x, *w);
    unsafe {
        let mut sums = [[_mm512_setzero_si512(); P]; R];
        for p in 0..P {
            let correction = load(corrections[p]);
            for r in 0..R {
                sums[r][p] = correction;
            }
        }
        for cell in 0..cells {
            let mut panel = [_mm512_setzero_si512(); P];
            for p in 0..P {
                panel[p] = _mm512_loadu_si512(w[p].add(cell).cast());
            }
            for r in 0..R {
                let group = _mm512_set1_epi32(x[r].add(GROUP * cell).cast::<i32>().read_unaligned());
                for p in 0..P {
                    sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], group, panel[p]);
                }
            }
        }
        for r in 0..R {
            for p in 0..P {
                _mm512_storeu_si512(out[r][p].as_mut_ptr().cast(), sums[r][p]);
            }
        }
    }
}

#[inline(always)]
unsafe fn load(sums: &Sums) -> __m512i {
    unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) }
}
