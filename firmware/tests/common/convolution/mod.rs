//! Convolutional models by the letter, guide included: every factor formed, every sum in `i128`, nothing
//! shared with the crate but the names of what a description says.

mod guided;
mod places;

pub(crate) use places::{Kind, Place, places};

use super::{Dense, Int, Plain, Report, Who, clip, entry, within};
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::CreditTo;
use eggroll_firmware::model::Pool;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Run};

/// What a pass leaves: of each layer what it has read, its nodes before their activation, and what shuts
/// them, where a ReLU can.
pub(crate) struct Trace {
    pub(crate) inputs: Vec<Vec<Int>>,
    pub(crate) nodes: Vec<Vec<Int>>,
    gates: Vec<Option<Vec<Int>>>,
    pub(crate) outputs: Vec<Int>,
}

/// A run of a convolutional model by the letter.
pub(crate) struct Convolutional {
    /// Run, weights, residuals and samples.
    pub(crate) plain: Plain,
    pub(crate) places: Vec<Place>,
    /// Rows of the guide, one a node of each hidden layer in order.
    pub(crate) guide: Vec<Vec<Int>>,
}

impl Convolutional {
    pub(crate) fn new(run: &Run, weights: &[i8], records: &[u8]) -> Self {
        let places = places(&run.model);
        let mut new = Self { plain: Plain::new(run, weights, records), places, guide: vec![] };
        let (outputs, key) = (run.model.outputs() as usize, [run.seed, 0]);
        if let Estimator::Guided(guided) = &run.estimator {
            let row = |id, node| {
                let at = |c| entry(Noise::Sign, key, id, 4092, node * outputs + c);
                (0..outputs).map(|c| Int::from(guided.guide_scale) * at(c)).collect()
            };
            let hidden = new.hidden(guided);
            let rows = hidden.iter().flat_map(|&at| {
                let (id, nodes) = (new.places[at].tensors.id, new.places[at].nodes());
                (0..nodes).map(move |node| row(id, node))
            });
            new.guide = rows.collect();
        }
        new
    }

    fn key(&self, generation: u32) -> [u32; 2] {
        [self.plain.run.seed, generation]
    }

    /// `P` of every channel at a place, unsigned and shifted as that of the member with this sign.
    fn perturbation(&self, layer: &Place, x: &[Int], place: usize, factors: &Factors, sign: Int) -> Vec<Int> {
        let weight = self.plain.weight();
        // A sign entry stands for +-16.
        let unit = if weight.noise == Noise::Sign { 256 } else { 1 };
        let of_channel = |channel: usize| {
            let read = layer.read(x, place, channel);
            let of_rank = |k: usize| read.iter().zip(&factors.1).map(|(x, b)| x * b[k]).sum::<Int>();
            let a = &factors.0[channel];
            let p: Int = a.iter().enumerate().map(|(k, a)| a * of_rank(k)).sum();
            (sign * unit * p) >> (4 + weight.sigma_shift)
        };
        (0..layer.tensors.m).map(of_channel).collect()
    }

    /// A pass, whose noise on nodes goes to all layers or to some of them.
    pub(crate) fn pass(&self, input: &[Int], who: Who, noisy: Option<&[usize]>) -> Trace {
        let layers = self.places.len();
        let mut trace = Trace {
            inputs: vec![vec![]; layers],
            nodes: vec![vec![]; layers],
            gates: vec![None; layers],
            outputs: vec![],
        };
        let (mut x, mut kept, mut main) = (input.to_vec(), vec![], None);
        for (at, layer) in self.places.iter().enumerate() {
            trace.inputs[at] = x.clone();
            match layer.kind {
                Kind::Product | Kind::Depthwise => {
                    x = self.nodes(layer, &x, who);
                    if let Who::Noisy { generation, index, amplitude } = who
                        && noisy.is_none_or(|layers| layers.contains(&at))
                    {
                        let key = self.key(generation);
                        for (i, u) in x.iter_mut().enumerate() {
                            *u = clip(*u + amplitude * entry(Noise::Sign, key, index, layer.tensors.id, i));
                        }
                    }
                    trace.nodes[at] = x.clone();
                    trace.gates[at] = layer.relu.then(|| x.clone());
                }
                Kind::Pool(kind) => {
                    let of = |value: usize| {
                        let under = layer.read(&x, value / layer.depth, value % layer.depth);
                        match kind {
                            Pool::Max => *under.iter().max().unwrap(),
                            Pool::Average => under.iter().sum::<Int>().div_euclid(under.len() as Int),
                        }
                    };
                    x = (0..layer.nodes()).map(of).collect();
                }
                Kind::Fork => kept = x.clone(),
                Kind::Shortcut => {
                    main = Some((at - 1, x));
                    x = kept.clone();
                }
                Kind::Join => {
                    let (other, b) = main.take().map_or((at - 1, kept.clone()), |(at, a)| (at, a));
                    assert_eq!(x.len(), b.len());
                    x = x.iter().zip(&b).map(|(a, b)| clip(a + b)).collect();
                    if layer.relu {
                        trace.gates[at - 1] = Some(x.clone());
                        trace.gates[other] = Some(x.clone());
                    }
                }
            }
            if layer.relu {
                x.iter_mut().for_each(|x| *x = (*x).max(0));
            }
        }
        trace.outputs = x;
        trace
    }

