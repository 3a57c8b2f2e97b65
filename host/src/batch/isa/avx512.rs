//! AVX-512: products by `vpdpbusd`, signs by mask registers, votes by `vpopcntq`.

use super::portable::differing;
use super::{Cell, GROUP, Isa, Job, PANEL, Sums, VOTERS};
use core::arch::x86_64::{
    __m512i, _mm512_add_epi32, _mm512_add_epi64, _mm512_dpbusd_epi32, _mm512_loadu_si512,
    _mm512_mask_adds_epi8, _mm512_mask_blend_epi32, _mm512_mask_storeu_epi8, _mm512_mask_subs_epi8,
    _mm512_maskz_loadu_epi8, _mm512_max_epi8, _mm512_popcnt_epi64, _mm512_reduce_add_epi32,
    _mm512_reduce_add_epi64, _mm512_set1_epi8, _mm512_set1_epi32, _mm512_setzero_si512, _mm512_storeu_si512,
    _mm512_sub_epi32, _mm512_xor_si512,
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
        let (x, w, signs) = (x.map(<[u8]>::as_ptr), w.map(<[Cell]>::as_ptr), [[0; P]; R]);
        unsafe { tile::<R, P, false>(&x, &w, cells, &corrections, (&[0; R], &signs), out) }
    }

    #[inline(always)]
    fn tile_signed<const R: usize, const P: usize>(
        self,
        x: [&[u8]; R],
        w: [&[Cell]; P],
        corrections: [&Sums; P],
        signed: (&[i32; R], &[[u16; P]; R]),
        out: &mut [[Sums; P]; R],
    ) {
        let cells = w[0].len();
        assert!(w.iter().all(|w| w.len() == cells) && x.iter().all(|x| x.len() >= GROUP * cells));
        let (x, w) = (x.map(<[u8]>::as_ptr), w.map(<[Cell]>::as_ptr));
        unsafe { tile::<R, P, true>(&x, &w, cells, &corrections, signed, out) }
    }

    #[inline(always)]
    fn dot(self, x: &[u8], b: &[i8]) -> i32 {
        let len = x.len().min(b.len());
        unsafe {
            let mut sums = _mm512_setzero_si512();
            let whole = len - len % 64;
            for at in (0..whole).step_by(64) {
                let (x, b) = (x.as_ptr().add(at).cast(), b.as_ptr().add(at).cast());
                sums = _mm512_dpbusd_epi32(sums, _mm512_loadu_si512(x), _mm512_loadu_si512(b));
            }
            if whole < len {
                let mask = u64::MAX >> (64 - (len - whole));
                let x = _mm512_maskz_loadu_epi8(mask, x.as_ptr().add(whole).cast());
                let b = _mm512_maskz_loadu_epi8(mask, b.as_ptr().add(whole));
                sums = _mm512_dpbusd_epi32(sums, x, b);
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
    fn differing(self, a: [&[u64]; VOTERS], b: &[u64]) -> [u32; VOTERS] {
        let whole = b.len() - b.len() % 8;
        assert!(a.iter().all(|a| a.len() == b.len()));
        let mut ones = [0; VOTERS];
        unsafe {
            let mut sums = [_mm512_setzero_si512(); VOTERS];
            for at in (0..whole).step_by(8) {
                let b = _mm512_loadu_si512(b.as_ptr().add(at).cast());
                for i in 0..VOTERS {
                    let a = _mm512_loadu_si512(a[i].as_ptr().add(at).cast());
                    sums[i] = _mm512_add_epi64(sums[i], _mm512_popcnt_epi64(_mm512_xor_si512(a, b)));
                }
            }
            for i in 0..VOTERS {
                ones[i] = _mm512_reduce_add_epi64(sums[i]) as u32;
            }
        }
        let rest = differing(a.map(|a| &a[whole..]), &b[whole..]);
        for i in 0..VOTERS {
            ones[i] += rest[i];
        }
        ones
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

/// [`Isa::tile`], or [`Isa::tile_signed`] that begins with what is added, out of line: among other code its sums do not
/// stay in registers.
///
/// # Safety
/// Inputs of [`GROUP`] bytes a cell, panels of `cells` cells.
#[target_feature(enable = "avx512f,avx512bw,avx512vl,avx512dq,avx512vnni,avx512vpopcntdq")]
#[inline(never)]
unsafe fn tile<const R: usize, const P: usize, const SIGNED: bool>(
    x: &[*const u8; R],
    w: &[*const Cell; P],
    cells: usize,
    corrections: &[&Sums; P],
    (c, signs): (&[i32; R], &[[u16; P]; R]),
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
        if SIGNED {
            for r in 0..R {
                let c = _mm512_set1_epi32(c[r]);
                let negative = _mm512_sub_epi32(_mm512_setzero_si512(), c);
                for p in 0..P {
                    let signed = _mm512_mask_blend_epi32(signs[r][p], c, negative);
                    sums[r][p] = _mm512_add_epi32(sums[r][p], signed);
                }
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
