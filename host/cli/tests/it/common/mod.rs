//! Runs the program in a directory of the test's own, and reads what it left there.

// Each test file uses a part of this.
#![allow(dead_code)]

use eggroll_host::run::Record;
use eggroll_host::run::journal::JournalReader;
use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};
use tempfile::TempDir;

/// How long a condition may take before the test is taken for stuck; nothing is measured by it.
const STUCK: Duration = Duration::from_secs(600);

/// A short run on [`csv`]'s data with either estimator; `--run` is left to the caller.
pub(crate) const NODE: &str =
    "--task csv:data.csv --model 4-8-3 --generations 60 --lr 1 --slots 3 --members 5 --quiet --json";
pub(crate) const WEIGHT: &str = "--task csv:data.csv --model 4-8-3+bias --generations 40 --estimator weight \
    --optimizer vote --pairs 21 --samples 5 --rank 2 --quiet --json";

/// Two runs too long to end by themselves, and what stops them: an accuracy that is watched every 20
/// generations.
pub(crate) const LONG: [(&str, &str); 2] = [
    (
        "--model 64-16-10 --slots 3 --members 5 --generations 4000000 --evaluate-every 20 --quiet --json",
        "0.8",
    ),
    (
        "--model 64-10 --estimator weight --pairs 48 --samples 4 --generations 4000000 --evaluate-every 20 --quiet \
         --json",
        "0.6",
    ),
];

/// What the program did.
pub(crate) struct Ended {
    pub(crate) status: ExitStatus,
    pub(crate) out: String,
    pub(crate) err: String,
    what: String,
}

impl Ended {
    /// What a program did that was run with these arguments.
    pub(crate) fn of(output: Output, arguments: &str) -> Self {
        let text = |bytes| String::from_utf8(bytes).unwrap();
        let (out, err) = (text(output.stdout), text(output.stderr));
        Self { status: output.status, out, err, what: arguments.to_owned() }
    }

    /// It succeeded.
    #[track_caller]
    pub(crate) fn ok(self) -> Self {
        assert!(self.status.success(), "{}: {}\n{}", self.what, self.status, self.err);
        self
    }

    /// It succeeded and had nothing to say beside its results.
    #[track_caller]
    pub(crate) fn silently(self) -> Self {
        assert_eq!(self.err, "", "{}", self.what);
        self.ok()
    }

    /// The object on the last line of standard output.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        let last = self.out.lines().last().unwrap_or_else(|| panic!("{}: no output", self.what));
        serde_json::from_str(last).unwrap_or_else(|error| panic!("{}: {last}: {error}", self.what))
    }

    /// It failed, with no result and one line of error that has all these words.
    #[track_caller]
    pub(crate) fn refused(self, words: &[&str]) -> String {
        self.refused_with(1, words)
    }

    #[track_caller]
    pub(crate) fn refused_with(self, code: i32, words: &[&str]) -> String {
        assert_eq!(self.status.code(), Some(code), "{}: {}", self.what, self.err);
        assert_eq!(self.out, "", "{}", self.what);
        let one_line = self.err.starts_with("error: ") && self.err.lines().count() == 1;
        assert!(one_line && self.err.ends_with('\n'), "{}: {}", self.what, self.err);
        for word in words {
            assert!(self.err.contains(word), "{}: no `{word}` in: {}", self.what, self.err);
        }
        self.err
    }
}

/// A working directory with `data.csv` in it.
pub(crate) fn folder() -> Folder {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("data.csv"), csv(90)).unwrap();
    Folder(folder)
}

/// A directory that goes with its test.
pub(crate) struct Folder(TempDir);

impl std::ops::Deref for Folder {
    type Target = Path;

    fn deref(&self) -> &Path {
        self.0.path()
    }
}

/// Rows of four features and three classes that can be told apart.
pub(crate) fn csv(rows: u32) -> String {
    let mut random = Random(1);
    let mut text = String::from("a,b,c,d,class\n");
    for row in 0..rows {
        let class = row % 3;
        for column in 0..4 {
            let centre = if column == class { 60 } else { 0 };
            text += &format!("{},", centre + i64::from(random.below(61)) - 30);
        }
        text += &format!("{class}\n");
    }
    text
}

/// The program, to be run in a folder.
pub(crate) fn command<A: AsRef<OsStr>>(folder: &Path, arguments: impl IntoIterator<Item = A>) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_eggroll-host"));
    command.current_dir(folder).args(arguments).env_remove("EGGROLL_LOG").env_remove("RUST_BACKTRACE");
    command.stdin(Stdio::null());
    command
}

/// Runs the program with arguments that are separated by spaces.
pub(crate) fn host(folder: &Path, arguments: &str) -> Ended {
    Ended::of(command(folder, arguments.split_whitespace()).output().unwrap(), arguments)
}

/// Starts the program, waits until its run has a journal of so many bytes, and leaves it running.
pub(crate) fn until_journaled(folder: &Path, run: &str, arguments: &str, bytes: usize) -> Child {
    let mut command = command(folder, format!("{arguments} --run {run}").split_whitespace());
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let journal = folder.join(run).join("journal");
    let since = Instant::now();
    while !fs::metadata(&journal).is_ok_and(|journal| journal.len() >= bytes as u64) {
        if let Some(status) = child.try_wait().unwrap() {
            let output = child.wait_with_output().unwrap();
            panic!("{arguments}: ended early, {status}: {}", String::from_utf8_lossy(&output.stderr));
        }
        assert!(since.elapsed() < STUCK, "{arguments}: the journal does not grow");
        sleep(Duration::from_micros(200));
    }
    child
}

