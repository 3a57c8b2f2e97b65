//! The cross-border tests, in one program: each more would link the whole host once more.

mod applications;
mod convolutions;
mod cuda;
mod determinism;
mod devices;
mod diagnostics;
mod documents;
mod emulated;
mod environments;
mod faults;
mod fleet;
mod fpga;
mod golden;
mod handshake;
mod layers;
mod learner;
mod models;
mod own_task;
mod recovery;
mod regression;
mod report;
mod rewards;
mod rtt;
mod sharing;
mod sync;
mod uploads;
