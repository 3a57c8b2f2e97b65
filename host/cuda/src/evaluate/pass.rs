//! One launch of forward passes.

use super::worker::{Loaded, THREADS, Worker};
use crate::device::{Args, DeviceError, Shape};
use eggroll_firmware::kernel::LowRank;
use eggroll_firmware::noise::Noise;

/// Blocks of a multiprocessor: `kernels/tile.cuh` says why.
const BLOCKS: usize = 2;

/// A row: whose noise, and what it reads.
pub(super) type Row = [u32; 2];

/// Who the rows are.
#[derive(Clone, Copy)]
pub(super) enum Members {
    /// The base model.
    Base,
    /// Twins of pairs.
    Pairs(LowRank),
    /// Members with node noise of this amplitude; so many rows share it.
    Noisy { amplitude: u8, twins: usize },
}

/// What is kept of rows that read streams, beside the sums of their scores.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// Nothing.
    Nothing,
    /// All scores instead of their sums, and the states before all tokens.
    All,
    /// The states behind the last token.
    Ends,
}

/// What rows read.
#[derive(Clone, Copy)]
pub(super) enum Reads {
    /// Records of samples, by number.
    Samples,
    /// Streams of the feed from one on, so many tokens each, from the states of the feed.
    Streams { first: u32, steps: u32, keep: Keep },
    /// A token of a stream each, from the states that are kept; by its place among the tokens of streams from one on.
    Tokens { first: u32 },
}

impl Worker {
    /// Forward passes of rows; brings a score a row, or one a row and step where all are kept.
    pub(super) fn pass(
        &mut self,
        members: Members,
        reads: Reads,
        rows: &[Row],
    ) -> Result<Vec<i32>, DeviceError> {
        if rows.is_empty() {
            return Ok(Vec::new());
        }
        let state_len = self.row_states.len();
        let most = BLOCKS * self.device.processors() as usize;
        // The largest tile, unless a smaller one leaves fewer processors idle.
        let fills = |loaded: &&Loaded| rows.len().div_ceil(loaded.program.rows()) >= most;
        let Some(index) =
            self.programs.iter().position(|loaded| fills(&loaded)).or(self.programs.len().checked_sub(1))
        else {
            return Ok(Vec::new());
        };
        let tile = self.programs[index].program.rows();
        let blocks = rows.len().div_ceil(tile).min(most);
        let (steps, keep) = match reads {
            Reads::Streams { steps, keep, .. } => (steps as usize, keep),
            Reads::Samples | Reads::Tokens { .. } => (1, Keep::Nothing),
        };
        let scores = rows.len() * if keep == Keep::All { steps } else { 1 };
        self.rows.fit(8 * rows.len())?.write(bytemuck::cast_slice(rows))?;
        self.scores.fit(4 * scores)?;
        self.states.fit(blocks * tile * state_len)?;
        match keep {
            Keep::Nothing => {}
            Keep::All => {
                self.kept.fit(rows.len() * (steps + 1) * state_len)?;
            }
            Keep::Ends => {
                self.ends.fit(rows.len() * state_len)?;
            }
        }
        let Loaded { program, ops } = &self.programs[index];
        let args = Args::default()
            .buffer(ops, 0)
            .number(program.count as i64)
            .buffer(&self.parameters, 0)
            .buffer(&self.noise, 0)
            .number(self.places.words as i64)
            .buffer(&self.rows, 0)
            .number(rows.len() as i64);
        let args = self.reading(args, reads, state_len).buffer(&self.scores, 0);
        let args = altering(args, members).number(program.notes as i64);
        let args = if keep == Keep::Ends { args.buffer(&self.ends, 0) } else { args.number(0) };
        let mode = match members {
            Members::Base => "base",
            Members::Pairs(LowRank { noise: Noise::Sign, .. }) => "sign",
            Members::Pairs(_) => "near_normal",
            Members::Noisy { .. } => "node",
        };
        let kernel = format!("forward_{mode}_{}", program.tiles);
        let shape = Shape { blocks: blocks as u32, threads: THREADS, shared: program.shared };
        args.launch(&*self.device, &kernel, shape)?;
        let mut values = vec![0i32; scores];
        self.scores.read(bytemuck::cast_slice_mut(&mut values))?;
        Ok(values)
    }

    /// What rows read: from `inputs` to `keep`.
    fn reading(&self, args: Args, reads: Reads, state_len: usize) -> Args {
        let streams = self.plan.run().streams();
        let context = streams.map_or(0, |streams| streams.context as usize);
        let tokens = |first: u32| first as usize * (context + 1);
        match reads {
            Reads::Samples => args
                .buffer(&self.samples, 0)
                .number(self.plan.layout().inputs() as i64 + 1)
                .number(0)
                .number(1)
                .buffer(&self.states, 0)
                .buffer(&self.states, 0)
                .number(0)
                .number(0),
            Reads::Streams { first, steps, keep } => args
                .buffer(&self.feed, tokens(first))
                .number(context as i64 + 1)
                .number(1)
                .number(steps.into())
                .buffer(&self.initial, first as usize * state_len)
                .buffer(if keep == Keep::All { &self.kept } else { &self.states }, 0)
                .number(state_len as i64)
                .number((keep == Keep::All).into()),
            Reads::Tokens { first } => args
                .buffer(&self.feed, tokens(first))
                .number(1)
                .number(1)
                .number(1)
                .buffer(&self.kept, 0)
                .buffer(&self.states, 0)
                .number(state_len as i64)
                .number(0),
        }
    }
}

/// What makes rows members: from `twins` to `amplitude`.
fn altering(args: Args, members: Members) -> Args {
    match members {
        Members::Base => {
            let args = args.number(1).number(0).number(0).number(0);
            args.number(-1).number(0).number(0)
        }
        Members::Pairs(shape) => {
            let (left, right) = shape.shifts();
            let args = args.number(2).number(shape.rank as i64).number(left.into()).number(right.into());
            let vector = shape.vector_shift().map_or(-1, i64::from);
            args.number(vector).number(shape.embeddings_move().into()).number(0)
        }
        Members::Noisy { amplitude, twins } => {
            let args = args.number(twins as i64).number(0).number(0).number(0);
            args.number(-1).number(0).number(amplitude.into())
        }
    }
}
