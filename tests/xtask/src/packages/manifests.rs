//! What a manifest has to say before its crate can be published.

use super::metadata::{Metadata, Package};
use anyhow::{Result, bail};

/// Most keywords that the registry takes, and most letters of one.
const KEYWORDS: (usize, usize) = (5, 20);

/// Looks at the manifest of each crate that is published.
pub(super) fn check(metadata: &Metadata) -> Result<()> {
    let names: Vec<&str> = metadata.published().map(|package| &*package.name).collect();
    let faults: Vec<String> = metadata.published().flat_map(|package| faults(package, &names)).collect();
    if !faults.is_empty() {
        bail!("manifests that a registry would refuse, or that say too little:\n{}", faults.join("\n"));
    }
    println!("manifests: {} are complete", names.join(", "));
    Ok(())
}

/// What is wrong with a manifest; `names` are all crates that are published.
fn faults(package: &Package, names: &[&str]) -> Vec<String> {
    let name = &package.name;
    let mut faults = Vec::new();
    let mut need = |is_there: bool, what: &str| {
        if !is_there {
            faults.push(format!("{name}: {what}"));
        }
    };
    need(package.description.is_some(), "it has no description");
    need(package.license.is_some(), "it names no licence");
    need(package.repository.is_some(), "it names no repository");
    need(package.rust_version.is_some(), "it names no rust-version");
    let readme = package.readme.as_ref();
    need(readme.is_some_and(|path| package.folder().join(path).is_file()), "it has no readme");
    for file in ["LICENSE-APACHE", "LICENSE-MIT"] {
        need(package.folder().join(file).is_file(), &format!("{file} is not in its folder"));
    }
    let (most, longest) = KEYWORDS;
    let fits = |word: &String| word.len() <= longest && word.starts_with(|c: char| c.is_ascii_alphanumeric());
    need(!package.keywords.is_empty(), "it has no keywords");
    need(package.keywords.len() <= most, &format!("it has more than {most} keywords"));
    need(
        package.keywords.iter().all(fits),
        &format!("a keyword has more than {longest} letters, or begins with none"),
    );
    need(!package.categories.is_empty(), "it has no categories");
    for dependency in
        package.dependencies.iter().filter(|d| d.path.is_some() && d.kind.as_deref() != Some("dev"))
    {
        let on = &dependency.name;
        need(dependency.req != "*", &format!("its dependency on {on} has a path and no version"));
        need(names.contains(&&**on), &format!("it depends on {on}, which is not published"));
    }
    faults
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_named() {
        let manifest = r#"{"id": "a", "name": "a", "version": "0.1.0", "license": "MIT", "description": "d",
            "repository": null, "readme": "no such file", "rust_version": "1.95", "keywords": ["a-word-of-more-than-twenty"],
            "categories": ["science"], "manifest_path": "/nowhere/Cargo.toml", "publish": null, "dependencies": [
                {"name": "b", "req": "*", "kind": null, "path": "/b"},
                {"name": "c", "req": "^0.1", "kind": "build", "path": "/c"},
                {"name": "d", "req": "*", "kind": "dev", "path": "/d"},
                {"name": "e", "req": "^1", "kind": null}]}"#;
        let package: Package = serde_json::from_str(manifest).unwrap();
        let said = faults(&package, &["a", "b"]).join("\n");
        for words in
            ["repository", "readme", "LICENSE-MIT", "20 letters", "b has a path", "c, which is not published"]
        {
            assert!(said.contains(words), "no `{words}` in\n{said}");
        }
        for words in ["description", "rust-version", "categories", "on d", "on e"] {
            assert!(!said.contains(words), "`{words}` in\n{said}");
        }
    }
}
