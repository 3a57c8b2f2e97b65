//! A bound on an image's stack, from its instructions.
//!
//! A function's frame is everything by which its instructions lower the stack pointer, added up. The calls
//! are its branches with a link, and those that leave it. A call through a register may reach any function
//! whose address lies as a word in the image (vectors aside). Functions that may call each other in a circle
//! count once each, all of them: **the bound assumes that none is on the stack twice**, which Rust without
//! recursion and without a task that polls itself keeps. On top of the program comes every interrupt handler,
//! once, with the core's own frame; but for those of faults, which begin with an empty stack.
//!
//! Not seen: a stack pointer that is lowered by a number not known at link time, which compiled Rust never
//! does.

use super::code;
use super::function::{Function, containing};
use anyhow::{Context, Result};
use object::elf::EF_ARM_ABI_FLOAT_HARD;
use object::read::elf::ElfFile32;
use object::{FileFlags, Object, ObjectSection, ObjectSymbol};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the core pushes before a handler runs, and aligns: without and with floating point registers.
const EXCEPTION: u64 = 36;
const EXCEPTION_WITH_FLOATS: u64 = 108;

/// Where riscv-rt and the start-up code of the ESP32 have all traps go.
const TRAPS: [&str; 2] = ["_start_trap", "_vector_table"];

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
    /// The deepest chain of calls without its handlers: the address and the frame of each function.
    pub(crate) chain: Vec<(u32, u64)>,
}

/// Bounds the stack of a linked program.
pub(super) fn bound(file: &ElfFile32<'_>) -> Result<Bound> {
    let functions = code::read(file)?;
    let Entries { reset, handlers, exception } = entries(file)?;
    let mut taken = taken(file, &functions)?;
    // What the vectors name is called by the core alone; a constant may have the same value.
    taken.retain(|start| *start != reset && !handlers.contains(start));

    let mut graph = DiGraph::<u32, ()>::new();
    let nodes: HashMap<u32, NodeIndex> =
        functions.keys().map(|&start| (start, graph.add_node(start))).collect();
    for (start, function) in &functions {
        let indirect = taken.iter().filter(|_| function.indirect > 0);
        let direct = function.calls(*start).map(|(_, to)| to);
        for called in direct.chain(indirect.copied()) {
            if let Some((called, _)) = containing(&functions, called) {
                graph.add_edge(nodes[start], nodes[&called], ());
            }
        }
    }
    let mut deep: HashMap<NodeIndex, u64> = HashMap::new();
    // What each function calls at its deepest.
    let mut next: HashMap<NodeIndex, NodeIndex> = HashMap::new();
    let mut circular = 0;
    // Callees come before their callers.
    for circle in petgraph::algo::tarjan_scc(&graph) {
        let itself = circle.iter().any(|&node| graph.contains_edge(node, node));
        circular += if circle.len() > 1 || itself { circle.len() } else { 0 };
        let own: u64 = circle.iter().map(|&node| functions[&graph[node]].frame).sum();
        let below = circle.iter().flat_map(|&node| graph.neighbors(node));
        let deepest = below.filter_map(|node| Some((*deep.get(&node)?, node))).max();
        let below = deepest.map_or(0, |(bytes, _)| bytes);
        deep.extend(circle.iter().map(|&node| (node, own + below)));
        next.extend(deepest.into_iter().flat_map(|(_, to)| circle.iter().map(move |&node| (node, to))));
    }
    let depth = |address: u32| containing(&functions, address).map_or(0, |(start, _)| deep[&nodes[&start]]);
    let empties = |at: u32| containing(&functions, at).is_some_and(|(_, function)| function.empties_stack);
    let handlers: u64 =
        handlers.iter().filter(|&&at| !empties(at)).map(|&handler| depth(handler) + exception).sum();
    let indirect = functions.values().map(|function| function.indirect).sum();
    let start = containing(&functions, reset).map(|(start, _)| nodes[&start]);
    let chain = std::iter::successors(start, |node| next.get(node).copied());
    let chain = chain.map(|node| (graph[node], functions[&graph[node]].frame)).collect();
    Ok(Bound { bytes: depth(reset) + handlers, handlers, indirect, circular, chain })
}

/// Where the core enters a program.
struct Entries {
    reset: u32,
    handlers: BTreeSet<u32>,
    /// What it pushes before a handler runs.
    exception: u64,
}

fn entries(file: &ElfFile32<'_>) -> Result<Entries> {
    if code::is_risc_v(file) {
        // Every interrupt and exception goes to one place; what it saves are instructions of its own.
        let traps = file.symbols().filter(|symbol| symbol.name().is_ok_and(|name| TRAPS.contains(&name)));
        let handlers: BTreeSet<u32> = traps.map(|symbol| symbol.address() as u32).collect();
        return Ok(Entries { reset: file.entry() as u32, handlers, exception: 0 });
    }
    let vectors = file.section_by_name(".vector_table").context("the image has no vectors")?;
    let entries: Vec<u32> = words(vectors.data()?).map(|word| word & !1).collect();
    let handlers = entries.iter().skip(2).copied().filter(|&entry| entry != 0).collect();
    let flags = file.flags();
    let floats = matches!(flags, FileFlags::Elf { e_flags, .. } if e_flags & EF_ARM_ABI_FLOAT_HARD != 0);
    let exception = if floats { EXCEPTION_WITH_FLOATS } else { EXCEPTION };
    Ok(Entries { reset: entries.get(1).copied().unwrap_or_default(), handlers, exception })
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}

/// Functions whose address is a word in the image, or is put together by its instructions.
fn taken(file: &ElfFile32<'_>, functions: &BTreeMap<u32, Function>) -> Result<BTreeSet<u32>> {
    let mut taken = BTreeSet::new();
    if code::is_risc_v(file) {
        taken = code::words(file)?;
        let numbers = functions.values().flat_map(|function| &function.numbers);
        taken.extend(numbers.filter(|(_, count)| **count > 0).map(|(number, _)| number));
        taken.retain(|target| functions.contains_key(target));
        return Ok(taken);
    }
    // What the linker's ways between flash and RAM go to is called by name.
    let detours: BTreeSet<u32> = functions.values().filter_map(|function| function.detour).collect();
    let places = [".text", ".hot", ".rodata", ".data"];
    for section in file.sections().filter(|section| places.contains(&section.name().unwrap_or(""))) {
        let places = (section.address() as u32..).step_by(4);
        let found =
            places.zip(words(section.data()?)).filter(|(at, word)| word & 1 == 1 && !detours.contains(at));
        taken.extend(found.map(|(_, word)| word & !1).filter(|target| functions.contains_key(target)));
    }
    Ok(taken)
}
