//! What the tests read of vectors in JSON.

use serde_json::Value;

/// A number, or a nest of lists of numbers, flattened.
pub(crate) fn flat<T: TryFrom<i64>>(value: &Value) -> Vec<T>
where
    T::Error: std::fmt::Debug,
{
    match value {
        Value::Array(items) => items.iter().flat_map(flat).collect(),
        number => vec![T::try_from(number.as_i64().unwrap()).unwrap()],
    }
}

pub(crate) fn number<T: TryFrom<i64>>(value: &Value) -> T
where
    T::Error: std::fmt::Debug,
{
    flat(value).pop().unwrap()
}

pub(crate) fn list(value: &Value) -> &[Value] {
    value.as_array().unwrap()
}
