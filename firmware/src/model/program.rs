use super::lowering::{Extent, Lowered, is_recorded};
use super::operation::{Memory, Value};
use super::step::{Nodes, Step};
use super::steps::Steps;
use super::{Description, Layer, MAX_LAYERS, Role, Tensor};
use crate::Error;
use crate::noise::fill_initial;
use crate::slice_ext::part_mut;
use heapless::Vec;

/// A checked model, lowered: the operations of one pass in order, the places of the values between them in
/// one memory, and the places of all parameters.
///
/// It keeps a few numbers a layer, and says everything else as it is asked: a board has no memory for a list
/// of all operations. The memory is as small as its fullest moment: the input of a layer lies at one end of
/// it, the output at the other, and what the layer needs for itself between them; layers that change their
/// input in place leave it there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Program {
    pub(super) layers: Vec<Lowered, MAX_LAYERS>,
    pub(super) inputs: u32,
    pub(super) activations: u32,
    pub(super) products: u32,
    pub(super) vector: u32,
    pub(super) window: u32,
    pub(super) parameters: u32,
    pub(super) records: u32,
    pub(super) nodes: u32,
    pub(super) states: u32,
}

/// A layer of a program.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LayerPlace {
    /// The layer.
    pub layer: Layer,
    /// What it takes: features, or the vocabulary of tokens.
    pub inputs: usize,
    /// Id of its first parameter.
    pub tensor: u32,
}

impl Program {
    /// Lowers a model.
    ///
    /// # Errors
    /// [`Error::Shape`] for a size out of range, [`Error::Overflow`] where `W x` could leave an `i32` or the
    /// parameters could not be addressed.
    pub fn new(model: &Description) -> Result<Self, Error> {
        let mut program = Self::default();
        program.lower(model)?;
        Ok(program)
    }

    /// Lowers layers that need not be a whole model: only those that are checked against each other. For who
    /// measures a layer, whose outputs may be more than a model's.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    #[doc(hidden)]
    pub fn of_layer(model: &Description) -> Result<Self, Error> {
        let mut program = Self::default();
        program.lower_checked(model)?;
        Ok(program)
    }

