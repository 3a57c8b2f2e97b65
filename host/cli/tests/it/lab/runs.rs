//! What dies while a run goes on changes nothing of its weights.

use super::{Lab, Process, RUN, SOME, alone};
use crate::common::{Ended, command, host, journal};
use serde_json::json;

#[test]
fn a_dead_agent_a_restarted_server_and_a_late_agent_change_nothing() {
    let Some(mut lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let (_a, b) = (lab.agent("a", 3), lab.agent("b", 3));
    let mut run = lab.coordinator("run", "");
    lab.wait_for_journal("run", SOME);
    // As kill -9 does, with requests that it has not answered.
    drop(b);
    lab.wait_for_journal("run", SOME + 3000);
    lab.server.kill();
    std::thread::sleep(std::time::Duration::from_millis(500));
    assert!(!run.is_over(), "a server that is gone ends no run");
    lab.server.run();
    lab.wait_for_journal("run", SOME + 6000);
    // It begins with a checkpoint, or with the journal, and then follows.
    let _c = lab.agent("c", 0);
    lab.wait("the late agent does not help", || {
        let status = lab.status();
        run.is_over()
            || status["runs"][0]["agents"].as_array().is_some_and(|agents| {
                agents.iter().any(|agent| {
                    agent["name"] == "c"
                        && agent["evaluators"][0]["units"] != json!(0)
                        && !agent["evaluators"][0].is_null()
                })
            })
    });
    let summary = lab.ended("run", &mut run);
    assert_eq!(summary["weights_sha256"], one);
    let replayed = host(&lab.folder, "replay run --json").ok().json();
    assert_eq!(replayed["weights_sha256"], one);
    assert_eq!(lab.text("a.err").matches("connected again").count(), 1, "told once: {}", lab.text("a.err"));
}

#[test]
fn a_dead_coordinator_is_replaced_elsewhere() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let _agents = [lab.agent("a", 2), lab.agent("b", 2), lab.agent("c", 2)];
    let run = lab.coordinator("run", "");
    lab.wait_for_journal("run", SOME);
    drop(run);
    let status = lab.status();
    let name = status["resting"][0]["run"].as_str().unwrap().to_owned();
    assert!(status["resting"][0]["generation"].as_u64().unwrap() > 0, "{status}");
    // A new run of the same settings would begin again, and loses nothing by being refused.
    let refused = host(&lab.folder, &format!("{RUN} --boards {} --run again", lab.server.url()));
    refused.refused(&["the lab has this run up to generation", "--resume nats://", "--forget"]);
    assert!(!lab.folder.join("again").exists());
    // Nothing is left of the first host's files, and its data lie elsewhere.
    std::fs::remove_dir_all(lab.folder.join("run")).unwrap();
    std::fs::create_dir(lab.folder.join("elsewhere")).unwrap();
    std::fs::rename(lab.folder.join("data.csv"), lab.folder.join("kept.csv")).unwrap();
    let elsewhere = lab.folder.join("elsewhere");
    let text = format!("--resume {}#{name} --quiet --json --patience 120", lab.server.url());
    let ended = command(&elsewhere, text.split_whitespace()).output().unwrap();
    let ended = Ended::of(ended, &text).ok();
    assert_eq!(ended.json()["weights_sha256"], one);
    assert_eq!(ended.json()["generations"], 400);
    let journal_there = journal(&elsewhere, ended.json()["run"].as_str().unwrap());
    let text = String::from_utf8_lossy(&journal_there);
    assert!(
        ["a/sim-0", "b/sim-0", "c/sim-0"].iter().any(|board| text.contains(board)),
        "the lab's boards go on"
    );
    let directory = ended.json()["run"].as_str().unwrap().to_owned();
    // The run goes on there without the lab as well.
    let replayed =
        Ended::of(command(&elsewhere, ["replay", &directory, "--json"]).output().unwrap(), "replay");
    assert_eq!(replayed.ok().json()["weights_sha256"], one);
    // A finished run may be trained again in the same lab.
    std::fs::rename(lab.folder.join("kept.csv"), lab.folder.join("data.csv")).unwrap();
    let mut again = lab.coordinator("again", "");
    assert_eq!(lab.ended("again", &mut again)["weights_sha256"], one);
    assert!(!journal(&lab.folder, "again").is_empty());
}

