//! Tensors of a file as constants.

use super::message::{Tensor, element};
use crate::constant::Constant;
use crate::error::Reason;
use crate::half::{bfloat, half};

pub(super) fn constant(tensor: &Tensor) -> Result<Constant, Reason> {
    if tensor.data_location == Some(1) {
        return Err("its values lie in another file; save the model with its weights in it".to_owned());
    }
    let dims = tensor
        .dims
        .iter()
        .map(|size| usize::try_from(*size).map_err(|_| format!("a size of {size}")))
        .collect::<Result<Vec<_>, _>>()?;
    let kind = tensor.data_type.unwrap_or(0);
    let values = match &tensor.raw_data {
        Some(bytes) => raw(kind, bytes)?,
        None => fields(kind, tensor)?,
    };
    Constant::new(dims, values)
}

fn raw(kind: i32, bytes: &[u8]) -> Result<Vec<f64>, Reason> {
    /// The bytes in groups of a value.
    fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Result<Vec<f64>, Reason> {
        let (groups, rest) = bytes.as_chunks::<N>();
        if !rest.is_empty() {
            return Err(format!("{} bytes are no whole number of values of {N}", bytes.len()));
        }
        Ok(groups.iter().map(|group| value(*group)).collect())
    }
    match kind {
        element::FLOAT => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
        element::DOUBLE => each(bytes, f64::from_le_bytes),
        element::FLOAT16 => each(bytes, |b| half(u16::from_le_bytes(b))),
        element::BFLOAT16 => each(bytes, |b| bfloat(u16::from_le_bytes(b))),
        element::INT8 => each(bytes, |b| f64::from(i8::from_le_bytes(b))),
        element::UINT8 | element::BOOL => each(bytes, |b| f64::from(u8::from_le_bytes(b))),
        element::INT16 => each(bytes, |b| f64::from(i16::from_le_bytes(b))),
        element::UINT16 => each(bytes, |b| f64::from(u16::from_le_bytes(b))),
        element::INT32 => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
        element::INT64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
        _ => Err(unknown(kind)),
    }
}

fn fields(kind: i32, tensor: &Tensor) -> Result<Vec<f64>, Reason> {
    let integers = tensor.int32_data.iter();
    match kind {
        element::FLOAT => Ok(tensor.float_data.iter().map(|value| f64::from(*value)).collect()),
        element::DOUBLE => Ok(tensor.double_data.clone()),
        element::FLOAT16 => Ok(integers.map(|bits| half(*bits as u16)).collect()),
        element::BFLOAT16 => Ok(integers.map(|bits| bfloat(*bits as u16)).collect()),
        element::INT8
        | element::UINT8
        | element::BOOL
        | element::INT16
        | element::UINT16
        | element::INT32 => Ok(integers.map(|value| f64::from(*value)).collect()),
        element::INT64 => Ok(tensor.int64_data.iter().map(|value| *value as f64).collect()),
        _ => Err(unknown(kind)),
    }
}

fn unknown(kind: i32) -> Reason {
    format!("elements of type {kind}; floats of 16, 32 and 64 bits and integers are supported")
}
