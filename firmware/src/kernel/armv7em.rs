//! Products for a core with DSP instructions. Equal to the portable definitions.

use super::portable;
use crate::arm::{dot, four_rows};

/// Words of inputs whose halves lie ready at once.
const ROOM: usize = 64;

/// [`super::portable::products`].
#[inline(never)]
pub fn products(w: &[i8], x: &[i8], out: &mut [i32]) {
    let (rows, columns) = four_rows::<ROOM>(w, x, out);
    let of_rows = || w.chunks_exact(x.len().max(1));
    if let Some(x @ [_, ..]) = x.get(columns..) {
        for (out, row) in out.iter_mut().zip(of_rows()).take(rows) {
            *out += portable::dot(row.get(columns..).unwrap_or_default(), x);
        }
    }
    if rows < out.len() {
        for (out, row) in out.iter_mut().zip(of_rows()).skip(rows) {
            *out = dot(row, x);
        }
    }
}
