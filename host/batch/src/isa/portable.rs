use super::{Cell, GROUP, Isa, PANEL, Sums, TileInputs, VOTERS};
use eggroll_firmware::kernel::add_node_noise;

/// The definitions: what every level equals.
#[derive(Clone, Copy)]
pub(super) struct Portable;

impl Isa for Portable {
    #[inline(always)]
    fn tile<const R: usize, const P: usize>(
        self,
        x: TileInputs<'_>,
        w: [&[Cell]; P],
        out: &mut [[Sums; P]; R],
    ) {
        for (r, out) in out.iter_mut().enumerate() {
            let x = x.row(r, GROUP * w[0].len());
            for (w, out) in w.iter().zip(out) {
                for (cell, x) in w.iter().zip(x.as_chunks::<GROUP>().0) {
                    let x = x.map(i32::from);
                    for (out, w) in out.iter_mut().zip(cell.0.as_chunks::<GROUP>().0) {
                        *out += x.iter().zip(w).map(|(&x, &w)| x * i32::from(w)).sum::<i32>();
                    }
                }
            }
        }
    }
}

/// Products of a round of [`busy_tile`].
pub(super) const TILE_PRODUCTS: u64 = (6 * PANEL * GROUP * 16) as u64;

/// Votes of a round of [`busy_differing`].
pub(super) const DIFFERING_VOTES: u64 = (VOTERS * VOTERS * 64 * 64) as u64;

/// The best that is known of a level: short rows.
#[inline(always)]
pub(super) fn busy_differing<I: Isa>(isa: I, rounds: u32) -> u64 {
    let (rows, mut sum) = ([[0x5555; 64]; 2 * VOTERS], 0);
    for _ in 0..rounds {
        // Each time as if they were others.
        let [a, b, c, d, e, f, g, h] = &std::hint::black_box(rows);
        let ones = isa.differing([a, b, c, d], [e, f, g, h]);
        sum += ones.as_flattened().iter().map(|&ones| u64::from(ones)).sum::<u64>();
    }
    sum
}

/// The best that is known of a level: tiles of one small panel.
#[inline(always)]
pub(super) fn busy_tile<I: Isa>(isa: I, rounds: u32) -> i32 {
    let (x, w, mut sum) = ([1; 16 * GROUP], [Cell([1; PANEL * GROUP]); 16], 0i32);
    for _ in 0..rounds {
        let mut out = [[[0; PANEL]]; 6];
        let x = std::hint::black_box(x);
        isa.tile(TileInputs { values: &x, stride: 0 }, [&w], &mut out);
        sum = sum.wrapping_add(out[5][0][0]);
    }
    sum
}

#[inline(always)]
pub(super) fn totals(x: [&[i8]; PANEL]) -> Sums {
    let mut sums = [0; PANEL];
    for (sum, x) in sums.iter_mut().zip(x) {
        *sum = x.iter().map(|&x| i32::from(x)).sum();
    }
    sums
}

#[inline(always)]
pub(super) fn dots(x: [&[i8]; PANEL], b: [&[i8]; PANEL]) -> Sums {
    let mut sums = [0; PANEL];
    for ((sum, x), b) in sums.iter_mut().zip(x).zip(b) {
        *sum = x.iter().zip(b).map(|(&x, &b)| i32::from(i16::from(x) * i16::from(b))).sum();
    }
    sums
}

#[inline(always)]
pub(super) fn signed(bits: u16, [plus, minus]: [i32; 2], sums: &mut Sums) {
    for (i, sum) in sums.iter_mut().enumerate() {
        let set = -i32::from(bits >> i & 1);
        *sum = plus ^ ((plus ^ minus) & set);
    }
}

#[inline(always)]
pub(super) fn coded(codes: &[u8; PANEL], table: &[i32; PANEL], sums: &mut Sums) {
    for (sum, &code) in sums.iter_mut().zip(codes) {
        *sum = table[usize::from(code) % PANEL];
    }
}

#[inline(always)]
pub(super) fn add_node_noise_bits(u: &mut [i8], bits: &[u64], amplitude: i8) {
    for (u, &bits) in u.chunks_mut(64).zip(bits) {
        let mut eps = [0; 64];
        for (i, eps) in eps.iter_mut().enumerate() {
            *eps = 1 - 2 * (bits >> i & 1) as i8;
        }
        add_node_noise(u, &eps, amplitude.into());
    }
}

#[inline(always)]
pub(super) fn differing(a: [&[u64]; VOTERS], b: [&[u64]; VOTERS]) -> [[u32; VOTERS]; VOTERS] {
    let mut ones = [[0; VOTERS]; VOTERS];
    for (ones, a) in ones.iter_mut().zip(a) {
        for (ones, b) in ones.iter_mut().zip(b) {
            *ones = a.iter().zip(b).map(|(a, b)| (a ^ b).count_ones()).sum();
        }
    }
    ones
}
