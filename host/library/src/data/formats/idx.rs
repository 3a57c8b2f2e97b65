//! The IDX form of MNIST's files: two zero bytes, the type, the number of dimensions, their sizes (u32), and
//! the values, all big endian.

use super::values::{Array, Values, chunks};

/// Reads an array.
pub(super) fn read(bytes: &[u8]) -> Result<Array, String> {
    let short = || "the IDX file ends too early; take another copy of it".to_owned();
    let (&kind, &dimensions) = (bytes.get(2).ok_or_else(short)?, bytes.get(3).ok_or_else(short)?);
    let data = 4 + 4 * usize::from(dimensions);
    let shape: Vec<usize> = bytes
        .get(4..data)
        .ok_or_else(short)?
        .chunks_exact(4)
        .map(|size| u32::from_be_bytes([size[0], size[1], size[2], size[3]]) as usize)
        .collect();
    let size = Array::size(&shape).ok_or("the sizes of the IDX file are too large")?;
    let width = match kind {
        0x08 | 0x09 => 1,
        0x0B => 2,
        0x0C | 0x0D => 4,
        _ => 8,
    };
    let end = size.checked_mul(width).and_then(|len| len.checked_add(data)).ok_or_else(short)?;
    let body = bytes.get(data..end).ok_or_else(short)?;
    if bytes.len() > end {
        return Err(format!(
            "{} bytes follow the values of the IDX file; take another copy",
            bytes.len() - end
        ));
    }
    let values = match kind {
        0x08 => Values::Integers(body.iter().map(|&value| value.into()).collect()),
        0x09 => Values::Integers(body.iter().map(|value| value.cast_signed().into()).collect()),
        0x0B => Values::Integers(chunks(body).map(|value| i16::from_be_bytes(value).into()).collect()),
        0x0C => Values::Integers(chunks(body).map(|value| i32::from_be_bytes(value).into()).collect()),
        0x0D => Values::Floats(chunks(body).map(f32::from_be_bytes).collect()),
        _ => Values::Doubles(chunks(body).map(f64::from_be_bytes).collect()),
    };
    Ok(Array { shape, values })
}
