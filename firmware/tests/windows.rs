//! Every value of `tests/vectors/convolution.json`, which an independent implementation made from the
//! document: passes of models with each kind of layer, base and perturbed, and generations of each estimator.
#![cfg(feature = "convolution")]

mod common;

use common::vectors::{flat, list, number};
use common::{pack, started};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Pair, Perturbed, Weight, entries_per_pair};
use eggroll_firmware::kernel::{LowRank, Twin};
use eggroll_firmware::model::{
    Description, Layer, LayerSet, Perturbation, Program, Scratch, Start, Step, Unperturbed, run,
};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Pace, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use serde_json::Value;

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/convolution.json")).unwrap()
}

fn model(case: &Value) -> Description {
    serde_json::from_value(case["model"].clone()).unwrap()
}

fn pass(program: &Program, weights: &[i8], input: &[i8], member: &mut impl Perturbation) -> Vec<i8> {
    let (mut bytes, mut sums) = (vec![85; program.scratch_len()], vec![-7; program.products()]);
    let mut scratch = Scratch::new(program, &mut bytes, &mut sums).unwrap();
    run(program, weights, Start::Input(input), &mut [], member, &mut scratch).to_vec()
}

/// Keeps the nodes of all layers.
struct Seen(Vec<i8>);

impl Perturbation for Seen {
    fn nodes(&mut self, _: &Step, values: &mut [i8]) {
        self.0.extend_from_slice(values);
    }
}

fn noise(case: &Value) -> Noise {
    if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal }
}

#[test]
fn passes() {
    let v = vectors();
    let mut members = 0;
    for (name, case) in v["passes"].as_object().unwrap() {
        let program = Program::new(&model(case)).unwrap();
        for expected in list(&case["passes"]) {
            let (weights, x): (Vec<i8>, Vec<i8>) = (flat(&expected["weights"]), flat(&expected["x"]));
            let outputs: Vec<i8> = flat(&expected["outputs"]);
            assert_eq!(pass(&program, &weights, &x, &mut Unperturbed), outputs, "{name}");
            let mut seen = Seen(vec![]);
            assert_eq!(pass(&program, &weights, &x, &mut seen), outputs, "{name}");
            assert_eq!(seen.0, flat::<i8>(&expected["nodes"]), "{name}");
            for member in list(&expected["members"]) {
                let settings = Weight {
                    pairs: 4,
                    samples: 1,
                    own_samples: false,
                    rank: number(&member["rank"]),
                    sigma_shift: number(&member["sigma_shift"]),
                    noise: noise(member),
                    clip: 1,
                    credit: CreditTo::Pair,
                };
                let pair = Pair {
                    settings: &settings,
                    shape: LowRank {
                        rank: settings.rank.into(),
                        noise: settings.noise,
                        sigma_shift: settings.sigma_shift,
                        wide: false,
                    },
                    program: &program,
                    seed: number(&v["seed"]),
                    generation: number(&member["generation"]),
                    pair: number(&member["pair"]),
                };
                let mut factors = vec![0; entries_per_pair(&settings, &program)];
                pair.fill_factors(&mut factors);
                for (twin, key) in Twin::BOTH.into_iter().zip(["plus", "minus"]) {
                    let mut perturbed = Perturbed::new(pair, twin, &factors);
                    let found = pass(&program, &weights, &x, &mut perturbed);
                    assert_eq!(found, flat::<i8>(&member[key]), "{name} {member}");
                    members += usize::from(found != outputs);
                }
            }
        }
    }
    assert!(members > 80, "{members} members differ from the model");
}

#[test]
fn every_kind_of_layer_has_vectors() {
    let v = vectors();
    let layers: Vec<Layer> =
        v["passes"].as_object().unwrap().values().flat_map(|case| model(case).layers).collect();
    let kinds = layers.iter().map(std::mem::discriminant).collect::<std::collections::HashSet<_>>();
    // Conv, depthwise, pool, fork, shortcut, join, front and dense.
    assert_eq!(kinds.len(), 8);
}

