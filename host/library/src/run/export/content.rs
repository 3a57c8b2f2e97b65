use super::super::{ModelName, Weights};
use crate::data::Preprocessing;
use eggroll_firmware::model::Program;

/// What is exported.
#[derive(Clone, Copy)]
pub struct Exported<'a> {
    /// The model, lowered to the operations of its forward pass.
    pub program: &'a Program,
    /// Its name.
    pub model: &'a ModelName,
    /// Its weights.
    pub weights: &'a Weights,
    /// What makes raw values its inputs, and what its outputs stand for; `None` of a model on a text or in an
    /// environment.
    pub preprocessing: Option<&'a Preprocessing>,
    /// Rows of raw values, one a feature, that self tests are made of. Where there are none, they are made of
    /// drawn values.
    pub rows: &'a [Vec<i32>],
    /// What symbols of C begin with; `None` for the name of the file.
    pub prefix: Option<&'a str>,
}
