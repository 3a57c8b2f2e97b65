//! Parts of slices without a panic: what lies outside is missing, so a slice comes back empty.
//!
//! The places and lengths that callers bring come from a checked plan, so nothing is ever missing: builds
//! with debug assertions, like the tests, check that, and no image of a board holds a panic (`cargo xtask
//! panics`).

/// `values[at..at + len]`.
#[inline]
pub(crate) fn part<T>(values: &[T], at: usize, len: usize) -> &[T] {
    let found = values.get(at..).and_then(|rest| rest.get(..len));
    debug_assert!(found.is_some(), "{at} + {len} of {}", values.len());
    found.unwrap_or_default()
}

/// `&mut values[at..at + len]`.
#[inline]
pub(crate) fn part_mut<T>(values: &mut [T], at: usize, len: usize) -> &mut [T] {
    let all = values.len();
    let found = values.get_mut(at..).and_then(|rest| rest.get_mut(..len));
    debug_assert!(found.is_some(), "{at} + {len} of {all}");
    found.unwrap_or_default()
}

/// `values.split_at(at)`.
#[inline]
pub(crate) fn split<T>(values: &[T], at: usize) -> (&[T], &[T]) {
    let found = values.split_at_checked(at);
    debug_assert!(found.is_some(), "{at} of {}", values.len());
    found.unwrap_or_default()
}

/// `values.split_at_mut(at)`.
#[inline]
pub(crate) fn split_mut<T>(values: &mut [T], at: usize) -> (&mut [T], &mut [T]) {
    let all = values.len();
    let found = values.split_at_mut_checked(at);
    debug_assert!(found.is_some(), "{at} of {all}");
    found.unwrap_or_default()
}

/// `to.copy_from_slice(from)`; slices of different lengths stay as they are.
#[inline]
pub(crate) fn copy<T: Copy>(to: &mut [T], from: &[T]) {
    debug_assert_eq!(to.len(), from.len());
    if to.len() == from.len() {
        to.copy_from_slice(from);
    }
}