    /// All nodes of a layer, without noise on them.
    fn nodes(&self, layer: &Place, x: &[Int], who: Who) -> Vec<Int> {
        let (n, m, bias) = (layer.tensors.n, layer.tensors.m, layer.tensors.bias);
        let weights = &self.plain.weights;
        let twin = match who {
            Who::Twin { generation, pair, sign } => {
                Some((self.plain.factors(generation, pair, &layer.tensors), generation, pair, sign))
            }
            _ => None,
        };
        let mut all = vec![];
        for place in 0..layer.under.len() {
            let p =
                twin.as_ref().map(|(factors, _, _, sign)| self.perturbation(layer, x, place, factors, *sign));
            for channel in 0..m {
                let row = &weights[layer.tensors.matrix + channel * n..][..n];
                let sum: Int = layer.read(x, place, channel).iter().zip(row).map(|(x, w)| x * w).sum();
                let sum = sum + p.as_ref().map_or(0, |p| p[channel]);
                assert!(i32::try_from(sum).is_ok(), "a sum left an i32");
                let mut u = clip(sum.div_euclid(layer.divisor));
                if let Some(at) = bias {
                    let mut b = weights[at + channel];
                    if let Some((_, generation, pair, sign)) = twin
                        && self.plain.vectors_move()
                    {
                        let unit = if self.plain.weight().noise == Noise::Sign { 256 } else { 1 };
                        let by = unit * self.plain.vector(generation, pair, &layer.tensors, channel);
                        b = clip(b + ((sign * by) >> (4 + self.plain.weight().sigma_shift)));
                    }
                    u = clip(u + b);
                }
                all.push(u);
            }
        }
        all
    }

    fn score(&self, (input, target): &(Vec<Int>, Vec<Int>), who: Who) -> Int {
        self.plain.score_of(&self.pass(input, who, None).outputs, target)
    }

    /// What a board must report of a generation.
    pub(crate) fn report(&self, generation: u32) -> Report {
        let limit = |f: Int, c: i16| f.clamp(-Int::from(c), Int::from(c)) as i16;
        let plain = &self.plain;
        match &plain.run.estimator {
            Estimator::Weight(w) => {
                let of_pair = |pair| {
                    let score = |sign, i| {
                        let sample = plain.sample(w.sample_number(generation, pair, i));
                        self.score(sample, Who::Twin { generation, pair, sign })
                    };
                    let differences = (0..w.samples).map(|i| score(1, i) - score(-1, i));
                    Some(match w.credit {
                        CreditTo::Pair => vec![limit(differences.sum(), w.clip)],
                        CreditTo::Sample => differences.map(|f| limit(f, w.clip)).collect(),
                    })
                };
                (0..w.pairs).map(of_pair).collect()
            }
            Estimator::Node(node) => {
                let of_slot = |slot| {
                    let sample = plain.sample(node.sample_number(generation, slot));
                    let base = self.score(sample, Who::Base);
                    let member = |k, sign| {
                        let (index, amplitude) = (slot * node.members + k, sign * Int::from(node.amplitude));
                        self.score(sample, Who::Noisy { generation, index, amplitude })
                    };
                    let other = |k| if node.antithetic { member(k, -1) } else { base };
                    let f = |k| limit(member(k, 1) - other(k), node.clip);
                    (!is_skipped(node, base)).then(|| (0..node.members).map(f).collect())
                };
                (0..node.slots).map(of_slot).collect()
            }
            Estimator::Guided(guided) => {
                let of_slot = |slot| self.guided_report(guided, generation, slot);
                (0..guided.node.slots).map(of_slot).collect()
            }
        }
    }

