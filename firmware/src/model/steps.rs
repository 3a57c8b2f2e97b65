use super::lowering::{Lowered, Operand, Operation, is_recorded};
use super::operation::{Action, Memory, Value};
use super::step::{Nodes, Step};
use super::{Activation, Layer};

/// The steps of a program ([`Program::steps`](super::Program::steps)).
#[derive(Clone)]
pub struct Steps<'a> {
    layers: &'a [Lowered],
    /// Values of the memory.
    activations: u32,
    /// The layer and its operation that come next.
    layer: usize,
    operation: usize,
    /// What the layer takes.
    input: Value,
    /// Whether the value that was made last lies at the end of the memory instead of its beginning.
    at_end: bool,
    /// The branches that are open.
    #[cfg(feature = "convolution")]
    branches: Branches,
    tensor: u32,
    offset: usize,
    nodes: usize,
    /// The first tensor of nodes that are not whole yet.
    open: Option<u32>,
    record: u32,
    state: u32,
}

/// A value, and whether it lies at the end of the memory.
#[cfg(feature = "convolution")]
type Placed = (Value, bool);

/// Two branches between [`Layer::Fork`] and [`Layer::Join`].
#[cfg(feature = "convolution")]
#[derive(Clone, Copy, Default)]
struct Branches {
    /// What both read.
    kept: Option<Placed>,
    /// What the main branch has made.
    main: Option<Placed>,
    /// Where the sum is recorded, and whether a ReLU follows it.
    sum: Option<u32>,
    relu: bool,
}

impl<'a> Steps<'a> {
    pub(super) fn new(layers: &'a [Lowered], inputs: u32, activations: u32) -> Self {
        Self {
            layers,
            activations,
            layer: 0,
            operation: 0,
            input: Value { len: inputs, ..Value::default() },
            at_end: true,
            #[cfg(feature = "convolution")]
            branches: Branches::default(),
            tensor: 0,
            offset: 0,
            nodes: 0,
            open: None,
            record: 0,
            state: 0,
        }
    }

    /// Where the memory is free beside what is kept for a second branch.
    #[cfg(feature = "convolution")]
    #[inline]
    const fn free(&self) -> (u32, u32) {
        match self.branches.kept {
            Some((kept, false)) => (kept.len, self.activations),
            Some((kept, true)) => (0, self.activations.saturating_sub(kept.len)),
            None => (0, self.activations),
        }
    }

    /// The memory, all of which is free.
    #[cfg(not(feature = "convolution"))]
    #[inline]
    const fn free(&self) -> (u32, u32) {
        (0, self.activations)
    }

    /// Where a new value of the memory lies: at the other side of the one that was made last, beside what is
    /// kept for a second branch.
    #[inline]
    fn place(&self, len: u32) -> u32 {
        let (low, high) = self.free();
        if self.at_end { low } else { high.saturating_sub(len) }
    }

