//! Tensors of constants, and what a file may do with them before a layer uses them.

use crate::error::Reason;
use crate::graph::elements;

/// Values with sizes, the last one fastest. Integers of shapes are exact as `f64`s up to 2^53.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Constant {
    pub(crate) dims: Vec<usize>,
    pub(crate) values: Vec<f64>,
}

impl Constant {
    pub(crate) fn new(dims: Vec<usize>, values: Vec<f64>) -> Result<Self, Reason> {
        match elements(&dims) {
            Some(count) if count == values.len() => Ok(Self { dims, values }),
            Some(count) => Err(format!("{} values where the sizes {dims:?} say {count}", values.len())),
            None => Err(format!("the sizes {dims:?} are too large")),
        }
    }

    pub(crate) fn vector(values: Vec<f64>) -> Self {
        Self { dims: vec![values.len()], values }
    }

    /// The values, if all are finite.
    pub(crate) fn floats(&self) -> Result<Vec<f32>, Reason> {
        let floats: Vec<f32> = self.values.iter().map(|value| *value as f32).collect();
        match floats.iter().find(|value| !value.is_finite()) {
            Some(value) => Err(format!("a weight is {value}, which is no finite number")),
            None => Ok(floats),
        }
    }

    /// The values as integers.
    pub(crate) fn integers(&self) -> Vec<i64> {
        self.values.iter().map(|value| *value as i64).collect()
    }

    pub(crate) fn scalar(&self) -> Result<f64, Reason> {
        match self.values[..] {
            [value] => Ok(value),
            _ => Err(format!("{} values where one is meant", self.values.len())),
        }
    }

    pub(crate) fn reshaped(&self, dims: Vec<usize>) -> Result<Self, Reason> {
        Self::new(dims, self.values.clone())
    }

    pub(crate) fn transposed(&self, order: &[usize]) -> Result<Self, Reason> {
        let (dims, from) = transposition(&self.dims, order)?;
        Ok(Self { dims, values: from.iter().map(|&index| self.values[index]).collect() })
    }

    /// Two constants, value by value, the smaller one repeated as in NumPy.
    pub(crate) fn zip(&self, other: &Self, f: impl Fn(f64, f64) -> f64) -> Result<Self, Reason> {
        let dims = broadcast(&self.dims, &other.dims)?;
        let (a, b) = (repeated(&self.dims, &dims)?, repeated(&other.dims, &dims)?);
        let values = a.iter().zip(&b).map(|(&a, &b)| f(self.values[a], other.values[b])).collect();
        Ok(Self { dims, values })
    }
}

/// The sizes after a transposition, and for each value after it the index of the same value before.
pub(crate) fn transposition(dims: &[usize], order: &[usize]) -> Result<(Vec<usize>, Vec<usize>), Reason> {
    let mut seen = vec![false; dims.len()];
    for &axis in order {
        match seen.get_mut(axis) {
            Some(seen) if !*seen => *seen = true,
            _ => return Err(format!("{order:?} is no order of the axes of {dims:?}")),
        }
    }
    if order.len() != dims.len() {
        return Err(format!("{order:?} is no order of the axes of {dims:?}"));
    }
    let steps = strides(dims);
    let after: Vec<usize> = order.iter().map(|&axis| dims[axis]).collect();
    let steps: Vec<usize> = order.iter().map(|&axis| steps[axis]).collect();
    Ok((after.clone(), walk(&after, &steps)))
}

/// The sizes of two tensors that are repeated to fit each other.
pub(crate) fn broadcast(a: &[usize], b: &[usize]) -> Result<Vec<usize>, Reason> {
    let rank = a.len().max(b.len());
    let size = |dims: &[usize], axis: usize| (axis + dims.len()).checked_sub(rank).map_or(1, |at| dims[at]);
    let dims = (0..rank)
        .map(|axis| match (size(a, axis), size(b, axis)) {
            (1, size) | (size, 1) => Ok(size),
            (x, y) if x == y => Ok(x),
            _ => Err(format!("sizes {a:?} and {b:?} do not fit each other")),
        })
        .collect::<Result<Vec<_>, _>>()?;
    elements(&dims).ok_or_else(|| format!("sizes {a:?} and {b:?} make too many values")).map(|_| dims)
}

/// For each value of `to`, the index of the value of `from` that is repeated there.
pub(crate) fn repeated(from: &[usize], to: &[usize]) -> Result<Vec<usize>, Reason> {
    if from.len() > to.len() || broadcast(from, to)? != to {
        return Err(format!("sizes {from:?} do not fit {to:?}"));
    }
    let own = strides(from);
    let lead = to.len() - from.len();
    let steps: Vec<usize> = (0..to.len())
        .map(|axis| if axis < lead || from[axis - lead] == 1 { 0 } else { own[axis - lead] })
        .collect();
    Ok(walk(to, &steps))
}

fn strides(dims: &[usize]) -> Vec<usize> {
    let mut strides = vec![1; dims.len()];
    for axis in (1..dims.len()).rev() {
        strides[axis - 1] = strides[axis] * dims[axis].max(1);
    }
    strides
}

/// The indices met by a walk over `dims` that advances by `steps`.
fn walk(dims: &[usize], steps: &[usize]) -> Vec<usize> {
    let mut indices = vec![0];
    for (&size, &step) in dims.iter().zip(steps) {
        indices = indices.iter().flat_map(|&base| (0..size).map(move |i| base + i * step)).collect();
    }
    indices
}

/// Sizes with one -1 that stands for what is left, and 0 for a size that stays.
pub(crate) fn resolve(sizes: &[i64], before: &[usize], zero_stays: bool) -> Result<Vec<usize>, Reason> {
    let wrong = || format!("{before:?} cannot be reshaped to {sizes:?}");
    let count = elements(before).ok_or_else(wrong)?;
    let mut dims = Vec::with_capacity(sizes.len());
    let mut open = None;
    for (axis, &size) in sizes.iter().enumerate() {
        dims.push(match size {
            -1 if open.is_none() => {
                open = Some(axis);
                1
            }
            0 if zero_stays => *before.get(axis).ok_or_else(wrong)?,
            size => usize::try_from(size).map_err(|_| wrong())?,
        });
    }
    let known = elements(&dims).ok_or_else(wrong)?;
    if let Some(axis) = open {
        dims[axis] = count.checked_div(known).ok_or_else(wrong)?;
    }
    (elements(&dims) == Some(count)).then_some(dims).ok_or_else(wrong)
}

/// An axis counted from either end.
pub(crate) fn axis(axis: i64, rank: usize) -> Result<usize, Reason> {
    let from_end = if axis < 0 { axis + rank as i64 } else { axis };
    usize::try_from(from_end)
        .ok()
        .filter(|axis| *axis < rank)
        .ok_or_else(|| format!("axis {axis} of a tensor of {rank} axes"))
}
