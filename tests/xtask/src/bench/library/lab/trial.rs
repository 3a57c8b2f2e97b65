//! One run in a lab of processes on this machine.

use anyhow::{Context, Result, bail};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_host::run::journal::JournalReader;
use eggroll_host::run::{Config, Record};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Generations before what is measured: agents join, and their speeds become known.
const FIRST: u32 = 3;
/// A run that takes longer is stuck.
const LIMIT: Duration = Duration::from_secs(600);
/// The unit of the times in `/proc`: 100 a second on every Linux.
const TICKS: f64 = 100.0;

/// What is run.
pub(super) struct Trial {
    pub(super) agents: u32,
    /// Pairs of a generation.
    pub(super) units: u32,
    /// Generations that are measured.
    pub(super) generations: u32,
}

/// What was measured, of one generation.
pub(super) struct Measured {
    pub(super) seconds: f64,
    /// Seconds of the coordinator's CPU time.
    pub(super) coordinator: f64,
    /// Seconds of the server's CPU time.
    pub(super) server: f64,
    /// Bytes from one agent to the server.
    pub(super) from_agent: f64,
    /// Bytes from the server to one agent.
    pub(super) to_agent: f64,
    /// The packed scores of all units.
    pub(super) packed: f64,
    /// The entropy of the fitness of all units, in bytes.
    pub(super) entropy: f64,
    /// The SHA-256 of the weights.
    pub(super) weights: String,
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
    from_agents: f64,
    to_agents: f64,
}

impl Trial {
    /// Runs it.
    pub(super) fn measure(&self, delay_ms: u32) -> Result<Measured> {
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
            agents.push(Process::start(agent.args(["--delay", &delay_ms.to_string()]))?);
        }
        // All of them have said that they are not called like another one.
        sleep(Duration::from_secs(2));
        let generations = FIRST + self.generations + 1;
        let mut run = Command::new(&program);
        run.current_dir(path).args(["--boards", &lab, "--run", "run", "--quiet", "--evaluate-every", "1"]);
        run.args(["--model", "64-10", "--estimator", "weight", "--samples", "4", "--verify", "0"]);
        run.args(["--pairs", &self.units.to_string(), "--generations", &generations.to_string()]);
        let mut run = Process::start(&mut run)?;
        let now = |run: &Process| -> Result<Moment> {
            let (generation, seconds) = progress(&path.join("run/metrics.csv")).unwrap_or((0, 0.0));
            let (from_agents, to_agents) = bytes_of_agents(monitor)?;
            Ok(Moment {
                seconds,
                generation,
                coordinator: run.cpu()?,
                server: server.cpu()?,
                from_agents,
                to_agents,
            })
        };
        let reached = |generation: u32| {
            progress(&path.join("run/metrics.csv")).is_some_and(|(done, _)| done >= generation)
        };
        wait("the run does not begin", || reached(FIRST))?;
        let before = now(&run)?;
        wait("the run stands still", || reached(FIRST + self.generations))?;
        let after = now(&run)?;
        let ended = run.0.wait()?;
        if !ended.success() {
            bail!("the run failed: {ended}");
        }
        let count = f64::from(after.generation - before.generation);
        let agents = f64::from(self.agents);
        let (packed, entropy) = scores(&path.join("run"))?;
        let summary: serde_json::Value =
            serde_json::from_slice(&std::fs::read(path.join("run/summary.json"))?)?;
        Ok(Measured {
            seconds: (after.seconds - before.seconds) / count,
            coordinator: (after.coordinator - before.coordinator) / count,
            server: (after.server - before.server) / count,
            from_agent: (after.from_agents - before.from_agents) / count / agents,
            to_agent: (after.to_agents - before.to_agents) / count / agents,
            packed,
            entropy,
            weights: summary["weights_sha256"].as_str().context("no weights")?.to_owned(),
        })
    }
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

/// The bytes from all agents to the server, and from the server to them, by the server's own count.
fn bytes_of_agents(monitor: u16) -> Result<(f64, f64)> {
    let mut stream = TcpStream::connect((Ipv4Addr::LOCALHOST, monitor))?;
    stream.write_all(b"GET /connz?limit=1024 HTTP/1.0\r\n\r\n")?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    let body = text.split_once("\r\n\r\n").context("no answer of the server")?.1;
    let connections: serde_json::Value = serde_json::from_str(body)?;
    let all = connections["connections"].as_array().context("no connections")?;
    let agents =
        all.iter().filter(|one| one["name"].as_str().is_some_and(|name| name.starts_with("eggroll agent-")));
    Ok(agents.fold((0.0, 0.0), |(from, to), one| {
        let of = |key: &str| one[key].as_f64().unwrap_or(0.0);
        (from + of("in_bytes"), to + of("out_bytes"))
    }))
}

/// The mean number of bytes of a generation's packed scores, and the entropy of its fitness, by how often
/// each value comes in the whole run.
fn scores(run: &Path) -> Result<(f64, f64)> {
    let config = Config::from_toml(&std::fs::read_to_string(run.join("config.toml"))?)?;
    let (shape, units) = (config.estimator.shape(), config.estimator.units() as usize);
    let mut reader = JournalReader::open(&run.join("journal"))?;
    let (mut packed, mut generations, mut counts) = (0, 0, BTreeMap::<i16, u32>::new());
    while let Some(record) = reader.next_record() {
        let Record::Generation { scores, .. } = record else { continue };
        packed += scores.len();
        generations += 1;
        for value in Scores::new(shape, units, &scores).map_err(|error| anyhow::anyhow!("{error}"))?.values()
        {
            *counts.entry(value).or_default() += 1;
        }
    }
    let all = f64::from(counts.values().sum::<u32>());
    let bits: f64 = counts.values().map(|&count| -f64::from(count) * (f64::from(count) / all).log2()).sum();
    let generations = f64::from(generations);
    Ok((packed as f64 / generations, bits / 8.0 / generations))
}
