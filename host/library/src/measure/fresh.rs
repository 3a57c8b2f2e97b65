//! Episodes and prompts that training does not meet.

use eggroll_firmware::task::environment::{Episode, FRESH};

/// The episode of a fresh start, as [`play_base`](eggroll_firmware::task::environment::play_base) plays it,
/// or a fresh prompt.
pub(super) const fn fresh(seed: u32, index: u32) -> Episode {
    Episode { seed, generation: FRESH, index }
}
