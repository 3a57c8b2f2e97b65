//! The copy of the run: every record of the journal goes into a stream, and a checkpoint into the object
//! store now and then.

use super::error::LabError;
use super::leadership::{leader, part_message, part_size};
use super::shared::Shared;
use crate::blobs;
use crate::messages::{Blob, StoredCheckpoint, encode};
use crate::subjects;
use async_nats::jetstream::context::PublishErrorKind;
use eggroll_host::run::journal::first_record;
use eggroll_host::run::{Lengths, Mirror, Record, RunError};
use eggroll_host::update::Checkpoint;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

/// The most bytes of records that wait for the server.
const MOST_QUEUED: u64 = 256 << 20;
/// A checkpoint is stored once the records since the last one are so many times as large as it is, since an
/// agent that joins reads either.
const WORTH: u64 = 4;
/// But also after this time, since an agent that joins computes all updates since then.
const CHECKPOINT_EVERY: Duration = Duration::from_secs(30);
/// The size that a checkpoint is taken to have before there is one.
const FIRST_SIZE: u64 = 64 << 10;
/// The pause before a record is sent again that the server has not taken.
const SENT_AGAIN: Duration = Duration::from_millis(300);

/// Users are told of a record that was refused so many times.
const TELL_AFTER: u32 = 10;

/// What waits to be copied.
enum Item {
    Record(Vec<u8>),
    Checkpoint(Checkpoint, Lengths),
}

/// What the training and the task that copies share.
struct Queue {
    /// The bytes that wait.
    bytes: AtomicU64,
    /// The size of the latest checkpoint.
    size: AtomicU64,
    /// Whether a checkpoint is being stored.
    storing: AtomicBool,
}

/// The task that copies.
pub(super) struct Copier {
    mirror: Option<LabMirror>,
    task: JoinHandle<Result<(), LabError>>,
}

/// What the training sees of it.
struct LabMirror {
    shared: Arc<Shared>,
    sender: mpsc::UnboundedSender<Item>,
    queue: Arc<Queue>,
    /// The bytes of records since the latest checkpoint.
    since: u64,
    at: Instant,
    /// Whether the run went back, so that agents need a checkpoint before they can go on.
    went_back: bool,
}

impl Copier {
    /// Begins to copy behind what the lab has: so many bytes, and the last message. A run that is `resumed`
    /// has a past through which an agent may not be able to go, since it may have gone back.
    pub(super) fn start(shared: Arc<Shared>, (offset, sequence): (u64, u64), resumed: bool) -> Self {
        let (sender, items) = mpsc::unbounded_channel();
        let queue = Queue {
            bytes: AtomicU64::new(0),
            size: AtomicU64::new(FIRST_SIZE),
            storing: AtomicBool::new(false),
        };
        let queue = Arc::new(queue);
        shared.copied(sequence);
        let copying = Copying { shared: Arc::clone(&shared), queue: Arc::clone(&queue), offset, sequence };
        let task = tokio::spawn(copying.copy(items));
        let mirror = LabMirror { shared, sender, queue, since: 0, at: Instant::now(), went_back: resumed };
        Self { mirror: Some(mirror), task }
    }

    pub(super) fn mirror(&mut self) -> Option<Box<dyn Mirror>> {
        self.mirror.take().map(|mirror| Box::new(mirror) as Box<dyn Mirror>)
    }

    /// Waits until everything is copied. The training has dropped its mirror.
    pub(super) async fn finish(mut self) -> Result<(), LabError> {
        self.mirror = None;
        self.task.await.unwrap_or(Ok(()))
    }
}

impl Mirror for LabMirror {
    fn append(&mut self, record: &[u8]) -> Result<(), RunError> {
        if let Some(loss) = self.shared.loss() {
            return Err(RunError::Mirror(loss.to_string()));
        }
        let len = record.len() as u64;
        if self.queue.bytes.fetch_add(len, Ordering::Relaxed) + len > MOST_QUEUED {
            let server = &self.shared.connection.server;
            let why =
                format!("{server} has not taken the last {MOST_QUEUED} bytes of the run: is it still there?");
            return Err(RunError::Mirror(why));
        }
        self.since += len;
        self.went_back |=
            matches!(first_record(record), Ok(Some((Record::Rollback { .. } | Record::Length { .. }, _))));
        // Without the task the loss is known.
        let _ = self.sender.send(Item::Record(record.to_vec()));
        Ok(())
    }

    fn wants_checkpoint(&self) -> bool {
        let worth = self.since > WORTH * self.queue.size.load(Ordering::Relaxed)
            || (self.since > 0 && self.at.elapsed() > CHECKPOINT_EVERY);
        self.went_back || (worth && !self.queue.storing.load(Ordering::Relaxed))
    }

    fn checkpoint(&mut self, checkpoint: Checkpoint, lengths: &Lengths) {
        (self.since, self.at, self.went_back) = (0, Instant::now(), false);
        let _ = self.sender.send(Item::Checkpoint(checkpoint, lengths.clone()));
    }
}

