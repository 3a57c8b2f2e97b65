//! What a model is, what it is lowered to, and its forward pass.
//!
//! A model is data ([`Description`]): one firmware runs any model that fits its arena. It is lowered once to
//! a [`Program`], a list of operations on values in one memory, which [`run`] interprets.
//!
//! | file | what it holds |
//! |---|---|
//! | `description` | layers |
//! | `kind` | what layers are called |
//! | `layer_set` | some layers of a model |
//! | `lowering` | from layers to operations: one table a kind of layer |
//! | `operation` | what operations do, and the values they name |
//! | `program` | a whole model: its memory, and all parameters |
//! | `step` | an operation with everything that it takes |
//! | `steps` | the places of all values, step by step |
//! | `pass` | the interpreter, and the hooks that make a member |

mod description;
mod kind;
mod layer_set;
mod lowering;
mod operation;
mod pass;
mod program;
mod step;
mod steps;
mod tensor;

pub use crate::kernel::{MAX_VALUES, Window};
pub use description::{
    Activation, Description, Layer, MAX_DIVISOR, MAX_LAYERS, MAX_OUTPUTS, MAX_WIDTH, Pool,
};
pub use layer_set::LayerSet;
pub use operation::{Action, Memory, Value};
pub use pass::{Perturbation, Scratch, Start, Unperturbed, first_nodes, infer, run};
pub use program::{LayerPlace, Program};
pub use step::{Nodes, Step};
pub use steps::Steps;
pub use tensor::{Role, Tensor, TensorKind};
