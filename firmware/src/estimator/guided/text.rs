//! Guided credit on texts, without members: what the error at the logits of each token says of every place of
//! its step, and through the states of the blocks of the steps before.

use super::Guided;
use crate::estimator::node::{Recorder, activate};
use crate::kernel::{
    add_multiple, block_credit, fine_output_error, guided_stream_credit, keep_open, keep_within,
    stream_credit,
};
use crate::model::{Action, Memory, Nodes, Perturbation, Program, Scratch, Step, Steps, run};
use crate::noise::start_of_guide;
use crate::slice_ext::{copy, part, part_mut, split_mut};
use crate::task::{Row, Target};

/// A generation's model.
#[derive(Clone, Copy)]
pub struct TextRun<'a> {
    /// The estimator's settings.
    pub settings: &'a Guided,
    /// The model, which is recurrent.
    pub program: &'a Program,
    /// All parameters.
    pub weights: &'a [i8],
    /// Seed of the run.
    pub seed: u32,
}

/// Memory of the credit of a stream.
pub struct TextWorkspace<'a> {
    /// A pass.
    pub pass: Scratch<'a>,
    /// The nodes of a token's step, [`Program::node_count`].
    pub nodes: &'a mut [i8],
    /// The head's columns times the error, as many as a block is wide.
    pub sums: &'a mut [i32],
    /// What the norms of a token's step have read, [`stream_len`].
    pub stream: &'a mut [i8],
    /// Credit of the residual stream behind the gates of every block, [`Program::state_len`] for every token
    /// of a stream.
    pub credit: &'a mut [i16],
    /// What later tokens say of the states, [`Program::state_len`].
    pub carried: &'a mut [i16],
}

/// What the tokens of a stream leave for the update, one behind another.
pub struct StreamCredit<'a> {
    /// The tokens.
    pub marks: &'a mut [u32],
    /// What the matrices have read, [`Program::record_len`] each.
    pub records: &'a mut [i8],
    /// The credit of all nodes, [`Program::node_count`] each.
    pub deltas: &'a mut [i16],
}

/// Values of the residual stream that the norms of a step read: two a block, and one at the end.
pub fn stream_len(program: &Program) -> usize {
    program.steps().filter(|step| step.action == Action::Norm).map(|step| step.from.len()).sum()
}

/// Records a step, and what its norms read.
struct TextRecorder<'a> {
    values: Recorder<'a>,
    stream: &'a mut [i8],
    /// Where the next norm's values go.
    at: usize,
}

impl Perturbation for TextRecorder<'_> {
    fn input(&mut self, step: &Step, input: &[i8]) {
        self.values.input(step, input);
    }

    fn stream(&mut self, _: &Step, values: &[i8]) {
        copy(part_mut(self.stream, self.at, values.len()), values);
        self.at += values.len();
    }

    fn nodes(&mut self, step: &Step, values: &mut [i8]) {
        self.values.nodes(step, values);
    }
}

/// Where a block's values lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BlockPlaces {
    /// The gate's nodes.
    pub gate: Nodes,
    /// The candidate's.
    pub candidate: Nodes,
    /// Those of the MLP's first layer.
    pub hidden: Nodes,
    /// Whether a ReLU follows that layer.
    pub relu: bool,
    /// Where what the MLP's second layer reads is recorded.
    pub hidden_record: usize,
    /// Those of its second.
    pub branch: Nodes,
    /// Where the state before the step is recorded.
    pub state_record: usize,
    /// The block's first value among the states.
    pub state: usize,
}

/// Where the values of a whole model lie that credit looks at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TextPlaces {
    /// The embedded token.
    pub embedded: Nodes,
    /// The last norm.
    pub norm: Step,
    /// The head.
    pub head: Step,
    /// The logits.
    pub logits: Nodes,
}

/// The blocks of a model in order.
pub struct Blocks<'a> {
    steps: Steps<'a>,
}

impl<'a> Blocks<'a> {
    /// Those of `program`.
    pub fn of(program: &'a Program) -> Self {
        Self { steps: program.steps() }
    }
}

impl Iterator for Blocks<'_> {
    type Item = BlockPlaces;

    fn next(&mut self) -> Option<BlockPlaces> {
        // A block begins with what reads its state.
        let state = self.steps.find(|step| step.is_product() && step.from.memory == Memory::State)?;
        let mut steps = self.steps.by_ref().filter(|step| step.makes_nodes);
        let (gate, candidate, hidden, branch) = (steps.next()?, steps.next()?, steps.next()?, steps.next()?);
        Some(BlockPlaces {
            gate: gate.nodes?,
            candidate: candidate.nodes?,
            hidden: hidden.nodes?,
            relu: hidden.to.relu,
            hidden_record: hidden.to.record? as usize,
            branch: branch.nodes?,
            state_record: state.from.record? as usize,
            state: state.from.at as usize,
        })
    }
}

impl TextPlaces {
    /// Those of a recurrent model: it begins with an embedding and ends in a norm and a product.
    pub fn of(program: &Program) -> Option<Self> {
        let (mut embedded, mut norm, mut head) = (None, None, None);
        for step in program.steps() {
            match step.action {
                Action::Embed => embedded = step.nodes,
                Action::Norm => norm = Some(step),
                _ => {}
            }
            head = Some(step);
        }
        let head = head.filter(Step::is_whole)?;
        Some(Self { embedded: embedded?, norm: norm?, head, logits: head.nodes? })
    }
}

