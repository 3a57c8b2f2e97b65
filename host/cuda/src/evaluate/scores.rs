//! What a worker is asked for: the scores of units, and the states behind a text.

use super::pass::{Keep, Launched, Perturbation, Reads};
use super::worker::{MOST_ROWS, Worker};
use crate::device::DeviceError;
use eggroll_batch::evaluate;
use eggroll_batch::material::Material;
use eggroll_firmware::Error;
use std::ops::Range;
use std::sync::Arc;

/// What an evaluation brings: packed scores, or why the firmware would not give any.
pub type Evaluated = Result<Vec<u8>, Error>;

impl Worker {
    /// The packed scores of a range of units: the bytes that the firmware's learner gives.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn scores(
        &mut self,
        generation: u32,
        weights: &Arc<[i8]>,
        feed: &[u8],
        units: Range<u32>,
    ) -> Result<Evaluated, DeviceError> {
        let plan = Arc::clone(&self.plan);
        self.load(generation, weights, feed)?;
        // Samples are on the device.
        let material = Material { plan: &plan, samples: &[], feed, generation };
        evaluate::scores(self, &material, units)
    }

    /// The rows that [`Self::scores`] evaluates for pairs, all of them the base model: what a perturbation
    /// costs is measured against.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn unperturbed(
        &mut self,
        generation: u32,
        weights: &Arc<[i8]>,
        feed: &[u8],
        pairs: Range<u32>,
    ) -> Result<(), DeviceError> {
        let plan = Arc::clone(&self.plan);
        self.load(generation, weights, feed)?;
        let material = Material { plan: &plan, samples: &[], feed, generation };
        evaluate::unperturbed(self, &material, pairs).map(|_| ())
    }

    /// The base model's states behind the streams of a generation, one stream after another as the firmware
    /// lays them out; `None` of a run without streams.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn carried(
        &mut self,
        generation: u32,
        weights: &Arc<[i8]>,
        feed: &[u8],
    ) -> Result<Option<Vec<i8>>, DeviceError> {
        let Some(streams) = self.plan.run().streams() else { return Ok(None) };
        self.load(generation, weights, feed)?;
        let states = self.row_states;
        let at_once = (self.budget / states.len().max(1) as u64).clamp(1, MOST_ROWS as u64) as usize;
        let mut carried = Vec::new();
        for first in (0..streams.count).step_by(at_once) {
            let here = first..streams.count.min(first.saturating_add(at_once as u32));
            let rows: Vec<Launched> = (0..here.len() as u32).map(|stream| [0, stream]).collect();
            let reads = Reads::Streams { first, steps: streams.context, keep: Keep::Ends };
            self.pass(Perturbation::None, reads, &rows)?;
            let mut ends = vec![0; rows.len() * states.len()];
            self.ends.read(&mut ends)?;
            states.gather(&ends, &mut carried);
        }
        Ok(Some(carried))
    }
}
