//! What a coordinator has delivered to its agents. An agent reads no stream itself: a consumer of its name
//! delivers to its subjects, and the agent acknowledges.

use super::shared::Shared;
use crate::messages::{ACKNOWLEDGED_WITHIN, LatestCheckpoint, Needed, encode};
use crate::subjects::{self, BUCKET, Kind};
use async_nats::jetstream::consumer::{AckPolicy, DeliverPolicy, push};

/// So many messages to an agent may be on their way.
const ON_THEIR_WAY: i64 = 512;
/// So many chunks of bytes may be on their way, each of up to 128 KiB.
const CHUNKS_ON_THEIR_WAY: i64 = 32;

impl Shared {
    /// Has what an agent asks for delivered to it.
    pub(super) async fn supply(&self, agent: &str, what: Needed) {
        let delivered = match what {
            Needed::Checkpoint => {
                let latest = LatestCheckpoint { run: self.run, blob: self.latest_checkpoint() };
                let subject = subjects::to(agent, Kind::Checkpoint);
                let _ = self.connection.client.publish(subject, encode(&latest).into()).await;
                return;
            }
            Needed::Blob(hash) => {
                let Some(name) = self.blob(&hash) else { return };
                let Ok(info) = self.store.info(&name).await else { return };
                let consumer = push::Config {
                    filter_subject: format!("$O.{BUCKET}.C.{}", info.nuid),
                    max_ack_pending: CHUNKS_ON_THEIR_WAY,
                    ..consumer(agent, Kind::Blob)
                };
                self.deliver(&format!("OBJ_{BUCKET}"), agent, consumer).await
            }
            Needed::Journal { after } => {
                let consumer = push::Config {
                    filter_subject: subjects::journal(self.run),
                    deliver_policy: DeliverPolicy::ByStartSequence {
                        start_sequence: after.saturating_add(1),
                    },
                    ..consumer(agent, Kind::Journal)
                };
                self.deliver(&subjects::journal_stream(self.run), agent, consumer).await
            }
            Needed::Work => {
                let filter_subject = subjects::all_work(self.run, agent);
                let consumer = push::Config { filter_subject, ..consumer(agent, Kind::Work) };
                self.deliver(&subjects::work_stream(self.run), agent, consumer).await
            }
        };
        if let Err(why) = delivered {
            // The agent asks again.
            tracing::debug!("agent {agent}: {what:?} was not delivered: {why}");
        }
    }

    /// Makes the consumer of an agent on a stream anew.
    async fn deliver(&self, stream: &str, agent: &str, consumer: push::Config) -> Result<(), String> {
        let _ = self.jetstream.delete_consumer_from_stream(agent, stream).await;
        let made = self.jetstream.create_consumer_on_stream(consumer, stream).await;
        made.map(drop).map_err(|error| error.to_string())
    }
}

/// A consumer of an agent's name that delivers to one of its subjects.
fn consumer(agent: &str, kind: Kind) -> push::Config {
    push::Config {
        durable_name: Some(agent.to_owned()),
        deliver_subject: subjects::to(agent, kind),
        ack_policy: AckPolicy::Explicit,
        ack_wait: ACKNOWLEDGED_WITHIN,
        max_ack_pending: ON_THEIR_WAY,
        ..push::Config::default()
    }
}
