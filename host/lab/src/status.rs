//! What a lab is doing: its agents, and the runs that are trained in it.

use crate::coordinator::LabError;
use crate::login::connect;
use crate::messages::{Hello, MOST_BYTES, MOST_TEXT, RunName, Stage, decode};
use crate::resume;
use crate::{Login, subjects};
use async_nats::jetstream;
use eggroll_host::fleet::link::LabAddress;
use eggroll_host::words;
use futures_util::StreamExt;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;

/// How long answers are awaited.
const LISTEN: Duration = Duration::from_millis(1200);
/// The most agents that are shown.
const MOST_AGENTS: usize = 1 << 14;

/// A lab.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct LabStatus {
    /// The server.
    pub server: String,
    /// The runs that are being trained.
    pub runs: Vec<RunStatus>,
    /// The runs of which the lab has a copy and that nobody trains now, with their last and their planned
    /// generation.
    pub resting: Vec<RestingRun>,
    /// The agents that take part in none of these runs.
    pub idle: Vec<AgentStatus>,
}

/// A run that nobody trains now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RestingRun {
    /// Its name.
    pub run: String,
    /// The last generation that counts.
    pub generation: u32,
    /// The number of planned generations.
    pub planned: u32,
}

/// A run that is being trained, as its coordinator says.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RunStatus {
    /// Its name.
    pub run: String,
    /// The computer of its coordinator.
    pub host: String,
    /// The process of its coordinator.
    pub process: u32,
    /// The last generation that is done.
    pub generation: u32,
    /// The number of planned generations.
    pub planned: u32,
    /// The units evaluated so far, by the evaluators that are in the fleet now.
    pub units: u64,
    /// How often an evaluator was lost.
    pub lost: u64,
    /// Evaluators that were expelled for wrong scores.
    pub expelled: u64,
    /// The answers that this coordinator asked for and has got.
    pub answers: u64,
    /// Those that it computed again.
    pub checked: u64,
    /// Answers that nobody waited for: second ones, and late ones.
    pub unasked: u64,
    /// The number of agents that the coordinator knows, of which `agents` may be a part.
    pub agents_in_all: usize,
    /// The agents.
    pub agents: Vec<AgentStatus>,
}

/// An agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentStatus {
    /// Its name.
    pub name: String,
    /// The version of its program.
    pub version: String,
    /// What it is doing.
    pub stage: String,
    /// The run that it takes part in.
    pub run: Option<String>,
    /// The seconds since it was heard.
    pub heard_s: f64,
    /// How many generations its weights were behind when it was heard.
    pub lag: u32,
    /// Why nothing of it is taken.
    pub refused: Option<String>,
    /// What it says is wrong with its boards.
    pub trouble: Option<String>,
    /// Its messages that could not be read.
    pub malformed: u32,
    /// Its evaluators.
    pub evaluators: Vec<EvaluatorStatus>,
}

/// An evaluator of an agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EvaluatorStatus {
    /// Its name.
    pub name: String,
    /// Its speed in units a second.
    pub rate: f64,
    /// The units that it has evaluated.
    pub units: u64,
    /// The requests that wait for it.
    pub waiting: u32,
    /// Whether it was expelled for wrong scores.
    pub expelled: bool,
}

impl Stage {
    /// The name that users see.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Idle => "idle",
            Self::Preparing => "preparing",
            Self::Serving => "serving",
            Self::Draining => "draining",
        }
    }
}

