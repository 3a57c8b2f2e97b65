//! Products for a core without DSP instructions whose loads take two cycles and whose byte loads cannot be
//! unrolled: four int8 come by one word load, and shifts, which take one cycle, get them apart. Two rows share
//! what is done to the inputs. Equal to the portable definitions.
#![cfg_attr(not(target_arch = "arm"), allow(unreachable_pub, reason = "elsewhere only a test uses it"))]

/// Inputs that are copied where they do not lie on a word's boundary.
const COPIED: usize = 256;

/// The bytes of a little-endian word, sign-extended.
#[inline(always)]
const fn four(word: u32) -> [i32; 4] {
    [word as i8 as i32, (word << 16) as i32 >> 24, (word << 8) as i32 >> 24, word as i32 >> 24]
}

#[inline(always)]
const fn add_products(sum: &mut i32, w: u32, x: [i32; 4]) {
    let w = four(w);
    *sum += w[0] * x[0];
    *sum += w[1] * x[1];
    *sum += w[2] * x[2];
    *sum += w[3] * x[3];
}

/// [`super::portable::products`].
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    let n = x.len();
    let mut copy = [0u32; COPIED / 4];
    let aligned = bytemuck::try_cast_slice::<i8, u32>(w).ok().filter(|_| n.is_multiple_of(4) && n > 0);
    let Some(w) = aligned else { return super::portable::products(w, x, out) };
    let x = match bytemuck::try_cast_slice(x) {
        Ok(words) => words,
        Err(_) if n <= COPIED => {
            bytemuck::cast_slice_mut::<u32, i8>(&mut copy)[..n].copy_from_slice(x);
            &copy[..n / 4]
        }
        Err(_) => return super::portable::products(bytemuck::cast_slice(w), x, out),
    };
    let mut rows = w.chunks_exact(2 * x.len());
    let mut outs = out.chunks_exact_mut(2);
    for (rows, out) in rows.by_ref().zip(outs.by_ref()) {
        let (upper, lower) = rows.split_at(x.len());
        let (mut first, mut second) = (0, 0);
        for ((&upper, &lower), &x) in upper.iter().zip(lower).zip(x) {
            let x = four(x);
            add_products(&mut first, upper, x);
            add_products(&mut second, lower, x);
        }
        out.copy_from_slice(&[first, second]);
    }
    for (out, row) in outs.into_remainder().iter_mut().zip(rows.remainder().chunks_exact(x.len())) {
        let mut sum = 0;
        for (&w, &x) in row.iter().zip(x) {
            add_products(&mut sum, w, four(x));
        }
        *out = sum;
    }
}

#[cfg(all(test, target_endian = "little"))]
mod tests {
    use super::*;
    extern crate std;
    use proptest::prelude::*;
    use std::vec;

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..Default::default() })]

        #[test]
        fn equal_to_the_definition(
            bytes in proptest::collection::vec(prop_oneof![-127i8..=127, Just(127), Just(-127)], 1200..2400),
            n in 1usize..300,
            skip_w in 0usize..4,
            skip_x in 0usize..5,
        ) {
            let (x, w) = bytes.split_at(310);
            let (x, w) = (&x[skip_x..skip_x + n], &w[skip_w..]);
            let rows = w.len() / n;
            let (mut expected, mut found) = (vec![0; rows], vec![0; rows]);
            crate::kernel::portable::products(w, x, &mut expected);
            products(w, x, &mut found);
            prop_assert_eq!(found, expected);
        }
    }
}
