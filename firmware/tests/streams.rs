//! Both estimators on streams of a text, for random recurrent models, against the semantics by the letter.

mod common;

use common::{Dice, Int, Plain, Report, clip, entry, log_likelihood, pack, unpack, wide, within};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::{Description, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use proptest::prelude::*;

const SEED: u32 = 0xE66;

/// Who takes a step; what each tensor contributes is drawn from the noise when it is met.
#[derive(Clone, Copy)]
enum Who {
    Base,
    Twin { pair: u32, sign: Int },
    Noisy { index: u32, amplitude: Int },
}

/// A model by the letter: `d`, blocks, vocabulary, and the parameters one tensor after another.
struct Egg {
    d: usize,
    blocks: usize,
    v: usize,
    run: Run,
    generation: u32,
    tensors: Vec<Vec<Int>>,
}

/// What a step of the base model meets: by tensor id, x of its matrix, and the nodes that its noise goes to.
#[derive(Default)]
struct Seen {
    inputs: Vec<(u32, Vec<Int>)>,
    nodes: Vec<(u32, Vec<Int>)>,
}

fn of_id(found: &[(u32, Vec<Int>)], id: u32) -> &[Int] {
    found.iter().find(|(met, _)| *met == id).map(|(_, values)| &**values).unwrap()
}

/// The states of a stream's blocks.
type State = Vec<Vec<Int>>;

impl Egg {
    fn key(&self) -> [u32; 2] {
        [SEED, self.generation]
    }

    fn weight(&self) -> Weight {
        let Estimator::Weight(weight) = self.run.estimator else { panic!() };
        weight
    }

    /// A matrix's perturbation A B^T of a pair, entries as they are, m x n.
    fn product(&self, pair: u32, id: u32, (m, n): (usize, usize)) -> Vec<Vec<Int>> {
        let (weight, r) = (self.weight(), usize::from(self.weight().rank));
        let at = |i| entry(weight.noise, self.key(), pair, id, i);
        let b: Vec<Int> = (0..n * r).map(at).collect();
        let a: Vec<Int> = (0..m * r).map(|i| at(n * r + i)).collect();
        let cell = |i: usize, j: usize| (0..r).map(|k| a[i * r + k] * b[j * r + k]).sum();
        (0..m).map(|i| (0..n).map(|j| cell(i, j)).collect()).collect()
    }

    /// A vector's noise of a pair, as it counts in Z.
    fn vector_noise(&self, pair: u32, id: u32, i: usize) -> Int {
        let noise = self.weight().noise;
        let at = |i| entry(noise, self.key(), pair, id, i);
        if noise == Noise::Sign { at(i) } else { at(2 * i) * at(2 * i + 1) }
    }

    /// What a unit of Z stands for in a forward pass.
    fn unit(&self) -> Int {
        if self.weight().noise == Noise::Sign { 256 } else { 1 }
    }

    fn vectors_move(&self) -> bool {
        self.weight().noise == Noise::NearNormal || self.weight().sigma_shift <= 4
    }

    fn embeddings_move(&self) -> bool {
        let weight = self.weight();
        self.vectors_move() || Int::from(weight.rank) >= 1 << (weight.sigma_shift - 4)
    }

    fn linear(&self, id: u32, x: &[Int], who: Who, seen: &mut Seen) -> Vec<Int> {
        let w = &self.tensors[id as usize];
        let (n, m) = (x.len(), w.len() / x.len());
        seen.inputs.push((id, x.to_vec()));
        let mut sums: Vec<Int> = (0..m).map(|i| (0..n).map(|j| w[i * n + j] * x[j]).sum()).collect();
        if let Who::Twin { pair, sign } = who {
            let product = self.product(pair, id, (m, n));
            for (sum, row) in sums.iter_mut().zip(&product) {
                let p: Int = row.iter().zip(x).map(|(p, x)| self.unit() * p * x).sum();
                *sum += (sign * p) >> (4 + self.weight().sigma_shift);
            }
        }
        let divisor = 16 * (n as Int).isqrt();
        sums.into_iter().map(|sum| clip(sum.div_euclid(divisor))).collect()
    }

    fn vector(&self, id: u32, who: Who) -> Vec<Int> {
        let moved = |(i, &v): (usize, &Int)| match who {
            Who::Twin { pair, sign } if self.vectors_move() => {
                let noise = sign * self.unit() * self.vector_noise(pair, id, i);
                clip(v + (noise >> (4 + self.weight().sigma_shift)))
            }
            _ => v,
        };
        self.tensors[id as usize].iter().enumerate().map(moved).collect()
    }

    fn norm(&self, id: u32, x: &[Int], who: Who) -> Vec<Int> {
        let m = x.iter().map(|x| x.abs()).sum::<Int>().max(1) / x.len() as Int;
        let y = |(x, w): (&Int, Int)| match (m, x * w) {
            (0, 0) => -1,
            (0, _) => -2,
            (m, p) => clip(p.div_euclid(m)),
        };
        x.iter().zip(self.vector(id, who)).map(y).collect()
    }

    fn node(&self, id: u32, y: Vec<Int>, who: Who, seen: &mut Seen) -> Vec<Int> {
        seen.nodes.push((id, y.clone()));
        let Who::Noisy { index, amplitude } = who else { return y };
        let eps = |i| entry(Noise::Sign, self.key(), index, id, i);
        y.into_iter().enumerate().map(|(i, y)| clip(y + amplitude * eps(i))).collect()
    }

    fn step(&self, states: &mut [Vec<Int>], token: u8, who: Who) -> (Vec<Int>, Seen) {
        let (mut seen, d, t) = (Seen::default(), self.d, usize::from(token));
        if t == 0 {
            states.iter_mut().for_each(|state| state.fill(0));
        }
        let mut x = self.tensors[0][t * d..(t + 1) * d].to_vec();
        if let Who::Twin { pair, sign } = who
            && self.embeddings_move()
        {
            let row = &self.product(pair, 0, (self.v, d))[t];
            let moved = |(x, p): (&Int, &Int)| {
                clip(x + ((sign * self.unit() * p) >> (4 + self.weight().sigma_shift)))
            };
            x = x.iter().zip(row).map(moved).collect();
        }
        x = self.node(0, x, who, &mut seen);
        let add = |a: &[Int], b: &[Int]| a.iter().zip(b).map(|(a, b)| clip(a + b)).collect::<Vec<_>>();
        for (block, s) in states.iter_mut().enumerate() {
            let id = 1 + 10 * block as u32;
            let h = self.norm(id, &x, who);
            let gate = |w: u32, bias: u32, s: &[Int], seen: &mut Seen| {
                let (a, b) = (self.linear(w, &h, who, seen), self.linear(w + 1, s, who, seen));
                let sum = a.iter().zip(&b).zip(self.vector(bias, who)).map(|((a, b), c)| clip(a + b + c));
                self.node(w, sum.collect(), who, seen)
            };
            let f = gate(id + 1, id + 3, s, &mut seen);
            let g: Vec<Int> = f.iter().zip(&*s).map(|(f, s)| ((f + 127) * s) >> 8).collect();
            let c = gate(id + 4, id + 6, &g, &mut seen);
            for ((s, f), c) in s.iter_mut().zip(&f).zip(&c) {
                *s += ((f + 127) * (c - *s)) >> 8;
            }
            x = add(s, &x);
            let h = self.norm(id + 7, &x, who);
            let wide = self.linear(id + 8, &h, who, &mut seen);
            let wide = self.node(id + 8, wide, who, &mut seen);
            let h = self.linear(id + 9, &wide, who, &mut seen);
            let h = self.node(id + 9, h, who, &mut seen);
            x = add(&h, &x);
        }
        let id = 1 + 10 * self.blocks as u32;
        let h = self.norm(id, &x, who);
        let logits = self.linear(id + 1, &h, who, &mut seen);
        let logits = self.node(id + 1, logits, who, &mut seen);
        (logits, seen)
    }

    fn states(&self, flat: &[Int]) -> Vec<Vec<Int>> {
        flat.chunks(self.d).map(<[Int]>::to_vec).collect()
    }

    /// Report of a generation and, of the base model, the states at the streams' ends and what slots met.
    fn report(&self, streams: &[(Vec<u8>, Vec<Int>)]) -> (Report, Vec<State>, Vec<(u8, Seen)>) {
        let limit = |f: Int, c: i16| f.clamp(-Int::from(c), Int::from(c)) as i16;
        let (mut report, mut ends, mut met) = (Report::new(), vec![], vec![]);
        for (stream, (tokens, start)) in streams.iter().enumerate() {
            let mut state = self.states(start);
            for (t, pair) in tokens.windows(2).enumerate() {
                let (token, target, before) = (pair[0], pair[1].into(), state.clone());
                let (logits, seen) = self.step(&mut state, token, Who::Base);
                met.push((token, seen));
                let Estimator::Node(node) = self.run.estimator else { continue };
                let base = log_likelihood(&logits, target);
                if node.skip.is_some_and(|skip| base >= -Int::from(skip)) {
                    report.push(None);
                    continue;
                }
                let slot = (stream * (tokens.len() - 1) + t) as u32;
                let member = |k: u32, sign: Int| {
                    let (index, amplitude) = (slot * node.members + k, sign * Int::from(node.amplitude));
                    let (logits, _) = self.step(&mut before.clone(), token, Who::Noisy { index, amplitude });
                    log_likelihood(&logits, target)
                };
                let other = |k| if node.antithetic { member(k, -1) } else { base };
                report.push(Some(
                    (0..node.members).map(|k| limit(member(k, 1) - other(k), node.clip)).collect(),
                ));
            }
            ends.push(state);
        }
        if let Estimator::Weight(weight) = self.run.estimator {
            let score = |pair: u32, sign: Int| {
                let of = |i: u32| {
                    let stream = if weight.own_samples { pair * weight.samples + i } else { i };
                    let (tokens, start) = &streams[stream as usize];
                    let mut state = self.states(start);
                    let see = |w: &[u8]| {
                        let (logits, _) = self.step(&mut state, w[0], Who::Twin { pair, sign });
                        log_likelihood(&logits, w[1].into())
                    };
                    tokens.windows(2).map(see).sum::<Int>()
                };
                (0..weight.samples).map(of).sum::<Int>()
            };
            let f = |pair| Some(vec![limit(score(pair, 1) - score(pair, -1), weight.clip)]);
            report = (0..weight.pairs).map(f).collect();
        }
        (report, ends, met)
    }

    /// Z of every tensor that moves.
    fn credit(&self, report: &Report, met: &[(u8, Seen)]) -> Vec<Option<Vec<Int>>> {
        let shapes = self.shapes();
        (0..)
            .zip(&shapes)
            .map(|(id, &shape)| match self.run.estimator {
                Estimator::Weight(_) => self.weight_credit(report, id, shape),
                Estimator::Node(node) => self.node_credit(&node, report, met, id, shape),
                Estimator::Guided(_) => unreachable!("a text has none"),
            })
            .collect()
    }

    /// Rows and columns of every tensor, 0 columns of a vector.
    fn shapes(&self) -> Vec<(usize, usize)> {
        let (d, v) = (self.d, self.v);
        let block = [(d, 0), (d, d), (d, d), (d, 0), (d, d), (d, d), (d, 0), (d, 0), (4 * d, d), (d, 4 * d)];
        [vec![(v, d)], block.repeat(self.blocks), vec![(d, 0), (v, d)]].concat()
    }

    fn weight_credit(&self, report: &Report, id: u32, (m, n): (usize, usize)) -> Option<Vec<Int>> {
        if n == 0 && !self.vectors_move() || id == 0 && !self.embeddings_move() {
            return None;
        }
        let mut z = vec![0; m * n.max(1)];
        for (pair, f) in (0..).zip(report) {
            let f = Int::from(f.as_ref().unwrap()[0]);
            let noise = match n {
                0 => (0..m).map(|i| self.vector_noise(pair, id, i)).collect(),
                _ => self.product(pair, id, (m, n)).concat(),
            };
            z.iter_mut().zip(noise).for_each(|(z, noise)| *z += f * noise);
        }
        Some(z)
    }

    fn node_credit(
        &self,
        node: &Node,
        report: &Report,
        met: &[(u8, Seen)],
        id: u32,
        (m, n): (usize, usize),
    ) -> Option<Vec<Int>> {
        let last = 1 + 10 * self.blocks as u32;
        // The tensor whose noise is credited here: a gate's first matrix; none for a norm.
        let of = match (id.wrapping_sub(1) % 10, id) {
            (_, 0) => 0,
            (_, id) if id == last => return None,
            (_, id) if id > last => id,
            (0 | 7, _) => return None,
            (part @ 1..=3, id) => id - part + 1,
            (part @ 4..=6, id) => id - part + 4,
            (_, id) => id,
        };
        let mut z = vec![0; m * n.max(1)];
        for (slot, f) in (0..).zip(report) {
            let Some(f) = f else { continue };
            let eps = |k, i| entry(Noise::Sign, self.key(), slot * node.members + k, of, i);
            let (token, seen) = &met[slot as usize];
            let nodes = of_id(&seen.nodes, of);
            let delta = |i: usize| {
                let delta = (0..).zip(f).map(|(k, &f)| Int::from(f) * eps(k, i)).sum::<Int>();
                if self.run.saturation { within(delta, nodes[i]) } else { delta }
            };
            if id == 0 {
                let row = usize::from(*token) * n;
                (0..n).for_each(|j| z[row + j] += delta(j));
                continue;
            }
            for i in 0..m {
                let delta = delta(i);
                match n {
                    0 => z[i] += delta,
                    _ => {
                        let x = of_id(&seen.inputs, id);
                        (0..n).for_each(|j| z[i * n + j] += delta * x[j]);
                    }
                }
            }
        }
        Some(z)
    }
}

/// A run by the learner and by the letter for two generations: the same scores, weights, residuals and
/// states.
fn compare(
    (d, blocks, v): (u32, u32, u32),
    estimator: Estimator,
    (optimizer, saturation): (Optimizer, bool),
    context: u32,
    dice: u32,
) {
    let mut dice = Dice::new(dice);
    let model = Description::egg(d, blocks, v).unwrap();
    let program = Program::new(&model).unwrap();
    let run = Run { seed: SEED, model, task: TaskKind::Text { context }, estimator, optimizer, saturation };
    let streams = run.streams().unwrap();
    let start: Vec<i8> = match dice.below(3) {
        0 => dice.values(program.parameters()),
        _ => {
            let mut weights = vec![0; program.parameters()];
            program.initialize(dice.word(), &mut weights);
            weights
        }
    };
    let plan = Plan::new(run.clone(), true).unwrap();
    // As little memory as there may be, or some more.
    let words = plan.needs() as usize / 8 + dice.below(2) * 300;
    let mut learner = Learner::new(vec![0; words]);
    learner.configure(run.clone(), true).unwrap();
    learner.load(Section::Weights, 0, &start.iter().map(|&w| w as u8).collect::<Vec<_>>()).unwrap();
    learner.start(0).unwrap();
    // Another one does not update itself.
    let few = Plan::new(run.clone(), false).unwrap().needs() as usize / 8;
    let mut follower = Learner::new(vec![u64::MAX; few]);
    follower.configure(run.clone(), false).unwrap();
    let mut plain = Plain::new(&run, &start, &[]);
    let mut states: Vec<i8> = dice.values(streams.count as usize * program.state_len());
    for generation in 1..=2u32 {
        let tokens: Vec<Vec<u8>> = (0..streams.count)
            .map(|_| (0..=context).map(|_| dice.below(v.min(256) as usize) as u8).collect())
            .collect();
        let mut feed = tokens.concat();
        feed.extend(states.iter().map(|&s| s as u8));
        assert_eq!(feed.len() as u64, streams.feed_len(program.state_len()));
        let weights: Vec<i8> = learner.weights().to_vec();
        follower.load(Section::Weights, 0, &weights.iter().map(|&w| w as u8).collect::<Vec<_>>()).unwrap();
        follower.start(generation - 1).unwrap();
        let units = estimator.units();
        let mut reports = vec![];
        for learner in [&mut learner, &mut follower] {
            let mut out = vec![0; 1 << 16];
            assert_eq!(
                learner.evaluate(generation, 0, 1, &mut NoTask, &mut out),
                Err(Error::NotFed { have: 0 })
            );
            let cut = dice.below(feed.len());
            learner.feed(generation, 0, &feed[..cut]).unwrap();
            learner.feed(generation, 0, &feed[..cut / 2]).unwrap();
            learner.feed(generation, cut as u32, &feed[cut..]).unwrap();
            let mut scores = vec![];
            let (mut first, mut ranges) = (0, vec![]);
            while first < units {
                let count = 1 + dice.below((units - first) as usize) as u32;
                ranges.push((first, count));
                first += count;
            }
            // In any order.
            for &(first, count) in ranges.iter().rev() {
                let len = learner.evaluate(generation, first, count, &mut NoTask, &mut out).unwrap();
                let report = unpack(estimator.shape(), count as usize, &out[..len]);
                scores.splice(0..0, report);
            }
            reports.push(scores);
        }
        let mut egg = Egg {
            d: d as usize,
            blocks: blocks as usize,
            v: v as usize,
            run: run.clone(),
            generation,
            tensors: vec![],
        };
        let mut offsets = vec![];
        for tensor in program.tensors() {
            egg.tensors.push(plain.weights[tensor.offset..tensor.offset + tensor.len()].to_vec());
            offsets.push(tensor.offset);
        }
        let read: Vec<_> = tokens.into_iter().zip(states.chunks(program.state_len()).map(wide)).collect();
        let (report, ends, met) = egg.report(&read);
        assert_eq!(reports, [report.clone(), report.clone()]);
        let rate = if optimizer == Optimizer::Residual { 30_000 } else { 8 };
        let packed = pack(estimator.shape(), &report);
        let mut first = 0;
        while first < units {
            let count = 1 + dice.below((units - first) as usize) as u32;
            let part = pack(estimator.shape(), &report[first as usize..(first + count) as usize]);
            learner.credit(generation, first, count, &part).unwrap();
            first += count;
        }
        assert!(!packed.is_empty());
        states = learner.carried().unwrap().to_vec();
        assert_eq!(wide(&states), ends.concat().concat());
        let (_, moved) = learner.step(rate).unwrap();
        for (at, z) in offsets.iter().zip(egg.credit(&report, &met)) {
            if let Some(z) = z {
                plain.move_tensor(*at, &z, rate);
            }
        }
        assert_eq!(wide(learner.weights()), plain.weights);
        let residuals: Vec<Int> = learner.residuals().iter().map(|&r| r.into()).collect();
        assert!(residuals.is_empty() || residuals == plain.residuals);
        let differing = weights.iter().zip(learner.weights()).filter(|(a, b)| a != b).count();
        assert_eq!(moved as usize, differing);
    }
}

fn optimizer() -> impl Strategy<Value = Optimizer> {
    prop_oneof![
        Just(Optimizer::Residual),
        any::<bool>().prop_map(|reference_rank_scale| Optimizer::Vote { reference_rank_scale }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    #[test]
    fn node((d, blocks, v) in (1..12u32, 1..3u32, 1..20u32), context in 1..5u32, count in 1..4u32,
            members in 1..5u32, amplitude in 1..20u8, skip in prop::option::of(0..60u16), antithetic: bool,
            update in (optimizer(), any::<bool>()), dice: u32) {
        let settings = Node { slots: context * count, members, amplitude, clip: 7, skip, antithetic };
        compare((d, blocks, v), Estimator::Node(settings), update, context, dice);
    }

    #[test]
    fn weight((d, blocks, v) in (1..12u32, 1..3u32, 1..20u32), context in 1..5u32, samples in 1..3u32,
              own_samples: bool, pairs in 1..5u32, rank in 1..=8u8, sigma_shift in 0..8u8, near_normal: bool,
              clip in prop_oneof![Just(1i16), Just(50)], optimizer in optimizer(), dice: u32) {
        let noise = if near_normal { Noise::NearNormal } else { Noise::Sign };
        let credit = CreditTo::Pair;
        let settings = Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit };
        compare((d, blocks, v), Estimator::Weight(settings), (optimizer, false), context, dice);
    }
}
