//! A bound on an image's stack, from its instructions.
//!
//! A function's frame is everything by which its instructions lower the stack pointer, added up. The calls are its
//! branches with a link, and those that leave it. A call through a register may reach any function whose address lies
//! as a word in the image (vectors aside). Functions that may call each other in a circle count once each, all of
//! them: **the bound assumes that none is on the stack twice**, which Rust without recursion and without a task that
//! polls itself keeps. On top of the program comes every interrupt handler, once, with the core's own frame.
//!
//! Not seen: a stack pointer that is lowered by a number not known at link time, which compiled Rust never does.

use anyhow::{Context, Result};
use object::elf::EF_ARM_ABI_FLOAT_HARD;
use object::read::elf::ElfFile32;
use object::{FileFlags, Object, ObjectSection, ObjectSymbol, SymbolKind};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the core pushes before a handler runs, and aligns: without and with floating point registers.
const EXCEPTION: u64 = 36;
const EXCEPTION_WITH_FLOATS: u64 = 108;

/// A bound, and what it rests on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Bound {
    /// Bytes at most.
    pub(crate) bytes: u64,
    /// Bytes of them for interrupt handlers.
    pub(crate) handlers: u64,
    /// Calls through a register.
    pub(crate) indirect: usize,
    /// Functions that could call themselves, by way of others.
    pub(crate) circular: usize,
}

#[derive(Debug, Default)]
struct Function {
    end: u32,
    frame: u64,
    /// Branches with a link.
    linked: BTreeSet<u32>,
    /// Branches without: jumps within, and calls in the last place.
    jumps: BTreeSet<u32>,
    indirect: usize,
}

/// Bounds the stack of a linked program.
pub(super) fn bound(file: &ElfFile32<'_>) -> Result<Bound> {
    let text = file.section_by_name(".text").context("the image has no .text")?;
    let code = Code { base: text.address() as u32, bytes: text.data()? };
    let mut functions = functions(file);
    let data = data_ranges(file);
    for (&start, function) in &mut functions {
        code.read(start, function, &data);
    }
    let vectors = file.section_by_name(".vector_table").context("the image has no vectors")?;
    let taken = taken(file, &functions)?;

    let mut graph = DiGraph::<u32, ()>::new();
    let nodes: HashMap<u32, NodeIndex> =
        functions.keys().map(|&start| (start, graph.add_node(start))).collect();
    for (start, function) in &functions {
        let indirect = taken.iter().filter(|_| function.indirect > 0);
        let outward = function.jumps.iter().filter(|target| !(*start..function.end).contains(*target));
        // A link into the middle of the same function is a far jump of the M0.
        let linked = function.linked.iter().filter(|target| !(*start + 1..function.end).contains(*target));
        for called in linked.chain(outward).chain(indirect) {
            // A branch may enter a function behind its first instruction.
            if let Some((called, _)) = containing(&functions, *called) {
                graph.add_edge(nodes[start], nodes[&called], ());
            }
        }
    }
    let mut deep: HashMap<NodeIndex, u64> = HashMap::new();
    let mut circular = 0;
    // Callees come before their callers.
    for circle in petgraph::algo::tarjan_scc(&graph) {
        let itself = circle.iter().any(|&node| graph.contains_edge(node, node));
        circular += if circle.len() > 1 || itself { circle.len() } else { 0 };
        let own: u64 = circle.iter().map(|&node| functions[&graph[node]].frame).sum();
        let below = circle.iter().flat_map(|&node| graph.neighbors(node));
        let below = below.filter_map(|node| deep.get(&node)).max().copied().unwrap_or(0);
        deep.extend(circle.iter().map(|&node| (node, own + below)));
    }
    let depth = |address: u32| containing(&functions, address).map_or(0, |(start, _)| deep[&nodes[&start]]);
    let entries: Vec<u32> = words(vectors.data()?).map(|word| word & !1).collect();
    let reset = entries.get(1).copied().unwrap_or_default();
    let handlers: BTreeSet<u32> = entries.iter().skip(2).copied().filter(|&entry| entry != 0).collect();
    let flags = file.flags();
    let floats = matches!(flags, FileFlags::Elf { e_flags, .. } if e_flags & EF_ARM_ABI_FLOAT_HARD != 0);
    let exception = if floats { EXCEPTION_WITH_FLOATS } else { EXCEPTION };
    let handlers = handlers.iter().map(|&handler| depth(handler) + exception).sum();
    let indirect = functions.values().map(|function| function.indirect).sum();
    Ok(Bound { bytes: depth(reset) + handlers, handlers, indirect, circular })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}

