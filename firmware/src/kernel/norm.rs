use super::{Divisor, scale};
use core::num::NonZeroU32;

/// `m = max(sum |x|, 1) // n; y = clip((x * w) // m)`: scales `x` to a mean magnitude of 16, then by the
/// weights.
///
/// `products` is scratch, as long as `x`. Where m = 0 (an input that is all but silent) -2, and -1 where `x *
/// w` = 0, as the reference's table has it.
#[cfg_attr(target_arch = "arm", inline)]
#[cfg_attr(not(target_arch = "arm"), inline(always))]
pub fn norm(x: &[i8], w: &[i8], products: &mut [i32], y: &mut [i8]) {
    for ((product, &x), &w) in products.iter_mut().zip(x).zip(w) {
        *product = i32::from(i16::from(x) * i16::from(w));
    }
    let sum: u32 = x.iter().map(|x| u32::from(x.unsigned_abs())).sum();
    match sum.max(1).checked_div(x.len() as u32).and_then(NonZeroU32::new) {
        // At most 127: the mean of magnitudes.
        Some(m) => {
            let reciprocal = (1 << 24) / m + 1;
            scale(products, Divisor::Reciprocal { by: m.get() as i32, reciprocal }, y);
        }
        None => {
            for (y, &product) in y.iter_mut().zip(&*products) {
                *y = if product == 0 { -1 } else { -2 };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::kernel::clip;

    #[test]
    fn every_mean_and_product_floors() {
        for m in 1..=127i8 {
            for x in [-m, m] {
                for w in -127..=127 {
                    let (mut products, mut y) = ([0], [0]);
                    norm(&[x], &[w], &mut products, &mut y);
                    let product = i32::from(x) * i32::from(w);
                    assert_eq!(y[0], clip(product.div_euclid(i32::from(m))), "{x} {w}");
                }
            }
        }
    }

    #[test]
    fn every_quotient_of_a_mean() {
        // The first component sets the mean of two, the second is any.
        for first in 0..=127i8 {
            for second in -127..=127i8 {
                let m = (i32::from(first) + i32::from(second).abs()).max(1) / 2;
                for w in [-127, -16, -1, 0, 3, 127i8] {
                    let (mut products, mut y) = ([0; 2], [0; 2]);
                    norm(&[first, second], &[1, w], &mut products, &mut y);
                    let product = i32::from(second) * i32::from(w);
                    let expected = match (m, product) {
                        (0, 0) => -1,
                        (0, _) => -2,
                        _ => clip(product.div_euclid(m)),
                    };
                    assert_eq!(y[1], expected, "{first} {second} {w}");
                }
            }
        }
    }
}
