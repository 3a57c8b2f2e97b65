//! What a board is, as its package says: `[package.metadata.board]` of its Cargo.toml.

use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::Path;

/// A board's table there.
#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Facts {
    /// The chip, or the FPGA image.
    pub(crate) chip: String,
    /// Its core and clock.
    pub(crate) core: String,
    /// The way to its host.
    pub(crate) link: String,
    /// The address at which its emulator answers, if there is one.
    pub(crate) emulated: Option<String>,
}

#[derive(Deserialize)]
struct Manifest {
    package: Package,
}

#[derive(Deserialize)]
struct Package {
    metadata: Option<Metadata>,
}

#[derive(Deserialize)]
struct Metadata {
    board: Option<Facts>,
}

impl Facts {
    /// Reads those of the package in a folder.
    pub(crate) fn read(folder: &Path) -> Result<Self> {
        let path = folder.join("Cargo.toml");
        let text =
            std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("{}", path.display()))
    }

    fn parse(text: &str) -> Result<Self> {
        let manifest: Manifest = toml::from_str(text)?;
        let facts = manifest.package.metadata.and_then(|metadata| metadata.board);
        facts.context("there is no [package.metadata.board] with chip, core, link and, if any, emulated")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_of_a_manifest() {
        let text = "[package]\nname = \"a\"\n[package.metadata.board]\nchip = \"C\"\ncore = \"M0\"\nlink = \"UART\"\n";
        let facts = Facts::parse(text).unwrap();
        assert_eq!((&*facts.chip, &*facts.core, facts.emulated), ("C", "M0", None));
        let refused = Facts::parse("[package]\nname = \"a\"\n").unwrap_err().to_string();
        assert!(refused.contains("[package.metadata.board]"), "{refused}");
        assert!(Facts::parse(&format!("{text}chips = 1\n")).is_err());
    }
}