#[test]
fn a_dead_coordinator_goes_on_where_it_was() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let _agents = [lab.agent("a", 2), lab.agent("b", 2)];
    let run = lab.coordinator("run", "");
    lab.wait_for_journal("run", SOME);
    drop(run);
    // Its disk may have less than the lab, whose last records are then taken from there; the last one may be
    // cut.
    let whole = journal(&lab.folder, "run");
    std::fs::write(lab.folder.join("run/journal"), &whole[..whole.len() - 500]).unwrap();
    let mut again = lab.coordinator("run", "--resume");
    assert_eq!(lab.ended("run", &mut again)["weights_sha256"], one);
    assert!(journal(&lab.folder, "run").starts_with(&whole), "nothing that was done is done again");
}

#[test]
fn of_two_coordinators_one_wins() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let _agents = [lab.agent("a", 4), lab.agent("b", 4)];
    let mut first = lab.coordinator("run", "");
    lab.wait_for_journal("run", SOME);
    let name = lab.status()["runs"][0]["run"].as_str().unwrap().to_owned();
    let resume = format!("--resume {}#{name} --quiet --json --patience 120 --run other", lab.server.url());
    host(&lab.folder, &resume).refused(&["is being trained by", "process"]);
    host(&lab.folder, &format!("{RUN} --boards {} --run third", lab.server.url()))
        .refused(&["is being trained by"]);
    assert!(!lab.folder.join("other").exists() && !lab.folder.join("third").exists());
    // One that does not answer is taken for dead. When it wakes, it finds that it has lost the run.
    first.signal("-STOP");
    let mut other =
        Process::start(&mut command(&lab.folder, resume.split_whitespace()), &lab.folder, "other");
    // What it fetched is at most what the first one has, and this is more.
    lab.wait_for_journal("other", std::fs::metadata(lab.folder.join("run/journal")).unwrap().len() + 1500);
    first.signal("-CONT");
    let status = first.ends();
    let err = lab.text("run.err");
    assert_eq!(status.code(), Some(1), "{err}");
    assert!(err.contains("has taken over run") && err.contains("so this host stops"), "{err}");
    assert_eq!(lab.ended("other", &mut other)["weights_sha256"], one);
    // What the first one has is whole, and behind what the lab has.
    let replayed = host(&lab.folder, "replay run --json").ok().json();
    assert!(replayed["generations"].as_u64().unwrap() < 400, "{replayed}");
}

#[test]
fn an_agent_leaves_in_order() {
    let Some(lab) = Lab::open() else { return };
    let one = alone(&lab.folder);
    let (_a, mut b) = (lab.agent("a", 2), lab.agent("b", 2));
    let mut run = lab.coordinator("run", "");
    lab.wait_for_journal("run", SOME);
    b.signal("-TERM");
    assert!(b.ends().success(), "{}", lab.text("b.err"));
    assert!(lab.text("b.err").contains("agent b: has left"), "{}", lab.text("b.err"));
    assert_eq!(lab.ended("run", &mut run)["weights_sha256"], one);
    // Two agents of one name would answer for each other.
    let twin = host(&lab.folder, &format!("agent --join {} --name a --boards sim:1", lab.server.url()));
    assert_eq!(twin.status.code(), Some(1));
    assert!(twin.err.contains("another agent of this lab is called a"), "{}", twin.err);
}

#[test]
fn every_kind_of_run_has_one_hash() {
    let Some(lab) = Lab::open() else { return };
    let _agents = [lab.agent("a", 0), lab.agent_with("b", "--boards cpu")];
    std::fs::write(lab.folder.join("text.txt"), "the quick brown fox jumps over the lazy dog. ".repeat(80))
        .unwrap();
    for (number, arguments) in [
        "--task csv:data.csv --model 4-8-3+bias --generations 40 --estimator weight --optimizer vote --pairs 21 --samples 5 --rank 2",
        "--task text:text.txt --model egg:D=16,L=1,V=128 --generations 12",
        "--task text:text.txt --model egg:D=16,L=1,V=128 --generations 12 --estimator weight --pairs 8",
        "--task cartpole --generations 6 --pairs 16",
        "--generations 50 --members 3",
    ]
    .into_iter()
    .enumerate()
    {
        let of = |boards: &str, run: &str| {
            let text = format!("{arguments} --boards {boards} --run {run}-{number} --quiet --json");
            host(&lab.folder, &text).ok().json()["weights_sha256"].clone()
        };
        assert_eq!(of(&lab.server.url(), "lab"), of("sim:1", "sim"), "{arguments}");
    }
}
