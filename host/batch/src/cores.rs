//! The engine of the host's cores: batches of rows, on all of them.

use super::base::{TextBase, text_base};
use super::engine::{Engine, Row, Size, Who};
use super::factors::{self, Factors};
use super::material::Material;
use super::model::{Base, Inputs, Model, NodeNoise, Pairs, ROWS, Scratch, Shared, states_of};
use super::nodes::Blocks;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::Pair;
use eggroll_firmware::kernel::{Twin, linear_report};
use eggroll_firmware::model::{LayerSet, Program};
use eggroll_firmware::task::Target;
use eggroll_firmware::train::Estimator;
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::convert::Infallible;
use std::ops::Range;
use std::sync::Arc;

/// The cores, at the weights of a generation; or one of them.
pub struct Cores<'a> {
    model: &'a Model,
    material: Material<'a>,
    noise: Noise<'a>,
    memory: Memory<'a>,
}

/// The noise of the members that were drawn last.
enum Noise<'a> {
    /// Of pairs; and what all of them have in common.
    Factors { factors: Box<Factors>, common: Pair<'a> },
    /// Of nodes: how a member's words are laid out, and the words.
    Nodes { settings: &'a Node, blocks: Arc<Blocks>, words: Vec<u64> },
}

impl<'a> Noise<'a> {
    fn new(material: &Material<'a>) -> Self {
        let (plan, [seed, generation]) = (material.plan, material.key());
        let program = plan.program();
        match &plan.run().estimator {
            Estimator::Weight(settings) => {
                let shape = plan.low_rank(settings);
                let common = Pair { settings, shape, program, seed, generation, pair: 0 };
                Self::Factors { factors: Box::new(Factors::new(&common)), common }
            }
            Estimator::Node(settings) => Self::of_nodes(program, settings, LayerSet::ALL),
            Estimator::Guided(guided) => Self::of_nodes(program, &guided.node, guided.hidden_layers(program)),
        }
    }

    fn of_nodes(program: &Program, settings: &'a Node, layers: LayerSet) -> Self {
        let blocks = Arc::new(Blocks::of_nodes(program, layers));
        Self::Nodes { settings, blocks, words: Vec::new() }
    }

    /// Room for other members of the same kind.
    fn another(&self) -> Self {
        match self {
            Self::Factors { common, .. } => {
                Self::Factors { factors: Box::new(Factors::new(common)), common: *common }
            }
            Self::Nodes { settings, blocks, .. } => {
                Self::Nodes { settings, blocks: Arc::clone(blocks), words: Vec::new() }
            }
        }
    }
}

/// What rows read.
#[doc(hidden)]
pub enum Prepared<'a> {
    /// Samples: their first layer, and their targets; what members are judged by, if there is a guide.
    Samples { shared: Shared, targets: Vec<Target<'a>>, judge: Option<Judge> },
    /// Slots of streams.
    Slots(TextBase),
}

/// What members of a run with a guide are judged by: of every sample the base model's outputs, and the error
/// there.
#[doc(hidden)]
pub struct Judge {
    outputs: Vec<i8>,
    errors: Vec<i8>,
}

/// The memory of a thread.
#[derive(Default)]
struct Memory<'a> {
    scratch: Scratch,
    of: Vec<u32>,
    members: Vec<factors::Row>,
    targets: Vec<Target<'a>>,
    tokens: Vec<u8>,
    states: Vec<i8>,
    scores: Vec<i32>,
}

impl<'a> Cores<'a> {
    /// Prepares for a generation, whose weights `model` has.
    pub fn new(model: &'a Model, material: &Material<'a>) -> Self {
        Self { model, material: *material, noise: Noise::new(material), memory: Memory::default() }
    }

