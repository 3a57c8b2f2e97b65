//! Whole generations of a tiny model on five samples, by each estimator.

use crate::{Example, hex, list};
use eggroll_firmware::estimator::node::{self, Deltas, Node, NodeRun, SlotCredit};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{self, CreditTo, Pair, Perturbed, Weight, vector_noise};
use eggroll_firmware::kernel::{Twin, add_node_noise, keep_within, log_likelihood};
use eggroll_firmware::model::{
    Description, LayerSet, Perturbation, Program, Scratch, Start, Step, TensorKind, Unperturbed,
    run as run_pass,
};
use eggroll_firmware::noise::{Address, Noise, Stream, fill_signs, sample_index};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::{NoTask, Samples, Source};
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::{Accumulator, Credit, Optimizer, Residual, Statistics, Vote};
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("forward", pass()),
        ("node", by_node()),
        ("weight", by_weight()),
        ("credit-sample", by_sample()),
        ("saturation", saturation()),
    ]
}

pub(crate) const SAMPLES: [([i8; 3], usize); 5] =
    [([16, -3, 40], 0), ([-20, 8, 5], 1), ([127, -127, 0], 1), ([1, 2, 3], 0), ([-60, 33, -9], 1)];

pub(crate) fn program() -> Program {
    Program::new(&Description::mlp(&[3, 4, 2], true).unwrap()).unwrap()
}

fn initial(program: &Program) -> Vec<i8> {
    let mut weights = vec![0; program.parameters()];
    program.initialize(1, &mut weights);
    weights
}

/// Memory of a pass.
#[derive(Default)]
pub(crate) struct Room {
    products: [i32; 4],
    bytes: [i8; 10],
}

impl Room {
    pub(crate) fn pass(&mut self) -> Scratch<'_> {
        Scratch::new(&program(), &mut self.bytes, &mut self.products).unwrap()
    }
}

/// Runs a member on an input.
pub(crate) fn outputs(weights: &[i8], input: &[i8], member: &mut impl Perturbation) -> Vec<i8> {
    let mut room = Room::default();
    run_pass(&program(), weights, Start::Input(input), &mut [], member, &mut room.pass()).to_vec()
}

/// Keeps the pre-activations of all layers, and adds noise to them.
#[derive(Default)]
pub(crate) struct Seen<'a> {
    pub(crate) u: Vec<Vec<i8>>,
    pub(crate) eps: &'a [i8],
    pub(crate) amplitude: i16,
}

impl Perturbation for Seen<'_> {
    fn nodes(&mut self, _: &Step, output: &mut [i8]) {
        self.u.push(output.to_vec());
        if let Some((here, rest)) = self.eps.split_at_checked(output.len()) {
            add_node_noise(output, here, self.amplitude);
            self.eps = rest;
        }
    }
}

fn pass() -> String {
    let weights = initial(&program());
    SAMPLES.iter().fold(String::new(), |mut text, (input, label)| {
        let mut seen = Seen::default();
        let logits = outputs(&weights, input, &mut seen);
        let score = log_likelihood(&logits, *label);
        let _ = writeln!(
            text,
            "x {}: u of the layers {} | {}; label {label}, log-likelihood {score}",
            list(input),
            list(&seen.u[0]),
            list(&seen.u[1])
        );
        text
    })
}

/// A run of the tiny model on the five samples.
pub(crate) fn run(estimator: Estimator, optimizer: Optimizer) -> Run {
    let model = Description::mlp(&[3, 4, 2], true).unwrap();
    Run { seed: 1, model, task: TaskKind::Samples { count: 5 }, estimator, optimizer, saturation: false }
}

/// The samples as a board gets them.
pub(crate) fn records() -> Vec<u8> {
    SAMPLES.iter().flat_map(|(input, label)| input.iter().map(|&x| x as u8).chain([*label as u8])).collect()
}

/// The tiny model's initial weights.
pub(crate) fn weights() -> Vec<i8> {
    initial(&program())
}