    /// What a layer makes of its input.
    #[inline]
    fn output(&self, lowered: &Lowered) -> Value {
        let len = lowered.layer.outputs();
        let is_recorded = is_recorded(self.layers, self.layer);
        Value {
            memory: Memory::Activation,
            seen: lowered.ends_in_nodes(),
            relu: matches!(lowered.layer.activation(), Activation::Relu),
            at: if lowered.in_place() { self.input.at } else { self.place(len) },
            len,
            record: is_recorded.then_some(self.record + lowered.record()),
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
                at: self.state,
                len: lowered.state(),
                record: Some(self.record + u32::from(record) * width),
                ..Value::default()
            },
            Operand::Own { at, widths, nodes, relu, record } => {
                // Behind what lies at the beginning: the input, or the output where that lies at the end.
                let behind = if self.at_end && !lowered.in_place() { width } else { self.in_memory() };
                let behind = if self.at_end && lowered.in_place() { 0 } else { behind };
                Value {
                    memory: Memory::Activation,
                    seen: nodes,
                    relu,
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

    /// Goes past layers that compute nothing: a front, and those that say where branches begin.
    #[cfg(feature = "convolution")]
    #[inline]
    fn pass_marks(&mut self) {
        while let Some(lowered) = self.layers.get(self.layer) {
            match lowered.layer {
                Layer::Front { tensors, .. } => self.tensor += u32::from(tensors),
                Layer::Fork { .. } => {
                    let rest = self.layers.get(self.layer..).unwrap_or_default();
                    let join = rest.iter().position(|next| matches!(next.layer, Layer::Join { .. }));
                    let join = join.map_or(self.layer, |behind| self.layer + behind);
                    let sum = self.layers.get(join).map(|lowered| lowered.layer);
                    let relu = sum.is_some_and(|sum| matches!(sum.activation(), Activation::Relu));
                    let is_recorded = is_recorded(self.layers, join);
                    self.branches = Branches {
                        kept: Some((self.input, self.at_end)),
                        main: None,
                        sum: is_recorded.then_some(self.record),
                        relu,
                    };
                    // The layers that end the branches are shut by the sum, which comes behind them.
                    self.record += sum.filter(|_| is_recorded).map_or(0, |sum| sum.outputs());
                }
                Layer::Shortcut { .. } => {
                    self.branches.main = Some((self.input, self.at_end));
                    self.input = self.branches.kept.map_or(self.input, |(kept, _)| kept);
                }
                _ => return,
            }
            self.layer += 1;
        }
    }

    /// Goes past a front.
    #[cfg(not(feature = "convolution"))]
    #[inline]
    fn pass_marks(&mut self) {
        if let (0, Some(Layer::Front { tensors, .. })) =
            (self.layer, self.layers.first().map(|lowered| lowered.layer))
        {
            (self.layer, self.tensor) = (1, tensors.into());
        }
    }

    /// The sum of two branches. It takes the place of what lies at an end of the memory: what was kept, or
    /// the branch on the other side of it.
    #[cfg(feature = "convolution")]
    fn join(&mut self, layer: Layer) -> (Value, Value) {
        let Branches { kept, main, sum, relu } = core::mem::take(&mut self.branches);
        let (kept, kept_at_end) = kept.unwrap_or_default();
        let last = (self.input, self.at_end);
        let (from, (to, at_end)) = match main {
            None => (last.0, (kept, kept_at_end)),
            Some(main) if main.1 == kept_at_end => (main.0, last),
            Some(main) => (last.0, main),
        };
        // Behind the step the side changes.
        self.at_end = !at_end;
        (from, Value { seen: true, relu, record: sum, len: layer.outputs(), ..to })
    }

    /// Where what shuts the nodes of a layer is recorded.
    #[cfg(feature = "convolution")]
    fn gate(&self, layer: Layer, output: &Value) -> Option<u32> {
        if !layer.is_linear() {
            return None;
        }
        if output.relu {
            return output.record;
        }
        let next = self.layers.get(self.layer + 1).map(|next| next.layer);
        let ends_branch =
            self.branches.main.is_some() || matches!(next, Some(Layer::Shortcut { .. } | Layer::Join { .. }));
        self.branches.sum.filter(|_| self.branches.relu && ends_branch)
    }
}

impl Steps<'_> {
    /// The next step, where it is that of a dense layer outside of branches: as [`Self::any`] has it, without
    /// what only other kinds of layers need. On a core as small as an M0+ that took a third of the
    /// instructions of training.
    #[cfg(feature = "convolution")]
    #[inline]
    fn dense(&mut self) -> Option<Step> {
        let lowered = self.layers.get(self.layer)?;
        let (Layer::Dense { outputs, bias, activation }, None) = (lowered.layer, self.branches.kept) else {
            return None;
        };
        let relu = matches!(activation, Activation::Relu);
        let is_recorded = self.layer + 1 < self.layers.len() || relu;
        let record = is_recorded.then_some(self.record);
        let at = if self.at_end { 0 } else { self.activations.saturating_sub(outputs) };
        let to = Value { memory: Memory::Activation, seen: true, relu, at, len: outputs, record };
        let (from, tensor, offset, at) = (self.input, self.tensor, self.offset, self.nodes);
        let step = Step {
            action: Action::Linear { bias, activation },
            layer: self.layer,
            from,
            with: from,
            to,
            tensor,
            offset,
            nodes: Some(Nodes { tensor, at, len: to.len() }),
            makes_nodes: true,
            window: None,
            channels: outputs,
            gate: record.filter(|_| relu),
            by: lowered.divisor(from.len),
        };
        self.nodes += to.len();
        self.tensor += 1 + u32::from(bias);
        self.offset += to.len() * (from.len() + usize::from(bias));
        self.record += if is_recorded { outputs } else { 0 };
        self.at_end = !self.at_end;
        (self.layer, self.input) = (self.layer + 1, to);
        Some(step)
    }

    /// The next step.
    #[cfg_attr(feature = "convolution", inline(never))]
    #[cfg_attr(not(feature = "convolution"), inline)]
    fn any(&mut self) -> Option<Step> {
        self.pass_marks();
        let lowered = self.layers.get(self.layer)?;
        #[cfg(feature = "convolution")]
        let layer = lowered.layer;
        let operations = lowered.operations();
        let &Operation { action, from, with, to, makes_nodes } = operations.get(self.operation)?;
        #[cfg_attr(not(feature = "convolution"), expect(unused_mut, reason = "only a sum changes them"))]
        let (mut from, mut with, mut to, mut output) = {
            let output = self.output(lowered);
            let value = |operand| self.value(lowered, operand, output);
            (value(from), value(with), value(to), output)
        };
        #[cfg(feature = "convolution")]
        let gate = self.gate(layer, &output).or_else(|| to.record.filter(|_| layer.is_block() && to.relu));
        #[cfg(feature = "convolution")]
        if matches!(layer, Layer::Join { .. }) {
            (from, output) = self.join(layer);
            (with, to) = (from, output);
        }
        let action = lowered.specialised(action);
        let (tensor, offset) = (self.tensor, self.offset);
        let credited =
            matches!(action, Action::Embed | Action::Sum | Action::Linear { .. } | Action::Windows { .. });
        let nodes = credited.then(|| Nodes {
            tensor: *self.open.get_or_insert(tensor),
            at: self.nodes,
            len: to.len(),
        });
        #[cfg_attr(not(feature = "convolution"), expect(unused_variables, reason = "all of the result"))]
        let (window, channels) = lowered.window(to.len);
        let by = lowered.divisor(from.len);
        let step = Step {
            action,
            layer: self.layer,
            from,
            with,
            to,
            tensor,
            offset,
            nodes,
            makes_nodes,
            window,
            #[cfg(feature = "convolution")]
            channels,
            #[cfg(feature = "convolution")]
            gate,
            by,
        };
        if makes_nodes {
            (self.open, self.nodes) = (None, self.nodes + to.len());
        }
        let (matrix, vector) = (step.matrix_len(), step.vector_len());
        self.tensor += u32::from(matrix > 0) + u32::from(vector > 0);
        self.offset += matrix + vector;
        self.operation += 1;
        if self.operation == operations.len() {
            // A sum is recorded ahead of its branches.
            #[cfg(feature = "convolution")]
            let own = output.record.filter(|_| !matches!(layer, Layer::Join { .. }));
            #[cfg(not(feature = "convolution"))]
            let own = output.record;
            self.record += lowered.record() + if own.is_some() { output.len } else { 0 };
            self.state += lowered.state();
            self.at_end = if lowered.in_place() { self.at_end } else { !self.at_end };
            (self.layer, self.operation, self.input) = (self.layer + 1, 0, output);
        }
        Some(step)
    }
}

impl Iterator for Steps<'_> {
    type Item = Step;

    #[inline]
    fn next(&mut self) -> Option<Step> {
        #[cfg(feature = "convolution")]
        if let Some(step) = self.dense() {
            return Some(step);
        }
        self.any()
    }
}

#[cfg(all(test, feature = "convolution"))]
mod tests {
    extern crate std;

