//! Guided credit against `tests/vectors/guided.json`, which an independent implementation made: whole
//! generations, put together here from the kernels alone, and by a learner in all the ways in which it can
//! train.

mod common;

use common::vectors::{self, list, number};
use eggroll_firmware::checksum::Checksum;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::{Packer, Shape};
use eggroll_firmware::kernel::{
    Divisor, Mixture, add, add_node_noise, add_residual, guide_credit, guide_shift, keep_within,
    linear_report, log_likelihood, output_error, products, relu, scale, teach, unexplained,
};
use eggroll_firmware::model::{Description, LayerSet, Program, Role};
use eggroll_firmware::noise::{Address, Stream, fill_signs, sample_index, start_of_guide};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Pace, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::{Optimizer, Residual, Statistics, Vote};
use serde_json::Value;

/// The numbers of a field that a case may lack.
fn flat<T: TryFrom<i64>>(value: &Value) -> Vec<T>
where
    T::Error: std::fmt::Debug,
{
    if value.is_null() { Vec::new() } else { vectors::flat(value) }
}

/// A fully connected model by its tensors: of every layer its matrix, and its bias where there are biases.
struct Net {
    sizes: Vec<usize>,
    biased: bool,
    tensors: Vec<Vec<i8>>,
}

/// What a pass leaves: of every layer what it read, and its nodes before their activation.
struct Pass {
    inputs: Vec<Vec<i8>>,
    nodes: Vec<Vec<i8>>,
}

impl Net {
    fn layers(&self) -> usize {
        self.sizes.len() - 1
    }

    /// The place of a layer's matrix among the tensors.
    fn matrix(&self, layer: usize) -> usize {
        layer * if self.biased { 2 } else { 1 }
    }

    fn run(&self, input: &[i8], mut see: impl FnMut(usize, &mut [i8])) -> Pass {
        let (mut x, mut pass) = (input.to_vec(), Pass { inputs: Vec::new(), nodes: Vec::new() });
        for layer in 0..self.layers() {
            let (mut sums, mut u) = (vec![0; self.sizes[layer + 1]], vec![0; self.sizes[layer + 1]]);
            products(&self.tensors[self.matrix(layer)], &x, &mut sums);
            scale(&sums, Divisor::for_inputs(x.len() as u32), &mut u);
            if self.biased {
                add(&mut u, &self.tensors[self.matrix(layer) + 1]);
            }
            see(layer, &mut u);
            pass.inputs.push(core::mem::replace(&mut x, u.clone()));
            if layer + 1 < self.layers() {
                relu(&mut x);
            }
            pass.nodes.push(u);
        }
        pass
    }
}

fn eps_of(seed: u32, generation: u32, index: u32, tensor: usize, len: usize) -> Vec<i8> {
    let at = Address { seed, generation, index, tensor: tensor as u32 };
    let mut eps = vec![0; len];
    fill_signs(&mut Stream::new(at), &mut eps);
    eps
}

#[test]
fn generations() {
    let (v, names) = cases();
    for name in &names {
        generations_of(name, &v, &v[name]);
    }
    assert_eq!(names.len(), 11);
}

