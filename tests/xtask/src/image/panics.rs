//! Where an image can come to a panic: calls of functions that lead to its handler and nowhere else.

use super::code;
use super::function::containing;
use crate::process;
use addr2line::Loader;
use anyhow::{Context, Result, anyhow};
use object::read::elf::ElfFile32;
use object::{Object, ObjectSymbol, SymbolKind};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;

/// A function that starts a panic belongs to one of these, or is the handler itself.
const MACHINERY: [&str; 2] = ["core::", "rust_begin_unwind"];

/// The package of the firmware.
pub(crate) const FIRMWARE: &str = "firmware";

/// A call of the panic machinery.
pub(crate) struct Panic {
    /// What is called.
    function: String,
    /// The lines that the call was made of, those of inlined functions first.
    places: Vec<String>,
}

impl Panic {
    /// Which package it belongs to: the innermost that is no part of Rust.
    pub(crate) fn package(&self) -> String {
        let mut all = self.places.iter().filter_map(|place| Some((package(place)?, place.ends_with(":0"))));
        let innermost = all.clone().next();
        // Line 0: instructions that several places share, which says little of where they are.
        let told = all.find(|(_, is_shared)| !is_shared);
        let found = match told {
            // What it was inlined into is not where it is.
            Some((name, _)) if name == FIRMWARE => innermost,
            told => told,
        };
        found.map_or_else(|| "generated".to_owned(), |(name, _)| name)
    }
}

/// The package that a line is in, unless that is a part of Rust.
fn package(place: &str) -> Option<String> {
    let path = Path::new(place.split_once(".rs:")?.0);
    let names: Vec<_> = path.iter().map(|name| name.to_string_lossy()).collect();
    // Cargo keeps the sources of packages in registry/src/INDEX/PACKAGE.
    let fetched = names.windows(4).find(|part| part[0] == "registry" && part[1] == "src");
    let root = process::root().to_string_lossy();
    let ours = place.strip_prefix(&*root).and_then(|rest| rest.split_once("/src/"));
    let ours = ours.map(|(folder, _)| folder.trim_start_matches('/').to_owned());
    fetched.map(|part| part[3].to_string()).or(ours)
}

impl fmt::Display for Panic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}\n    at {}", self.function, self.places.join("\n    in "))
    }
}

/// Every call of the panic machinery from outside it.
pub(super) fn panics(file: &ElfFile32<'_>, path: &Path) -> Result<Vec<Panic>> {
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
            let function = names.get(&to).cloned().unwrap_or_default();
            found.push(Panic { function, places: places(&loader, at)? });
        }
    }
    Ok(found)
}

/// The lines that an instruction was made of, those of inlined functions first.
fn places(loader: &Loader, at: u32) -> Result<Vec<String>> {
    let mut frames = loader.find_frames(u64::from(at)).map_err(|error| anyhow!("{error}"))?;
    let mut places = Vec::new();
    while let Some(frame) = frames.next().map_err(|error| anyhow!("{error}"))? {
        if let Some(location) = frame.location {
            places.push(format!("{}:{}", location.file.unwrap_or("?"), location.line.unwrap_or(0)));
        }
    }
    Ok(places)
}
