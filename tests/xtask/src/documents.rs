//! Every `cargo xtask` command that a document names is one that there is.

use crate::{Cli, figures};
use clap::Parser;
use std::fs;
use std::path::Path;

/// The commands in a document, in its blocks of code and in its prose: what follows up to a comment or the
/// end of code.
fn commands(document: &str) -> impl Iterator<Item = &str> {
    let pieces = document.split("cargo xtask").skip(1);
    let commands = pieces.map(|piece| piece.split(['`', '#', '\n']).next().unwrap_or_default().trim());
    commands.filter(|command| !command.is_empty() && !command.split_whitespace().any(stands_for_another))
}

/// Whether a word is a name for what the reader puts in its place, such as BOARD.
fn stands_for_another(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase())
}

#[test]
fn every_command_that_a_document_names_is_taken() {
    let mut taken = 0;
    for path in figures::documents().unwrap() {
        taken += check(&path);
    }
    assert!(taken > 10, "only {taken} commands were found in the documents");
}

/// Parses the commands of one document, and counts them.
fn check(path: &Path) -> usize {
    let text = fs::read_to_string(path).unwrap();
    for command in commands(&text) {
        let words = ["xtask"].into_iter().chain(command.split_whitespace());
        if let Err(error) = Cli::try_parse_from(words) {
            panic!("{}: cargo xtask {command}: {error}", path.display());
        }
    }
    commands(&text).count()
}
