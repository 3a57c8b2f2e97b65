//! Participants of a lab that do not behave, on the wire.

use async_nats::{Client, Message};
use bytes::Bytes;
use eggroll_firmware::estimator::scores::{Packer, Shape};
use eggroll_lab::messages::{
    Answer, Hello, Invitation, Job, Need, Needed, Offer, Said, Stage, Work, decode, encode,
};
use futures_util::StreamExt;
use std::collections::HashMap;
use std::thread::JoinHandle;
use std::time::Duration;
use tokio_util::sync::CancellationToken;

/// A task on a thread of its own, which ends with the test.
pub(super) struct Stranger {
    stop: CancellationToken,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Stranger {
    fn drop(&mut self) {
        self.stop.cancel();
        let _ = self.thread.take().map(JoinHandle::join);
    }
}

impl Stranger {
    /// Runs a task with a connection of its own.
    pub(super) fn start<F: Future<Output = ()>>(
        url: &str,
        task: impl FnOnce(Client) -> F + Send + 'static,
    ) -> Self {
        let (stop, url) = (CancellationToken::new(), url.to_owned());
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async {
                let client = async_nats::connect(url).await.unwrap();
                stopped.run_until_cancelled(task(client)).await;
            });
        });
        Self { stop, thread: Some(thread) }
    }
}

/// What an agent of one evaluator says of itself.
fn hello(invitation: Option<Invitation>) -> Hello {
    Hello {
        instance: 7,
        version: "\x1b[31m\n<script>".to_owned(),
        run: invitation.map(|invitation| invitation.run),
        epoch: invitation.map_or(0, |invitation| invitation.epoch),
        stage: if invitation.is_some() { Stage::Serving } else { Stage::Idle },
        generation: 0,
        offers: invitation
            .map(|_| Offer {
                number: 1,
                name: "\x1b]0;board\x07".to_owned(),
                most_units: u32::MAX,
                waiting: 0,
            })
            .into_iter()
            .collect(),
        trouble: Some("\x1b[2J".repeat(50)),
    }
}

/// An agent of one evaluator that answers requests as it likes, or not at all.
pub(super) async fn agent(client: Client, name: &str, answer: impl Fn(&Work) -> Option<Said>) {
    let of = |kind: &str| format!("egg.to.{name}.{kind}");
    let mut invitations = client.subscribe(of("invitation")).await.unwrap();
    let mut work = client.subscribe(of("work")).await.unwrap();
    let mut tick = tokio::time::interval(Duration::from_millis(300));
    let mut joined: Option<Invitation> = None;
    loop {
        tokio::select! {
            _ = tick.tick() => {
                client.publish(format!("egg.hello.{name}"), encode(&hello(joined)).into()).await.unwrap();
            }
            Some(message) = invitations.next() => {
                let invitation: Invitation = decode(&message.payload).unwrap();
                if joined.is_none() {
                    let need = Need { run: invitation.run, what: Needed::Work };
                    client.publish(format!("egg.need.{name}"), encode(&need).into()).await.unwrap();
                }
                joined = Some(invitation);
            }
            Some(message) = work.next() => {
                let request: Work = decode(&message.payload).unwrap();
                if let (Some(said), Some(joined)) = (answer(&request), joined) {
                    let answer = Answer { epoch: request.epoch, request: request.request, said };
                    let subject = format!("egg.score.{}.{name}", joined.run);
                    client.publish(subject, encode(&answer).into()).await.unwrap();
                    client.publish(message.reply.unwrap(), Bytes::from_static(b"+ACK")).await.unwrap();
                }
            }
        }
    }
}

/// Scores that are well formed, and wrong unless every member scores like the unperturbed model.
pub(super) fn zeros(shape: Shape, work: &Work) -> Option<Said> {
    let Job::Evaluate { count, .. } = work.job else { return None };
    let units = count as usize;
    let mut bytes = vec![0; shape.room(units)];
    let mut packer = Packer::new(shape, units, &mut bytes).ok()?;
    for unit in 0..units {
        packer.keep();
        (0..shape.values_of(unit)).for_each(|_| packer.push(0));
    }
    let len = packer.finish();
    bytes.truncate(len);
    Some(Said::Scores(bytes))
}

/// Delivers to an agent what it was delivered before, again and later, and publishes its answers again as
/// messages of their own.
pub(super) async fn echo(client: Client, agent: &str) {
    let (mut seen, mut random) = (HashMap::<String, u32>::new(), 1u64);
    let mut sources = futures_util::stream::SelectAll::new();
    for subject in
        [format!("egg.to.{agent}.journal"), format!("egg.to.{agent}.work"), format!("egg.score.*.{agent}")]
    {
        let messages = client.subscribe(subject.clone()).await.unwrap();
        sources.push(messages.map(move |message| (subject.clone(), message)));
    }
    while let Some((delivered, message)) = sources.next().await {
        let Message { subject, reply, payload, .. } = message;
        let is_score = subject.starts_with("egg.score.");
        // What was repeated comes here again.
        let key = format!("{delivered} {payload:?}");
        let count = seen.entry(key).or_default();
        *count += 1;
        if *count > 2 {
            continue;
        }
        random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let (client, later) = (client.clone(), Duration::from_millis(random >> 58));
        tokio::spawn(async move {
            tokio::time::sleep(later).await;
            let _ = match reply.filter(|_| !is_score) {
                Some(reply) => client.publish_with_reply(delivered, reply, payload).await,
                None => client.publish(subject, payload).await,
            };
        });
    }
}
