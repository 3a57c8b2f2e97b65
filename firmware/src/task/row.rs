use crate::model::Start;

/// What one pass reads, and what its output is scored by.
#[derive(Clone, Copy)]
pub struct Row<'a> {
    /// The model's input.
    pub start: Start<'a>,
    /// The output that should be largest: a label, or the next token.
    pub target: usize,
    /// What the credit has to remember of it: the sample's index, or the token.
    pub mark: u32,
}
