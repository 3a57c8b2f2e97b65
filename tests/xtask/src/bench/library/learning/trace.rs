//! How runs learned, and the rows of tables that say so.

use anyhow::{Result, anyhow};
use std::ops::RangeInclusive;
use std::sync::Mutex;

/// How one run learned.
#[derive(Clone, Debug)]
pub(in super::super) struct Trace {
    goals: &'static [f64],
    /// Forward passes at the first of two consecutive looks at or above each goal.
    reached: Vec<Option<u64>>,
    /// The look before: its accuracy and its passes.
    before: (f64, u64),
    next_look: u64,
    last: f64,
    passes: u64,
}

impl Trace {
    /// Nothing is seen yet; accuracies to be reached are from 0 to 1.
    pub(in super::super) fn new(goals: &'static [f64]) -> Self {
        Self { goals, reached: vec![None; goals.len()], before: (0.0, 0), next_look: 0, last: 0.0, passes: 0 }
    }

    /// Whether another look is due after so many passes: every 8 %.
    pub(super) fn due(&mut self, passes: u64) -> bool {
        self.passes = passes;
        let due = passes >= self.next_look;
        if due {
            self.next_look = (passes + passes / 12).max(2000);
        }
        due
    }

    /// Takes in the held-out accuracy at a look.
    pub(super) fn look(&mut self, accuracy: f64) {
        for (reached, goal) in self.reached.iter_mut().zip(self.goals) {
            if reached.is_none() && accuracy.min(self.before.0) >= *goal {
                *reached = Some(self.before.1);
            }
        }
        (self.before, self.last) = ((accuracy, self.passes), accuracy);
    }

    /// The accuracy at the last look, in per cent.
    pub(super) fn last(&self) -> f64 {
        100.0 * self.last
    }
}

/// Runs `job` for every seed on all cores; results in no order.
pub(in super::super) fn over_seeds<T: Send>(
    seeds: RangeInclusive<u32>,
    job: impl Fn(u32) -> Result<T> + Sync,
) -> Result<Vec<T>> {
    let (next, traces) = (Mutex::new(*seeds.start()), Mutex::new(Vec::new()));
    let work = || -> Result<()> {
        loop {
            let seed = {
                let mut next = next.lock().map_err(|_| anyhow!("a worker panicked"))?;
                *next += 1;
                *next - 1
            };
            if seed > *seeds.end() {
                return Ok(());
            }
            let trace = job(seed)?;
            traces.lock().map_err(|_| anyhow!("a worker panicked"))?.push(trace);
        }
    };
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().try_for_each(|worker| worker.join().map_err(|_| anyhow!("a worker panicked"))?)
    })?;
    traces.into_inner().map_err(|_| anyhow!("a worker panicked"))
}

/// The middle value, of two the lower.
pub(in super::super) fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len().saturating_sub(1) / 2).copied()
}

/// The median and the lowest of the final accuracies, in per cent.
pub(super) fn finals(traces: &[Trace]) -> (f64, f64) {
    let lasts: Vec<f64> = traces.iter().map(Trace::last).collect();
    let lowest = lasts.iter().copied().fold(f64::MAX, f64::min);
    (median(lasts).unwrap_or(0.0), lowest)
}

/// The median of all passes of a run.
pub(super) fn passes_in_all(traces: &[Trace]) -> u64 {
    median(traces.iter().map(|trace| trace.passes).collect()).unwrap_or(0)
}

/// For each goal how many runs reached it, and the median of the passes that they took. A run that never got
/// there counts as later than all others.
pub(super) fn medians(traces: &[Trace]) -> Vec<(usize, u64)> {
    let goals = 0..traces.first().map_or(0, |trace| trace.goals.len());
    let of = |goal: usize| {
        let there = traces.iter().filter(|trace| trace.reached[goal].is_some()).count();
        let passes = traces.iter().map(|trace| trace.reached[goal].unwrap_or(u64::MAX)).collect();
        (there, median(passes).unwrap_or(u64::MAX))
    };
    goals.map(of).collect()
}

/// Prints the row of a rule, whose name may fill several columns.
pub(super) fn print_row(name: &str, traces: &[Trace]) {
    let goal = |(there, passes): (usize, u64)| match passes {
        u64::MAX => format!("- ({there})"),
        _ => format!("{:.1}k ({there})", passes as f64 / 1000.0),
    };
    let goals: Vec<String> = medians(traces).into_iter().map(goal).collect();
    let (last, lowest) = finals(traces);
    println!(
        "| {name} | {} | {:.0}k | {last:.1} (lowest {lowest:.1}) |",
        goals.join(" | "),
        passes_in_all(traces) as f64 / 1000.0
    );
}

/// Prints the head of a table whose first columns are `what`.
pub(super) fn print_head(title: &str, what: &[&str], goals: &[f64]) {
    let goals: Vec<String> = goals.iter().map(|goal| format!("{:.0} %", 100.0 * goal)).collect();
    let columns = [&what.join(" | "), &goals.join(" | "), "passes in all", "final"].join(" | ");
    let ruler = "---|".repeat(what.len() + goals.len() + 2);
    println!("\n{title}:\n\n| {columns} |\n|{ruler}");
}
