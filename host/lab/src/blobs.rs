//! Bytes in the object store, addressed by their content.

use crate::messages::{Blob, Hash};
use crate::subjects::{self, BUCKET};
use async_nats::jetstream::Context;
use async_nats::jetstream::object_store::{Config, ObjectStore};
use sha2::{Digest, Sha256};
use tokio::io::AsyncReadExt;

/// The SHA-256 of bytes.
pub(crate) fn hash(bytes: &[u8]) -> Hash {
    Sha256::digest(bytes).into()
}

/// The object store, which is made if it is not there.
///
/// # Errors
/// The server's, in words.
pub(crate) async fn store(jetstream: &Context) -> Result<ObjectStore, String> {
    if let Ok(store) = jetstream.get_object_store(BUCKET).await {
        return Ok(store);
    }
    let config = Config { bucket: BUCKET.to_owned(), ..Config::default() };
    jetstream.create_object_store(config).await.map_err(|error| error.to_string())
}

/// Stores bytes under the name of their content, once.
///
/// # Errors
/// The server's, in words.
pub(crate) async fn keep(store: &ObjectStore, bytes: &[u8]) -> Result<Blob, String> {
    let blob = Blob { hash: hash(bytes), len: bytes.len() as u64 };
    let name = subjects::blob(&blob.hash);
    let known = store.info(&name).await;
    if known.is_ok_and(|info| !info.deleted && info.size as u64 == blob.len) {
        return Ok(blob);
    }
    let mut bytes = bytes;
    store.put(name.as_str(), &mut bytes).await.map_err(|error| error.to_string())?;
    Ok(blob)
}

/// Reads an object of at most so many bytes.
///
/// # Errors
/// In words, what fails.
pub(crate) async fn read(store: &ObjectStore, name: &str, most: u64) -> Result<Vec<u8>, String> {
    let object = store.get(name).await.map_err(|error| error.to_string())?;
    let mut bytes = Vec::new();
    object.take(most).read_to_end(&mut bytes).await.map_err(|error| error.to_string())?;
    Ok(bytes)
}
