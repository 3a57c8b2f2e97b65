//! The health of the unperturbed model: saturated values, dead ReLUs and stuck gates, with its score.

use super::accuracy::predicted;
use super::bits::{Watch, watched};
use super::eval_set::{EvalSet, mean_return};
use super::fresh::fresh;
use super::regression::ErrorSums;
use super::score::Score;
use crate::scratch::HeapScratch;
use eggroll_batch::values::{far, high, note_alive, note_gates};
use eggroll_firmware::model::{
    Activation, Layer, LayerPlace, Perturbation, Program, Scratch, Start, Step, run,
};
use eggroll_firmware::task::Member;
use eggroll_firmware::task::reward::{FULL, Reward};

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

/// Counts the values of forward passes, and changes nothing.
struct Counter<'l> {
    layers: &'l [LayerPlace],
    /// For each layer, the number of values at a limit and of all values. Gates are left out, because they
    /// may be open or shut.
    saturated: Vec<(u64, u64)>,
    /// For each layer with ReLUs, which outputs have been above 0.
    alive: Vec<Vec<bool>>,
    /// For each gate of each layer, whether it has been shut at every token so far, and open at every token.
    stuck: Vec<Vec<(bool, bool)>>,
    /// The number of values of states at their limits, and of all of them.
    states: (u64, u64),
}

impl<'l> Counter<'l> {
    fn new(layers: &'l [LayerPlace]) -> Self {
        let of = |width: fn(&Layer) -> u32| layers.iter().map(move |place| width(&place.layer) as usize);
        let relus = |layer: &Layer| match layer {
            // The first layer of its MLP is four times as wide.
            Layer::ReluBlock { outputs } => 4 * outputs,
            layer if layer.is_linear() && layer.activation() == Activation::Relu => layer.outputs(),
            _ => 0,
        };
        let gates = |layer: &Layer| if layer.is_block() { layer.outputs() } else { 0 };
        Self {
            layers,
            saturated: vec![(0, 0); layers.len()],
            alive: of(relus).map(|len| vec![false; len]).collect(),
            stuck: of(gates).map(|len| vec![(true, true); len]).collect(),
            states: (0, 0),
        }
    }

    /// Whether a step computes the gates of a block. It is the step of the block's second parameter.
    fn makes_gates(&self, step: &Step) -> bool {
        let LayerPlace { layer, tensor, .. } = self.layers[step.layer];
        layer.is_block() && step.nodes.is_some_and(|nodes| nodes.tensor == tensor + 1)
    }

    /// Adds the counts of another counter of the same model.
    fn add(&mut self, other: &Self) {
        let add = |to: &mut (u64, u64), from: (u64, u64)| *to = (to.0 + from.0, to.1 + from.1);
        self.saturated.iter_mut().zip(&other.saturated).for_each(|(to, &from)| add(to, from));
        add(&mut self.states, other.states);
        for (to, &alive) in self.alive.iter_mut().flatten().zip(other.alive.iter().flatten()) {
            *to |= alive;
        }
        for (to, &(shut, open)) in self.stuck.iter_mut().flatten().zip(other.stuck.iter().flatten()) {
            *to = (to.0 && shut, to.1 && open);
        }
    }

    /// The health by these counts. If nothing was counted, only the weights are known.
    fn found(self, weights: &[i8], score: Option<Score>) -> ModelHealth {
        let saturation = self.saturated.iter().map(|&(part, whole)| share(part, whole)).collect();
        let weights_at_limit = share(far(weights, LIMIT), weights.len() as u64);
        if self.saturated.iter().all(|&(_, whole)| whole == 0) {
            return ModelHealth { saturation, weights_at_limit, ..ModelHealth::default() };
        }
        let (alive, gates) = (self.alive.concat(), self.stuck.concat());
        let dead = alive.iter().filter(|&&alive| !alive).count() as u64;
        let stuck = gates.iter().filter(|(shut, open)| *shut || *open).count() as u64;
        ModelHealth {
            score,
            saturation,
            dead_relus: share(dead, alive.len() as u64),
            weights_at_limit,
            saturated_states: share(self.states.0, self.states.1),
            stuck_gates: share(stuck, gates.len() as u64),
        }
    }
}