fn containing(functions: &BTreeMap<u32, Function>, address: u32) -> Option<(u32, &Function)> {
    let (&start, function) = functions.range(..=address).next_back()?;
    (address < function.end).then_some((start, function))
}

/// The functions by their first address.
fn functions(file: &ElfFile32<'_>) -> BTreeMap<u32, Function> {
    let mut functions: BTreeMap<u32, Function> = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        let start = symbol.address() as u32 & !1;
        let function = functions.entry(start).or_default();
        function.end = function.end.max(start + symbol.size() as u32);
    }
    functions
}

/// Where data lies between instructions, by the linker's mapping symbols: whether code follows each address.
fn data_ranges(file: &ElfFile32<'_>) -> BTreeMap<u32, bool> {
    let marks = file.symbols().filter_map(|symbol| {
        let code = match symbol.name().ok()?.split('.').next()? {
            "$t" => true,
            "$d" => false,
            _ => return None,
        };
        Some((symbol.address() as u32, code))
    });
    marks.collect()
}

/// Functions whose address is a word in the image.
fn taken(file: &ElfFile32<'_>, functions: &BTreeMap<u32, Function>) -> Result<BTreeSet<u32>> {
    let mut taken = BTreeSet::new();
    for section in file.sections().filter(|s| [".text", ".rodata", ".data"].contains(&s.name().unwrap_or("")))
    {
        let targets = words(section.data()?).filter(|word| word & 1 == 1).map(|word| word & !1);
        taken.extend(targets.filter(|target| functions.contains_key(target)));
    }
    Ok(taken)
}

/// Instructions.
struct Code<'a> {
    base: u32,
    bytes: &'a [u8],
}

impl Code<'_> {
    fn half(&self, address: u32) -> Option<u32> {
        let at = address.checked_sub(self.base)? as usize;
        Some(u32::from(u16::from_le_bytes(self.bytes.get(at..at + 2)?.try_into().ok()?)))
    }

    fn word(&self, address: u32) -> Option<u32> {
        Some(self.half(address)? | self.half(address + 2)? << 16)
    }

    /// Adds up what a function does to the stack, and whom it calls.
    fn read(&self, start: u32, function: &mut Function, data: &BTreeMap<u32, bool>) {
        let mut at = start;
        // The constants that registers were loaded with, for frames too large for an immediate.
        let mut constants = [None; 8];
        while at < function.end {
            if let Some((_, false)) = data.range(..=at).next_back() {
                at += 2;
                continue;
            }
            let Some(first) = self.half(at) else { return };
            if first < 0xe800 {
                self.short(at, first, function, &mut constants);
                at += 2;
            } else {
                let Some(second) = self.half(at + 2) else { return };
                long(at, first, second, function);
                at += 4;
            }
        }
    }

    /// A 16-bit instruction.
    fn short(&self, at: u32, code: u32, function: &mut Function, constants: &mut [Option<u32>; 8]) {
        let next = at + 4;
        let target = match code >> 8 {
            // push
            0xb4 | 0xb5 => return function.frame += 4 * u64::from((code & 0x1ff).count_ones()),
            // sub sp, #imm
            0xb0 if code & 0x80 != 0 => return function.frame += 4 * u64::from(code & 0x7f),
            // add sp, r: a negative constant
            0x44 if code & 0x87 == 0x85 => {
                let register = (code >> 3 & 0xf) as usize;
                let constant = constants.get(register).copied().flatten().unwrap_or(0) as i32;
                return function.frame += u64::from((-i64::from(constant)).max(0) as u32);
            }
            // blx r
            0x47 if code & 0x80 != 0 => return function.indirect += 1,
            // bx r, but for lr
            0x47 if code >> 3 & 0xf != 14 => return function.indirect += 1,
            // ldr r, [pc, #imm]
            0x48..=0x4f => {
                let place = (next & !3) + 4 * (code & 0xff);
                return constants[(code >> 8 & 7) as usize] = self.word(place);
            }
            // b on a condition
            0xd0..=0xdd => next.wrapping_add_signed(((code & 0xff) as i8 as i32) << 1),
            // b
            0xe0..=0xe7 => next.wrapping_add_signed((code << 21) as i32 >> 20),
            _ => return,
        };
        function.jumps.insert(target);
    }
}