pub(crate) fn learner(estimator: Estimator, optimizer: Optimizer) -> Learner<Vec<u64>> {
    let mut learner = Learner::new(vec![0; 1024]);
    learner.configure(run(estimator, optimizer), true).unwrap();
    learner.load(Section::Samples, 0, &records()).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    learner
}

/// Z of every tensor, with its statistics.
pub(crate) fn all_z(program: &Program, credit: &mut impl Credit) -> Vec<(Vec<i64>, Statistics)> {
    program
        .tensors()
        .map(|tensor| {
            let mut z = vec![<i64 as Accumulator>::narrow(0); tensor.len()];
            credit.add_rows(&tensor, 0, &mut z);
            let mut statistics = Statistics::default();
            statistics.add(&z);
            (z, statistics)
        })
        .collect()
}

/// Evaluates, credits and steps generation 1; returns the packed scores.
pub(crate) fn one_generation(learner: &mut Learner<Vec<u64>>, rate: u32) -> Vec<u8> {
    let mut packed = vec![0; 256];
    let units = learner.units();
    let len = learner.evaluate(1, 0, units, &mut NoTask, &mut packed).unwrap();
    packed.truncate(len);
    learner.credit(1, 0, units, &packed).unwrap();
    learner.step(rate).unwrap();
    packed
}

pub(crate) fn after(text: &mut String, learner: &mut Learner<Vec<u64>>) {
    let _ = writeln!(text, "W after {}", list(learner.weights()));
    if !learner.residuals().is_empty() {
        let _ = writeln!(text, "R after {}", list(learner.residuals()));
    }
}

pub(crate) fn z_and_residuals(text: &mut String, z: &[(Vec<i64>, Statistics)], rate: u32, floor: u32) {
    for (tensor, (z, statistics)) in z.iter().enumerate() {
        let rho = statistics.rho(z.len(), floor);
        let Residual { mu, e } = Residual::new(rate, rho);
        let _ = writeln!(text, "Z of tensor {tensor}: {}  rho {rho}, mu {mu}, e {e}", list(z));
    }
}

fn by_node() -> String {
    let settings = Node { slots: 4, members: 2, amplitude: 4, clip: 7, skip: Some(8), antithetic: false };
    let (program, rate) = (program(), 26_214);
    let weights = initial(&program);
    let mut learner = learner(Estimator::Node(settings), Optimizer::Residual);
    let packed = one_generation(&mut learner, rate);
    let scores = Scores::new(settings.shape(), 4, &packed).unwrap();
    let (mut values, mut text) = (scores.values(), String::new());
    let (mut kept, mut inputs, mut deltas) = (Vec::new(), Vec::new(), Vec::new());
    let records = records();
    let samples = Samples::new(&records, 3);
    let source = Source::Samples { samples, seed: 1 };
    let on =
        NodeRun { settings: &settings, program: &program, weights: &weights, seed: 1, generation: 1, source };
    for (slot, flag) in (0..).zip(scores.flags()) {
        let sample = sample_index(1, settings.sample_number(1, slot), 5);
        let (input, label) = SAMPLES[sample as usize];
        let base = log_likelihood(&outputs(&weights, &input, &mut Unperturbed), label);
        let _ = writeln!(text, "slot {slot}: sample {sample}, log-likelihood {base}");
        if !flag {
            let _ = writeln!(text, "  skipped");
            continue;
        }
        let f: Vec<i16> = values.by_ref().take(2).collect();
        for (member, f) in (0..).zip(&f) {
            let index = settings.index(slot, member);
            let mut eps = [0; 6];
            let draw = |tensor: u32, eps: &mut [i8]| {
                fill_signs(&mut Stream::new(Address { seed: 1, generation: 1, index, tensor }), eps);
            };
            draw(0, &mut eps[..4]);
            draw(2, &mut eps[4..]);
            let mut seen = Seen { u: Vec::new(), eps: &eps, amplitude: 4 };
            let logits = outputs(&weights, &input, &mut seen);
            let _ = writeln!(
                text,
                "  member {member}: index {index}, eps {} | {}, outputs {}, log-likelihood {}, f {f}",
                list(&eps[..4]),
                list(&eps[4..]),
                list(&logits),
                log_likelihood(&logits, label)
            );
        }
        let (mut room, mut first, mut eps) = (Room::default(), [0; 4], [0; 6]);
        let mut quiet = Quiet;
        let [state, before, fork, nodes] = [&mut [], &mut [], &mut [], &mut []];
        let (pass, progress) = (room.pass(), &mut quiet);
        let mut work =
            node::Workspace { pass, state, before, fork, first: &mut first, eps: &mut eps, nodes, progress };
        let (mut a, mut d) = ([0; 4], [0; 6]);
        let mut out = SlotCredit { record: &mut a, deltas: &mut d };
        node::credit(&on, slot, on.row(slot), f.into_iter(), &mut [], &mut work, &mut out);
        let _ = writeln!(text, "  delta {} | {}", list(&d[..4]), list(&d[4..]));
        kept.push(sample);
        inputs.extend(a);
        deltas.extend(d);
    }
    let _ = writeln!(text, "packed {}", hex(&packed));
    let mut credit = node::GenerationCredit {
        program: &program,
        train: LayerSet::ALL,
        marks: &kept,
        records: &inputs,
        deltas: Deltas::Wide(&deltas),
        samples,
    };
    z_and_residuals(&mut text, &all_z(&program, &mut credit), rate, 64);
    after(&mut text, &mut learner);
    text
}

