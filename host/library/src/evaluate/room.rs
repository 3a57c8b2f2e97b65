/// The bytes that a board needs for a run, and those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// The bytes that the run needs at least.
    pub needs: u64,
    /// The bytes that the board has.
    pub has: u64,
    /// Whether the board updates its own weights.
    pub updates: bool,
}
