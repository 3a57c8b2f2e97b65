//! `cargo xtask figures`: tables of the documents, as the commands print them.
//!
//! A document marks such a table with a line above it: `<!-- figures: bench --cores, table 1 -->` is the
//! first table that `cargo xtask bench --cores` prints.

use crate::process;
use anyhow::{Context, Result, bail, ensure};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The folders of the documents, from the root of the repository.
pub(crate) const FOLDERS: [&str; 8] = [
    ".",
    "host/docs",
    "firmware/docs",
    "boards",
    "boards/applications",
    "boards/bench",
    "boards/microbit",
    "hdl",
];

/// Paste the tables of the documents from the commands that print them
///
/// Without a command, lists the commands whose tables are in documents, and where. With one, such as `cargo
/// xtask figures bench --cores`, runs it and replaces its tables. Figures of speed are those of the machine
/// that runs the command: the text around a table names the machine, and has to be corrected by hand.
#[derive(clap::Args)]
pub(crate) struct Args {
    /// Change nothing: print the rows that differ, and fail if there are any. Without a command, those that
    /// are quick and the same on every machine with the same compilers: boards, size, and bench --cores
    #[arg(long)]
    check: bool,
    /// A command of cargo xtask with its flags, such as size
    #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
    command: Vec<String>,
}

/// A marked table of a document.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// The command that prints it, as one text.
    pub(crate) command: String,
    /// The number of the table among those that the command prints, from 1.
    pub(crate) table: usize,
    /// The line of the mark, from 0.
    line: usize,
}

/// Commands whose tables are the same on every machine with the same compilers, and that take no minutes.
const DETERMINISTIC: [&[&str]; 3] = [&["boards"], &["size"], &["bench", "--cores"]];

/// Lists the marks, or replaces or compares the tables of a command.
pub(crate) fn run(args: &Args) -> Result<()> {
    if !args.check {
        return paste(args);
    }
    let of = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let commands = match &args.command[..] {
        [] => DETERMINISTIC.map(of).to_vec(),
        command => vec![command.to_vec()],
    };
    let mut differ = 0;
    for command in commands {
        differ += compare(&command)?;
    }
    ensure!(
        differ == 0,
        "{differ} tables of the documents differ: `cargo xtask figures COMMAND` pastes them"
    );
    Ok(())
}

/// Compares the tables of a command with the documents, prints the rows that differ, and says how many tables
/// do.
fn compare(command: &[String]) -> Result<usize> {
    let (wanted, mut differ, mut seen) = (command.join(" "), 0, 0);
    let printed = tables(&output(command)?);
    for path in documents()? {
        let text = fs::read_to_string(&path)?;
        for mark in marks(&text)?.into_iter().filter(|mark| mark.command == wanted) {
            let table = printed.get(mark.table - 1).with_context(|| {
                format!("`{wanted}` printed {} tables, no table {}", printed.len(), mark.table)
            })?;
            let there: Vec<_> =
                text.lines().skip(mark.line + 1).take_while(|line| line.starts_with('|')).collect();
            let (old, new) = (only(&there, table), only(table, &there));
            if !old.is_empty() || !new.is_empty() {
                println!("{}: table {} of `{wanted}` differs", shown(&path), mark.table);
                old.iter().for_each(|row| println!("- {row}"));
                new.iter().for_each(|row| println!("+ {row}"));
                differ += 1;
            }
            seen += 1;
        }
    }
    ensure!(seen > 0, "no document has a table of `{wanted}`: `cargo xtask figures` lists them");
    println!("`{wanted}`: {seen} tables compared, {differ} differ");
    Ok(differ)
}

/// The rows of one table that another has not.
fn only<'a>(rows: &'a [impl AsRef<str>], others: &[impl AsRef<str>]) -> Vec<&'a str> {
    let mut rows: Vec<&str> = rows.iter().map(AsRef::as_ref).collect();
    rows.retain(|row| others.iter().all(|other| other.as_ref() != *row));
    rows
}

/// Lists the marks, or replaces the tables of a command.
fn paste(args: &Args) -> Result<()> {
    let wanted = args.command.join(" ");
    let mut printed = None;
    let mut found = false;
    for path in documents()? {
        let mut text = fs::read_to_string(&path)?;
        for mark in marks(&text)? {
            let shown = shown(&path);
            if wanted.is_empty() {
                println!("cargo xtask figures {:<22} table {} in {shown}", mark.command, mark.table);
            } else if mark.command == wanted {
                let tables = match &printed {
                    Some(tables) => tables,
                    None => printed.insert(tables(&output(&args.command)?)),
                };
                let table = tables.get(mark.table - 1).with_context(|| {
                    format!("`{wanted}` printed {} tables, no table {}", tables.len(), mark.table)
                })?;
                // The marks below keep their order, so they are found again after lines were added or
                // removed.
                text = replaced(&text, &wanted, mark.table, table)?;
                println!("{shown}: table {} of `{wanted}`", mark.table);
            }
            found |= mark.command == wanted;
        }
        if !wanted.is_empty() && text != fs::read_to_string(&path)? {
            fs::write(&path, text)?;
        }
    }
    ensure!(
        found || wanted.is_empty(),
        "no document has a table of `{wanted}`: `cargo xtask figures` lists them"
    );
    Ok(())
}