/// Kills it as `kill -9` does, and makes sure that this is what ended it.
pub(crate) fn kill(mut child: Child) {
    child.kill().unwrap();
    let status = child.wait().unwrap();
    assert_eq!(status.code(), None, "it ended by itself: {status}");
}

/// The weights in a run's directory.
#[track_caller]
pub(crate) fn sha256(folder: &Path, run: &str) -> Value {
    host(folder, &format!("eval {run} --json")).silently().json()["weights_sha256"].clone()
}

/// The values in the arrays of a C header.
pub(crate) fn c_arrays(header: &str) -> Vec<u8> {
    let arrays = header.split("= {").skip(1).filter_map(|array| array.split("};").next());
    let texts = arrays.flat_map(|array| array.split(|c: char| c != '-' && !c.is_ascii_digit()));
    texts.filter_map(|text| text.parse::<i8>().ok()).map(|value| value as u8).collect()
}

/// All files of a directory, by name.
pub(crate) fn files(directory: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let entries = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let mut files: Vec<_> = entries.map(|path| (path.clone(), fs::read(path).unwrap())).collect();
    files.sort();
    files
}

/// Copies a run, anew where the copy is there.
pub(crate) fn copy(folder: &Path, from: &str, to: &str) -> PathBuf {
    let to = folder.join(to);
    let _ = fs::remove_dir_all(&to);
    fs::create_dir(&to).unwrap();
    for (file, bytes) in files(&folder.join(from)) {
        fs::write(to.join(file.file_name().unwrap()), bytes).unwrap();
    }
    to
}

/// Where each record of a journal begins, and where the last one ends.
pub(crate) fn boundaries(journal: &[u8]) -> Vec<usize> {
    let mut at = vec![8];
    while let Some(head) = journal.get(at[at.len() - 1]..).and_then(|rest| rest.first_chunk()) {
        at.push(at[at.len() - 1] + 8 + u32::from_le_bytes(*head) as usize);
    }
    assert_eq!(at.last(), Some(&journal.len()));
    at
}

pub(crate) fn journal(folder: &Path, run: &str) -> Vec<u8> {
    fs::read(folder.join(run).join("journal")).unwrap()
}

/// The generations that a journal records, whoever evaluated them: each with its scores and checksum.
pub(crate) fn generations(folder: &Path, run: &str) -> Vec<(u32, Vec<u8>, u32)> {
    let mut reader = JournalReader::open(&folder.join(run).join("journal")).unwrap();
    let mut generations = Vec::new();
    while let Some(record) = reader.next_record() {
        if let Record::Generation { number, scores, checksum, .. } = record {
            generations.push((number, scores, checksum));
        }
    }
    generations
}

/// Generation, passes and accuracy of the lines of `metrics.csv`: what does not depend on the clock or on
/// where a run was cut.
pub(crate) fn metrics(folder: &Path, run: &str) -> Vec<String> {
    let text = fs::read_to_string(folder.join(run).join("metrics.csv")).unwrap();
    text.lines().map(|line| line.split(',').take(3).collect::<Vec<_>>().join(",")).collect()
}

/// Stops a run once its journal has so many bytes, and so surely before it has as many generations as
/// `whole`: a machine that stalls between the look and the stop gets another chance.
pub(crate) fn stopped_within(
    folder: &Path,
    arguments: &str,
    bytes: usize,
    whole: &[(u32, Vec<u8>, u32)],
    stop: impl Fn(Child),
) {
    for _ in 0..100 {
        stop(until_journaled(folder, "run", arguments, bytes));
        let left = generations(folder, "run");
        let common = left.len().min(whole.len());
        assert!(left[..common] == whole[..common], "the journals differ");
        if left.len() < whole.len() {
            return;
        }
        fs::remove_dir_all(folder.join("run")).unwrap();
    }
    panic!("never stopped in time");
}

/// What a journal is damaged into, and what it was.
pub(crate) fn damages(whole: &[u8]) -> Vec<Vec<u8>> {
    let at = boundaries(whole);
    let mut random = Random(7);
    let mut damages = Vec::new();
    for round in 0..24 {
        let mut bytes = whole.to_vec();
        // Behind the first record, which has a test of its own.
        let place = at[1] + random.below((whole.len() - at[1]) as u32) as usize;
        match round % 4 {
            0 => bytes[place] ^= 1 << random.below(8),
            1 => bytes.truncate(place),
            2 => drop(bytes.drain(place..whole.len().min(place + 1 + random.below(40) as usize))),
            _ => bytes.extend((0..=random.below(30)).map(|byte| byte as u8)),
        }
        damages.push(bytes);
    }
    // A length beyond everything, whole records that are gone, and the last record without its last byte.
    let mut long = whole.to_vec();
    long[at[5] + 3] = 255;
    damages.push(long);
    damages.push([&whole[..at[9]], &whole[at[11]..]].concat());
    damages.push([&whole[..at[9]], &whole[at[8]..]].concat());
    damages.push(whole[..whole.len() - 1].to_vec());
    damages
}

/// Numbers without a pattern, the same each time.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    pub(crate) fn below(&mut self, end: u32) -> u32 {
        for (left, shift) in [(true, 13), (false, 7), (true, 17)] {
            self.0 ^= if left { self.0 << shift } else { self.0 >> shift };
        }
        (self.0 >> 32) as u32 % end
    }
}
