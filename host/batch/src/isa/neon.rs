//! NEON: products by `smull` and `sadalp`.

use super::{Cell, GROUP, Isa, Job, PANEL, Sums, TileInputs};
use core::arch::aarch64::{
    vaddq_s32, vdup_n_u32, vdupq_n_s32, vld1_s8, vld1q_s32, vmull_s8, vpadalq_s16, vpaddq_s32,
    vreinterpret_s8_u32, vst1q_s32,
};

/// NEON.
#[derive(Clone, Copy)]
struct Neon {
    /// Only [`run`] makes one.
    _detected: (),
}

/// Runs a job on this level.
#[target_feature(enable = "neon")]
pub(super) fn run<J: Job>(job: J) -> J::Output {
    job.run(Neon { _detected: () })
}

/// Registers of a panel's sums: two outputs each, a pair of products in each half of them.
const PAIRS: usize = PANEL / 2;

// SAFETY of all calls below: a `Neon` exists only within `run`, on a processor that has the level.
impl Isa for Neon {
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
        for p in 0..P {
            for from in (0..R).step_by(2) {
                unsafe {
                    let mut sums = [[vdupq_n_s32(0); PAIRS]; 2];
                    for cell in 0..cells {
                        let panel = w[p].as_ptr().add(cell).cast::<i8>();
                        for r in 0..2 {
                            // A tile of fewer inputs computes its last one again.
                            let input = x[(from + r).min(R - 1)].as_ptr().add(GROUP * cell);
                            let group = input.cast::<u32>().read_unaligned();
                            let group = vreinterpret_s8_u32(vdup_n_u32(group));
                            for pair in 0..PAIRS {
                                let products = vmull_s8(group, vld1_s8(panel.add(8 * pair)));
                                sums[r][pair] = vpadalq_s16(sums[r][pair], products);
                            }
                        }
                    }
                    for r in 0..2.min(R - from) {
                        for pair in (0..PAIRS).step_by(2) {
                            let four = vpaddq_s32(sums[r][pair], sums[r][pair + 1]);
                            let to = out[from + r][p].as_mut_ptr().add(2 * pair);
                            vst1q_s32(to, vaddq_s32(four, vld1q_s32(to)));
                        }
                    }
                }
            }
        }
    }
}
