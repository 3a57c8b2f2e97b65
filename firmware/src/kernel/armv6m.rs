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

/// [`super::portable::depthwise_products`]. Positions are counted by taking them off, and rows of weights
/// split off one by one: this core has no division, and one by software takes as long as two dozen products.
pub fn depthwise_products(w: &[i8], window: &[i8], out: &mut [i32]) {
    let channels = out.len().max(1);
    let (mut taps, mut left) = (0, window.len());
    while left >= channels {
        (taps, left) = (taps + 1, left - channels);
    }
    let mut rows = w;
    for (channel, out) in out.iter_mut().enumerate() {
        let Some((row, behind)) = rows.split_at_checked(taps.max(1)) else { break };
        rows = behind;
        let (mut sum, mut at) = (0i32, channel);
        for &w in row {
            let x = window.get(at).copied().unwrap_or(0);
            sum += i32::from(i16::from(w) * i16::from(x));
            at += channels;
        }
        *out = sum;
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