/// Asks a lab what it is doing.
///
/// # Errors
/// [`LabError`].
pub async fn status(address: &LabAddress, login: &Login) -> Result<LabStatus, LabError> {
    let connection = connect(address, login, "_INBOX.coordinator", false).await?;
    let (client, server) = (&connection.client, connection.server.clone());
    let closed = |error: &dyn ToString| LabError::Server { server: server.clone(), why: error.to_string() };
    let inbox = client.new_inbox();
    let mut hellos = client.subscribe(subjects::HELLOS).await.map_err(|error| closed(&error))?;
    let mut answers = client.subscribe(inbox.clone()).await.map_err(|error| closed(&error))?;
    let asked = client.publish_with_reply(subjects::STATUS, inbox, bytes::Bytes::new()).await;
    asked.map_err(|error| closed(&error))?;
    client.publish(subjects::PING, bytes::Bytes::new()).await.map_err(|error| closed(&error))?;
    let (mut runs, mut agents) = (BTreeMap::new(), BTreeMap::new());
    let listening = async {
        loop {
            tokio::select! {
                Some(message) = answers.next() => {
                    if let Ok(run) = serde_json::from_slice::<RunStatus>(&message.payload) {
                        runs.insert(run.run.clone(), run.bounded());
                    }
                }
                Some(message) = hellos.next() => {
                    let name = subjects::agent_of(&message.subject).map(str::to_owned);
                    let short = message.payload.len() <= MOST_BYTES && agents.len() < MOST_AGENTS;
                    let hello = short.then(|| decode::<Hello>(&message.payload).ok()).flatten();
                    if let (Some(name), Some(hello)) = (name, hello) {
                        agents.insert(name.clone(), alone(name, hello.bounded()));
                    }
                }
                else => break,
            }
        }
    };
    let _ = tokio::time::timeout(LISTEN, listening).await;
    let jetstream = jetstream::new(client.clone());
    let mut resting = Vec::new();
    for run in resume::runs(&jetstream, &server).await? {
        if runs.contains_key(&run.to_string())
            || address.run.as_ref().is_some_and(|one| *one != run.to_string())
        {
            continue;
        }
        if let Ok(Some(copy)) = resume::read(&jetstream, &server, run).await {
            resting.push(RestingRun {
                run: run.to_string(),
                generation: copy.generations,
                planned: copy.planned,
            });
        }
    }
    let runs: Vec<RunStatus> =
        runs.into_values().filter(|run| address.run.as_ref().is_none_or(|one| *one == run.run)).collect();
    let takes_part = |name: &str| {
        runs.iter().any(|run| {
            run.agents.iter().any(|agent| agent.name == name && agent.run.as_ref() == Some(&run.run))
        })
    };
    let idle = agents.into_values().filter(|agent| !takes_part(&agent.name)).collect();
    Ok(LabStatus { server, runs, resting, idle })
}

/// Removes the copy of a run from a lab.
///
/// # Errors
/// [`LabError::Led`] while somebody trains it; [`LabError::NoRun`].
pub async fn forget(address: &LabAddress, login: &Login) -> Result<(), LabError> {
    let connection = connect(address, login, "_INBOX.coordinator", false).await?;
    let missing = || LabError::NoRun {
        server: connection.server.clone(),
        run: address.run.clone().unwrap_or_else(|| "(none named)".to_owned()),
    };
    let run = address.run.as_deref().and_then(RunName::parse).ok_or_else(missing)?;
    if let Some(by) = crate::coordinator::led_by(&connection.client, run).await {
        return Err(LabError::Led { run: run.to_string(), by });
    }
    let jetstream = jetstream::new(connection.client.clone());
    jetstream.delete_stream(subjects::journal_stream(run)).await.map_err(|_| missing())?;
    if let Ok(store) = crate::blobs::store(&jetstream).await {
        let _ = store.delete(subjects::checkpoint(run)).await;
    }
    Ok(())
}

/// An agent by what it says of itself.
fn alone(name: String, hello: Hello) -> AgentStatus {
    AgentStatus {
        name,
        version: hello.version,
        stage: hello.stage.name().to_owned(),
        run: hello.run.map(|run| run.to_string()),
        heard_s: 0.0,
        lag: 0,
        refused: None,
        trouble: hello.trouble,
        malformed: 0,
        evaluators: hello
            .offers
            .into_iter()
            .map(|offer| EvaluatorStatus {
                name: offer.name,
                rate: 0.0,
                units: 0,
                waiting: offer.waiting,
                expelled: false,
            })
            .collect(),
    }
}

impl RunStatus {
    /// The same with texts that can be shown.
    fn bounded(mut self) -> Self {
        let shown = |text: &str| words::shown(text, MOST_TEXT);
        (self.run, self.host) = (shown(&self.run), shown(&self.host));
        self.agents.truncate(MOST_AGENTS);
        for agent in &mut self.agents {
            (agent.name, agent.version, agent.stage) =
                (shown(&agent.name), shown(&agent.version), shown(&agent.stage));
            agent.run = agent.run.as_deref().map(shown);
            agent.refused = agent.refused.as_deref().map(shown);
            agent.trouble = agent.trouble.as_deref().map(shown);
            agent.evaluators.iter_mut().for_each(|evaluator| evaluator.name = shown(&evaluator.name));
        }
        self
    }
}
