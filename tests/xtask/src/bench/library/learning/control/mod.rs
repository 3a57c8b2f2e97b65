//! What the program's own rules are held beside: backpropagation of the same networks on the same samples.

mod float;
mod integer;
mod scikit;

pub(super) use float::Float;
pub(super) use integer::Integer;
pub(in super::super) use scikit::Scikit;
