//! Kernels for a core without DSP instructions, equal to the portable definitions. Products are made here
//! where weights and inputs lie on the boundaries of words, as those of most layers do; the portable ones do
//! the rest.

use super::portable;
use crate::arm::two_rows;
pub use crate::arm::{add_multiple, advance_by_one, advance_by_sums, advance_by_two};
use crate::slice_ext::copy;

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
    if let (Some(w), Some(rest)) = (w.get(rows * x.len()..), out.get_mut(rows..))
        && !rest.is_empty()
    {
        portable::products(w, x, rest);
    }
}

/// Out of line: the copy's room is not on the stack of every product.
#[inline(never)]
fn copied(w: &[u32], x: &[i8], out: &mut [i32]) -> usize {
    let mut room = [0u32; COPIED / 4];
    let room = room.get_mut(..x.len() / 4).unwrap_or_default();
    copy(bytemuck::cast_slice_mut(room), x);
    two_rows(w, room, out)
}
