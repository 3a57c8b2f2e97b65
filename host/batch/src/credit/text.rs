//! Guided credit on texts without members, many streams at a time: the deltas of the firmware's
//! `estimator::guided::TextRun`.

use super::slots::SlotsCredit;
use crate::base;
use crate::isa::{Isa, Job, Level};
use crate::material::Material;
use crate::model::{Model, Recorder, RowPerturbation};
use eggroll_firmware::Error;
use eggroll_firmware::estimator::guided::{BlockPlaces, Blocks, Guided, TextPlaces, stream_len};
use eggroll_firmware::kernel::{
    block_credit, fine_output_error, keep_open, keep_within, relu, rounded_guide_sum, stream_credit,
};
use eggroll_firmware::model::{Nodes, Program, Step, Tensor};
use eggroll_firmware::noise::start_of_guide;
use eggroll_firmware::task::{Feed, Streams, Target};
use eggroll_firmware::train::{Learner, State};
use rayon::iter::{IntoParallelIterator, ParallelIterator};
use std::ops::Range;
use std::sync::Arc;

/// What all streams of a generation are credited by.
struct Shared<'a> {
    program: &'a Program,
    places: TextPlaces,
    blocks: Vec<BlockPlaces>,
    /// The head's columns: for every value of the residual stream an entry a token of the vocabulary.
    head: Vec<i16>,
    /// The last norm's entries.
    norm: &'a [i8],
    /// The guides of the blocks, a row for each node of the MLP's first layer.
    guides: Vec<Vec<i16>>,
}

impl<'a> Shared<'a> {
    fn new(program: &'a Program, weights: &'a [i8], settings: &Guided, seed: u32) -> Option<Self> {
        let places = TextPlaces::of(program)?;
        let (blocks, width): (Vec<_>, _) = (Blocks::of(program).collect(), places.embedded.len);
        let rows = places.head.matrix(weights);
        let column = |j: usize| rows.iter().skip(j).step_by(width).map(|&w| w.into());
        let guide = |block: &BlockPlaces| {
            let entries = start_of_guide(seed, block.hidden.tensor, settings.guide_scale);
            entries.take(block.hidden.len * width).collect()
        };
        Some(Self {
            program,
            head: (0..width).flat_map(column).collect(),
            norm: places.norm.vector(weights)?,
            guides: blocks.iter().map(guide).collect(),
            places,
            blocks,
        })
    }

    fn width(&self) -> usize {
        self.places.embedded.len
    }

    /// The most sums of products that credit needs at once.
    fn widest(&self) -> usize {
        self.blocks.iter().map(|block| block.hidden.len).fold(self.width(), usize::max)
    }
}

/// Records steps, and what their norms read.
struct TextRecorder<'a> {
    values: Recorder<'a>,
    /// A row's values lie one norm behind another.
    stream: Vec<i8>,
    per_row: usize,
    /// Where the next norm's values go.
    at: usize,
}

impl RowPerturbation for TextRecorder<'_> {
    type Perturb<'a>
        = <Recorder<'a> as RowPerturbation>::Perturb<'a>
    where
        Self: 'a;

    fn matrix<'a>(&'a self, tensor: &Tensor, first: usize, places: usize) -> Self::Perturb<'a> {
        self.values.matrix(tensor, first, places)
    }

    fn nodes(&mut self, level: Level, step: &Step, group: usize, values: &mut [i8]) {
        self.values.nodes(level, step, group, values);
    }

    fn input(&mut self, step: &Step, x: &[i8]) {
        self.values.input(step, x);
    }

    fn stream(&mut self, step: &Step, x: &[i8]) {
        let len = step.from.len();
        for (to, from) in self.stream.chunks_exact_mut(self.per_row).zip(x.chunks_exact(len.max(1))) {
            to[self.at..][..len].copy_from_slice(from);
        }
        self.at = (self.at + len) % self.per_row;
    }
}

/// What some streams leave: a row for every slot.
struct Part {
    tokens: Vec<u8>,
    inputs: Vec<i8>,
    deltas: Vec<i16>,
    ends: Vec<i8>,
}

/// What a generation's update has done.
pub struct TextStep {
    /// The state behind it, and how many weights moved.
    pub stepped: (State, u32),
    /// The states behind the streams.
    pub carried: Vec<i8>,
}

