//! Runs that get another length: the same weights on all boards, after every interruption, and by replay.

use crate::common::*;
use std::fs;

/// A run of 60 generations with looks after every 7th, so that its end is a look of its own.
fn short() -> String {
    format!("{NODE} --evaluate-every 7")
}

#[test]
fn a_finished_run_is_trained_on() {
    let folder = &folder();
    for arguments in [short(), WEIGHT.to_owned()] {
        let first = host(folder, &format!("{arguments} --boards sim:1 --run whole")).silently().json();
        let done = first["generations"].as_u64().unwrap();
        let before = generations(folder, "whole");
        let mut reference = None;
        for boards in ["sim:1", "sim:3", "cpu", "sim:2 cpu", "sim:1 --autonomous 50"] {
            copy(folder, "whole", "run");
            let longer = format!("--resume --json --run run --generations 100 --boards {boards}");
            let ended = host(folder, &longer).ok();
            assert!(
                ended.err.contains(&format!("the run has 100 generations now, not {done}")),
                "{}",
                ended.err
            );
            let said = ended.json();
            assert_eq!((&said["generations"], &said["stopped"]), (&100.into(), &"finished".into()));
            let replay = host(folder, "replay run --json").silently().json();
            assert_eq!(
                (&replay["weights_sha256"], &replay["equal_to_weights_file"]),
                (&said["weights_sha256"], &true.into())
            );
            let all = generations(folder, "run");
            assert!(all.len() == 100 && all.starts_with(&before));
            let reached = (said["weights_sha256"].clone(), metrics(folder, "run"), all);
            assert!(*reference.get_or_insert(reached.clone()) == reached, "{boards}");
            // The same again, and without the flag: there is nothing left to do.
            for flag in ["--generations 100", ""] {
                let again =
                    host(folder, &format!("--resume --quiet --json --run run {flag}")).silently().json();
                assert_eq!(again["weights_sha256"], said["weights_sha256"]);
            }
            assert!(generations(folder, "run").len() == 100);
        }
        let (sha256, metrics, _) = reference.unwrap();
        assert_ne!(sha256, first["weights_sha256"]);
        if arguments == short() {
            let looks: Vec<&str> = metrics.iter().skip(1).filter_map(|line| line.split(',').next()).collect();
            assert_eq!(looks[6..11], ["49", "56", "60", "63", "70"]);
        }
        let report = fs::read_to_string(folder.join("run/report.html")).unwrap();
        let repeated = format!("--from-generation {done} --generations 100");
        assert!(report.contains("100 of 100 planned generations") && report.contains(&repeated), "{report}");
        // As the report says, with a run that is made anew.
        fs::remove_dir_all(folder.join("run")).unwrap();
        host(folder, &format!("{arguments} --run run")).silently();
        let again = host(folder, &format!("--resume --quiet --json --run run {repeated}")).silently().json();
        assert_eq!(again["weights_sha256"], sha256);
        // The run that was not trained on is as it was.
        assert_eq!(
            host(folder, "replay whole --json").silently().json()["weights_sha256"],
            first["weights_sha256"]
        );
        fs::remove_dir_all(folder.join("run")).unwrap();
        fs::remove_dir_all(folder.join("whole")).unwrap();
    }
}

#[test]
fn cut_at_any_record_and_gone_on_with() {
    let folder = &folder();
    host(folder, &format!("{} --boards sim:1 --run whole", short())).silently();
    let sixty = journal(folder, "whole").len();
    let longer = "--resume --quiet --json --boards sim:1";
    let reference = host(folder, &format!("{longer} --run whole --generations 80")).silently().json();
    let (whole, rows) = (journal(folder, "whole"), metrics(folder, "whole"));
    let at = boundaries(&whole);
    let changed = at.iter().position(|&at| at == sixty).unwrap() + 1;
    for (cut, flag) in [
        // In the record of the change the run still has its first length, so the flag is given again.
        (sixty, "--generations 80"),
        (at[changed] - 2, "--generations 80"),
        // From there on it is not needed.
        (at[changed], ""),
        (at[changed + 1], ""),
        (at[changed + 1] + 3, ""),
        (at[changed + 9], "--generations 80"),
        (whole.len() - 1, ""),
    ] {
        let run = copy(folder, "whole", "run");
        fs::write(run.join("journal"), &whole[..cut]).unwrap();
        let again = host(folder, &format!("{longer} --run run {flag}")).ok().json();
        for key in ["weights_sha256", "generations", "forward_passes", "test_accuracy"] {
            assert_eq!(again[key], reference[key], "{key} after a cut at {cut}");
        }
        assert!(journal(folder, "run") == whole);
        assert_eq!(metrics(folder, "run"), rows);
        host(folder, "replay run").silently();
    }
    // A damaged beginning takes nothing of it.
    let run = copy(folder, "whole", "run");
    let mut damaged = whole.clone();
    damaged[20] ^= 1;
    fs::write(run.join("journal"), damaged).unwrap();
    let again = host(folder, &format!("{longer} --run run")).ok().json();
    assert_eq!(again["weights_sha256"], reference["weights_sha256"]);
    assert!(journal(folder, "run") == whole);
}

