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
        unsafe {
            let mut sums = [[_mm512_setzero_si512(); P]; R];
            for p in 0..P {
                let correction = load(corrections[p]);
                for sums in &mut sums {
                    sums[p] = correction;
                }
            }
            for cell in 0..cells {
                let mut panel = [_mm512_setzero_si512(); P];
                for p in 0..P {
                    panel[p] = _mm512_loadu_si512(w[p].as_ptr().add(cell).cast());
                }
                for r in 0..R {
                    let group = x[r].as_ptr().add(GROUP * cell).cast::<i32>().read_unaligned();
                    let group = _mm512_set1_epi32(group);
                    for p in 0..P {
                        sums[r][p] = _mm512_dpbusd_epi32(sums[r][p], group, panel[p]);
                    }
                }
            }
            for (out, sums) in out.iter_mut().zip(sums) {
                for (out, sums) in out.iter_mut().zip(sums) {
                    _mm512_storeu_si512(out.as_mut_ptr().cast(), sums);
                }
            }
        }
    }

    #[inline(always)]
    fn dot(self, x: &[u8], b: &[i8]) -> i32 {
        let len = x.len().min(b.len());
        unsafe {
            let (ones, mut sums, mut of_b) =
                (_mm512_set1_epi8(1), _mm512_setzero_si512(), _mm512_setzero_si512());
            for at in (0..len).step_by(64) {
                let mask = u64::MAX >> (64 - (len - at).min(64));
                let b = _mm512_maskz_loadu_epi8(mask, b.as_ptr().add(at));
                sums = _mm512_dpbusd_epi32(sums, _mm512_maskz_loadu_epi8(mask, x.as_ptr().add(at).cast()), b);
                of_b = _mm512_dpbusd_epi32(of_b, ones, b);
            }
            // At most 2^16 values of 127 * 255: no sum leaves an i32.
            _mm512_reduce_add_epi32(sums) - 128 * _mm512_reduce_add_epi32(of_b)
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
}

#[inline(always)]
unsafe fn load(sums: &Sums) -> __m512i {
    unsafe { _mm512_loadu_si512(sums.as_ptr().cast()) }
}