impl Perturbation for Counter<'_> {
    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        if self.makes_gates(step) {
            note_gates(&mut self.stuck[step.layer], values);
            return;
        }
        let relu = step.activation() == Activation::Relu;
        let (part, whole) = &mut self.saturated[step.layer];
        *part += if relu { high(values, LIMIT.cast_signed()) } else { far(values, LIMIT) };
        *whole += values.len() as u64;
        if relu {
            note_alive(&mut self.alive[step.layer], values);
        }
    }
}

impl Watch for Counter<'_> {
    fn state(&mut self, state: &[i8]) {
        let (part, whole) = self.states;
        // A gate that is fully open takes a state to -127, or to 126, because steps are rounded down.
        self.states = (part + far(state, LIMIT - 1), whole + state.len() as u64);
    }
}

/// Examines a recurrent model on a text.
fn examine_text(program: &Program, weights: &[i8], bytes: &[u8]) -> ModelHealth {
    let layers: Vec<LayerPlace> = program.layers().collect();
    let mut whole = Counter::new(&layers);
    let watched = watched(program, weights, bytes, || Counter::new(&layers));
    let score = watched.map(|(bits, counters)| {
        counters.iter().for_each(|counter| whole.add(counter));
        Score::bits(bits)
    });
    whole.found(weights, score)
}

/// A model whose values are counted in every forward pass.
struct ExaminedModel<'a, 'w> {
    program: &'a Program,
    weights: &'a [i8],
    counter: Counter<'a>,
    scratch: Scratch<'w>,
    /// Of a recurrent model.
    state: Vec<i8>,
}

impl Member for ExaminedModel<'_, '_> {
    fn act(&mut self, input: &[i8]) -> &[i8] {
        let Self { program, weights, counter, scratch, .. } = self;
        run(program, weights, Start::Input(input), &mut [], counter, scratch)
    }

    fn read(&mut self, token: u8) -> &[i8] {
        let Self { program, weights, counter, scratch, state } = self;
        counter.state(state);
        run(program, weights, Start::Token(token), state, counter, scratch)
    }
}

