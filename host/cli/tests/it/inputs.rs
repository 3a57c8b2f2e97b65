//! What is read: hostile files, standard input, words that would act on a terminal, and a system that gives
//! little.

use crate::common::*;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Runs the program with what comes by standard input.
fn piped(folder: &Path, arguments: &str, input: &[u8]) -> Output {
    let mut command = command(folder, arguments.split_whitespace());
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    // A program that refuses reads nothing.
    let _ = child.stdin.take().unwrap().write_all(input);
    child.wait_with_output().unwrap()
}

/// It ended without success, with one line of error that has all these words and nothing that acts on a
/// terminal.
#[track_caller]
fn one_line(output: &Output, words: &[&str]) {
    let err = String::from_utf8(output.stderr.clone()).unwrap();
    assert!(output.status.code().is_some_and(|code| code == 1 || code == 2), "{:?}: {err}", output.status);
    assert!(err.starts_with("error: ") && err.ends_with('\n') && err.lines().count() == 1, "{err:?}");
    assert!(err.trim_end().chars().all(eggroll_host::words::is_plain), "{err:?}");
    assert!(err.len() < 5000, "{} bytes of error", err.len());
    for word in words {
        assert!(err.contains(word), "no `{word}` in {err}");
    }
}

fn json(output: &Output) -> serde_json::Value {
    let out = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_str(out.lines().last().unwrap_or_default()).unwrap()
}

#[test]
fn samples_by_standard_input() {
    let folder = &folder();
    let data = csv(90);
    let from_file = host(folder, &format!("{NODE} --run file")).silently().json();
    let by_pipe = format!("{} --run piped", NODE.replace("csv:data.csv", "csv:-"));
    let said = json(&piped(folder, &by_pipe, data.as_bytes()));
    assert_eq!(said["weights_sha256"], from_file["weights_sha256"]);
    assert!(fs::read_to_string(folder.join("piped/config.toml")).unwrap().contains("task = \"csv:-\""));
    for command in ["eval piped --json", "replay piped --json", "--resume --run piped --quiet --json"] {
        let again = json(&piped(folder, command, data.as_bytes()));
        assert_eq!(again["weights_sha256"], said["weights_sha256"], "{command}");
        for other in ["", "1,2,0\n3,4,1\n"] {
            let refused = piped(folder, command, other.as_bytes());
            one_line(&refused, &["csv:-", "standard input", "piped in again"]);
        }
    }
    // Its report needs no data, and takes nothing from a pipe that is meant for another program.
    host(folder, "report piped").silently();
    // A file by that name is another thing, and a run by another source is another run.
    host(folder, "--resume --run file --task csv:-").refused(&["was started with task"]);
    one_line(
        &piped(folder, "--task csv:- --run none", b"1,2,0\n1,x,1\n"),
        &["standard input, line 2, column 2"],
    );
    one_line(&piped(folder, "--task csv:- --run none", b""), &["standard input", "empty"]);
    one_line(&piped(folder, "--task text:- --run none", b""), &["standard input", "no text"]);
    assert!(!folder.join("none").exists());
}

#[test]
fn a_text_by_standard_input() {
    let folder = &folder();
    let text = "the quick brown fox jumps over the lazy dog. ".repeat(100);
    fs::write(folder.join("text.txt"), &text).unwrap();
    let run = "--model egg:D=8,L=1,V=128 --generations 4 --streams 2 --quiet --json --run";
    let from_file = host(folder, &format!("--task text:text.txt {run} file")).silently().json();
    let said = json(&piped(folder, &format!("--task text:- {run} piped"), text.as_bytes()));
    assert_eq!(said["weights_sha256"], from_file["weights_sha256"]);
    let again = json(&piped(folder, "--resume --run piped --quiet --json", text.as_bytes()));
    assert_eq!(again["weights_sha256"], said["weights_sha256"]);
    one_line(&piped(folder, "--resume --run piped", b"another text"), &["text:-", "piped in again"]);
}

#[test]
fn home_directories() {
    let folder = &folder();
    let home = folder.join("home");
    fs::create_dir(&home).unwrap();
    fs::write(home.join("mine.csv"), csv(90)).unwrap();
    let arguments = NODE.replace("csv:data.csv", "csv:~/mine.csv") + " --run=~/run";
    let output = command(folder, arguments.split_whitespace()).env("HOME", &home).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let config = fs::read_to_string(home.join("run/config.toml")).unwrap();
    assert!(config.contains("home/mine.csv") && !folder.join("~").exists(), "{config}");
}

