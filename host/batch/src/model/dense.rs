use super::{Members, Model, Vectors, Work, room};
use crate::isa::{Isa, Job};
use crate::matrix::Rows;
use eggroll_firmware::kernel::{add, relu};
use eggroll_firmware::model::Activation;

/// What rows of the same input share: the first layer's products.
#[derive(Default)]
pub struct Shared {
    x: Vec<i8>,
    columns: usize,
    products: Vec<i32>,
}

impl Model {
    /// The first layer of inputs, one after another.
    pub fn share(&self, inputs: &[i8]) -> Shared {
        let mut shared = Shared::default();
        let Some(layer) = self.layout.layers().first() else { return shared };
        let mut padded = Vec::new();
        let x = Rows::new(inputs, layer.inputs, &mut padded);
        (shared.x, shared.columns) = (x.to_padded(), layer.inputs);
        shared.products.resize(x.count() * layer.outputs, 0);
        if let (_, Some(packed)) = &self.parameters[layer.tensor as usize] {
            packed.products(x, &mut shared.products);
        }
        shared
    }

    /// All layers of rows, row r with input `of[r]` of those that are shared. Returns the outputs, row after row. The same
    /// as [`eggroll_firmware::model::forward`], many times.
    pub fn forward<'w>(
        &self,
        shared: &Shared,
        of: &[u32],
        members: &mut impl Members,
        work: &'w mut Work,
    ) -> &'w [i8] {
        let rows = of.len();
        for (index, layer) in self.layout.layers().iter().enumerate() {
            let (id, len) = (layer.tensor, rows * layer.outputs);
            let y = room(&mut work.branch, len);
            if index > 0 {
                let x = &work.stream[..rows * layer.inputs];
                self.linear(id, Rows::new(x, layer.inputs, &mut work.padded), members, y);
            } else if let (tensor, Some(packed)) = &self.parameters[id as usize] {
                let inputs = (Rows::of_padded(&shared.x, shared.columns), &*shared.products);
                packed.linear_from(inputs, of, &members.matrix(tensor), y);
            }
            if layer.bias(&self.weights).is_some() {
                self.level.run(AddVectors { y, vectors: self.vectors(id + 1, members) });
            }
            members.preactivation(self.level, index, y);
            if layer.activation == Activation::Relu {
                self.level.run(Relu { y });
            }
            core::mem::swap(&mut work.stream, &mut work.branch);
        }
        &work.stream[..rows * self.layout.outputs()]
    }
}

struct AddVectors<'a, M> {
    y: &'a mut [i8],
    vectors: Vectors<'a, M>,
}

impl<M: Members> Job for AddVectors<'_, M> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        for (row, y) in self.y.chunks_exact_mut(self.vectors.base.len().max(1)).enumerate() {
            add(y, self.vectors.of(row));
        }
    }
}

struct Relu<'a> {
    y: &'a mut [i8],
}

impl Job for Relu<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        relu(self.y);
    }
}
