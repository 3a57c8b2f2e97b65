//! The kinds of torture.

mod damage;
mod disk;
mod hostile;
mod kills;
mod pairs;

use super::case::Verdict;
use super::runner::Bench;
use std::path::Path;

/// A kind of torture.
pub(crate) struct Kind {
    pub(crate) name: &'static str,
    /// Cases of the short form, and of the long one.
    pub(crate) short: u64,
    pub(crate) long: u64,
    /// Cases at once on a core: more where they spend their time waiting.
    pub(crate) waits: usize,
    /// A case, in a folder of its own.
    pub(crate) case: fn(&Bench, u64, &Path) -> Verdict,
}

/// All of them.
pub(crate) const KINDS: &[Kind] = &[
    Kind { name: "kills", short: 300, long: 5000, waits: 1, case: kills::case },
    Kind { name: "damage", short: 300, long: 20_000, waits: 1, case: damage::case },
    Kind { name: "disk", short: 100, long: 2000, waits: 1, case: disk::case },
    Kind { name: "pairs", short: 24, long: 500, waits: 1, case: pairs::case },
    Kind { name: "hostile", short: 48, long: 1500, waits: 6, case: hostile::case },
];