/// Everything that is no regular file, wherever one is meant: refused at once, and never waited for.
#[cfg(unix)]
#[test]
fn what_is_no_file() {
    let folder = &folder();
    assert!(Command::new("mkfifo").arg(folder.join("pipe")).status().unwrap().success());
    let _socket = std::os::unix::net::UnixListener::bind(folder.join("socket")).unwrap();
    std::os::unix::fs::symlink("loop", folder.join("loop")).unwrap();
    fs::create_dir(folder.join("folder")).unwrap();
    fs::write(folder.join("empty"), "").unwrap();
    fs::write(folder.join("text.txt"), "a text that is long enough".repeat(20)).unwrap();
    host(folder, &format!("{NODE} --run run")).silently();
    let things = [
        ("pipe", &["named pipe"][..]),
        ("socket", &["socket"]),
        ("loop", &["loop"]),
        ("folder", &["folder"]),
        ("empty", &["empty"]),
        ("/dev/zero", &["device"]),
        ("/dev/null", &["device"]),
        ("/proc/self/mem", &["/proc/self/mem"]),
    ];
    for (thing, words) in things {
        if thing.starts_with("/proc") && !Path::new(thing).exists() {
            continue;
        }
        let as_run = match thing {
            "folder" => &["holds no run"][..],
            _ => words,
        };
        for (arguments, words) in [
            (format!("--task csv:{thing} --run none"), words),
            (format!("--task text:{thing} --run none"), words),
            (format!("--task text:text.txt --from {thing} --run none"), words),
            (format!("logits {thing} --tokens text.txt"), words),
            (format!("sample {thing}"), as_run),
        ] {
            one_line(&command(folder, arguments.split_whitespace()).output().unwrap(), words);
        }
        assert!(!folder.join("none").exists(), "{thing}");
        // As a file of a run.
        for file in
            ["journal", "config.toml", "metrics.csv", "boards.csv", "summary.json", "weights.safetensors"]
        {
            let run = copy(folder, "run", "other");
            fs::remove_file(run.join(file)).unwrap();
            let target = if thing.starts_with('/') { thing.into() } else { folder.join(thing) };
            std::os::unix::fs::symlink(target, run.join(file)).unwrap();
            for arguments in ["eval other --json", "report other", "replay other --json"] {
                let output = command(folder, arguments.split_whitespace()).output().unwrap();
                let err = String::from_utf8_lossy(&output.stderr);
                assert!(output.status.code().is_some_and(|code| code < 2), "{thing} as {file}: {err}");
                assert!(
                    output.status.success() || err.starts_with("error: ") || err.starts_with("warning: ")
                );
            }
        }
    }
}

#[test]
fn weights_whose_header_lies() {
    let folder = &folder();
    fs::write(folder.join("text.txt"), "a text that is long enough".repeat(20)).unwrap();
    let from = "--task text:text.txt --from lie.safetensors --run none";
    for (len, words) in [
        (u64::MAX, "its header would have 18446744073709551615 bytes, the file has 10"),
        (99_999_999, "its header would have 99999999 bytes"),
        (10, "cut short or damaged"),
    ] {
        fs::write(folder.join("lie.safetensors"), [&len.to_le_bytes()[..], &[b'{'; 10]].concat()).unwrap();
        host(folder, from).refused(&["lie.safetensors", words]);
    }
    let long = [&(2u64 << 20).to_le_bytes()[..], &vec![b' '; 2 << 20]].concat();
    fs::write(folder.join("lie.safetensors"), long).unwrap();
    host(folder, from).refused(&["lie.safetensors", "its header has 2097152 bytes, more than 1048576"]);
}