    /// What rows share of samples, by their indices within the data set, and the samples' targets.
    fn share(&self, indices: Vec<u32>) -> (Shared, Vec<Target<'a>>) {
        let samples = indices.into_iter().map(|index| self.material.sample(index));
        let (inputs, targets): (Vec<&[i8]>, Vec<Target<'a>>) = samples.unzip();
        let all = matches!(self.noise, Noise::Nodes { .. });
        (self.model.share(&inputs.concat(), all), targets)
    }

    /// The base model's outputs on some of the samples, at most [`ROWS`].
    fn base_outputs(&mut self, shared: &Shared, samples: Range<usize>) -> Vec<i8> {
        let Memory { scratch, of, .. } = &mut self.memory;
        of.clear();
        of.extend(samples.map(|sample| sample as u32));
        self.model.run(Inputs::Features { shared, of }, &mut [], &mut Base, scratch).to_vec()
    }

    /// Runs rows, at most [`ROWS`] of them; what they read is in the memory.
    fn run_rows(&mut self, who: Who, shared: Option<&Shared>, judge: Option<&Judge>, rows: &[Row]) {
        let Self { model, noise, memory, .. } = self;
        let Memory { scratch, of, members, targets, tokens, states, scores } = memory;
        let clip = match noise {
            Noise::Nodes { settings, .. } => Some(settings.clip),
            Noise::Factors { .. } => None,
        };
        let inputs = match shared {
            Some(shared) => {
                of.clear();
                of.extend(rows.iter().map(|row| row.input));
                Inputs::Features { shared, of }
            }
            None => Inputs::Tokens(tokens),
        };
        let logits = match (who, noise) {
            (Who::Base, _) => model.run(inputs, states, &mut Base, scratch),
            (Who::Members, Noise::Factors { factors, .. }) => {
                let twins = rows.iter().zip(Twin::BOTH.into_iter().cycle());
                members.clear();
                members.extend(twins.map(|(row, twin)| factors::Row { pair: row.noise, twin }));
                model.run(inputs, states, &mut Pairs { factors, rows: members }, scratch)
            }
            (Who::Members, Noise::Nodes { settings, blocks, words }) => {
                let (amplitude, twins) = (settings.amplitude as i8, settings.twins().len());
                let first = rows.first().map_or(0, |row| row.noise as usize);
                let words = &words[first * blocks.words()..];
                model.run(inputs, states, &mut NodeNoise { blocks, words, amplitude, twins }, scratch)
            }
        };
        match (who, judge, clip) {
            (Who::Members, Some(judge), Some(clip)) => {
                let width = model.program().outputs();
                scores.clear();
                scores.extend(rows.iter().zip(logits.chunks_exact(width)).map(|(row, logits)| {
                    let at = row.input as usize * width;
                    let [error, base] = [&judge.errors, &judge.outputs].map(|all| &all[at..at + width]);
                    i32::from(linear_report(error, logits, base, clip))
                }));
            }
            _ => model.scores(logits, targets, scores),
        }
    }
}

impl<'a> Engine for Cores<'a> {
    type Inputs = Prepared<'a>;
    type Error = Infallible;

    fn samples(&mut self, indices: Vec<u32>) -> Result<Prepared<'a>, Infallible> {
        let (shared, targets) = self.share(indices);
        Ok(Prepared::Samples { shared, targets, judge: None })
    }

    fn judged(&mut self, indices: Vec<u32>) -> Result<(Prepared<'a>, Vec<i32>), Infallible> {
        let (shared, targets) = self.share(indices);
        let base = self.in_parts(targets.len(), Size { members: 0, rows: 1 }, |cores, part| {
            Ok(cores.base_outputs(&shared, part))
        })?;
        let outputs = base.concat();
        let (mut errors, mut scores) = (vec![0; outputs.len()], Vec::with_capacity(targets.len()));
        let width = self.model.program().outputs();
        for ((error, outputs), target) in
            errors.chunks_exact_mut(width).zip(outputs.chunks_exact(width)).zip(&targets)
        {
            target.error(outputs, error);
            scores.push(target.score(outputs));
        }
        let judge = Some(Judge { outputs, errors });
        Ok((Prepared::Samples { shared, targets, judge }, scores))
    }