/// All documents.
pub(crate) fn documents() -> Result<Vec<PathBuf>> {
    let mut documents = Vec::new();
    for folder in FOLDERS {
        for entry in fs::read_dir(process::root().join(folder))? {
            let path = entry?.path();
            if path.extension().is_some_and(|ending| ending == "md") {
                documents.push(path);
            }
        }
    }
    documents.sort();
    Ok(documents)
}

/// The marks of a document.
pub(crate) fn marks(document: &str) -> Result<Vec<Mark>> {
    let mark = |(line, text): (usize, &str)| {
        let mark = text.strip_prefix("<!-- figures: ")?.strip_suffix(" -->");
        let parts = mark.and_then(|mark| mark.split_once(", table "));
        let parts =
            parts.and_then(|(command, table)| Some((command, table.parse().ok().filter(|&n| n > 0)?)));
        let (command, table) = match parts {
            Some(parts) => parts,
            None => return Some(Err(anyhow::anyhow!("line {}: `{text}` is not a mark", line + 1))),
        };
        Some(Ok(Mark { command: command.to_owned(), table, line }))
    };
    document.lines().enumerate().filter_map(mark).collect()
}

/// The document with another table below a mark.
fn replaced(document: &str, command: &str, number: usize, table: &[String]) -> Result<String> {
    let marks = marks(document)?;
    let mark = marks.iter().find(|mark| mark.command == command && mark.table == number);
    let first = mark.context("the mark is gone")?.line + 1;
    let lines: Vec<&str> = document.lines().collect();
    let end = first + lines[first..].iter().take_while(|line| line.starts_with('|')).count();
    if end == first {
        bail!("no table is below the mark of table {number} of `{command}`");
    }
    let new = table.iter().map(String::as_str);
    let lines = lines[..first].iter().copied().chain(new).chain(lines[end..].iter().copied());
    Ok(lines.flat_map(|line| [line, "\n"]).collect())
}

/// The tables in what a command prints.
fn tables(printed: &str) -> Vec<Vec<String>> {
    let mut tables = Vec::new();
    let mut inside = false;
    for line in printed.lines().map(str::trim_end) {
        let is_row = line.starts_with('|');
        if is_row && !inside {
            tables.push(Vec::new());
        }
        if let Some(table) = tables.last_mut().filter(|_| is_row) {
            table.push(line.to_owned());
        }
        inside = is_row;
    }
    tables
}

/// Runs another command of this program, and takes what it prints.
fn output(command: &[String]) -> Result<String> {
    let program = std::env::current_exe()?;
    let output = Command::new(program).args(command).stderr(Stdio::inherit()).output()?;
    let text = String::from_utf8(output.stdout)?;
    ensure!(output.status.success(), "`{}` failed ({}):\n{text}", command.join(" "), output.status);
    Ok(text)
}

/// Where a document is, for messages.
pub(crate) fn shown(path: &Path) -> String {
    path.strip_prefix(process::root()).unwrap_or(path).display().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "# T\n\n<!-- figures: size, table 1 -->\n| a |\n|---|\n| 1 |\n\n\
        <!-- figures: bench --cores, table 2 -->\n| b |\n|---|\n";

    #[test]
    fn a_table_is_replaced_and_the_rest_stays() {
        let printed = "words\n\n| c |\n|---|\n| 2 |\n| 3 |\nwords\n| d |\n|---|\n";
        let tables = tables(printed);
        assert_eq!(tables.len(), 2);
        let new = replaced(DOCUMENT, "size", 1, &tables[0]).unwrap();
        assert_eq!(new, DOCUMENT.replace("| a |\n|---|\n| 1 |\n", "| c |\n|---|\n| 2 |\n| 3 |\n"));
        let again = replaced(&new, "bench --cores", 2, &tables[1]).unwrap();
        assert_eq!(again, new.replace("| b |", "| d |"));
        assert!(replaced(DOCUMENT, "size", 2, &tables[0]).is_err());
        assert!(marks("<!-- figures: size -->").is_err());
    }

    #[test]
    fn rows_that_differ_are_told_apart() {
        let (old, new) = (["| a |", "| 1 |"], ["| a |", "| 2 |"]);
        assert_eq!((only(&old, &new), only(&new, &old)), (vec!["| 1 |"], vec!["| 2 |"]));
        assert!(only(&old, &old).is_empty());
    }

    #[test]
    fn every_mark_of_a_document_has_a_table_below_and_a_command_that_is_taken() {
        let mut count = 0;
        for path in documents().unwrap() {
            let text = fs::read_to_string(&path).unwrap();
            for mark in marks(&text).unwrap() {
                let words = ["xtask"].into_iter().chain(mark.command.split_whitespace());
                let parsed = <crate::Cli as clap::Parser>::try_parse_from(words);
                assert!(parsed.is_ok(), "{}: `{}`", shown(&path), mark.command);
                replaced(&text, &mark.command, mark.table, &["| new |".to_owned()]).unwrap();
                count += 1;
            }
        }
        assert!(count > 5, "only {count} tables are marked");
    }
}
