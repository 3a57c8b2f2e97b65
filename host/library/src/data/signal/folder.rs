//! Folders of recordings: sounds or logs, those of each class in a folder by its name.

use super::super::contents::contents;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Most recordings of a folder.
const MAX_RECORDINGS: usize = 1 << 20;

/// What the files of a folder are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) enum Kind {
    /// WAV files.
    Sounds,
    /// Tables, a row for each moment.
    Logs,
}

impl Kind {
    /// The kind of a file by how its name ends.
    fn of(path: &Path) -> Option<Kind> {
        let name = path.file_name()?.to_string_lossy().to_ascii_lowercase();
        let name = name.strip_suffix(".gz").unwrap_or(&name);
        match name.rsplit_once('.')?.1 {
            "wav" | "wave" => Some(Kind::Sounds),
            "csv" | "tsv" | "txt" | "log" | "dat" => Some(Kind::Logs),
            _ => None,
        }
    }

    const fn title(self) -> &'static str {
        match self {
            Self::Sounds => "a WAV file",
            Self::Logs => "a log (CSV)",
        }
    }
}

/// A file of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Entry {
    /// The name of the folder that it is in; none of a file in the folder itself.
    pub(in super::super) class: Option<String>,
    pub(in super::super) path: PathBuf,
    /// What messages and answers call it: its path within the folder.
    pub(in super::super) name: String,
    /// Its name without its folder.
    file: String,
}

/// The files of a folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) struct Listing {
    pub(in super::super) kind: Kind,
    pub(in super::super) files: Vec<Entry>,
    /// Files beside the folders of classes that are no recordings.
    pub(in super::super) passed_over: Vec<String>,
}

fn file_name(path: &Path) -> String {
    path.file_name().unwrap_or_default().to_string_lossy().into_owned()
}

/// The recordings in a folder, if any are there.
///
/// # Errors
/// What stands in the wrong place, and what to do.
pub(in super::super) fn list(folder: &Path) -> Result<Option<Listing>, String> {
    let (beside, folders) = contents(folder)?;
    let mut files = Vec::new();
    let (mut deeper, mut empty) = (None, None);
    for class in &folders {
        let (inside, below) = contents(class)?;
        deeper = deeper.or(below.into_iter().next());
        if inside.is_empty() {
            empty = empty.or(Some(class));
        }
        let name = file_name(class);
        files.extend(inside.into_iter().map(|path| {
            let file = file_name(&path);
            Entry { class: Some(name.clone()), path, name: format!("{name}/{file}"), file }
        }));
    }
    let mut passed_over = Vec::new();
    for path in beside {
        let file = file_name(&path);
        if folders.is_empty() {
            files.push(Entry { class: None, path, name: file.clone(), file });
        } else if Kind::of(&path) == Some(Kind::Sounds) {
            return Err(format!("{file} lies beside folders of classes; put it into one of them"));
        } else {
            passed_over.push(file);
        }
    }
    let has = |kind: Kind| files.iter().any(|entry| Kind::of(&entry.path) == Some(kind));
    let Some(kind) = [Kind::Sounds, Kind::Logs].into_iter().find(|&kind| has(kind)) else { return Ok(None) };
    if let Some(deeper) = deeper {
        return Err(format!(
            "{} is a folder in the folder of a class; keep files alone there",
            deeper.display()
        ));
    }
    if let Some(empty) = empty {
        return Err(format!("there is no file in {}; put some there, or remove it", empty.display()));
    }
    if let Some(odd) = files.iter().find(|entry| Kind::of(&entry.path) != Some(kind)) {
        let (title, name) = (kind.title(), &odd.name);
        return Err(format!(
            "{name} is not {title}, as others here are; keep one kind of file in the folder"
        ));
    }
    if files.len() > MAX_RECORDINGS {
        return Err(format!("there are {} files, more than {MAX_RECORDINGS}; give fewer", files.len()));
    }
    Ok(Some(Listing { kind, files, passed_over }))
}

/// How files are grouped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in super::super) enum Grouped {
    /// Each is a group.
    Each,
    /// By the voice that their names name, in so many groups.
    Voices(usize),
    /// By what stands before a separator in their names, in so many groups.
    Before(String, usize),
}

