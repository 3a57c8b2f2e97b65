use super::output::write_all;
use crate::progress::Progress;
use crate::train::State;
use crate::wire::{WORKING, encode};
use embedded_io::Write;

/// Room for the frame of a reply without fields.
const ROOM: usize = 24;

/// Says that a request is being worked on, each time that much work is done.
pub(super) struct Alive<'o, W> {
    out: &'o mut W,
    id: u32,
    every: u32,
    /// Products until the next word.
    left: u32,
}

impl<'o, W: Write> Alive<'o, W> {
    pub(super) const fn new(out: &'o mut W, id: u32, every: u32) -> Self {
        Self { out, id, every, left: every }
    }
}

impl<W: Write> Progress for Alive<'_, W> {
    #[inline]
    fn computed(&mut self, products: u32) {
        match self.left.checked_sub(products) {
            Some(left) => self.left = left,
            None => {
                self.left = self.every;
                self.say();
            }
        }
    }
}

impl<W: Write> Alive<'_, W> {
    /// Where the link fails, the answer fails, too, and that is when somebody can do something about it.
    #[inline(never)]
    fn say(&mut self) {
        let mut room = [0; ROOM];
        // As a reply it would take the stack of the largest one.
        let working = (self.id, None::<State>, WORKING);
        if let Ok(frame) = encode(&working, &mut room)
            && write_all(self.out, frame).is_ok()
        {
            let _ = self.out.flush();
        }
    }
}