    /// Moves the weights, and the guide, by a generation's report.
    pub(crate) fn step(&mut self, generation: u32, report: &Report, rate: u32) {
        let all = self.places.iter().map(|layer| (layer.tensors.m * layer.tensors.n, layer.tensors.m));
        let mut z: Vec<_> = all.map(|(matrix, bias)| (vec![0; matrix], vec![0; bias])).collect();
        let plain = &self.plain;
        let mut trained: Vec<_> = (0..self.places.len()).filter(|&at| self.places[at].is_product()).collect();
        match plain.run.estimator {
            Estimator::Weight(_) if plain.credits_pairs() => {
                for (z, layer) in z.iter_mut().zip(&self.places).filter(|(_, layer)| layer.is_product()) {
                    *z = plain.weight_credit(generation, report, &layer.tensors);
                }
            }
            Estimator::Weight(weight) => {
                for i in 0..weight.samples {
                    let input = &plain.sample(weight.sample_number(generation, 0, i)).0;
                    let trace = self.pass(input, Who::Base, None);
                    let delta = |at: usize| self.sample_deltas(generation, report, i, at, &trace);
                    self.add(&trained, &trace, delta, &mut z);
                }
            }
            Estimator::Node(node) => {
                for (slot, f) in (0..).zip(report) {
                    let Some(f) = f else { continue };
                    let input = &plain.sample(node.sample_number(generation, slot)).0;
                    let trace = self.pass(input, Who::Base, None);
                    let delta = |at: usize| self.node_deltas(&node, generation, slot, f, at, &trace);
                    self.add(&trained, &trace, delta, &mut z);
                }
            }
            Estimator::Guided(guided) => {
                trained.retain(|&at| guided.train.has(at));
                self.guided_step(&guided, generation, report, &trained, &mut z);
            }
        }
        let vectors_stay = self.plain.credits_pairs() && !self.plain.vectors_move();
        for at in trained {
            let Dense { matrix, bias, .. } = self.places[at].tensors;
            self.plain.move_tensor(matrix, &z[at].0, rate);
            if let Some(bias) = bias.filter(|_| !vectors_stay) {
                self.plain.move_tensor(bias, &z[at].1, rate);
            }
        }
    }

    fn add(
        &self,
        trained: &[usize],
        trace: &Trace,
        delta: impl Fn(usize) -> Vec<Int>,
        z: &mut [(Vec<Int>, Vec<Int>)],
    ) {
        for &at in trained {
            let (z, of_bias) = &mut z[at];
            self.places[at].credit(&trace.inputs[at], &delta(at), z, of_bias);
        }
    }

    /// Takes back the credit of nodes that are shut.
    fn is_dead(&self, trace: &Trace, at: usize, node: usize, amplitude: Int) -> bool {
        trace.gates[at].as_ref().is_some_and(|gate| gate[node] <= -amplitude)
    }

    fn node_deltas(
        &self,
        node: &Node,
        generation: u32,
        slot: u32,
        f: &[i16],
        at: usize,
        trace: &Trace,
    ) -> Vec<Int> {
        let (key, id) = (self.key(generation), self.places[at].tensors.id);
        let of_node = |i: usize| {
            let eps = |k| entry(Noise::Sign, key, slot * node.members + k, id, i);
            let delta: Int = (0..).zip(f).map(|(k, &f)| Int::from(f) * eps(k)).sum();
            self.allowed(delta, trace, at, i, node.amplitude.into())
        };
        (0..self.places[at].nodes()).map(of_node).collect()
    }

    /// A node's credit, by the rules of dead and of saturated nodes.
    fn allowed(&self, delta: Int, trace: &Trace, at: usize, node: usize, amplitude: Int) -> Int {
        if self.is_dead(trace, at, node, amplitude) {
            return 0;
        }
        if self.plain.run.saturation { within(delta, trace.nodes[at][node]) } else { delta }
    }

    fn sample_deltas(&self, generation: u32, report: &Report, i: u32, at: usize, trace: &Trace) -> Vec<Int> {
        let layer = &self.places[at];
        let mut deltas = vec![0; layer.nodes()];
        for (pair, f) in (0..).zip(report) {
            let f = Int::from(f.as_ref().unwrap()[i as usize]);
            let factors = self.plain.factors(generation, pair, &layer.tensors);
            let p = (0..layer.under.len())
                .flat_map(|place| self.perturbation(layer, &trace.inputs[at], place, &factors, 1));
            deltas.iter_mut().zip(p).for_each(|(delta, p)| *delta += f * p.signum());
        }
        (0..deltas.len()).map(|node| self.allowed(deltas[node], trace, at, node, 4)).collect()
    }
}

/// A and B of a pair's perturbation of a matrix.
type Factors = (Vec<Vec<Int>>, Vec<Vec<Int>>);

fn is_skipped(node: &Node, base: Int) -> bool {
    node.skip.is_some_and(|skip| base >= -Int::from(skip))
}
