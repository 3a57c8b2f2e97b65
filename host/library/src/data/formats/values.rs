//! Arrays of values, and the text of a table that is made of them.

use std::fmt::Write;

/// The values of an array, row-major, as a table has them.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Values {
    /// Integers.
    Integers(Vec<i128>),
    /// Floats of 32 bits. Their shortest decimal form is not that of the same value in 64 bits.
    Floats(Vec<f32>),
    /// Floats of 64 bits.
    Doubles(Vec<f64>),
    /// Names.
    Names(Vec<String>),
}

impl Values {
    fn len(&self) -> usize {
        match self {
            Self::Integers(values) => values.len(),
            Self::Floats(values) => values.len(),
            Self::Doubles(values) => values.len(),
            Self::Names(values) => values.len(),
        }
    }

    /// Writes a value as a field.
    fn write(&self, at: usize, out: &mut String) -> Option<()> {
        match self {
            Self::Integers(values) => write!(out, "{}", values.get(at)?).ok(),
            Self::Floats(values) => number(out, f64::from(*values.get(at)?), values.get(at)?),
            Self::Doubles(values) => number(out, *values.get(at)?, values.get(at)?),
            Self::Names(values) => {
                quoted(out, values.get(at)?);
                Some(())
            }
        }
    }
}

/// Writes a name as a field of a table.
pub(in super::super) fn quoted(out: &mut String, name: &str) {
    let _ = write!(out, "\"{}\"", name.replace('"', "\"\""));
}

/// Writes a float by its shortest decimal form; one that is no number says nothing.
fn number(out: &mut String, value: f64, shown: &dyn std::fmt::LowerExp) -> Option<()> {
    if value.is_nan() {
        return Some(());
    }
    if value.is_infinite() {
        // A table refuses it, and names the place.
        return write!(out, "inf").ok();
    }
    write!(out, "{shown:e}").ok()
}

/// An array: the same number of values in each row.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Array {
    /// The size of each dimension. The first one counts rows.
    pub(super) shape: Vec<usize>,
    /// All values.
    pub(super) values: Values,
}

impl Array {
    /// The number of rows.
    pub(super) fn rows(&self) -> usize {
        self.shape.first().copied().unwrap_or(0)
    }

    /// The number of values in a row.
    pub(super) fn width(&self) -> usize {
        self.shape.iter().skip(1).product()
    }

    /// Whether there is one value a row.
    pub(super) fn is_column(&self) -> bool {
        self.width() == 1
    }

    /// The size that these dimensions should have; `None` if they overflow.
    pub(super) fn size(shape: &[usize]) -> Option<usize> {
        shape.iter().try_fold(1usize, |size, &n| size.checked_mul(n))
    }
}

/// The text of a table whose columns are those of arrays side by side.
pub(super) fn text(arrays: Vec<Array>) -> Result<Vec<u8>, String> {
    let rows = arrays.first().map_or(0, Array::rows);
    for array in &arrays {
        if array.rows() != rows {
            return Err(format!("there are {rows} rows of features and {} labels", array.rows()));
        }
        if Some(array.values.len()) != Array::size(&array.shape) {
            return Err(format!("{} values do not fill the shape {:?}", array.values.len(), array.shape));
        }
    }
    let mut text = String::new();
    for row in 0..rows {
        for (place, array) in arrays.iter().enumerate() {
            let width = array.width();
            for column in 0..width {
                if place > 0 || column > 0 {
                    text.push(',');
                }
                array.values.write(row * width + column, &mut text).ok_or("a value is missing")?;
            }
        }
        text.push('\n');
    }
    Ok(text.into_bytes())
}

/// The values of so many bytes.
pub(super) fn chunks<const N: usize>(body: &[u8]) -> impl Iterator<Item = [u8; N]> {
    body.as_chunks().0.iter().copied()
}
