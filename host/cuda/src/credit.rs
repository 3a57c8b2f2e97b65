//! The credit of pairs on a device: Z of a whole matrix. Vectors, which are small, stay the host's.

use super::args;
use super::device::{DeviceError, Shape, launch};
use super::evaluate::Worker;
use eggroll_firmware::model::{Tensor, TensorKind};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Plan;
use std::sync::Arc;

/// Threads of a block, and outputs of it in either direction; `kernels/credit.cu` has the same.
const THREADS: u32 = 256;
const CREDITED: usize = 64;
/// Pairs of a cell of the tensor cores.
const CELL: usize = 32;
/// Most pairs of a chunk: a digit's sum stays within 32 bits, and more would hide nothing.
const MOST_PAIRS: usize = 1 << 14;
/// Bits of a digit.
const DIGIT: u32 = 7;

/// Digits of values of this size: each within [-64, 63], the last within a byte.
const fn digits(mut largest: u32) -> usize {
    let mut digits = 1;
    while largest > 127 {
        largest = (largest + (1 << (DIGIT - 1))) >> DIGIT;
        digits += 1;
    }
    digits
}

impl Worker {
    /// Z of a matrix by the fitness of all pairs, modulo 2^32; `None` of a vector, and of a run without
    /// pairs.
    ///
    /// # Errors
    /// [`DeviceError`].
    pub fn credit(
        &mut self,
        generation: u32,
        tensor: &Tensor,
        fitness: &[i16],
    ) -> Result<Option<Vec<i32>>, DeviceError> {
        let plan = Arc::clone(&self.plan);
        let (Some(settings), TensorKind::Matrix { rows, columns }) = (pairs(&plan), tensor.kind) else {
            return Ok(None);
        };
        let rank = usize::from(settings.rank);
        let largest = fitness.iter().map(|f| u32::from(f.unsigned_abs())).max().unwrap_or(0);
        let digits = digits(largest * settings.noise.largest() as u32);
        let per_pair = ((rows + digits * columns) * rank) as u64;
        let fit = usize::try_from(self.budget / per_pair.max(1)).unwrap_or(MOST_PAIRS);
        let at_once = fit.clamp(CELL, MOST_PAIRS.min(fitness.len().next_multiple_of(CELL))) / CELL * CELL;
        let tiles = rows.div_ceil(CREDITED) * columns.div_ceil(CREDITED);
        let processors = self.device.processors() as usize;
        // Enough blocks for all processors, unless they would have next to nothing to do.
        let parts = (2 * processors).div_ceil(tiles).clamp(1, (at_once / (8 * CELL)).max(1));
        let mut z = vec![0i32; rows * columns];
        let room = &mut self.crediting;
        room.z.fit(4 * z.len())?.write(bytemuck::cast_slice(&z))?;
        room.left.fit(at_once * rows * rank)?;
        room.right.fit(at_once * digits * columns * rank)?;
        for (chunk, fitness) in fitness.chunks(at_once).enumerate() {
            let mut values: Vec<i32> = fitness.iter().map(|&f| f.into()).collect();
            values.resize(at_once, 0);
            room.fitness.fit(4 * at_once)?.write(bytemuck::cast_slice(&values))?;
            let args = args::Crediting {
                tensor: tensor.id.into(),
                rows: rows as i64,
                columns: columns as i64,
                rank: rank as i64,
                first: (chunk * at_once) as i64,
                pairs: at_once as i64,
                fitness: room.fitness.at(0),
                digits: digits as i64,
                left: room.left.at(0),
                right: room.right.at(0),
                z: room.z.at(0),
                parts: parts as i64,
                seed: plan.run().seed.into(),
                generation: generation.into(),
            };
            let per_block = if settings.noise == Noise::Sign { 64 } else { 2 };
            let draws = ((rows + columns) * rank).div_ceil(per_block) * at_once;
            let blocks = draws.div_ceil(THREADS as usize).clamp(1, 32 * processors) as u32;
            let kernel = if settings.noise == Noise::Sign { "terms_sign" } else { "terms_near_normal" };
            launch(&*self.device, kernel, Shape { blocks, threads: THREADS, shared: 0 }, &args)?;
            let blocks = (tiles * parts) as u32;
            launch(&*self.device, "credit_pairs", Shape { blocks, threads: THREADS, shared: 0 }, &args)?;
        }
        room.z.read(bytemuck::cast_slice_mut(&mut z))?;
        Ok(Some(z))
    }
}

/// The pairs of a run whose fitness is credited to their whole perturbation.
const fn pairs(plan: &Plan) -> Option<&eggroll_firmware::estimator::weight::Weight> {
    plan.run().estimator.crediting_pairs()
}
