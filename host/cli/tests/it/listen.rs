//! `listen`: lines of numbers become a log, from a TCP port and from standard input.

use super::common::{Ended, Folder, command, folder, host};
use std::fs;
use std::io::Write;
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::process::Stdio;
use std::thread::JoinHandle;

/// Runs the program with bytes on its standard input.
fn piped(folder: &Path, arguments: &str, bytes: &[u8]) -> Ended {
    let mut command = command(folder, arguments.split_whitespace());
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    let bytes = bytes.to_vec();
    let writer = std::thread::spawn(move || {
        // It may have all it needs before it has read everything.
        let _ = input.write_all(&bytes);
    });
    let ended = Ended::of(child.wait_with_output().unwrap(), arguments);
    writer.join().unwrap();
    ended
}

/// It failed without a result, and the last line of its errors has all these words. Lines before it may say
/// how far a recording is, on a machine that is slow.
#[track_caller]
fn failed(ended: &Ended, words: &[&str]) {
    let last = ended.err.lines().last().unwrap_or_default();
    assert_eq!((ended.status.code(), &*ended.out), (Some(1), ""), "{}", ended.err);
    assert!(last.starts_with("error: ") && words.iter().all(|word| last.contains(word)), "{last}: {words:?}");
}

/// A board behind a TCP port: what it does with the first connection.
fn board(talk: impl FnOnce(TcpStream) + Send + 'static) -> (String, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("tcp:{}", listener.local_addr().unwrap());
    (address, std::thread::spawn(move || talk(listener.accept().unwrap().0)))
}

/// Sends lines of two channels again and again, until nobody listens any more.
fn talks_on(mut stream: TcpStream) {
    let mut number = 0u32;
    while stream.write_all(format!("{number},-{number}.50\n").as_bytes()).is_ok() {
        number += 1;
    }
}

fn log(folder: &Folder) -> String {
    fs::read_to_string(folder.join("log.csv")).unwrap()
}

#[test]
fn a_recording_from_a_port_has_its_samples_as_they_came() {
    let folder = folder();
    let (address, board) = board(talks_on);
    let ended = host(&folder, &format!("listen {address} --label idle --samples 100 --names up,down")).ok();
    board.join().unwrap();
    // The first line may be cut.
    let rows: String = (1..=100).map(|number| format!("1,idle,{number},-{number}.50\n")).collect();
    assert_eq!(log(&folder), "recording,label,up,down\n".to_owned() + &rows);
    for words in [
        "stored in log.csv: 1 recording, 100 samples (idle 100)",
        "1 line passed over: `0,-0.50`: the first line may be cut",
        "train on it: eggroll-host --task csv:log.csv --window ",
        " --group recording --rate ",
    ] {
        assert!(ended.out.contains(words), "no `{words}` in {}", ended.out);
    }
}

#[test]
fn a_log_is_added_to_and_numbered_on() {
    let folder = folder();
    let lines = b"ax,ay\n1,2\n3.50,-4e2\n";
    piped(&folder, "listen - --label idle", lines).ok();
    let ended = piped(&folder, "listen - --label wave --samples 1", lines).ok();
    for words in
        ["1 recording, 1 sample (wave 1)", "with what was there: 2 recordings, 3 samples (idle 2, wave 1)"]
    {
        assert!(ended.out.contains(words), "no `{words}` in {}", ended.out);
    }
    let expected = "recording,label,ax,ay\n1,idle,1,2\n1,idle,3.50,-4e2\n2,wave,1,2\n";
    assert_eq!(log(&folder), expected);
    // Other columns, and files that are none of ours, stay as they are.
    failed(&piped(&folder, "listen - --label idle", b"1,2\n3,4\n"), &["ax,ay", "c1,c2", "--names", "--out"]);
    failed(&piped(&folder, "listen - --label idle", b"1,2,3\n4,5,6\n"), &["c1,c2,c3", "--out"]);
    assert_eq!(log(&folder), expected);
    let before = fs::read(folder.join("data.csv")).unwrap();
    piped(&folder, "listen - --label idle --out data.csv", lines).refused(&["data.csv", "line 1", "--out"]);
    assert_eq!(fs::read(folder.join("data.csv")).unwrap(), before);
    // It is a table like any other.
    let shown = host(&folder, "data log.csv --group recording --holdout 0").ok();
    assert!(shown.out.contains("idle") && shown.out.contains("wave"), "{}", shown.out);
}

