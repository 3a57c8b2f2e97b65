//! Stops a program right before its n-th system call that changes a file, and kills it there or lets the call
//! fail.
//!
//! A seccomp filter hands those calls to the tracer; all others run at full speed.

use super::program::{Ended, Running};
use anyhow::{Context, Result};
use nix::sys::ptrace::{self, Event, Options};
use nix::sys::signal::Signal;
use nix::sys::wait::{WaitPidFlag, WaitStatus, waitpid};
use nix::unistd::Pid;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};

/// What happens at the call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Act {
    /// Nothing: calls are only counted.
    Count,
    /// The program is killed before the call.
    Kill,
    /// The call fails with this error, and nothing is done.
    Fail(i32),
    /// This call fails and all that come after it.
    FailFromHere(i32),
}

/// Calls that change a file, its name, or who holds it.
fn calls() -> Vec<i64> {
    let mut calls = vec![
        libc::SYS_openat,
        libc::SYS_write,
        libc::SYS_pwrite64,
        libc::SYS_writev,
        libc::SYS_fsync,
        libc::SYS_fdatasync,
        libc::SYS_ftruncate,
        libc::SYS_renameat2,
        libc::SYS_mkdirat,
        libc::SYS_unlinkat,
        libc::SYS_linkat,
        libc::SYS_symlinkat,
        libc::SYS_flock,
        libc::SYS_fallocate,
        libc::SYS_copy_file_range,
        libc::SYS_sendfile,
    ];
    #[cfg(target_arch = "x86_64")]
    calls.extend([
        libc::SYS_open,
        libc::SYS_creat,
        libc::SYS_rename,
        libc::SYS_renameat,
        libc::SYS_mkdir,
        libc::SYS_rmdir,
        libc::SYS_unlink,
        libc::SYS_link,
        libc::SYS_symlink,
    ]);
    calls
}

/// Makes a command's process stop for its tracer: at its start, and before each of the calls.
pub(crate) fn prepare(command: &mut Command) {
    let statement = |code: u32, k: u32| libc::sock_filter { code: code as u16, jt: 0, jf: 0, k };
    // The number of the call is the first word of what a filter reads.
    let mut filter = vec![statement(libc::BPF_LD | libc::BPF_W | libc::BPF_ABS, 0)];
    let calls = calls();
    for (place, call) in calls.iter().enumerate() {
        let to_trace = (calls.len() - place) as u8;
        let code = (libc::BPF_JMP | libc::BPF_JEQ | libc::BPF_K) as u16;
        filter.push(libc::sock_filter { code, jt: to_trace, jf: 0, k: *call as u32 });
    }
    filter.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_ALLOW));
    filter.push(statement(libc::BPF_RET | libc::BPF_K, libc::SECCOMP_RET_TRACE));
    // SAFETY: only system calls are made between fork and exec, and the filter is made before.
    #[allow(unsafe_code, reason = "std has no safe way to do something between fork and exec")]
    unsafe {
        command.pre_exec(move || {
            ptrace::traceme()?;
            let program = libc::sock_fprog { len: filter.len() as u16, filter: filter.as_ptr().cast_mut() };
            let set = libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0
                && libc::prctl(libc::PR_SET_SECCOMP, libc::SECCOMP_MODE_FILTER, &raw const program) == 0;
            if set { Ok(()) } else { Err(io::Error::last_os_error()) }
        });
    }
}

/// Runs a program that was [`prepare`]d, and acts at its call number `at`, counted from 1. Brings how many
/// calls there were. Must be called on the thread that started it.
pub(crate) fn trace(running: Running, at: u32, act: Act) -> Result<(Ended, u32)> {
    let main = running.pid();
    let mut count = 0;
    let mut ready = false;
    loop {
        // Only what this thread traces: other threads torture programs of their own.
        let flags = WaitPidFlag::__WALL | WaitPidFlag::__WNOTHREAD;
        let status = match waitpid(Pid::from_raw(-1), Some(flags)) {
            Err(nix::Error::EINTR) => continue,
            status => status.context("cannot wait for the program")?,
        };
        match status {
            WaitStatus::Exited(pid, code) if pid == main => {
                return Ok((running.said(ExitStatus::from_raw(code << 8))?, count));
            }
            WaitStatus::Signaled(pid, signal, _) if pid == main => {
                return Ok((running.said(ExitStatus::from_raw(signal as i32))?, count));
            }
            WaitStatus::PtraceEvent(pid, _, event) if event == Event::PTRACE_EVENT_SECCOMP as i32 => {
                // Where the process was killed meanwhile nothing more can be asked of it; its end comes next.
                if changes_a_file(pid).unwrap_or(false) {
                    count += 1;
                    match act {
                        Act::Kill if count == at => running.kill(),
                        Act::Fail(error) if count == at => drop(fail(pid, error)),
                        Act::FailFromHere(error) if count >= at => drop(fail(pid, error)),
                        _ => {}
                    }
                }
                let _ = ptrace::cont(pid, None);
            }
            WaitStatus::Stopped(pid, Signal::SIGTRAP) if !ready => {
                let options = Options::PTRACE_O_TRACESECCOMP
                    | Options::PTRACE_O_TRACECLONE
                    | Options::PTRACE_O_TRACEFORK
                    | Options::PTRACE_O_TRACEVFORK
                    | Options::PTRACE_O_EXITKILL;
                ptrace::setoptions(pid, options).context("cannot trace the program")?;
                ready = true;
                let _ = ptrace::cont(pid, None);
            }
            // A new thread begins with this.
            WaitStatus::Stopped(pid, Signal::SIGSTOP) => drop(ptrace::cont(pid, None)),
            WaitStatus::Stopped(pid, signal) => drop(ptrace::cont(pid, Some(signal))),
            WaitStatus::PtraceEvent(pid, ..) => drop(ptrace::cont(pid, None)),
            _ => {}
        }
    }
}

