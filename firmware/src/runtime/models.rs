//! What a board does with the model that it keeps.

use crate::Error;
use crate::deploy::{self, ModelStore, Pass};
use crate::model::Program;

/// Bytes of a raw value.
const RAW: usize = size_of::<i32>();

/// How much of a row of raw values has come. Its features lie where passes work, as long as nothing else
/// does.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) number: u32,
    pub(super) filled: usize,
}

/// Takes the next bytes of a model, which is kept once it is whole and one that this firmware can run in
/// this memory.
#[inline(never)]
pub(super) fn take(
    store: &mut impl ModelStore,
    (offset, bytes): (u32, &[u8]),
    memory: &[u64],
) -> Result<(), Error> {
    let Some(whole) = store.write(offset, bytes)? else { return Ok(()) };
    deploy::check(whole, memory)?;
    store.commit()
}

/// Bytes of the model from an offset on, as many as are asked for and fit `room`.
pub(super) fn read(
    store: &impl ModelStore,
    previous: bool,
    (offset, length): (u32, u32),
    room: usize,
) -> Result<&[u8], Error> {
    let model = if previous { store.previous() } else { store.model() }.ok_or(Error::NoModel)?;
    let (end, has) = (u64::from(offset), model.len() as u64);
    let rest = model.get(offset as usize..).ok_or(Error::OutOfRange { end, has })?;
    let length = rest.len().min(length as usize).min(room);
    Ok(rest.get(..length).unwrap_or_default())
}

/// Puts samples from a place on into `room`, as many whole ones as fit. Returns their bytes.
#[inline(never)]
pub(super) fn samples(store: &impl ModelStore, first: u32, room: &mut [u8]) -> Result<usize, Error> {
    let (mut len, mut place) = (0, first);
    while let Some(sample) = store.sample(place) {
        let free = room.get_mut(len..).and_then(|rest| rest.get_mut(..sample.len()));
        let Some(free) = free else { break };
        crate::slice_ext::copy(free, sample);
        (len, place) = (len + sample.len(), place + 1);
    }
    let needs = store.sample(first).map_or(0, <[u8]>::len);
    if len == 0 && needs > 0 {
        return Err(Error::FrameTooSmall { needs: needs as u32, has: room.len() as u32 });
    }
    Ok(len)
}

impl Row {
    /// Takes values from that at `first` on. Returns whether the row is complete.
    #[inline(never)]
    pub(super) fn set(
        &mut self,
        store: &impl ModelStore,
        memory: &mut [u64],
        number: u32,
        (first, raws): (u32, &[u8]),
    ) -> Result<bool, Error> {
        let mut program = Program::default();
        let beside = deploy::read(store.model().ok_or(Error::NoModel)?, &mut program)?;
        let mut pass = Pass::new(&program, beside, memory)?;
        let (first, inputs) = (first as usize, program.inputs());
        // A late repeat of another row's values begins that row again, and the values that follow of this one
        // find none before them.
        let filled = if number == self.number { self.filled } else { 0 };
        if first > filled {
            return Err(Error::Gap { have: (RAW * filled) as u32 });
        }
        let (values, rest) = raws.as_chunks::<RAW>();
        let end = first.saturating_add(values.len());
        if !rest.is_empty() {
            return Err(Error::Inputs { needs: inputs as u32, has: end as u32 });
        }
        pass.set(first, values.iter().map(|&raw| i32::from_le_bytes(raw)))?;
        (self.number, self.filled) = (number, end);
        Ok(end == inputs)
    }

    /// Runs the model on a complete row, and puts its outputs into `room`. Returns how many there are.
    #[inline(never)]
    pub(super) fn run(
        &mut self,
        store: &impl ModelStore,
        memory: &mut [u64],
        room: &mut [u8],
    ) -> Result<usize, Error> {
        let mut program = Program::default();
        let beside = deploy::read(store.model().ok_or(Error::NoModel)?, &mut program)?;
        let mut pass = Pass::new(&program, beside, memory)?;
        let (_, outputs) = pass.run();
        let (needs, has) = (outputs.len() as u32, room.len() as u32);
        let room = room.get_mut(..outputs.len()).ok_or(Error::FrameTooSmall { needs, has })?;
        room.iter_mut().zip(outputs).for_each(|(byte, output)| *byte = output.to_le_bytes()[0]);
        Ok(outputs.len())
    }
}
