//! Two computers, each a network namespace, by the four commands of `host/docs/lab.md`. Needs root.

use super::{Process, RUN, SOME, STUCK, alone};
use crate::common::folder;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

/// Two network namespaces that are joined by a cable.
struct Computers {
    first: String,
    second: String,
}

fn ip(arguments: &str) -> bool {
    let mut command = Command::new("ip");
    command.args(arguments.split_whitespace()).stdout(Stdio::null()).stderr(Stdio::null());
    command.status().is_ok_and(|status| status.success())
}

impl Computers {
    /// Makes both; `None` where that is not allowed.
    fn new() -> Option<Self> {
        let id = std::process::id();
        let both = Self { first: format!("egg{id}a"), second: format!("egg{id}b") };
        let (a, b) = (&both.first, &both.second);
        let steps = [
            format!("netns add {a}"),
            format!("netns add {b}"),
            format!("link add {a} netns {a} type veth peer name {b} netns {b}"),
            format!("-n {a} addr add 10.77.0.1/24 dev {a}"),
            format!("-n {b} addr add 10.77.0.2/24 dev {b}"),
            format!("-n {a} link set {a} up"),
            format!("-n {b} link set {b} up"),
            format!("-n {a} link set lo up"),
            format!("-n {b} link set lo up"),
        ];
        if steps.iter().all(|step| ip(step)) {
            return Some(both);
        }
        println!("skipped: network namespaces need root and iproute2");
        None
    }

    /// A command on one of the two.
    fn on(&self, second: bool, folder: &Path, words: &str) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", if second { &self.second } else { &self.first }]);
        let program = env!("CARGO_BIN_EXE_eggroll-host");
        command.args(words.replace("eggroll-host", program).split_whitespace()).current_dir(folder);
        command
    }

    /// Pulls the cable, or plugs it in again.
    fn cable(&self, plugged: bool) {
        let state = if plugged { "up" } else { "down" };
        assert!(ip(&format!("-n {0} link set {0} {state}", self.first)));
    }
}

impl Drop for Computers {
    fn drop(&mut self) {
        ip(&format!("netns del {}", self.first));
        ip(&format!("netns del {}", self.second));
    }
}

#[test]
fn two_computers_and_a_cable_that_is_pulled_for_ten_seconds() {
    let here = folder();
    if Command::new("nats-server").arg("--version").output().is_err() {
        println!("skipped: there is no nats-server");
        return;
    }
    let Some(computers) = Computers::new() else { return };
    let one = alone(&here);
    let there = folder();
    let nats = format!("nats-server -js -sd {}/js -a 0.0.0.0 -p 4222", here.display());
    let _nats = Process::start(&mut computers.on(false, &here, &nats), &here, "nats");
    let agent = "eggroll-host agent --join nats://10.77.0.1 --boards sim:2 --name desk --delay 3";
    let _agent = Process::start(&mut computers.on(true, &there, agent), &there, "desk");
    let train = format!("eggroll-host {RUN} --boards nats://10.77.0.1 --run run --patience 120");
    let mut run = Process::start(&mut computers.on(false, &here, &train), &here, "run");
    let err = || std::fs::read_to_string(here.join("run.err")).unwrap_or_default();
    let journal = here.join("run/journal");
    let since = Instant::now();
    while !std::fs::metadata(&journal).is_ok_and(|journal| journal.len() > SOME) {
        assert!(since.elapsed() < STUCK && !run.is_over(), "the run does not begin\n{}", err());
        std::thread::sleep(Duration::from_millis(20));
    }
    computers.cable(false);
    std::thread::sleep(Duration::from_secs(10));
    assert!(!run.is_over(), "a cable that is pulled ends no run\n{}", err());
    computers.cable(true);
    let status = run.ends();
    assert!(status.success(), "{}", err());
    let out = std::fs::read_to_string(here.join("run.out")).unwrap();
    let summary: serde_json::Value = serde_json::from_str(out.trim()).unwrap();
    assert_eq!(summary["weights_sha256"], one);
}
