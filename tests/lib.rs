//! Tests that cross the borders between the crates live in the files beside this one.