    /// Lowers a model into an empty program, where it is: it is large for a board's stack.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(crate) fn lower(&mut self, model: &Description) -> Result<(), Error> {
        model.check()?;
        self.lower_checked(model)
    }

    // Out of line: a board's stack has no room for what this, and what its caller does next, take at once.
    #[inline(never)]
    fn lower_checked(&mut self, model: &Description) -> Result<(), Error> {
        self.inputs = model.inputs;
        let (mut inputs, mut parameters, mut in_memory) = (model.inputs, 0u64, 0u64);
        let mut branches = Branches::default();
        for (index, &layer) in model.layers.iter().enumerate() {
            let extent = Extent::of(layer, inputs);
            parameters += extent.parameters;
            let fullest = in_memory + extent.activations + branches.beside();
            let limit = i32::MAX as u64;
            for bound in [extent.summed * 127 * 127, parameters, fullest] {
                if bound > limit {
                    return Err(Error::Overflow { layer: index as u32, bound, limit });
                }
            }
            self.activations = self.activations.max(fullest as u32);
            self.products = self.products.max(extent.products as u32);
            self.vector = self.vector.max(extent.vector as u32);
            self.window = self.window.max(extent.window as u32);
            let lowered = Lowered::new(layer, inputs);
            self.layers.push(lowered).map_err(|_| Error::Shape { layer: MAX_LAYERS as u32 })?;
            branches.pass(layer, in_memory);
            inputs = layer.outputs();
            in_memory = if matches!(layer, Layer::Front { .. }) { 0 } else { inputs.into() };
        }
        self.parameters = parameters as u32;
        for (index, lowered) in self.layers.iter().enumerate() {
            let output = if is_recorded(&self.layers, index) { lowered.layer.outputs() } else { 0 };
            self.records += lowered.record() + output;
            self.states += lowered.state();
        }
        self.nodes = self.nodes().map(|nodes| nodes.len as u32).sum();
        Ok(())
    }

    /// The operations in order, with everything that each takes.
    #[inline]
    pub fn steps(&self) -> Steps<'_> {
        Steps::new(&self.layers, self.inputs, self.activations)
    }

    /// Parameters of the model, one byte each.
    pub const fn parameters(&self) -> usize {
        self.parameters as usize
    }

    /// Components of the model's input: features, or the vocabulary of tokens.
    pub const fn inputs(&self) -> usize {
        self.inputs as usize
    }

    /// Components of the model's output.
    pub fn outputs(&self) -> usize {
        self.layers.last().map_or(0, |lowered| lowered.layer.outputs() as usize)
    }

    /// The layers in order.
    pub fn layers(&self) -> impl Iterator<Item = LayerPlace> + '_ {
        let (mut inputs, mut tensor) = (self.inputs as usize, 0);
        self.layers.iter().map(move |lowered| {
            let place = LayerPlace { layer: lowered.layer, inputs, tensor };
            (inputs, tensor) = (lowered.layer.outputs() as usize, tensor + lowered.tensors());
            place
        })
    }

    /// All parameters in declared order.
    pub fn tensors(&self) -> impl Iterator<Item = Tensor> + '_ {
        Tensors { steps: self.steps(), step: None, next: 0 }
    }

    /// The step that a tensor is a parameter of.
    // Out of line: steps are large for a board's stack.
    #[inline(never)]
    pub fn step_of(&self, tensor: &Tensor) -> Option<Step> {
        let mut found = None;
        for step in self.steps() {
            if step.tensor > tensor.id {
                break;
            }
            if step.parameter(0).is_some() {
                found = Some(step);
            }
        }
        found
    }

    /// All groups of nodes, in the order in which a pass makes them.
    pub fn nodes(&self) -> impl Iterator<Item = Nodes> + '_ {
        self.steps().filter(|step| step.makes_nodes).filter_map(|step| step.nodes)
    }

    /// Nodes of a pass.
    pub const fn node_count(&self) -> usize {
        self.nodes as usize
    }

    /// Values that a pass records for the credit: the inputs of matrices but the model's own input, and the
    /// nodes of all layers but the last.
    pub const fn record_len(&self) -> usize {
        self.records as usize
    }

    /// Products of the first operation that members which see the same input can share; 0 where it moves a
    /// window, or reads tokens.
    // Out of line: a step is large for a board's stack.
    #[inline(never)]
    pub fn shared_products(&self) -> usize {
        let first = self.steps().next().filter(|step| step.is_whole() && !self.is_recurrent());
        first.map_or(0, |step| step.to.len())
    }

    /// Id of the first tensor: 0 but for a model behind a frozen front.
    pub fn first_tensor(&self) -> u32 {
        self.steps().next().map_or(0, |step| step.tensor)
    }

    /// Whether the model has windows, pools or branches.
    pub fn is_convolutional(&self) -> bool {
        self.layers.iter().any(|lowered| !lowered.layer.is_of_vectors())
    }

    /// Whether the model takes tokens and carries a state.
    pub fn is_recurrent(&self) -> bool {
        self.layers.first().is_some_and(|lowered| matches!(lowered.layer, Layer::Embedding { .. }))
    }

    /// The values of the state that a recurrent model carries, in their order in it.
    pub fn states(&self) -> impl Iterator<Item = Value> + '_ {
        let mut at = 0;
        self.layers.iter().filter(|lowered| lowered.state() > 0).map(move |lowered| {
            let len = lowered.state();
            at += len;
            Value { memory: Memory::State, at: at - len, len, ..Value::default() }
        })
    }

    /// Values of the state that a recurrent model carries from token to token.
    pub const fn state_len(&self) -> usize {
        self.states as usize
    }

    /// Values that lie in the memory of a pass, at its fullest moment.
    pub const fn activations(&self) -> usize {
        self.activations as usize
    }

    /// Products of the widest operation.
    pub const fn products(&self) -> usize {
        self.products as usize
    }

    /// Components of the longest vector among the parameters.
    pub const fn longest_vector(&self) -> usize {
        self.vector as usize
    }

    /// Values of the largest window.
    pub const fn largest_window(&self) -> usize {
        self.window as usize
    }

    /// Bytes of a pass beside its products: [`Self::activations`], [`Self::longest_vector`] and
    /// [`Self::largest_window`].
    pub const fn scratch_len(&self) -> usize {
        (self.activations + self.vector + self.window) as usize
    }

    /// Fills `weights` with the initial weights of a run: matrices from the noise, biases 0, norms 16 (1.0).
    pub fn initialize(&self, seed: u32, weights: &mut [i8]) {
        for tensor in self.tensors() {
            let values = part_mut(weights, tensor.offset, tensor.len());
            match tensor.role {
                Role::Weight | Role::Embedding => fill_initial(seed, tensor.id, values),
                Role::Bias => values.fill(0),
                Role::Norm => values.fill(16),
            }
        }
    }
}

