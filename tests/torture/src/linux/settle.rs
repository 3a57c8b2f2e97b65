//! After whatever has happened to a run: it is gone on with, or begun again, and ends with the right weights.

use super::case::{Found, Verdict, own, short};
use super::program::{Ended, Program};
use super::runs::Reference;
use super::tracer::{Act, prepare, trace};
use std::fs;
use std::path::Path;

/// Where a case takes place, and what is tortured there.
pub(crate) struct Place<'a> {
    pub(crate) program: &'a Program,
    pub(crate) folder: &'a Path,
    pub(crate) reference: &'a Reference,
    pub(crate) boards: &'static str,
}

impl Place<'_> {
    /// Runs the program; it may fail, but as a program should.
    pub(crate) fn run(&self, arguments: &str) -> Found<Ended> {
        let ended = own(self.program.run(self.folder, arguments))?;
        match ended.trouble() {
            None => Ok(ended),
            Some(why) => short(why),
        }
    }

    /// Runs the program up to its n-th call that changes a file, and acts there; see [`trace`].
    pub(crate) fn traced(&self, arguments: &str, at: u32, act: Act) -> Found<Ended> {
        let mut command = self.program.command(self.folder, arguments);
        prepare(&mut command);
        let running = own(self.program.start(self.folder, command))?;
        let (ended, _) = own(trace(running, at, act))?;
        match ended.trouble() {
            None => Ok(ended),
            Some(why) => short(format!("{act:?} at {at}: {why}")),
        }
    }

    /// A run that nothing is wrong with any more, though it may have been cut anywhere, comes to its end.
    pub(crate) fn settle(&self, run: &str) -> Found<Verdict> {
        let there = self.folder.join(run).symlink_metadata().is_ok();
        let ended = if there {
            let resumed = self.run(&self.reference.resume(self.boards, run))?;
            if resumed.ok() {
                resumed
            } else {
                // Killed before there was anything to go on with: then it begins.
                let begun = self.run(&self.reference.start(self.boards, run))?;
                if !begun.ok() {
                    let why = begun.because("is refused, too");
                    return short(format!("a dead end: {}; {why}", resumed.because("is refused")));
                }
                begun
            }
        } else {
            self.run(&self.reference.start(self.boards, run))?
        };
        self.right(&ended)?;
        self.replayed(run)?;
        self.swept(run)?;
        Ok(Verdict::Right)
    }

    /// It has succeeded, with the weights of the last generation.
    pub(crate) fn right(&self, ended: &Ended) -> Found<()> {
        if !ended.ok() {
            return short(ended.because("fails"));
        }
        match ended.hash() {
            Some(hash) if hash == self.reference.last() => Ok(()),
            hash => short(ended.because(&format!("ends with the wrong weights {hash:?}"))),
        }
    }

    /// The journal leads to the right weights, and they are the file's.
    pub(crate) fn replayed(&self, run: &str) -> Found<()> {
        let replayed = self.run(&format!("replay {run} --json"))?;
        self.right(&replayed)?;
        if replayed.value("equal_to_weights_file") != Some(true.into()) {
            return short(replayed.because("finds other weights in the file"));
        }
        Ok(())
    }

    /// Nothing half written is left.
    fn swept(&self, run: &str) -> Found<()> {
        let entries = own(fs::read_dir(self.folder.join(run)).map_err(Into::into))?;
        for entry in entries.flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            if name.ends_with(".new") {
                return short(format!("{run}/{name} is left"));
            }
        }
        Ok(())
    }
}
