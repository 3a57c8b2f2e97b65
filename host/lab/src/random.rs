use std::hash::{BuildHasher, Hasher};

/// A number that no other process has drawn.
pub(crate) fn random() -> u64 {
    // The standard library seeds each of these by the system's random numbers.
    std::hash::RandomState::new().build_hasher().finish()
}
