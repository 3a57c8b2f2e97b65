//! What is sent to an agent.

use crate::login::Connection;
use crate::subjects::{self, Kind};
use async_nats::jetstream;
use async_nats::{Message, SubscribeError};
use futures_util::StreamExt;
use tokio::sync::mpsc;

/// So many messages may wait. A stream sends on when earlier messages are acknowledged.
const QUEUE: usize = 4096;

/// A message to the agent.
pub(super) struct Delivered {
    pub(super) kind: Kind,
    pub(super) message: Message,
}

impl Delivered {
    /// The message as one of a stream, which can be acknowledged.
    pub(super) fn of_stream(self, jetstream: &jetstream::Context) -> jetstream::Message {
        jetstream::Message { message: self.message, context: jetstream.clone() }
    }
}

/// Subscribes to all kinds of messages to an agent.
///
/// # Errors
/// The connection is closed.
pub(super) async fn open(
    connection: &Connection,
    agent: &str,
) -> Result<mpsc::Receiver<Delivered>, SubscribeError> {
    let (sender, receiver) = mpsc::channel(QUEUE);
    // A message of a stream comes under the stream's subject, so each kind has a subscription of its own.
    for kind in Kind::ALL {
        let mut messages = connection.client.subscribe(subjects::to(agent, kind)).await?;
        let sender = sender.clone();
        tokio::spawn(async move {
            while let Some(message) = messages.next().await {
                if sender.send(Delivered { kind, message }).await.is_err() {
                    return;
                }
            }
        });
    }
    Ok(receiver)
}
