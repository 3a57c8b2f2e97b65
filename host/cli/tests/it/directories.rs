//! A run's directory: it appears whole or not at all, is noticed where it goes, and what lies in it is never
//! taken for another run's.

#![cfg(unix)]

use crate::common::*;
use eggroll_host::run::Record;
use eggroll_host::run::journal::{JournalReader, frame};
use std::ffi::OsString;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

/// Names in a folder that are of something half made.
fn half_made(folder: &Path) -> Vec<OsString> {
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
    names.filter(|name| name.to_string_lossy().ends_with(".new")).collect()
}

fn spawn(folder: &Path, arguments: &str) -> Child {
    let mut command = command(folder, arguments.split_whitespace());
    command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
}

fn signal(child: &Child, name: &str) {
    let sent = Command::new("sh").args(["-c", &format!("kill -{name} {}", child.id())]).status();
    assert!(sent.unwrap().success());
}

fn line(output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(said.lines().count(), 1, "{said}");
    said
}

#[test]
fn many_default_starts_at_once() {
    let folder = &folder();
    let whole = host(folder, &format!("{NODE} --run whole")).silently().json()["weights_sha256"].clone();
    let all: Vec<Child> = (0..6).map(|_| spawn(folder, &format!("{NODE} --threads 1"))).collect();
    let mut runs = Vec::new();
    for child in all {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["weights_sha256"], whole);
        runs.push(said["run"].as_str().unwrap().to_owned());
    }
    runs.sort();
    assert_eq!(runs, [1, 2, 3, 4, 5, 6].map(|number| format!("runs/data-{number}")));
    assert!(half_made(&folder.join("runs")).is_empty());
}

#[test]
fn what_no_board_can_do_leaves_nothing() {
    let folder = &folder();
    let large = "--estimator weight --credit sample --samples 32767 --generations 2 --boards sim:1 --quiet";
    host(folder, large).refused(&["the reply needs 16384 bytes, the largest frame holds"]);
    assert!(!folder.join("runs").exists() && half_made(folder).is_empty());
}

