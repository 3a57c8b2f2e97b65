//! Deliveries that come twice and late, and an agent that lies.

use super::wire::{Stranger, agent, echo, zeros};
use super::{Lab, alone};
use crate::common::host;
use eggroll_host::run::Config;

#[test]
fn deliveries_that_come_again_and_late_change_nothing() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let _a = lab.agent("a", 1);
    let _echo = Stranger::start(&lab.server.url(), |client| async move { echo(client, "a").await });
    let mut run = lab.coordinator("run", "");
    let mut unasked = 0;
    lab.wait("no answer came twice", || {
        unasked = lab.status()["runs"][0]["unasked"].as_u64().unwrap_or(unasked);
        unasked > 0 || run.is_over()
    });
    assert_eq!(lab.ended("run", &mut run)["weights_sha256"], one);
    assert!(unasked > 0, "the stranger repeated nothing");
}

#[test]
fn an_agent_that_lies_is_caught() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let config = std::fs::read_to_string(lab.folder.join("alone/config.toml")).unwrap();
    let shape = Config::from_toml(&config).unwrap().estimator.shape();
    let liar = move |client| async move { agent(client, "liar", |work| zeros(shape, work)).await };
    let _liar = Stranger::start(&lab.server.url(), liar);
    let _a = lab.agent("a", 5);
    let mut run = lab.coordinator("run", "--verify 0.2");
    let summary = lab.ended("run", &mut run);
    assert_eq!(summary["weights_sha256"], one);
    assert_eq!(summary["boards_expelled"], 1, "{summary}");
    let err = lab.text("run.err");
    assert_eq!(err.matches("expelled, because it gave wrong scores").count(), 1, "{err}");
    assert!(err.contains("liar/"), "{err}");
    // What it says of itself reaches neither terminal nor journal as it is.
    assert!(!err.contains('\x1b') && !err.contains('\x07'), "{err:?}");
    assert_eq!(host(&lab.folder, "replay run --json").ok().json()["weights_sha256"], one);
}
