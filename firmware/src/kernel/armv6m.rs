//! Products for a core without DSP instructions, where weights and inputs lie on the boundaries of words, as those of
//! most layers do. Equal to the portable definitions, which do the rest.

use super::arm::two_rows;
use super::portable::dot;

/// Most inputs that are copied to a word's boundary.
const COPIED: usize = 256;

/// [`super::portable::products`].
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    let words = bytemuck::try_cast_slice::<i8, u32>(w).ok().filter(|_| x.len().is_multiple_of(4));
    let rows = match (words, bytemuck::try_cast_slice(x)) {
        (Some(w), Ok(x)) => two_rows(w, x, out),
        (Some(w), Err(_)) if x.len() <= COPIED => copied(w, x, out),
        _ => 0,
    };
    if rows < out.len() {
        for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())).skip(rows) {
            *out = dot(row, x);
        }
    }
}

/// Out of line: the copy's room is not on the stack of every product.
#[inline(never)]
fn copied(w: &[u32], x: &[i8], out: &mut [i32]) -> usize {
    let mut copy = [0u32; COPIED / 4];
    let copy = &mut copy[..x.len() / 4];
    bytemuck::cast_slice_mut(copy).copy_from_slice(x);
    two_rows(w, copy, out)
}
