//! One launch of forward passes.

use super::worker::{Loaded, THREADS, Worker};
use crate::args::{Address, Altering, Forward, Reading};
use crate::device::{Buffer, DeviceError, Shape, launch};
use crate::packing::whole;
use crate::program::Program;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::kernel::LowRank;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::{Loss, Samples, TargetKind};

/// Blocks of a multiprocessor: `kernels/tile.cuh` says why.
const BLOCKS: usize = 2;

/// A row as kernels take it: whose noise, and what it reads.
pub(super) type Launched = [u32; 2];

/// What makes rows members.
#[derive(Clone, Copy)]
pub(super) enum Perturbation {
    /// None: the base model.
    None,
    /// That of pairs, whose twins follow each other.
    LowRank(LowRank),
    /// Noise of nodes, by these settings.
    Nodes(Node),
}

/// What is kept of rows, beside the sums of their scores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing.
    Nothing,
    /// Of streams all scores instead of their sums, and the states before all tokens.
    All,
    /// Of streams the states behind the last token.
    Ends,
    /// Of samples the base model's outputs, [`Worker::outputs_len`] bytes a row.
    Outputs,
}

/// What rows read.
#[derive(Clone, Copy)]
pub(super) enum Reads {
    /// Records of samples, by number.
    Samples { keep: Keep },
    /// Samples by their places among those that the worker judges members on: scores are reports.
    Judged,
    /// Streams of the feed from one on, so many tokens each, from the states of the feed.
    Streams { first: u32, steps: u32, keep: Keep },
    /// A token of a stream each, from the states that are kept; by its place among the tokens of streams from
    /// one on.
    Tokens { first: u32 },
}