/// The parameters of a program. Adapters of the steps would do the same, but each keeps steps of its own,
/// which are large for a board's stack.
struct Tensors<'a> {
    steps: Steps<'a>,
    /// The step whose parameters come, and the number of the next one.
    step: Option<Step>,
    next: u32,
}

impl Iterator for Tensors<'_> {
    type Item = Tensor;

    fn next(&mut self) -> Option<Tensor> {
        loop {
            if let Some(tensor) = self.step.as_ref().and_then(|step| step.nth_tensor(self.next)) {
                self.next += 1;
                return Some(tensor);
            }
            self.step = self.steps.next();
            self.next = 0;
            self.step.as_ref()?;
        }
    }
}

/// What lies in memory beside a layer's input and output: what a second branch reads, or has been made by the
/// main one.
#[derive(Default)]
struct Branches {
    kept: u64,
    main: u64,
    /// Whether the next layer reads what is kept.
    reads_kept: bool,
}

impl Branches {
    const fn beside(&self) -> u64 {
        self.main + if self.reads_kept { 0 } else { self.kept }
    }

    /// Goes on behind a layer that takes so many values of the memory.
    const fn pass(&mut self, layer: Layer, taken: u64) {
        #[cfg(feature = "convolution")]
        {
            self.reads_kept = matches!(layer, Layer::Fork { .. } | Layer::Shortcut { .. });
        }
        #[cfg(not(feature = "convolution"))]
        let _ = taken;
        match layer {
            #[cfg(feature = "convolution")]
            Layer::Fork { .. } => self.kept = taken,
            #[cfg(feature = "convolution")]
            Layer::Shortcut { .. } => self.main = taken,
            #[cfg(feature = "convolution")]
            Layer::Join { .. } => (self.kept, self.main) = (0, 0),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    extern crate std;

    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    /// Values that are in use at the same time lie apart, within a memory that some moment fills.
    fn check(model: &Description) {
        let program = Program::new(model).unwrap();
        let steps: Vec<_> = program.steps().collect();
        let range = |value: &Value| value.at as usize..value.at as usize + value.len();
        let overlap = |a: &Value, b: &Value| {
            let (a, b) = (range(a), range(b));
            a.start < b.end && b.start < a.end
        };
        let mut fullest = 0;
        for now in 0..steps.len() {
            // In use: written before or now, and read now or later before it is overwritten as a whole.
            let mut alive: Vec<Value> = Vec::new();
            for value in steps[..=now].iter().map(|step| step.to) {
                let is_read = |step: &crate::model::Step| {
                    [step.from, step.with].contains(&value) || (step.to == value && step.reads_result())
                };
                let mut later = steps[now..].iter();
                let is_needed = later
                    .by_ref()
                    .take_while(|step| {
                        step.to != value || is_read(step) || std::ptr::eq(*step, &raw const steps[now])
                    })
                    .any(is_read);
                let is_output = now + 1 == steps.len() && value == steps[now].to;
                let in_use = is_needed || is_output || value == steps[now].to;
                if value.memory == Memory::Activation && in_use && !alive.contains(&value) {
                    alive.push(value);
                }
            }
            for (i, a) in alive.iter().enumerate() {
                assert!(range(a).end <= program.activations(), "{model:?}: {a:?}");
                assert!(alive[..i].iter().all(|b| !overlap(a, b)), "{model:?}, step {now}: {alive:?}");
            }
            fullest = fullest.max(alive.iter().map(Value::len).sum());
        }
        assert_eq!(program.activations(), fullest, "{model:?}");
        assert_eq!(program.outputs(), steps.last().unwrap().to.len());
        assert_eq!(program.parameters(), program.tensors().map(|tensor| tensor.len()).sum::<usize>());
        let last = program.layers().last().unwrap();
        assert_eq!(last.tensor + program.layers.last().unwrap().tensors(), program.tensors().count() as u32);
    }

    proptest! {
        #[test]
        fn a_chain_takes_its_widest_two_neighbours(sizes in proptest::collection::vec(1u32..200, 2..17)) {
            check(&Description::mlp(&sizes, true).unwrap());
        }

        #[test]
        fn a_recurrent_model_takes_its_fullest_moment(width in 1u32..50, blocks in 1u32..14, tokens in 2u32..400) {
            if cfg!(feature = "recurrent") {
                check(&Description::egg(width, blocks, tokens).unwrap());
            }
        }
    }
}
