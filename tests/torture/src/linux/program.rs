//! Runs the program under limits: of memory, so that a case cannot take the machine down, and of time, so
//! that a program that hangs is seen. Nothing is measured by either.

use anyhow::{Context, Result};
use nix::sys::resource::{Resource, setrlimit};
use nix::sys::signal::{Signal, kill};
use nix::sys::wait::{Id, WaitPidFlag, waitid};
use nix::unistd::Pid;
use std::fs::{self, File};
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Bytes of address space. A run of ours takes a few hundred MB of it, most of them never touched.
const SPACE: u64 = 4 << 30;
/// The longest line of error, in bytes, that is still one to read.
const LONGEST_LINE: usize = 2000;

/// The program under torture.
pub(crate) struct Program {
    path: PathBuf,
    watch: Watch,
}

/// What became of it.
#[derive(Clone, Debug)]
pub(crate) struct Ended {
    pub(crate) what: String,
    pub(crate) code: Option<i32>,
    pub(crate) signal: Option<i32>,
    pub(crate) hung: bool,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A program under way, with its output going to files.
pub(crate) struct Running {
    child: Child,
    ticket: Ticket,
    what: String,
    files: [PathBuf; 2],
}

static NEXT: AtomicU64 = AtomicU64::new(0);

impl Program {
    /// The program at a path; each of its processes may take so long.
    pub(crate) fn new(path: &Path, limit: Duration) -> Result<Self> {
        let path = path.canonicalize().with_context(|| format!("no program {}", path.display()))?;
        Ok(Self { path, watch: Watch::start(limit) })
    }

    /// The program with these arguments, to be run in a folder; words in it are separated by spaces.
    pub(crate) fn command(&self, folder: &Path, arguments: &str) -> Command {
        let mut command = Command::new(&self.path);
        command.current_dir(folder).args(arguments.split_whitespace());
        command.env_remove("EGGROLL_LOG").env_remove("RUST_BACKTRACE").env("MALLOC_ARENA_MAX", "2");
        command.stdin(Stdio::null());
        limited(&mut command, Resource::RLIMIT_AS, SPACE);
        limited(&mut command, Resource::RLIMIT_CORE, 0);
        command
    }

    /// Starts it.
    pub(crate) fn start(&self, folder: &Path, mut command: Command) -> Result<Running> {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let files = ["out", "err"].map(|name| folder.join(format!(".{name}-{number}")));
        command.stdout(File::create(&files[0])?).stderr(File::create(&files[1])?);
        let words: Vec<_> = command.get_args().map(|word| word.to_string_lossy().into_owned()).collect();
        let child = command.spawn().context("cannot start the program")?;
        let ticket = self.watch.over(child.id());
        Ok(Running { child, ticket, what: format!("eggroll-host {}", words.join(" ")), files })
    }

    /// Runs it to its end.
    pub(crate) fn run(&self, folder: &Path, arguments: &str) -> Result<Ended> {
        self.start(folder, self.command(folder, arguments))?.end()
    }
}

/// Lets a command have no more than so much of a resource.
pub(crate) fn limited(command: &mut Command, resource: Resource, most: u64) {
    // SAFETY: setrlimit is a plain system call, allowed between fork and exec.
    #[allow(unsafe_code, reason = "std has no safe way to do something between fork and exec")]
    unsafe {
        command.pre_exec(move || Ok(setrlimit(resource, most, most)?))
    };
}

impl Running {
    /// Its process.
    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(self.child.id() as i32)
    }

    /// Kills it as `kill -9` does.
    pub(crate) fn kill(&self) {
        let _ = kill(self.pid(), Signal::SIGKILL);
    }

    /// Waits for its end.
    pub(crate) fn end(mut self) -> Result<Ended> {
        // Without taking its process's number from it: the watch may be about to kill it.
        while waitid(Id::Pid(self.pid()), WaitPidFlag::WEXITED | WaitPidFlag::WNOWAIT)
            .is_err_and(|error| error == nix::Error::EINTR)
        {}
        self.ticket.done();
        let status = self.child.wait()?;
        self.said(status)
    }

    /// What it said, where somebody else has waited for it.
    pub(crate) fn said(self, status: ExitStatus) -> Result<Ended> {
        self.ticket.done();
        let mut texts = Vec::new();
        for file in &self.files {
            texts.push(String::from_utf8_lossy(&fs::read(file)?).into_owned());
            fs::remove_file(file)?;
        }
        let [err, out] = [texts.pop(), texts.pop()].map(Option::unwrap_or_default);
        let (code, signal, hung) = (status.code(), status.signal(), self.ticket.late());
        Ok(Ended { what: self.what, code, signal, hung, out, err })
    }
}

impl Ended {
    /// It succeeded.
    pub(crate) fn ok(&self) -> bool {
        self.code == Some(0)
    }

