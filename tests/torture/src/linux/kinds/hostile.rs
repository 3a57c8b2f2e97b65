//! Hostile boards: alone a run ends rightly or says why not; beside an honest board it ends rightly.

use crate::linux::board::{Board, Manners, VICES};
use crate::linux::case::{Found, Verdict, own, short, verdict};
use crate::linux::random::Random;
use crate::linux::runner::Bench;
use std::path::Path;

/// A case.
pub(crate) fn case(bench: &Bench, case: u64, folder: &Path) -> Verdict {
    verdict(hostile(bench, case, folder))
}

fn hostile(bench: &Bench, case: u64, folder: &Path) -> Found<Verdict> {
    let mut random = Random::new(bench.seed, "hostile", case);
    let (place, _) = bench.place(case / VICES.len() as u64, folder)?;
    let vice = VICES[(case % VICES.len() as u64) as usize];
    let chance = *random.pick(&[100, 50, 20, 5]);
    let after = *random.pick(&[0, 0, 2, 5, 20, 40]);
    let manners = Manners { vice: Some(vice), chance, after, seed: random.next() };
    let board = own(Board::start(manners, &bench.hostile))?;
    let alone = random.percent(30);
    // What it says of its scores only a second look tells from the truth.
    let boards = format!("--boards {}{}", board.address(), if alone { "" } else { " sim:1" });
    let start = place.reference.start(&format!("{boards} --verify 1 --patience 1"), "run");
    let ended = place.run(&start);
    drop(board);
    let ended = ended.map_err(|verdict| match verdict {
        Verdict::Short(why) => Verdict::Short(format!("{manners:?}: {why}")),
        other => other,
    })?;
    let wrong = ended.ok() && ended.hash().as_deref() != Some(place.reference.last());
    if wrong || (!ended.ok() && !alone) {
        let why = if wrong { "ends with wrong weights" } else { "fails beside an honest board" };
        return short(format!("{manners:?}: {}", ended.because(why)));
    }
    if ended.ok() {
        place.replayed("run")?;
        return Ok(Verdict::Right);
    }
    Ok(Verdict::Refused)
}
