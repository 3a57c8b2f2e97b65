//! Every value of `tests/vectors/ours.json` and `saturation.json`, which independent implementations of the
//! semantics made.

mod common;

use common::vectors::{flat, list, number};
use common::{pack, started};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::model::{Description, Program, Scratch, Start, Unperturbed, run};
use eggroll_firmware::noise::{self, Address, Noise, Stream};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::{Optimizer, Residual, Statistics};
use eggroll_firmware::wire::{Checksum, checksum_of};
use serde_json::Value;
use sha2::{Digest, Sha256};

fn vectors() -> Value {
    serde_json::from_str(include_str!("../../tests/vectors/ours.json")).unwrap()
}

fn sha256(weights: &[i8]) -> String {
    let bytes: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
    Sha256::digest(bytes).iter().map(|b| format!("{b:02x}")).collect()
}

fn model(v: &Value) -> Description {
    Description::mlp(&flat(&v["sizes"]), false).unwrap()
}

/// The sample store: features and label of every row.
fn records(v: &Value) -> Vec<u8> {
    let labels: Vec<u8> = flat(&v["labels"]);
    let rows = list(&v["inputs"]).iter().map(flat::<i8>);
    rows.zip(labels).flat_map(|(x, label)| x.into_iter().map(|x| x as u8).chain([label])).collect()
}

fn learner(v: &Value, estimator: Estimator, optimizer: Optimizer, updates: bool) -> Learner<Vec<u64>> {
    let count = list(&v["labels"]).len() as u32;
    let run = Run {
        seed: number(&v["seed"]),
        model: model(v),
        task: TaskKind::Samples { count },
        estimator,
        optimizer,
        saturation: false,
    };
    let mut learner = Learner::new(vec![0; 4096]);
    learner.configure(run, updates).unwrap();
    learner.load(Section::Samples, 0, &records(v)).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    learner
}

#[test]
fn threefry() {
    for case in list(&vectors()["threefry"]) {
        let pair = |key: &str| <[u32; 2]>::try_from(flat(&case[key])).unwrap();
        assert_eq!(noise::threefry2x32(pair("key"), pair("counter")), pair("out"));
    }
}

#[test]
fn entries() {
    let v = vectors();
    for (noise, case, key) in
        [(Noise::Sign, &v["signs"], "bits"), (Noise::NearNormal, &v["near_normal"], "draws")]
    {
        let expected: Vec<i8> = flat(&case[key]);
        let at = Address {
            seed: number(&v["seed"]),
            generation: number(&case["generation"]),
            index: number(&case["index"]),
            tensor: number(&case["tensor"]),
        };
        let mut drawn = vec![0; expected.len()];
        noise.fill(&mut Stream::new(at), &mut drawn);
        assert_eq!(drawn, expected);
    }
}

#[test]
fn sample_choice() {
    let v = vectors();
    let choice = &v["sample_choice"];
    let numbers: Vec<u64> = flat(&choice["numbers"]);
    let chosen: Vec<u32> = numbers
        .iter()
        .map(|&t| noise::sample_index(number(&v["seed"]), t, number(&choice["count"])))
        .collect();
    assert_eq!(chosen, flat::<u32>(&choice["indices"]));
}

#[test]
fn initial_weights_and_log_likelihoods() {
    let v = vectors();
    let program = Program::new(&model(&v)).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(number(&v["seed"]), &mut weights);
    assert_eq!(weights, flat::<i8>(&v["initial_weights"]));
    assert_eq!(sha256(&weights), v["initial_sha256"].as_str().unwrap());

    let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
    let mut pass = Scratch::new(&program, &mut bytes, &mut products).unwrap();
    let labels: Vec<usize> = flat(&v["labels"]);
    let scores: Vec<i32> = list(&v["inputs"])
        .iter()
        .zip(labels)
        .map(|(input, label)| {
            let input: Vec<i8> = flat(input);
            let logits = run(&program, &weights, Start::Input(&input), &mut [], &mut Unperturbed, &mut pass);
            log_likelihood(logits, label)
        })
        .collect();
    assert_eq!(scores, flat::<i32>(&v["initial_log_likelihoods"]));
}

