//! The program's tests, in one program: each more would be linked once more.

mod anomaly;
mod answers;
mod balance;
mod cases;
mod cli;
mod common;
mod directories;
mod documents;
mod environments;
mod exports;
mod faults;
mod inputs;
mod length;
mod listen;
mod regression;
mod resume;
mod signal;
mod text;
mod tune;
