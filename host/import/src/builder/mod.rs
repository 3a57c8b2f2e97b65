//! Makes a graph of the operations of a file, whatever its layout of activations.
//!
//! Nodes lie in rows, columns and channels. A view says where a node's values lie in the file's own layout:
//! so reshapes and transpositions compute nothing, and a layer turns its weights instead. A node whose layout
//! no layer has needed yet (an input, or a vector) takes the one that the first layer needs.

mod base;
mod finish;
mod fold;
mod linear;
mod other;
mod view;

pub(crate) use base::{Builder, Value};
pub(crate) use linear::{Kernel, Padding};
pub(crate) use view::{Axes, View};
