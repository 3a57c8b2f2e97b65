use crate::slice_ext::{copy, part, part_mut};

/// Copies so many rows of `len` values, which begin `to_step` and `from_step` apart.
#[inline]
pub fn copy_rows(to: &mut [i8], to_step: usize, from: &[i8], from_step: usize, len: usize, rows: usize) {
    for row in 0..rows {
        copy(part_mut(to, row * to_step, len), part(from, row * from_step, len));
    }
}
