//! The files that a run reads, in the object store: who goes on with the run on another computer gets them
//! there. They are kept by their content, each once, and agents get none of them.

use crate::blobs;
use crate::messages::RunName;
use crate::messages::{Blob, StoredFile, decode, encode};
use crate::subjects;
use async_nats::jetstream::object_store::ObjectStore;
use eggroll_host::words;
use std::path::{Path, PathBuf};
use tokio::fs;

/// The most files of a run.
const MOST_FILES: usize = 100_000;
/// The most bytes of all files of a run, as many as the program reads of one.
const MOST_BYTES: u64 = 1 << 30;

/// Keeps copies of files and of all that is in folders. What cannot be kept is said, and the run goes on: it
/// can then be resumed only where the files are.
pub(crate) async fn keep(store: &ObjectStore, run: RunName, paths: &[PathBuf]) {
    if let Err(why) = try_keep(store, run, paths).await {
        tracing::warn!(
            "the lab has no copy of the run's files ({why}): another computer needs them to go on"
        );
    }
}

async fn try_keep(store: &ObjectStore, run: RunName, paths: &[PathBuf]) -> Result<(), String> {
    let (mut list, mut bytes) = (Vec::new(), 0);
    for (place, path) in paths.iter().enumerate() {
        for (below, file) in below(path).await? {
            let content = fs::read(&file).await.map_err(|error| shown(&file, &error))?;
            bytes += content.len() as u64;
            if bytes > MOST_BYTES {
                return Err(format!("they have more than {MOST_BYTES} bytes"));
            }
            let bytes = blobs::keep(store, &content).await?;
            list.push(StoredFile { place: place as u32, below, bytes });
        }
    }
    let list = encode(&list);
    let put = store.put(subjects::files(run).as_str(), &mut &*list).await;
    put.map(drop).map_err(|error| error.to_string())
}

fn shown(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", words::path(path))
}

/// A path itself if it is a file, else all files in the folder, each with the names below it.
async fn below(path: &Path) -> Result<Vec<(Vec<String>, PathBuf)>, String> {
    let (mut files, mut folders) = (Vec::new(), vec![(Vec::new(), path.to_owned())]);
    while let Some((names, path)) = folders.pop() {
        let about = fs::metadata(&path).await.map_err(|error| shown(&path, &error))?;
        if about.is_file() {
            files.push((names, path));
        } else if about.is_dir() {
            let mut entries = fs::read_dir(&path).await.map_err(|error| shown(&path, &error))?;
            while let Some(entry) = entries.next_entry().await.map_err(|error| shown(&path, &error))? {
                let name = entry.file_name().into_string();
                let name = name.map_err(|_| format!("{}: a name in it is not UTF-8", words::path(&path)))?;
                folders.push(([&names[..], &[name]].concat(), entry.path()));
            }
        }
        if files.len() + folders.len() > MOST_FILES {
            return Err(format!("there are more than {MOST_FILES}"));
        }
    }
    files.sort();
    Ok(files)
}

/// Makes sure that the files of a configuration are here, and returns a path for each that it names.
///
/// # Errors
/// In words, what fails; also if the lab has no copy of what is not here.
pub(crate) async fn bring(
    store: &ObjectStore,
    run: RunName,
    paths: &[PathBuf],
    folder: &Path,
) -> Result<Vec<PathBuf>, String> {
    if paths.is_empty() {
        return Ok(Vec::new());
    }
    let list = blobs::read(store, &subjects::files(run), MOST_BYTES).await;
    let list: Vec<StoredFile> = match list {
        Ok(bytes) => decode(&bytes).map_err(|error| error.to_string())?,
        // They were too many to be kept.
        Err(_) => Vec::new(),
    };
    let mut found = Vec::new();
    for (place, path) in paths.iter().enumerate() {
        let stored: Vec<&StoredFile> = list.iter().filter(|file| file.place as usize == place).collect();
        if is_here(path, &stored).await {
            found.push(path.clone());
            continue;
        }
        if stored.is_empty() {
            return Err(format!("the lab has no copy of {}: copy it to this computer", words::path(path)));
        }
        let name = path.file_name().ok_or_else(|| format!("{} has no name", words::path(path)))?;
        let here = std::path::absolute(folder.join(place.to_string()).join(name))
            .map_err(|error| error.to_string())?;
        for file in stored {
            write(store, &here, file).await?;
        }
        found.push(here);
    }
    Ok(found)
}

/// Whether a path has these files and no others. Without a copy in the lab, whatever is here is taken, and
/// its fingerprint is compared when the run is loaded.
async fn is_here(path: &Path, stored: &[&StoredFile]) -> bool {
    let Ok(files) = below(path).await else { return false };
    if stored.is_empty() {
        return true;
    }
    if files.len() != stored.len() {
        return false;
    }
    for (names, file) in files {
        let Some(stored) = stored.iter().find(|stored| stored.below == names) else { return false };
        let Ok(bytes) = fs::read(&file).await else { return false };
        if blobs::hash(&bytes) != stored.bytes.hash {
            return false;
        }
    }
    true
}

/// Writes the copy of a file.
async fn write(store: &ObjectStore, here: &Path, file: &StoredFile) -> Result<(), String> {
    // Names come from another computer, and must not lead out of the folder.
    let plain =
        |name: &String| !name.is_empty() && name != "." && name != ".." && !name.contains(['/', '\\', '\0']);
    if !file.below.iter().all(plain) {
        return Err("the list of files in the lab is damaged".to_owned());
    }
    let path = file.below.iter().fold(here.to_owned(), |path, name| path.join(name));
    let Blob { hash, len } = file.bytes;
    let bytes = blobs::read(store, &subjects::blob(&hash), MOST_BYTES).await?;
    if bytes.len() as u64 != len || blobs::hash(&bytes) != hash {
        return Err(format!("{}: the copy in the lab is damaged", words::path(&path)));
    }
    let folder = path.parent().unwrap_or(here);
    fs::create_dir_all(folder).await.map_err(|error| shown(folder, &error))?;
    fs::write(&path, bytes).await.map_err(|error| shown(&path, &error))
}
