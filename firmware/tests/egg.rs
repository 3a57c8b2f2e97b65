//! The EGG language model against numbers that the reference `nano-egg` printed (`tests/vectors/egg`): every
//! value of every file.

use eggroll_firmware::estimator::weight::{CreditTo, Pair, Perturbed, Weight, entries_per_pair};
use eggroll_firmware::kernel::{Twin, log_likelihood};
use eggroll_firmware::model::{
    Description, Layer, Perturbation, Program, Role, Scratch, Start, Tensor, TensorKind, Unperturbed, run,
};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::update::{self, Accumulator, Credit, Rule, Vote};
use safetensors::SafeTensors;
use std::path::PathBuf;

/// The reference's names of a block's parameters, in declared order.
const BLOCK: [&str; 10] = [
    "ln1.weight",
    "att.Wf",
    "att.Uf",
    "att.bf",
    "att.Wh",
    "att.Uh",
    "att.bh",
    "ln2.weight",
    "mlp.0.weight",
    "mlp.1.weight",
];

/// A file: its sizes, and its tensors as integers.
struct Case {
    name: String,
    bytes: Vec<u8>,
    rank: usize,
    sigma_shift: u8,
    threshold: u64,
    pairs: usize,
    model: Description,
    program: Program,
}

impl Case {
    fn all() -> Vec<Self> {
        let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../tests/vectors/egg");
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        let cases: Vec<Self> = files.map(Self::read).collect();
        assert_eq!(cases.len(), 6);
        cases
    }

    fn read(path: PathBuf) -> Self {
        let bytes = std::fs::read(&path).unwrap();
        let (_, header) = SafeTensors::read_metadata(&bytes).unwrap();
        let metadata = header.metadata().clone().unwrap();
        let number = |key: &str| metadata[key].parse::<u32>().unwrap();
        let model = Description::egg(number("dim"), number("layers"), number("vocab")).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let (rank, sigma_shift) = (number("rank") as usize, number("sigma_shift") as u8);
        let (threshold, pairs) = (number("threshold").into(), number("pairs") as usize);
        let program = Program::new(&model).unwrap();
        Self { name, bytes, rank, sigma_shift, threshold, pairs, model, program }
    }

    fn bytes(&self, name: &str) -> Vec<u8> {
        SafeTensors::deserialize(&self.bytes).unwrap().tensor(name).unwrap().data().to_vec()
    }

    fn small(&self, name: &str) -> Vec<i8> {
        self.bytes(name).into_iter().map(|byte| byte as i8).collect()
    }

    fn wide(&self, name: &str) -> Vec<i32> {
        self.bytes(name).as_chunks().0.iter().map(|&b| i32::from_le_bytes(b)).collect()
    }

    fn tensors(&self) -> Vec<Tensor> {
        self.program.tensors().collect()
    }

    /// The reference's name of a parameter, and which of the layers stacked there it belongs to, of how many.
    fn place(&self, tensor: &Tensor) -> (String, usize, usize) {
        let layers = &self.model.layers;
        let first = self.tensors().iter().find(|other| other.layer == tensor.layer).unwrap().id;
        let blocks = layers.iter().filter(|layer| matches!(layer, Layer::Block { .. })).count();
        let name = match layers[tensor.layer] {
            Layer::Embedding { .. } => "emb".to_owned(),
            Layer::Norm { .. } => "ln_out.weight".to_owned(),
            Layer::Dense { .. } => "head".to_owned(),
            Layer::Block { .. } => {
                let name = format!("blocks.{}", BLOCK[(tensor.id - first) as usize]);
                return (name, tensor.layer - 1, blocks);
            }
            other => panic!("{other:?} is not of this model"),
        };
        (name, 0, 1)
    }

    /// A tensor's part of what lies under a name, of which there are `cases`.
    fn part<T: Copy>(&self, all: &[T], case: usize, cases: usize, (layer, layers): (usize, usize)) -> Vec<T> {
        let len = all.len() / cases / layers;
        let start = (case * layers + layer) * len;
        all[start..start + len].to_vec()
    }

