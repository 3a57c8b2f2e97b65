//! One run in a lab of processes on this machine.

use super::DELAY_MS;
use super::tap::{Counts, Kind, Tap};
use anyhow::{Context, Result, bail};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_host::run::journal::JournalReader;
use eggroll_host::run::{Config, Record};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Generations before what is measured: agents join, and their speeds become known.
const FIRST: u32 = 5;
/// So many agents more take one generation more to join.
const JOIN_IN_ONE: u32 = 10;
/// A run that takes longer is stuck.
const LIMIT: Duration = Duration::from_secs(600);
/// The part of the agents that has a part in a generation at least, or the figures are those of fewer. One
/// may have none once.
const TOOK_PART: f64 = 0.98;
/// A message that was counted for one subscriber, and not yet for the next, as a part of all.
const SLACK: f64 = 0.005;
/// The unit of the times in `/proc`: 100 a second on every Linux.
const TICKS: f64 = 100.0;

/// What is run.
pub(super) struct Trial {
    pub(super) agents: u32,
    /// Pairs of a generation.
    pub(super) units: u32,
    /// Generations that are measured.
    pub(super) generations: u32,
    /// Whether messages are counted, which costs the server time.
    pub(super) tapped: bool,
}

/// What was measured, of one generation.
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// Seconds of the coordinator's CPU time.
    pub(super) coordinator: f64,
    /// Seconds of the server's CPU time.
    pub(super) server: f64,
    /// The messages of all agents and of the coordinator, if they were counted.
    pub(super) counts: Counts,
    pub(super) journal: Journal,
    /// The SHA-256 of the weights.
    pub(super) weights: String,
}

/// What the journal says of a generation.
#[derive(Default)]
pub(super) struct Journal {
    /// The requests of the coordinator.
    pub(super) requests: f64,
    /// The boards that had a part in it.
    boards: f64,
    /// The bytes of the packed scores of all units.
    pub(super) packed: f64,
    /// The entropy of the fitness of all units, in bytes.
    pub(super) entropy: f64,
}

/// A process that ends with its trial.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

impl Process {
    fn start(command: &mut Command) -> Result<Self> {
        let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn();
        Ok(Self(child.with_context(|| format!("{command:?} could not be started"))?))
    }

    /// The seconds of CPU time so far.
    fn cpu(&self) -> Result<f64> {
        let text = std::fs::read_to_string(format!("/proc/{}/stat", self.0.id()))?;
        let fields: Vec<&str> = text.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let ticks = |at: usize| fields.get(at).and_then(|field| field.parse::<f64>().ok()).unwrap_or(0.0);
        // User and system time, counted behind the name.
        Ok((ticks(11) + ticks(12)) / TICKS)
    }
}

/// The state of everything at one moment.
struct Moment {
    seconds: f64,
    generation: u32,
    coordinator: f64,
    server: f64,
    counts: Counts,
    /// The bytes from and to agents by the server's own count, right before and right after the messages were
    /// counted.
    own: [[f64; 2]; 2],
}

impl Trial {
    /// Runs it.
    pub(super) fn measure(&self) -> Result<Measured> {
        let folder = tempfile::tempdir()?;
        let path = folder.path();
        let (port, monitor) = (free_port()?, free_port()?);
        let mut server = Command::new("nats-server");
        server.args(["-js", "-a", "127.0.0.1", "-p", &port.to_string(), "-m", &monitor.to_string(), "-sd"]);
        let server = Process::start(server.arg(path.join("nats")))?;
        wait("nats-server does not listen", || TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok())?;
        let (program, lab) = (program()?, format!("nats://127.0.0.1:{port}"));
        let mut agents = Vec::new();
        for number in 0..self.agents {
            let mut agent = Command::new(&program);
            agent.args(["agent", "--join", &lab, "--name", &format!("agent-{number}"), "--boards", "sim:1"]);
            agents.push(Process::start(agent.args(["--delay", &DELAY_MS.to_string()]))?);
        }
        // All of them have said that they are not called like another one.
        sleep(Duration::from_secs(2));
        let tap = if self.tapped { Some(Tap::open(port)?) } else { None };
        let mut run = self.training(&program, path, &lab);
        let mut run = Process::start(&mut run)?;
        let now = |run: &Process| -> Result<Moment> {
            let (generation, seconds) = progress(&path.join("run/metrics.csv")).unwrap_or((0, 0.0));
            let earlier = bytes_of_agents(monitor)?;
            let counts = tap.as_ref().map_or(Ok(Counts::default()), Tap::counts)?;
            let own = [earlier, bytes_of_agents(monitor)?];
            let (coordinator, server) = (run.cpu()?, server.cpu()?);
            Ok(Moment { seconds, generation, coordinator, server, counts, own })
        };
        let reached = |generation: u32| {
            progress(&path.join("run/metrics.csv")).is_some_and(|(done, _)| done >= generation)
        };
        wait("the run does not begin", || reached(self.first()))?;
        let before = now(&run)?;
        wait("the run stands still", || reached(self.first() + self.generations))?;
        let after = now(&run)?;
        let ended = run.0.wait()?;
        if !ended.success() {
            bail!("the run failed: {ended}");
        }
        let count = f64::from(after.generation - before.generation);
        let counts = after.counts.since(&before.counts, count);
        if self.tapped {
            check(&after.counts.since(&before.counts, 1.0), before.own, after.own)?;
        }
        let journal = journal(&path.join("run"), before.generation, after.generation)?;
        if journal.boards < TOOK_PART * f64::from(self.agents) {
            bail!("of {} agents {:.2} had a part in a generation", self.agents, journal.boards);
        }
        Ok(Measured {
            seconds: (after.seconds - before.seconds) / count,
            coordinator: (after.coordinator - before.coordinator) / count,
            server: (after.server - before.server) / count,
            counts,
            journal,
            weights: weights(&path.join("run"))?,
        })
    }

