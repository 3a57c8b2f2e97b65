//! `--faults` and `--verify` from the command line, and hosts that are killed in the middle of all of it.

use crate::common::*;
use std::fs;

const FAULTS: &str = "--boards sim:3 --faults drop=0.01,flip=0.01,dup=0.02,delay=500us,cut=0.003";

#[test]
fn faulty_links_lead_to_the_same_weights() {
    let folder = &folder();
    for arguments in [NODE, WEIGHT] {
        let calm =
            host(folder, &format!("{arguments} --boards sim:1 --verify 1 --run calm")).silently().json();
        let count = |key: &str| calm[key].as_u64().unwrap();
        assert!(count("requests") > count("generations") && count("replies_checked") >= count("generations"));
        for key in ["boards_expelled", "rollbacks", "faults_dropped", "faults_cut"] {
            assert_eq!(count(key), 0, "{key}");
        }
        let faulty = host(folder, &format!("{arguments} {FAULTS} --fault-seed 7 --run faulty")).ok().json();
        assert_eq!(faulty["weights_sha256"], calm["weights_sha256"]);
        // How many of each there are depends on how the work was split, and so on the machine.
        for key in ["faults_dropped", "faults_flipped", "faults_doubled", "faults_delayed", "repeated"] {
            assert!(faulty[key].is_u64(), "{key}: {faulty}");
        }
        assert!(faulty["faults_delayed"].as_u64() > Some(0), "every frame is: {faulty}");
        assert_eq!(faulty["boards_expelled"], 0);
        let off = host(folder, &format!("{arguments} --verify 0 --run off")).silently().json();
        assert_eq!((&off["weights_sha256"], &off["replies_checked"]), (&calm["weights_sha256"], &0.into()));
        for run in ["calm", "faulty", "off"] {
            fs::remove_dir_all(folder.join(run)).unwrap();
        }
    }
}

#[test]
fn killed_among_faults_and_gone_on_with() {
    let folder = &folder();
    let (arguments, goal) = LONG[0];
    let goal = format!("--until accuracy={goal}");
    let reference = host(folder, &format!("{arguments} {goal} --boards sim:1 --run whole")).ok().json();
    let (whole, all) = (journal(folder, "whole"), generations(folder, "whole"));
    for part in [2, 5] {
        stopped_within(folder, &format!("{arguments} {FAULTS}"), whole.len() * part / 10, &all, |child| {
            kill(child);
            kill(until_journaled(folder, "run", &format!("--resume {FAULTS} --fault-seed 3"), 0));
        });
        let again = host(folder, &format!("--resume --json --quiet {goal} {FAULTS} --run run")).ok().json();
        for key in ["weights_sha256", "generations", "forward_passes"] {
            assert_eq!(again[key], reference[key], "{key}");
        }
        assert!(again["faults_dropped"].is_u64(), "{again}");
        assert!(generations(folder, "run") == all);
        assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

#[test]
fn nonsense_is_refused() {
    let folder = &folder();
    for (flags, word) in [
        ("--faults lose=0.1", "unknown fault `lose=0.1`"),
        ("--faults drop=2", "`2` is not a probability"),
        ("--faults delay=5", "`5` is not a time"),
        ("--verify 1.1", "`1.1` is not a probability"),
        ("--verify x", "`x` is not a probability"),
        ("--fault-seed 3", "--faults"),
    ] {
        host(folder, &format!("{NODE} {flags} --run run")).refused_with(2, &[word]);
        assert!(!folder.join("run").exists());
    }
}