    /// What no end may look like: a hang, a panic, a crash, or an error that is not one clear line.
    pub(crate) fn trouble(&self) -> Option<String> {
        let last = self.err.lines().last().unwrap_or_default();
        let errors = self.err.lines().filter(|line| line.starts_with("error")).count();
        let raw = |c: char| c.is_control() && c != '\n';
        let why = if self.hung {
            "does not end".to_owned()
        } else if self.err.contains("panicked") || self.code == Some(101) {
            "panics".to_owned()
        } else if let Some(signal) = self.signal.filter(|&signal| signal != Signal::SIGKILL as i32) {
            format!("ends by signal {signal}")
        } else if self.err.contains(raw) {
            "writes control characters".to_owned()
        } else if self.signal.is_none() && !self.ok() && (errors != 1 || !last.starts_with("error: ")) {
            "fails without one last line of error".to_owned()
        } else if last.len() > LONGEST_LINE {
            "says more than anybody reads".to_owned()
        } else {
            return None;
        };
        Some(self.because(&why))
    }

    /// A sentence about it, with what it said.
    pub(crate) fn because(&self, why: &str) -> String {
        let end = self.err.lines().rev().take(3).collect::<Vec<_>>();
        let mut said = end.into_iter().rev().collect::<Vec<_>>().join(" / ").escape_debug().to_string();
        if let Some((at, _)) = said.char_indices().nth(600) {
            said.truncate(at);
            said += "...";
        }
        format!("`{}` {why} (code {:?}, signal {:?}): {said}", self.what, self.code, self.signal)
    }

    /// A value of the object on the last line of its output.
    pub(crate) fn value(&self, key: &str) -> Option<serde_json::Value> {
        let object: serde_json::Value = serde_json::from_str(self.out.lines().last()?).ok()?;
        object.get(key).cloned()
    }

    /// The weights that it names.
    pub(crate) fn hash(&self) -> Option<String> {
        Some(self.value("weights_sha256")?.as_str()?.to_owned())
    }
}

/// Processes, since when they run, and whether they were killed for it.
type Watched = Arc<Mutex<Vec<(u32, Instant, Arc<AtomicBool>)>>>;

/// Kills what takes too long.
struct Watch {
    watched: Watched,
}

/// A process that is watched.
struct Ticket {
    pid: u32,
    late: Arc<AtomicBool>,
    watched: Watched,
}

impl Watch {
    fn start(limit: Duration) -> Self {
        let watched = Watched::default();
        let all = Arc::clone(&watched);
        std::thread::spawn(move || {
            loop {
                std::thread::sleep(Duration::from_millis(200));
                for (pid, since, late) in all.lock().unwrap_or_else(PoisonError::into_inner).iter() {
                    if since.elapsed() > limit {
                        late.store(true, Ordering::Relaxed);
                        let _ = kill(Pid::from_raw(*pid as i32), Signal::SIGKILL);
                    }
                }
            }
        });
        Self { watched }
    }

    fn over(&self, pid: u32) -> Ticket {
        let late = Arc::new(AtomicBool::new(false));
        let entry = (pid, Instant::now(), Arc::clone(&late));
        self.watched.lock().unwrap_or_else(PoisonError::into_inner).push(entry);
        Ticket { pid, late, watched: Arc::clone(&self.watched) }
    }
}

impl Ticket {
    fn done(&self) {
        let mut watched = self.watched.lock().unwrap_or_else(PoisonError::into_inner);
        watched.retain(|(pid, ..)| *pid != self.pid);
    }

    fn late(&self) -> bool {
        self.late.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_success_and_one_clear_line_are_no_trouble() {
        let ended = |code: Option<i32>, signal: Option<i32>, err: &str| Ended {
            what: "eggroll-host".to_owned(),
            code,
            signal,
            hung: false,
            out: String::new(),
            err: err.to_owned(),
        };
        for fine in [
            ended(Some(0), None, ""),
            ended(Some(0), None, "warning: something\n"),
            ended(Some(1), None, "warning: something\nerror: no such run\n"),
            ended(None, Some(9), ""),
        ] {
            assert_eq!(fine.trouble(), None);
        }
        for (bad, why) in [
            (ended(Some(101), None, "thread 'main' panicked at x.rs"), "panics"),
            (ended(Some(1), None, ""), "without one last line"),
            (ended(Some(1), None, "error: a\nerror: b\n"), "without one last line"),
            (ended(Some(1), None, "error: a\nand more\n"), "without one last line"),
            (ended(Some(1), None, "error: \u{1b}[2J\n"), "control characters"),
            (ended(Some(1), None, &format!("error: {}\n", "x".repeat(5000))), "more than anybody reads"),
            (ended(None, Some(6), ""), "ends by signal 6"),
            (Ended { hung: true, ..ended(None, Some(9), "") }, "does not end"),
        ] {
            let said = bad.trouble().unwrap_or_default();
            assert!(said.contains(why), "{said}");
        }
    }
}