fn generations_of(name: &str, v: &Value, case: &Value) {
    let seed: u32 = number(&v["seed"]);
    let own = |key: &'static str| if case[key].is_null() { &v[key] } else { &case[key] };
    let (inputs, labels): (Vec<Vec<i8>>, Vec<usize>) =
        (list(own("inputs")).iter().map(flat).collect(), flat(own("labels")));
    let sizes: Vec<usize> = flat(&case["sizes"]);
    let biased = case["bias"].as_bool().unwrap();
    let widths: Vec<u32> = sizes.iter().map(|&size| size as u32).collect();
    let program = Program::new(&Description::mlp(&widths, biased).unwrap()).unwrap();
    let mut weights = vec![0; program.parameters()];
    program.initialize(seed, &mut weights);
    let given: Vec<i8> = flat(&case["start"]);
    if !given.is_empty() {
        weights = given;
    }
    let mut rest = &weights[..];
    let tensors = program.tensors().map(|tensor| rest.split_off(..tensor.len()).unwrap().to_vec()).collect();
    let mut net = Net { sizes: sizes.clone(), biased, tensors };
    let (last, outputs) = (net.layers() - 1, *sizes.last().unwrap());
    let trained: Vec<usize> = flat(&case["trained"]);
    let hidden: Vec<usize> = trained.iter().copied().filter(|&layer| layer != last).collect();
    let nodes: usize = hidden.iter().map(|&layer| sizes[layer + 1]).sum();
    let members: u32 = if hidden.is_empty() { 0 } else { number(&case["members"]) };
    let (slots, every): (u32, u32) = (number(&case["slots"]), number(&case["member_slots"]));
    let (amplitude, clip): (i16, i16) = (number(&case["amplitude"]), number(&case["clip"]));
    let skip: i32 = number(&case["skip"]);
    let mixture = Mixture { residual_weight: number(&case["residual_weight"]), members: members.max(1) };
    let mut guide: Vec<Vec<i16>> = Vec::new();
    for &layer in &hidden {
        let start = start_of_guide(seed, net.matrix(layer) as u32, number(&case["guide_scale"]));
        guide.push(start.take(sizes[layer + 1] * outputs).collect());
    }
    if !case["start_guide"].is_null() {
        guide = list(&case["start_guide"]).iter().map(flat).collect();
    }
    let mut residuals: Vec<Vec<i16>> = net.tensors.iter().map(|tensor| vec![0; tensor.len()]).collect();
    for expected in list(&case["generations"]) {
        let generation: u32 = number(&expected["generation"]);
        let mut z: Vec<Vec<i32>> = net.tensors.iter().map(|tensor| vec![0; tensor.len()]).collect();
        let mut lessons: Vec<Vec<i64>> = guide.iter().map(|guide| vec![0; guide.len()]).collect();
        let mut passes = 0;
        for (slot, expected) in (0..slots).zip(list(&expected["slots"])) {
            let number_of = u64::from(generation - 1) * u64::from(slots) + u64::from(slot);
            let sample = sample_index(seed, number_of, inputs.len() as u32) as usize;
            assert_eq!(sample, number::<usize>(&expected["sample"]), "{name}");
            let base = net.run(&inputs[sample], |_, _| {});
            let (logits, target) = (base.nodes[last].clone(), labels[sample]);
            let score = log_likelihood(&logits, target);
            passes += 1;
            assert_eq!(score, number::<i32>(&expected["base"]), "{name}");
            let mut error = vec![0; outputs];
            output_error(&logits, target, &mut error);
            assert_eq!(error.iter().map(|&g| i32::from(g)).sum::<i32>(), 0);
            if score >= -skip {
                assert!(list(&expected["f"]).is_empty());
                continue;
            }
            let dead = |layer: usize, j: usize| i16::from(base.nodes[layer][j]) <= -amplitude;
            let mut credit: Vec<Vec<i16>> = Vec::new();
            for (&layer, guide) in hidden.iter().zip(&guide) {
                let mut a = vec![0; sizes[layer + 1]];
                for (a, row) in a.iter_mut().zip(guide.chunks_exact(outputs)) {
                    *a = guide_credit(row.iter().copied(), &error);
                }
                a.iter_mut().enumerate().filter(|(j, _)| dead(layer, *j)).for_each(|(_, a)| *a = 0);
                credit.push(a);
            }
            let mut residual: Vec<Vec<i64>> = credit.iter().map(|a| vec![0; a.len()]).collect();
            let mut reports: Vec<i16> = Vec::new();
            for member in 0..if slot % every == 0 { members } else { 0 } {
                let eps: Vec<Vec<i8>> = hidden
                    .iter()
                    .map(|&layer| {
                        let index = slot * members + member;
                        eps_of(seed, generation, index, net.matrix(layer), sizes[layer + 1])
                    })
                    .collect();
                let pass = net.run(&inputs[sample], |layer, u| {
                    if let Some(place) = hidden.iter().position(|&hidden| hidden == layer) {
                        add_node_noise(u, &eps[place], amplitude);
                    }
                });
                passes += 1;
                let f = linear_report(&error, &pass.nodes[last], &logits, clip);
                reports.push(f);
                let beyond: i64 = unexplained(f, &credit.concat(), &eps.concat());
                for (sums, eps) in residual.iter_mut().zip(&eps) {
                    add_residual(sums, beyond, eps);
                }
            }
            assert_eq!(reports, flat::<i16>(&expected["f"]), "{name}, generation {generation}");
            let mut deltas: Vec<(usize, Vec<i8>)> = Vec::new();
            for (place, &layer) in hidden.iter().enumerate() {
                let e: Vec<i16> = residual[place]
                    .iter()
                    .enumerate()
                    .map(|(j, &sum)| if dead(layer, j) { 0 } else { sum.clamp(-32_767, 32_767) as i16 })
                    .collect();
                let mix = |(&e, &a): (&i16, &i16)| mixture.delta(e, a);
                let mut of_layer: Vec<i8> = e.iter().zip(&credit[place]).map(mix).collect();
                keep_within(&mut of_layer, &base.nodes[layer]);
                deltas.push((layer, of_layer));
                for (lessons, &e) in lessons[place].chunks_exact_mut(outputs).zip(&e) {
                    let of_error = error.iter().map(|&g| i64::from(g) * i64::from(e));
                    lessons.iter_mut().zip(of_error).for_each(|(sum, by)| *sum += by);
                }
            }
            if trained.contains(&last) {
                keep_within(&mut error, &logits);
                deltas.push((last, error));
            }
            for (layer, delta) in deltas {
                let at = net.matrix(layer);
                for (row, &delta) in z[at].chunks_exact_mut(sizes[layer]).zip(&delta) {
                    let x = base.inputs[layer].iter().map(|&x| i32::from(delta) * i32::from(x));
                    row.iter_mut().zip(x).for_each(|(z, by)| *z += by);
                }
                if biased {
                    z[at + 1].iter_mut().zip(&delta).for_each(|(z, &delta)| *z += i32::from(delta));
                }
            }
        }
        assert_eq!(passes, number::<i32>(&expected["passes"]), "{name}");
        let of_layer = |&layer: &usize| {
            let at = net.matrix(layer);
            at..at + if biased { 2 } else { 1 }
        };
        let moved: Vec<usize> = trained.iter().flat_map(of_layer).collect();
        for (place, &tensor) in moved.iter().enumerate() {
            let mut statistics = Statistics::default();
            statistics.add(&z[tensor]);
            let rho = statistics.rho(z[tensor].len(), number(&case["rho_floor"]));
            if let Some(q) = case["vote_q"].as_u64() {
                assert_eq!(rho, number::<u64>(&expected["rho"][place]), "{name}");
                Vote { threshold: q * rho, zero_moves: false }.apply(&z[tensor], &mut net.tensors[tensor]);
                continue;
            }
            let (initial, planned): (u64, u64) = (number(&case["L0"]), number(&case["generations_total"]));
            let rate = initial * (planned - (u64::from(generation) - 1)) / planned;
            let step = Residual::new(rate as u32, rho);
            let found = [rho as i64, step.mu.into(), step.e.into()];
            assert_eq!(found.to_vec(), flat::<i64>(&expected["rho_mu_e"][place]), "{name}");
            step.apply(statistics.largest, &z[tensor], &mut net.tensors[tensor], &mut residuals[tensor]);
        }
        let shift = guide_shift(nodes as u64, members, slots, every);
        if members > 0 {
            guide.iter_mut().zip(&lessons).for_each(|(guide, lessons)| teach(guide, lessons, shift));
        }
        assert_eq!(guide.concat(), flat::<i16>(&expected["guide"]), "{name}, generation {generation}");
        assert_eq!(net.tensors.concat(), flat::<i8>(&expected["weights"]), "{name}, generation {generation}");
        if !expected["residuals"].is_null() {
            let of_moved: Vec<i16> = moved.iter().flat_map(|&tensor| residuals[tensor].clone()).collect();
            assert_eq!(of_moved, flat::<i16>(&expected["residuals"]), "{name}");
        }
    }
}

