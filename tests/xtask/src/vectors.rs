//! `cargo xtask vectors`: the golden vectors, computed anew by the firmware.
//!
//! `tests/vectors/ours.json` was made by an independent implementation of the semantics; its inputs and
//! settings are taken from it, its results are recomputed here. Whoever changes the arithmetic on purpose
//! sees what moves, and writes the file for the evaluators that must follow.

use crate::process;
use anyhow::{Context, Result, anyhow, bail};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::log_likelihood;
use eggroll_firmware::model::{Description, Program, Scratch, Start, infer};
use eggroll_firmware::noise::{Address, Noise, Stream, sample_index, threefry2x32};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::checksum_of;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Recompute the golden vectors with the firmware and say what differs
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Write the recomputed vectors to tests/vectors/ours.json
    #[arg(long)]
    write: bool,
}

/// Compares, and writes if asked to.
pub(crate) fn run(args: &Args) -> Result<()> {
    let path = process::root().join("tests/vectors/ours.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
    let stored: Value = serde_json::from_str(&text).with_context(|| format!("{}", path.display()))?;
    let fresh = recompute(&stored).context("the stored vectors lack an input")?;
    let (mut values, mut differences) = (0, Vec::new());
    compare("", &stored, &fresh, &mut values, &mut differences);
    for difference in differences.iter().take(20) {
        println!("differs: {difference}");
    }
    println!("{values} values, {} differ", differences.len());
    if args.write {
        std::fs::write(&path, serde_json::to_string(&fresh)? + "\n")?;
        println!("written: {}", path.strip_prefix(process::root())?.display());
    } else if !differences.is_empty() {
        bail!("the firmware no longer computes the golden vectors");
    }
    Ok(())
}

fn compare(path: &str, stored: &Value, fresh: &Value, values: &mut u64, differences: &mut Vec<String>) {
    match (stored, fresh) {
        (Value::Object(a), Value::Object(b)) => {
            for key in a.keys().chain(b.keys().filter(|key| !a.contains_key(*key))) {
                let at = |map: &serde_json::Map<String, Value>| map.get(key).cloned().unwrap_or_default();
                compare(&format!("{path}/{key}"), &at(a), &at(b), values, differences);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (place, (a, b)) in a.iter().zip(b).enumerate() {
                compare(&format!("{path}/{place}"), a, b, values, differences);
            }
        }
        _ => {
            *values += 1;
            if stored != fresh {
                differences.push(format!("{path}: stored {stored}, computed {fresh}"));
            }
        }
    }
}

/// The hash of weights, in hexadecimal.
fn sha256(weights: &[i8]) -> String {
    let bytes: Vec<u8> = weights.iter().map(|weight| weight.cast_unsigned()).collect();
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn number(value: &Value) -> Option<u32> {
    u32::try_from(value.as_u64()?).ok()
}

fn bytes(value: &Value) -> Option<Vec<i8>> {
    value.as_array()?.iter().map(|x| i8::try_from(x.as_i64()?).ok()).collect()
}

/// A tensor's values as rows of a nested list.
fn nested<T: Copy + Into<Value>>(program: &Program, values: &[T]) -> Value {
    let tensor = |tensor: eggroll_firmware::model::Tensor| {
        let values = &values[tensor.offset..tensor.offset + tensor.len()];
        values
            .chunks(tensor.kind.shape().1)
            .map(|row| row.iter().map(|&v| v.into()).collect::<Value>())
            .collect::<Value>()
    };
    program.tensors().map(tensor).collect()
}

/// The same document with every result computed anew.
fn recompute(stored: &Value) -> Option<Value> {
    let mut v = stored.clone();
    let seed = number(&v["seed"])?;
    for case in v["threefry"].as_array_mut()? {
        let pair = |key: &str| Some([number(&case[key][0])?, number(&case[key][1])?]);
        case["out"] = json!(threefry2x32(pair("key")?, pair("counter")?));
    }
    for (group, key, noise) in [("signs", "bits", Noise::Sign), ("near_normal", "draws", Noise::NearNormal)] {
        let of = |key: &str| number(&v[group][key]);
        let at = Address { seed, generation: of("generation")?, index: of("index")?, tensor: of("tensor")? };
        let mut entries = vec![0; v[group][key].as_array()?.len()];
        noise.fill(&mut Stream::new(at), &mut entries);
        v[group][key] = json!(entries);
    }
    let count = number(&v["sample_choice"]["count"])?;
    let numbers = v["sample_choice"]["numbers"].as_array()?;
    let indices: Option<Vec<u32>> =
        numbers.iter().map(|t| Some(sample_index(seed, t.as_u64()?, count))).collect();
    v["sample_choice"]["indices"] = json!(indices?);

    let case = Case::new(&v)?;
    let mut weights = vec![0; case.program.parameters()];
    case.program.initialize(seed, &mut weights);
    v["initial_weights"] = nested(&case.program, &weights);
    v["initial_sha256"] = json!(sha256(&weights));
    v["initial_log_likelihoods"] = json!(case.log_likelihoods(&weights));
    v["node_residual"]["generations"] = case.node_residual(&v["node_residual"])?;
    let names: Vec<String> =
        v.as_object()?.keys().filter(|key| key.starts_with("weight_vote")).cloned().collect();
    for name in names {
        v[&name]["generations"] = case.weight_vote(&v[&name])?;
    }
    Some(v)
}

/// The little data set and model of the vectors.
struct Case {
    seed: u32,
    model: Description,
    program: Program,
    rows: Vec<(Vec<i8>, u8)>,
}

impl Case {
    fn new(v: &Value) -> Option<Self> {
        let sizes: Option<Vec<u32>> = v["sizes"].as_array()?.iter().map(number).collect();
        let model = Description::mlp(&sizes?, false).ok()?;
        let program = Program::new(&model).ok()?;
        let labels = v["labels"].as_array()?.iter().map(|label| number(label).map(|label| label as u8));
        let rows = v["inputs"].as_array()?.iter().zip(labels).map(|(row, label)| Some((bytes(row)?, label?)));
        Some(Self { seed: number(&v["seed"])?, model, program, rows: rows.collect::<Option<_>>()? })
    }

    fn log_likelihoods(&self, weights: &[i8]) -> Vec<i32> {
        let program = &self.program;
        let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
        let mut of = |(x, label): &(Vec<i8>, u8)| {
            let mut scratch = Scratch::new(program, &mut bytes, &mut products).ok()?;
            let logits = infer(program, weights, Start::Input(x), &mut [], &mut scratch);
            Some(log_likelihood(logits, usize::from(*label)))
        };
        self.rows.iter().filter_map(&mut of).collect()
    }

    fn learner(&self, estimator: Estimator, optimizer: Optimizer) -> Option<Learner<Vec<u64>>> {
        let task = TaskKind::Samples { count: self.rows.len() as u32 };
        let run =
            Run { seed: self.seed, model: self.model.clone(), task, estimator, optimizer, saturation: false };
        let record =
            |(x, label): &(Vec<i8>, u8)| x.iter().map(|&x| x as u8).chain([*label]).collect::<Vec<_>>();
        let samples: Vec<u8> = self.rows.iter().flat_map(record).collect();
        let mut learner = Learner::new(vec![0; 1 << 12]);
        learner.configure(run, true).ok()?;
        learner.load(Section::Samples, 0, &samples).ok()?;
        learner.initialize().ok()?;
        learner.start(0).ok()?;
        Some(learner)
    }

    /// Evaluates and steps one generation; returns its packed scores.
    fn generation(&self, learner: &mut Learner<Vec<u64>>, generation: u32, rate: u32) -> Result<Vec<u8>> {
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let units = learner.units();
        let mut scores = vec![0; 1 << 12];
        let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut scores).map_err(fault)?;
        scores.truncate(len);
        learner.credit(generation, 0, units, &scores).map_err(fault)?;
        learner.step(rate).map_err(fault)?;
        Ok(scores)
    }

    fn node_residual(&self, case: &Value) -> Option<Value> {
        let of = |key: &str| number(&case[key]);
        let (planned, initial) = (of("generations_total")?, of("L0")?);
        let settings = Node {
            slots: of("slots")?,
            members: of("members")?,
            amplitude: of("amplitude")? as u8,
            clip: of("clip")? as i16,
            skip: Some(of("skip")? as u16),
            antithetic: false,
        };
        let estimator = Estimator::Node(settings);
        let mut learner = self.learner(estimator, Optimizer::Residual)?;
        let mut generations = case["generations"].clone();
        for (number, expected) in (1..).zip(generations.as_array_mut()?) {
            let base = self.log_likelihoods(learner.weights());
            let rate = initial * (planned - (number - 1)) / planned;
            let packed = self.generation(&mut learner, number, rate).ok()?;
            let scores = Scores::new(estimator.shape(), settings.slots as usize, &packed).ok()?;
            let mut values = scores.values();
            let mut slots = Vec::new();
            for (slot, kept) in (0..).zip(scores.flags()) {
                let t = settings.sample_number(number, slot);
                let sample = sample_index(self.seed, t, self.rows.len() as u32);
                let f: Vec<i16> =
                    values.by_ref().take(if kept { settings.members as usize } else { 0 }).collect();
                let f = if kept { json!(f) } else { Value::Null };
                slots.push(json!({ "sample": sample, "base": base[sample as usize], "f": f }));
            }
            expected["slots"] = json!(slots);
            let units = u64::from(settings.slots);
            expected["passes"] = json!(estimator.passes(units, scores.values().count() as u64));
            expected["weights"] = nested(&self.program, learner.weights());
            expected["residuals"] = nested(&self.program, learner.residuals());
            expected["sha256"] = json!(sha256(learner.weights()));
            // The vectors are older than the identity that the sync checksum begins with.
            let mut bytes: Vec<u8> = number.to_le_bytes().to_vec();
            bytes.extend(learner.weights().iter().map(|&w| w as u8));
            expected["crc32_weights"] = json!(checksum_of(&bytes));
            bytes.extend(learner.residuals().iter().flat_map(|r| r.to_le_bytes()));
            expected["crc32_weights_residuals"] = json!(checksum_of(&bytes));
        }
        Some(generations)
    }

    fn weight_vote(&self, case: &Value) -> Option<Value> {
        let of = |key: &str| number(&case[key]);
        let settings = Weight {
            pairs: of("pairs")?,
            samples: of("samples")?,
            own_samples: case["own_samples"].as_bool()?,
            rank: of("rank")? as u8,
            sigma_shift: of("sigma_shift")? as u8,
            noise: if case["noise"] == "sign" { Noise::Sign } else { Noise::NearNormal },
            clip: 1,
            credit: CreditTo::Pair,
        };
        let estimator = Estimator::Weight(settings);
        let mut learner = self.learner(estimator, Optimizer::Vote { reference_rank_scale: false })?;
        let mut generations = case["generations"].clone();
        for (number, expected) in (1..).zip(generations.as_array_mut()?) {
            let packed = self.generation(&mut learner, number, of("q")?).ok()?;
            let scores = Scores::new(estimator.shape(), settings.pairs as usize, &packed).ok()?;
            expected["f"] = json!(scores.values().collect::<Vec<_>>());
            expected["weights"] = nested(&self.program, learner.weights());
            expected["sha256"] = json!(sha256(learner.weights()));
        }
        Some(generations)
    }
}
