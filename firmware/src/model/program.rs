use super::lowering::{Extent, Lowered, Operand, Operation};
use super::operation::{Action, Memory, Value};
use super::{Activation, Description, Layer, MAX_LAYERS, Role, Tensor, TensorKind};
use crate::Error;
use crate::kernel::Divisor;
use crate::noise::fill_initial;
use crate::slice_ext::{part, part_mut};
use core::num::NonZeroI32;
use heapless::Vec;

/// Components that estimator `node` perturbs together and credits together: the result of one or more
/// operations.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Nodes {
    /// The tensor whose stream their noise is drawn from: the first that makes them.
    pub tensor: u32,
    /// Offset of the first among all nodes of a pass.
    pub at: usize,
    /// How many there are.
    pub len: usize,
}

/// One operation of a pass, with everything that it takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Step {
    /// What it does.
    pub action: Action,
    /// The layer it was lowered from.
    pub layer: usize,
    /// What it reads.
    pub from: Value,
    /// What else it reads: of a gate the state, of a blend the candidate. Of others the same as `from`.
    pub with: Value,
    /// What it writes.
    pub to: Value,
    /// Id of its first parameter, if it has any.
    pub tensor: u32,
    /// Offset of that among all parameters.
    pub offset: usize,
    /// The nodes that its parameters are credited by; `None` for norms and for operations without parameters.
    pub nodes: Option<Nodes>,
    /// Whether the nodes are whole after it: estimator `node` perturbs them here.
    pub makes_nodes: bool,
    /// The divisor of a product, or a shift where that is 0: in the room of two numbers, since boards are
    /// small.
    floor: u16,
    shift: u8,
}

impl Step {
    /// The floor division of a product.
    #[inline]
    pub const fn divisor(&self) -> Divisor {
        match NonZeroI32::new(self.floor as i32) {
            Some(by) => Divisor::by(by),
            None => Divisor::Shift(self.shift),
        }
    }

    /// What is applied last.
    pub const fn activation(&self) -> Activation {
        match self.action {
            Action::Linear { activation, .. } => activation,
            _ => Activation::None,
        }
    }

    /// Values of its matrix; 0 where it has none.
    #[inline]
    const fn matrix_len(&self) -> usize {
        match self.action {
            Action::Embed | Action::Linear { .. } => self.from.len() * self.to.len(),
            _ => 0,
        }
    }

