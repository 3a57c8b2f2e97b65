//! A bound on an image's stack, from its instructions.
//!
//! A function's frame is everything by which its instructions lower the stack pointer, added up. The calls
//! are its branches with a link, and those that leave it. A call through a register may reach any function
//! whose address lies as a word in the image (vectors aside). Functions that may call each other in a circle
//! count once each, all of them: **the bound assumes that none is on the stack twice**, which Rust without
//! recursion and without a task that polls itself keeps. On top of the program comes every interrupt handler,
//! once, with the core's own frame. RISC-V has one handler for all of them, which none interrupts.
//!
//! Not seen: a stack pointer that is lowered by a number not known at link time, which compiled Rust never
//! does.

use super::code::{self, Function, containing};
use super::symbol;
use anyhow::{Context, Result};
use object::elf::EF_ARM_ABI_FLOAT_HARD;
use object::read::elf::ElfFile32;
use object::{Architecture, FileFlags, Object, ObjectSection};
use petgraph::graph::{DiGraph, NodeIndex};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// What the core pushes before a handler runs, and aligns: without and with floating point registers.
const EXCEPTION: u64 = 36;
const EXCEPTION_WITH_FLOATS: u64 = 108;
/// What riscv-rt saves: sixteen registers.
const EXCEPTION_ON_RISC_V: u64 = 64;

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
    let entries = entries(file)?;
    let mut taken = taken(file, &functions)?;
    // What the vectors name is called by the core alone; a constant may have the same value.
    taken.retain(|start| !entries.contains(start));

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
    let reset = entries.get(1).copied().unwrap_or_default();
    let handlers: BTreeSet<u32> = entries.iter().skip(2).copied().filter(|&entry| entry != 0).collect();
    let flags = file.flags();
    let floats = matches!(flags, FileFlags::Elf { e_flags, .. } if e_flags & EF_ARM_ABI_FLOAT_HARD != 0);
    let exception = match file.architecture() {
        Architecture::Riscv32 => EXCEPTION_ON_RISC_V,
        _ if floats => EXCEPTION_WITH_FLOATS,
        _ => EXCEPTION,
    };
    let handlers = handlers.iter().map(|&handler| depth(handler) + exception).sum();
    let indirect = functions.values().map(|function| function.indirect).sum();
    let start = containing(&functions, reset).map(|(start, _)| nodes[&start]);
    let chain = std::iter::successors(start, |node| next.get(node).copied());
    let chain = chain.map(|node| (graph[node], functions[&graph[node]].frame)).collect();
    Ok(Bound { bytes: depth(reset) + handlers, handlers, indirect, circular, chain })
}

/// Where the core enters the program: nowhere, at the reset, and at each handler.
fn entries(file: &ElfFile32<'_>) -> Result<Vec<u32>> {
    if file.architecture() != Architecture::Riscv32 {
        let vectors = file.section_by_name(".vector_table").context("the image has no vectors")?;
        return Ok(words(vectors.data()?).map(|word| word & !1).collect());
    }
    // Before `main` is assembly without a stack, and before the handler that which saves registers.
    let [main, trap] = ["main", "_start_trap_rust"].map(|name| symbol(file, name));
    Ok(vec![0, main? as u32, trap? as u32])
}

fn words(bytes: &[u8]) -> impl Iterator<Item = u32> + '_ {
    bytes.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word))
}

/// Functions whose address is a word in the image, or put together by instructions.
fn taken(file: &ElfFile32<'_>, functions: &BTreeMap<u32, Function>) -> Result<BTreeSet<u32>> {
    let is_taken = |address: &u32| functions.contains_key(address);
    let formed = functions.values().flat_map(|function| function.formed.iter().copied());
    let mut taken: BTreeSet<u32> = formed.filter(is_taken).collect();
    // The lowest bit says Thumb.
    let mark = u32::from(file.architecture() != Architecture::Riscv32);
    for section in file.sections().filter(|s| [".text", ".rodata", ".data"].contains(&s.name().unwrap_or("")))
    {
        let targets = words(section.data()?).filter(|word| word & 1 == mark).map(|word| word & !1);
        taken.extend(targets.filter(is_taken));
    }
    Ok(taken)
}