/// The voice in a name of the form `NAME_nohash_N.wav`.
fn voice(file: &str) -> Option<&str> {
    let (name, rest) = file.split_once("_nohash_")?;
    let number = rest.split('.').next()?;
    (!name.is_empty() && !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
        .then_some(name)
}

/// The group of each file.
///
/// # Errors
/// The name of a file in which the separator is not.
pub(in super::super) fn groups(
    files: &[Entry],
    separator: Option<&str>,
) -> Result<(Vec<String>, Grouped), String> {
    let count = |groups: &[String]| groups.iter().collect::<BTreeSet<_>>().len();
    if let Some(separator) = separator {
        let before = |entry: &Entry| match entry.file.split_once(separator) {
            Some((before, _)) if !before.is_empty() && !separator.is_empty() => Ok(before.to_owned()),
            _ => Err(format!(
                "--group {separator}: of a folder it is what stands behind the name of a group in the names of files, and \
                 {} has no such name",
                entry.name
            )),
        };
        let groups: Vec<String> = files.iter().map(before).collect::<Result<_, _>>()?;
        let count = count(&groups);
        return Ok((groups, Grouped::Before(separator.to_owned(), count)));
    }
    let of = |entry: &Entry| voice(&entry.file).map_or_else(|| entry.name.clone(), str::to_owned);
    let groups: Vec<String> = files.iter().map(of).collect();
    let named = files.iter().any(|entry| voice(&entry.file).is_some());
    let how = if named { Grouped::Voices(count(&groups)) } else { Grouped::Each };
    Ok((groups, how))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs;

    fn folder(files: &[&str]) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        for file in files {
            let path = folder.path().join(file);
            if file.ends_with('/') {
                fs::create_dir_all(path).unwrap();
            } else {
                fs::create_dir_all(path.parent().unwrap()).unwrap();
                fs::write(path, "x").unwrap();
            }
        }
        folder
    }

    #[test]
    fn recordings_of_classes_and_without() {
        let of = |files: &[&str]| {
            let listing = list(folder(files).path()).unwrap()?;
            let names: Vec<String> = listing.files.iter().map(|entry| entry.name.clone()).collect();
            Some((listing.kind, names.join(" "), listing.passed_over.join(" ")))
        };
        let sounds = of(&["no/b.wav", "no/a.WAV", "yes/c.wav", "yes/.hidden", "README.md", "list.txt"]);
        assert_eq!(
            sounds,
            Some((Kind::Sounds, "no/a.WAV no/b.wav yes/c.wav".into(), "README.md list.txt".into()))
        );
        assert_eq!(of(&["b.csv", "a.csv.gz"]), Some((Kind::Logs, "a.csv.gz b.csv".into(), String::new())));
        assert_eq!(of(&["cats/a.png", "dogs/b.png"]), None);
        assert_eq!(of(&[]), None);
    }

    #[test]
    fn faults_name_the_file() {
        for (files, words) in [
            (&["a/x.wav", "y.wav"][..], "y.wav lies beside folders"),
            (&["a/x.wav", "a/deep/y.wav"], "deep is a folder in the folder of a class"),
            (&["a/x.wav", "b/"], "there is no file in"),
            (&["a/x.wav", "b/y.csv"], "b/y.csv is not a WAV file"),
            (&["a/x.csv", "b/y.png"], "b/y.png is not a log"),
        ] {
            let message = list(folder(files).path()).unwrap_err();
            assert!(message.contains(words), "{message}");
        }
    }

    #[test]
    fn groups_by_names() {
        let of = |names: &[&str], separator| {
            let entry = |name: &&str| Entry {
                class: Some("c".to_owned()),
                path: PathBuf::from(name),
                name: format!("c/{name}"),
                file: (*name).to_owned(),
            };
            groups(&names.iter().map(entry).collect::<Vec<_>>(), separator)
        };
        let voices = of(&["ann_nohash_0.wav", "bob_nohash_0.wav", "ann_nohash_12.wav", "noise.wav"], None);
        let names = ["ann", "bob", "ann", "c/noise.wav"].map(str::to_owned).to_vec();
        assert_eq!(voices, Ok((names, Grouped::Voices(3))));
        let each = of(&["a.csv", "x_nohash_.csv"], None).unwrap();
        assert_eq!(each, (vec!["c/a.csv".to_owned(), "c/x_nohash_.csv".to_owned()], Grouped::Each));
        let before = of(&["s1-a-1.csv", "s1-b.csv", "s2-a.csv"], Some("-")).unwrap();
        let names = ["s1", "s1", "s2"].map(str::to_owned).to_vec();
        assert_eq!(before, (names, Grouped::Before("-".to_owned(), 2)));
        for (name, separator) in [("a.csv", "-"), ("-a.csv", "-"), ("a.csv", "")] {
            let message = of(&[name], Some(separator)).unwrap_err();
            assert!(message.contains(&format!("c/{name} has no such name")), "{message}");
        }
    }
}