impl TextRun<'_> {
    /// Credits the tokens of a stream, which begins in `state` and leaves it behind its last one.
    pub fn credit<'r>(
        &self,
        rows: impl Iterator<Item = Row<'r>>,
        state: &mut [i8],
        work: &mut TextWorkspace<'_>,
        out: &mut StreamCredit<'_>,
    ) {
        let Some(places) = TextPlaces::of(self.program) else { return };
        let (len, width) = (self.program.node_count(), places.embedded.len);
        let (record_len, state_len, mut tokens) = (self.program.record_len(), self.program.state_len(), 0);
        for (row, mark) in rows.zip(out.marks.iter_mut()) {
            *mark = row.mark;
            let record = part_mut(out.records, tokens * record_len, record_len);
            let deltas = part_mut(out.deltas, tokens * len, len);
            let values = Recorder { record, nodes: work.nodes };
            let mut recorder = TextRecorder { values, stream: work.stream, at: 0 };
            run(self.program, self.weights, row.start, state, &mut recorder, &mut work.pass);
            activate(self.program, recorder.values.record);
            let credit = part_mut(work.credit, tokens * state_len, state_len);
            self.credit_token(&places, &row, (work.nodes, work.stream, work.sums), credit, deltas);
            tokens += 1;
        }
        work.carried.fill(0);
        for token in (0..tokens).rev() {
            let resets = part(out.marks, token, 1) == [0];
            let record = part(out.records, token * record_len, record_len);
            let deltas = part_mut(out.deltas, token * len, len);
            let credit = part(work.credit, token * state_len, state_len);
            for block in Blocks::of(self.program) {
                // The first pass has left the values of gate and candidate in the place of their credit.
                let (gate, candidate) = split_mut(part_mut(deltas, block.gate.at, 2 * width), width);
                let nodes = part_mut(work.nodes, 0, 2 * width);
                nodes.iter_mut().zip(gate.iter().chain(&*candidate)).for_each(|(u, &value)| *u = value as i8);
                let (f, c) = split_mut(nodes, width);
                let s = part(record, block.state_record, width);
                let carried = part_mut(work.carried, block.state, width);
                let credit = part(credit, block.state, width);
                block_credit(credit, carried, resets, (f, c, s), (gate, candidate));
                keep_within(gate, f);
                keep_within(candidate, c);
            }
        }
    }

    /// Credits all places of a token but gates and candidates, whose values it leaves in the place of their
    /// credit; and leaves in `credit` that of the residual stream behind them.
    fn credit_token(
        &self,
        places: &TextPlaces,
        row: &Row<'_>,
        (nodes, stream, sums): (&[i8], &[i8], &mut [i32]),
        credit: &mut [i16],
        deltas: &mut [i16],
    ) {
        let TextPlaces { embedded, norm, head, logits } = places;
        let (values, width) = (|of: Nodes| part(nodes, of.at, of.len), embedded.len);
        let error = part_mut(deltas, logits.at, logits.len);
        if let Target::Class(class) = row.target {
            fine_output_error(values(*logits), class, error);
        }
        keep_within(error, values(*logits));
        sums.fill(0);
        for (&error, row) in error.iter().zip(head.matrix(self.weights).chunks_exact(width.max(1))) {
            if error != 0 {
                add_multiple(sums, row, error.into());
            }
        }
        // The residual stream's credit stands in the place of the embedded token's, where it ends.
        let mut end = stream.len().saturating_sub(width);
        let mut here = part(stream, end, width);
        let of_stream = part_mut(deltas, embedded.at, width);
        stream_credit(sums, here, norm.vector(self.weights).unwrap_or_default(), of_stream);
        for at in (0..credit.len()).step_by(width.max(1)).rev() {
            let Some(block) = Blocks::of(self.program).nth(at / width.max(1)) else { continue };
            let (of_stream, of_block) = split_mut(deltas, block.gate.at);
            let of_stream = part_mut(of_stream, embedded.at, width);
            keep_within(of_stream, here);
            let of = |nodes: Nodes| nodes.at.saturating_sub(block.gate.at);
            let branch = part_mut(of_block, of(block.branch), width);
            copy(branch, of_stream);
            keep_within(branch, values(block.branch));
            let hidden = part_mut(of_block, of(block.hidden), block.hidden.len);
            let mut entries = start_of_guide(self.seed, block.hidden.tensor, self.settings.guide_scale);
            for delta in &mut *hidden {
                *delta = guided_stream_credit(entries.by_ref().take(width), of_stream);
            }
            keep_within(hidden, values(block.hidden));
            if block.relu {
                keep_open(hidden, values(block.hidden));
            }
            keep_within(of_stream, part(stream, end.saturating_sub(width), width));
            copy(part_mut(credit, at, width), of_stream);
            for nodes in [block.gate, block.candidate] {
                let to = part_mut(of_block, of(nodes), width).iter_mut();
                to.zip(values(nodes)).for_each(|(to, &u)| *to = u.into());
            }
            end = end.saturating_sub(2 * width);
            here = part(stream, end, width);
        }
        keep_within(part_mut(deltas, embedded.at, width), values(*embedded));
    }
}
