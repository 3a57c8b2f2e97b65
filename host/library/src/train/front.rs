//! The frozen layers before the first one that is trained: they run once a sample, and what they make is what
//! members read.

use super::TrainError;
use crate::data::Dataset;
use crate::run::Config;
use crate::scratch::HeapScratch;
use eggroll_firmware::Error;
use eggroll_firmware::model::{Description, Layer, LayerSet, Perturbation, Program, Start, Step, run};
use eggroll_firmware::train::{Estimator, Run};
use rayon::iter::{IntoParallelRefIterator, ParallelIterator};
use std::sync::Arc;

/// The front of a run.
#[derive(Clone, Debug)]
pub(super) struct Front {
    /// How many layers it has.
    layers: usize,
    /// Values that it makes.
    outputs: usize,
    /// Its tensors, and their parameters.
    tensors: u16,
    weights: Arc<[i8]>,
}

/// How many layers of a model come before the first that is trained, where they can be a front: the layer
/// behind them multiplies and is in no branch. 0 where there are none.
pub fn front_of(model: &Description, trained: LayerSet) -> u32 {
    let layers = &model.layers;
    let first = layers.iter().enumerate().position(|(place, layer)| layer.is_linear() && trained.has(place));
    let mut cut = first.unwrap_or(0);
    // A branch stays whole, and what it begins with is no input of the model.
    while cut > 0 && !is_cut(layers, cut) {
        cut -= 1;
    }
    let has_weights = layers.iter().take(cut).any(Layer::is_linear);
    if has_weights { cut as u32 } else { 0 }
}

/// Whether a model can be cut before a layer.
fn is_cut(layers: &[Layer], place: usize) -> bool {
    let before = layers.iter().take(place);
    let open = before.fold(0i32, |open, layer| match layer {
        Layer::Fork { .. } => open + 1,
        Layer::Join { .. } => open - 1,
        _ => open,
    });
    open == 0 && layers.get(place).is_some_and(Layer::is_linear)
}

impl Front {
    /// The front of so many layers of a run, whose model has these weights.
    ///
    /// # Errors
    /// [`TrainError::Refused`] where the model cannot be cut there.
    pub(super) fn new(
        layers: u32,
        program: &Program,
        model: &Description,
        weights: &[i8],
    ) -> Result<Self, TrainError> {
        let cut = layers as usize;
        if !is_cut(&model.layers, cut) {
            return Err(TrainError::Refused(Error::Shape { layer: layers }));
        }
        let before = |layer: usize| layer < cut;
        let parameters = program.tensors().filter(|tensor| before(tensor.layer));
        let parameters: usize = parameters.map(|tensor| tensor.len()).sum();
        let tensors = program.tensors().filter(|tensor| before(tensor.layer)).count() as u16;
        let outputs = model.layers.get(cut.wrapping_sub(1)).map_or(0, Layer::outputs) as usize;
        Ok(Self { layers: cut, outputs, tensors, weights: weights[..parameters].into() })
    }

    /// The run behind the front, as boards get it.
    pub(super) fn rest(&self, run: &Run) -> Run {
        let mark = Layer::Front { outputs: self.outputs as u32, tensors: self.tensors };
        let layers = run.model.layers.iter().skip(self.layers).copied();
        let model = Description {
            inputs: self.outputs as u32,
            layers: std::iter::once(mark).chain(layers).collect(),
        };
        let estimator = match run.estimator {
            Estimator::Guided(mut guided) => {
                let count = run.model.layers.len();
                let trained = (self.layers..count).filter(|&place| guided.train.has(place));
                let behind = LayerSet::of(trained.map(|place| place - self.layers + 1));
                let behind = behind.unwrap_or(LayerSet::ALL);
                guided.train = if guided.train.is_of_biases() { behind.of_biases() } else { behind };
                Estimator::Guided(guided)
            }
            other => other,
        };
        Run { model, estimator, ..run.clone() }
    }

    /// The weights behind the front.
    pub(super) fn behind<'w>(&self, weights: &'w [i8]) -> &'w [i8] {
        &weights[self.weights.len()..]
    }

    /// All weights of the model, of those behind the front.
    pub(super) fn whole(&self, behind: &[i8]) -> Vec<i8> {
        [&*self.weights, behind].concat()
    }

    /// What the front makes of rows, one after another.
    pub(super) fn features(
        &self,
        program: &Program,
        weights: &[i8],
        data: &Dataset,
        rows: &[u32],
    ) -> Vec<Vec<i8>> {
        let of = |scratch: &mut HeapScratch, &row: &u32| {
            let mut capture = Capture { layer: self.layers, read: Vec::new() };
            let start = Start::Input(data.row(row as usize));
            run(program, weights, start, &mut [], &mut capture, &mut scratch.get());
            capture.read
        };
        rows.par_iter().map_init(|| HeapScratch::new(program), of).collect()
    }

    /// The records of rows as boards get them: what the front makes of their features, then what follows
    /// these.
    pub(super) fn records(&self, program: &Program, weights: &[i8], data: &Dataset, rows: &[u32]) -> Vec<u8> {
        let whole = data.records(rows);
        let each = whole.len().checked_div(rows.len()).unwrap_or(0);
        let features = self.features(program, weights, data, rows);
        let mut records = Vec::with_capacity(rows.len() * (self.outputs + each - data.features));
        for (features, record) in features.iter().zip(whole.chunks_exact(each.max(1))) {
            records.extend(features.iter().map(|value| value.cast_unsigned()));
            records.extend_from_slice(&record[data.features..]);
        }
        records
    }
}