#[test]
fn killed_at_any_moment_of_its_beginning() {
    let folder = &folder();
    let whole = host(folder, &format!("{NODE} --run whole")).silently().json()["weights_sha256"].clone();
    let mut random = Random(11);
    for round in 0..40 {
        // In a directory of its own, and in one that is there with files of others.
        let there = round % 2 == 1;
        if there {
            fs::create_dir(folder.join("run")).unwrap();
            fs::write(folder.join("run/notes"), "mine").unwrap();
        }
        let mut child = spawn(folder, &format!("{NODE} --run run"));
        sleep(Duration::from_micros(u64::from(random.below(40_000))));
        child.kill().unwrap();
        let status = child.wait().unwrap();
        assert!(status.success() || status.signal().is_some());
        let begun = folder.join("run/journal").exists();
        let arguments =
            if begun { "--resume --quiet --json --run run" } else { &format!("{NODE} --run run") };
        assert_eq!(host(folder, arguments).ok().json()["weights_sha256"], whole, "{arguments}");
        assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
        assert!(there || begun || half_made(folder).is_empty(), "{:?}", half_made(folder));
        assert!(half_made(&folder.join("run")).is_empty());
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
    // Whatever was left half made is gone with the next start.
    host(folder, &format!("{NODE} --run last")).silently();
    assert!(half_made(folder).is_empty());
}

#[test]
fn file_size_limits() {
    let folder = &folder();
    let whole = host(folder, &format!("{NODE} --run whole")).silently().json()["weights_sha256"].clone();
    let limited = |blocks: u32, arguments: &str| {
        let line = format!("ulimit -f {blocks}; exec {} {arguments}", env!("CARGO_BIN_EXE_eggroll-host"));
        let mut command = Command::new("sh");
        command.current_dir(&**folder).args(["-c", &line]).stdin(Stdio::null()).output().unwrap()
    };
    // None of it fits: nothing is in the way.
    let refused = limited(0, &format!("{NODE} --run run"));
    assert_eq!(refused.status.code(), Some(1), "{refused:?}");
    assert!(line(&refused).contains("cannot create run: File too large"), "{refused:?}");
    assert!(!folder.join("run").exists() && half_made(folder).is_empty());
    fs::create_dir(folder.join("run")).unwrap();
    let refused = limited(0, &format!("{NODE} --run run"));
    assert!(line(&refused).contains("run/journal: File too large"), "{refused:?}");
    assert_eq!(fs::read_dir(folder.join("run")).unwrap().count(), 0);
    // The beginning fits: the run goes on where there is room.
    let stopped = limited(3, &format!("{NODE} --run run"));
    assert_eq!(stopped.status.code(), Some(1), "{stopped:?}");
    assert!(line(&stopped).contains("File too large"), "{stopped:?}");
    let again = host(folder, "--resume --quiet --json --run run").ok().json();
    assert_eq!(again["weights_sha256"], whole);
    assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
}

/// Waits for a host to end by itself.
fn ended(mut child: Child) -> Output {
    let since = Instant::now();
    while child.try_wait().unwrap().is_none() {
        assert!(since.elapsed() < Duration::from_secs(60), "it goes on");
        sleep(Duration::from_millis(5));
    }
    child.wait_with_output().unwrap()
}

#[test]
fn a_directory_that_goes_while_a_host_writes() {
    let folder = &folder();
    let (arguments, _) = LONG[0];
    host(folder, &format!("{NODE} --run other")).silently();
    for what in ["moved", "replaced", "removed"] {
        let child = until_journaled(folder, "run", arguments, 4000);
        let (run, moved) = (folder.join("run"), folder.join("moved"));
        match what {
            "removed" => while fs::remove_dir_all(&run).is_err() {},
            _ => fs::rename(&run, &moved).unwrap(),
        }
        if what == "replaced" {
            copy(folder, "other", "run");
        }
        let output = ended(child);
        assert_eq!(output.status.code(), Some(1), "{what}: {output:?}");
        let said = line(&output);
        if what == "removed" {
            assert!(said.contains("run was removed") && !run.exists(), "{said}");
            continue;
        }
        if cfg!(target_os = "linux") {
            assert!(said.contains("run was moved") && said.contains("/moved"), "{said}");
        }
        // What it had is whole where it is now, and no other run has anything of it.
        let left = generations(folder, "moved").len();
        let again = host(folder, "--resume --quiet --json --until accuracy=0 --run moved").ok().json();
        assert!(again["generations"].as_u64() >= Some(left as u64));
        host(folder, "replay moved").silently();
        if what == "replaced" {
            assert!(files(&run).iter().all(|(path, bytes)| {
                *bytes == fs::read(folder.join("other").join(path.file_name().unwrap())).unwrap()
            }));
        } else {
            assert!(!run.exists());
        }
        fs::remove_dir_all(moved).unwrap();
        let _ = fs::remove_dir_all(run);
    }
}

#[test]
fn files_of_another_run_are_none_of_this_one() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --run whole")).silently().json();
    host(folder, &format!("{NODE} --seed 2 --run other")).silently();
    assert_ne!(said["identity"], host(folder, "--resume --quiet --json --run other").ok().json()["identity"]);
    let run = copy(folder, "whole", "run");
    for file in ["weights.safetensors", "metrics.csv", "boards.csv", "summary.json"] {
        fs::copy(folder.join("other").join(file), run.join(file)).unwrap();
    }
    let words = ["run/weights.safetensors", "holds weights of another run", "--resume --run run"];
    for command in ["eval run", "replay run", "export run --out m.bin"] {
        host(folder, command).refused(&words);
    }
    let report = host(folder, "report run").ok();
    for file in ["weights.safetensors", "metrics.csv", "boards.csv"] {
        assert!(report.err.contains(&format!("run/{file}")), "{}", report.err);
    }
    let again = host(folder, "--resume --quiet --json --run run").ok().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
    host(folder, "replay run").silently();
    // A summary alone, as of a session that ended with the same weights.
    fs::copy(folder.join("other/summary.json"), run.join("summary.json")).unwrap();
    assert!(host(folder, "report run").ok().err.contains("run/summary.json is damaged or of another run"));
}

