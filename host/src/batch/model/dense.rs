use super::{Members, Model, Vectors, Work, room};
use crate::batch::isa::{Isa, Job};
use crate::batch::matrix::Raised;
use eggroll_firmware::kernel::{add, relu};
use eggroll_firmware::model::Activation;

/// What rows of the same input share: the first layer's products.
#[derive(Default)]
pub struct Shared {
    x: Raised,
    products: Vec<i32>,
}

impl Model {
    /// The first layer of inputs, one after another.
    pub fn share(&self, inputs: &[i8]) -> Shared {
        let mut shared = Shared::default();
        let Some(layer) = self.layout.layers().first() else { return shared };
        shared.x.take(self.level, inputs, layer.inputs);
        shared.products.resize(shared.x.rows() * layer.outputs, 0);
        if let (_, Some(packed)) = &self.parameters[layer.tensor as usize] {
            packed.products(self.level, &shared.x, &mut shared.products);
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
                work.raised.take(self.level, &work.stream[..rows * layer.inputs], layer.inputs);
                self.linear(id, &work.raised, members, y);
            } else if let (tensor, Some(packed)) = &self.parameters[id as usize] {
                let inputs = (&shared.x, &*shared.products);
                packed.linear_from(self.level, inputs, of, &members.matrix(tensor), y);
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