    use crate::kernel::Window;
    use crate::model::{Activation, Description, Layer, Program};
    use proptest::prelude::*;
    use std::vec::Vec;

    fn same(model: &Description) {
        let Ok(program) = Program::of_layer(model) else { return };
        let (mut steps, mut all) = (program.steps(), Vec::new());
        while let Some(step) = steps.any() {
            all.push(step);
        }
        assert_eq!(program.steps().collect::<Vec<_>>(), all, "{model:?}");
        assert!(!all.is_empty());
    }

    proptest! {
        #[test]
        fn steps_of_dense_layers_are_those_of_all_layers(
            sizes in proptest::collection::vec(1u32..200, 2..12),
            (bias, relu) in (any::<bool>(), any::<bool>()),
            in_front in 0..3,
        ) {
            let activation = if relu { Activation::Relu } else { Activation::None };
            let dense = |&outputs| Layer::Dense { outputs, bias, activation };
            let window = Window { kernel: [1, 3], ..Window::whole(7) };
            let window = Window { columns: 9, ..window };
            let conv = Layer::Conv { window, channels: 4, bias, activation, divisor: None };
            let inner = Layer::Dense { outputs: 28, bias, activation };
            let front: &[Layer] = match in_front {
                0 => &[],
                1 => &[conv],
                // A branch around a dense layer.
                _ => &[conv, Layer::Fork { outputs: 28 }, inner, Layer::Join { outputs: 28, activation }],
            };
            let inputs = if in_front == 0 { 5 } else { 63 };
            let layers = front.iter().copied().chain(sizes.iter().map(dense)).collect();
            same(&Description { inputs, layers });
        }
    }
}
