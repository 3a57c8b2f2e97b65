//! The functions of an image, and what their instructions do to the stack and call.

use super::bytes::Code;
use super::function::Function;
use super::{risc_v, thumb};
use anyhow::{Context, Result};
use object::read::elf::ElfFile32;
use object::{Architecture, Object, ObjectSection, ObjectSymbol, SectionKind, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};

/// Whether a program is one for RISC-V.
pub(super) fn is_risc_v(file: &ElfFile32<'_>) -> bool {
    file.architecture() == Architecture::Riscv32
}

/// The functions of a linked program by their first address, with their instructions read.
pub(super) fn read(file: &ElfFile32<'_>) -> Result<BTreeMap<u32, Function>> {
    file.section_by_name(".text").context("the image has no .text")?;
    // Some run from RAM, and are in other sections.
    let mut pieces = Vec::new();
    for section in file.sections().filter(|section| section.size() > 0) {
        if matches!(section.kind(), SectionKind::Text | SectionKind::Data) {
            pieces.push(Code { base: section.address() as u32, bytes: section.data()? });
        }
    }
    let mut functions = functions(file);
    let data = data_ranges(file);
    let tables = if is_risc_v(file) { words(file)? } else { BTreeSet::new() };
    for (&start, function) in &mut functions {
        let Some(&code) = pieces.iter().find(|piece| piece.holds(start)) else { continue };
        if is_risc_v(file) {
            // What is written in assembly may go on into what has another name.
            if risc_v::read(code, start, function, &tables) && function.is_unsized {
                function.jumps.insert(function.end - 2, function.end);
            }
        } else {
            thumb::read(code, start, function, &data);
        }
    }
    Ok(functions)
}

/// The functions by their first address.
fn functions(file: &ElfFile32<'_>) -> BTreeMap<u32, Function> {
    let mut functions: BTreeMap<u32, Function> = BTreeMap::new();
    for symbol in file.symbols().filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0) {
        let start = symbol.address() as u32 & !1;
        let function = functions.entry(start).or_default();
        function.end = function.end.max(start + symbol.size() as u32);
    }
    if is_risc_v(file) {
        unsized_functions(file, &mut functions);
    }
    functions
}

/// Adds the functions of start-up code in assembly, whose symbols tell no size: up to where the next begins.
fn unsized_functions(file: &ElfFile32<'_>, functions: &mut BTreeMap<u32, Function>) {
    for section in file.sections().filter(|section| section.kind() == SectionKind::Text) {
        let (first, end) = (section.address() as u32, (section.address() + section.size()) as u32);
        let mut starts: BTreeSet<u32> = file
            .symbols()
            .filter(|symbol| symbol.section_index() == Some(section.index()) && symbol.size() == 0)
            .filter(|symbol| symbol.name().is_ok_and(|name| !name.starts_with(['$', '.'])))
            .map(|symbol| symbol.address() as u32)
            .filter(|at| (first..end).contains(at))
            .collect();
        starts.retain(|at| functions.range(..=*at).next_back().is_none_or(|(_, known)| known.end <= *at));
        for &start in &starts {
            let next = starts.range(start + 1..).next().copied().unwrap_or(end);
            let next = functions.range(start + 1..).next().map_or(next, |(&known, _)| next.min(known));
            functions.insert(start, Function { end: next, is_unsized: true, ..Function::default() });
        }
    }
}

/// The words of an image's constants.
pub(super) fn words(file: &ElfFile32<'_>) -> Result<BTreeSet<u32>> {
    let mut found = BTreeSet::new();
    for section in file.sections().filter(|section| section.size() > 0) {
        if matches!(section.kind(), SectionKind::ReadOnlyData | SectionKind::Data) {
            found.extend(section.data()?.as_chunks::<4>().0.iter().map(|word| u32::from_le_bytes(*word)));
        }
    }
    Ok(found)
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
