//! The program's tests, in one program: each more would be linked once more.

mod adapt;
mod anomaly;
mod answers;
mod balance;
mod cases;
mod cli;
mod common;
mod convolution;
mod directories;
mod documents;
mod environments;
mod exports;
mod faults;
#[cfg(feature = "import")]
mod import;
mod inputs;
#[cfg(feature = "nats")]
mod lab;
mod length;
mod listen;
#[cfg(unix)]
mod metrics;
mod regression;
mod resume;
mod rewards;
mod signal;
mod text;
mod tune;
