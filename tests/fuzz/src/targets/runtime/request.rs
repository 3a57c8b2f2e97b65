use super::{Bench, FRAME};
use crate::generate::{self, mostly};
use arbitrary::{Result, Unstructured};
use eggroll_firmware::estimator::scores::Packer;
use eggroll_firmware::model::Program;
use eggroll_firmware::train::{Run, Section};
use eggroll_firmware::update::WeightDelta;
use eggroll_firmware::wire::{self, Command, Request, RunCommand};

impl Bench<'_> {
    /// A request that mostly makes sense.
    pub(super) fn request<'p>(
        &mut self,
        u: &mut Unstructured<'_>,
        packed: &'p mut [u8; FRAME],
    ) -> Result<Request<'p>> {
        let generation = self.seen.state.map_or(1, |state| state.generation.wrapping_add(1));
        let generation = if u.ratio(1, 12)? { mostly(u, 0..=9)? } else { generation };
        let units = self.seen.run.as_ref().map_or(8, |run| run.estimator.units());
        let stage =
            if u.ratio(1, 4)? { None } else { Some((self.seen.run.is_some(), self.seen.state.is_some())) };
        let kind = match stage {
            Some((false, _)) => 1,
            Some((true, false)) => u.int_in_range(2..=3)?,
            Some((true, true)) if self.seen.hungry() && u.ratio(3, 4)? => 12,
            Some((true, true)) => *u.choose(&[4, 5, 6, 7, 8, 9, 4, 6, 7, 12, 13, 14])?,
            None => u.int_in_range(0..=16)?,
        };
        let run = if u.ratio(15, 16)? { self.seen.identity } else { u.arbitrary()? };
        let command = match kind {
            1 => {
                let run = generate::run(u)?;
                let sample = u.int_in_range(0..=1)?;
                let samples =
                    if u.ratio(15, 16)? { checksum_of_samples(&run, sample) } else { u.arbitrary()? };
                self.seen.sample = sample;
                let identity = if u.ratio(3, 4)? { self.seen.identity } else { u.arbitrary()? };
                let limits = generate::limits(u)?;
                Command::Configure { identity, limits, run, updates: u.ratio(3, 4)?, samples }
            }
            2 => {
                let (section, offset) = (generate::section(u)?, mostly(u, 0..=40)?);
                let len = u.int_in_range(0..=64)?;
                let valid = u.ratio(7, 8)?;
                for byte in &mut packed[..len] {
                    let any: u8 = u.arbitrary()?;
                    // Small values are valid labels, features and weights.
                    *byte = if valid { any % 2 } else { any };
                }
                if section == Section::Samples && valid {
                    packed[..len].fill(self.seen.sample);
                }
                RunCommand::Load { section, offset, bytes: &packed[..len] }.of(run)
            }
            3 => RunCommand::Start { generation: mostly(u, 0..=3)? }.of(run),
            4 | 5 => {
                let first = mostly(u, 0..=units.min(9))?;
                RunCommand::Evaluate {
                    generation,
                    first,
                    count: mostly(u, 0..=units.saturating_sub(first).min(9))?,
                }
                .of(run)
            }
            6..=9 => {
                let rate = mostly(u, 0..=100_000)?;
                if let (Some((of, first, count, len)), 6) = (self.seen.scores, kind) {
                    packed[..len].copy_from_slice(&self.seen.packed[..len]);
                    RunCommand::Apply { generation: of, rate, first, count, scores: &packed[..len] }.of(run)
                } else {
                    let first = if u.ratio(7, 8)? { self.seen.credited } else { mostly(u, 0..=9)? };
                    let left = units.saturating_sub(first).min(16);
                    let count = if u.ratio(3, 4)? { left } else { mostly(u, 0..=left)? };
                    let len = self.scores(u, count, packed)?;
                    RunCommand::Apply { generation, rate, first, count, scores: &packed[..len] }.of(run)
                }
            }
            10 => Command::Stats,
            11 => Command::Checksum,
            12 => {
                let left = self.seen.feed().saturating_sub(self.seen.fed);
                let offset = if u.ratio(7, 8)? { self.seen.fed } else { mostly(u, 0..=40)? };
                let len = if u.ratio(3, 4)? { left } else { mostly(u, 0..=left)? };
                let len = (len as usize).min(256);
                let tokens = self.seen.run.as_ref().map_or(1, |run| run.model.inputs.clamp(1, 127) as u8);
                let valid = u.ratio(15, 16)?;
                for byte in &mut packed[..len] {
                    let any: u8 = u.arbitrary()?;
                    *byte = if valid { any % tokens } else { any };
                }
                RunCommand::Feed { generation, offset, bytes: &packed[..len] }.of(run)
            }
            13 => {
                let from = generation.wrapping_sub(1);
                let has = self.seen.run.as_ref().and_then(|run| Program::new(&run.model).ok());
                let has = has.map_or(0, |program| program.parameters() as u32);
                let first = if u.ratio(3, 4)? { 0 } else { mostly(u, 0..=has)? };
                let end = if u.ratio(3, 4)? { has } else { mostly(u, 0..=has)? };
                let delta = generate::delta(u)?;
                let bits = &mut packed[..delta.bits.len()];
                bits.copy_from_slice(delta.bits);
                RunCommand::Follow { from, generation, first, end, delta: WeightDelta { bits, ..delta } }
                    .of(run)
            }
            14 => {
                RunCommand::Train { generation, count: mostly(u, 0..=5)?, pace: generate::pace(u)? }.of(run)
            }
            15 => Command::OwnTask,
            16 => RunCommand::Measure { trial: u.arbitrary()? }.of(run),
            _ => Command::Hello,
        };
        Ok(Request { id: u.arbitrary()?, command })
    }

    /// Packed scores of so many units, or any bytes.
    fn scores(&self, u: &mut Unstructured<'_>, count: u32, packed: &mut [u8; FRAME]) -> Result<usize> {
        if let Some(run) = self.seen.run.as_ref()
            && u.ratio(15, 16)?
            && count <= 16
            && let room = wire::payload_within(FRAME)
            && let Ok(mut packer) = Packer::new(run.estimator.shape(), count as usize, &mut packed[..room])
        {
            let shape = run.estimator.shape();
            for unit in 0..count as usize {
                if shape.skippable && u.arbitrary()? {
                    packer.skip();
                } else {
                    packer.keep();
                    // Of a guide's slots not all have members.
                    for _ in 0..shape.values_of(unit) {
                        packer.push(u.arbitrary()?);
                    }
                }
            }
            return Ok(packer.finish());
        }
        let any = generate::bytes(u, 60)?;
        packed[..any.len()].copy_from_slice(any);
        Ok(any.len())
    }
}

/// The checksum of a run's samples, or of the text that it holds, if each of their bytes is `sample`; of none
/// where they are too many to load.
fn checksum_of_samples(run: &Run, sample: u8) -> u32 {
    let record = run.model.inputs as usize + run.target_kind().len();
    let samples = (run.samples() as usize).saturating_mul(record);
    let len = run.held_tokens().map_or(samples, |tokens| tokens as usize);
    let bytes = [sample; 4096];
    wire::checksum_of(bytes.get(..len).unwrap_or_default())
}
