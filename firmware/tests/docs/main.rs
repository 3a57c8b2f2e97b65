//! The examples of `docs/*.md`. A fenced block whose first line is ```` ```text example=NAME ```` holds
//! numbers that are computed here anew: a document that says something else than the code fails. After a
//! change of the code that was meant, `cargo test -p eggroll-firmware --test docs -- --ignored` writes the
//! blocks anew; read what has changed.

mod control;
mod convolution;
mod features;
mod guided;
mod layers;
mod noise;
mod packing;
mod regression;
mod rewards;
mod signal;
mod tags;
mod talk;
mod texts;
mod training;
mod wire;

use std::collections::BTreeMap;
use std::fmt::{Display, Write as _};
use std::path::PathBuf;

/// A block's name and its lines.
type Example = (&'static str, String);

fn examples() -> Vec<Example> {
    [
        features::examples(),
        signal::examples(),
        noise::examples(),
        layers::examples(),
        convolution::examples(),
        training::examples(),
        guided::examples(),
        regression::examples(),
        texts::examples(),
        control::examples(),
        rewards::examples(),
        packing::examples(),
        wire::examples(),
        tags::examples(),
        talk::examples(),
    ]
    .concat()
}

/// Values behind one another.
pub(crate) fn list<T: Display>(values: impl IntoIterator<Item = T>) -> String {
    values.into_iter().map(|value| value.to_string()).collect::<Vec<_>>().join(" ")
}

/// Bytes as two hexadecimal digits each.
pub(crate) fn hex(bytes: &[u8]) -> String {
    list(bytes.iter().map(|byte| format!("{byte:02x}")))
}

/// Lines of so many values each.
pub(crate) fn rows<T: Display>(values: impl IntoIterator<Item = T>, columns: usize) -> String {
    let values: Vec<T> = values.into_iter().collect();
    values.chunks(columns).fold(String::new(), |mut text, row| {
        let _ = writeln!(text, "{}", list(row));
        text
    })
}

fn documents() -> Vec<(PathBuf, String)> {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("docs");
    let mut paths: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path()).collect();
    paths.sort();
    paths.into_iter().map(|path| (path.clone(), std::fs::read_to_string(&path).unwrap())).collect()
}

/// What opens a block, before its name.
const OPENS: &str = "```text example=";

/// A document with every example as the code computes it, and the names of those that it has.
fn rewritten(document: &str, examples: &BTreeMap<&str, String>) -> (String, Vec<String>) {
    let (mut text, mut names) = (String::new(), Vec::new());
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        text += line;
        text.push('\n');
        let Some(name) = line.strip_prefix(OPENS) else { continue };
        names.push(name.to_owned());
        text += examples.get(name).unwrap_or_else(|| panic!("no example is called {name}"));
        text += "```\n";
        assert!(lines.any(|line| line == "```"), "the example {name} does not end");
    }
    (text, names)
}

#[test]
fn documents_say_what_the_code_computes() {
    let examples: BTreeMap<&str, String> = examples().into_iter().collect();
    let mut found = Vec::new();
    for (path, document) in documents() {
        let (text, names) = rewritten(&document, &examples);
        for (said, computed) in document.lines().zip(text.lines()) {
            assert_eq!(said, computed, "in {}", path.display());
        }
        assert_eq!(document.lines().count(), text.lines().count(), "{}", path.display());
        found.extend(names);
    }
    found.sort();
    let all: Vec<&str> = examples.into_keys().collect();
    assert_eq!(found, all, "every example once");
}

#[test]
#[ignore = "writes the documents' examples anew"]
fn rewrite_examples() {
    let examples: BTreeMap<&str, String> = examples().into_iter().collect();
    for (path, document) in documents() {
        let (text, _) = rewritten(&document, &examples);
        if text != document {
            std::fs::write(&path, text).unwrap();
        }
    }
}
