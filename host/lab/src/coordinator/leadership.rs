//! Who leads a run. The last message on the subject of leads in the stream of the run's journal says so, and
//! a coordinator adds to the stream only right behind what it knows: once another one has added its lead, the
//! former one cannot add anything any more.

use crate::messages::{Lead, MOST_TEXT, RunName, decode};
use crate::subjects;
use async_nats::jetstream::message::PublishMessage;
use async_nats::jetstream::stream::Stream;
use async_nats::{Client, RequestErrorKind};
use bytes::Bytes;
use eggroll_host::words;
use std::time::Duration;

/// The most bytes of the journal in a message.
const PART: usize = 256 << 10;
/// So many bytes of a message are left for what is beside its contents.
const BESIDE: usize = 4 << 10;
/// A coordinator that does not answer for so long is taken as gone.
const ANSWERS_WITHIN: Duration = Duration::from_secs(3);

/// The most bytes of contents that a message may have on this server.
pub(super) fn most_contents(client: &Client) -> usize {
    client.max_payload().saturating_sub(BESIDE).max(1 << 10)
}

/// The most bytes of the journal in a message to this server.
pub(super) fn part_size(client: &Client) -> usize {
    PART.min(most_contents(client))
}

/// A coordinator as users see it.
fn shown(lead: &Lead) -> String {
    format!("{} (process {})", words::shown(&lead.host, MOST_TEXT), lead.process)
}

/// Asks the coordinator of a run whether it is there. Returns who it is.
pub(crate) async fn led_by(client: &Client, run: RunName) -> Option<String> {
    let asking = client.request(subjects::coordinator(run), Bytes::new());
    match tokio::time::timeout(ANSWERS_WITHIN, asking).await {
        Ok(Ok(answer)) => Some(
            decode::<Lead>(&answer.payload).map_or_else(|_| "another host".to_owned(), |lead| shown(&lead)),
        ),
        // Nobody listens, or whoever listened does not any more.
        Ok(Err(error)) if error.kind() == RequestErrorKind::NoResponders => None,
        Ok(Err(_)) | Err(_) => None,
    }
}

/// A message with a part of the journal that begins at an offset.
pub(super) fn part_message(offset: u64, part: &[u8]) -> PublishMessage {
    PublishMessage::build().payload([&offset.to_le_bytes(), part].concat().into())
}

/// The number of the latest lead, and who has it.
pub(super) async fn leader(stream: &Stream, run: RunName) -> (u64, String) {
    match stream.get_last_raw_message_by_subject(&subjects::lead(run)).await {
        Ok(message) => {
            let by = decode::<Lead>(&message.payload);
            (message.sequence, by.map_or_else(|_| "another host".to_owned(), |lead| shown(&lead)))
        }
        Err(_) => (0, "another host".to_owned()),
    }
}
