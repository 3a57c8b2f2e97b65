//! Running other programs: loudly, quietly, or within a time limit.

use anyhow::{Context, Result, bail};
use std::io::{IsTerminal, Read};
use std::path::{Path, PathBuf};
use std::process::{Command, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// The root of the repository.
pub(crate) fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).ancestors().nth(2).expect("tests/xtask is two levels down")
}

/// Where the builds that this program starts put what they make.
pub(crate) fn target_dir() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |dir| root().join(dir))
}

/// The cargo that started this program, in the root of the repository.
pub(crate) fn cargo() -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.current_dir(root());
    command
}

/// Runs `command` with its output on this terminal; an error if it fails.
pub(crate) fn run(command: &mut Command) -> Result<()> {
    let status = command.status().with_context(|| format!("could not start `{}`", text(command)))?;
    if !status.success() {
        bail!("`{}` failed ({status})", text(command));
    }
    Ok(())
}

/// What `command` prints, if it can be started and succeeds.
pub(crate) fn output(command: &mut Command) -> Option<String> {
    let output = command.stdin(Stdio::null()).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Runs `command` without showing its output; the error holds the end of its stderr.
/// A command still running after `limit` is stopped: one that fetches may hang behind a firewall.
pub(crate) fn run_quietly(command: &mut Command, limit: Duration) -> Result<()> {
    let (status, said) = within(command, limit)?;
    if !status.success() {
        let lines: Vec<&str> = said.lines().filter(|line| !line.trim().is_empty()).collect();
        bail!("`{}` failed: {}", text(command), lines[lines.len().saturating_sub(3)..].join("; "));
    }
    Ok(())
}

/// How `command` ended, and its stderr. One that is still running after `limit` is stopped, and an error.
pub(crate) fn within(command: &mut Command, limit: Duration) -> Result<(ExitStatus, String)> {
    let mut child = command
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .with_context(|| format!("could not start `{}`", text(command)))?;
    let mut pipe = child.stderr.take().expect("stderr is piped");
    // Read on a thread of its own, so that a full pipe cannot stall the child. The thread is joined only
    // once the child ended by itself: after a kill, a grandchild may hold the pipe open.
    let reader = std::thread::spawn(move || {
        let mut said = Vec::new();
        let _ = pipe.read_to_end(&mut said);
        String::from_utf8_lossy(&said).into_owned()
    });
    let started = Instant::now();
    loop {
        if let Some(status) = child.try_wait()? {
            return Ok((status, reader.join().unwrap_or_default()));
        }
        if started.elapsed() > limit {
            child.kill()?;
            child.wait()?;
            bail!("`{}` did not end within {} s", text(command), limit.as_secs());
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// `program` as root: as it is when this process is root, through sudo where there is one.
pub(crate) fn as_root(program: &str) -> Option<Command> {
    if output(Command::new("id").arg("-u"))? == "0" {
        return Some(Command::new(program));
    }
    output(Command::new("sudo").arg("--version"))?;
    let mut command = Command::new("sudo");
    if !std::io::stdin().is_terminal() {
        command.arg("-n"); // Nobody is there to type a password.
    }
    command.arg(program);
    Some(command)
}

/// The command line, for messages.
fn text(command: &Command) -> String {
    let mut words = vec![Path::new(command.get_program()).file_name().unwrap_or_default().to_string_lossy()];
    words.extend(command.get_args().map(|arg| arg.to_string_lossy()));
    words.join(" ")
}
