//! The firmware computes with integers only, so that every machine gets the same bits. This finds the files
//! that break the rule.

use anyhow::{Context, Result, anyhow, bail};
use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::path::{Path, PathBuf};

/// An error that names every `f32` and `f64` in code under `folder` that is not only for tests.
pub(crate) fn check(folder: &Path) -> Result<()> {
    let mut found = Vec::new();
    for file in sources(folder)? {
        let text = std::fs::read_to_string(&file)?;
        let shown = file.strip_prefix(crate::process::root()).unwrap_or(&file).display();
        for line in lines_with_floats(&text).with_context(|| format!("cannot read {shown} as Rust"))? {
            found.push(format!("  {shown}:{line}"));
        }
    }
    if !found.is_empty() {
        bail!("the firmware has no floating point, but f32 or f64 stands in\n{}", found.join("\n"));
    }
    Ok(())
}

/// The Rust files under `folder`, in order, but for those whose name says that they hold tests.
fn sources(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut files = Vec::new();
    let entries = std::fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))?;
    for entry in entries {
        let path = entry?.path();
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        if stem == "tests" || stem.ends_with("_tests") {
            continue;
        } else if path.is_dir() {
            files.extend(sources(&path)?);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The numbers of the lines of `source` with a float type, or a literal of one, outside comments and tests.
fn lines_with_floats(source: &str) -> Result<Vec<usize>> {
    let tokens: TokenStream = source.parse().map_err(|error| anyhow!("{error}"))?;
    let mut lines = Vec::new();
    collect(tokens, &mut lines);
    lines.dedup();
    Ok(lines)
}

fn collect(tokens: TokenStream, lines: &mut Vec<usize>) {
    // In `#[cfg(test)] mod tests { … }`, everything up to the first braces or semicolon is for tests.
    let mut in_test_item = false;
    for token in tokens {
        match &token {
            TokenTree::Group(group)
                if group.delimiter() == Delimiter::Bracket && is_cfg_test(group.stream()) =>
            {
                in_test_item = true;
            }
            TokenTree::Group(group) if in_test_item => in_test_item = group.delimiter() != Delimiter::Brace,
            TokenTree::Punct(punct) if punct.as_char() == ';' => in_test_item = false,
            _ if in_test_item => {}
            TokenTree::Group(group) => collect(group.stream(), lines),
            TokenTree::Ident(ident) if ident == "f32" || ident == "f64" => lines.push(line(&token)),
            TokenTree::Literal(literal) if is_float(&literal.to_string()) => lines.push(line(&token)),
            _ => {}
        }
    }
}

fn is_cfg_test(attribute: TokenStream) -> bool {
    attribute.to_string().replace(' ', "") == "cfg(test)"
}

/// Whether a literal is a number that names a float type: `2.0f32`, but not `0xf32` or `"f32"`.
fn is_float(literal: &str) -> bool {
    let decimal = literal.starts_with(|c: char| c.is_ascii_digit()) && !literal.starts_with("0x");
    decimal && (literal.ends_with("f32") || literal.ends_with("f64"))
}

fn line(token: &TokenTree) -> usize {
    token.span().start().line
}

#[cfg(test)]
mod tests {
    use super::lines_with_floats;

    #[test]
    fn finds_types_and_suffixes() {
        let source = "fn a(x: f32) {\n let y = 2.0f64;\n}\n\nmod m { use core::f64; }\n";
        assert_eq!(lines_with_floats(source).unwrap(), [1, 2, 5]);
    }

    #[test]
    fn leaves_comments_strings_and_other_names_alone() {
        let source = "// f32\n/// f64\n/* f32 /* f64 */ */\nconst A: &str = \"f32 // \"; const B: u32 = 0xf32;\n\
                      struct Xf32<'f>(&'f u8, char);\nconst C: char = '\"'; // f64";
        assert!(lines_with_floats(source).unwrap().is_empty());
    }

    #[test]
    fn leaves_test_items_alone_and_nothing_after_them() {
        let source = "#[cfg(test)]\n#[allow(dead_code)]\nmod tests { type A = f32; }\n\
                      #[cfg(test)]\nuse x::f64;\ntype B = f64;";
        assert_eq!(lines_with_floats(source).unwrap(), [6]);
    }
}