#[test]
fn an_unfinished_run_gets_another_length() {
    let folder = &folder();
    // A goal that any model reaches stops it at the first look, after generation 7.
    let stopped = host(folder, &format!("{} --until accuracy=0 --run whole", short())).silently().json();
    assert_eq!(stopped["generations"], 7);
    let longer = |length: u32, more: &str| {
        copy(folder, "whole", "run");
        host(folder, &format!("--resume --quiet --json --run run --generations {length} {more}"))
            .silently()
            .json()
    };
    let once = longer(90, "");
    assert_eq!(once["generations"], 90);
    assert_eq!(longer(90, "--boards cpu")["weights_sha256"], once["weights_sha256"]);
    assert_eq!(longer(30, "")["generations"], 30);
    assert_eq!(longer(7, "")["generations"], 7);
    // In the length that it has anyway nothing changes.
    let plain = host(folder, &format!("{} --run plain", short())).silently().json();
    assert_eq!(longer(60, "")["weights_sha256"], plain["weights_sha256"]);
    // One change after the other is not the same as one.
    copy(folder, "whole", "run");
    host(folder, "--resume --quiet --run run --generations 50 --until accuracy=0").silently();
    assert_eq!(host(folder, "--resume --quiet --json --run run").silently().json()["generations"], 50);
    let twice = host(folder, "--resume --quiet --json --run run --generations 90").silently().json();
    assert_eq!(twice["generations"], 90);
    assert_ne!(twice["weights_sha256"], once["weights_sha256"]);
    // What the last change replaces is gone, wherever the run was by then.
    let again = "--resume --quiet --json --run run --from-generation 7 --generations 90";
    assert_eq!(host(folder, again).silently().json()["weights_sha256"], once["weights_sha256"]);
    host(folder, "replay run").silently();
}

#[test]
fn back_to_before_the_change() {
    let folder = &folder();
    let first = host(folder, &format!("{} --run run", short())).silently().json();
    let longer = host(folder, "--resume --quiet --json --run run --generations 100").silently().json();
    // From the change on, and behind it, the length stays.
    for from in [60, 75] {
        let again = host(folder, &format!("--resume --quiet --json --run run --from-generation {from}"));
        assert_eq!(again.silently().json()["weights_sha256"], longer["weights_sha256"]);
    }
    let back = host(folder, "--resume --json --run run --from-generation 59").ok();
    assert!(back.err.contains("the run has 60 generations now, not 100"), "{}", back.err);
    assert_eq!(back.json()["weights_sha256"], first["weights_sha256"]);
    assert_eq!(back.json()["generations"], 60);
    assert_eq!(
        host(folder, "replay run --json").silently().json()["weights_sha256"],
        first["weights_sha256"]
    );
    let report = fs::read_to_string(folder.join("run/report.html")).unwrap();
    assert!(report.contains("60 of 60 planned generations") && !report.contains("id=\"lengths\""));
    let again = host(folder, "--resume --quiet --json --run run --generations 100").silently().json();
    assert_eq!(again["weights_sha256"], longer["weights_sha256"]);
}

#[test]
fn fewer_generations_than_are_done_are_refused() {
    let folder = &folder();
    host(folder, &format!("{} --run run", short())).silently();
    let before = files(&folder.join("run"));
    let words = ["run has 60 generations already, more than 40", "--from-generation 40"];
    host(folder, "--resume --run run --generations 40").refused(&words);
    let words = ["run has 50 generations already", "--from-generation 40"];
    host(folder, "--resume --run run --from-generation 50 --generations 40").refused(&words);
    host(folder, "--resume --run run --generations 0").refused(&["--generations must be at least 1"]);
    host(folder, "--resume --run run --generations 80 --seed 2").refused(&["seed = 1, not 2"]);
    // Boards that cannot train the run leave its length as it is.
    host(folder, "--resume --run run --generations 80 --boards sim:1,arena=96").refused(&["needs", "has 96"]);
    assert!(files(&folder.join("run")) == before);
    // The way out that the message names.
    let shorter = host(folder, "--resume --quiet --json --run run --generations 40 --from-generation 40");
    assert_eq!(shorter.silently().json()["generations"], 40);
}

#[test]
fn a_run_that_nobody_lengthens_has_the_weights_that_it_had() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run run")).silently().json();
    // By the program from before runs could be lengthened.
    assert_eq!(said["weights_sha256"], "85a524399f21fb4860b2fc188ac569166b35602abe4556fa3f50458978ac0a7c");
}
