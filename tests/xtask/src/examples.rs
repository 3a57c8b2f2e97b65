//! The examples of the libraries: a reader's first programs have to run, and what they assert has to hold.

use crate::process;
use crate::test::FEATURES;
use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use std::process::Command;

/// Folders of the crates whose examples need nothing but themselves.
const CRATES: [&str; 2] = ["firmware", "host/library"];

/// Fewest examples of a crate: as many as its documentation promises.
const FEWEST: usize = 3;

/// Runs every example.
pub(crate) fn check() -> Result<()> {
    // With the features of the whole workspace, as the tests are built: nothing is compiled twice.
    process::run(process::cargo().args(["build", "--workspace", "--examples", FEATURES]))?;
    for folder in CRATES {
        let names = names(folder)?;
        ensure!(names.len() >= FEWEST, "{folder}/examples has {} of {FEWEST} examples", names.len());
        for name in names {
            println!("-- example {name} of {folder}");
            process::run(&mut Command::new(process::target_dir().join("debug/examples").join(name)))?;
        }
    }
    Ok(())
}

/// The examples of a crate, in the order of their names.
fn names(folder: &str) -> Result<Vec<String>> {
    let folder = process::root().join(folder).join("examples");
    let files = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let paths: Vec<PathBuf> = files.map(|file| Ok(file?.path())).collect::<Result<_>>()?;
    let sources = paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs"));
    let mut names: Vec<String> =
        sources.filter_map(|path| Some(path.file_stem()?.to_str()?.to_owned())).collect();
    names.sort();
    Ok(names)
}