struct Copying {
    shared: Arc<Shared>,
    queue: Arc<Queue>,
    offset: u64,
    sequence: u64,
}

impl Copying {
    async fn copy(mut self, mut items: mpsc::UnboundedReceiver<Item>) -> Result<(), LabError> {
        let mut storing: Option<JoinHandle<()>> = None;
        while let Some(item) = items.recv().await {
            match item {
                Item::Record(bytes) => {
                    for part in bytes.chunks(part_size(&self.shared.connection.client)) {
                        if let Err(loss) = self.add(part).await {
                            self.shared.lose(loss.clone());
                            return Err(loss);
                        }
                    }
                    self.queue.bytes.fetch_sub(bytes.len() as u64, Ordering::Relaxed);
                }
                Item::Checkpoint(state, lengths) => {
                    if let Some(earlier) = storing.take() {
                        let _ = earlier.await;
                    }
                    let (sequence, offset) = (self.sequence, self.offset);
                    let checkpoint = StoredCheckpoint { sequence, offset, lengths, state };
                    self.queue.storing.store(true, Ordering::Relaxed);
                    storing = Some(tokio::spawn(store(
                        Arc::clone(&self.shared),
                        Arc::clone(&self.queue),
                        checkpoint,
                    )));
                }
            }
        }
        if let Some(storing) = storing {
            let _ = storing.await;
        }
        Ok(())
    }

    /// Adds a part to the stream, right behind the last one, until the server has taken it.
    async fn add(&mut self, part: &[u8]) -> Result<(), LabError> {
        let (subject, mut refusals) = (subjects::journal(self.shared.run), 0);
        loop {
            let message = part_message(self.offset, part).expected_last_sequence(self.sequence);
            let sent = self.shared.jetstream.send_publish(subject.clone(), message).await;
            let (sequence, why) = match sent {
                Ok(taken) => match taken.await {
                    Ok(taken) => (Some(taken.sequence), None),
                    Err(error) => (None, Some((error.kind(), error.to_string()))),
                },
                Err(error) => (None, Some((error.kind(), error.to_string()))),
            };
            let sequence = match why {
                None => sequence,
                // Either an earlier attempt was taken, or another coordinator has added something.
                Some((PublishErrorKind::WrongLastSequence, _)) => self.taken_before(part).await?,
                Some((_, why)) => {
                    refusals += 1;
                    if refusals == TELL_AFTER && self.shared.connection.health.up_for().is_some() {
                        let (server, run) = (&self.shared.connection.server, self.shared.run);
                        tracing::warn!("{server} does not take the journal of run {run}: {why}; trying on");
                    }
                    tokio::time::sleep(SENT_AGAIN).await;
                    None
                }
            };
            if let Some(sequence) = sequence {
                (self.offset, self.sequence) = (self.offset + part.len() as u64, sequence);
                self.shared.copied(sequence);
                return Ok(());
            }
        }
    }

    /// The sequence of a part that the server has already; `None` if it cannot be asked now.
    async fn taken_before(&self, part: &[u8]) -> Result<Option<u64>, LabError> {
        let Ok(stream) = self.shared.jetstream.get_stream(subjects::journal_stream(self.shared.run)).await
        else {
            tokio::time::sleep(SENT_AGAIN).await;
            return Ok(None);
        };
        let (epoch, by) = leader(&stream, self.shared.run).await;
        if epoch > self.shared.epoch {
            return Err(LabError::TakenOver { run: self.shared.run.to_string(), by });
        }
        let ours = [&self.offset.to_le_bytes(), part].concat();
        match stream.get_raw_message(self.sequence + 1).await {
            Ok(message) if *message.payload == ours => Ok(Some(message.sequence)),
            Ok(_) => Err(LabError::TakenOver { run: self.shared.run.to_string(), by }),
            Err(_) => {
                let server = self.shared.connection.server.clone();
                let info = stream.cached_info().state.last_sequence;
                if info < self.sequence {
                    // The server was set back to an earlier state of its disk, or the stream was removed.
                    let why = format!("the copy of run {} was removed or cut short", self.shared.run);
                    return Err(LabError::Server { server, why });
                }
                tokio::time::sleep(SENT_AGAIN).await;
                Ok(None)
            }
        }
    }
}

/// Stores a checkpoint in the place of the one before it.
async fn store(shared: Arc<Shared>, queue: Arc<Queue>, checkpoint: StoredCheckpoint) {
    let bytes = encode(&checkpoint);
    let blob = Blob { hash: blobs::hash(&bytes), len: bytes.len() as u64 };
    let name = subjects::checkpoint(shared.run);
    let stored = shared.store.put(name.as_str(), &mut &*bytes).await;
    match stored {
        Ok(_) => {
            queue.size.store(blob.len, Ordering::Relaxed);
            shared.has_checkpoint(blob);
        }
        // Agents that join go through more of the journal instead.
        Err(error) => tracing::debug!("a checkpoint was not stored: {error}"),
    }
    queue.storing.store(false, Ordering::Relaxed);
}
