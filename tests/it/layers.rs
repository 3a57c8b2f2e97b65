//! Layers of modules: within a crate no two files know each other, and the modules of the firmware know only
//! those above them in the table of its `lib.rs`.
//!
//! A file knows another where it names something of it by a path that begins with `crate`, `super` or `self`.
//! A name that another module hands on (`pub use`) is followed to the file that has it. Tests inside files do
//! not count.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

type Module = Vec<String>;

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The text of every file of a crate, by its module.
fn files(folder: &Path) -> BTreeMap<Module, String> {
    let mut found = BTreeMap::new();
    let mut folders = vec![(folder.to_owned(), Module::new())];
    while let Some((folder, module)) = folders.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let path = entry.path();
            let name = path.file_stem().unwrap().to_string_lossy().into_owned();
            let own = [module.clone(), vec![name.clone()]].concat();
            if path.is_dir() {
                folders.push((path, own));
            } else if path.extension().is_some_and(|ending| ending == "rs") && !name.ends_with("tests") {
                let is_facade = ["lib", "main", "mod"].contains(&name.as_str());
                let text = without_tests(&std::fs::read_to_string(&path).unwrap());
                found.insert(if is_facade { module.clone() } else { own }, text);
            }
        }
    }
    found
}

/// Code without comments and without the tests at its end.
fn without_tests(text: &str) -> String {
    let end = text.find("mod tests {").unwrap_or(text.len());
    let code = text[..end].lines().map(|line| line.split("//").next().unwrap_or_default());
    code.collect::<Vec<_>>().join("\n")
}

/// The paths of a use tree such as `super::{a, b::{C, D}}`, each in its parts.
fn flatten(tree: &str, before: &[String], into: &mut Vec<Module>) {
    let tree = tree.trim();
    if let Some(inner) = tree.strip_prefix('{') {
        let (mut depth, mut start) = (0, 0);
        let inner = inner.trim_end().trim_end_matches('}');
        for (at, sign) in inner.char_indices() {
            match sign {
                '{' => depth += 1,
                '}' => depth -= 1,
                ',' if depth == 0 => {
                    flatten(&inner[start..at], before, into);
                    start = at + 1;
                }
                _ => {}
            }
        }
        if !inner[start..].trim().is_empty() {
            flatten(&balanced(&inner[start..]), before, into);
        }
        return;
    }
    match tree.split_once("::") {
        Some((first, rest)) => flatten(rest, &[before, &[first.trim().to_owned()]].concat(), into),
        None => {
            let name = tree.split(" as ").next().unwrap_or_default().trim();
            let own = (name != "self").then(|| name.to_owned());
            into.push(before.iter().cloned().chain(own).collect());
        }
    }
}

/// A piece of a tree whose last brackets were cut off.
fn balanced(piece: &str) -> String {
    let open = piece.matches('{').count().saturating_sub(piece.matches('}').count());
    format!("{piece}{}", "}".repeat(open))
}

/// A path from the crate's root; `None` of one that begins elsewhere.
fn absolute(module: &[String], path: &[String]) -> Option<Module> {
    let ups = path.iter().take_while(|part| *part == "super").count();
    let from = match path.first()?.as_str() {
        "crate" => return Some(path[1..].to_vec()),
        "self" => return Some([module, &path[1..]].concat()),
        "super" => &module[..module.len().saturating_sub(ups)],
        _ => return None,
    };
    Some([from, &path[ups..]].concat())
}

