//! Labs, with a real `nats-server` on this machine and agents as processes. Without `nats-server` they are
//! skipped, by name.

mod faults;
mod network;
mod runs;
mod server;
mod strangers;
mod wire;

use crate::common::{Folder, command, folder};
use serde_json::Value;
use server::Server;
use std::fs::File;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// How long a condition may take before the test is taken for stuck; nothing is measured by it.
const STUCK: Duration = Duration::from_secs(300);

/// A run whose units take long enough that something can happen in the middle of it.
const RUN: &str = "--task csv:data.csv --model 4-8-3 --generations 400 --lr 1 --slots 6 --members 5 \
    --evaluate-every 100 --quiet --json";

/// A process that is killed with its test.
struct Process(Child);

impl Process {
    /// Starts a command whose output goes into files of this name.
    fn start(command: &mut Command, folder: &Path, name: &str) -> Self {
        let file = |end: &str| File::create(folder.join(format!("{name}.{end}"))).unwrap();
        Self(command.stdout(file("out")).stderr(file("err")).stdin(Stdio::null()).spawn().unwrap())
    }

    /// Sends a signal by its name.
    fn signal(&self, signal: &str) {
        let sent = Command::new("kill").args([signal, &self.0.id().to_string()]).status().unwrap();
        assert!(sent.success(), "{signal}");
    }

    /// Waits until it ends.
    fn ends(&mut self) -> std::process::ExitStatus {
        let since = Instant::now();
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(since.elapsed() < STUCK, "it does not end");
            sleep(Duration::from_millis(20));
        }
    }

    fn is_over(&mut self) -> bool {
        self.0.try_wait().unwrap().is_some()
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A folder with a server and what is started in it.
struct Lab {
    folder: Folder,
    server: Server,
}

impl Lab {
    /// Starts a server without users; `None` where there is no `nats-server`.
    fn open() -> Option<Self> {
        let folder = folder();
        let server = Server::start(&folder, "")?;
        Some(Self { folder, server })
    }

    /// Starts an agent, each of whose units takes some milliseconds.
    fn agent(&self, name: &str, delay: u32) -> Process {
        self.agent_with(name, &format!("--boards sim:1 --delay {delay}"))
    }

    fn agent_with(&self, name: &str, more: &str) -> Process {
        let text = format!("agent --join {} --name {name} {more}", self.server.url());
        Process::start(&mut command(&self.folder, text.split_whitespace()), &self.folder, name)
    }

    /// Starts a coordinator with its run in a directory.
    fn coordinator(&self, run: &str, more: &str) -> Process {
        let text = format!("{RUN} --boards {} --run {run} --patience 120 {more}", self.server.url());
        Process::start(&mut command(&self.folder, text.split_whitespace()), &self.folder, run)
    }

    fn text(&self, file: &str) -> String {
        std::fs::read_to_string(self.folder.join(file)).unwrap_or_default()
    }

    /// Waits until the journal of a run has so many bytes.
    fn wait_for_journal(&self, run: &str, bytes: u64) {
        let journal = self.folder.join(run).join("journal");
        self.wait(&format!("the journal of {run} does not grow"), || {
            std::fs::metadata(&journal).is_ok_and(|journal| journal.len() >= bytes)
        });
    }

    fn wait(&self, what: &str, mut condition: impl FnMut() -> bool) {
        let since = Instant::now();
        while !condition() {
            let logs = || ["a", "b", "run", "other"].map(|log| self.text(&format!("{log}.err"))).join("\n");
            assert!(since.elapsed() < STUCK, "{what}\n{}", logs());
            sleep(Duration::from_millis(10));
        }
    }

    /// The object that a coordinator printed when it ended well.
    fn ended(&self, run: &str, process: &mut Process) -> Value {
        let status = process.ends();
        let (out, err) = (self.text(&format!("{run}.out")), self.text(&format!("{run}.err")));
        assert!(status.success(), "{status}\n{err}");
        serde_json::from_str(out.lines().last().unwrap()).unwrap()
    }

    /// The name of the only run in the lab, by its status.
    fn status(&self) -> Value {
        let ended = crate::common::host(&self.folder, &format!("status {} --json", self.server.url()));
        ended.ok().json()
    }
}

/// The SHA-256 of the weights of [`RUN`], trained on one machine.
fn alone(folder: &Path) -> Value {
    let text = format!("{RUN} --boards sim:1 --run alone");
    crate::common::host(folder, &text).ok().json()["weights_sha256"].clone()
}

/// So many bytes has a journal with a few dozen generations of [`RUN`].
const SOME: u64 = 4000;
