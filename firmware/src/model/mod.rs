//! What a model is, what it is lowered to, and its forward pass.
//!
//! A model is data ([`Description`]): one firmware runs any model that fits its arena. It is lowered once to a
//! [`Program`], a list of operations on values in one memory, which [`run`] interprets.
//!
//! | file | what it holds |
//! |---|---|
//! | `description` | layers |
//! | `lowering` | from layers to operations: one table a kind of layer |
//! | `program` | operations, the places of the values between them, and of the parameters |
//! | `pass` | the interpreter, and the hooks that make a member |

mod description;
mod lowering;
mod pass;
mod program;
mod tensor;

pub use description::{Activation, Description, Layer, MAX_LAYERS, MAX_OUTPUTS, MAX_WIDTH};
pub use pass::{Perturbation, Scratch, Start, Unperturbed, first_nodes, run};
pub use program::{Action, LayerPlace, Memory, Nodes, Program, Step, Steps, Value};
pub use tensor::{Role, Tensor, TensorKind};
