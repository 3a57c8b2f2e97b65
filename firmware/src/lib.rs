//! Everything that trains on a board: integer kernels, noise, models, tasks, estimators, updates, the
//! wire protocol and the board's server. No heap, no floats; the instructions of target cores are
//! in one module, `arm`, each use of them beside a portable definition.
//!
//! This crate is the only definition of the arithmetic. The host runs the same code, and every faster
//! form (SIMD, CUDA, Verilog) is tested against it.
//!
//! The modules are the layers, each knowing only those above it in this list:
//!
//! | module | what it holds |
//! |---|---|
//! | [`progress`] | the word that a computation goes on |
//! | [`checksum`] | CRC-32 of frames, samples and weights |
//! | [`features`] | raw values read from decimal numbers and brought to the range of an activation |
//! | [`signal`] | the samples of a sensor, window by window, made features |
//! | [`noise`] | the counter-based noise and its addresses |
//! | [`kernel`] | one file an integer operation |
//! | [`model`] | what a model is, the program it is lowered to, and the forward pass |
//! | [`task`] | what a member is scored on |
//! | [`credit`] | the sum Z that an update is made of |
//! | [`estimator`] | what a member is, its fitness, and the credit rebuilt from it |
//! | [`accelerator`] | members evaluated on the matmul unit of an FPGA |
//! | [`update`] | how credit moves weights |
//! | [`train`] | a whole run in one arena: plan, evaluate, credit, step |
//! | [`deploy`] | a trained model that stays on a board and answers there |
//! | [`wire`] | frames and messages |
//! | [`runtime`] | the board's server |
#![no_std]
// Boards must not panic. `cargo xtask panics` proves it for what they run; these hold for the rest, too.
#![cfg_attr(
    not(test),
    warn(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::panic,
        clippy::unreachable
    )
)]
// Denied for Arm cores: the module of their instructions allows it.
#![cfg_attr(not(target_arch = "arm"), forbid(unsafe_code))]
#![cfg_attr(target_arch = "arm", deny(unsafe_code))]

pub mod accelerator;
#[cfg(target_arch = "arm")]
mod arm;
pub mod checksum;
pub mod credit;
pub mod deploy;
pub mod estimator;
pub mod features;
pub mod kernel;
pub mod model;
pub mod noise;
pub mod progress;
pub mod runtime;
pub mod signal;
pub mod task;
pub mod train;
pub mod update;
pub mod wire;

mod error;
mod message_bytes;
mod slice_ext;

pub use error::{Error, Setting};