fn node_settings(case: &Value) -> Node {
    Node {
        slots: number(&case["slots"]),
        members: number(&case["members"]),
        amplitude: number(&case["amplitude"]),
        clip: number(&case["clip"]),
        skip: Some(number(&case["skip"])),
        antithetic: false,
    }
}

#[test]
fn node_and_residual() {
    let v = vectors();
    let case = &v["node_residual"];
    let node = node_settings(case);
    let estimator = Estimator::Node(node);
    let mut updating = learner(&v, estimator, Optimizer::Residual, true);
    let planned: u32 = number(&case["generations_total"]);
    for expected in list(&case["generations"]) {
        let generation: u32 = number(&expected["generation"]);
        let slots = list(&expected["slots"]);
        for (slot, expected) in (0..).zip(slots) {
            let t = node.sample_number(generation, slot);
            let count = list(&v["labels"]).len() as u32;
            assert_eq!(noise::sample_index(number(&v["seed"]), t, count), number::<u32>(&expected["sample"]));
        }
        let f: Vec<Option<Vec<i16>>> =
            slots.iter().map(|slot| slot["f"].as_array().map(|_| flat(&slot["f"]))).collect();
        let wanted = pack(estimator.shape(), &f);
        let mut reply = [0; 256];
        let len = updating.evaluate(generation, 0, node.slots, &mut NoTask, &mut reply).unwrap();
        assert_eq!(reply[..len], wanted);
        let scores = Scores::new(estimator.shape(), slots.len(), &wanted).unwrap();
        assert_eq!(
            estimator.passes(slots.len() as u64, scores.values().count() as u64),
            number::<u64>(&expected["passes"])
        );

        let initial: u32 = number(&case["L0"]);
        let rate = initial * (planned - (generation - 1)) / planned;
        updating.credit(generation, 0, node.slots, &wanted).unwrap();
        let (state, _) = updating.step(rate).unwrap();
        assert_eq!(updating.weights(), flat::<i8>(&expected["weights"]));
        assert_eq!(updating.residuals(), flat::<i16>(&expected["residuals"]));
        assert_eq!(sha256(updating.weights()), expected["sha256"].as_str().unwrap());
        let (weights, residuals) = (updating.weights().to_vec(), updating.residuals().to_vec());
        assert_eq!(state.checksum, Checksum::of(0, generation, &weights, &residuals));
        // The vectors are older than the identity that the sync checksum begins with.
        let mut bytes: Vec<u8> = generation.to_le_bytes().to_vec();
        bytes.extend(weights.iter().map(|&w| w as u8));
        assert_eq!(checksum_of(&bytes), number::<u32>(&expected["crc32_weights"]));
        bytes.extend(residuals.iter().flat_map(|r| r.to_le_bytes()));
        assert_eq!(checksum_of(&bytes), number::<u32>(&expected["crc32_weights_residuals"]));
        for triple in list(&expected["rho_mu_e"]) {
            let [rho, mu, e] = <[u64; 3]>::try_from(flat(triple)).unwrap();
            let squares = Statistics { squares: (rho * rho).into(), largest: rho };
            assert_eq!(squares.rho(1, number(&case["rho_floor"])), rho);
            assert_eq!(Residual::new(rate, rho), Residual { mu: mu as u32, e: e as u32 });
        }
    }
}

#[test]
fn weight_and_vote() {
    let v = vectors();
    for name in [
        "weight_vote_sign_r1_s4",
        "weight_vote_sign_r3_s5_own",
        "weight_vote_sign_r2_s2",
        "weight_vote_normal_r2_s4",
    ] {
        let case = &v[name];
        let estimator = Estimator::Weight(Weight {
            pairs: number(&case["pairs"]),
            samples: number(&case["samples"]),
            own_samples: case["own_samples"].as_bool().unwrap(),
            rank: number(&case["rank"]),
            sigma_shift: number(&case["sigma_shift"]),
            noise: if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal },
            clip: 1,
            credit: CreditTo::Pair,
        });
        let vote = Optimizer::Vote { reference_rank_scale: false };
        let mut updating = learner(&v, estimator, vote, true);
        for expected in list(&case["generations"]) {
            let generation: u32 = number(&expected["generation"]);
            let f: Vec<i16> = flat(&expected["f"]);
            let units: Vec<_> = f.iter().map(|&f| Some(vec![f])).collect();
            let wanted = pack(estimator.shape(), &units);
            let mut reply = [0; 256];
            let len = updating.evaluate(generation, 0, units.len() as u32, &mut NoTask, &mut reply).unwrap();
            assert_eq!(reply[..len], wanted, "{name} {generation}");
            updating.credit(generation, 0, units.len() as u32, &wanted).unwrap();
            updating.step(number(&case["q"])).unwrap();
            assert_eq!(updating.weights(), flat::<i8>(&expected["weights"]), "{name} {generation}");
            assert_eq!(sha256(updating.weights()), expected["sha256"].as_str().unwrap());
        }
    }
}