/// Moves a learner's weights by the credit of a generation of a text. `material` is that generation's. It is
/// not generic, so that it is compiled with this crate's optimisation, whatever that of a caller is.
///
/// # Errors
/// [`Error::NoStreams`] where the model is not one that reads a text; those of [`Learner::step_with`].
pub fn step_text(
    level: Level,
    learner: &mut Learner<Vec<u64>>,
    material: &Material<'_>,
    settings: &Guided,
    rate: u32,
) -> Result<TextStep, Error> {
    let program = Arc::new(material.plan.program().clone());
    let model = Model::new(level, program, learner.weights().into());
    let text = material.text().ok_or(Error::NoStreams)?;
    let credit = of_text(&model, text, settings, material.run().seed);
    let (mut credit, carried) = credit.ok_or(Error::NoStreams)?;
    Ok(TextStep { stepped: learner.step_with(rate, &mut credit)?, carried })
}

/// The credit of a generation by a guide alone, and the states behind its streams. `None` where the model is
/// not one that reads a text.
fn of_text(
    model: &Model,
    (streams, feed): (Streams, Feed<'_>),
    settings: &Guided,
    seed: u32,
) -> Option<(SlotsCredit, Vec<i8>)> {
    let shared = Shared::new(model.program(), model.weights(), settings, seed)?;
    let of = |here: Range<u32>| part(model, &shared, (here, streams.context as usize), feed);
    let parts: Vec<Part> = base::cut(0..streams.count).into_par_iter().map(of).collect();
    let (mut tokens, mut inputs, mut deltas, mut ends) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    for part in parts {
        tokens.extend(part.tokens);
        inputs.extend(part.inputs);
        deltas.extend(part.deltas);
        ends.extend(part.ends);
    }
    Some((SlotsCredit::of_tokens(model, tokens, inputs, deltas), ends))
}

fn part(model: &Model, shared: &Shared<'_>, (here, context): (Range<u32>, usize), feed: Feed<'_>) -> Part {
    let (program, level, rows) = (shared.program, model.level(), here.len());
    let (per_input, per_delta) = (program.record_len(), program.node_count());
    let (count, state_len, per_row) = (rows * context, program.state_len(), stream_len(program));
    let mut part = Part {
        tokens: vec![0; count],
        inputs: vec![0; count * per_input],
        deltas: vec![0; count * per_delta],
        ends: Vec::new(),
    };
    let mut credit = vec![0; count * state_len];
    let (mut records, mut nodes) = (vec![0; rows * per_input], vec![0; rows * per_delta]);
    let values = Recorder {
        records: &mut records,
        per_row: per_input,
        skip: 0,
        nodes: &mut nodes,
        nodes_per_row: per_delta,
    };
    let mut recorder = TextRecorder { values, stream: vec![0; rows * per_row], per_row, at: 0 };
    part.ends = base::run(model, feed, (here, context), &mut recorder, |step| {
        for row in 0..rows {
            let slot = row * context + step.t;
            part.tokens[slot] = step.tokens[row];
            let record = &step.members.values.records[row * per_input..][..per_input];
            let input = &mut part.inputs[slot * per_input..][..per_input];
            input.copy_from_slice(record);
            for block in shared.blocks.iter().filter(|block| block.relu) {
                relu(&mut input[block.hidden_record..][..block.hidden.len]);
            }
            level.run(Token {
                shared,
                target: step.targets[row],
                nodes: &step.members.values.nodes[row * per_delta..][..per_delta],
                stream: &step.members.stream[row * per_row..][..per_row],
                credit: &mut credit[slot * state_len..][..state_len],
                deltas: &mut part.deltas[slot * per_delta..][..per_delta],
            });
        }
    });
    for row in 0..rows {
        let slots = row * context..(row + 1) * context;
        level.run(Back {
            shared,
            tokens: &part.tokens[slots.clone()],
            inputs: &part.inputs[slots.start * per_input..slots.end * per_input],
            credit: &credit[slots.start * state_len..slots.end * state_len],
            deltas: &mut part.deltas[slots.start * per_delta..slots.end * per_delta],
        });
    }
    part
}

/// The products of rows of 16 bits with `x`. Written as loops, since closures would leave the level; the
/// compiler turns the sums into products of pairs.
#[inline(always)]
fn products(rows: &[i16], x: &[i16], sums: &mut [i32]) {
    let len = x.len();
    for row in 0..sums.len() {
        let (of_row, mut sum) = (&rows[row * len..][..len], 0);
        for i in 0..len {
            sum += i32::from(of_row[i]) * i32::from(x[i]);
        }
        sums[row] = sum;
    }
}

/// Credits all places of a token but gates and candidates, whose values it leaves in the place of their
/// credit.
struct Token<'a> {
    shared: &'a Shared<'a>,
    target: Target<'static>,
    nodes: &'a [i8],
    stream: &'a [i8],
    credit: &'a mut [i16],
    deltas: &'a mut [i16],
}

