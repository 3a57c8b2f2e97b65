//! What an agent asks its coordinator for before it can evaluate a run.

use super::desk::Desk;
use super::inbox::Delivered;
use crate::blobs;
use crate::messages::{Blob, LatestCheckpoint, Needed, RunSetup, StoredCheckpoint, SyncWay, decode};
use crate::subjects::Kind;
use bytes::Bytes;
use eggroll_host::update::{Setup, Sync};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::mpsc;

/// After this time without anything new, the agent asks again.
const ASK_AGAIN: Duration = Duration::from_secs(4);
/// The most bytes of data that an agent takes: as many as the host reads of a file.
const MOST_DATA: u64 = 1 << 30;

impl Desk {
    /// Gets bytes by their content.
    ///
    /// # Errors
    /// They are too many, or the run is over.
    async fn blob(&self, inbox: &mut mpsc::Receiver<Delivered>, blob: Blob) -> Result<Vec<u8>, String> {
        if blob.len > MOST_DATA {
            return Err(format!("{} bytes of data, and an agent takes at most {MOST_DATA}", blob.len));
        }
        if blob.len == 0 {
            return Ok(Vec::new());
        }
        // Chunks of an earlier request may still come. Each object has a subject of its own.
        let mut chunks: HashMap<String, BTreeMap<u64, Bytes>> = HashMap::new();
        self.need(Needed::Blob(blob.hash)).await;
        loop {
            let Some(delivered) = self.next(inbox).await? else {
                self.need(Needed::Blob(blob.hash)).await;
                continue;
            };
            if delivered.kind != Kind::Blob {
                continue;
            }
            let message = delivered.of_stream(&self.jetstream);
            let _ = message.ack().await;
            let Ok(sequence) = message.info().map(|info| info.stream_sequence) else { continue };
            let parts = chunks.entry(message.subject.to_string()).or_default();
            parts.insert(sequence, message.payload.clone());
            let len: u64 = parts.values().map(|part| part.len() as u64).sum();
            if len == blob.len {
                let bytes: Vec<u8> = parts.values().flatten().copied().collect();
                if blobs::hash(&bytes) == blob.hash {
                    return Ok(bytes);
                }
            }
            if len >= blob.len {
                let subject = message.subject.to_string();
                chunks.remove(&subject);
            }
        }
    }

    /// Gets data, or has them from an earlier run.
    async fn data(&self, inbox: &mut mpsc::Receiver<Delivered>, blob: Blob) -> Result<Vec<u8>, String> {
        if let Some((kept, bytes)) = &*self.kept.lock().await
            && *kept == blob
        {
            return Ok(bytes.clone());
        }
        let bytes = self.blob(inbox, blob).await?;
        *self.kept.lock().await = Some((blob, bytes.clone()));
        Ok(bytes)
    }

    /// The next message; `None` if none comes in time.
    ///
    /// # Errors
    /// The agent has left the run.
    async fn next(&self, inbox: &mut mpsc::Receiver<Delivered>) -> Result<Option<Delivered>, String> {
        tokio::select! {
            () = self.draining.cancelled() => Err("the agent leaves".to_owned()),
            delivered = tokio::time::timeout(ASK_AGAIN, inbox.recv()) => match delivered {
                Ok(Some(delivered)) => Ok(Some(delivered)),
                Ok(None) => Err("the agent has left the run".to_owned()),
                Err(_) => Ok(None),
            },
        }
    }

    /// Everything that evaluators need before the first generation.
    ///
    /// # Errors
    /// The setup cannot be read; those of [`Self::blob`].
    pub(super) async fn setup(
        &self,
        inbox: &mut mpsc::Receiver<Delivered>,
        setup: Blob,
    ) -> Result<Arc<Setup>, String> {
        let bytes = self.blob(inbox, setup).await?;
        let setup: RunSetup = decode(&bytes).map_err(|error| format!("the setup of the run: {error}"))?;
        let mut parts = [setup.samples, setup.text, setup.start].map(|blob| (blob, Vec::new()));
        for (blob, bytes) in &mut parts {
            if let Some(blob) = *blob {
                *bytes = self.data(inbox, blob).await?;
            }
        }
        let [(_, samples), (_, text), (start, weights)] = parts;
        Ok(Arc::new(Setup {
            run: setup.run,
            samples,
            text: text.into(),
            start: start.map(|_| weights.iter().map(|&byte| byte.cast_signed()).collect()),
            identity: setup.identity,
            sync: match setup.sync {
                SyncWay::Cheapest => Sync::Cheapest,
                SyncWay::Scores => Sync::Scores,
                SyncWay::Delta => Sync::Delta,
                SyncWay::Weights => Sync::Weights,
            },
            own: setup.own,
            holds_text: setup.holds_text,
        }))
    }

    /// The latest checkpoint, if there is one.
    ///
    /// # Errors
    /// Those of [`Self::blob`].
    pub(super) async fn checkpoint(
        &self,
        inbox: &mut mpsc::Receiver<Delivered>,
    ) -> Result<Option<StoredCheckpoint>, String> {
        loop {
            self.need(Needed::Checkpoint).await;
            let latest = loop {
                match self.next(inbox).await? {
                    Some(delivered) if delivered.kind == Kind::Checkpoint => {
                        match decode::<LatestCheckpoint>(&delivered.message.payload) {
                            Ok(latest) if latest.run == self.run => break Some(latest),
                            _ => {}
                        }
                    }
                    Some(_) => {}
                    None => break None,
                }
            };
            let Some(latest) = latest else { continue };
            let Some(blob) = latest.blob else { return Ok(None) };
            // A newer one may take its place meanwhile.
            let getting = tokio::time::timeout(ASK_AGAIN * 3, self.blob(inbox, blob)).await;
            if let Ok(bytes) = getting
                && let Ok(checkpoint) = decode(&bytes?)
            {
                return Ok(Some(checkpoint));
            }
        }
    }
}
