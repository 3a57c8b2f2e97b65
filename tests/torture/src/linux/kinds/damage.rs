//! Cuts and flips: every file of a run, finished or half done, damaged in every way that disks and people
//! know.

use crate::linux::case::{Found, Verdict, own, short, verdict};
use crate::linux::program::Ended;
use crate::linux::random::Random;
use crate::linux::runner::Bench;
use crate::linux::runs::copy;
use crate::linux::settle::Place;
use crate::linux::tracer::Act;
use anyhow::{Context, Result};
use std::fs;
use std::path::{Path, PathBuf};

/// A case.
pub(crate) fn case(bench: &Bench, case: u64, folder: &Path) -> Verdict {
    verdict(damaged(bench, case, folder))
}

fn damaged(bench: &Bench, case: u64, folder: &Path) -> Found<Verdict> {
    let mut random = Random::new(bench.seed, "damage", case);
    let (place, round) = bench.place(case, folder)?;
    let reference = place.reference;
    let half = random.percent(40);
    if half {
        // Killed in the middle, as hosts are.
        let middle = 1 + reference.calls / 4 + random.below(reference.calls as usize / 2) as u32;
        place.traced(&reference.start(place.boards, "run"), middle, Act::Kill)?;
    } else {
        own(copy(&reference.folder.join("run"), &folder.join("run")))?;
    }
    if !folder.join("run/journal").is_file() {
        return place.settle("run");
    }
    let done = own(damage(&place, round, &mut random))?;
    let found = judge(&place, &done, &mut random);
    found.map_err(|verdict| match verdict {
        Verdict::Short(why) => {
            Verdict::Short(format!("{}{}: {why}", done.what, if half { ", half done" } else { "" }))
        }
        other => other,
    })
}

/// What was done to a run.
struct Done {
    what: String,
    /// Its journal is another run's: then that is the run.
    other: bool,
}

/// A file of the run, the important ones more often.
fn file(run: &Path, round: u64, random: &mut Random) -> Result<PathBuf> {
    let mut files: Vec<PathBuf> = fs::read_dir(run)?.flatten().map(|entry| entry.path()).collect();
    files.sort();
    let important = ["journal", "weights.safetensors", "metrics.csv", "config.toml", "boards.csv"];
    let name = *random.pick(&important);
    let named = run.join(name);
    if round % 8 < 7 && named.is_file() {
        return Ok(named);
    }
    files.get(random.below(files.len())).cloned().context("an empty run")
}

fn damage(place: &Place<'_>, round: u64, random: &mut Random) -> Result<Done> {
    let run = place.folder.join("run");
    let file = file(&run, round, random)?;
    let name = file.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut bytes = fs::read(&file)?;
    let len = bytes.len();
    let at = random.below(len);
    let some = |random: &mut Random| 1 + random.below(40);
    let mut other = false;
    let what = match random.below(14) {
        0..=3 if len > 0 => {
            // Every byte has its turn.
            let at = if random.percent(50) { (round as usize) % len } else { at };
            let bit = random.below(8);
            bytes[at] ^= 1 << bit;
            format!("{name}: bit {bit} of byte {at} flipped")
        }
        4 if len > 0 => {
            bytes[at] = random.next() as u8;
            format!("{name}: byte {at} made {}", bytes[at])
        }
        5 | 6 => {
            bytes.truncate(at);
            format!("{name}: cut to {at} of {len} bytes")
        }
        7 => {
            let count = some(random).min(len - at);
            bytes.drain(at..at + count);
            format!("{name}: {count} bytes taken out at {at}")
        }
        8 => {
            let count = some(random) * 20;
            bytes.resize(len + count, 0);
            format!("{name}: {count} zeros appended")
        }
        9 => {
            let count = some(random);
            bytes.extend((0..count).map(|_| random.next() as u8));
            format!("{name}: {count} bytes of noise appended")
        }
        10 => {
            let end = len.min(at + some(random) * 10);
            bytes[at..end].fill(0);
            format!("{name}: bytes {at} to {end} made zeros")
        }
        11 => {
            let ends = if name == "journal" { records(&bytes) } else { lines(&bytes) };
            let first = random.below(ends.len().saturating_sub(1));
            let (from, to) = match ends.get(first..first + 2) {
                Some(&[from, to]) => (from, to),
                _ => (0, len),
            };
            let again = bytes[from..to].to_vec();
            bytes.splice(to..to, again);
            format!("{name}: bytes {from} to {to} doubled")
        }
        12 => {
            let from = place.reference.folder.join("other").join(&name);
            match fs::read(from) {
                Ok(others) => bytes = others,
                Err(_) => bytes.clear(),
            }
            other = name == "journal";
            format!("{name}: that of another run")
        }
        _ => {
            fs::remove_file(&file)?;
            if random.percent(30) {
                fs::create_dir(&file)?;
                return Ok(Done { what: format!("{name}: a directory"), other });
            }
            return Ok(Done { what: format!("{name}: gone"), other });
        }
    };
    fs::write(&file, bytes)?;
    Ok(Done { what, other })
}