/// Which files each file knows.
fn knows(files: &BTreeMap<Module, String>) -> BTreeMap<Module, BTreeSet<Module>> {
    let mut handed_on = BTreeMap::new();
    let mut named: BTreeMap<&Module, Vec<Module>> = BTreeMap::new();
    for (module, text) in files {
        let paths = named.entry(module).or_default();
        for (at, _) in
            text.match_indices("use ").filter(|(at, _)| !text[..*at].ends_with(char::is_alphanumeric))
        {
            let Some(tree) = text[at + 4..].split(';').next() else { continue };
            let line = text[..at].lines().last().unwrap_or_default().trim();
            let mut of_tree = Vec::new();
            flatten(tree, &[], &mut of_tree);
            if line.starts_with("pub") {
                for path in of_tree {
                    let full = absolute(module, &path).unwrap_or_else(|| [&module[..], &path[..]].concat());
                    if let Some(name) = path.last() {
                        handed_on.insert((module.clone(), name.clone()), full);
                    }
                }
            } else {
                paths.extend(of_tree);
            }
        }
        for start in ["crate::", "super::", "self::"] {
            for (at, _) in text.match_indices(start) {
                let end = text[at..].find(|c: char| !(c.is_alphanumeric() || c == '_' || c == ':'));
                let path = &text[at..at + end.unwrap_or(text.len() - at)];
                paths.push(path.split("::").filter(|part| !part.is_empty()).map(str::to_owned).collect());
            }
        }
    }
    let target = |mut path: Module| {
        for _ in 0..8 {
            let at = (0..=path.len()).rev().find(|&at| files.contains_key(&path[..at]))?;
            let rest = &path[at..];
            match rest.first().and_then(|name| handed_on.get(&(path[..at].to_vec(), name.clone()))) {
                Some(full) => path = [full, &rest[1..]].concat(),
                None => return Some(path[..at].to_vec()),
            }
        }
        None
    };
    let of = |(module, paths): (&Module, Vec<Module>)| {
        let full = paths.iter().filter_map(|path| absolute(module, path));
        // The root hands on names, and has none of its own that others need.
        let others = full.filter_map(target).filter(|other| other != module && !other.is_empty());
        (module.clone(), others.collect())
    };
    named.into_iter().map(of).collect()
}

/// Whether a file comes to know another, by way of any.
fn reaches(graph: &BTreeMap<Module, BTreeSet<Module>>, from: &Module, to: &Module) -> bool {
    let (mut seen, mut ahead) = (BTreeSet::new(), vec![from]);
    while let Some(module) = ahead.pop() {
        if seen.insert(module) {
            ahead.extend(graph.get(module).into_iter().flatten());
        }
    }
    graph.get(from).into_iter().flatten().any(|next| next == to) || (seen.contains(to) && from != to)
}

const CRATES: [&str; 6] = ["firmware", "host/batch", "host/cuda", "host/lab", "host/library", "host/cli"];
/// Kernels and their forms for Arm cores, which the portable ones complete: one module in two files.
const TWO_FILES: [&str; 2] = ["arm", "kernel"];

#[test]
fn no_two_files_know_each_other() {
    let mut circles = Vec::new();
    for name in CRATES {
        let graph = knows(&files(&root().join(name).join("src")));
        assert!(graph.values().map(BTreeSet::len).sum::<usize>() > 10, "{name}: no paths found");
        for (from, others) in &graph {
            for to in others.iter().filter(|to| *to < from && reaches(&graph, to, from)) {
                let [a, b] = [from, to].map(|module| module.join("::"));
                if ![&a, &b].iter().all(|module| TWO_FILES.contains(&module.as_str())) {
                    circles.push(format!("{name}: {a} and {b} know each other"));
                }
            }
        }
    }
    assert!(circles.is_empty(), "{}", circles.join("\n"));
}

#[test]
fn the_firmwares_modules_are_its_layers() {
    let folder = root().join("firmware/src");
    let table = std::fs::read_to_string(folder.join("lib.rs")).unwrap();
    let row = |line: &str| Some(line.strip_prefix("//! | [`")?.split('`').next()?.to_owned());
    let order: Vec<String> = table.lines().filter_map(row).collect();
    assert!(order.len() > 10, "{order:?}");
    for (module, others) in knows(&files(&folder)) {
        let Some(place) = module.first().and_then(|own| order.iter().position(|name| name == own)) else {
            continue;
        };
        for other in others.iter().filter_map(|other| other.first()) {
            let above = order.iter().position(|name| name == other).is_none_or(|at| at <= place);
            assert!(above, "{} knows {other}, which lies below it", module.join("::"));
        }
    }
}

#[test]
fn paths_are_followed() {
    let of = |text: &str| without_tests(text);
    let files = BTreeMap::from([
        (vec![], of("mod a;\nmod b;")),
        (vec!["a".to_owned()], of("mod x;\npub use x::{Thing, y::Other};")),
        (vec!["a".to_owned(), "x".to_owned()], of("use crate::b::{self, C};\n// use crate::nothing;")),
        (vec!["b".to_owned()], of("use super::a::Thing;\n#[cfg(test)]\nmod tests { use crate::d; }")),
    ]);
    let graph = knows(&files);
    let [x, b] = [vec!["a".to_owned(), "x".to_owned()], vec!["b".to_owned()]];
    assert_eq!(graph[&x], BTreeSet::from([b.clone()]));
    assert_eq!(graph[&b], BTreeSet::from([x.clone()]));
    assert!(reaches(&graph, &x, &b) && reaches(&graph, &b, &x));
}
