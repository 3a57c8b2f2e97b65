//! AVX2, with and without VNNI.

use super::{Cell, GROUP, Isa, Job, Sums, TileInputs};
use core::arch::x86_64::{
    __m256i, _mm256_abs_epi8, _mm256_add_epi32, _mm256_dpbusd_avx_epi32, _mm256_extract_epi32,
    _mm256_loadu_si256, _mm256_madd_epi16, _mm256_maddubs_epi16, _mm256_set1_epi16, _mm256_set1_epi32,
    _mm256_setzero_si256, _mm256_sign_epi8, _mm256_storeu_si256,
};

/// AVX2; with `VNNI` also `vpdpbusd`.
#[derive(Clone, Copy)]
struct Avx2<const VNNI: bool> {
    /// Only the functions below make one.
    _detected: (),
}

/// Runs a job with the registers and instructions of AVX2.
#[target_feature(enable = "avx2,popcnt,bmi1,bmi2,lzcnt")]
pub(super) fn run<J: Job>(job: J) -> J::Output {
    job.run(Avx2::<false> { _detected: () })
}

/// The same with VNNI.
#[target_feature(enable = "avx2,avxvnni,popcnt,bmi1,bmi2,lzcnt")]
pub(super) fn run_vnni<J: Job>(job: J) -> J::Output {
    job.run(Avx2::<true> { _detected: () })
}

/// Halves of a panel.
const HALVES: usize = 2;

// SAFETY of all calls below: an `Avx2` exists only within `run` or `run_vnni`, on a processor that has the
// level.
impl<const VNNI: bool> Isa for Avx2<VNNI> {
    const RAISED: bool = VNNI;

    #[inline(always)]
    fn tile<const R: usize, const P: usize>(
        self,
        x: TileInputs<'_>,
        w: [&[Cell]; P],
        out: &mut [[Sums; P]; R],
    ) {
        let cells = w[0].len();
        assert!(w.iter().all(|w| w.len() == cells));
        let x: [&[i8]; R] = core::array::from_fn(|r| x.row(r, GROUP * cells));
        // Sixteen registers hold three inputs beside one panel.
        for p in 0..P {
            for from in (0..R).step_by(3) {
                unsafe {
                    let mut sums = [[_mm256_setzero_si256(); HALVES]; 3];
                    for r in 0..3.min(R - from) {
                        for half in 0..HALVES {
                            let before = out[from + r][p].as_ptr().add(8 * half);
                            sums[r][half] = _mm256_loadu_si256(before.cast());
                        }
                    }
                    for cell in 0..cells {
                        let at = w[p].as_ptr().add(cell).cast::<__m256i>();
                        let panel = [_mm256_loadu_si256(at), _mm256_loadu_si256(at.add(1))];
                        for r in 0..3 {
                            // A tile of fewer inputs computes its last one again.
                            let input = x[(from + r).min(R - 1)].as_ptr();
                            let group = input.add(GROUP * cell).cast::<i32>().read_unaligned();
                            let group = _mm256_set1_epi32(group);
                            for half in 0..HALVES {
                                sums[r][half] = if VNNI {
                                    _mm256_dpbusd_avx_epi32(sums[r][half], panel[half], group)
                                } else {
                                    _mm256_add_epi32(sums[r][half], products(group, panel[half]))
                                };
                            }
                        }
                    }
                    for r in 0..3.min(R - from) {
                        for half in 0..HALVES {
                            let out = out[from + r][p].as_mut_ptr().add(8 * half);
                            _mm256_storeu_si256(out.cast(), sums[r][half]);
                        }
                    }
                }
            }
        }
    }

    #[inline(always)]
    fn busy(self, rounds: u32) -> i32 {
        unsafe {
            let mut sums = [_mm256_setzero_si256(); 12];
            let mut total = _mm256_setzero_si256();
            for round in 0..rounds {
                let x = _mm256_set1_epi32(round as i32 & 0x7F7F_7F7F);
                for sum in &mut sums {
                    *sum = if VNNI {
                        _mm256_dpbusd_avx_epi32(*sum, x, x)
                    } else {
                        _mm256_add_epi32(*sum, products(x, x))
                    };
                }
            }
            for sum in sums {
                total = _mm256_add_epi32(total, sum);
            }
            _mm256_extract_epi32::<0>(total)
        }
    }

    const PRODUCTS: u64 = 12 * 32;
}

/// Sums of four products a lane.
#[inline(always)]
unsafe fn products(x: __m256i, w: __m256i) -> __m256i {
    unsafe {
        // |x| is at most 127, so two products stay within an i16.
        let pairs = _mm256_maddubs_epi16(_mm256_abs_epi8(x), _mm256_sign_epi8(w, x));
        _mm256_madd_epi16(pairs, _mm256_set1_epi16(1))
    }
}