#[test]
fn other_lines_are_counted_and_passed_over() {
    let folder = folder();
    let long = "1,".repeat(1 << 20);
    let text = [
        b"\x00\xff\xfe boot\r\nReady.\r\n\r\nx:1, y:2\r\nx:3, y:4\r\n7\n1,2,3\n" as &[u8],
        long.as_bytes(),
        b"\nx:5 y:6\nz:5 y:6\nnan,1\n7\t8\n9,1",
    ]
    .concat();
    let ended = piped(&folder, "listen - --label a", &text).ok();
    assert!(ended.out.contains("7 lines passed over, the last `nan,1`: no numbers"), "{}", ended.out);
    assert_eq!(log(&folder), "recording,label,x,y\n1,a,1,2\n1,a,3,4\n1,a,5,6\n1,a,7,8\n1,a,9,1\n");
}

#[test]
fn nothing_is_left_behind_where_nothing_was_recorded() {
    let folder = folder();
    for text in ["", "Hello\n", "\n\n"] {
        let ended = piped(&folder, "listen - --label a", text.as_bytes());
        failed(&ended, &["standard input: ended: nothing was recorded"]);
        assert!(!folder.join("log.csv").exists());
    }
}

#[test]
fn a_board_that_goes_leaves_what_it_sent() {
    let folder = folder();
    let (address, board) = board(|mut stream| stream.write_all(b"cut\n1,2\n3,4\n5,6\n7,").unwrap());
    let ended = host(&folder, &format!("listen {address} --label a --samples 100"));
    board.join().unwrap();
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    let words = "disconnected: the recording has 3 of 100 samples, which are kept";
    assert!(ended.err.contains(words) && ended.err.contains(&address), "{}", ended.err);
    assert!(
        ended.out.contains("3 samples (a 3)") && ended.out.contains("`7,`: cut at its end"),
        "{}",
        ended.out
    );
    assert_eq!(log(&folder), "recording,label,c1,c2\n1,a,1,2\n1,a,3,4\n1,a,5,6\n");
    // A text that ends too early is not what was asked for, either.
    let ended = piped(&folder, "listen - --label b --samples 3", b"1,2\n3,4\n");
    assert_eq!(ended.status.code(), Some(1), "{}", ended.err);
    assert!(ended.err.contains("ended: the recording has 2 of 3 samples"), "{}", ended.err);
}

#[test]
fn what_cannot_be_listened_to_is_refused() {
    let folder = folder();
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    host(&folder, &format!("listen tcp:{closed} --label a")).refused(&["tcp:127.0.0.1", "cannot connect"]);
    host(&folder, "listen ./none --label a").refused(&["none", "no such device"]);
    host(&folder, "listen ./data.csv --label a").refused(&["data.csv"]);
    for address in ["sim", "tcp:host", "ttyACM0"] {
        host(&folder, &format!("listen {address} --label a"))
            .refused_with(2, &[address, "/dev/ttyACM0", "tcp:HOST:PORT"]);
    }
    host(&folder, "listen - --label a --baud 9600").refused(&["--baud", "standard input"]);
    host(&folder, "listen - --label a --out none/log.csv").refused(&["none/log.csv"]);
    host(&folder, "listen - --labels a,a").refused(&["--labels", "twice"]);
    host(&folder, "listen - --labels a,b,c,d,e,f,g,h,i,j").refused(&["--labels", "at most 9"]);
    host(&folder, "listen - --label a --names x,x").refused(&["--names", "twice"]);
    for flags in [
        "--label a,b",
        "--label a --names 1",
        "--samples 3",
        "--label a --samples 0",
        "--label a --seconds 0",
    ] {
        host(&folder, &format!("listen - {flags}")).refused_with(2, &["--help"]);
    }
    assert!(!folder.join("log.csv").exists());
}

#[test]
fn keys_need_a_terminal() {
    let folder = folder();
    let ended = host(&folder, "listen - --labels idle,wave");
    ended.refused(&["--label NAME", "--samples N", "--seconds S"]);
    assert!(!folder.join("log.csv").exists());
}

#[test]
fn seconds_are_counted_from_the_first_sample_on() {
    let folder = folder();
    let (address, board) = board(talks_on);
    let ended = host(&folder, &format!("listen {address} --label a --seconds 0.2")).ok();
    board.join().unwrap();
    assert!(ended.out.contains("stored in log.csv: 1 recording"), "{}", ended.out);
    assert!(log(&folder).starts_with("recording,label,c1,c2\n1,a,1,-1.50\n1,a,2,-2.50\n"));
}
