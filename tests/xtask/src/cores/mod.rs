//! Instructions and cycles of emulated cores.

pub(crate) mod counter;
pub(crate) mod thumb;
