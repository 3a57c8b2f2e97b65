//! The host side of eggroll.

pub mod data;
