//! Rows of the tables.

use super::learn::Outcome;
use super::task::Task;
use crate::bench::library::learning::median;

/// How the seeds' runs went.
#[derive(Clone, Debug)]
pub(super) struct Figures {
    /// Passes, or episodes, to the goal, where more than half of the seeds got there.
    reached: Option<u64>,
    there: usize,
    last: f64,
    lowest: f64,
    /// Multiply-adds in all.
    pub(super) products: u64,
    /// Of each tensor.
    ranks: Vec<f64>,
    pairs: f64,
    share: f64,
}

impl Figures {
    pub(super) fn of(outcomes: &[Outcome]) -> Self {
        // Seeds that never got there count as later than all others.
        let passes = |outcome: &Outcome| outcome.reached.map_or(u64::MAX, |spent| spent.passes);
        let middle = |of: &dyn Fn(&Outcome) -> f64| median(outcomes.iter().map(of).collect()).unwrap_or(0.0);
        let tensors = outcomes.first().map_or(0, |outcome| outcome.ranks().len());
        Self {
            reached: median(outcomes.iter().map(passes).collect()).filter(|&passes| passes < u64::MAX),
            there: outcomes.iter().filter(|outcome| outcome.reached.is_some()).count(),
            last: middle(&|of| of.last),
            lowest: outcomes.iter().map(|outcome| outcome.last).fold(f64::MAX, f64::min),
            products: median(outcomes.iter().map(|of| of.all.products).collect()).unwrap_or(0),
            ranks: (0..tensors).map(|tensor| middle(&|of| of.ranks()[tensor])).collect(),
            pairs: middle(&Outcome::pairs),
            share: middle(&Outcome::share),
        }
    }

    fn cells(&self, least: u64) -> String {
        let reached = match self.reached {
            Some(passes) if passes < 10_000 => passes.to_string(),
            Some(passes) => format!("{:.1}k", passes as f64 / 1e3),
            None => "-".to_owned(),
        };
        let Self { there, last, lowest, products, .. } = self;
        let cost = *products as f64 / least as f64;
        format!("{reached} ({there}) | {last:.1} (lowest {lowest:.1}) | {cost:.2}")
    }
}

pub(super) fn print_head(tasks: &[Task]) {
    let of = |task: &Task| format!("{}: {} to {} | final | cost", task.name, task.unit(), task.goal);
    let columns: Vec<_> = tasks.iter().map(of).collect();
    println!("| rule | {} |\n|{}", columns.join(" | "), "---|".repeat(1 + 3 * tasks.len()));
}

/// A row of all tasks; `least` is what rank 1 costs in each.
pub(super) fn print_row(name: &str, row: &[Figures], least: &[u64]) {
    let cells: Vec<_> = row.iter().zip(least).map(|(figures, &least)| figures.cells(least)).collect();
    println!("| {name} | {} |", cells.join(" | "));
}

/// The ratio of signal and noise, as a share of what it would be of linear scores.
pub(super) fn print_ratios(tasks: &[Task], rows: &[(&str, Vec<Figures>)]) {
    print_names(tasks);
    for (name, row) in rows {
        let cells: Vec<_> = row.iter().map(|figures| format!("{:.0} %", 100.0 * figures.share)).collect();
        println!("| {name} | {} |", cells.join(" | "));
    }
}

/// What rules chose: the mean rank of each layer, and the mean of the pairs.
pub(super) fn print_choices(tasks: &[Task], rows: &[(&str, Vec<Figures>)]) {
    print_names(tasks);
    for (name, row) in rows {
        let cell = |figures: &Figures| {
            let ranks: Vec<_> = figures.ranks.iter().map(|rank| format!("{rank:.1}")).collect();
            format!("{}; {:.0} pairs", ranks.join(", "), figures.pairs)
        };
        println!("| {name} | {} |", row.iter().map(cell).collect::<Vec<_>>().join(" | "));
    }
}

fn print_names(tasks: &[Task]) {
    let names: Vec<_> = tasks.iter().map(|task| task.name).collect();
    println!("| rule | {} |\n|{}", names.join(" | "), "---|".repeat(1 + tasks.len()));
}
