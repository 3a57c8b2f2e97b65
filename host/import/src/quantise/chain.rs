//! The float model as a chain of the integer model's layers, with a fork and a join around each sum.

use crate::error::{Fault, Reason};
use crate::graph::{Graph, Kind, Node, Pooling, Shape, Window};
use crate::kernel;
use crate::run::biased;

/// What a linear layer moves over.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum Form {
    Dense,
    Conv(Window),
    Depthwise(Window),
}

/// Limits after a layer.
pub(super) type Limits = Option<(f32, f32)>;

#[derive(Clone, Debug)]
pub(super) struct Linear {
    pub(super) form: Form,
    pub(super) weights: Vec<f32>,
    pub(super) bias: Vec<f32>,
    pub(super) limits: Limits,
}

impl Linear {
    /// How many weights an output has.
    pub(super) fn fan_in(&self) -> usize {
        self.weights.len() / self.bias.len()
    }

    /// The sums without the bias.
    pub(super) fn sums(&self, input: &[f32]) -> Vec<f32> {
        match &self.form {
            Form::Dense => kernel::dense(&self.weights, input),
            Form::Conv(window) => kernel::conv(window, &self.weights, self.bias.len(), input),
            Form::Depthwise(window) => kernel::depthwise(window, &self.weights, input),
        }
    }

    /// The channel of the input that a weight multiplies: its place among the weights of all outputs.
    pub(super) fn channel(&self, weight: usize, channels: usize) -> usize {
        match self.form {
            Form::Depthwise(_) => weight / self.fan_in(),
            Form::Dense | Form::Conv(_) => weight % self.fan_in() % channels,
        }
    }

    fn identity(shape: Shape) -> Self {
        let (weights, bias) = (vec![1.0; shape.channels], vec![0.0; shape.channels]);
        Self { form: Form::Depthwise(Window::point(shape)), weights, bias, limits: None }
    }
}

#[derive(Clone, Debug)]
pub(super) enum Step {
    Linear(Linear),
    Pool {
        window: Window,
        pooling: Pooling,
    },
    /// The value here is also the shortcut's.
    Fork,
    /// What follows belongs to the shortcut.
    Shortcut,
    /// The sum of both branches.
    Join(Limits),
}

/// One layer, with the shape of its output.
#[derive(Clone, Debug)]
pub(super) struct Stage {
    pub(super) name: String,
    pub(super) step: Step,
    pub(super) shape: Shape,
}

/// What a row has become on its way.
#[derive(Clone, Debug, Default)]
pub(super) struct State<T> {
    pub(super) value: Vec<T>,
    fork: Vec<T>,
    main: Option<Vec<T>>,
}

impl<T: Clone> State<T> {
    pub(super) fn new(value: Vec<T>) -> Self {
        Self { value, fork: Vec::new(), main: None }
    }

    pub(super) fn fork(&mut self) {
        self.fork.clone_from(&self.value);
    }

    pub(super) fn shortcut(&mut self) {
        let fork = std::mem::take(&mut self.fork);
        self.main = Some(std::mem::replace(&mut self.value, fork));
    }

    /// The other branch's values, to be added.
    pub(super) fn other(&mut self) -> Vec<T> {
        self.main.take().unwrap_or_else(|| std::mem::take(&mut self.fork))
    }
}

impl Stage {
    /// Computes the stage; returns a linear layer's sums before the bias, or a join's before its limits.
    pub(super) fn advance(&self, state: &mut State<f32>) -> Option<Vec<f32>> {
        let limited = |values: Vec<f32>, limits: Limits| match limits {
            Some((low, high)) => values.into_iter().map(|value| value.max(low).min(high)).collect(),
            None => values,
        };
        match &self.step {
            Step::Linear(linear) => {
                let sums = linear.sums(&state.value);
                state.value = limited(biased(sums.clone(), &linear.bias), linear.limits);
                return Some(sums);
            }
            Step::Pool { window, pooling: Pooling::Max } => {
                state.value = kernel::maximum(window, &state.value);
            }
            Step::Pool { window, pooling: Pooling::Average } => {
                let area = window.area() as f32;
                state.value = kernel::total(window, &state.value).iter().map(|sum| sum / area).collect();
            }
            Step::Fork => state.fork(),
            Step::Shortcut => state.shortcut(),
            Step::Join(limits) => {
                let sums: Vec<f32> = state.other().iter().zip(&state.value).map(|(a, b)| a + b).collect();
                state.value = limited(sums.clone(), *limits);
                return Some(sums);
            }
        }
        None
    }

