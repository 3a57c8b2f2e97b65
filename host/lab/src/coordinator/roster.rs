//! The agents that a coordinator has heard of. Nothing that one of them says is trusted: it is bounded,
//! made fit to be shown, and counted.

use super::remote::{Gone, RemoteEvaluator};
use super::shared::{Picture, Shared};
use crate::messages::{Hello, MOST_OFFERS, MOST_TEXT, Stage};
use crate::status::{AgentStatus, EvaluatorStatus};
use eggroll_host::fleet::NotRegistered;
use eggroll_host::words;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// An agent that is silent for so long is taken as gone.
const SILENT: Duration = Duration::from_secs(10);
/// An agent that has been gone for so long is forgotten, unless it is refused.
const FORGOTTEN: Duration = Duration::from_secs(600);
/// The most agents of a lab.
const MOST_AGENTS: usize = 1 << 14;
/// The most messages of an agent that nobody can read.
const MOST_MALFORMED: u32 = 20;
/// The most answers of an agent that nobody asked for, beside one for each that was asked.
const MOST_UNASKED: u32 = 10_000;
/// The most names that the evaluators of an agent have during a run.
const MOST_NAMES: usize = 2 * MOST_OFFERS;
/// An agent of which so many evaluators are expelled is expelled itself.
const MOST_EXPELLED: usize = 2;
/// The most hellos and needs of an agent in a second; what is beyond is not heard.
const MOST_A_SECOND: u32 = 50;

/// What to do about a hello.
pub(super) enum Verdict {
    /// The agent is not wanted, or takes part in another run.
    Ignore,
    /// The agent is invited, and told how many requests wait for it.
    Invite { pending_of: bool },
}

/// All agents, by name.
#[derive(Default)]
pub(super) struct Roster {
    agents: BTreeMap<Arc<str>, Agent>,
    /// Whether users have been told that there are too many.
    full: bool,
    /// Whether users have been told of messages of strangers that cannot be read.
    strange: bool,
}

struct Agent {
    heard: Instant,
    hello: Hello,
    /// How many generations it was behind then.
    lag: u32,
    /// The evaluators that the fleet has, by the agent's numbers.
    evaluators: HashMap<u32, (String, Gone)>,
    /// All names that its evaluators have had.
    names: HashSet<String>,
    expelled: HashSet<String>,
    malformed: u32,
    unasked: u32,
    answers: u32,
    /// Why nothing of it is taken any more.
    refused: Option<String>,
    /// The messages in the second that began then.
    second: (Instant, u32),
    is_gone: bool,
}

impl Agent {
    fn new(hello: Hello) -> Self {
        let now = Instant::now();
        Self {
            heard: now,
            hello,
            lag: 0,
            evaluators: HashMap::new(),
            names: HashSet::new(),
            expelled: HashSet::new(),
            malformed: 0,
            unasked: 0,
            answers: 0,
            refused: None,
            second: (now, 0),
            is_gone: false,
        }
    }

    /// Counts a message. Returns whether it may be heard.
    fn may_speak(&mut self) -> bool {
        let (since, count) = &mut self.second;
        if since.elapsed() > Duration::from_secs(1) {
            (*since, *count) = (Instant::now(), 0);
        }
        *count += 1;
        *count <= MOST_A_SECOND
    }

    /// Takes nothing of it any more. Users hear of it once.
    fn refuse(&mut self, name: &str, why: &str) {
        if self.refused.is_none() {
            tracing::warn!("agent {name}: refused, because {why}");
            self.refused = Some(why.to_owned());
        }
        self.end(why);
    }

    /// Ends all its evaluators.
    fn end(&mut self, why: &str) {
        self.evaluators.drain().for_each(|(_, (_, gone))| gone.because(why));
    }
}

impl Roster {
    /// Takes in a hello.
    pub(super) fn hello(
        &mut self,
        shared: &Arc<Shared>,
        name: &Arc<str>,
        hello: Result<Hello, String>,
    ) -> Verdict {
        let hello = match hello {
            Ok(hello) => hello.bounded(),
            Err(why) => {
                self.malformed(name, &why);
                return Verdict::Ignore;
            }
        };
        if !self.agents.contains_key(name) && self.agents.len() >= MOST_AGENTS {
            if !core::mem::replace(&mut self.full, true) {
                tracing::warn!("the lab has more than {MOST_AGENTS} agents: others are left out");
            }
            return Verdict::Ignore;
        }
        let agent = self.agents.entry(Arc::clone(name)).or_insert_with(|| Agent::new(hello.clone()));
        if !agent.may_speak() || agent.refused.is_some() {
            return Verdict::Ignore;
        }
        if agent.hello.instance != hello.instance {
            agent.end("its agent was started again");
        }
        if core::mem::take(&mut agent.is_gone) {
            tracing::info!("agent {name}: back");
        }
        (agent.heard, agent.hello) = (Instant::now(), hello);
        agent.lag = shared.generation().saturating_sub(agent.hello.generation);
        let ours = agent.hello.run == Some(shared.run);
        if agent.hello.stage == Stage::Draining {
            agent.end("its agent leaves");
            return Verdict::Ignore;
        }
        if !ours {
            agent.end("its agent left the run");
            return if agent.hello.run.is_none() {
                Verdict::Invite { pending_of: false }
            } else {
                Verdict::Ignore
            };
        }
        if agent.hello.epoch <= shared.epoch {
            agent.join(shared, name);
        }
        Verdict::Invite { pending_of: true }
    }