fn estimator(case: &Value) -> Estimator {
    let of = &case["estimator"];
    if of["kind"] == "weight" {
        return Estimator::Weight(Weight {
            pairs: number(&of["pairs"]),
            samples: number(&of["samples"]),
            own_samples: of["own_samples"] == true,
            rank: number(&of["rank"]),
            sigma_shift: number(&of["sigma_shift"]),
            noise: noise(of),
            clip: number(&of["clip"]),
            credit: if of["credit"] == "sample" { CreditTo::Sample } else { CreditTo::Pair },
        });
    }
    let node = Node {
        slots: number(&of["slots"]),
        members: number(&of["members"]),
        amplitude: number(&of["amplitude"]),
        clip: number(&of["clip"]),
        skip: Some(number(&of["skip"])),
        antithetic: of["antithetic"] == true,
    };
    if of["kind"] == "node" {
        return Estimator::Node(node);
    }
    Estimator::Guided(Guided {
        node,
        member_slots: number(&of["member_slots"]),
        residual_weight: number(&of["residual_weight"]),
        guide_scale: number(&of["guide_scale"]),
        train: LayerSet::of(flat::<usize>(&of["train"])).unwrap(),
    })
}

/// A case's run, and its records.
fn run_of(v: &Value, case: &Value) -> (Run, Vec<u8>) {
    let labels: Vec<u8> = flat(&case["labels"]);
    let rows = list(&case["inputs"]).iter().map(flat::<i8>).zip(&labels);
    let records = rows.flat_map(|(x, &label)| x.into_iter().map(i8::cast_unsigned).chain([label])).collect();
    let estimator = estimator(case);
    let vote = Optimizer::Vote { reference_rank_scale: false };
    let run = Run {
        seed: number(&v["seed"]),
        model: model(case),
        task: TaskKind::Samples { count: labels.len() as u32 },
        estimator,
        optimizer: if case["optimizer"] == "vote" { vote } else { Optimizer::Residual },
        saturation: case["saturation"] == true && estimator.leaves_saturation_open(),
    };
    (run, records)
}

/// One learner is told what others report, one trains alone, and one evaluates without updates of its own.
#[test]
fn generations() {
    let v = vectors();
    for (name, case) in v["runs"].as_object().unwrap() {
        let (run, records) = run_of(&v, case);
        let start: Vec<i8> = flat(&case["start"]);
        let begun = |updates| {
            let plan = Plan::new(run.clone(), updates).unwrap();
            started(&run, updates, plan.needs() / 8, &start, &records)
        };
        let (mut told, mut alone, mut board) = (begun(true), begun(true), begun(false));
        if case["drawn"] == true {
            let mut drawn = vec![0; start.len()];
            Program::new(&run.model).unwrap().initialize(run.seed, &mut drawn);
            assert_eq!(drawn, start, "{name}");
        }
        let (shape, units) = (run.estimator.shape(), run.estimator.units());
        let (mut kept, mut before) = (0, start.clone());
        for (generation, expected) in (1..).zip(list(&case["generations"])) {
            let rate = number(&expected["rate"]);
            let of_unit = |f: &Value| match f {
                // Without members nobody reports which slots are kept.
                Value::Null => shape.is_silent().then(Vec::new),
                f => Some(flat(f)),
            };
            let report: Vec<Option<Vec<i16>>> = list(&expected["f"]).iter().map(of_unit).collect();
            kept += report.iter().flatten().count();
            let wanted = pack(shape, &report);
            let mut reply = [0; 256];
            for learner in [&mut told, &mut board] {
                let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut reply).unwrap();
                assert_eq!(reply[..len], wanted, "{name} {generation}");
            }
            told.credit(generation, 0, units, &wanted).unwrap();
            told.step(rate).unwrap();
            alone.train(generation, 1, Pace::Constant(rate), &mut NoTask, &mut Quiet, &mut reply).unwrap();
            let weights: Vec<i8> = flat(&expected["weights"]);
            assert_ne!(weights, before, "{name} {generation}");
            for learner in [&mut told, &mut alone] {
                assert_eq!(learner.weights(), weights, "{name} {generation}");
                if !expected["residuals"].is_null() {
                    assert_eq!(
                        learner.residuals(),
                        flat::<i16>(&expected["residuals"]),
                        "{name} {generation}"
                    );
                }
                if !learner.guide().is_empty() {
                    assert_eq!(learner.guide(), flat::<i16>(&expected["guide"]), "{name} {generation}");
                }
            }
            board.load(Section::Weights, 0, bytemuck::cast_slice(&weights)).unwrap();
            board.start(generation).unwrap();
            before = weights;
        }
        assert!(kept > 2, "{name}: {kept} units are kept");
    }
}
