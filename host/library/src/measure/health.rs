//! The health of the unperturbed model: saturated values, dead ReLUs and stuck gates, with its score.

use super::accuracy::predicted;
use super::bits::{Watch, watched};
use super::eval_set::{EvalSet, fresh, mean_return};
use super::score::Score;
use eggroll_firmware::model::recurrent::Alteration;
use eggroll_firmware::model::{Activation, Kind, Layout, Perturbation, Start, Workspace, forward};
use eggroll_firmware::task::Member;

/// The largest magnitude of a weight or an activation.
const LIMIT: u8 = 127;

/// The score of a model and the health of its layers. All figures but the score are shares from 0 to 1.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ModelHealth {
    /// The score; `None` for an empty set.
    pub score: Option<Score>,
    /// For each layer, the share of activations at -127 or 127, after the ReLU if there is one.
    pub saturation: Vec<f64>,
    /// The share of ReLUs whose output is 0 for every input.
    pub dead_relus: f64,
    /// The share of weights at -127 or 127.
    pub weights_at_limit: f64,
    /// The share of values of recurrent states at their limits, -127 or 126.
    pub saturated_states: f64,
    /// The share of gates that are fully open at every token, or shut at every token.
    pub stuck_gates: f64,
}

/// The values that a recurrent model shows in one step, in order.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Node {
    /// The gates of a block, with the number of the block.
    Gate(usize),
    /// Other values of a layer.
    Other(usize),
}

/// Counts the values of a recurrent model that reads a text.
struct TextCounter<'n> {
    /// The values of a step, in order.
    nodes: &'n [Node],
    at: usize,
    /// For each layer, the number of values at a limit and of all values.
    saturated: Vec<(u64, u64)>,
    /// For every gate of each block, whether it has been shut at every token so far, and open at every token.
    stuck: Vec<Vec<(bool, bool)>>,
    states: (u64, u64),
}

impl<'n> TextCounter<'n> {
    fn nodes(layout: &Layout) -> Vec<Node> {
        let mut blocks = 0;
        let of = |(index, kind): (usize, Kind)| match kind {
            Kind::Embedding | Kind::Dense => vec![Node::Other(index)],
            Kind::Norm => vec![],
            Kind::Block => {
                blocks += 1;
                let other = Node::Other(index);
                vec![Node::Gate(blocks - 1), other, other, other]
            }
        };
        layout.layers().iter().map(|layer| layer.kind).enumerate().flat_map(of).collect()
    }

    fn new(layout: &Layout, nodes: &'n [Node]) -> Self {
        let blocks = layout.layers().iter().filter(|layer| layer.kind == Kind::Block);
        Self {
            nodes,
            at: 0,
            saturated: vec![(0, 0); layout.layers().len()],
            stuck: blocks.map(|block| vec![(true, true); block.outputs]).collect(),
            states: (0, 0),
        }
    }
}

fn at_limit(values: &[i8]) -> u64 {
    values.iter().filter(|value| value.unsigned_abs() == LIMIT).count() as u64
}

impl Alteration for TextCounter<'_> {
    fn begin(&mut self) {
        self.at = 0;
    }

    fn preactivation(&mut self, output: &mut [i8]) {
        match self.nodes.get(self.at) {
            Some(&Node::Gate(block)) => {
                for ((shut, open), &f) in self.stuck[block].iter_mut().zip(&*output) {
                    (*shut, *open) = (*shut && f == -127, *open && f == 127);
                }
            }
            Some(&Node::Other(layer)) => {
                let (part, whole) = &mut self.saturated[layer];
                (*part, *whole) = (*part + at_limit(output), *whole + output.len() as u64);
            }
            None => {}
        }
        self.at += 1;
    }
}

impl Watch for TextCounter<'_> {
    fn state(&mut self, state: &[i8]) {
        let (part, whole) = self.states;
        // A gate that is fully open takes a state to -127, or to 126, because steps are rounded down.
        let far = state.iter().filter(|s| s.unsigned_abs() >= LIMIT - 1).count() as u64;
        self.states = (part + far, whole + state.len() as u64);
    }
}

/// Examines a recurrent model on a text.
fn examine_text(layout: &Layout, weights: &[i8], bytes: &[u8]) -> ModelHealth {
    let weights_at_limit = share(at_limit(weights), weights.len() as u64);
    let nodes = TextCounter::nodes(layout);
    let Some((bits, counters)) = watched(layout, weights, bytes, || TextCounter::new(layout, &nodes)) else {
        let saturation = vec![0.0; layout.layers().len()];
        return ModelHealth { saturation, weights_at_limit, ..ModelHealth::default() };
    };
    let mut whole = TextCounter::new(layout, &nodes);
    let add = |to: &mut (u64, u64), from: (u64, u64)| *to = (to.0 + from.0, to.1 + from.1);
    for counter in &counters {
        whole.saturated.iter_mut().zip(&counter.saturated).for_each(|(to, &from)| add(to, from));
        add(&mut whole.states, counter.states);
        for (to, &(shut, open)) in whole.stuck.iter_mut().flatten().zip(counter.stuck.iter().flatten()) {
            *to = (to.0 && shut, to.1 && open);
        }
    }
    let gates = whole.stuck.concat();
    let stuck = gates.iter().filter(|(shut, open)| *shut || *open).count() as u64;
    ModelHealth {
        score: Some(Score::bits(bits)),
        saturation: whole.saturated.iter().map(|&(part, whole)| share(part, whole)).collect(),
        dead_relus: 0.0,
        weights_at_limit,
        saturated_states: share(whole.states.0, whole.states.1),
        stuck_gates: share(stuck, gates.len() as u64),
    }
}