/// A case as a run, its samples as records, its planned generations and initial rate.
fn run_of(v: &Value, case: &Value) -> (Run, Vec<u8>, Pace) {
    let own = |key: &'static str| if case[key].is_null() { &v[key] } else { &case[key] };
    let widths: Vec<u32> = flat(&case["sizes"]);
    let model = Description::mlp(&widths, case["bias"].as_bool().unwrap()).unwrap();
    let trained: Vec<usize> = flat(&case["trained"]);
    let layers = widths.len() - 1;
    let hidden = trained.iter().any(|&layer| layer + 1 < layers);
    let skip: i32 = number(&case["skip"]);
    let node = Node {
        slots: number(&case["slots"]),
        members: if hidden { number(&case["members"]) } else { 0 },
        amplitude: number::<i64>(&case["amplitude"]) as u8,
        clip: number(&case["clip"]),
        skip: u16::try_from(skip).ok(),
        antithetic: false,
    };
    let guided = Guided {
        node,
        member_slots: number(&case["member_slots"]),
        residual_weight: number(&case["residual_weight"]),
        guide_scale: number(&case["guide_scale"]),
        train: LayerSet::of(trained).unwrap(),
    };
    let labels: Vec<u8> = flat(own("labels"));
    let rows = list(own("inputs")).iter().zip(labels);
    let records = rows.flat_map(|(row, label)| {
        flat::<i8>(row).into_iter().map(i8::cast_unsigned).chain([label]).collect::<Vec<u8>>()
    });
    let records: Vec<u8> = records.collect();
    let count = (records.len() / (widths[0] as usize + 1)) as u32;
    let (optimizer, pace) = match case["vote_q"].as_u64() {
        Some(q) => (Optimizer::Vote { reference_rank_scale: false }, Pace::Constant(q as u32)),
        None => {
            let (initial, generations) = (number(&case["L0"]), number(&case["generations_total"]));
            (Optimizer::Residual, Pace::Linear { initial, generations })
        }
    };
    let run = Run {
        seed: number(&v["seed"]),
        model,
        task: TaskKind::Samples { count },
        estimator: Estimator::Guided(guided),
        optimizer,
        saturation: false,
    };
    (run, records, pace)
}