    pub(super) fn linear(&self) -> Option<&Linear> {
        match &self.step {
            Step::Linear(linear) => Some(linear),
            _ => None,
        }
    }
}

/// The stages of a graph. The first one is linear, and the last linear one or join has no limits.
pub(super) fn chain(graph: &Graph) -> Result<Vec<Stage>, Fault> {
    let walker = Walker { graph, readers: graph.readers() };
    let mut stages = walker.walk(0, false)?.0;
    let end = stages.iter().rev().find(|stage| !matches!(stage.step, Step::Pool { .. }));
    let limited = end.is_some_and(|stage| match &stage.step {
        Step::Linear(linear) => linear.limits.is_some(),
        Step::Join(limits) => limits.is_some(),
        _ => false,
    });
    if limited || end.is_none() {
        stages.push(identity("end", graph.output()));
    }
    if stages.first().is_none_or(|stage| stage.linear().is_none()) {
        stages.insert(0, identity("input", graph.input.shape));
    }
    Ok(stages)
}

/// A layer that computes nothing, where the integer model needs one.
pub(super) fn identity(name: &str, shape: Shape) -> Stage {
    Stage { name: format!("{name} (identity)"), step: Step::Linear(Linear::identity(shape)), shape }
}

struct Walker<'a> {
    graph: &'a Graph,
    readers: Vec<Vec<usize>>,
}

