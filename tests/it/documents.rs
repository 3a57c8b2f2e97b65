//! The documents and comments of the repository: their links lead somewhere, and they keep to their widths.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Component, Path, PathBuf};

/// A newcomer reads the first page in a few minutes.
const LINES_OF_README: usize = 150;
/// As `max_width` in `rustfmt.toml`, which does not apply to comments.
const WIDTH: usize = 110;
/// Folders that hold no source of ours.
const SKIPPED: [&str; 3] = ["target", "node_modules", "corpus"];

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
}

/// All files below `folder` with one of these endings, as paths from the root.
fn files(folder: &Path, endings: &[&str], found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
        let kind = entry.file_type().unwrap();
        if name.starts_with('.') || SKIPPED.contains(&name.as_str()) {
            continue;
        }
        if kind.is_dir() {
            files(&path, endings, found);
        } else if kind.is_file() && endings.iter().any(|ending| name.ends_with(ending)) {
            found.push(path.strip_prefix(root()).unwrap().to_owned());
        }
    }
}

fn all(endings: &[&str]) -> Vec<PathBuf> {
    let mut found = Vec::new();
    files(root(), endings, &mut found);
    found.sort();
    found
}

fn text(path: &Path) -> String {
    fs::read_to_string(root().join(path)).unwrap()
}

/// The lines of a document that are not in a block of code, each with its number.
fn prose(document: &str) -> Vec<(usize, &str)> {
    let mut code = false;
    let mut lines = Vec::new();
    for (index, line) in document.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            code = !code;
        } else if !code {
            lines.push((index + 1, line));
        }
    }
    lines
}

/// The targets of all links and pictures of a document, each with its line. A link may be broken over two
/// lines.
fn links(document: &str) -> Vec<(usize, String)> {
    let lines = prose(document);
    let mut links = Vec::new();
    for (number, line) in &lines {
        let mut rest = *line;
        while let Some(at) = rest.find("](") {
            rest = &rest[at + 2..];
            let Some(end) = rest.find(')') else { break };
            links.push((*number, rest[..end].to_owned()));
            rest = &rest[end..];
        }
    }
    links
}

/// The anchors of a document's headings, as forges make them: lower case, `-` for spaces, no punctuation.
fn anchors(document: &str) -> BTreeSet<String> {
    let mut seen = BTreeMap::<String, usize>::new();
    let headings = prose(document).into_iter().filter(|(_, line)| line.starts_with('#'));
    headings
        .map(|(_, line)| {
            let title = line.trim_start_matches('#').trim().to_lowercase();
            let kept = |c: char| match c {
                ' ' => Some('-'),
                '-' | '_' => Some(c),
                c if c.is_alphanumeric() => Some(c),
                _ => None,
            };
            let anchor: String = title.chars().filter_map(kept).collect();
            let count = seen.entry(anchor.clone()).or_default();
            *count += 1;
            if *count == 1 { anchor } else { format!("{anchor}-{}", *count - 1) }
        })
        .collect()
}

/// `path` without `.` and `..`.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        match component {
            Component::ParentDir => {
                assert!(plain.pop(), "{} leaves the repository", path.display());
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// Where a link inside the repository leads: a path from the root, and an anchor.
fn target(document: &Path, link: &str) -> Option<(PathBuf, Option<String>)> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').map_or((link, None), |(path, anchor)| (path, Some(anchor)));
    let path =
        if path.is_empty() { document.to_owned() } else { plain(&document.parent().unwrap().join(path)) };
    Some((path, anchor.map(str::to_owned)))
}

#[test]
fn every_link_between_documents_leads_somewhere() {
    let mut broken = Vec::new();
    for document in all(&[".md"]) {
        for (line, link) in links(&text(&document)) {
            let Some((path, anchor)) = target(&document, &link) else { continue };
            let wrong = if !root().join(&path).exists() {
                "no such file"
            } else if anchor.is_some_and(|anchor| !anchors(&text(&path)).contains(&anchor)) {
                "no such heading"
            } else {
                continue;
            };
            broken.push(format!("{}:{line}: {link}: {wrong}", document.display()));
        }
    }
    assert!(broken.is_empty(), "\n{}", broken.join("\n"));
}

#[test]
fn every_document_can_be_reached_from_the_readme() {
    let (mut reached, mut open) = (BTreeSet::new(), vec![PathBuf::from("README.md")]);
    while let Some(document) = open.pop() {
        if !reached.insert(document.clone()) {
            continue;
        }
        let targets = links(&text(&document));
        let targets = targets.iter().filter_map(|(_, link)| target(&document, link)).map(|(path, _)| path);
        open.extend(targets.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    }
    let lost: Vec<_> = all(&[".md"]).into_iter().filter(|document| !reached.contains(document)).collect();
    assert!(lost.is_empty(), "no link leads to {lost:?}");
}

#[test]
fn the_readme_stays_short() {
    let lines = text(Path::new("README.md")).lines().count();
    assert!(lines <= LINES_OF_README, "README.md has {lines} lines: what else a user needs has a document");
}

#[test]
fn comments_are_wrapped_at_the_width_of_the_code() {
    let rustfmt = text(Path::new("rustfmt.toml"));
    assert!(rustfmt.contains(&format!("max_width = {WIDTH}")), "rustfmt.toml has another width: {rustfmt}");
    let mut long = Vec::new();
    // The models of applications were written by `eggroll-host export`.
    let is_exported = |path: &PathBuf| path.ends_with("src/model.rs");
    for path in all(&[".rs"]).into_iter().filter(|path| !is_exported(path)) {
        for (index, line) in text(&path).lines().enumerate() {
            // Neither a row of a table nor a single word, such as an address of the web, can be wrapped.
            let comment = line.trim_start().trim_start_matches(['/', '!']).trim_start();
            let wraps = !comment.starts_with('|') && comment.contains(' ');
            if line.trim_start().starts_with("//") && line.chars().count() > WIDTH && wraps {
                long.push(format!("{}:{}", path.display(), index + 1));
            }
        }
    }
    assert!(long.is_empty(), "{} comments are wider than {WIDTH}:\n{}", long.len(), long.join("\n"));
}

#[test]
fn a_table_of_modules_names_every_public_module() {
    let mut missing = Vec::new();
    for path in all(&["lib.rs", "mod.rs"]) {
        let source = text(&path);
        if !source.contains("//! | module |") {
            continue;
        }
        let modules = source.lines().filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'));
        let unnamed = modules.filter(|module| !source.contains(&format!("`{module}`")));
        missing.extend(unnamed.map(|module| format!("{}: {module}", path.display())));
    }
    assert!(missing.is_empty(), "\n{}", missing.join("\n"));
}

#[test]
fn links_and_anchors_are_found_as_a_forge_finds_them() {
    let document = "# A `b`, c\n\n[x](y.md#z), ![p](q.svg)\n```text\n[no](none)\n```\n## A b c\n";
    assert_eq!(links(document), [(3, "y.md#z".to_owned()), (3, "q.svg".to_owned())]);
    assert_eq!(anchors(document), ["a-b-c".to_owned(), "a-b-c-1".to_owned()].into());
    let target = target(Path::new("a/b.md"), "../c.md#d");
    assert_eq!(target, Some((PathBuf::from("c.md"), Some("d".to_owned()))));
}