    fn slots(&mut self, slots: Range<u32>) -> Result<(Prepared<'a>, Vec<i32>), Infallible> {
        let mut base = match self.material.text() {
            Some((streams, feed)) => text_base(self.model, streams, feed, slots),
            None => TextBase::default(),
        };
        let scores = core::mem::take(&mut base.scores);
        Ok((Prepared::Slots(base), scores))
    }

    fn streams_at_once(&self) -> u32 {
        u32::MAX
    }

    fn draw(&mut self, members: &[u32]) -> Result<(), Infallible> {
        match &mut self.noise {
            Noise::Factors { factors, common } => {
                factors.draw(members.iter().copied(), common, self.model.weights());
            }
            Noise::Nodes { blocks, words, .. } => {
                words.resize(members.len() * blocks.words(), 0);
                blocks.draw(self.model.level(), self.material.key(), members, words);
            }
        }
        Ok(())
    }

    fn run(&mut self, who: Who, inputs: &Prepared<'a>, rows: &[Row]) -> Result<Vec<i32>, Infallible> {
        let mut scores = Vec::with_capacity(rows.len());
        for rows in rows.chunks(ROWS) {
            let Memory { targets, tokens, states, .. } = &mut self.memory;
            targets.clear();
            let (shared, judge) = match inputs {
                Prepared::Samples { shared, targets: of_samples, judge } => {
                    targets.extend(rows.iter().map(|row| of_samples[row.input as usize]));
                    (Some(shared), judge.as_ref())
                }
                Prepared::Slots(text) => {
                    let place = |row: &Row| row.input as usize;
                    targets.extend(rows.iter().map(|row| text.targets[place(row)]));
                    tokens.clear();
                    tokens.extend(rows.iter().map(|row| text.tokens[place(row)]));
                    let state = |row: usize| text.state(place(&rows[row]));
                    states_of(self.model.program(), rows.len(), state, states);
                    (None, None)
                }
            };
            self.run_rows(who, shared, judge, rows);
            scores.extend_from_slice(&self.memory.scores);
        }
        Ok(scores)
    }

    fn run_streams(&mut self, who: Who, rows: &[Row]) -> Result<Vec<i32>, Infallible> {
        let mut sums = vec![0i32; rows.len()];
        let Some((streams, feed)) = self.material.text() else { return Ok(sums) };
        for (rows, sums) in rows.chunks(ROWS).zip(sums.chunks_mut(ROWS)) {
            let state = |row: usize| feed.state(rows[row].input);
            states_of(self.model.program(), rows.len(), state, &mut self.memory.states);
            for t in 0..streams.context as usize {
                let Memory { targets, tokens, .. } = &mut self.memory;
                tokens.clear();
                targets.clear();
                for row in rows {
                    let read = feed.tokens(row.input);
                    tokens.push(read[t]);
                    targets.push(Target::Class(read[t + 1].into()));
                }
                self.run_rows(who, None, None, rows);
                for (sum, &score) in sums.iter_mut().zip(&self.memory.scores) {
                    *sum = sum.wrapping_add(score);
                }
            }
        }
        Ok(sums)
    }

    /// Each core gets parts of its own.
    fn in_parts<T: Send>(
        &mut self,
        units: usize,
        size: Size,
        work: impl Fn(&mut Self, Range<usize>) -> Result<T, Infallible> + Send + Sync,
    ) -> Result<Vec<T>, Infallible> {
        // As many as fill a batch; threads share what is left over at the end.
        let at_once = (ROWS / size.rows.max(1)).min(units.div_ceil(rayon::current_num_threads())).max(1);
        let parts = units.div_ceil(at_once);
        if parts <= 1 {
            return (0..parts).map(|_| work(self, 0..units)).collect();
        }
        let (model, material, noise) = (self.model, self.material, &self.noise);
        let another = || Self { model, material, noise: noise.another(), memory: Memory::default() };
        let part = |cores: &mut Self, part: usize| {
            let first = part * at_once;
            work(cores, first..units.min(first + at_once))
        };
        (0..parts).into_par_iter().map_init(another, part).collect()
    }
}