/// Counts the values of a forward pass, and changes nothing.
struct Counter<'l> {
    layout: &'l Layout,
    saturated: Vec<u64>,
    /// For each layer with ReLUs, which outputs have been above 0.
    alive: Vec<Vec<bool>>,
}

impl Perturbation for Counter<'_> {
    fn preactivation(&mut self, layer: usize, output: &mut [i8]) {
        let relu = self.layout.layers()[layer].activation == Activation::Relu;
        let saturated = |value: &&i8| value.unsigned_abs() == LIMIT && !(relu && **value < 0);
        self.saturated[layer] += output.iter().filter(saturated).count() as u64;
        if relu {
            self.alive[layer].iter_mut().zip(output).for_each(|(alive, value)| *alive |= *value > 0);
        }
    }
}

/// A model whose values are counted in every forward pass.
struct ExaminedModel<'a, 'w> {
    counter: Counter<'a>,
    weights: &'a [i8],
    work: Workspace<'w>,
    passes: u64,
}

impl Member for ExaminedModel<'_, '_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        self.passes += 1;
        let Self { counter, weights, work, .. } = self;
        forward(counter.layout, weights, Start::Input(input), counter, work)
    }
}

impl<'a, 'w> ExaminedModel<'a, 'w> {
    fn new(layout: &'a Layout, weights: &'a [i8], work: Workspace<'w>) -> Self {
        let layers = layout.layers();
        let relus = layers.iter().map(|layer| layer.activation == Activation::Relu);
        let alive =
            layers.iter().zip(relus).map(|(layer, relu)| vec![false; if relu { layer.outputs } else { 0 }]);
        let counter = Counter { layout, saturated: vec![0; layers.len()], alive: alive.collect() };
        Self { counter, weights, work, passes: 0 }
    }

    fn found(self, score: Option<Score>) -> ModelHealth {
        let Self { counter, weights, passes, .. } = self;
        let values = counter.layout.layers().iter().map(|layer| passes * layer.outputs as u64);
        let flags: Vec<bool> = counter.alive.concat();
        let dead = flags.iter().filter(|&&alive| !alive).count() as u64;
        ModelHealth {
            score,
            saturation: counter
                .saturated
                .iter()
                .zip(values)
                .map(|(&part, whole)| share(part, whole))
                .collect(),
            dead_relus: if passes > 0 { share(dead, flags.len() as u64) } else { 0.0 },
            weights_at_limit: share(at_limit(weights), weights.len() as u64),
            ..ModelHealth::default()
        }
    }
}

/// Runs the model on a set. The score is that of [`EvalSet::score`].
pub fn examine(layout: &Layout, weights: &[i8], set: &EvalSet<'_>) -> ModelHealth {
    if let EvalSet::Text { bytes } = set {
        return examine_text(layout, weights, bytes);
    }
    let width = layout.width();
    let (mut products, mut front, mut back) = (vec![0; width], vec![0; width], vec![0; width]);
    let work = Workspace { products: &mut products, front: &mut front, back: &mut back };
    let mut model = ExaminedModel::new(layout, weights, work);
    let score = match set {
        EvalSet::Samples { data, rows } => {
            let mut right = |row: u32| {
                let outputs = model.act(data.row(row as usize));
                predicted(outputs) == Some(usize::from(data.label(row as usize)))
            };
            let count = rows.iter().filter(|&&row| right(row)).count() as u64;
            (!rows.is_empty()).then(|| Score::accuracy(share(count, rows.len() as u64)))
        }
        EvalSet::Text { .. } => None,
        EvalSet::Episodes { kind, seed, starts } => {
            mean_return(starts.clone().map(|index| kind.play(fresh(*seed, index), &mut model)))
        }
    };
    model.found(score)
}

