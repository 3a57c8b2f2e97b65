//! What a coordinator puts into a lab before its agents begin.

use super::error::LabError;
use super::lab::{LARGEST, Lab};
use crate::messages::{Blob, RunSetup, SyncWay, encode};
use crate::{blobs, subjects};
use async_nats::jetstream::stream::{self, DiscardPolicy, RetentionPolicy};
use eggroll_host::update::Sync;
use std::time::Duration;

impl Lab {
    /// Stores what agents need of the run before its first generation.
    pub(super) async fn keep_setup(&self) -> Result<(Blob, Vec<Blob>), LabError> {
        let server = &self.connection.server;
        let refused = |why: String| LabError::Server { server: server.clone(), why };
        let setup = &*self.setup;
        let keep = async |bytes: &[u8]| match bytes {
            [] => Ok(None),
            bytes => blobs::keep(&self.store, bytes).await.map(Some).map_err(refused),
        };
        let start: Option<Vec<u8>> =
            setup.start.as_ref().map(|weights| weights.iter().map(|w| w.cast_unsigned()).collect());
        let samples = keep(&setup.samples).await?;
        let text = keep(&setup.text).await?;
        let start = match start {
            Some(start) => keep(&start).await?,
            None => None,
        };
        let message = RunSetup {
            run: setup.run.clone(),
            identity: setup.identity,
            sync: match setup.sync {
                Sync::Cheapest => SyncWay::Cheapest,
                Sync::Scores => SyncWay::Scores,
                Sync::Delta => SyncWay::Delta,
                Sync::Weights => SyncWay::Weights,
            },
            own: setup.own.clone(),
            holds_text: setup.holds_text,
            samples,
            text,
            start,
        };
        let message = blobs::keep(&self.store, &encode(&message)).await.map_err(refused)?;
        let all = [samples, text, start, Some(message)].into_iter().flatten().collect();
        Ok((message, all))
    }

    /// Makes the streams of work and of scores anew: what is in them was for another coordinator.
    pub(super) async fn make_streams(&self, most_scores: usize) -> Result<(), LabError> {
        let run = self.run;
        let score_size = i32::try_from(most_scores).unwrap_or(LARGEST).clamp(1 << 12, LARGEST);
        let work = stream::Config {
            name: subjects::work_stream(run),
            subjects: vec![format!("egg.work.{run}.*.*")],
            retention: RetentionPolicy::WorkQueue,
            discard: DiscardPolicy::New,
            max_message_size: 1 << 10,
            max_bytes: 64 << 20,
            max_age: Duration::from_secs(3600),
            ..stream::Config::default()
        };
        let scores = stream::Config {
            name: subjects::score_stream(run),
            subjects: vec![format!("egg.score.{run}.*")],
            // An agent that floods the stream pushes out its own answers alone.
            max_messages_per_subject: 1 << 10,
            max_message_size: score_size,
            max_bytes: 256 << 20,
            max_age: Duration::from_secs(600),
            duplicate_window: Duration::from_secs(120),
            ..stream::Config::default()
        };
        for config in [work, scores] {
            let _ = self.jetstream.delete_stream(&config.name).await;
            let made = self.jetstream.create_stream(config).await;
            made.map_err(|error| LabError::Server {
                server: self.connection.server.clone(),
                why: error.to_string(),
            })?;
        }
        Ok(())
    }
}
