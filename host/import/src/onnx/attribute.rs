//! The attributes of a node.

use super::message::{Attribute, Node, Tensor};
use crate::error::Reason;

impl Node {
    fn attribute(&self, name: &str) -> Option<&Attribute> {
        self.attribute.iter().find(|attribute| attribute.name == name)
    }

    pub(super) fn int(&self, name: &str, absent: i64) -> i64 {
        self.attribute(name).and_then(|attribute| attribute.i).unwrap_or(absent)
    }

    pub(super) fn float(&self, name: &str, absent: f32) -> f32 {
        self.attribute(name).and_then(|attribute| attribute.f).unwrap_or(absent)
    }

    pub(super) fn ints(&self, name: &str) -> Option<&[i64]> {
        self.attribute(name).map(|attribute| attribute.ints.as_slice())
    }

    pub(super) fn floats(&self, name: &str) -> Option<&[f32]> {
        self.attribute(name).map(|attribute| attribute.floats.as_slice())
    }

    pub(super) fn text(&self, name: &str) -> Option<String> {
        let bytes = self.attribute(name)?.s.as_ref()?;
        Some(String::from_utf8_lossy(bytes).into_owned())
    }

    pub(super) fn tensor(&self, name: &str) -> Option<&Tensor> {
        self.attribute(name)?.t.as_ref()
    }

    /// How many strings a list has.
    pub(super) fn strings(&self, name: &str) -> usize {
        self.attribute(name).map_or(0, |attribute| attribute.strings.len())
    }

    /// Sizes along rows and columns; `absent` stands for both. A signal has columns only.
    pub(super) fn pair(&self, name: &str, rank: usize, absent: usize) -> Result<[usize; 2], Reason> {
        let Some(sizes) = self.ints(name).filter(|sizes| !sizes.is_empty()) else {
            return Ok(if rank == 1 { [1, absent] } else { [absent, absent] });
        };
        let size = |size: i64| usize::try_from(size).map_err(|_| format!("`{name}` has a size of {size}"));
        match *sizes {
            [columns] if rank == 1 => Ok([1, size(columns)?]),
            [rows, columns] if rank == 2 => Ok([size(rows)?, size(columns)?]),
            _ => Err(format!("`{name}` has {} sizes for {rank} axes", sizes.len())),
        }
    }
}
