//! Matrix times vector, plain and perturbed, at two sizes.
#![no_std]
#![no_main]

use core::hint::black_box;
use eggroll_bench::{Dice, entry, exit, handed, measure};
use eggroll_firmware::kernel::{
    Divisor, LowRank, Twin, add_low_rank, add_node_noise, low_rank_inputs, products, scale,
};
use eggroll_firmware::noise::{Address, Noise, Stream, fill_signs};

const LARGEST: usize = 256;

/// Where the program begins.
#[entry]
fn main() -> ! {
    let (mut sums, mut factors) = ([0; LARGEST], [0; 8 * LARGEST]);
    let [mut x, mut y] = [[0; LARGEST]; 2];
    Dice(7).fill(&mut x);
    for n in [64, 256] {
        // SAFETY: an i8 is a byte.
        let weights = unsafe { core::slice::from_raw_parts(handed().as_ptr().cast::<i8>(), n * n) };
        let (x, y, sums) = (&x[..n], &mut y[..n], &mut sums[..n]);
        let (macs, divisor) = (n * n, Divisor::for_inputs(n as u32));
        let at = |tensor| Stream::new(black_box(Address { seed: 1, generation: 2, index: 3, tensor }));
        measure(format_args!("{n}x{n} plain"), macs, || {
            products(black_box(weights), black_box(x), sums);
            scale(sums, divisor, y);
        });
        for rank in [1, 4] {
            let factors = &mut factors[..2 * n * rank];
            let shape = LowRank { rank, noise: Noise::Sign, sigma_shift: 4, wide: false };
            measure(format_args!("{n}x{n} rank {rank}"), macs, || {
                fill_signs(&mut at(0), factors);
                let (b, a) = factors.split_at(n * rank);
                products(black_box(weights), black_box(x), sums);
                let inputs = low_rank_inputs(b, rank, x);
                add_low_rank(sums, a, &inputs, Twin::Plus, shape);
                scale(sums, divisor, y);
            });
        }
        let eps = &mut factors[..n];
        measure(format_args!("{n}x{n} node"), macs, || {
            products(black_box(weights), black_box(x), sums);
            scale(sums, divisor, y);
            fill_signs(&mut at(0), eps);
            add_node_noise(y, eps, 4);
        });
        measure(format_args!("{n} signs"), n, || fill_signs(&mut at(1), black_box(eps)));
        black_box((&y, &sums));
    }
    exit()
}
