//! Models that other tools trained, as integers.
//!
//! [`read`] makes a float [`Graph`] of an ONNX, TFLite or safetensors file, whatever the file's layout of
//! activations and whether its weights are floats or quantised. [`Graph::run`] computes it. [`quantise()`]
//! chooses scales from data and returns the layers, weights and divisors of the integer model.
//!
//! ```no_run
//! # fn main() -> Result<(), eggroll_import::Error> {
//! let graph = eggroll_import::read("model.onnx".as_ref())?;
//! let rows = vec![graph.ordered(&[0.0; 64])];
//! let calibration = eggroll_import::Calibration { rows: &rows, ..Default::default() };
//! let quantised = eggroll_import::quantise(&graph, &calibration)?;
//! let outputs = quantised.run(&quantised.input.apply(&rows[0]))?;
//! # Ok(())
//! # }
//! ```
//!
//! | module | what it holds |
//! |---|---|
//! | `onnx`, `tflite`, `description` | the readers |
//! | `builder` | makes a graph of a file's operations: layouts, folding |
//! | `graph`, `run` | the float model, and its computation |
//! | `quantise` | the choice of scales, and the integer model |
//! | `constant`, `half`, `kernel` | tensors of constants, floats of 16 bits, sums over windows |

mod builder;
mod constant;
mod description;
mod error;
mod graph;
mod half;
mod kernel;
mod onnx;
mod quantise;
mod read;
mod run;
mod tflite;

pub use error::Error;
pub use graph::{Graph, Head, Input, Kind, Node, Pooling, Shape, Window};
pub use quantise::{
    Activation, Calibration, InputScale, Layer, LayerReport, OutputScale, Quantised, Report, Task, quantise,
};
pub use read::{Format, read, read_bytes, read_layers};
pub use run::Activations;
