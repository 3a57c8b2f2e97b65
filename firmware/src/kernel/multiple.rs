/// `sums += a * by`, both as long: a column of factors, once its product with the input is known.
///
/// The sums wrap; the model's bounds keep them from doing so.
#[inline]
pub fn add_multiple(sums: &mut [i32], a: &[i8], by: i32) {
    for (sum, &a) in sums.iter_mut().zip(a) {
        *sum = sum.wrapping_add(i32::from(a).wrapping_mul(by));
    }
}
