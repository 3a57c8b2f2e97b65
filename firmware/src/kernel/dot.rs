/// `sum a_i b_i` over two vectors of the same length.
///
/// Exact while `127^2 * len` fits an `i32`: the model's bounds see to that at load.
#[inline]
pub fn dot(a: &[i8], b: &[i8]) -> i32 {
    let mut sum = 0i32;
    for (&a, &b) in a.iter().zip(b) {
        // A product of two int8 values fits 16 bits: compilers turn this into widening multiply-adds.
        sum += i32::from(i16::from(a) * i16::from(b));
    }
    sum
}
