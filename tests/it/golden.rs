//! The golden vectors through the whole program: CSV file, boards behind links, scheduler, update, journal.

use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, Parts, Reading, Scale, table};
use eggroll_host::run::{Config, DataFingerprint, DataName, ModelName, Samples, Schedule, Source};
use eggroll_host::train::Experiment;
use eggroll_tests::{sims, train, train_on};
use serde_json::Value;
use std::fmt::Write;
use std::path::Path;

fn number(value: &Value) -> u32 {
    value.as_u64().unwrap() as u32
}

/// Trains a case of the vectors and returns the final hash.
async fn hash(
    v: &Value,
    folder: &Path,
    boards: usize,
    (model, generations): (&str, u32),
    estimator: Estimator,
    optimizer: Optimizer,
    schedule: Schedule,
) -> String {
    let config = (model.parse().unwrap(), generations, estimator, optimizer, schedule, false);
    let experiment = experiment(v, folder, config);
    let run = folder.join(format!("run-{boards}"));
    train(experiment, sims(boards), &run).await.unwrap().weights_sha256
}

/// A run on the samples of vectors: its model, generations, estimator, optimizer, step sizes, and whether it
/// has the rule against saturation.
fn experiment(
    v: &Value,
    folder: &Path,
    (model, generations, estimator, optimizer, schedule, saturation): (
        ModelName,
        u32,
        Estimator,
        Optimizer,
        Schedule,
        bool,
    ),
) -> Experiment {
    let mut text = String::new();
    let labels = v["labels"].as_array().unwrap();
    for (input, label) in v["inputs"].as_array().unwrap().iter().zip(labels) {
        for x in input.as_array().unwrap() {
            write!(text, "{x},").unwrap();
        }
        writeln!(text, "{label}").unwrap();
    }
    let file = folder.join("golden.csv");
    std::fs::write(&file, text).unwrap();
    let reading = Reading { scale: Some(Scale::None), ..Reading::default() };
    let parts = Parts { holdout: Fraction::ZERO, validation: Fraction::ZERO, split: 0 };
    let data = table(&file, &reading, &parts).unwrap();
    let config = Config {
        version: Config::version(),
        seed: number(&v["seed"]),
        source: Source::Samples(Samples {
            start: None,
            name: DataName::Csv(file),
            holdout: Fraction::ZERO,
            validation: Fraction::ZERO,
            balance: false,
            loss: None,
            quantile: None,
            reading: reading.into(),
            preprocessing: Some(data.preprocessing.clone()),
            data: DataFingerprint::from(&data),
        }),
        model,
        generations,
        evaluate_every: 1,
        optimizer,
        schedule,
        estimator,
        saturation,
    };
    Experiment::new(config, data).unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_case_ends_at_its_hash() {
    let v: Value = serde_json::from_str(include_str!("../vectors/ours.json")).unwrap();
    let last = |case: &Value| {
        let generations = case["generations"].as_array().unwrap();
        (generations.len() as u32, generations.last().unwrap()["sha256"].as_str().unwrap().to_owned())
    };
    let case = &v["node_residual"];
    let node = Estimator::Node(Node {
        slots: number(&case["slots"]),
        members: number(&case["members"]),
        amplitude: number(&case["amplitude"]) as u8,
        clip: number(&case["clip"]) as i16,
        skip: Some(number(&case["skip"]) as u16),
        antithetic: false,
    });
    let rate = Schedule::LearningRate(number(&case["L0"]));
    for boards in [1, 3] {
        let folder = tempfile::tempdir().unwrap();
        let (generations, expected) = last(case);
        let found =
            hash(&v, folder.path(), boards, ("10-7-3", generations), node, Optimizer::Residual, rate).await;
        assert_eq!(found, expected);
    }
    for name in [
        "weight_vote_sign_r1_s4",
        "weight_vote_sign_r3_s5_own",
        "weight_vote_sign_r2_s2",
        "weight_vote_normal_r2_s4",
    ] {
        let case = &v[name];
        let weight = Estimator::Weight(Weight {
            pairs: number(&case["pairs"]),
            samples: number(&case["samples"]),
            own_samples: case["own_samples"].as_bool().unwrap(),
            rank: number(&case["rank"]) as u8,
            sigma_shift: number(&case["sigma_shift"]) as u8,
            noise: if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal },
            clip: 1,
            credit: CreditTo::Pair,
        });
        let vote = Optimizer::Vote { reference_rank_scale: false };
        let folder = tempfile::tempdir().unwrap();
        let (generations, expected) = last(case);
        let q = Schedule::Q(number(&case["q"]));
        assert_eq!(
            hash(&v, folder.path(), 2, ("10-7-3", generations), weight, vote, q).await,
            expected,
            "{name}"
        );
    }
}

