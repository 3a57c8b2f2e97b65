use crate::update::Tally;
use std::collections::VecDeque;
use std::sync::Arc;

/// Generations that a board has trained alone. They are checked, but not applied yet.
#[derive(Default)]
pub(super) struct Ahead {
    pub(super) board: Option<Arc<str>>,
    pub(super) tallies: VecDeque<(u32, Tally)>,
}