/// A sparse file of any size is refused by what it says of itself, before a byte of it is read.
#[test]
fn files_beyond_their_limits() {
    let folder = &folder();
    fs::write(folder.join("text.txt"), "a text that is long enough".repeat(20)).unwrap();
    fs::File::create(folder.join("huge")).unwrap().set_len(1 << 40).unwrap();
    for arguments in ["--task csv:huge", "--task text:huge", "--task text:text.txt --from huge"] {
        host(folder, &format!("{arguments} --run none"))
            .refused(&["huge: it has 1.00 TiB", "at most 1.00 GiB"]);
    }
    host(folder, "logits huge --tokens text.txt").refused(&["huge: it has 1.00 TiB"]);
    host(folder, &format!("{NODE} --run run")).silently();
    fs::File::create(folder.join("run/config.toml")).unwrap().set_len(1 << 40).unwrap();
    let ended = host(folder, "eval run").ok();
    assert!(ended.err.contains("at most 16.00 MiB") && ended.err.contains("what the journal says counts"));
    // One field, or many, of any length.
    for filler in ["x", ",", "1,"] {
        fs::write(folder.join("long.csv"), filler.repeat(20 << 20)).unwrap();
        host(folder, "--task csv:long.csv --run none")
            .refused_with(2, &["long.csv, line 1", "more than 2097152 bytes"]);
    }
}

/// What is repeated of words is short, and acts on no terminal.
#[cfg(unix)]
#[test]
fn hostile_words() {
    use std::ffi::{OsStr, OsString};
    use std::os::unix::ffi::{OsStrExt, OsStringExt};
    let folder = &folder();
    let acting = "\x1b]0;owned\x07\r\n\u{9b}2J\u{202e}\u{200b}x";
    let long = "1-".repeat(5000) + "1";
    for word in [acting, &acting.repeat(500), &long, &"=".repeat(9000)] {
        let task = format!("csv:{word}");
        let arguments = format!(
            "--model {word}|--task {word}|--task {task}|--boards {word}|--boards tcp:{word}:1|--boards \
             /dev/{word}|--until accuracy={word}|--until {word}|--holdout {word}|--verify {word}|--faults {word}|--faults \
             drop={word}|--faults delay={word}|--seed {word}|--estimator {word}|--{word}|{word}|eval {word}|--lr {word}|sample \
             {word}|export {word} --out x|boards {word}|boards sim:{word}|boards sim:1,arena={word}|--skip {word}"
        );
        for arguments in arguments.split('|') {
            let arguments: Vec<&str> = arguments.split(' ').collect();
            let output = command(folder, arguments).args(["--run", "none"]).output().unwrap();
            one_line(&output, &[]);
        }
    }
    let odd = OsString::from_vec(b"\xff\x1b[2J.csv".to_vec());
    let task = OsString::from_vec([b"csv:", odd.as_bytes()].concat());
    one_line(&command(folder, [OsStr::new("--task"), &task]).output().unwrap(), &[]);

    // A file and a directory by such names: what is said of them, and what is written.
    let name = "a\x1b[31m\u{202e}<b>.csv";
    fs::write(folder.join(name), csv(90)).unwrap();
    let loud = NODE.replace(" --quiet --json", "");
    let run = "r\x1b[2J";
    let mut arguments: Vec<String> = loud.split(' ').map(|word| word.replace("data.csv", name)).collect();
    arguments.extend(["--run".to_owned(), run.to_owned()]);
    let output = command(folder, &arguments).output().unwrap();
    let err = String::from_utf8(output.stderr).unwrap();
    assert!(output.status.success() && err.contains("csv:a\\u{1b}[31m\\u{202e}<b>.csv"), "{err}");
    let acts = |c: char| c != '\n' && !eggroll_host::words::is_plain(c);
    assert!(!err.contains(acts), "{err:?}");
    for file in ["report.html", "curve.svg", "config.toml"] {
        let text = fs::read_to_string(folder.join(run).join(file)).unwrap();
        assert!(
            !text.contains(|c: char| acts(c) && c != '\t' && (file != "config.toml" || c.is_control())),
            "{file}"
        );
    }
}

