//! A device as an engine: what it draws and runs, for the loops over units that all engines share.

use super::judge::Judge;
use super::pass::{Keep, Launched, Perturbation, Reads};
use super::worker::{MOST_ROWS, Worker};
use crate::device::DeviceError;
use eggroll_batch::engine::{Engine, Row, Size, Who};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::train::Estimator;
use std::ops::Range;

/// What rows read.
#[doc(hidden)]
pub enum Inputs {
    /// Samples, by index; and what members are judged by there, if there is a guide.
    Samples { indices: Vec<u32>, judge: Option<Judge> },
    /// Slots, by their places among the tokens of the streams from `first` on, whose states are kept.
    Slots { first: u32, places: Vec<u32> },
}

impl Worker {
    pub(super) fn members(&self, who: Who) -> Perturbation {
        match (who, &self.plan.run().estimator) {
            (Who::Base, _) => Perturbation::None,
            (Who::Members, Estimator::Weight(settings)) => {
                Perturbation::LowRank(self.plan.low_rank(settings))
            }
            (Who::Members, Estimator::Node(node) | Estimator::Guided(Guided { node, .. })) => {
                Perturbation::Nodes(*node)
            }
        }
    }

    fn context(&self) -> u32 {
        self.plan.run().streams().map_or(1, |streams| streams.context.max(1))
    }
}

impl Engine for Worker {
    type Inputs = Inputs;
    type Error = DeviceError;

    fn samples(&mut self, indices: Vec<u32>) -> Result<Inputs, DeviceError> {
        Ok(Inputs::Samples { indices, judge: None })
    }

    fn judged(&mut self, indices: Vec<u32>) -> Result<(Inputs, Vec<i32>), DeviceError> {
        let (judge, scores) = self.judge(&indices)?;
        Ok((Inputs::Samples { indices, judge: Some(judge) }, scores))
    }

    fn slots(&mut self, slots: Range<u32>) -> Result<(Inputs, Vec<i32>), DeviceError> {
        let context = self.context();
        let streams = slots.start / context..slots.end.div_ceil(context);
        let rows: Vec<Launched> = (0..streams.len() as u32).map(|stream| [0, stream]).collect();
        let reads = Reads::Streams { first: streams.start, steps: context, keep: Keep::All };
        let base = self.pass(Perturbation::None, reads, &rows)?;
        // Slots are numbered without a stream's last token, which is a target only.
        let before = streams.start * context;
        let place = |slot: u32| (slot - before) / context * (context + 1) + (slot - before) % context;
        let within = (slots.start - before) as usize..(slots.end - before) as usize;
        let places = slots.map(place).collect();
        Ok((Inputs::Slots { first: streams.start, places }, base[within].to_vec()))
    }

    /// As many as there is room for their states.
    fn streams_at_once(&self) -> u32 {
        let bytes = self.row_states.len() as u64 * (u64::from(self.context()) + 1);
        (self.budget / bytes.max(1)).clamp(1, u32::MAX.into()) as u32
    }

    fn draw(&mut self, members: &[u32]) -> Result<(), DeviceError> {
        self.draw_noise(members)
    }

    fn run(&mut self, who: Who, inputs: &Inputs, rows: &[Row]) -> Result<Vec<i32>, DeviceError> {
        let (reads, places) = match inputs {
            Inputs::Samples { indices, judge: Some(judge) } if who == Who::Members => {
                return self.reports(judge, indices, rows);
            }
            Inputs::Samples { indices, .. } => (Reads::Samples { keep: Keep::Nothing }, indices),
            Inputs::Slots { first, places } => (Reads::Tokens { first: *first }, places),
        };
        let row = |row: &Row| [row.noise, places[row.input as usize]];
        self.pass(self.members(who), reads, &rows.iter().map(row).collect::<Vec<Launched>>())
    }

    fn run_streams(&mut self, who: Who, rows: &[Row]) -> Result<Vec<i32>, DeviceError> {
        let reads = Reads::Streams { first: 0, steps: self.context(), keep: Keep::Nothing };
        let rows: Vec<Launched> = rows.iter().map(|row| [row.noise, row.input]).collect();
        self.pass(self.members(who), reads, &rows)
    }

    /// One part after another, each as large as the memory allows.
    fn in_parts<T: Send>(
        &mut self,
        units: usize,
        size: Size,
        work: impl Fn(&mut Self, Range<usize>) -> Result<T, DeviceError> + Send + Sync,
    ) -> Result<Vec<T>, DeviceError> {
        // Noise; rows and their scores; what a guide takes.
        let bytes = size.members as u64 * self.noise_bytes()
            + (size.rows * (size_of::<Launched>() + size_of::<i32>())) as u64
            + self.judge_bytes();
        let most_rows = (MOST_ROWS / size.rows.max(1)).max(1) as u64;
        let at_once = (self.budget / bytes.max(1)).clamp(1, most_rows) as usize;
        let part = |first: usize| work(self, first..units.min(first + at_once));
        (0..units).step_by(at_once).map(part).collect()
    }
}
