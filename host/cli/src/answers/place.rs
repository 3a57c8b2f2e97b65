//! Where a row that is answered is: its line in a file, or its recording and the window in it.

use super::field::field;
use eggroll_host::data::Samples;
use serde_json::{Map, Value, json};

/// The names of the columns that say where a row is.
pub(super) fn columns(rows: &Samples) -> &'static str {
    if rows.windows.is_empty() { "line" } else { "recording,sample" }
}

/// Where a row is, as the fields of a table.
pub(super) fn fields(rows: &Samples, row: usize) -> String {
    match rows.windows.get(row) {
        Some(window) => format!("{},{}", field(&window.recording), window.sample),
        None => rows.lines.get(row).map(u64::to_string).unwrap_or_default(),
    }
}

/// The same as an object.
pub(super) fn object(rows: &Samples, row: usize) -> Value {
    let mut object = Map::new();
    match rows.windows.get(row) {
        Some(window) => {
            object.insert("recording".to_owned(), json!(*window.recording));
            object.insert("sample".to_owned(), json!(window.sample));
        }
        None => {
            object.insert("line".to_owned(), json!(rows.lines.get(row)));
        }
    }
    Value::Object(object)
}