/// A learner at the start of a case.
fn learner_of(v: &Value, case: &Value, updates: bool) -> (Learner<Vec<u64>>, Pace) {
    let (run, records, pace) = run_of(v, case);
    let needs = Plan::new(run.clone(), updates).unwrap().needs();
    let mut learner = Learner::new(vec![0; needs.div_ceil(8) as usize]);
    learner.configure_as(number(&case["run"]), &run, updates).unwrap();
    learner.load(Section::Samples, 0, &records).unwrap();
    learner.initialize().unwrap();
    let start: Vec<i8> = flat(&case["start"]);
    if !start.is_empty() {
        learner.load(Section::Weights, 0, bytemuck::cast_slice(&start)).unwrap();
    }
    let guide: Vec<i16> = flat(&case["start_guide"]);
    if !guide.is_empty() && updates {
        let bytes: Vec<u8> = guide.iter().flat_map(|g| g.to_le_bytes()).collect();
        learner.load(Section::Guide, 0, &bytes).unwrap();
    }
    learner.start(0).unwrap();
    (learner, pace)
}

fn cases() -> (Value, Vec<String>) {
    let v: Value = serde_json::from_str(include_str!("../../tests/vectors/guided.json")).unwrap();
    let names =
        v.as_object().unwrap().keys().filter(|name| name.starts_with("node_guided")).cloned().collect();
    (v, names)
}

/// The reports of a generation as the vectors have them, packed.
fn reports_of(shape: Shape, skip: i32, expected: &Value) -> Vec<u8> {
    let slots = list(&expected["slots"]);
    let mut bytes = vec![0; shape.room(slots.len())];
    let mut packer = Packer::new(shape, slots.len(), &mut bytes).unwrap();
    for slot in slots {
        let (base, f) = (number::<i32>(&slot["base"]), flat::<i16>(&slot["f"]));
        if shape.skippable && base >= -skip {
            packer.skip();
        } else {
            packer.keep();
        }
        f.into_iter().for_each(|f| packer.push(f));
    }
    let len = packer.finish();
    bytes.truncate(len);
    bytes
}