/// A 32-bit instruction.
fn long(at: u32, first: u32, second: u32, function: &mut Function) {
    let next = at + 4;
    match (first, second >> 14) {
        // push.w (stmdb sp!), str r, [sp, #-imm]!, vpush
        (0xe92d, _) => function.frame += 4 * u64::from(second.count_ones()),
        (0xf84d, _) if second & 0xf00 == 0xd00 => function.frame += u64::from(second & 0xff),
        (0xed2d, _) => function.frame += 4 * u64::from(second & 0xff),
        // sub.w sp, sp, #imm as it is, and as a shifted byte
        (0xf2ad | 0xf6ad, _) if second & 0x8f00 == 0x0d00 => {
            function.frame += u64::from((first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff);
        }
        (0xf1ad | 0xf5ad, _) if second & 0x8f00 == 0x0d00 => {
            let code = (first >> 10 & 1) << 11 | (second >> 12 & 7) << 8 | second & 0xff;
            function.frame += u64::from(expanded(code));
        }
        // bl, b.w
        (0xf000..=0xf7ff, 2 | 3) if second & 0x1000 != 0 => {
            let sign = first >> 10 & 1;
            let [i1, i2] = [second >> 13 & 1, second >> 11 & 1].map(|j| (j ^ sign) ^ 1);
            let offset = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3ff) << 12 | (second & 0x7ff) << 1;
            let target = next.wrapping_add_signed((offset << 7) as i32 >> 7);
            if second & 0x4000 != 0 {
                function.linked.insert(target)
            } else {
                function.jumps.insert(target)
            };
        }
        _ => {}
    }
}

/// An immediate of Thumb-2: a byte, repeated or rotated.
fn expanded(code: u32) -> u32 {
    let byte = code & 0xff;
    match code >> 8 {
        0 => byte,
        1 => byte << 16 | byte,
        2 => byte << 24 | byte << 8,
        3 => byte * 0x0101_0101,
        _ => (0x80 | code & 0x7f).rotate_right(code >> 7),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(halves: &[u16]) -> Function {
        let bytes: Vec<u8> = halves.iter().flat_map(|half| half.to_le_bytes()).collect();
        let mut function = Function { end: 0x100 + bytes.len() as u32, ..Function::default() };
        Code { base: 0x100, bytes: &bytes }.read(0x100, &mut function, &BTreeMap::new());
        function
    }

    #[test]
    fn frames_of_both_instruction_sets() {
        // push {r4, r5, r6, r7, lr}; sub sp, #508; pop {r4, r5, r6, r7, pc}
        assert_eq!(read(&[0xb5f0, 0xb0ff, 0xbdf0]).frame, 20 + 508);
        // ldr r7, [pc, #0]; add sp, r7; .word -2280
        assert_eq!(read(&[0x4f00, 0x44bd, 0xf718, 0xffff]).frame, 2280);
        // stmdb sp!, {r8, r9, r11}; sub.w sp, sp, #1024; subw sp, sp, #2060; vpush {d8-d9}
        let wide = [0xe92d, 0x0b00, 0xf5ad, 0x6d80, 0xf6ad, 0x0d0c, 0xed2d, 0x8b04];
        assert_eq!(read(&wide).frame, 12 + 1024 + 2060 + 16);
    }

    #[test]
    fn calls() {
        // bl back to 0x100 - 4; b.w on to 0x108 + 0x200; blx r3; bx lr
        let function = read(&[0xf7ff, 0xfffc, 0xf000, 0xb8fe, 0x4798, 0x4770]);
        assert_eq!(function.linked, BTreeSet::from([0x0fc]));
        assert_eq!(function.jumps, BTreeSet::from([0x304]));
        assert_eq!(function.indirect, 1);
    }
}