/// Keeps what the first matrix behind the front reads.
struct Capture {
    layer: usize,
    read: Vec<i8>,
}

impl Perturbation for Capture {
    fn input(&mut self, step: &Step, input: &[i8]) {
        if step.layer == self.layer {
            self.read = input.to_vec();
        }
    }
}

/// Whether a configuration trains only some layers without a guide, which must follow a front.
pub(super) fn front_layers(config: &Config) -> u32 {
    match &config.source {
        crate::run::Source::Samples(samples) => samples.start.as_ref().map_or(0, |start| start.front),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::digits;
    use crate::run::ModelName;
    use eggroll_firmware::estimator::guided::Guided;
    use eggroll_firmware::estimator::node::Node;
    use eggroll_firmware::train::{Learner, Section, TaskKind};
    use eggroll_firmware::update::Optimizer;

    const GENERATIONS: u32 = 3;

    /// The weights after some generations.
    fn trained(run: &Run, weights: &[i8], samples: &[u8]) -> Vec<i8> {
        let mut learner = Learner::new(vec![0u64; 1 << 16]);
        learner.configure(run.clone(), true).unwrap();
        learner.load(Section::Samples, 0, samples).unwrap();
        let bytes: Vec<u8> = weights.iter().map(|w| w.cast_unsigned()).collect();
        learner.load(Section::Weights, 0, &bytes).unwrap();
        learner.initialize_guide().unwrap();
        learner.start(0).unwrap();
        let mut out = vec![0; 1 << 16];
        for generation in 1..=GENERATIONS {
            let units = learner.units();
            let packed = learner
                .evaluate(generation, 0, units, &mut eggroll_firmware::task::NoTask, &mut out)
                .unwrap();
            learner.credit(generation, 0, units, &out[..packed]).unwrap();
            learner.step(20_000).unwrap();
        }
        learner.weights().to_vec()
    }

    #[test]
    fn behind_a_front_the_same_weights_are_trained() {
        let data = digits().unwrap();
        let rows: Vec<u32> = (0..40).collect();
        for (name, trained_layers, layers) in [
            ("conv:8x8x1/c3k3/max2/c4k3s2/c5k1/10+bias", vec![4], 4),
            ("conv:8x8x1/c3k3/max2/c4k3s2/c5k1/10+bias", vec![3, 4], 3),
            ("conv:8x8x1/c3k3s2/[c3k3/c3k3]/c4k3s2/gap/6/10", vec![5, 8], 5),
            ("64-12-9-10+bias", vec![2], 2),
            // A branch stays whole, and so does what it begins with.
            ("conv:8x8x1/c3k3/c3k3s2/[c3k3/c3k3]/6/10+bias", vec![4, 7], 1),
        ] {
            let model = name.parse::<ModelName>().unwrap().description().unwrap();
            let train = LayerSet::of(trained_layers).unwrap();
            assert_eq!(front_of(&model, train), layers, "{name}");
            let node =
                Node { slots: 8, members: 2, amplitude: 8, clip: 127, skip: Some(1), antithetic: false };
            let guided = Guided { node, member_slots: 1, residual_weight: 4, guide_scale: 256, train };
            let last = model.layers.len() - 1;
            let members = if train.before(last).is_empty() { 0 } else { 2 };
            let guided = Guided { node: Node { members, ..guided.node }, ..guided };
            let run = Run {
                seed: 5,
                model: model.clone(),
                task: TaskKind::Samples { count: rows.len() as u32 },
                estimator: Estimator::Guided(guided),
                optimizer: Optimizer::Residual,
                saturation: false,
            };
            let program = Program::new(&model).unwrap();
            let mut weights = vec![0; program.parameters()];
            program.initialize(3, &mut weights);
            let whole = trained(&run, &weights, &data.records(&rows));
            let front = Front::new(layers, &program, &model, &weights).unwrap();
            let records = front.records(&program, &weights, &data, &rows);
            let behind = trained(&front.rest(&run), front.behind(&weights), &records);
            assert_ne!(whole, weights, "{name}: nothing was trained");
            assert_eq!(front.whole(&behind), whole, "{name}");
        }
    }
}
