//! Kills: before every system call of a run that changes a file, at random moments, and again while it is
//! gone on with.

use crate::linux::case::{Found, Verdict, own, short, verdict};
use crate::linux::random::Random;
use crate::linux::runner::Bench;
use crate::linux::runs::copy;
use crate::linux::settle::Place;
use crate::linux::tracer::Act;
use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

/// Longest wait for a kill at a random moment: about as long as a run takes.
const LONGEST: usize = 60_000;

/// A case.
pub(crate) fn case(bench: &Bench, case: u64, folder: &Path) -> Verdict {
    verdict(killed(bench, case, folder))
}

fn killed(bench: &Bench, case: u64, folder: &Path) -> Found<Verdict> {
    let mut random = Random::new(bench.seed, "kills", case);
    let (place, round) = bench.place(case, folder)?;
    let reference = place.reference;
    // One call after another in most cases: none is left out. Other boards make a few calls more.
    let next = (round % u64::from(reference.calls + 10)) as u32 + 1;
    let start = reference.start(place.boards, "run");
    match random.below(20) {
        0..=13 => drop(place.traced(&start, next, Act::Kill)?),
        14..=15 => at_moment(&place, &start, &mut random)?,
        16..=18 => {
            place.traced(&start, next, Act::Kill)?;
            if folder.join("run/journal").exists() {
                let again = 1 + random.below(reference.calls as usize) as u32;
                place.traced(&reference.resume(place.boards, "run"), again, Act::Kill)?;
            }
        }
        _ => {
            own(copy(&reference.folder.join("run"), &folder.join("run")))?;
            place.traced("report run", 1 + random.below(6) as u32, Act::Kill)?;
        }
    }
    place.settle("run")
}

/// Starts a run and kills it after a while.
fn at_moment(place: &Place<'_>, arguments: &str, random: &mut Random) -> Found<()> {
    let running = own(place.program.start(place.folder, place.program.command(place.folder, arguments)))?;
    sleep(Duration::from_micros(random.below(LONGEST) as u64));
    running.kill();
    let ended = own(running.end())?;
    ended.trouble().map_or(Ok(()), short)
}