/// No colours where nobody looks, whatever the environment says, and none in a log line either.
#[test]
fn a_log_without_escapes() {
    let folder = &folder();
    for (name, value) in [("TERM", "xterm-256color"), ("CLICOLOR_FORCE", "1"), ("FORCE_COLOR", "1")] {
        let arguments = "--task csv:data.csv --generations 3 --boards sim:2 --run run --faults drop=0.1";
        let mut command = command(folder, arguments.split_whitespace());
        let output = command.env(name, value).env("EGGROLL_LOG", "debug").output().unwrap();
        assert!(output.status.success() && !output.stderr.is_empty());
        assert!(!output.stderr.contains(&0x1b), "{}", String::from_utf8_lossy(&output.stderr).escape_debug());
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
}

/// Threads and files that the system does not give, and variables that libraries would panic at.
#[cfg(target_os = "linux")]
#[test]
fn a_system_that_gives_little() {
    let folder = &folder();
    let program = env!("CARGO_BIN_EXE_eggroll-host");
    let shell =
        |line: String| Command::new("sh").args(["-c", &line]).current_dir(&**folder).output().unwrap();
    for count in [4, 5, 6, 8, 12, 16] {
        let output = shell(format!("ulimit -n {count}; exec {program} {NODE} --run none"));
        one_line(&output, &["files", "ulimit -n"]);
        assert!(!folder.join("none").exists());
    }
    // Where it is memory that is missing for threads, the standard library may end the program itself: by no
    // line of ours, but before a run is made.
    for arguments in ["--threads 1024", "--boards sim:1000,arena=80"] {
        let output = shell(format!("ulimit -v 700000; exec {program} {arguments} --run none"));
        assert!(!output.status.success() && !output.stderr.is_empty(), "{arguments}");
        assert!(!folder.join("none").exists());
    }
    let expected = host(folder, &format!("{NODE} --run plain")).silently().json();
    for (place, (name, value)) in [
        ("TOKIO_WORKER_THREADS", "0"),
        ("TOKIO_WORKER_THREADS", "x"),
        ("RAYON_NUM_THREADS", "0"),
        ("RAYON_NUM_THREADS", "-1"),
        ("RAYON_NUM_THREADS", "99999999999"),
    ]
    .into_iter()
    .enumerate()
    {
        let arguments = format!("{NODE} --run r{place}");
        let output = command(folder, arguments.split_whitespace()).env(name, value).output().unwrap();
        assert_eq!(json(&output)["weights_sha256"], expected["weights_sha256"], "{name}={value}");
    }
}

/// What is written through a device stays a device.
#[cfg(target_os = "linux")]
#[test]
fn devices_to_write_to() {
    let folder = &folder();
    host(folder, &format!("{NODE} --run run")).silently();
    // By links of the test's own, so that a mistake takes the place of those.
    for name in ["full", "null", "stdout"] {
        std::os::unix::fs::symlink(Path::new("/dev").join(name), folder.join(name)).unwrap();
    }
    host(folder, "compare run --out full").refused(&["cannot write full", "No space"]);
    host(folder, "compare run --out null").silently();
    let output = command(folder, ["compare", "run", "--out", "stdout"]).output().unwrap();
    assert!(output.status.success() && output.stdout.starts_with(b"<!DOCTYPE html>"));
    for name in ["full", "null", "stdout"] {
        assert!(fs::symlink_metadata(folder.join(name)).unwrap().is_symlink(), "{name}");
    }
    let full = fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = command(folder, ["eval", "run"]).stdout(full).stderr(Stdio::piped()).spawn().unwrap();
    one_line(&output.wait_with_output().unwrap(), &["cannot write standard output"]);
}

/// A journal that names very many boards is read in a moment, and its report stays small.
#[test]
fn a_hundred_thousand_boards() {
    use eggroll_host::run::{BoardRow, BoardsWriter, Record, RunDirectory, journal::frame};
    let folder = &folder();
    host(folder, &format!("{NODE} --run run")).silently();
    let path = folder.join("run/journal");
    let mut journal = fs::read(&path).unwrap();
    let mut rows = Vec::new();
    for board in 0..100_000 {
        let name = format!("b{board}");
        let (generation, figure) = (board / 1000, f64::from(board));
        let board = name.clone();
        rows.push(BoardRow { generation, seconds: figure, board, units_per_second: figure });
        journal.extend(frame(&postcard::to_stdvec(&Record::Board { name }).unwrap()));
    }
    fs::write(&path, journal).unwrap();
    let (_, identity) = RunDirectory::open(&folder.join("run")).unwrap().started_as().unwrap();
    BoardsWriter::create(&folder.join("run/boards.csv"), identity.unwrap(), &rows).unwrap();
    assert_eq!(host(folder, "replay run --json").silently().json()["generations"], 60);
    host(folder, "report run").silently();
    assert!(fs::metadata(folder.join("run/report.html")).unwrap().len() < 200_000);
}
