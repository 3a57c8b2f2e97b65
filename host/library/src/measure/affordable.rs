//! How many training rows a baseline learns from.

/// Products that a baseline may take: a second or two of one core.
pub(super) const MOST_PRODUCTS: u64 = 4_000_000_000;
/// Steps that a baseline needs room for; of more rows than allow them it learns from every second, third and
/// so on.
const STEPS: u64 = 60;
/// The fewest rows that it learns from, if there are as many.
const FEWEST_ROWS: u64 = 200;
/// Training rows whose answers are looked at; of more, every second, third and so on.
const MOST_TRAINING_ROWS: usize = 4096;

/// Of so many rows a baseline learns from every so many-th, if a step takes this many products of a row.
pub(super) fn every(rows: usize, products: u64) -> usize {
    let room = (MOST_PRODUCTS / (products * STEPS).max(1)).max(FEWEST_ROWS);
    (rows as u64).div_ceil(room).max(1) as usize
}

/// The training rows whose answers are looked at.
pub(super) fn some(train: &[u32]) -> Vec<u32> {
    train.iter().copied().step_by(train.len().div_ceil(MOST_TRAINING_ROWS).max(1)).collect()
}
