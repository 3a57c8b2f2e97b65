//! What is known of a function of an image.

use std::collections::BTreeMap;

/// A function.
#[derive(Debug, Default)]
pub(super) struct Function {
    /// Behind its last byte.
    pub(super) end: u32,
    /// Whether no symbol tells its size.
    pub(super) is_unsized: bool,
    /// Bytes of stack.
    pub(super) frame: u64,
    /// Branches with a link: from where to where.
    pub(super) linked: BTreeMap<u32, u32>,
    /// Branches without: jumps within, and calls in the last place.
    pub(super) jumps: BTreeMap<u32, u32>,
    /// Calls through a register.
    pub(super) indirect: usize,
    /// Where the address lies that it goes on to, if it is the linker's way between flash and RAM.
    pub(super) detour: Option<u32>,
    /// Whether it begins with an empty stack, and never returns to what was on it.
    pub(super) empties_stack: bool,
    /// Numbers that instructions put together for something else than a jump, and how often: addresses of
    /// functions are among them.
    pub(super) numbers: BTreeMap<u32, usize>,
}

impl Function {
    /// Its calls of others, whose first instruction is at `start`: from where to where.
    pub(super) fn calls(&self, start: u32) -> impl Iterator<Item = (u32, u32)> + '_ {
        let outward = self.jumps.iter().filter(move |&(_, to)| !(start..self.end).contains(to));
        // A link into the middle of the same function is a far jump of the M0.
        let linked = self.linked.iter().filter(move |&(_, to)| !(start + 1..self.end).contains(to));
        linked.chain(outward).map(|(&from, &to)| (from, to))
    }
}

/// The function that holds an address: a branch may enter one behind its first instruction.
pub(super) fn containing(functions: &BTreeMap<u32, Function>, address: u32) -> Option<(u32, &Function)> {
    let (&start, function) = functions.range(..=address).next_back()?;
    (address < function.end).then_some((start, function))
}