#[test]
fn damaged_tables_decide_nothing() {
    let folder = &folder();
    // So slow that it does not reach the goal by itself.
    let arguments = NODE.replace("--generations 60 --lr 1", "--generations 60 --evaluate-every 7 --lr 0.01");
    let said = host(folder, &format!("{arguments} --run whole")).silently().json();
    let table = fs::read_to_string(folder.join("whole/metrics.csv")).unwrap();
    let lines: Vec<&str> = table.lines().collect();
    assert!(lines[1..].iter().all(|line| !line.split(',').nth(2).unwrap().starts_with('1')), "{table}");
    let with = |number: usize, line: &str| {
        let mut lines = lines.clone();
        lines[number] = line;
        lines.join("\n") + "\n"
    };
    let column = |number: usize, column: usize, text: &str| {
        let mut cells: Vec<&str> = lines[number].split(',').collect();
        cells[column] = text;
        with(number, &cells.join(","))
    };
    let last = lines.len() - 1;
    let damaged = [
        String::new(),
        "\0\0\0\0".to_owned(),
        table.replace(',', ";"),
        table.replace('\n', " "),
        column(last, 2, "inf"),
        column(last, 2, "1"),
        column(3, 2, "NaN"),
        column(3, 1, "18446744073709551615"),
        column(2, 6, "1e308"),
        column(2, 0, "59"),
        with(4, "\"7,7,7"),
        with(0, "generation"),
        format!("{table}{table}"),
        format!("{table}{}", &lines[last][..9]),
    ];
    for text in damaged {
        let run = copy(folder, "whole", "run");
        fs::write(run.join("metrics.csv"), &text).unwrap();
        for command in ["report run", "compare run whole --out both.html"] {
            let ended = host(folder, command).ok();
            // A table that is empty, or lacks its end, is that of a host that was killed.
            let cut = text.is_empty() || text.starts_with(&table) && !text.ends_with('\n');
            assert!(cut || ended.err.contains("run/metrics.csv: line "), "{text}: {}", ended.err);
        }
        // Gone on with from before the end, for a goal that only a damaged table has reached.
        let journal = journal(folder, "run");
        fs::write(run.join("journal"), &journal[..boundaries(&journal)[40]]).unwrap();
        let again = host(folder, "--resume --quiet --json --until accuracy=1 --run run").ok().json();
        assert_eq!(again["weights_sha256"], said["weights_sha256"], "{text}");
        assert_eq!(again["stopped"], "finished");
        assert_eq!(metrics(folder, "run"), metrics(folder, "whole"), "{text}");
        host(folder, "report run").silently();
    }
}

/// The bytes of a record as it lies in a journal.
fn encode(record: &Record) -> Vec<u8> {
    frame(&postcard::to_stdvec(record).unwrap())
}

#[test]
fn a_board_that_is_named_twice() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --boards sim:2 --run run")).silently().json();
    let whole = journal(folder, "run");
    let at = boundaries(&whole);
    let doubled = [&whole[..at[2]], &whole[at[1]..at[2]], &whole[at[2]..]].concat();
    fs::write(folder.join("run/journal"), &doubled).unwrap();
    let replayed = host(folder, "replay run --json").silently().json();
    assert_eq!(replayed["weights_sha256"], said["weights_sha256"]);
    fs::write(folder.join("run/journal"), &doubled[..doubled.len() - 30]).unwrap();
    let again = host(folder, "--resume --quiet --json --run run").ok().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    assert_eq!(host(folder, "replay run --json").silently().json()["equal_to_weights_file"], true);
}

#[test]
fn back_to_before_a_record_that_leads_elsewhere() {
    let folder = &folder();
    let said = host(folder, &format!("{NODE} --boards sim:1 --run whole")).silently().json();
    let whole = journal(folder, "whole");
    let mut reader = JournalReader::open(&folder.join("whole/journal")).unwrap();
    let (mut forged, mut counted) = (whole[..8].to_vec(), 0);
    while let Some(mut record) = reader.next_record() {
        if let Record::Generation { number, scores, checksum, .. } = &mut record {
            counted += 1;
            match *number {
                // Other scores, or another checksum, each whole.
                20 => *checksum ^= 1,
                30 => scores.clear(),
                _ => {}
            }
        }
        forged.extend(encode(&record));
    }
    assert_eq!(counted, 60);
    let run = copy(folder, "whole", "run");
    fs::write(run.join("journal"), &forged).unwrap();
    let words = ["generation 20 does not lead", "--resume --run run --from-generation 19"];
    for command in ["replay run", "--resume --run run"] {
        host(folder, command).refused(&words);
    }
    for (last, words) in [("61", "has 60 generations, not 61"), ("20", "generation 20 does not lead")] {
        host(folder, &format!("--resume --run run --from-generation {last}")).refused(&[words]);
    }
    assert!(journal(folder, "run") == forged);
    let again = host(folder, "--resume --quiet --json --run run --from-generation 19").silently().json();
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    assert_eq!(metrics(folder, "run"), metrics(folder, "whole"));
    host(folder, "replay run").silently();
    // Nothing is cut off.
    assert!(journal(folder, "run").starts_with(&forged));
    // From the very beginning, of a run that is whole.
    let again = host(folder, "--resume --quiet --json --run run --from-generation 0").silently().json();
    assert_eq!((&again["weights_sha256"], &again["generations"]), (&said["weights_sha256"], &60.into()));
    host(folder, "--from-generation 3").refused_with(2, &["--resume"]);
}