    /// Its matrix, row-major: `to` x `from` of a product, `from` x `to` of an embedding.
    #[inline]
    pub fn matrix<'w>(&self, weights: &'w [i8]) -> &'w [i8] {
        part(weights, self.offset, self.matrix_len())
    }

    /// Its vector, if it has one.
    #[inline]
    pub fn vector<'w>(&self, weights: &'w [i8]) -> Option<&'w [i8]> {
        match self.action {
            Action::Norm | Action::Sum | Action::Linear { bias: true, .. } => {
                Some(part(weights, self.offset + self.matrix_len(), self.to.len()))
            }
            _ => None,
        }
    }

    /// Its parameter number `i`, in declared order.
    const fn parameter(&self, i: u32) -> Option<(TensorKind, Role)> {
        let (rows, columns) = (self.to.len(), self.from.len());
        Some(match (self.action, i) {
            (Action::Linear { .. }, 0) => (TensorKind::Matrix { rows, columns }, Role::Weight),
            (Action::Embed, 0) => (TensorKind::Matrix { rows: columns, columns: rows }, Role::Embedding),
            (Action::Linear { bias: true, .. }, 1) | (Action::Sum, 0) => {
                (TensorKind::Vector { len: rows }, Role::Bias)
            }
            (Action::Norm, 0) => (TensorKind::Vector { len: rows }, Role::Norm),
            _ => return None,
        })
    }

    /// Whether it also reads what it writes.
    pub const fn reads_result(&self) -> bool {
        matches!(self.action, Action::Sum | Action::Blend | Action::Add)
    }

    /// Its parameters, in declared order.
    pub fn tensors(self) -> impl Iterator<Item = Tensor> {
        let mut offset = self.offset;
        (0..).map_while(move |i| {
            let (kind, role) = self.parameter(i)?;
            let tensor = Tensor { id: self.tensor + i, layer: self.layer, kind, role, offset };
            offset += tensor.len();
            Some(tensor)
        })
    }
}

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
    pub(super) parameters: u32,
    pub(super) records: u32,
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

    /// Lowers a model into an empty program, where it is: it is large for a board's stack.
    ///
    /// # Errors
    /// Those of [`Self::new`].
    pub(crate) fn lower(&mut self, model: &Description) -> Result<(), Error> {
        model.check()?;
        self.inputs = model.inputs;
        let (mut inputs, mut parameters, mut in_memory) = (model.inputs, 0u64, 0u64);
        for (index, &layer) in model.layers.iter().enumerate() {
            let extent = Extent::of(layer, inputs);
            parameters += extent.parameters;
            let fullest = in_memory + extent.activations;
            let limit = i32::MAX as u64;
            for bound in [extent.summed * 127 * 127, parameters, fullest] {
                if bound > limit {
                    return Err(Error::Overflow { layer: index as u32, bound, limit });
                }
            }
            self.activations = self.activations.max(fullest as u32);
            self.products = self.products.max(extent.products as u32);
            self.vector = self.vector.max(extent.vector as u32);
            let lowered = Lowered::new(layer, inputs);
            self.layers.push(lowered).map_err(|_| Error::Shape { layer: MAX_LAYERS as u32 })?;
            inputs = layer.outputs();
            in_memory = inputs.into();
        }
        self.parameters = parameters as u32;
        let next = |index: usize| model.layers.get(index + 1).copied();
        for (index, lowered) in self.layers.iter().enumerate() {
            let output = if lowered.is_recorded(next(index)) { lowered.layer.outputs() } else { 0 };
            self.records += lowered.record() + output;
            self.states += lowered.state();
        }
        Ok(())
    }

    /// The operations in order, with everything that each takes.
    #[inline]
    pub fn steps(&self) -> Steps<'_> {
        let input = Value { len: self.inputs, ..Value::default() };
        Steps {
            program: self,
            layer: 0,
            operation: 0,
            input,
            at_end: true,
            tensor: 0,
            offset: 0,
            nodes: 0,
            open: None,
            record: 0,
            state: 0,
        }
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
        self.steps().flat_map(Step::tensors)
    }

    /// The step that a tensor is a parameter of.
    pub fn step_of(&self, tensor: &Tensor) -> Option<Step> {
        self.steps()
            .take_while(|step| step.tensor <= tensor.id)
            .filter(|step| step.parameter(0).is_some())
            .last()
    }

    /// All groups of nodes, in the order in which a pass makes them.
    pub fn nodes(&self) -> impl Iterator<Item = Nodes> + '_ {
        self.steps().filter(|step| step.makes_nodes).filter_map(|step| step.nodes)
    }

    /// Nodes of a pass.
    pub fn node_count(&self) -> usize {
        self.nodes().map(|nodes| nodes.len).sum()
    }

    /// Values that a pass records for the credit: the inputs of matrices but the model's own input, and ReLU
    /// outputs.
    pub const fn record_len(&self) -> usize {
        self.records as usize
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

    /// Bytes of a pass beside its products: [`Self::activations`] and [`Self::longest_vector`].
    pub const fn scratch_len(&self) -> usize {
        (self.activations + self.vector) as usize
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

/// The steps of a program, from [`Program::steps`].
#[derive(Clone)]
pub struct Steps<'a> {
    program: &'a Program,
    /// The layer and its operation that come next.
    layer: usize,
    operation: usize,
    /// What the layer takes.
    input: Value,
    /// Whether that lies at the end of the memory instead of its beginning.
    at_end: bool,
    tensor: u32,
    offset: usize,
    nodes: usize,
    /// The first tensor of nodes that are not whole yet.
    open: Option<u32>,
    record: u32,
    state: u32,
}

impl Steps<'_> {
    /// What a layer makes of its input.
    #[inline]
    fn output(&self, lowered: &Lowered) -> Value {
        let len = lowered.layer.outputs();
        let next = self.program.layers.get(self.layer + 1).map(|next| next.layer);
        let at = if lowered.in_place() {
            self.input.at
        } else if self.at_end {
            0
        } else {
            self.program.activations - len
        };
        Value {
            memory: Memory::Activation,
            nodes: lowered.ends_in_nodes(),
            at,
            len,
            record: lowered.is_recorded(next).then_some(self.record + lowered.record()),
        }
    }

    /// A value that an operation of a layer names.
    #[inline]
    fn value(&self, lowered: &Lowered, operand: Operand, output: Value) -> Value {
        let width = output.len;
        match operand {
            Operand::Input => self.input,
            Operand::Output => output,
            Operand::State { record } => Value {
                memory: Memory::State,
                nodes: false,
                at: self.state,
                len: lowered.state(),
                record: Some(self.record + u32::from(record) * width),
            },
            Operand::Own { at, widths, nodes, record } => {
                // Behind what lies at the beginning: the input, or the output where that lies at the end.
                let behind = if self.at_end && !lowered.in_place() { width } else { self.in_memory() };
                let behind = if self.at_end && lowered.in_place() { 0 } else { behind };
                Value {
                    memory: Memory::Activation,
                    nodes,
                    at: behind + u32::from(at) * width,
                    len: u32::from(widths) * width,
                    record: record.map(|record| self.record + u32::from(record) * width),
                }
            }
        }
    }

    /// Values of the layer's input that lie in the memory of the pass.
    fn in_memory(&self) -> u32 {
        if self.input.memory == Memory::Activation { self.input.len } else { 0 }
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    #[inline]
    fn next(&mut self) -> Option<Step> {
        let lowered = self.program.layers.get(self.layer)?;
        let operations = lowered.operations();
        let &Operation { action, from, with, to, makes_nodes } = operations.get(self.operation)?;
        let output = self.output(lowered);
        let [from, with, to] = [from, with, to].map(|operand| self.value(lowered, operand, output));
        let action = lowered.specialised(action);
        let (tensor, offset) = (self.tensor, self.offset);
        let credited = matches!(action, Action::Embed | Action::Linear { .. } | Action::Sum);
        let nodes = credited.then(|| Nodes {
            tensor: *self.open.get_or_insert(tensor),
            at: self.nodes,
            len: to.len(),
        });
        let (floor, shift) = lowered.scaling(from.len);
        let layer = self.layer;
        let step = Step { action, layer, from, with, to, tensor, offset, nodes, makes_nodes, floor, shift };
        if makes_nodes {
            (self.open, self.nodes) = (None, self.nodes + to.len());
        }
        let has_vector = matches!(action, Action::Norm | Action::Sum | Action::Linear { bias: true, .. });
        let matrix = step.matrix_len();
        self.tensor += u32::from(matrix > 0) + u32::from(has_vector);
        self.offset += matrix + if has_vector { to.len() } else { 0 };
        self.operation += 1;
        if self.operation == operations.len() {
            self.record += lowered.record() + if output.record.is_some() { output.len } else { 0 };
            self.state += lowered.state();
            self.at_end = if lowered.in_place() { self.at_end } else { !self.at_end };
            (self.layer, self.operation, self.input) = (self.layer + 1, 0, output);
        }
        Some(step)
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
