//! The memory of the firmware's forward pass, on the heap.

use eggroll_firmware::model::{Program, Scratch};

/// The memory of one pass of a model.
pub(crate) struct HeapScratch {
    activations: Vec<i8>,
    products: Vec<i32>,
    vector: Vec<i8>,
    window: Vec<i8>,
}

impl HeapScratch {
    /// Allocates as much as a model needs.
    pub(crate) fn new(program: &Program) -> Self {
        Self {
            activations: vec![0; program.activations()],
            products: vec![0; program.products()],
            vector: vec![0; program.longest_vector()],
            window: vec![0; program.largest_window()],
        }
    }

    /// The memory in the form that the firmware takes.
    pub(crate) fn get(&mut self) -> Scratch<'_> {
        let Self { activations, products, vector, window } = self;
        Scratch { activations, products, vector, window }
    }
}
