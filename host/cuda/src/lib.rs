//! NVIDIA GPUs for members: the firmware's integers from CUDA kernels.
//!
//! All forward passes of a batch are one launch: a block of threads takes a tile of rows through all layers
//! and steps (`kernels/tile.cuh` says what it keeps where). Of an update the credit of pairs' matrices and
//! the base model's states are the device's, everything else the host's.
//!
//! | module | what it holds |
//! |---|---|
//! | `device` | a device: the driver's, or the simulated one; the only module of this crate with `unsafe` |
//! | `source`, `kernels/` | the kernels, CUDA C++ |
//! | `shim/` | the same kernels compiled for a CPU |
//! | `args` | the structures that kernels are handed |
//! | `packing` | a model's parameters as kernels take them |
//! | `program` | a model of vectors as the operations that kernels take |
//! | `windows` | the same of a convolutional model |
//! | `noise` | how members' noise is drawn and laid out |
//! | `evaluate` | the scores of a range of units |
//! | `credit` | the credit of pairs |
//! | `busy` | a measurement of a device's peak |

mod args;
pub mod busy;
mod credit;
pub mod device;
pub mod evaluate;
mod noise;
mod packing;
mod program;
mod source;
mod windows;
