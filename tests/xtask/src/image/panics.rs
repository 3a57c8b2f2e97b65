//! Where an image can come to a panic: calls of functions that lead to its handler and nowhere else.

use super::code::{self, containing};
use addr2line::Loader;
use anyhow::{Context, Result, anyhow};
use object::read::elf::ElfFile32;
use object::{Object, ObjectSymbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A function that starts a panic belongs to one of these, or is the handler itself.
const MACHINERY: [&str; 2] = ["core::", "rust_begin_unwind"];

/// Every call of the panic machinery from outside it, as the places in the sources that were made one there, the
/// innermost first.
pub(super) fn panics(file: &ElfFile32<'_>, path: &Path) -> Result<Vec<String>> {
    let functions = code::read(file)?;
    let names: BTreeMap<u32, String> = file
        .symbols()
        .filter(|symbol| symbol.kind() == SymbolKind::Text && symbol.size() > 0)
        .filter_map(|symbol| {
            let name = format!("{:#}", rustc_demangle::demangle(symbol.name().ok()?));
            Some((symbol.address() as u32 & !1, name))
        })
        .collect();
    let named = |start: u32, part: &str| names.get(&start).is_some_and(|name| name.contains(part));
    let mut leading: BTreeSet<u32> =
        functions.keys().copied().filter(|&start| named(start, "rust_begin_unwind")).collect();
    // What calls the handler and belongs to the machinery leads there, and so on.
    loop {
        let more: Vec<u32> = functions
            .iter()
            .filter(|(start, _)| {
                !leading.contains(start) && MACHINERY.iter().any(|part| named(**start, part))
            })
            .filter(|(start, function)| {
                function.calls(**start).any(|(_, to)| leading.contains(&to)) && !named(**start, "eggroll")
            })
            .map(|(&start, _)| start)
            .collect();
        if more.is_empty() {
            break;
        }
        leading.extend(more);
    }
    let loader = Loader::new(path).map_err(|error| anyhow!("{error}")).context("no debug information")?;
    let mut found = Vec::new();
    for (&start, function) in functions.iter().filter(|(start, _)| !leading.contains(start)) {
        let calls = function.calls(start).filter(|(_, to)| {
            containing(&functions, *to).is_some_and(|(called, _)| leading.contains(&called))
        });
        for (at, to) in calls {
            let panic = names.get(&to).map_or("a panic", |name| name.as_str());
            found.push(format!("{panic}\n    at {}", places(&loader, at)?));
        }
    }
    Ok(found)
}

/// The lines that an instruction was made of, those of inlined functions first.
fn places(loader: &Loader, at: u32) -> Result<String> {
    let mut frames = loader.find_frames(u64::from(at)).map_err(|error| anyhow!("{error}"))?;
    let mut places = Vec::new();
    while let Some(frame) = frames.next().map_err(|error| anyhow!("{error}"))? {
        if let Some(location) = frame.location {
            places.push(format!("{}:{}", location.file.unwrap_or("?"), location.line.unwrap_or(0)));
        }
    }
    Ok(places.join("\n    in "))
}