#[test]
fn a_learner_reports_and_steps_as_the_vectors_say() {
    let (v, names) = cases();
    for name in names {
        let case = &v[&name];
        let (mut local, pace) = learner_of(&v, case, true);
        // One that is told the reports in pieces, and a board that only reports.
        let (mut told, _) = learner_of(&v, case, true);
        let (mut board, _) = learner_of(&v, case, false);
        for expected in list(&case["generations"]) {
            let generation: u32 = number(&expected["generation"]);
            let shape = local.plan().unwrap().run().estimator.shape();
            let units = local.units();
            let reports = reports_of(shape, number(&case["skip"]), expected);
            let mut packed = vec![0; shape.room(units as usize)];
            for learner in [&mut local, &mut board] {
                let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut packed).unwrap();
                assert_eq!(packed[..len], reports, "{name}, generation {generation}");
            }
            let rate = pace.at(generation);
            let state = if generation.is_multiple_of(2) {
                local.credit(generation, 0, units, &reports).unwrap();
                local.step(rate).unwrap().0
            } else {
                local
                    .train(generation, 1, Pace::Constant(rate), &mut NoTask, &mut Quiet, &mut packed)
                    .unwrap();
                local.state().unwrap()
            };
            for first in (0..units).step_by(3) {
                let count = (units - first).min(3);
                let mut piece = vec![0; shape.room(3)];
                let len = board.evaluate(generation, first, count, &mut NoTask, &mut piece).unwrap();
                told.apply(generation, rate, first, count, &piece[..len], &mut Quiet).unwrap();
            }
            let weights: Vec<i8> = flat(&expected["weights"]);
            assert_eq!(local.weights(), weights, "{name}, generation {generation}");
            // A vote has no residuals; the vectors count some of 0 nevertheless.
            let guide: Vec<i16> = flat(&expected["guide"]);
            let residuals = if case["vote_q"].is_null() { flat(&expected["residuals"]) } else { Vec::new() };
            let run = number(&case["run"]);
            let checksum =
                Checksum::with_guide(run, generation, &weights, &residuals, |digest| digest(&guide));
            if !residuals.is_empty() {
                assert_eq!(checksum, number::<u32>(&expected["crc32_local"]), "{name}");
            }
            assert_eq!(state.checksum, checksum, "{name}");
            assert_eq!(told.state(), Some(state), "{name}, generation {generation}");
            if !local.guide().is_empty() {
                assert_eq!(local.guide(), flat::<i16>(&expected["guide"]), "{name}, generation {generation}");
            }
            board.load(Section::Weights, 0, bytemuck::cast_slice(&weights)).unwrap();
            let state = board.start(generation).unwrap();
            assert_eq!(state.checksum, number::<u32>(&expected["crc32_weights"]), "{name}");
        }
    }
}

#[test]
fn of_biases_alone_a_generation_moves_them_as_of_whole_layers() {
    let (v, names) = cases();
    let mut compared = 0;
    for name in names {
        let case = &v[&name];
        if case["bias"] == false || !case["vote_q"].is_null() {
            continue;
        }
        let expected = &list(&case["generations"])[0];
        let (mut run, records, pace) = run_of(&v, case);
        let Estimator::Guided(guided) = &mut run.estimator else { panic!("{name}") };
        guided.train = guided.train.of_biases();
        let biases = LayerSet::try_from(heapless::Vec::from(guided.train)).unwrap();
        assert_eq!(biases, guided.train, "{name}: as it travels");
        let (mut of_layers, _) = learner_of(&v, case, true);
        let needs = Plan::new(run.clone(), true).unwrap().needs();
        assert!(needs < of_layers.plan().unwrap().needs(), "{name}: no residuals of matrices");
        let mut learner = Learner::new(vec![0; needs.div_ceil(8) as usize]);
        learner.configure_as(number(&case["run"]), &run, true).unwrap();
        learner.load(Section::Samples, 0, &records).unwrap();
        learner.load(Section::Weights, 0, bytemuck::cast_slice(of_layers.weights())).unwrap();
        learner.initialize_guide().unwrap();
        learner.start(0).unwrap();
        let shape = learner.plan().unwrap().run().estimator.shape();
        let reports = reports_of(shape, number(&case["skip"]), expected);
        learner.credit(1, 0, learner.units(), &reports).unwrap();
        learner.step(pace.at(1)).unwrap();
        let (before, whole): (_, Vec<i8>) = (of_layers.weights(), flat(&expected["weights"]));
        let now = learner.weights().to_vec();
        for tensor in learner.plan().unwrap().program().tensors() {
            let here = tensor.offset..tensor.offset + tensor.len();
            let moves = tensor.role == Role::Bias;
            let want = if moves { &whole[here.clone()] } else { &before[here.clone()] };
            assert_eq!(&now[here], want, "{name}, tensor {}", tensor.id);
            compared += usize::from(moves);
        }
    }
    assert!(compared > 3, "biases of {compared} layers");
}
