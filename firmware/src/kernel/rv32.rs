//! Kernels for a core without vectors and with registers enough for four rows at once (RV32), equal to the
//! portable definitions. It loads a byte with its sign in one instruction, so that words gain nothing.

use super::fours::products_by_fours;
use super::portable;

/// [`super::portable::products`]: 13 instructions for four products, where a row by itself takes four for
/// each, and both take those of a loop.
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    products_by_fours(w, x, out, four_rows, portable::dot);
}

/// The products of four rows.
fn four_rows(rows: [&[i8]; 4], x: &[i8]) -> [i32; 4] {
    let [(a, a_rest), (b, b_rest), (c, c_rest), (d, d_rest)] = rows.map(<[i8]>::as_chunks::<4>);
    let (inputs, rest) = x.as_chunks::<4>();
    let mut sums = [0; 4];
    for ((((x, a), b), c), d) in inputs.iter().zip(a).zip(b).zip(c).zip(d) {
        add(&mut sums, x, [a, b, c, d]);
    }
    for ((((&x, &a), &b), &c), &d) in rest.iter().zip(a_rest).zip(b_rest).zip(c_rest).zip(d_rest) {
        add(&mut sums, &[x], [&[a], &[b], &[c], &[d]]);
    }
    sums
}

/// Adds the products of some inputs with as many weights of each of four rows.
#[inline(always)]
fn add<const N: usize>(sums: &mut [i32; 4], x: &[i8; N], rows: [&[i8; N]; 4]) {
    let [a, b, c, d] = rows;
    for ((((&x, &a), &b), &c), &d) in x.iter().zip(a).zip(b).zip(c).zip(d) {
        let x = i32::from(x);
        let [sum_a, sum_b, sum_c, sum_d] = &mut *sums;
        *sum_a += x * i32::from(a);
        *sum_b += x * i32::from(b);
        *sum_c += x * i32::from(c);
        *sum_d += x * i32::from(d);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_any_length_and_number() {
        let bytes: [i8; 2000] = core::array::from_fn(|i| ((i * i % 255) as i32 - 127) as i8);
        for len in 0..19 {
            for rows in 0..10 {
                // A row that is not whole counts for nothing, and sums without one stay.
                for missing in 0..2 {
                    let (x, w) = bytes.split_at(len);
                    let w = &w[..(rows * len).saturating_sub(missing)];
                    let (mut sums, mut expected) = ([7i32; 11], [7i32; 11]);
                    products(w, x, &mut sums);
                    portable::products(w, x, &mut expected);
                    assert_eq!(sums, expected, "{rows} rows of {len}, {missing} missing");
                }
            }
        }
    }
}