const PAIRS: Weight = Weight {
    pairs: 2,
    samples: 2,
    own_samples: false,
    rank: 2,
    sigma_shift: 3,
    noise: Noise::Sign,
    clip: 20,
    credit: CreditTo::Pair,
};

fn pair<'a>(settings: &'a Weight, program: &'a Program, pair: u32) -> Pair<'a> {
    Pair { settings, shape: settings.low_rank(false), program, seed: 1, generation: 1, pair }
}

/// The scores of both twins on a sample, and `+`'s outputs.
fn scored(pair: Pair<'_>, weights: &[i8], sample: u32) -> ([i32; 2], Vec<i8>) {
    let mut factors = vec![0; weight::entries_per_pair(pair.settings, pair.program)];
    pair.fill_factors(&mut factors);
    let (input, label) = SAMPLES[sample as usize];
    let [plus, minus] =
        Twin::BOTH.map(|twin| outputs(weights, &input, &mut Perturbed::new(pair, twin, &factors)));
    ([&plus, &minus].map(|logits| log_likelihood(logits, label)), plus)
}

fn by_weight() -> String {
    let program = program();
    let weights = initial(&program);
    let mut text = String::new();
    let near = Weight { noise: Noise::NearNormal, rank: 1, sigma_shift: 4, ..PAIRS };
    for (settings, name) in [(PAIRS, "sign noise, r 2, s 3"), (near, "near-normal noise, r 1, s 4")] {
        let _ = writeln!(text, "{name}");
        for number in 0..2 {
            let pair = pair(&settings, &program, number);
            for tensor in program.tensors() {
                let mut entries = vec![0; settings.entries(&tensor)];
                pair.fill(&tensor, &mut entries);
                let _ = match tensor.kind {
                    TensorKind::Matrix { columns, .. } => {
                        let (b, a) = entries.split_at(columns * usize::from(settings.rank));
                        writeln!(text, "pair {number}, tensor {}: B {}  A {}", tensor.id, list(b), list(a))
                    }
                    TensorKind::Vector { len } => {
                        let n = (0..len).map(|i| vector_noise(settings.noise, &entries, i));
                        writeln!(text, "pair {number}, tensor {}: N {}", tensor.id, list(n))
                    }
                };
            }
            for i in 0..2 {
                let sample = sample_index(1, settings.sample_number(1, number, i), 5);
                let ([plus, minus], logits) = scored(pair, &weights, sample);
                let _ = writeln!(
                    text,
                    "  sample {sample}: outputs of + {}, scores {plus} and {minus}",
                    list(logits)
                );
            }
        }
        let q = 10;
        let mut learner =
            learner(Estimator::Weight(settings), Optimizer::Vote { reference_rank_scale: false });
        let packed = one_generation(&mut learner, q);
        let fitness: Vec<i16> = Scores::new(settings.shape(), 2, &packed).unwrap().values().collect();
        let _ = writeln!(text, "f {}, packed {}", list(&fitness), hex(&packed));
        let mut entries = vec![0; 64];
        let mut credit = weight::GenerationCredit {
            pair: pair(&settings, &program, 0),
            fitness: &fitness,
            entries: &mut entries,
            progress: &mut Quiet,
        };
        for (tensor, (z, _)) in all_z(&program, &mut credit).iter().enumerate() {
            let _ = writeln!(text, "Z of tensor {tensor}: {}", list(z));
        }
        let unit = if settings.noise == Noise::Sign { 1 } else { 256 };
        let root = u64::from(settings.pairs * u32::from(settings.rank)).isqrt();
        let vote = Vote { threshold: u64::from(q) * root * unit, zero_moves: true };
        let _ = writeln!(text, "vote, q {q}: threshold on 16 |Z| is {}", vote.threshold);
        after(&mut text, &mut learner);
    }
    text
}

