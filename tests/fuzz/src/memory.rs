//! An allocator that counts, so that a target can bound the memory of what it runs.

#![allow(unsafe_code, reason = "an allocator is unsafe to implement")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

thread_local! {
    static HELD: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

fn count(change: isize) {
    let held = HELD.get() + change;
    HELD.set(held);
    PEAK.set(PEAK.get().max(held));
}

// SAFETY: every call goes to the system's allocator unchanged; counting allocates nothing, since the cells
// are initialised at compile time and have no destructor.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(layout.size() as isize);
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, old: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        count(size as isize - layout.size() as isize);
        unsafe { System.realloc(old, layout, size) }
    }

    unsafe fn dealloc(&self, old: *mut u8, layout: Layout) {
        count(-(layout.size() as isize));
        unsafe { System.dealloc(old, layout) }
    }
}

/// Runs `body`, which may hold at most `limit` bytes of heap at any one time beyond what this thread holds
/// already.
///
/// # Panics
/// Where it holds more.
pub fn within<T>(limit: usize, body: impl FnOnce() -> T) -> T {
    let before = HELD.get();
    PEAK.set(before);
    let value = body();
    let used = PEAK.get() - before;
    assert!(used <= limit as isize, "held {used} bytes of heap, the limit is {limit}");
    value
}

#[cfg(test)]
mod tests {
    use super::within;

    #[test]
    fn counts_the_peak() {
        assert_eq!(within(100, || vec![1u8; 100].len()), 100);
        within(0, || ());
        let caught = std::panic::catch_unwind(|| within(99, || drop(vec![1u8; 100])));
        assert!(caught.is_err());
    }
}