impl Job for Token<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let Self { shared, target, nodes, stream, credit, deltas } = self;
        let (width, TextPlaces { embedded, logits, .. }) = (shared.width(), &shared.places);
        let values = |of: &Nodes| &nodes[of.at..of.at + of.len];
        let error = &mut deltas[logits.at..logits.at + logits.len];
        if let Target::Class(class) = target {
            fine_output_error(values(logits), class, error);
        }
        keep_within(error, values(logits));
        let mut sums = vec![0; shared.widest()];
        products(&shared.head, error, &mut sums[..width]);
        let mut of_stream = vec![0; width];
        let mut norms = stream.chunks_exact(width).rev();
        let mut next = || norms.next().unwrap_or_default();
        let last = next();
        stream_credit(&sums[..width], last, shared.norm, &mut of_stream);
        keep_within(&mut of_stream, last);
        for (number, block) in shared.blocks.iter().enumerate().rev() {
            let branch = &mut deltas[block.branch.at..][..width];
            branch.copy_from_slice(&of_stream);
            keep_within(branch, values(&block.branch));
            let hidden = &mut deltas[block.hidden.at..][..block.hidden.len];
            let sums = &mut sums[..hidden.len()];
            products(&shared.guides[number], &of_stream, sums);
            for i in 0..sums.len() {
                hidden[i] = rounded_guide_sum(sums[i]);
            }
            keep_within(hidden, values(&block.hidden));
            if block.relu {
                keep_open(hidden, values(&block.hidden));
            }
            keep_within(&mut of_stream, next());
            credit[block.state..][..width].copy_from_slice(&of_stream);
            for nodes in [&block.gate, &block.candidate] {
                let to = deltas[nodes.at..][..width].iter_mut();
                to.zip(values(nodes)).for_each(|(to, &u)| *to = u.into());
            }
            keep_within(&mut of_stream, next());
        }
        deltas[embedded.at..][..width].copy_from_slice(&of_stream);
    }
}

/// Credits gates and candidates of a stream, from its last token back.
struct Back<'a> {
    shared: &'a Shared<'a>,
    tokens: &'a [u8],
    inputs: &'a [i8],
    credit: &'a [i16],
    deltas: &'a mut [i16],
}

impl Job for Back<'_> {
    type Output = ();

    #[inline(always)]
    fn run<I: Isa>(self, _: I) {
        let (program, width) = (self.shared.program, self.shared.width());
        let mut carried = vec![0; program.state_len()];
        let (mut f, mut c) = (vec![0; width], vec![0; width]);
        let slots = self.tokens.iter().zip(self.inputs.chunks_exact(program.record_len()));
        let slots = slots.zip(self.credit.chunks_exact(program.state_len()));
        for (((&token, record), credit), deltas) in
            slots.zip(self.deltas.chunks_exact_mut(program.node_count())).rev()
        {
            for block in &self.shared.blocks {
                let (gate, candidate) = deltas[block.gate.at..][..2 * width].split_at_mut(width);
                f.iter_mut().zip(&*gate).for_each(|(f, &value)| *f = value as i8);
                c.iter_mut().zip(&*candidate).for_each(|(c, &value)| *c = value as i8);
                let s = &record[block.state_record..][..width];
                let (credit, carried) =
                    (&credit[block.state..][..width], &mut carried[block.state..][..width]);
                block_credit(credit, carried, token == 0, (&f, &c, s), (gate, candidate));
                keep_within(gate, &f);
                keep_within(candidate, &c);
            }
        }
    }
}