#[cfg(target_arch = "x86_64")]
fn call_of(pid: Pid) -> nix::Result<(i64, [u64; 3])> {
    let registers = ptrace::getregs(pid)?;
    Ok((registers.orig_rax as i64, [registers.rdi, registers.rsi, registers.rdx]))
}

#[cfg(not(target_arch = "x86_64"))]
fn call_of(_pid: Pid) -> nix::Result<(i64, [u64; 3])> {
    // Without the registers every call counts.
    Ok((libc::SYS_fsync, [3, 0, 0]))
}

/// Whether the call at which a process has stopped changes a file, and not what only the process sees.
fn changes_a_file(pid: Pid) -> Option<bool> {
    let (call, [first, _, third]) = call_of(pid).ok()?;
    let writes = |flags: u64| flags as i32 & (libc::O_WRONLY | libc::O_RDWR | libc::O_CREAT) != 0;
    Some(match call {
        libc::SYS_openat => writes(third),
        libc::SYS_write | libc::SYS_writev | libc::SYS_pwrite64 => {
            // Tokio wakes its threads by writing, too. Standard output and error go to files of ours.
            let target = std::fs::read_link(format!("/proc/{pid}/fd/{first}")).ok()?;
            first > 2 && target.is_absolute() && !target.starts_with("/dev")
        }
        _ => true,
    })
}

#[cfg(target_arch = "x86_64")]
fn fail(pid: Pid, error: i32) -> nix::Result<()> {
    let mut registers = ptrace::getregs(pid)?;
    // No such call: it is left out, and this is what it brings.
    registers.orig_rax = u64::MAX;
    registers.rax = -i64::from(error) as u64;
    ptrace::setregs(pid, registers)
}

#[cfg(not(target_arch = "x86_64"))]
fn fail(_pid: Pid, _error: i32) -> nix::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::linux::program::Program;
    use std::fs;
    use std::path::Path;
    use std::time::Duration;

    /// Runs a script that makes two files, one after the other.
    fn run(folder: &Path, at: u32, act: Act) -> (Ended, u32) {
        let shell = Program::new(Path::new("/bin/sh"), Duration::from_secs(600)).unwrap();
        fs::write(folder.join("script"), "echo one > a && echo two > b").unwrap();
        for name in ["a", "b"] {
            let _ = fs::remove_file(folder.join(name));
        }
        let mut command = shell.command(folder, "script");
        prepare(&mut command);
        trace(shell.start(folder, command).unwrap(), at, act).unwrap()
    }

    #[test]
    fn calls_are_counted_and_a_program_is_killed_before_one() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let there = |name: &str| folder.join(name).exists();
        let (ended, calls) = run(folder, 0, Act::Count);
        assert!(ended.ok() && there("a") && there("b"), "{ended:?}");
        // Each is opened; what the shell writes goes to its standard output, which is the file.
        assert!(calls >= 2, "{calls}");
        let mut seen = Vec::new();
        for at in 1..=calls {
            let (ended, _) = run(folder, at, Act::Kill);
            assert_eq!((ended.code, ended.signal), (None, Some(9)));
            seen.push((there("a"), there("b")));
        }
        assert_eq!(seen[0], (false, false), "before the first");
        assert!(seen.contains(&(true, false)), "between the two: {seen:?}");
    }

    #[cfg(target_arch = "x86_64")]
    #[test]
    fn calls_fail() {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        for act in [Act::Fail(libc::ENOSPC), Act::FailFromHere(libc::ENOSPC)] {
            let (ended, _) = run(folder, 1, act);
            assert!(!ended.ok() && ended.signal.is_none() && !folder.join("a").exists(), "{ended:?}");
            assert!(ended.err.contains("No space"), "{ended:?}");
        }
    }
}