#[test]
fn reports_beside_a_host_that_ends() {
    let folder = &folder();
    for round in 0..3 {
        let mut child = until_journaled(folder, "run", NODE, 0);
        while child.try_wait().unwrap().is_none() {
            host(folder, "report run").ok();
        }
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{round}: {}", String::from_utf8_lossy(&output.stderr));
        assert!(half_made(&folder.join("run")).is_empty());
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

/// Whether this process, and with it its children, ignores SIGHUP.
fn hang_up_is_ignored() -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).is_some_and(|mask| mask & 1 != 0)
}

#[test]
fn every_signal_ends_a_run_in_order() {
    let folder = &folder();
    let (arguments, _) = LONG[0];
    for (name, code) in [("INT", 130), ("TERM", 143), ("HUP", 129)] {
        if name == "HUP" && hang_up_is_ignored() {
            // These tests run under `nohup`, and so does every program that they start.
            continue;
        }
        let child = until_journaled(folder, "run", arguments, 4000);
        // Listening begins a moment after the journal.
        while generations(folder, "run").is_empty() {}
        signal(&child, name);
        let output = ended(child);
        assert_eq!((output.status.code(), &output.stderr[..]), (Some(code), &b""[..]), "{name}");
        let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        assert_eq!(said["stopped"], "interrupted");
        let replay = host(folder, "replay run --json").silently().json();
        assert_eq!(replay["equal_to_weights_file"], true);
        assert_eq!(replay["generations"], said["generations"]);
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

#[test]
fn a_hang_up_that_is_ignored_stays_so() {
    let folder = &folder();
    let (arguments, _) = LONG[0];
    let program = env!("CARGO_BIN_EXE_eggroll-host");
    let line = format!("trap '' HUP; exec {program} {arguments} --run run");
    let mut command = Command::new("sh");
    command.current_dir(&**folder).args(["-c", &line]).stdin(Stdio::null());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let grown = |len: usize| {
        while !folder.join("run/journal").exists() || journal(folder, "run").len() <= len {
            sleep(Duration::from_millis(1));
        }
        journal(folder, "run").len()
    };
    let len = grown(4000);
    signal(&child, "HUP");
    grown(grown(len));
    assert!(child.try_wait().unwrap().is_none());
    signal(&child, "TERM");
    assert_eq!(ended(child).status.code(), Some(143));
}

#[test]
fn names_and_lengths_of_paths() {
    let folder = &folder();
    let odd = "two\nlines\\n 'and' \"more\".txt";
    fs::write(folder.join(odd), "to be or not to be, that is the question; ".repeat(40)).unwrap();
    let more = "--model egg:D=8,L=1,V=128 --generations 3 --streams 2 --quiet --json --run";
    let arguments = |run: &str| {
        let words = ["--task".to_owned(), format!("text:{odd}")].into_iter();
        words.chain(more.split(' ').map(str::to_owned)).chain([run.to_owned()]).collect::<Vec<_>>()
    };
    let output = command(folder, arguments("run")).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    for command in ["eval run --json", "replay run --json", "--resume --quiet --json --run run"] {
        assert_eq!(host(folder, command).silently().json()["weights_sha256"], said["weights_sha256"]);
    }
    host(folder, "report run").silently();
    host(folder, "--resume --run run --task digits").refused(&["text:", "two"]);

    // A name as long as they get is one, a longer one is refused before anything is trained.
    let longest = "n".repeat(255);
    host(folder, &format!("{NODE} --run {longest}")).silently();
    host(folder, &format!("report {longest}")).silently();
    host(folder, &format!("--resume --quiet --run {longest}")).silently();
    let before = fs::read_dir(&**folder).unwrap().count();
    host(folder, &format!("{NODE} --run {longest}n")).refused(&["cannot create", "File name too long"]);
    // So is a path in which the longest name of a run's files has no room.
    let deep = format!("{}run", "a/".repeat(2035));
    host(folder, &format!("{NODE} --run {deep}")).refused(&["cannot create", "File name too long"]);
    assert_eq!(fs::read_dir(&**folder).unwrap().count(), before);
    // Data of a long name have a run of a shorter one.
    let data = format!("{}.csv", "d".repeat(250));
    fs::copy(folder.join("data.csv"), folder.join(&data)).unwrap();
    let said = host(folder, &NODE.replace("data.csv", &data)).silently().json();
    assert!(said["run"].as_str().unwrap().ends_with("d-1"), "{said}");
}