/// Runs the model on a set. The score is that of [`EvalSet::score`].
pub fn examine(program: &Program, weights: &[i8], part: &EvalSet<'_>) -> ModelHealth {
    if let EvalSet::Text { bytes } = part {
        return examine_text(program, weights, bytes);
    }
    let layers: Vec<LayerPlace> = program.layers().collect();
    let (counter, mut scratch) = (Counter::new(&layers), HeapScratch::new(program));
    let state = vec![0; program.state_len()];
    let mut model = ExaminedModel { program, weights, counter, scratch: scratch.get(), state };
    let score = match part {
        EvalSet::Samples { data, rows } => {
            if let Some(targets) = data.targets() {
                let mut sums = ErrorSums::new(targets, data.anomalies().is_some());
                rows.iter().for_each(|&row| sums.add(row as usize, model.act(data.row(row as usize))));
                return model.counter.found(weights, sums.errors().map(|errors| errors.score()));
            }
            let mut right = |row: u32| {
                let outputs = model.act(data.row(row as usize));
                predicted(outputs) == Some(usize::from(data.label(row as usize)))
            };
            let count = rows.iter().filter(|&&row| right(row)).count() as u64;
            (!rows.is_empty()).then(|| Score::accuracy(share(count, rows.len() as u64)))
        }
        EvalSet::Text { .. } | EvalSet::Own { .. } => None,
        EvalSet::Prompts { reward, seed, prompts } => {
            let greedy = Reward { temperature: 0, ..*reward };
            let mut right = |index| greedy.play(fresh(*seed, index), &mut model).mark == FULL;
            let count = prompts.clone().filter(|&index| right(index)).count() as u64;
            (!prompts.is_empty()).then(|| Score::success(share(count, prompts.len() as u64)))
        }
        EvalSet::Episodes { domain, seed, starts } => {
            mean_return(starts.clone().map(|index| domain.play(fresh(*seed, index), &mut model)))
        }
    };
    model.counter.found(weights, score)
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
        let program = Program::new(&Description::mlp(&[64, 3, 10], true).unwrap()).unwrap();
        let rows: Vec<u32> = (0..50).collect();
        let of = |weights: &[i8]| examine(&program, weights, &EvalSet::Samples { data: &data, rows: &rows });
        // If all weights are 0, every ReLU is dead and nothing saturates.
        let zeros = of(&vec![0; program.parameters()]);
        assert_eq!((zeros.dead_relus, zeros.weights_at_limit), (1.0, 0.0));
        assert_eq!(zeros.saturation, [0.0, 0.0]);
        // With biases at the limit, the hidden layer is at 127 for every input.
        let mut weights = vec![0; program.parameters()];
        weights[64 * 3..64 * 3 + 3].fill(127);
        let full = of(&weights);
        assert_eq!((full.dead_relus, full.saturation[0]), (0.0, 1.0));
        assert_eq!(full.weights_at_limit, 3.0 / program.parameters() as f64);
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
            let part = |starts| EvalSet::Episodes { domain: kind.into(), seed: 3, starts };
            (vec![kind.inputs() as u32, 20, kind.outputs() as u32], part(none.clone()), part(some.clone()))
        };
        let samples = |rows| EvalSet::Samples { data: &data, rows };
        let cases = EnvironmentKind::ALL.map(of_kind);
        for (sizes, empty, part) in
            cases.into_iter().chain([(vec![64, 20, 10], samples(&[]), samples(&rows))])
        {
            let program = Program::new(&Description::mlp(&sizes, false).unwrap()).unwrap();
            let mut weights = vec![0; program.parameters()];
            program.initialize(1, &mut weights);
            let health = examine(&program, &weights, &part);
            assert!(health.score.is_some() && health.score == part.score(&program, &weights), "{part:?}");
            assert!(empty.is_empty() && empty.score(&program, &weights).is_none());
            let weights_at_limit = health.weights_at_limit;
            let nothing =
                ModelHealth { saturation: vec![0.0; 2], weights_at_limit, ..ModelHealth::default() };
            assert_eq!(examine(&program, &weights, &empty), nothing);
        }
    }

    #[test]
    fn an_environment_saturates_what_it_shows() {
        // The outputs are at their limits for every observation.
        let program = Program::new(&Description::mlp(&[4, 2], true).unwrap()).unwrap();
        let part = EvalSet::Episodes { domain: EnvironmentKind::CartPole.into(), seed: 1, starts: 0..5 };
        let mut weights = vec![0; program.parameters()];
        weights[8..].fill(127);
        let health = examine(&program, &weights, &part);
        // The first of equal outputs always pushes to the left, so the pole falls within a dozen steps.
        assert_eq!(health.saturation, [1.0]);
        assert!(health.score.is_some_and(|score| (5.0..15.0).contains(&score.value)), "{health:?}");
    }

    #[test]
    fn a_recurrent_models_gates_and_states() {
        let program = Program::new(&Description::egg(4, 1, 20).unwrap()).unwrap();
        let bytes: Vec<u8> = (0..3000u32).map(|i| (i * i % 19) as u8).collect();
        let part = EvalSet::Text { bytes: &bytes };
        let mut weights = vec![0; program.parameters()];
        program.initialize(1, &mut weights);
        let health = examine(&program, &weights, &part);
        assert_eq!(health.score, part.score(&program, &weights));
        assert!(health.stuck_gates == 0.0 && health.saturated_states < 0.2, "{health:?}");
        // Biases at their limits hold the first gate shut and the second open, and push the states to theirs.
        let places: Vec<usize> = program.tensors().map(|tensor| tensor.offset).collect();
        let silent: Vec<_> = program.tensors().filter(|tensor| [2, 3, 5, 6].contains(&tensor.id)).collect();
        silent.iter().for_each(|tensor| weights[tensor.offset..tensor.offset + tensor.len()].fill(0));
        weights[places[4]..places[4] + 2].copy_from_slice(&[-127, 127]);
        weights[places[7]..places[7] + 4].fill(127);
        let health = examine(&program, &weights, &part);
        assert_eq!(health.stuck_gates, 0.5, "{health:?}");
        assert!(health.saturated_states > 0.0);
        assert_eq!(examine(&program, &weights, &EvalSet::Text { bytes: &bytes[..1] }).score, None);
    }
}