    /// The last generation before what is measured.
    fn first(&self) -> u32 {
        FIRST + self.agents / JOIN_IN_ONE
    }

    /// The weights of the same run on one simulated board of the coordinator's own.
    pub(super) fn alone(&self) -> Result<String> {
        let folder = tempfile::tempdir()?;
        let mut run = self.training(&program()?, folder.path(), "sim:1");
        let ended = run.stdout(Stdio::null()).status()?;
        if !ended.success() {
            bail!("the run on one board failed: {ended}");
        }
        weights(&folder.path().join("run"))
    }

    /// The command of the coordinator, with its boards.
    fn training(&self, program: &Path, folder: &Path, boards: &str) -> Command {
        let generations = self.first() + self.generations + 1;
        let mut run = Command::new(program);
        run.current_dir(folder).args([
            "--boards",
            boards,
            "--run",
            "run",
            "--quiet",
            "--evaluate-every",
            "1",
        ]);
        run.args(["--model", "64-10", "--estimator", "weight", "--samples", "4", "--verify", "0"]);
        run.args(["--pairs", &self.units.to_string(), "--generations", &generations.to_string()]);
        run
    }
}

/// The SHA-256 of the weights of a run that has ended.
fn weights(run: &Path) -> Result<String> {
    let summary: serde_json::Value = serde_json::from_slice(&std::fs::read(run.join("summary.json"))?)?;
    Ok(summary["weights_sha256"].as_str().context("no weights")?.to_owned())
}

/// Compares what was counted with the server's own count of payloads, since a subject that is missing here
/// would be missed nowhere else. Messages pass between the readings, so it has to lie between two of them.
fn check(counts: &Counts, before: [[f64; 2]; 2], after: [[f64; 2]; 2]) -> Result<()> {
    for (way, kinds) in [&Kind::FROM_AGENTS[..], &Kind::TO_AGENTS[..]].into_iter().enumerate() {
        let counted = counts.sum(kinds).payload;
        let (least, most) = (after[0][way] - before[1][way], after[1][way] - before[0][way]);
        if counted < (1.0 - SLACK) * least || counted > (1.0 + SLACK) * most {
            bail!("{counted:.0} bytes of payload were counted, and the server says {least:.0} to {most:.0}");
        }
    }
    Ok(())
}

/// The program, with the profile for figures.
fn program() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    let program = own.parent().context("no folder")?.join("eggroll-host");
    if program.is_file() { Ok(program) } else { bail!("{} is not there", program.display()) }
}

fn free_port() -> Result<u16> {
    Ok(TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port())
}

fn wait(what: &str, mut condition: impl FnMut() -> bool) -> Result<()> {
    let since = Instant::now();
    while !condition() {
        if since.elapsed() > LIMIT {
            bail!("{what}");
        }
        sleep(Duration::from_millis(2));
    }
    Ok(())
}

/// The last generation in `metrics.csv`, and the seconds until then.
fn progress(path: &Path) -> Option<(u32, f64)> {
    let text = std::fs::read_to_string(path).ok()?;
    let whole = &text[..=text.rfind('\n')?];
    let fields: Vec<&str> = whole.lines().last()?.split(',').collect();
    Some((fields.first()?.parse().ok()?, fields.get(6)?.parse().ok()?))
}

/// The bytes from all agents to the server, and from the server to them, by the server's own count: payloads
/// and headers.
fn bytes_of_agents(monitor: u16) -> Result<[f64; 2]> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, monitor))?;
    stream.write_all(b"GET /connz?limit=1024 HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let body = text.split_once("\r\n\r\n").context("no answer of the server")?.1;
    let connections: serde_json::Value = serde_json::from_str(body)?;
    let all = connections["connections"].as_array().context("no connections")?;
    let agents =
        all.iter().filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with("eggroll agent-")));
    Ok(agents.fold([0.0, 0.0], |[from, to], one| {
        let of = |key: &str| one[key].as_f64().unwrap_or(0.0);
        [from + of("in_bytes"), to + of("out_bytes")]
    }))
}

/// The means over the generations behind `before`, until `last`. Entropy is by how often each value comes in
/// them.
fn journal(run: &Path, before: u32, last: u32) -> Result<Journal> {
    let config = Config::from_toml(&std::fs::read_to_string(run.join("config.toml"))?)?;
    let (shape, units) = (config.estimator.shape(), config.estimator.units() as usize);
    let mut reader = JournalReader::open(&run.join("journal"))?;
    let (mut sum, mut counts) = (Journal::default(), BTreeMap::<i16, u32>::new());
    let share = 1.0 / f64::from(last - before);
    while let Some(record) = reader.next_record() {
        let Record::Generation { number, scores, answers, .. } = record else { continue };
        if number <= before || number > last {
            continue;
        }
        sum.packed += share * scores.len() as f64;
        sum.requests += share * answers.len() as f64;
        let boards: BTreeSet<u32> = answers.iter().map(|answered| answered.board).collect();
        sum.boards += share * boards.len() as f64;
        for value in Scores::new(shape, units, &scores).map_err(|error| anyhow::anyhow!("{error}"))?.values()
        {
            *counts.entry(value).or_default() += 1;
        }
    }
    let all = f64::from(counts.values().sum::<u32>());
    let bits: f64 = counts.values().map(|&count| -f64::from(count) * (f64::from(count) / all).log2()).sum();
    sum.entropy = share * bits / 8.0;
    Ok(sum)
}
