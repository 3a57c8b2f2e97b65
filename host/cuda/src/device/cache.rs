//! Compiled kernels, kept in the user's cache directory. Whatever is wrong with it, kernels are only compiled
//! again.

use sha2::{Digest, Sha256};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Bytes of the hash that a file begins with.
const HASH: usize = 32;

/// Most bytes of a file that are read.
const MOST: u64 = 256 << 20;

/// A file of the cache.
pub(super) struct Entry(Option<PathBuf>);

impl Entry {
    /// Where an image of these ingredients is kept; nowhere, where the user has no such directory.
    pub(super) fn of(ingredients: &[&str]) -> Self {
        Self(folder().map(|folder| Self::path(&folder, ingredients)))
    }

    fn path(folder: &Path, ingredients: &[&str]) -> PathBuf {
        let mut hash = Sha256::new();
        for part in ingredients {
            hash.update((part.len() as u64).to_le_bytes());
            hash.update(part);
        }
        let name: String = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        folder.join(format!("{name}.image"))
    }

    /// The image, if it is there and whole.
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        let bytes = bounded(self.0.as_ref()?).ok()?;
        let (hash, image) = bytes.split_at_checked(HASH)?;
        (Sha256::digest(image)[..] == *hash).then(|| image.to_vec())
    }

    /// Keeps an image: written beside its place and then moved there, so that nobody reads a part.
    pub(super) fn write(&self, image: &[u8]) {
        let Some(path) = &self.0 else { return };
        if let Err(error) = write(path, image) {
            tracing::debug!(%error, path = %path.display(), "compiled kernels are not kept");
        }
    }

    /// Forgets what is there.
    pub(super) fn remove(&self) {
        if let Some(path) = &self.0 {
            // What is not there is forgotten.
            let _ = std::fs::remove_file(path);
        }
    }
}

/// Reads a regular file of at most [`MOST`] bytes.
fn bounded(path: &Path) -> io::Result<Vec<u8>> {
    if !fs::metadata(path)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    let mut bytes = Vec::new();
    File::open(path)?.take(MOST + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MOST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(bytes) }
}

fn write(path: &Path, image: &[u8]) -> io::Result<()> {
    let folder = path.parent().ok_or(io::ErrorKind::NotFound)?;
    std::fs::create_dir_all(folder)?;
    let unfinished = path.with_extension(format!("{}.part", std::process::id()));
    let mut bytes = Sha256::digest(image).to_vec();
    bytes.extend_from_slice(image);
    std::fs::write(&unfinished, bytes)?;
    std::fs::rename(unfinished, path)
}

/// The user's cache directory, by the conventions of the system.
fn folder() -> Option<PathBuf> {
    let of = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let base = if cfg!(windows) {
        of("LOCALAPPDATA")
    } else {
        of("XDG_CACHE_HOME").or_else(|| {
            let below = if cfg!(target_os = "macos") { "Library/Caches" } else { ".cache" };
            of("HOME").map(|home| home.join(below))
        })
    };
    base.map(|base| base.join("eggroll").join("cuda"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn damaged_images_are_not_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = Entry::path(&folder.path().join("new"), &["source", "sm_90"]);
        assert_ne!(path, Entry::path(&folder.path().join("new"), &["sources", "m_90"]));
        let entry = Entry(Some(path.clone()));
        assert_eq!(entry.read(), None);
        entry.write(b"image");
        assert_eq!(entry.read().as_deref(), Some(&b"image"[..]));
        let whole = std::fs::read(&path).unwrap();
        for len in [0, 1, HASH, whole.len() - 1] {
            std::fs::write(&path, &whole[..len]).unwrap();
            assert_eq!(entry.read(), None, "{len}");
        }
        let mut flipped = whole;
        flipped[HASH + 2] ^= 1;
        std::fs::write(&path, &flipped).unwrap();
        assert_eq!(entry.read(), None);
        entry.write(b"again");
        assert_eq!(entry.read().as_deref(), Some(&b"again"[..]));
        entry.remove();
        assert_eq!(entry.read(), None);
    }

    #[test]
    fn a_place_that_cannot_be_written_is_no_matter() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("file");
        std::fs::write(&file, "").unwrap();
        let entry = Entry(Some(file.join("entry.image")));
        entry.write(b"image");
        assert_eq!(entry.read(), None);
        assert_eq!(Entry(None).read(), None);
    }
}
