//! Full and failing disks: a limit on the size of files, a small file system, and system calls that fail.

use crate::linux::case::{Found, Verdict, own, short, verdict};
use crate::linux::program::{Ended, limited};
use crate::linux::random::Random;
use crate::linux::runner::Bench;
use crate::linux::settle::Place;
use crate::linux::tracer::Act;
use nix::sys::resource::Resource;
use nix::sys::signal::Signal;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// What calls fail with: no space, a broken disk, a full quota, no locks, a file system that only reads.
const ERRORS: [i32; 5] = [libc::ENOSPC, libc::EIO, libc::EDQUOT, libc::ENOLCK, libc::EROFS];

/// Bytes that every file may have: as many as the longest line of error.
const ROOM: usize = 1_000;

/// A case.
pub(crate) fn case(bench: &Bench, case: u64, folder: &Path) -> Verdict {
    verdict(full(bench, case, folder))
}

fn full(bench: &Bench, case: u64, folder: &Path) -> Found<Verdict> {
    let mut random = Random::new(bench.seed, "disk", case);
    let (place, round) = bench.place(case, folder)?;
    let reference = place.reference;
    let arguments = match random.below(4) {
        0 => {
            // One whose end is missing.
            own(reference.stopped(&folder.join("run"), &mut random))?;
            reference.resume(place.boards, "run")
        }
        _ => reference.start(place.boards, "run"),
    };
    let at = (round % u64::from(reference.calls + 10)) as u32 + 1;
    let error = *random.pick(&ERRORS);
    match random.below(10) {
        0..=3 => ended(&place, &place.traced(&arguments, at, Act::Fail(error))?)?,
        4..=6 => ended(&place, &place.traced(&arguments, at, Act::FailFromHere(error))?)?,
        7 | 8 => {
            // What the program says goes to a file, too, which must have room for its last line.
            let most = ROOM + if random.percent(50) { random.below(400) } else { random.below(30_000) };
            let mut command = place.program.command(folder, &arguments);
            limited(&mut command, Resource::RLIMIT_FSIZE, most as u64);
            let running = own(place.program.start(folder, command))?;
            ended(&place, &own(running.end())?)?;
        }
        _ => return small(&place, &mut random),
    }
    place.settle("run")
}

/// It failed as a program should, or it ended rightly all the same.
fn ended(place: &Place<'_>, done: &Ended) -> Found<()> {
    // The system's own way to end a program whose file becomes too long.
    if done.signal == Some(Signal::SIGXFSZ as i32) {
        return Ok(());
    }
    match done.trouble() {
        Some(why) => short(why),
        None if done.ok() => place.right(done),
        None => Ok(()),
    }
}

/// A file system of a few pages; it goes with this.
struct Mounted(PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).stderr(Stdio::null()).status();
    }
}

/// On a small file system, which then grows. Only root can mount one; for others it is a run like any.
fn small(place: &Place<'_>, random: &mut Random) -> Found<Verdict> {
    let folder = place.folder.join("small");
    own(std::fs::create_dir(&folder).map_err(Into::into))?;
    let pages = 2 + random.below(36);
    let mount = |options: &str| {
        let mut command = Command::new("mount");
        command.args(["-t", "tmpfs", "-o", options, "tmpfs"]).arg(&folder);
        command.stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok_and(|status| status.success())
    };
    let mounted = mount(&format!("size={}k", 4 * pages)).then(|| Mounted(folder.clone()));
    let first = own(place.program.run(place.folder, &place.reference.start(place.boards, "small/run")))?;
    ended(place, &first)?;
    if mounted.is_some() && !mount("remount,size=64m") {
        return short("the torture itself failed: a small file system cannot grow");
    }
    place.settle("small/run")
}
