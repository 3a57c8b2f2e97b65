use super::Target;
use crate::model::Start;

/// What one pass reads, and what its output is scored by.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The model's input.
    pub start: Start<'a>,
    /// What the output should be.
    pub target: Target<'a>,
    /// What the credit has to remember of it: the sample's index, or the token.
    pub mark: u32,
}