    /// An agent sent what cannot be read.
    pub(super) fn malformed(&mut self, name: &str, why: &str) {
        // One that was never heard of has nothing to lose, and is not counted one by one.
        let Some(agent) = self.agents.get_mut(name) else {
            if !core::mem::replace(&mut self.strange, true) {
                let why = words::shown(why, MOST_TEXT);
                tracing::warn!(
                    "agent {name}: a message cannot be read ({why}); others like it are passed over"
                );
            }
            return;
        };
        agent.malformed += 1;
        if agent.malformed == 1 && agent.refused.is_none() {
            let why = words::shown(why, MOST_TEXT);
            tracing::warn!("agent {name}: a message cannot be read ({why}); others like it are passed over");
        }
        if agent.malformed > MOST_MALFORMED {
            agent.refuse(name, "too many of its messages cannot be read");
        }
    }

    /// An agent answered what it was asked.
    pub(super) fn answered(&mut self, name: &str) {
        if let Some(agent) = self.agents.get_mut(name) {
            agent.answers = agent.answers.saturating_add(1);
        }
    }

    /// An agent answered what nobody asked, or answered twice.
    pub(super) fn unasked(&mut self, name: &str) {
        let Some(agent) = self.agents.get_mut(name) else { return };
        agent.unasked += 1;
        if agent.unasked > MOST_UNASKED.saturating_add(agent.answers) {
            agent.refuse(name, "it answers what nobody asked");
        }
    }

    /// Whether an agent may ask for something now.
    pub(super) fn may_ask(&mut self, name: &str) -> bool {
        self.agents.get_mut(name).is_some_and(|agent| agent.refused.is_none() && agent.may_speak())
    }

    /// Ends the evaluators of agents that have been silent while the connection was up.
    pub(super) fn look(&mut self, up: Option<Duration>) {
        if up.is_none_or(|up| up < SILENT) {
            return;
        }
        for (name, agent) in &mut self.agents {
            if agent.heard.elapsed() > SILENT && !agent.is_gone {
                agent.is_gone = true;
                if !agent.evaluators.is_empty() {
                    tracing::info!("agent {name}: silent for {} s", SILENT.as_secs());
                }
                agent.end("its agent is silent");
            }
        }
        self.agents.retain(|_, agent| agent.refused.is_some() || agent.heard.elapsed() < FORGOTTEN);
    }

    pub(super) fn serving(&self) -> usize {
        self.agents.values().filter(|agent| !agent.evaluators.is_empty()).count()
    }

    pub(super) fn len(&self) -> usize {
        self.agents.len()
    }

    /// The names of the agents that take part.
    pub(super) fn names(&self) -> Vec<Arc<str>> {
        self.agents.keys().cloned().collect()
    }

    /// The status of every agent.
    pub(super) fn status(&self, picture: &Picture) -> Vec<AgentStatus> {
        let of = |(name, agent): (&Arc<str>, &Agent)| AgentStatus {
            name: name.to_string(),
            version: agent.hello.version.clone(),
            stage: if agent.is_gone { "gone" } else { agent.hello.stage.name() }.to_owned(),
            run: agent.hello.run.map(|run| run.to_string()),
            heard_s: agent.heard.elapsed().as_secs_f64(),
            lag: agent.lag,
            refused: agent.refused.clone(),
            trouble: agent.hello.trouble.clone(),
            malformed: agent.malformed,
            evaluators: agent
                .hello
                .offers
                .iter()
                .map(|offer| {
                    let full = format!("{name}/{}", offer.name);
                    let (rate, units) = picture.rates.get(&full).copied().unwrap_or_default();
                    let expelled = agent.expelled.contains(&full);
                    EvaluatorStatus {
                        name: offer.name.clone(),
                        rate,
                        units,
                        waiting: offer.waiting,
                        expelled,
                    }
                })
                .collect(),
        };
        self.agents.iter().map(of).collect()
    }
}

impl Agent {
    /// Lets the fleet have the evaluators that the agent offers, and ends those that it does not offer any
    /// more.
    fn join(&mut self, shared: &Arc<Shared>, name: &Arc<str>) {
        let offered: HashSet<u32> = self.hello.offers.iter().map(|offer| offer.number).collect();
        self.evaluators.retain(|number, (_, gone)| {
            let stays = offered.contains(number);
            if !stays {
                gone.because("its agent lost it");
            }
            stays
        });
        let mut refused = None;
        for offer in &self.hello.offers {
            if self.evaluators.contains_key(&offer.number) {
                continue;
            }
            let gone = Gone::default();
            let evaluator = RemoteEvaluator::new(Arc::clone(shared), Arc::clone(name), offer, gone.clone());
            let full = format!("{name}/{}", offer.name);
            self.names.insert(full.clone());
            if self.names.len() > MOST_NAMES {
                refused = Some("its evaluators change their names again and again");
                break;
            }
            match shared.registry.send(Arc::new(evaluator)) {
                Ok(()) => {
                    self.evaluators.insert(offer.number, (full, gone));
                }
                Err(NotRegistered::Barred) => {
                    self.expelled.insert(full);
                }
                Err(NotRegistered::Over) => return,
            }
        }
        let barred = self.evaluators.values().filter(|(full, _)| shared.registry.is_barred(full));
        self.expelled.extend(barred.map(|(full, _)| full.clone()));
        if self.expelled.len() >= MOST_EXPELLED {
            refused = Some("several of its evaluators gave wrong scores");
        }
        if let Some(why) = refused {
            self.refuse(name, why);
        }
    }
}
