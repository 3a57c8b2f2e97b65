//! Links to emulators: a child process whose standard input and output are the serial line of the board.

use super::{Link, LinkError, Timing};
use crate::words;
use std::env;
use std::io;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::process::Stdio;
use std::task::{Context, Poll};
use std::time::Duration;
use tokio::io::{AsyncBufRead, AsyncBufReadExt, AsyncRead, BufReader, ReadBuf};
use tokio::process::{Child, ChildStderr, ChildStdout, Command};

/// The longest time that an emulated board may take to boot.
const BOOT: Duration = Duration::from_secs(120);
/// An emulated board is as slow as the machine is busy. If its emulator ends, that is noticed at once.
const TIMING: Timing = Timing { reply: Duration::from_secs(2), attempts: 30 };
/// The most bytes of a line of standard error that a message repeats.
const LINE: usize = 1000;

/// Finds the file of a program in the folders of `PATH`.
pub(super) fn installed(program: &str) -> Option<PathBuf> {
    let folders = env::var_os("PATH")?;
    let names = [program.to_owned(), format!("{program}{}", env::consts::EXE_SUFFIX)];
    env::split_paths(&folders)
        .flat_map(|folder| names.iter().map(move |name| folder.join(name)))
        .find(|file| file.is_file())
}

/// A command that starts an emulator, which ends when this program ends, even if this program is killed.
pub(super) fn command(program: &Path) -> Command {
    // The link kills the emulator when it is dropped. If this program is killed, only the system can do that.
    let mut command = match installed("setpriv").filter(|_| cfg!(target_os = "linux")) {
        Some(setpriv) => {
            let mut command = Command::new(setpriv);
            command.args(["--pdeathsig", "KILL", "--"]).arg(program);
            command
        }
        None => Command::new(program),
    };
    // Ctrl-C must reach this program alone: it needs its boards until it has ended in order.
    #[cfg(unix)]
    command.process_group(0);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    command
}

/// The output of an emulator. Dropping it kills the emulator.
struct Output {
    stdout: ChildStdout,
    _child: Child,
}

impl AsyncRead for Output {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        out: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stdout).poll_read(cx, out)
    }
}

/// Starts an emulator. With `ready`, this waits until the emulator writes that line to its standard error.
/// All other lines are logged.
pub(super) async fn start(
    name: String,
    mut command: Command,
    ready: Option<&str>,
) -> Result<Link, LinkError> {
    let mut child = command.spawn().map_err(|error| LinkError::emulator(&name, &error))?;
    let (Some(stdin), Some(stdout), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(LinkError::emulator(&name, &io::ErrorKind::BrokenPipe.into()));
    };
    let mut lines = BufReader::new(stderr);
    if let Some(ready) = ready {
        let booted = tokio::time::timeout(BOOT, until(&mut lines, ready)).await;
        let silent = format!("the board has not booted within {} s", BOOT.as_secs());
        let booted = booted.unwrap_or(Err(silent));
        booted.map_err(|why| LinkError::Emulator { name: name.clone(), why })?;
    }
    tokio::spawn(log(name.clone(), lines));
    let reader = Box::new(Output { stdout, _child: child });
    Ok(Link { name, reader, writer: Box::new(stdin), timing: TIMING })
}

/// Reads lines until `ready`. If the stream ends before, the last line is the error.
async fn until(lines: &mut BufReader<ChildStderr>, ready: &str) -> Result<(), String> {
    let mut last = "it ended at once".to_owned();
    loop {
        match next_line(lines).await {
            Some(line) if line == ready => return Ok(()),
            Some(line) if line.is_empty() => {}
            Some(line) => last = line,
            None => return Err(last),
        }
    }
}

/// Reads the next line and makes it fit for a message. Of a long line it returns the beginning, because an
/// emulator may write anything. Returns `None` at the end of the stream.
async fn next_line<R: AsyncBufRead + Unpin>(lines: &mut R) -> Option<String> {
    let mut line = Vec::new();
    loop {
        let ahead = lines.fill_buf().await.ok()?;
        if ahead.is_empty() && line.is_empty() {
            return None;
        }
        let end = ahead.iter().position(|&byte| byte == b'\n');
        let part = &ahead[..end.unwrap_or(ahead.len())];
        line.extend_from_slice(&part[..part.len().min(LINE.saturating_sub(line.len()))]);
        // The end of the stream ends a line as well.
        let (read, ended) = (part.len() + usize::from(end.is_some()), end.is_some() || ahead.is_empty());
        lines.consume(read);
        if ended {
            return Some(words::shown(String::from_utf8_lossy(&line).trim(), LINE));
        }
    }
}

async fn log(name: String, mut lines: BufReader<ChildStderr>) {
    while let Some(line) = next_line(&mut lines).await {
        tracing::warn!("{name}: {line}");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn lines_are_bounded_and_plain() {
        let text = [&b"one\n\n\x1b[2J \xff\r\n"[..], &b"x".repeat(3 * LINE), b"\nlast"].concat();
        let mut lines = BufReader::new(&text[..]);
        let mut next = async || next_line(&mut lines).await;
        assert_eq!(next().await.as_deref(), Some("one"));
        assert_eq!(next().await.as_deref(), Some(""));
        assert_eq!(next().await.as_deref(), Some("\\u{1b}[2J \u{fffd}"));
        assert_eq!(next().await.map(|line| line.len()), Some(LINE));
        assert_eq!(next().await.as_deref(), Some("last"));
        assert_eq!(next().await, None);
    }
}