impl Walker<'_> {
    fn node(&self, index: usize) -> &Node {
        &self.graph.nodes[index]
    }

    fn fault(&self, index: usize, reason: impl Into<Reason>) -> Fault {
        let node = self.node(index);
        Fault { node: node.name.clone(), operator: node.operator.clone(), reason: reason.into() }
    }

    /// The stages after a node, up to the output or, inside a branch, to the sum that ends it.
    fn walk(&self, mut at: usize, inside: bool) -> Result<(Vec<Stage>, Option<usize>), Fault> {
        let mut stages = Vec::new();
        loop {
            match self.readers[at][..] {
                [] => return Ok((stages, None)),
                [next] if inside && self.node(next).kind == Kind::Add => return Ok((stages, Some(next))),
                [next] => at = self.follow(next, &mut stages)?,
                [one, two] if !inside => at = self.residual(at, [one, two], &mut stages)?,
                [_, _] => return Err(self.fault(at, "a branch within a branch; one level is supported")),
                _ => return Err(self.fault(at, "more than two nodes read it; two branches are supported")),
            }
        }
    }

    /// Adds the stage of a node; returns the node whose value it has.
    fn follow(&self, index: usize, stages: &mut Vec<Stage>) -> Result<usize, Fault> {
        let node = self.node(index);
        let mut linear = |form, weights: &[f32], bias: &[f32]| {
            let (limits, end) = self.limits(index)?;
            let linear = Linear { form, weights: weights.to_vec(), bias: bias.to_vec(), limits };
            stages.push(Stage { name: node.name.clone(), step: Step::Linear(linear), shape: node.shape });
            Ok(end)
        };
        match &node.kind {
            Kind::Dense { weights, bias } => linear(Form::Dense, weights, bias),
            Kind::Conv { window, weights, bias } => linear(Form::Conv(*window), weights, bias),
            Kind::Depthwise { window, weights, bias } => linear(Form::Depthwise(*window), weights, bias),
            Kind::Pool { window, pooling } => {
                let step = Step::Pool { window: *window, pooling: *pooling };
                stages.push(Stage { name: node.name.clone(), step, shape: node.shape });
                Ok(index)
            }
            Kind::Clamp { low, high } => {
                let limits = self.allowed(index, *low, *high)?;
                let mut stage = identity(&node.name, node.shape);
                if let Step::Linear(linear) = &mut stage.step {
                    linear.limits = limits;
                }
                stages.push(stage);
                Ok(index)
            }
            Kind::Add => Err(self.fault(index, "its two inputs do not come from one node by two branches")),
            Kind::Input | Kind::Reshape | Kind::Affine { .. } | Kind::Pad(_) => {
                Err(self.fault(index, "it has no integer layer"))
            }
        }
    }

    /// The limits that follow a node, and the node after them.
    fn limits(&self, index: usize) -> Result<(Limits, usize), Fault> {
        if let [next] = self.readers[index][..]
            && let Kind::Clamp { low, high } = self.node(next).kind
        {
            return Ok((self.allowed(next, low, high)?, next));
        }
        Ok((None, index))
    }

    fn allowed(&self, index: usize, low: f32, high: f32) -> Result<Limits, Fault> {
        if high > 0.0 && (low == 0.0 || low == -high) {
            return Ok(Some((low, high)));
        }
        let reason = format!("limits of {low} and {high}; from 0, or as far below 0 as above, are supported");
        Err(self.fault(index, reason))
    }

    fn branch(&self, first: usize) -> Result<(Vec<Stage>, Option<usize>), Fault> {
        if self.node(first).kind == Kind::Add {
            return Ok((Vec::new(), Some(first)));
        }
        let mut stages = Vec::new();
        let at = self.follow(first, &mut stages)?;
        let (rest, end) = self.walk(at, true)?;
        stages.extend(rest);
        Ok((stages, end))
    }

    /// Adds two branches and their sum; returns the node whose value it has.
    fn residual(&self, from: usize, first: [usize; 2], stages: &mut Vec<Stage>) -> Result<usize, Fault> {
        let (one, end) = self.branch(first[0])?;
        let (two, other) = self.branch(first[1])?;
        let (Some(sum), true) = (end, end == other) else {
            return Err(self.fault(from, "two branches that do not end in one sum"));
        };
        let unlimited = |stage: &Stage| stage.linear().is_some_and(|linear| linear.limits.is_none());
        let short = |branch: &[Stage]| branch.is_empty() || branch.len() == 1 && branch.iter().all(unlimited);
        let (mut main, shortcut) = match (one.is_empty(), two.is_empty()) {
            (true, true) => return Err(self.fault(sum, "a sum of a value with itself")),
            (false, _) if short(&two) => (one, two),
            (_, false) if short(&one) => (two, one),
            _ => {
                let reason = "a sum of two branches of several layers; one of them may have one layer without \
                              an activation, or none";
                return Err(self.fault(sum, reason));
            }
        };
        let shape = self.node(sum).shape;
        if !main.last().is_some_and(unlimited) {
            main.push(identity(&self.node(sum).name, shape));
        }
        let place = |step, shape| Stage { name: self.node(sum).name.clone(), step, shape };
        stages.push(place(Step::Fork, self.node(from).shape));
        stages.extend(main);
        if !shortcut.is_empty() {
            stages.push(place(Step::Shortcut, self.node(from).shape));
            stages.extend(shortcut);
        }
        let (limits, end) = self.limits(sum)?;
        stages.push(place(Step::Join(limits), shape));
        Ok(end)
    }
}

/// The linear stage that computes the outputs: only pools follow it.
pub(super) fn last_linear(stages: &[Stage]) -> Option<usize> {
    let end = stages.iter().rposition(|stage| !matches!(stage.step, Step::Pool { .. }))?;
    stages[end].linear().is_some().then_some(end)
}
