//! Every command of this program that a document shows is one that it takes.

use std::path::Path;
use std::process::Command;

/// Where documents lie, from the root of the repository.
const FOLDERS: [&str; 6] = [".", "host/docs", "firmware/docs", "boards", "boards/microbit", "hdl"];
/// What documents begin the program's commands with.
const BEGINNINGS: [&str; 2] = ["cargo run --release -- ", "eggroll-host "];

fn root() -> &'static Path {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    here.ancestors()
        .find(|folder| folder.join("rustfmt.toml").exists())
        .expect("a checkout of the repository")
}

/// The commands in `sh` blocks, and those in `cargo run` phrases of the prose.
fn commands(document: &str) -> Vec<String> {
    let document = document.replace("\\\n", " ");
    let mut commands = Vec::new();
    let mut add = |text: &str| {
        // A feature that this program may not be built with comes before what the program itself is given.
        let text =
            text.trim().replace("--features cuda -- ", "-- ").replace("--features fpga-sim -- ", "-- ");
        let given = BEGINNINGS.iter().find_map(|beginning| text.strip_prefix(beginning));
        commands.extend(given.map(|given| given.split(" #").next().unwrap_or_default().to_owned()));
    };
    let mut block = None;
    for line in document.lines() {
        match (line.trim_start().strip_prefix("```"), block) {
            (Some(language), None) => block = Some(language == "sh"),
            (Some(_), Some(_)) => block = None,
            (None, Some(true)) => add(line),
            (None, Some(false)) => {}
            // Every second piece between backticks is code.
            (None, None) => line.split('`').skip(1).step_by(2).for_each(&mut add),
        }
    }
    commands
}

/// The words of a command, as a shell splits them; quotes are all that documents use of a shell.
fn words(command: &str) -> Vec<String> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    for c in command.chars() {
        match (c, quote) {
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, Some(open)) if c == open => quote = None,
            (' ', None) => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Whether a word is a name for what the reader puts in its place, such as ADDRESS.
fn stands_for_another(word: &str) -> bool {
    word.len() > 1 && word.chars().all(|c| c.is_ascii_uppercase())
}

#[test]
fn the_program_takes_every_command_that_a_document_shows() {
    let mut taken = 0;
    for folder in FOLDERS {
        for entry in std::fs::read_dir(root().join(folder)).unwrap().map(Result::unwrap) {
            if entry.path().extension().is_none_or(|ending| ending != "md") {
                continue;
            }
            let text = std::fs::read_to_string(entry.path()).unwrap();
            for command in commands(&text) {
                // With --help the program reads its arguments, and does nothing.
                let mut words = words(&command);
                if words.iter().any(|word| stands_for_another(word)) {
                    continue;
                }
                words.push("--help".to_owned());
                let output = Command::new(env!("CARGO_BIN_EXE_eggroll-host")).args(&words).output().unwrap();
                let error = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.success(), "{}: {command}: {error}", entry.path().display());
                taken += 1;
            }
        }
    }
    assert!(taken > 10, "only {taken} commands were found in the documents");
}

#[test]
fn a_command_that_the_program_does_not_take_is_refused_though_it_asks_for_help() {
    for words in [["--boardz", "--help"], ["trane", "--help"]] {
        let output = Command::new(env!("CARGO_BIN_EXE_eggroll-host")).args(words).output().unwrap();
        assert!(!output.status.success(), "{words:?}");
    }
}