/// Where the records of a journal begin, by the lengths in it.
fn records(journal: &[u8]) -> Vec<usize> {
    let mut at = vec![8];
    while let Some(head) = at.last().and_then(|&at| journal.get(at..)?.first_chunk()) {
        let next = at[at.len() - 1] + 8 + u32::from_le_bytes(*head) as usize;
        if next > journal.len() {
            break;
        }
        at.push(next);
    }
    at
}

fn lines(text: &[u8]) -> Vec<usize> {
    let ends = text.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at + 1);
    std::iter::once(0).chain(ends).collect()
}

fn judge(place: &Place<'_>, done: &Done, random: &mut Random) -> Found<Verdict> {
    let reference = place.reference;
    // What reads, before and after the run is gone on with.
    let readers = ["replay run --json", "eval run --json", "report run"];
    for reader in readers.iter().filter(|_| random.percent(60)) {
        let ended = place.run(reader)?;
        weights(place, done, &ended)?;
    }
    let resume = reference.resume(place.boards, "run");
    if random.percent(15) {
        // Killed while it mends what it can.
        let at = 1 + random.below(reference.calls as usize) as u32;
        place.traced(&resume, at, Act::Kill)?;
    }
    let resumed = place.run(&resume)?;
    if resumed.ok() {
        if done.other && resumed.hash().as_ref() == Some(&reference.other) {
            return Ok(Verdict::Right);
        }
        place.right(&resumed)?;
        let replayed = place.run("replay run --json")?;
        place.right(&replayed)?;
        return Ok(Verdict::Right);
    }
    way_out(place, &resumed)?;
    Ok(Verdict::Refused)
}

/// Weights that are named are those of one of the run's generations, and of the right one where that is
/// named, too.
fn weights(place: &Place<'_>, done: &Done, ended: &Ended) -> Found<()> {
    let (Some(hash), true) = (ended.hash(), ended.ok()) else { return Ok(()) };
    // Another run's journal is another run, and what it has beside it is not known.
    if done.other {
        return Ok(());
    }
    let generations = ended.value("generations").and_then(|value| value.as_u64());
    let right = match generations.filter(|_| ended.what.contains(" replay ")) {
        Some(generations) => place.reference.after(generations) == Some(hash.as_str()),
        None => place.reference.has(&hash),
    };
    if right { Ok(()) } else { short(ended.because(&format!("names wrong weights {hash}"))) }
}

/// A refusal names a way out: where that is a command, it works.
fn way_out(place: &Place<'_>, refused: &Ended) -> Found<()> {
    let commands =
        refused.err.split('`').skip(1).step_by(2).filter_map(|words| words.strip_prefix("eggroll-host "));
    let mut tried = false;
    for command in commands.filter(|command| command.contains("--resume")) {
        tried = true;
        // With the run's own folder; what it says of boards is left to us.
        let ended = place.run(&format!("{command} {} --quiet --json", place.boards))?;
        place.right(&ended)?;
        place.replayed("run")?;
    }
    // Otherwise the run cannot be gone on with, and it is said what to do instead.
    let hints = [
        "--from-generation",
        "--run",
        "copy",
        "move",
        "restore",
        "delete",
        "remove",
        "another directory",
        "start another run",
        // What is in the way needs no more words.
        "Is a directory",
    ];
    if tried || hints.iter().any(|hint| refused.err.contains(hint)) {
        return Ok(());
    }
    short(refused.because("is refused without a way out"))
}
