//! Products for a core with DSP instructions. Equal to the portable definitions.

use super::arm::{dot, four_rows};

/// Words of inputs whose halves lie ready at once.
const ROOM: usize = 64;

/// [`super::portable::products`].
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    let (rows, columns) = four_rows::<ROOM>(w, x, out);
    if columns < x.len() {
        for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())).take(rows) {
            *out += super::portable::dot(&row[columns..], &x[columns..]);
        }
    }
    if rows < out.len() {
        for (out, row) in out.iter_mut().zip(w.chunks_exact(x.len())).skip(rows) {
            *out = dot(row, x);
        }
    }
}
