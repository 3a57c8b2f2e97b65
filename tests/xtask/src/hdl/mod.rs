//! Chores of `hdl/`: its tools, lint, proofs, synthesis and bitstreams.

mod bitstream;
mod faults;
mod formal;
mod lint;
mod netlist;
mod synthesis;
pub(crate) mod tools;

pub(crate) use bitstream::{Args as BitstreamArgs, run as bitstream};
pub(crate) use formal::run as formal;
pub(crate) use lint::run as lint;
pub(crate) use netlist::run as netlist;
pub(crate) use synthesis::{Board, Report, place};
