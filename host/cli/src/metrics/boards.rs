//! The figures of boards by name. A name is what a board or a user says, so it is made plain, and there are
//! only so many of them.

use eggroll_host::fleet::Share;
use eggroll_host::words;
use std::collections::{BTreeMap, HashSet};

/// The most boards with figures of their own: the first that joined. Whoever stores the figures keeps a
/// series for each name that ever was.
const MOST_BOARDS: usize = 1000;
/// The name of all boards behind those, taken together.
const OTHERS: &str = "others";

/// The figures of a board, or of several of the same name.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Figures {
    /// Units a second.
    pub(super) rate: f64,
    pub(super) units: u64,
    pub(super) reloads: u64,
}

/// The boards of a fleet.
#[derive(Debug, Default)]
pub(super) struct Boards {
    known: HashSet<String>,
    now: BTreeMap<String, Figures>,
}

impl Boards {
    /// Replaces what is known of boards. Those that are not in the fleet now are left out.
    pub(super) fn set(&mut self, shares: Vec<Share>) {
        self.now.clear();
        for Share { name, rate, units, reloads } in shares {
            let mut name = words::shown(&name, words::MOST);
            if !self.known.contains(&name) {
                if self.known.len() < MOST_BOARDS {
                    self.known.insert(name.clone());
                } else {
                    OTHERS.clone_into(&mut name);
                }
            }
            // A sample may not be there twice.
            let sum = self.now.entry(name).or_default();
            sum.rate += rate;
            sum.units = sum.units.saturating_add(units);
            sum.reloads = sum.reloads.saturating_add(reloads);
        }
    }

    pub(super) fn each(&self) -> impl Iterator<Item = (&str, Figures)> {
        self.now.iter().map(|(name, figures)| (&**name, *figures))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn share(name: String, units: u64) -> Share {
        Share { name, rate: 0.5, units, reloads: 1 }
    }

    #[test]
    fn there_are_only_so_many_names_and_each_once() {
        let mut boards = Boards::default();
        let all = |from: usize| (from..MOST_BOARDS + 7).map(|n| share(format!("board-{n}"), 2)).collect();
        boards.set(all(0));
        let others = Figures { rate: 3.5, units: 14, reloads: 7 };
        assert_eq!(boards.each().count(), MOST_BOARDS + 1);
        assert_eq!(boards.each().last(), Some((OTHERS, others)));
        // The place of one that is gone is not given to another, or there would be ever more names.
        boards.set(all(10));
        assert_eq!(boards.each().count(), MOST_BOARDS - 10 + 1);
        assert_eq!(boards.each().last(), Some((OTHERS, others)));
        boards.set(vec![share("board-3".to_owned(), u64::MAX), share("board-3".to_owned(), 9)]);
        let both = Figures { rate: 1.0, units: u64::MAX, reloads: 2 };
        assert_eq!(boards.each().collect::<Vec<_>>(), [("board-3", both)]);
    }

    #[test]
    fn names_are_short_and_plain() {
        let mut boards = Boards::default();
        boards.set(vec![share("a\nb\x1b\u{202e}".to_owned(), 1), share("x".repeat(1 << 20), 1)]);
        let names: Vec<&str> = boards.each().map(|(name, _)| name).collect();
        assert_eq!(names[0], "a\\nb\\u{1b}\\u{202e}");
        assert!(names[1].len() < 100 && names[1].ends_with("(1048576 characters)"), "{names:?}");
    }
}