impl Worker {
    /// Forward passes of rows; brings a score a row, or one a row and step where all are kept.
    pub(super) fn pass(
        &mut self,
        members: Perturbation,
        reads: Reads,
        rows: &[Launched],
    ) -> Result<Vec<i32>, DeviceError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let state_len = self.row_states.len();
        let most = BLOCKS * self.device.processors() as usize;
        // The largest tile, unless a smaller one leaves fewer processors idle.
        let fills = |loaded: &&Loaded| rows.len().div_ceil(loaded.program.rows) >= most;
        let Some(index) =
            self.programs.iter().position(|loaded| fills(&loaded)).or(self.programs.len().checked_sub(1))
        else {
            return Ok(Vec::new());
        };
        let Program { rows: tile, row_len, is_shared, .. } = self.programs[index].program;
        // What a block needs of the device's memory limits their number, too.
        let values = if is_shared { 0 } else { tile * row_len };
        let room =
            self.budget.checked_div(values as u64).map_or(most, |room| room.clamp(1, most as u64) as usize);
        let blocks = rows.len().div_ceil(tile).min(room);
        let (steps, keep) = match reads {
            Reads::Streams { steps, keep, .. } => (steps as usize, keep),
            Reads::Samples { keep } => (1, keep),
            Reads::Judged | Reads::Tokens { .. } => (1, Keep::Nothing),
        };
        let scores = rows.len() * if keep == Keep::All { steps } else { 1 };
        self.rows.fit(8 * rows.len())?.write(bytemuck::cast_slice(rows))?;
        self.scores.fit(4 * scores)?;
        self.states.fit(blocks * tile * state_len)?;
        self.values.fit(blocks * values)?;
        match keep {
            Keep::Nothing => {}
            Keep::All => {
                self.kept.fit(rows.len() * (steps + 1) * state_len)?;
            }
            Keep::Ends => {
                self.ends.fit(rows.len() * state_len)?;
            }
            Keep::Outputs => {
                self.logits.fit(rows.len() * self.outputs_len())?;
            }
        }
        let is_judged = matches!(reads, Reads::Judged);
        let only = |wanted: bool, buffer: &Buffer| if wanted { buffer.at(0) } else { Address::default() };
        let Loaded { program, ops } = &self.programs[index];
        let args = Forward {
            ops: ops.at(0),
            op_count: program.op_count as i64,
            parameters: self.parameters.at(0),
            noise: self.noise.at(0),
            noise_words: self.places.words as i64,
            rows: self.rows.at(0),
            row_count: rows.len() as i64,
            reads: self.reading(reads, state_len),
            scores: self.scores.at(0),
            members: altering(members),
            notes: program.notes as i64,
            ends: only(keep == Keep::Ends, &self.ends),
            logits: only(keep == Keep::Outputs, &self.logits),
            judged: only(is_judged, &self.judged),
            errors: only(is_judged, &self.errors),
            loss: self.loss(),
            values: only(!is_shared, &self.values),
            row_len: row_len as i64,
            stage: program.stage as i64,
        };
        let mode = match members {
            Perturbation::None => "base",
            Perturbation::LowRank(LowRank { noise: Noise::Sign, .. }) => "sign",
            Perturbation::LowRank(_) => "near_normal",
            Perturbation::Nodes(_) => "node",
        };
        let (before, behind) = program.kernel;
        let kernel = format!("{before}{mode}{behind}");
        let shape = Shape { blocks: blocks as u32, threads: THREADS, shared: program.shared };
        launch(&*self.device, &kernel, shape, &args)?;
        let mut values = vec![0i32; scores];
        self.scores.read(bytemuck::cast_slice_mut(&mut values))?;
        Ok(values)
    }

    /// Bytes of a row's outputs, or of the errors there, as a device has them.
    pub(super) fn outputs_len(&self) -> usize {
        whole(self.plan.program().outputs())
    }

    fn kind(&self) -> TargetKind {
        self.plan.run().target_kind()
    }

    /// What scores rows, as kernels take it: `Loss` of `kernels/args.cuh`.
    fn loss(&self) -> i64 {
        match self.kind() {
            TargetKind::Class => 0,
            TargetKind::Values { loss: Loss::Squared, .. } => 1,
            TargetKind::Values { loss: Loss::Absolute, .. } => 2,
        }
    }

    fn reading(&self, reads: Reads, state_len: usize) -> Reading {
        let streams = self.plan.run().streams();
        let context = streams.map_or(0, |streams| streams.context as usize);
        let tokens = |first: u32| first as usize * (context + 1);
        let common = Reading {
            is_text: 1,
            steps: 1,
            states: self.states.at(0),
            state_len: state_len as i64,
            ..Reading::default()
        };
        match reads {
            Reads::Samples { .. } | Reads::Judged => Reading {
                inputs: self.samples.at(0),
                input_stride: Samples::record_len(self.plan.program().inputs(), self.kind()) as i64,
                is_text: 0,
                initial: self.states.at(0),
                state_len: 0,
                ..common
            },
            Reads::Streams { first, steps, keep } => Reading {
                inputs: self.feed.at(tokens(first)),
                input_stride: context as i64 + 1,
                steps: steps.into(),
                initial: self.initial.at(first as usize * state_len),
                states: if keep == Keep::All { self.kept.at(0) } else { self.states.at(0) },
                keep: (keep == Keep::All).into(),
                ..common
            },
            Reads::Tokens { first } => Reading {
                inputs: self.feed.at(tokens(first)),
                input_stride: 1,
                initial: self.kept.at(0),
                ..common
            },
        }
    }
}

fn altering(members: Perturbation) -> Altering {
    let base = Altering { twins: 1, vector_shift: -1, ..Altering::default() };
    match members {
        Perturbation::None => base,
        Perturbation::LowRank(shape) => {
            let (left, right) = shape.shifts();
            Altering {
                twins: 2,
                rank: shape.rank as i64,
                left_shift: left.into(),
                right_shift: right.into(),
                vector_shift: shape.vector_shift().map_or(-1, i64::from),
                embeddings_move: shape.embeddings_move().into(),
                ..base
            }
        }
        Perturbation::Nodes(node) => Altering {
            twins: node.twins().len() as i64,
            amplitude: node.amplitude.into(),
            clip: node.clip.into(),
            ..base
        },
    }
}