/// The weights of every case begin with large values, so that a good part of the nodes are at a limit.
#[test]
fn saturation() {
    let v: Value = serde_json::from_str(include_str!("../../tests/vectors/saturation.json")).unwrap();
    let cases = [
        ("node_residual", true),
        ("node_antithetic_vote", true),
        ("weight_sample_residual", false),
        ("weight_sample_normal", false),
    ];
    for (name, is_node) in cases {
        let case = &v[name];
        let estimator = if is_node {
            Estimator::Node(Node {
                slots: number(&case["slots"]),
                members: number(&case["members"]),
                amplitude: number(&case["amplitude"]),
                clip: number(&case["clip"]),
                skip: case["skip"].as_u64().map(|skip| skip as u16),
                antithetic: case["antithetic"].as_bool().unwrap(),
            })
        } else {
            Estimator::Weight(Weight {
                pairs: number(&case["pairs"]),
                samples: number(&case["samples"]),
                own_samples: false,
                rank: number(&case["rank"]),
                sigma_shift: number(&case["sigma_shift"]),
                noise: if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal },
                clip: number(&case["clip"]),
                credit: CreditTo::Sample,
            })
        };
        let vote = Optimizer::Vote { reference_rank_scale: false };
        let optimizer = if case["vote"] == true { vote } else { Optimizer::Residual };
        let start: Vec<i8> = flat(&case["start"]);
        let begun = |saturation| {
            let run = Run {
                seed: number(&v["seed"]),
                model: Description::mlp(&flat(&v["sizes"]), case["bias"] == true).unwrap(),
                task: TaskKind::Samples { count: list(&v["labels"]).len() as u32 },
                estimator,
                optimizer,
                saturation,
            };
            let plan = Plan::new(run.clone(), true).unwrap();
            started(&run, true, plan.needs() / 8, &start, &records(&v))
        };
        let (mut with, mut without) = (begun(true), begun(false));
        for (generation, expected) in (1..).zip(list(&case["generations"])) {
            let kept: Vec<bool> =
                list(&expected["kept"]).iter().map(|kept| kept.as_bool().unwrap()).collect();
            let values: Vec<i16> = flat(&expected["f"]);
            let each = values.len() / kept.iter().filter(|&&kept| kept).count();
            let mut values = values.chunks(each);
            let report: Vec<_> =
                kept.iter().map(|&kept| kept.then(|| values.next().unwrap().to_vec())).collect();
            let (shape, count) = (estimator.shape(), estimator.units());
            let wanted = pack(shape, &report);
            let mut reply = [0; 256];
            let len = with.evaluate(generation, 0, count, &mut NoTask, &mut reply).unwrap();
            assert_eq!(reply[..len], wanted, "{name} {generation}");
            with.credit(generation, 0, count, &wanted).unwrap();
            with.step(number(&expected["rate"])).unwrap();
            assert_eq!(with.weights(), flat::<i8>(&expected["weights"]), "{name} {generation}");
            assert_eq!(with.residuals(), flat::<i16>(&expected["residuals"]), "{name} {generation}");
            let len = without.evaluate(generation, 0, count, &mut NoTask, &mut reply).unwrap();
            without.credit(generation, 0, count, &reply[..len]).unwrap();
            without.step(number(&expected["rate"])).unwrap();
        }
        assert_eq!(without.weights(), flat::<i8>(&case["weights_without_the_rule"]), "{name}");
        assert_ne!(without.weights(), with.weights(), "{name}");
    }
}
