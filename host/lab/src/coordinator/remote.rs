//! An evaluator of an agent, as the fleet sees it.

use super::leadership::most_contents;
use super::shared::Shared;
use crate::messages::{Job, Offer, Said, Work, encode};
use crate::subjects;
use async_nats::jetstream::message::PublishMessage;
use async_trait::async_trait;
use eggroll_host::evaluate::{Evaluator, Lost};
use eggroll_host::update::Generation;
use std::ops::Range;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// The pause before a request is published again that the server has not taken.
const PUBLISHED_AGAIN: Duration = Duration::from_millis(500);

/// Ends an evaluator whose agent does not offer it any more.
#[derive(Clone, Debug, Default)]
pub(super) struct Gone {
    token: CancellationToken,
    reason: Arc<Mutex<String>>,
}

impl Gone {
    pub(super) fn because(&self, reason: &str) {
        if !self.token.is_cancelled() {
            reason.clone_into(&mut self.reason.lock().unwrap_or_else(PoisonError::into_inner));
            self.token.cancel();
        }
    }

    fn reason(&self) -> String {
        self.reason.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// An evaluator of an agent. Its requests go into the work stream under a subject of its own.
pub(super) struct RemoteEvaluator {
    shared: Arc<Shared>,
    agent: Arc<str>,
    name: String,
    number: u32,
    most_units: u32,
    gone: Gone,
}

impl RemoteEvaluator {
    pub(super) fn new(shared: Arc<Shared>, agent: Arc<str>, offer: &Offer, gone: Gone) -> Self {
        let name = format!("{agent}/{}", offer.name);
        // What it answers has to fit a message.
        let (shape, most) = (shared.setup.run.estimator.shape(), most_contents(&shared.connection.client));
        let mut most_units = offer.most_units.clamp(1, shared.units().max(1));
        while most_units > 1 && shape.room(most_units as usize) > most {
            most_units /= 2;
        }
        Self { shared, agent, name, number: offer.number, most_units, gone }
    }

    fn lost(&self, reason: impl Into<String>) -> Lost {
        Lost { name: self.name.clone(), reason: reason.into() }
    }

    /// Asks the evaluator, and waits for its answer as long as its agent is there.
    async fn ask(&self, generation: u32, job: Job) -> Result<Said, Lost> {
        let (request, answer) = self.shared.register(&self.agent);
        let work = Work {
            epoch: self.shared.epoch,
            request: request.number,
            evaluator: self.number,
            generation,
            job,
        };
        tokio::select! {
            biased;
            () = self.gone.token.cancelled() => Err(self.lost(self.gone.reason())),
            said = answer => said.map_err(|_| self.lost("the lab was closed")),
            never = self.publish(work) => match never {},
        }
    }

    /// Publishes a request until the server has taken it. Never ends.
    async fn publish(&self, work: Work) -> core::convert::Infallible {
        let subject = subjects::work(self.shared.run, &self.agent, self.number);
        let id = format!("{}-{}", work.epoch, work.request);
        let bytes = bytes::Bytes::from(encode(&work));
        loop {
            let message = PublishMessage::build().payload(bytes.clone()).message_id(&id);
            let taken = match self.shared.jetstream.send_publish(subject.clone(), message).await {
                Ok(taken) => taken.await.map(drop).map_err(|error| error.to_string()),
                Err(error) => Err(error.to_string()),
            };
            match taken {
                Ok(()) => std::future::pending().await,
                Err(error) => self.shared.refused(&error),
            }
            tokio::time::sleep(PUBLISHED_AGAIN).await;
        }
    }
}

#[async_trait]
impl Evaluator for RemoteEvaluator {
    fn name(&self) -> &str {
        &self.name
    }

    fn most_units(&self) -> u32 {
        self.most_units
    }

    async fn evaluate(&self, generation: &Generation, units: Range<u32>) -> Result<Vec<u8>, Lost> {
        let job = Job::Evaluate { first: units.start, count: units.len() as u32 };
        match self.ask(generation.number, job).await? {
            Said::Scores(scores) => Ok(scores),
            Said::Lost(reason) => Err(self.lost(reason)),
            Said::Measured(_) => Err(self.lost("it answered another question")),
        }
    }

    async fn measure(&self, generation: &Generation, trial: u32) -> Result<Option<i32>, Lost> {
        match self.ask(generation.number, Job::Measure { trial }).await? {
            Said::Measured(score) => Ok(score),
            Said::Lost(reason) => Err(self.lost(reason)),
            Said::Scores(_) => Err(self.lost("it answered another question")),
        }
    }
}
