//! Two hosts: on one run, on one name, beside those that only read, and on one board.

use crate::linux::board::{Board, Manners};
use crate::linux::case::{Found, Verdict, own, short, verdict};
use crate::linux::program::Ended;
use crate::linux::random::Random;
use crate::linux::runner::Bench;
use crate::linux::settle::Place;
use std::path::Path;

/// A case.
pub(crate) fn case(bench: &Bench, case: u64, folder: &Path) -> Verdict {
    verdict(together(bench, case, folder))
}

fn together(bench: &Bench, case: u64, folder: &Path) -> Found<Verdict> {
    let mut random = Random::new(bench.seed, "pairs", case);
    let (place, _) = bench.place(case, folder)?;
    let mode = random.below(6);
    let reference = place.reference;
    let (start, resume) = (reference.start(place.boards, "run"), reference.resume(place.boards, "run"));
    match mode {
        0 => one_of(&place, &at_once(&place, &[&start, &start])?)?,
        1 | 2 => {
            own(reference.stopped(&folder.join("run"), &mut random))?;
            let second = if mode == 1 { &resume } else { &start };
            one_of(&place, &at_once(&place, &[&resume, second])?)?;
        }
        3 => return anywhere(&place),
        4 => {
            // Those that only read or write a page disturb nobody.
            own(reference.stopped(&folder.join("run"), &mut random))?;
            let all = [&resume[..], "report run", "replay run --json", "eval run --json", "report run"];
            let ended = at_once(&place, &all)?;
            place.right(&ended[0])?;
            for reader in &ended[1..] {
                if let (true, Some(hash)) = (reader.ok(), reader.hash())
                    && !reference.has(&hash)
                {
                    return short(reader.because("names wrong weights"));
                }
            }
        }
        _ => return one_board(bench, &place),
    }
    place.settle("run")
}

/// Starts all of these, then waits for all.
fn at_once(place: &Place<'_>, arguments: &[&str]) -> Found<Vec<Ended>> {
    let mut running = Vec::new();
    for arguments in arguments {
        let command = place.program.command(place.folder, arguments);
        running.push(own(place.program.start(place.folder, command))?);
    }
    let mut all = Vec::new();
    for running in running {
        all.push(own(running.end())?);
    }
    match all.iter().find_map(Ended::trouble) {
        None => Ok(all),
        Some(why) => short(why),
    }
}

/// At least one host has trained, and none to wrong weights.
fn one_of(place: &Place<'_>, all: &[Ended]) -> Found<()> {
    all.iter().filter(|ended| ended.ok()).try_for_each(|ended| place.right(ended))?;
    if all.iter().any(Ended::ok) { Ok(()) } else { short(all[0].because("fails, and so does the other")) }
}

/// Hosts that choose a free name at once: each finds one.
fn anywhere(place: &Place<'_>) -> Found<Verdict> {
    let start = place.reference.start_anywhere(place.boards);
    let all = at_once(place, &[&start[..]; 6])?;
    let mut names = Vec::new();
    for ended in &all {
        place.right(ended)?;
        names.push(ended.value("run").map(|run| run.to_string()));
    }
    names.sort();
    names.dedup();
    if names.len() == all.len() {
        Ok(Verdict::Right)
    } else {
        short(format!("two runs of one name: {names:?}"))
    }
}

/// Two hosts of different runs on one board: each is right or refused.
fn one_board(bench: &Bench, place: &Place<'_>) -> Found<Verdict> {
    let board = own(Board::start(Manners::default(), &bench.hostile))?;
    let boards = format!("--boards {} --patience 1", board.address());
    let first = place.reference.start(&boards, "run");
    let second = format!("{} --seed 2", place.reference.start(&boards, "other"));
    let all = at_once(place, &[&first, &second])?;
    let right = [place.reference.last(), &place.reference.other];
    for (ended, right) in all.iter().zip(right) {
        if ended.ok() && ended.hash().as_deref() != Some(right) {
            return short(ended.because(&format!("ends with wrong weights {:?}", ended.hash())));
        }
    }
    Ok(if all.iter().all(Ended::ok) { Verdict::Right } else { Verdict::Refused })
}