/// A share of a whole; 0 if the whole is 0.
pub(crate) fn share(part: u64, whole: u64) -> f64 {
    if whole > 0 { part as f64 / whole as f64 } else { 0.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::model::Description;
    use eggroll_firmware::task::environment::EnvironmentKind;

    #[test]
    fn extremes_are_counted() {
        let data = crate::data::digits().unwrap();
        let layout = Layout::new(&Description::mlp(&[64, 3, 10], true).unwrap()).unwrap();
        let rows: Vec<u32> = (0..50).collect();
        let of = |weights: &[i8]| examine(&layout, weights, &EvalSet::Samples { data: &data, rows: &rows });
        // If all weights are 0, every ReLU is dead and nothing saturates.
        let zeros = of(&vec![0; layout.parameters()]);
        assert_eq!((zeros.dead_relus, zeros.weights_at_limit), (1.0, 0.0));
        assert_eq!(zeros.saturation, [0.0, 0.0]);
        // With biases at the limit, the hidden layer is at 127 for every input.
        let mut weights = vec![0; layout.parameters()];
        weights[64 * 3..64 * 3 + 3].fill(127);
        let full = of(&weights);
        assert_eq!((full.dead_relus, full.saturation[0]), (0.0, 1.0));
        assert_eq!(full.weights_at_limit, 3.0 / layout.parameters() as f64);
        // A ReLU far below 0 is dead, but not saturated.
        weights[64 * 3..64 * 3 + 3].fill(-127);
        let dead = of(&weights);
        assert_eq!((dead.dead_relus, dead.saturation[0]), (1.0, 0.0));
    }

    #[test]
    fn the_score_is_the_score() {
        let data = crate::data::digits().unwrap();
        let rows: Vec<u32> = (100..300).collect();
        let (none, some) = (0..0, 1000..1020);
        let of_kind = |kind: EnvironmentKind| {
            let part = |starts| EvalSet::Episodes { kind, seed: 3, starts };
            (vec![kind.inputs() as u32, 20, kind.outputs() as u32], part(none.clone()), part(some.clone()))
        };
        let samples = |rows| EvalSet::Samples { data: &data, rows };
        let cases = EnvironmentKind::ALL.map(of_kind);
        for (sizes, empty, part) in
            cases.into_iter().chain([(vec![64, 20, 10], samples(&[]), samples(&rows))])
        {
            let layout = Layout::new(&Description::mlp(&sizes, false).unwrap()).unwrap();
            let mut weights = vec![0; layout.parameters()];
            layout.initialize(1, &mut weights);
            let health = examine(&layout, &weights, &part);
            assert!(health.score.is_some() && health.score == part.score(&layout, &weights), "{part:?}");
            assert!(empty.is_empty() && empty.score(&layout, &weights).is_none());
            let weights_at_limit = health.weights_at_limit;
            let nothing =
                ModelHealth { saturation: vec![0.0; 2], weights_at_limit, ..ModelHealth::default() };
            assert_eq!(examine(&layout, &weights, &empty), nothing);
        }
    }

    #[test]
    fn an_environment_saturates_what_it_shows() {
        // The outputs are at their limits for every observation.
        let layout = Layout::new(&Description::mlp(&[4, 2], true).unwrap()).unwrap();
        let part = EvalSet::Episodes { kind: EnvironmentKind::CartPole, seed: 1, starts: 0..5 };
        let mut weights = vec![0; layout.parameters()];
        weights[8..].fill(127);
        let health = examine(&layout, &weights, &part);
        // The first of equal outputs always pushes to the left, so the pole falls within a dozen steps.
        assert_eq!(health.saturation, [1.0]);
        assert!(health.score.is_some_and(|score| (5.0..15.0).contains(&score.value)), "{health:?}");
    }

    #[test]
    fn a_recurrent_models_gates_and_states() {
        let layout = Layout::new(&Description::egg(4, 1, 20).unwrap()).unwrap();
        let bytes: Vec<u8> = (0..3000u32).map(|i| (i * i % 19) as u8).collect();
        let part = EvalSet::Text { bytes: &bytes };
        let mut weights = vec![0; layout.parameters()];
        layout.initialize(1, &mut weights);
        let health = examine(&layout, &weights, &part);
        assert_eq!(health.score, part.score(&layout, &weights));
        assert!(health.stuck_gates == 0.0 && health.saturated_states < 0.2, "{health:?}");
        // Biases at their limits hold the first gate shut and the second open, and push the states to theirs.
        let places: Vec<usize> = layout.tensors().map(|tensor| tensor.offset).collect();
        let silent: Vec<_> = layout.tensors().filter(|tensor| [2, 3, 5, 6].contains(&tensor.id)).collect();
        silent.iter().for_each(|tensor| weights[tensor.offset..tensor.offset + tensor.len()].fill(0));
        weights[places[4]..places[4] + 2].copy_from_slice(&[-127, 127]);
        weights[places[7]..places[7] + 4].fill(127);
        let health = examine(&layout, &weights, &part);
        assert_eq!(health.stuck_gates, 0.5, "{health:?}");
        assert!(health.saturated_states > 0.0);
        assert_eq!(examine(&layout, &weights, &EvalSet::Text { bytes: &bytes[..1] }).score, None);
    }
}
