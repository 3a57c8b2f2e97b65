//! Parquet files: a column for each value of a row, which has a name.

use super::values::quoted;
use ::parquet::file::reader::{FileReader, SerializedFileReader};
use ::parquet::record::Field;
use bytes::Bytes;
use std::fmt::Write;

/// The most bytes of text that a file is turned into, as of a table.
const MOST: usize = 1 << 30;

/// Reads a file as the text of a table with a header.
pub(super) fn read(bytes: &[u8]) -> Result<Vec<u8>, String> {
    let damaged = |error: ::parquet::errors::ParquetError| format!("the Parquet file is damaged: {error}");
    let reader = SerializedFileReader::new(Bytes::copy_from_slice(bytes)).map_err(damaged)?;
    let schema = reader.metadata().file_metadata().schema_descr();
    let mut text = String::new();
    for (place, column) in schema.root_schema().get_fields().iter().enumerate() {
        if place > 0 {
            text.push(',');
        }
        quoted(&mut text, column.name());
    }
    text.push('\n');
    for row in reader.get_row_iter(None).map_err(damaged)? {
        let row = row.map_err(damaged)?;
        for (place, (name, field)) in row.get_column_iter().enumerate() {
            if place > 0 {
                text.push(',');
            }
            write(&mut text, field).ok_or_else(|| {
                format!("column {name} holds several values a row; save the table without it, or with columns of its own")
            })?;
        }
        text.push('\n');
        if text.len() > MOST {
            return Err("as a text it has more than 1 GiB; keep fewer rows or columns".to_owned());
        }
    }
    Ok(text.into_bytes())
}

/// Writes a value as a table has it; floats by their shortest decimal form, and times as integers.
fn write(text: &mut String, field: &Field) -> Option<()> {
    let written = match field {
        Field::Null => Ok(()),
        Field::Bool(value) => write!(text, "{value}"),
        Field::Byte(value) => write!(text, "{value}"),
        Field::Short(value) => write!(text, "{value}"),
        Field::Int(value) | Field::Date(value) | Field::TimeMillis(value) => write!(text, "{value}"),
        Field::Long(value)
        | Field::TimeMicros(value)
        | Field::TimestampMillis(value)
        | Field::TimestampMicros(value) => write!(text, "{value}"),
        Field::UByte(value) => write!(text, "{value}"),
        Field::UShort(value) => write!(text, "{value}"),
        Field::UInt(value) => write!(text, "{value}"),
        Field::ULong(value) => write!(text, "{value}"),
        Field::Float16(value) if value.is_nan() => Ok(()),
        Field::Float16(value) => write!(text, "{:e}", value.to_f32()),
        Field::Float(value) if value.is_nan() => Ok(()),
        Field::Float(value) => write!(text, "{value:e}"),
        Field::Double(value) if value.is_nan() => Ok(()),
        Field::Double(value) => write!(text, "{value:e}"),
        Field::Str(value) => {
            quoted(text, value);
            Ok(())
        }
        Field::Bytes(value) => {
            quoted(text, &String::from_utf8_lossy(value.data()));
            Ok(())
        }
        Field::Decimal(_) => write!(text, "{field}"),
        Field::Group(_) | Field::ListInternal(_) | Field::MapInternal(_) => return None,
        // A type of a later version of the format.
        #[allow(unreachable_patterns)]
        _ => return None,
    };
    written.ok()
}
