//! Counts of trouble: requests, repeats, losses, and what the fault injector did.

use super::output::tell;
use eggroll_host::fleet::{Fleet, Traffic};
use eggroll_host::train::Summary;
use indicatif::HumanCount;
use std::sync::atomic::Ordering;

/// The counts of `--json`, by key.
pub(super) fn counts(summary: &Summary, fleet: &Fleet, traffic: &Traffic) -> [(&'static str, u64); 12] {
    let (fleet, injected) = (fleet.counts(), &traffic.injected);
    let of = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
    [
        ("requests", of(&traffic.requests)),
        ("repeated", of(&traffic.repeated)),
        ("resyncs", of(&traffic.resyncs)),
        ("boards_lost", fleet.lost),
        ("boards_expelled", fleet.expelled),
        ("replies_checked", fleet.checked),
        ("rollbacks", u64::from(summary.rollbacks)),
        ("faults_dropped", of(&injected.dropped)),
        ("faults_flipped", of(&injected.flipped)),
        ("faults_doubled", of(&injected.doubled)),
        ("faults_delayed", of(&injected.delayed)),
        ("faults_cut", of(&injected.cut)),
    ]
}

/// A line for a person with the counts that are not 0, if there was any trouble.
pub(super) fn say(summary: &Summary, fleet: &Fleet, traffic: &Traffic) {
    let counts = counts(summary, fleet, traffic);
    let calm = ["requests", "replies_checked"];
    if counts.iter().all(|(key, count)| *count == 0 || calm.contains(key)) {
        return;
    }
    let seen = counts.iter().filter(|(_, count)| *count > 0);
    let texts: Vec<String> =
        seen.map(|(key, count)| format!("{} {}", key.replace('_', " "), HumanCount(*count))).collect();
    tell!("  {}", texts.join(", "));
}
