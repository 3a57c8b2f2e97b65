//! Labels in a file of their own.

use super::idx;
use super::magic::{Format, format_of};
use super::npy;
use super::values::{Array, Values};

/// The labels in a file of one array.
pub(super) fn read(bytes: &[u8]) -> Result<Array, String> {
    let array = match format_of(bytes) {
        Some(Format::Npy) => npy::read(bytes)?,
        Some(Format::Idx) => idx::read(bytes)?,
        _ => {
            let text = std::str::from_utf8(bytes)
                .map_err(|_| "labels are .npy, IDX, or a text of one label a line")?;
            let names: Vec<String> =
                text.lines().map(str::trim).filter(|line| !line.is_empty()).map(str::to_owned).collect();
            Array { shape: vec![names.len()], values: Values::Names(names) }
        }
    };
    match array.is_column() {
        true => Ok(array),
        false => Err(format!("labels are one a row, and this has the shape {:?}", array.shape)),
    }
}
