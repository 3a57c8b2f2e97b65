//! The board's server: bytes in, bytes out, fixed memory, no panic on any bytes.

mod alive;
mod models;
mod output;
mod server;

pub use server::{Board, Server, serve};