    fn weights(&self, prefix: &str) -> Vec<i8> {
        let tensor = |tensor: Tensor| {
            let (name, layer, layers) = self.place(&tensor);
            let values = self.part(&self.small(&format!("{prefix}.{name}")), 0, 1, (layer, layers));
            assert_eq!(values.len(), tensor.len(), "{name}");
            values
        };
        self.tensors().into_iter().flat_map(tensor).collect()
    }

    /// One of `cases` pairs' noise of a tensor, as the firmware lays it out: B, then A, or two draws a
    /// component.
    fn entries(&self, prefix: &str, tensor: &Tensor, case: usize, cases: usize) -> Vec<i8> {
        let (name, layer, layers) = self.place(tensor);
        match tensor.kind {
            TensorKind::Matrix { .. } => ["B", "A"]
                .into_iter()
                .flat_map(|factor| {
                    let all = self.small(&format!("{prefix}.{factor}.{name}"));
                    self.part(&all, case, cases, (layer, layers))
                })
                .collect(),
            TensorKind::Vector { .. } => {
                let all = self.wide(&format!("{prefix}.V.{name}"));
                self.part(&all, case, cases, (layer, layers)).into_iter().flat_map(draws).collect()
            }
        }
    }

    fn settings(&self) -> Weight {
        Weight {
            pairs: self.pairs.max(1) as u32,
            samples: 1,
            own_samples: false,
            rank: self.rank as u8,
            sigma_shift: self.sigma_shift,
            noise: Noise::NearNormal,
            clip: 1,
            credit: CreditTo::Pair,
        }
    }

    /// Runs a member over the tokens and compares all that it gives.
    fn follow(&self, who: &str, member: &mut impl Perturbation) {
        let weights = self.weights("weight");
        let program = &self.program;
        let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let mut pass = Scratch::new(program, &mut bytes, &mut products).unwrap();
        let mut state = vec![0; self.program.state_len()];
        let tokens = self.bytes("tokens");
        let all_logits = self.small(&format!("{who}.logits"));
        let all_states = self.small(&format!("{who}.states"));
        let likelihoods = self.wide(&format!("{who}.log_likelihoods"));
        assert_eq!(likelihoods.len(), tokens.len() - 1);
        for (t, pair) in tokens.windows(2).enumerate() {
            let logits = run(program, &weights, Start::Token(pair[0]), &mut state, member, &mut pass);
            let at = |len: usize| t * len..(t + 1) * len;
            assert_eq!(state, all_states[at(state.len())], "{} {who} state after {t}", self.name);
            assert_eq!(logits, &all_logits[at(logits.len())], "{} {who} logits of {t}", self.name);
            let found = log_likelihood(logits, pair[1].into());
            assert_eq!(found, likelihoods[t], "{} {who} score of {t}", self.name);
        }
    }
}

/// Two draws whose product this is.
fn draws(product: i32) -> [i8; 2] {
    let first = (1..=127).rev().find(|first| product % first == 0 && (product / first).abs() <= 127);
    let first = first.unwrap();
    [first as i8, (product / first) as i8]
}

#[test]
fn base_model() {
    Case::all().iter().for_each(|case| case.follow("base", &mut Unperturbed));
}

#[test]
fn both_twins_of_a_pair() {
    for case in Case::all() {
        let settings = case.settings();
        let tensors = case.tensors();
        let factors: Vec<i8> = tensors.iter().flat_map(|t| case.entries("pair", t, 0, 1)).collect();
        assert_eq!(factors.len(), entries_per_pair(&settings, &case.program));
        let pair = Pair {
            settings: &settings,
            shape: settings.low_rank(false),
            program: &case.program,
            seed: 0,
            generation: 1,
            pair: 0,
        };
        for (who, twin) in ["plus", "minus"].into_iter().zip(Twin::BOTH) {
            case.follow(who, &mut Perturbed::new(pair, twin, &factors));
            // The sums of a wide run are the same.
            let pair = Pair { shape: settings.low_rank(true), ..pair };
            case.follow(who, &mut Perturbed::new(pair, twin, &factors));
        }
    }
}

/// The credit of given noise, by the letter.
struct Given<'a> {
    case: &'a Case,
    fitness: Vec<i8>,
}

