//! What differs between the families of processors: how to sleep and to start anew, and what a fault does.
//! Nothing else in this crate names one.

#[cfg(target_arch = "arm")]
mod cortex_m;
#[cfg(target_arch = "arm")]
pub(crate) use cortex_m::{reset, sleep};

#[cfg(target_arch = "riscv32")]
mod risc_v;
#[cfg(target_arch = "riscv32")]
pub(crate) use risc_v::{reset, sleep};
