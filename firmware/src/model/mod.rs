//! What a model is (data: one firmware runs any model that fits its arena), where its parameters lie, and its
//! forward pass.

mod description;
mod layout;
mod pass;
pub mod recurrent;

pub use description::{Activation, Description, Layer, MAX_LAYERS, MAX_OUTPUTS, MAX_WIDTH};
pub use layout::{Kind, Layout, Placed, Role, Tensor, TensorKind};
pub use pass::{Perturbation, Start, Unperturbed, Workspace, forward, preactivation};
