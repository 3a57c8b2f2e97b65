//! A measurement of a device's peak.

use super::args::Busy;
use super::device::{Buffer, Device, DeviceError, Shape, launch};
use std::sync::Arc;

/// Warps of a block, and products that a warp has under way; `kernels/busy.cu` has the same.
const WARPS: u64 = 8;
const UNDER_WAY: u64 = 8;
/// Products of an instruction.
const PRODUCTS: u64 = 16 * 8 * 32;

/// Multiplies on registers alone, on all processors, and waits for the end; brings how many products that
/// were.
///
/// # Errors
/// [`DeviceError`].
pub fn products(device: &Arc<dyn Device>, rounds: u32) -> Result<u64, DeviceError> {
    let blocks = 4 * device.processors();
    let mut sums = vec![0u8; (4 * 32 * WARPS * u64::from(blocks)) as usize];
    let buffer = Buffer::new(device, sums.len())?;
    let args = Busy { rounds: rounds.into(), sums: buffer.at(0) };
    launch(&**device, "busy", Shape { blocks, threads: 32 * WARPS as u32, shared: 0 }, &args)?;
    buffer.read(&mut sums)?;
    Ok(u64::from(rounds) * UNDER_WAY * PRODUCTS * WARPS * u64::from(blocks))
}
