//! How many boards a generation keeps busy, by the table of `cargo xtask bench --fleet`.

use super::DataPreset;

/// The fewest slots that more than one board shares well: most slots are skipped after their base pass, so
/// boards with a slot each wait for those whose slot is kept.
const SHARED: u32 = 16;

/// The boards beyond which more stop paying in a run of estimator `node` on data: a slot is the smallest
/// piece of work, so with more boards than slots some have nothing to do in any generation.
pub const fn boards_that_pay(slots: u32) -> u32 {
    slots
}

/// The slots a generation with which so many boards get to the same accuracy soonest. More of them would make
/// generations longer, and no larger steps.
pub const fn slots_for(boards: u32) -> u32 {
    match boards {
        0 | 1 => DataPreset::of(2, None).guided.node.slots,
        2..=SHARED => SHARED,
        more => more,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_slots_for_some_boards_keep_all_of_them_busy() {
        assert_eq!([1, 2, 16, 17, 64].map(slots_for), [4, 16, 16, 17, 64]);
        assert!((1..100).all(|boards| boards_that_pay(slots_for(boards)) >= boards));
    }
}