fn saturation() -> String {
    let mut text = String::new();
    let cases: [(&[i8], &[i16]); 2] =
        [(&[127, 127, -127, -127, 126], &[5, -5, 5, -5, 5]), (&[127, -127], &[1792, -1792])];
    for (u, deltas) in cases {
        let mut after = deltas.to_vec();
        keep_within(&mut after, u);
        let _ = writeln!(text, "u {}; delta {} becomes {}", list(u), list(deltas), list(after));
    }
    text
}

fn by_sample() -> String {
    let settings = Weight { credit: CreditTo::Sample, ..PAIRS };
    let (program, rate) = (program(), 65_536);
    let weights = initial(&program);
    let mut learner = learner(Estimator::Weight(settings), Optimizer::Residual);
    let packed = one_generation(&mut learner, rate);
    let f: Vec<i16> = Scores::new(settings.shape(), 2, &packed).unwrap().values().collect();
    let samples = [0, 1].map(|i| sample_index(1, settings.sample_number(1, 0, i), 5));
    let mut text = format!("sign noise, r 2, s 3; samples {}\n", list(samples));
    let _ =
        writeln!(text, "f of pair 0 {}, of pair 1 {}; packed {}", list(&f[..2]), list(&f[2..]), hex(&packed));
    let (mut inputs, mut deltas) = ([0; 8], [0; 12]);
    for i in 0..2 {
        let (record, d) = (&mut inputs[i * 4..][..4], &mut deltas[i * 6..][..6]);
        let mut out = SlotCredit { record, deltas: d };
        let input = &SAMPLES[samples[i] as usize].0;
        for number in 0..2 {
            let pair = pair(&settings, &program, number);
            let mut factors = vec![0; weight::entries_per_pair(&settings, &program)];
            pair.fill_factors(&mut factors);
            let mut room = Room::default();
            let mut pass = room.pass();
            let mut credit = weight::SampleCredit { pair, factors: &factors, pass: &mut pass };
            if number == 0 {
                credit.begin(&weights, input, &mut out);
            }
            credit.add(input, f[number as usize * 2 + i], &mut out);
            if number == 1 {
                credit.finish(&weights, input, &mut [], &mut out);
            }
        }
        let _ = writeln!(
            text,
            "sample {}: delta {} | {}",
            samples[i],
            list(&out.deltas[..4]),
            list(&out.deltas[4..])
        );
    }
    let store = records();
    let mut credit = node::GenerationCredit {
        program: &program,
        train: LayerSet::ALL,
        marks: &samples,
        records: &inputs,
        deltas: Deltas::Wide(&deltas),
        samples: Samples::new(&store, 3),
    };
    z_and_residuals(&mut text, &all_z(&program, &mut credit), rate, 64);
    after(&mut text, &mut learner);
    text
}
