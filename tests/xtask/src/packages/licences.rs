//! The licences of all dependencies, against `deny.toml`.

use super::metadata::{Metadata, Package};
use crate::process;
use anyhow::{Context, Result, bail};
use serde::Deserialize;
use spdx::{Expression, ParseMode};

#[derive(Deserialize)]
struct Deny {
    licenses: Licences,
}

#[derive(Deserialize)]
struct Licences {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

/// What is allowed to one crate beyond what all are.
#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

/// Looks at every dependency. cargo-deny does the same, beside known faults: it needs a database that this
/// needs not.
pub(super) fn check(metadata: &Metadata) -> Result<()> {
    let text = std::fs::read_to_string(process::root().join("deny.toml")).context("deny.toml")?;
    let Deny { licenses } = toml::from_str(&text).context("deny.toml")?;
    let refused: Vec<String> = metadata
        .foreign()
        .filter(|package| !licenses.allows(package))
        .map(|package| {
            let licence = package.license.as_deref().unwrap_or("none named");
            format!("{} {}: {licence}", package.name, package.version)
        })
        .collect();
    if !refused.is_empty() {
        bail!("licences that deny.toml does not allow:\n{}", refused.join("\n"));
    }
    println!("licences: those of {} dependencies are allowed", metadata.foreign().count());
    Ok(())
}

impl Licences {
    fn allows(&self, package: &Package) -> bool {
        let of_it = self.exceptions.iter().filter(|exception| exception.name == package.name);
        let allowed: Vec<&String> =
            self.allow.iter().chain(of_it.flat_map(|exception| &exception.allow)).collect();
        // Older manifests separate a choice by a slash.
        let parsed =
            package.license.as_deref().map(|licence| Expression::parse_mode(licence, ParseMode::LAX));
        let Some(Ok(expression)) = parsed else { return false };
        expression.evaluate(|one| allowed.iter().any(|name| *name == &one.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_choice_needs_one_that_is_allowed_and_a_sum_needs_all() {
        let exceptions = vec![Exception { name: "port".into(), allow: vec!["MPL-2.0".into()] }];
        let licences = Licences { allow: vec!["MIT".into(), "Unicode-3.0".into()], exceptions };
        let allows = |name: &str, licence: &str| {
            let manifest = serde_json::json!({
                "id": name, "name": name, "version": "1.0.0", "license": licence, "keywords": [], "categories": [],
                "dependencies": [], "manifest_path": "/Cargo.toml"
            });
            licences.allows(&serde_json::from_value(manifest).unwrap())
        };
        assert!(allows("a", "MIT") && allows("a", "GPL-3.0-only OR MIT") && allows("a", "Apache-2.0/MIT"));
        assert!(allows("a", "(MIT OR Apache-2.0) AND Unicode-3.0"));
        assert!(
            !allows("a", "MIT AND GPL-3.0-only") && !allows("a", "Apache-2.0") && !allows("a", "as you like")
        );
        assert!(allows("port", "MPL-2.0") && !allows("a", "MPL-2.0"));
    }
}
