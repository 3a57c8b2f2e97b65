//! Who uses the library depends on nothing that draws on a terminal.

use super::printed;
use anyhow::{Result, bail};

/// The libraries, and the crates that only a program needs: command lines, terminals, drawings, the log's
/// output.
const LIBRARIES: [&str; 6] =
    ["eggroll-firmware", "eggroll-batch", "eggroll-cuda", "eggroll-host", "eggroll-import", "eggroll-lab"];
const OF_PROGRAMS: [&str; 9] = [
    "clap",
    "console",
    "crossterm",
    "eggroll-cli",
    "indicatif",
    "plotters",
    "ratatui",
    "termion",
    "tracing-subscriber",
];

/// Looks at what each library links, as a user of it gets it by default and with CUDA.
pub(super) fn check() -> Result<()> {
    for library in LIBRARIES {
        let features = if library == "eggroll-host" { "--features=cuda,fpga-sim" } else { "--all-features" };
        let tree = printed(&[
            "tree",
            "--package",
            library,
            features,
            "--edges=normal",
            "--prefix=none",
            "--format={p}",
        ])?;
        let found = of_programs(&tree);
        if !found.is_empty() {
            bail!(
                "{library} needs {}, which a program is to choose: `cargo tree --package {library} --invert {}`",
                found.join(", "),
                found[0]
            );
        }
    }
    println!("terminals: {} need none", LIBRARIES.join(", "));
    Ok(())
}

/// The crates of programs in a tree of one package a line.
fn of_programs(tree: &str) -> Vec<&str> {
    let mut found: Vec<&str> = tree.lines().filter_map(|line| line.split_whitespace().next()).collect();
    found.retain(|name| OF_PROGRAMS.iter().any(|of| name == of || name.starts_with(&format!("{of}-"))));
    found.sort_unstable();
    found.dedup();
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn crates_of_programs_are_found_by_their_names() {
        let tree = "eggroll-host v0.1.0 (path)\nserde v1.0.0\nratatui-core v0.1.0\nclap v4.5.0\nclap v4.5.0 (*)\nclapper v1.0.0";
        assert_eq!(of_programs(tree), ["clap", "ratatui-core"]);
        assert!(of_programs("eggroll-host v0.1.0\nlog v0.4.0").is_empty());
    }
}
