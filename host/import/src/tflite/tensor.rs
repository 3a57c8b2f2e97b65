//! Tensors of a file: their names, sizes, and constant values.

use super::flatbuffer::Table;
use crate::constant::Constant;
use crate::error::Reason;
use crate::graph::elements;
use crate::half::half;

/// Element types, as the schema's `TensorType` numbers them.
mod element {
    pub(super) const FLOAT32: i8 = 0;
    pub(super) const FLOAT16: i8 = 1;
    pub(super) const INT32: i8 = 2;
    pub(super) const UINT8: i8 = 3;
    pub(super) const INT64: i8 = 4;
    pub(super) const INT16: i8 = 7;
    pub(super) const INT8: i8 = 9;
}

pub(super) struct Tensor {
    pub(super) name: String,
    pub(super) dims: Vec<i32>,
    element: i8,
    buffer: usize,
    scale: Vec<f32>,
    zero: Vec<i64>,
    /// Which axis the scales belong to.
    axis: i32,
}

impl Tensor {
    pub(super) fn of(table: Table<'_>) -> Result<Self, Reason> {
        let quantisation = table.table(4)?;
        let (scale, zero, axis) = match quantisation {
            Some(table) => (table.floats(2)?, table.longs(3)?, table.int(6, 0)?),
            None => (Vec::new(), Vec::new(), 0),
        };
        Ok(Self {
            name: table.text(3)?,
            dims: table.ints(0)?,
            element: table.byte(1, 0)?,
            buffer: usize::try_from(table.int(2, 0)?).map_err(|_| "a negative buffer".to_owned())?,
            scale,
            zero,
            axis,
        })
    }

    pub(super) fn sizes(&self) -> Result<Vec<usize>, Reason> {
        let size = |size: &i32| usize::try_from(*size).map_err(|_| format!("a size of {size}"));
        self.dims.iter().map(size).collect()
    }

    /// The values, with their scales applied; nothing if the tensor is computed.
    pub(super) fn constant(&self, buffers: &[Table<'_>]) -> Result<Option<Constant>, Reason> {
        let buffer =
            buffers.get(self.buffer).ok_or_else(|| format!("buffer {} does not exist", self.buffer))?;
        let bytes = buffer.bytes(0)?;
        if bytes.is_empty() {
            if buffer.long(1)? > 1 {
                return Err(
                    "its values lie behind the model's tables; files below 2 GB have them within".to_owned()
                );
            }
            return Ok(None);
        }
        let dims = self.sizes()?;
        let values = self.raw(bytes)?;
        if elements(&dims) != Some(values.len()) {
            return Err(format!("{} values for sizes of {dims:?}", values.len()));
        }
        let constant = Constant::new(dims, values)?;
        let scale = &self.scale;
        if scale.is_empty() {
            return Ok(Some(constant));
        }
        let mut fit = vec![1; constant.dims.len()];
        if scale.len() > 1 {
            let axis = usize::try_from(self.axis).ok().and_then(|axis| fit.get_mut(axis));
            *axis.ok_or_else(|| format!("scales along axis {} of {:?}", self.axis, constant.dims))? =
                scale.len();
        }
        let scales = Constant::new(fit.clone(), scale.iter().map(|scale| f64::from(*scale)).collect())?;
        let zero = match self.zero.len() {
            0 => Constant { dims: Vec::new(), values: vec![0.0] },
            1 => Constant { dims: Vec::new(), values: vec![self.zero[0] as f64] },
            _ => Constant::new(fit, self.zero.iter().map(|zero| *zero as f64).collect())?,
        };
        constant.zip(&zero, |value, zero| value - zero)?.zip(&scales, |value, scale| value * scale).map(Some)
    }

    fn raw(&self, bytes: &[u8]) -> Result<Vec<f64>, Reason> {
        fn each<const N: usize>(bytes: &[u8], value: impl Fn([u8; N]) -> f64) -> Vec<f64> {
            bytes.as_chunks::<N>().0.iter().map(|bytes| value(*bytes)).collect()
        }
        Ok(match self.element {
            element::FLOAT32 => each(bytes, |b| f64::from(f32::from_le_bytes(b))),
            element::FLOAT16 => each(bytes, |b| half(u16::from_le_bytes(b))),
            element::INT32 => each(bytes, |b| f64::from(i32::from_le_bytes(b))),
            element::UINT8 => each(bytes, |b| f64::from(u8::from_le_bytes(b))),
            element::INT64 => each(bytes, |b| i64::from_le_bytes(b) as f64),
            element::INT16 => each(bytes, |b| f64::from(i16::from_le_bytes(b))),
            element::INT8 => each(bytes, |b| f64::from(i8::from_le_bytes(b))),
            other => {
                return Err(format!(
                    "elements of type {other}; floats and integers of 8 to 64 bits are supported"
                ));
            }
        })
    }
}