impl Credit for Given<'_> {
    fn add_rows<T: Accumulator>(&mut self, tensor: &Tensor, first: usize, z: &mut [T]) {
        let rank = self.case.rank;
        for (p, &f) in self.fitness.iter().enumerate() {
            let entries = self.case.entries("update", tensor, p, self.fitness.len());
            match tensor.kind {
                TensorKind::Matrix { columns, .. } => {
                    let (b, a) = entries.split_at(columns * rank);
                    for (i, z) in z.iter_mut().enumerate() {
                        let (row, column) = (first + i / columns, i % columns);
                        let product =
                            |k: usize| i32::from(a[row * rank + k]) * i32::from(b[column * rank + k]);
                        *z += T::from(i32::from(f) * (0..rank).map(product).sum::<i32>());
                    }
                }
                TensorKind::Vector { .. } => {
                    for (z, pair) in z.iter_mut().zip(entries.as_chunks::<2>().0.iter().skip(first)) {
                        *z += T::from(i32::from(f) * i32::from(pair[0]) * i32::from(pair[1]));
                    }
                }
            }
        }
    }
}

#[test]
fn one_vote() {
    let mut seen = 0;
    for case in Case::all().into_iter().filter(|case| case.pairs > 0) {
        let mut weights = case.weights("weight");
        let before = weights.clone();
        let mut credit = Given { case: &case, fitness: case.small("update.fitness") };
        assert_eq!(credit.fitness.len(), case.pairs);
        // The reference leaves the rank out.
        let threshold = case.threshold * (case.pairs as u64).isqrt() * 256;
        let rule = Rule::Vote(Vote { threshold, zero_moves: true });
        for tensor in case.tensors() {
            let mut z = vec![0i32; tensor.len()];
            let here = &mut weights[tensor.offset..tensor.offset + tensor.len()];
            update::step(rule, &tensor, &mut credit, &mut z, here, &mut []);
        }
        assert_ne!(weights, before);
        assert!(weights == case.weights("update.weight"), "{}", case.name);
        seen += 1;
    }
    assert_eq!(seen, 2);
}

#[test]
fn initial_weights_of_every_role() {
    let program = Program::new(&Description::egg(8, 2, 20).unwrap()).unwrap();
    let mut weights = vec![1; program.parameters()];
    program.initialize(3, &mut weights);
    let mut end = 0;
    for (id, tensor) in (0..).zip(program.tensors()) {
        assert_eq!((tensor.id, tensor.offset), (id, end));
        end += tensor.len();
        let values = &weights[tensor.offset..end];
        match tensor.role {
            Role::Norm => assert!(values.iter().all(|&w| w == 16)),
            Role::Bias => assert!(values.iter().all(|&w| w == 0)),
            Role::Weight | Role::Embedding => {
                let square: i32 = values.iter().map(|&w| i32::from(w) * i32::from(w)).sum();
                let mean = square / values.len() as i32;
                assert!((150..400).contains(&mean), "{mean}");
            }
        }
    }
    assert_eq!(end, program.parameters());
    assert_eq!(end, 20 * 8 + 2 * (12 * 64 + 4 * 8) + 8 + 20 * 8);
}

#[test]
fn models_that_are_none() {
    for (width, blocks, vocabulary) in
        [(0, 1, 9), (8, 0, 9), (8, 30, 9), (8, 1, 0), (8, 1, 5000), (40_000, 1, 9)]
    {
        let program = Description::egg(width, blocks, vocabulary).and_then(|model| Program::new(&model));
        assert!(program.is_err(), "{width} {blocks} {vocabulary}");
    }
    assert!(Description::egg(8, 29, 9).is_ok());
}

/// A model that lacked a layer would take what scratch holds for its values.
#[test]
fn a_recurrent_model_has_all_its_layers() {
    let whole = Description::egg(4, 1, 5).unwrap();
    let all = whole.layers.len();
    for kept in 1_u32..1 << all {
        let layers = (0..all).filter(|layer| kept >> layer & 1 == 1).map(|layer| whole.layers[layer]);
        let part = Description { inputs: whole.inputs, layers: layers.collect() };
        // The head by itself is a perceptron.
        let fits = kept == (1 << all) - 1 || kept == 1 << (all - 1);
        assert_eq!(part.check().is_ok(), fits, "{part:?}");
    }
}