/// The guided cases that begin with drawn weights and a drawn guide.
#[tokio::test(flavor = "multi_thread")]
async fn every_guided_case_ends_at_its_hash() {
    let v: Value = serde_json::from_str(include_str!("../vectors/guided.json")).unwrap();
    let mut cases = 0;
    for (name, case) in v.as_object().unwrap() {
        if !name.starts_with("node_guided") || !case["start"].is_null() {
            continue;
        }
        cases += 1;
        let own = |key: &str| if case[key].is_null() { v[key].clone() } else { case[key].clone() };
        let data = serde_json::json!({ "seed": v["seed"], "inputs": own("inputs"), "labels": own("labels") });
        let sizes: Vec<u32> = case["sizes"].as_array().unwrap().iter().map(number).collect();
        let trained = case["trained"].as_array().unwrap().iter().map(|layer| number(layer) as usize);
        let trained: Vec<usize> = trained.collect();
        let hidden = trained.iter().any(|&layer| layer + 2 < sizes.len());
        let guided = Guided {
            node: Node {
                slots: number(&case["slots"]),
                members: if hidden { number(&case["members"]) } else { 0 },
                amplitude: number(&case["amplitude"]) as u8,
                clip: number(&case["clip"]) as i16,
                skip: Some(number(&case["skip"]) as u16),
                antithetic: false,
            },
            member_slots: number(&case["member_slots"]),
            residual_weight: number(&case["residual_weight"]) as u8,
            guide_scale: number(&case["guide_scale"]) as u16,
            train: LayerSet::of(trained).unwrap(),
        };
        let sizes = sizes.iter().map(u32::to_string).collect::<Vec<_>>().join("-");
        let model = sizes + if case["bias"] == true { "+bias" } else { "" };
        let (optimizer, schedule) = match case["vote_q"].as_u64() {
            Some(q) => (Optimizer::Vote { reference_rank_scale: false }, Schedule::Q(q as u32)),
            None => (Optimizer::Residual, Schedule::LearningRate(number(&case["L0"]))),
        };
        let ends = case["generations"].as_array().unwrap();
        let estimator = Estimator::Guided(guided);
        for boards in [1, 3] {
            let folder = tempfile::tempdir().unwrap();
            let generations = ends.len() as u32;
            let found =
                hash(&data, folder.path(), boards, (&model, generations), estimator, optimizer, schedule)
                    .await;
            assert_eq!(found, ends.last().unwrap()["sha256"], "{name}");
        }
    }
    assert_eq!(cases, 8);
}

/// The estimator of a convolutional case.
fn estimator_of(of: &Value) -> Estimator {
    if of["kind"] == "weight" {
        return Estimator::Weight(Weight {
            pairs: number(&of["pairs"]),
            samples: number(&of["samples"]),
            own_samples: of["own_samples"] == true,
            rank: number(&of["rank"]) as u8,
            sigma_shift: number(&of["sigma_shift"]) as u8,
            noise: if of["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal },
            clip: number(&of["clip"]) as i16,
            credit: if of["credit"] == "sample" { CreditTo::Sample } else { CreditTo::Pair },
        });
    }
    let node = Node {
        slots: number(&of["slots"]),
        members: number(&of["members"]),
        amplitude: number(&of["amplitude"]) as u8,
        clip: number(&of["clip"]) as i16,
        skip: Some(number(&of["skip"]) as u16),
        antithetic: of["antithetic"] == true,
    };
    if of["kind"] == "node" {
        return Estimator::Node(node);
    }
    let trained = of["train"].as_array().unwrap().iter().map(|layer| number(layer) as usize);
    Estimator::Guided(Guided {
        node,
        member_slots: number(&of["member_slots"]),
        residual_weight: number(&of["residual_weight"]) as u8,
        guide_scale: number(&of["guide_scale"]) as u16,
        train: LayerSet::of(trained).unwrap(),
    })
}

/// The convolutional cases that begin with drawn weights, on boards and on the host's own cores.
#[test]
fn every_convolutional_case_ends_at_its_hash() {
    let v: Value = serde_json::from_str(include_str!("../vectors/convolution.json")).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut cases = 0;
    for (name, case) in v["runs"].as_object().unwrap().iter().filter(|(_, case)| case["drawn"] == true) {
        cases += 1;
        let data =
            serde_json::json!({ "seed": v["seed"], "inputs": case["inputs"], "labels": case["labels"] });
        let model: Description = serde_json::from_value(case["model"].clone()).unwrap();
        let ends = case["generations"].as_array().unwrap();
        let (estimator, rate) = (estimator_of(&case["estimator"]), number(&case["rate"]));
        let (optimizer, schedule) = match case["optimizer"] == "vote" {
            true => (Optimizer::Vote { reference_rank_scale: false }, Schedule::Q(rate)),
            false => (Optimizer::Residual, Schedule::LearningRate(rate)),
        };
        let saturation = case["saturation"] == true && estimator.leaves_saturation_open();
        for boards in ["sim:1", "sim:3", "cpu", "cpu sim:1"] {
            let folder = tempfile::tempdir().unwrap();
            let model = ModelName::Convolutional(Box::new(model.clone()));
            let config = (model, ends.len() as u32, estimator, optimizer, schedule, saturation);
            let experiment = experiment(&data, folder.path(), config);
            let found = runtime.block_on(train_on(boards, experiment, None, |_, _| {})).weights_sha256;
            assert_eq!(found, ends.last().unwrap()["sha256"], "{name} on {boards}");
        }
    }
    assert_eq!(cases, 4);
}
