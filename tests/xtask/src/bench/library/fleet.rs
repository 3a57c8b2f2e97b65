//! How long fleets of boards would take. Time is computed, not measured: from the passes that every board
//! makes in a generation.

use super::learning::{FRESH_SEEDS, Rule, Trace, Watch, learn_watched, median, over_seeds, parts_of};
use anyhow::Result;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::run::{boards_that_pay, slots_for};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

const MODEL: &str = "64-64-10";
const GOAL: f64 = 0.95;
/// Milliseconds that a board takes for a forward pass, and that a request and its answer take on the link.
const PASS: u64 = 10;
const ROUND_TRIP: u64 = 2;
const SLOTS: [u32; 5] = [4, 16, 64, 256, 1024];
/// The boards of the tables, and all numbers of boards that are computed: each has twice as many as the one
/// before.
const SHOWN: [usize; 4] = [1, 4, 16, 64];
const DOUBLINGS: usize = 11;
/// Twice as many boards pay as long as they save this share of the time.
const PAYS: f64 = 0.1;

/// Milliseconds of a run on 1, 2, 4, 8... boards.
type Times = [u64; DOUBLINGS];

/// What a run has taken at a look.
#[derive(Clone, Copy, Default)]
struct Taken {
    generations: u64,
    passes: u64,
    kept: u64,
    /// With the update computed by the host, and by every board for itself.
    times: [Times; 2],
}

/// The virtual clocks of a run.
struct Clock {
    members: u64,
    now: Taken,
    /// What was taken at the look before, if that reached the goal, and at the first of two that did.
    before: Option<Taken>,
    reached: Option<Taken>,
}

/// The most passes that one of so many boards makes, if whoever is free takes the next slot.
fn longest(passes: impl Iterator<Item = u64>, boards: usize) -> u64 {
    let mut free: BinaryHeap<Reverse<u64>> = (0..boards).map(|_| Reverse(0)).collect();
    for slot in passes {
        if let Some(mut first) = free.peek_mut() {
            first.0 += slot;
        }
    }
    free.into_iter().map(|Reverse(end)| end).max().unwrap_or(0)
}

impl Watch for Clock {
    fn evaluated(&mut self, scores: &Scores<'_>) {
        let of = |kept: bool| 1 + if kept { self.members } else { 0 };
        let kept = scores.flags().filter(|kept| *kept).count() as u64;
        self.now.generations += 1;
        self.now.kept += kept;
        self.now.passes += scores.flags().map(of).sum::<u64>();
        for doubling in 0..DOUBLINGS {
            let evaluated = PASS * longest(scores.flags().map(of), 1 << doubling) + ROUND_TRIP;
            self.now.times[0][doubling] += evaluated;
            // A board that moves its own weights takes the base model over every kept slot again.
            self.now.times[1][doubling] += evaluated + PASS * kept;
        }
    }

    fn looked(&mut self, accuracy: f64) -> bool {
        let here = (accuracy >= GOAL).then_some(self.now);
        self.reached = self.before.filter(|_| here.is_some());
        self.before = here;
        self.reached.is_none()
    }
}

/// What every seed took to the goal, if it got there.
fn train(slots: u32, data: &Dataset) -> Result<Vec<Option<Taken>>> {
    let rule = Rule::guided(MODEL, Some(slots));
    over_seeds(FRESH_SEEDS, |seed| {
        let parts = parts_of(data, seed)?;
        let members = rule.estimator.shape().values.into();
        let mut clock = Clock { members, now: Taken::default(), before: None, reached: None };
        learn_watched(&rule, data, &parts, seed, &mut Trace::new(&[]), &mut clock)?;
        Ok(clock.reached)
    })
}

/// The median over the seeds, of which those that never got there are later than all others.
fn middle(runs: &[Option<Taken>], of: impl Fn(&Taken) -> u64) -> Option<u64> {
    let values = runs.iter().map(|run| run.as_ref().map_or(u64::MAX, &of)).collect();
    median(values).filter(|&value| value < u64::MAX)
}

fn seconds(milliseconds: Option<u64>) -> String {
    milliseconds.map_or("-".to_owned(), |time| format!("{:.1} s", time as f64 / 1000.0))
}

/// The last doubling of boards that pays: how many boards there are then.
fn paying(runs: &[Option<Taken>], update: usize) -> usize {
    let time = |doubling: usize| middle(runs, |taken| taken.times[update][doubling]).unwrap_or(0) as f64;
    let pays = |&doubling: &usize| time(doubling) <= (1.0 - PAYS) * time(doubling - 1);
    1 << (1..DOUBLINGS).take_while(pays).last().unwrap_or(0)
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let all: Vec<_> = SLOTS.iter().map(|&slots| train(slots, &data)).collect::<Result<_>>()?;
    println!(
        "{MODEL} on the digits to {:.0} %, the settings that the program chooses, seeds from {} on, a split of its own\n\
         for each; medians, and in brackets the seeds that got there. Computed, not measured: {PASS} ms a forward pass\n\
         on each board, whoever is free takes the next slot, and asks for it while it computes, so that a generation\n\
         costs one round trip of {ROUND_TRIP} ms.\n",
        100.0 * GOAL,
        FRESH_SEEDS.start()
    );
    println!(
        "| slots | generations | passes | kept slots | boards that pay | with their own update | rule: boards |"
    );
    println!("|---|---|---|---|---|---|---|");
    for (slots, runs) in SLOTS.iter().zip(&all) {
        let there = runs.iter().flatten().count();
        let count = |of: fn(&Taken) -> u64| middle(runs, of).map_or("-".to_owned(), |n| n.to_string());
        let kept =
            runs.iter().flatten().map(|taken| taken.kept as f64 / (taken.generations as f64)).sum::<f64>();
        println!(
            "| {slots} | {} ({there}) | {} | {:.0} % | {} | {} | {} |",
            count(|taken| taken.generations),
            count(|taken| taken.passes),
            100.0 * kept / (there.max(1) as f64 * f64::from(*slots)),
            paying(runs, 0),
            paying(runs, 1),
            boards_that_pay(*slots),
        );
    }
    for (update, title) in
        ["the host moves the weights", "every board moves its own weights"].iter().enumerate()
    {
        println!("\n{title}:\n");
        let columns: Vec<String> = SLOTS.iter().map(|slots| format!("{slots} slots")).collect();
        println!(
            "| boards | {} | best | rule: slots |\n|---|{}---|---|",
            columns.join(" | "),
            "---|".repeat(SLOTS.len())
        );
        for boards in SHOWN {
            let place = boards.ilog2() as usize;
            let times: Vec<_> =
                all.iter().map(|runs| middle(runs, |taken| taken.times[update][place])).collect();
            let best = SLOTS.iter().zip(&times).filter_map(|(slots, time)| Some(((*time)?, slots))).min();
            let best = best.map_or("-".to_owned(), |(_, slots)| format!("{slots} slots"));
            let times: Vec<String> = times.into_iter().map(seconds).collect();
            println!("| {boards} | {} | {best} | {} |", times.join(" | "), slots_for(boards as u32));
        }
    }
    Ok(())
}
