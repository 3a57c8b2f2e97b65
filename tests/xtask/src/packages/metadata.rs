//! The part of `cargo metadata` that is looked at.

use super::printed;
use crate::process;
use anyhow::{Context, Result};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The workspace and everything that it depends on, on this machine's platform.
#[derive(Deserialize)]
pub(super) struct Metadata {
    pub(super) packages: Vec<Package>,
    workspace_members: Vec<String>,
}

/// A package as its manifest has it, inherited values filled in.
#[derive(Deserialize)]
pub(super) struct Package {
    id: String,
    pub(super) name: String,
    pub(super) version: String,
    pub(super) license: Option<String>,
    pub(super) description: Option<String>,
    pub(super) repository: Option<String>,
    pub(super) readme: Option<PathBuf>,
    pub(super) rust_version: Option<String>,
    pub(super) keywords: Vec<String>,
    pub(super) categories: Vec<String>,
    pub(super) dependencies: Vec<Dependency>,
    manifest_path: PathBuf,
    publish: Option<Vec<String>>,
}

/// A dependency as a manifest names it.
#[derive(Deserialize)]
pub(super) struct Dependency {
    pub(super) name: String,
    pub(super) req: String,
    /// `dev`, `build`, or none.
    pub(super) kind: Option<String>,
    pub(super) path: Option<PathBuf>,
}

impl Metadata {
    /// Asks cargo.
    pub(super) fn read() -> Result<Self> {
        let rustc = process::output(Command::new("rustc").arg("-vV")).context("rustc does not start")?;
        let host =
            rustc.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
        // Other platforms' crates are not downloaded by a build here.
        let text = printed(&["metadata", "--format-version=1", "--all-features", "--filter-platform", host])?;
        serde_json::from_str(&text).context("cargo metadata is not as expected")
    }

    /// The crates of the workspace that a registry would get.
    pub(super) fn published(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| {
            self.workspace_members.contains(&package.id)
                && package.publish.as_ref().is_none_or(|to| !to.is_empty())
        })
    }

    /// The crates of others.
    pub(super) fn foreign(&self) -> impl Iterator<Item = &Package> {
        self.packages.iter().filter(|package| !self.workspace_members.contains(&package.id))
    }
}

impl Package {
    /// Its folder.
    pub(super) fn folder(&self) -> &Path {
        self.manifest_path.parent().unwrap_or(Path::new("."))
    }
}
