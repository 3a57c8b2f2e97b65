//! What the rank of estimator `weight` does within a budget, and what rules would gain that choose it while a
//! run learns. Those rules are a prototype: the product has one rank for all layers and generations.

mod figures;
mod learn;
mod member;
mod rule;
mod task;

use super::learning::over_seeds;
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Plan, Section};
use figures::Figures;
use learn::{Budget, Learning, learn};
use rule::Rule;
use std::ops::RangeInclusive;
use task::Task;

/// Nothing was chosen by these seeds, nor by any others: the limits of the rules are said by theory.
const SEEDS: RangeInclusive<u32> = 201..=205;
const RANKS: [u8; 4] = [1, 2, 4, 8];

/// What is compared: a rule, and how it changes a task's own settings.
#[derive(Clone, Copy)]
struct Contender {
    name: &'static str,
    rule: Rule,
    /// Nothing where it is the task's own.
    rank: Option<u8>,
    /// Added to the task's sigma-shift.
    finer: i8,
    /// Pairs, in quarters of the task's own.
    quarters: u32,
    /// The learning rate, in the task's own.
    rate: u32,
}

const OWN: Contender =
    Contender { name: "the task's settings", rule: Rule::Fixed, rank: None, finer: 0, quarters: 4, rate: 1 };

const fn fixed(name: &'static str, rank: u8, finer: i8) -> Contender {
    Contender { name, rank: Some(rank), finer, ..OWN }
}

const fn chosen(name: &'static str, rule: Rule) -> Contender {
    Contender { name, rule, ..OWN }
}

const FIXED: [Contender; 4] =
    [fixed("rank 1", 1, 0), fixed("rank 2", 2, 0), fixed("rank 4", 4, 0), fixed("rank 8", 8, 0)];
const OTHERS: [Contender; 8] = [
    // Noise of rank r is sqrt(r) times as large: with these there are two ranks for each of four sizes.
    fixed("rank 1, noise as large as rank 4", 1, -1),
    fixed("rank 2, noise as large as rank 8", 2, -1),
    fixed("rank 4, noise as large as rank 1", 4, 1),
    fixed("rank 8, noise as large as rank 2", 8, 1),
    Contender { name: "the task's rank, a quarter of the pairs", quarters: 1, ..OWN },
    Contender { name: "the task's rank, half the pairs", quarters: 2, ..OWN },
    Contender { name: "the task's rank, twice the pairs", quarters: 8, ..OWN },
    Contender { name: "the task's rank, twice the learning rate", rate: 2, ..OWN },
];
const RULES: [Contender; 6] = [
    chosen("all ranks up where the ratio is low", Rule::Ratio { each: false, inverse: false }),
    chosen("all ranks up where the ratio is high", Rule::Ratio { each: false, inverse: true }),
    chosen("a layer's rank up where its ratio is low", Rule::Ratio { each: true, inverse: false }),
    chosen("a layer's rank up where its ratio is high", Rule::Ratio { each: true, inverse: true }),
    chosen("a layer's rank by trials", Rule::Trial),
    chosen("pairs up where the ratio is low", Rule::Pairs),
];

impl Contender {
    fn task(&self, task: &Task) -> Task {
        let mut task = task.clone();
        let settings = &mut task.settings;
        settings.rank = self.rank.unwrap_or(settings.rank);
        settings.sigma_shift = settings.sigma_shift.saturating_add_signed(self.finer);
        settings.pairs = settings.pairs * self.quarters / 4;
        task.rate *= self.rate;
        task
    }

    /// Trains within a budget by all seeds.
    fn learn(&self, task: &Task, budget: Budget) -> Result<Figures> {
        let task = self.task(task);
        let figures = Figures::of(&over_seeds(SEEDS, |seed| learn(&task, self.rule, budget, seed))?);
        // A row of all tasks takes long.
        eprintln!("{}, {}: {figures:?}", task.name, self.name);
        Ok(figures)
    }
}

/// Fails unless members of the prototype, with one rank for all tensors, are the firmware's.
fn check(task: &Task, rank: u8) -> Result<()> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let mut task = task.clone();
    task.settings.rank = rank;
    let mut on = Learning::new(&task, *SEEDS.start())?;
    let run = on.scorer.run.clone();
    let plan = Plan::new(run.clone(), true).map_err(fault)?;
    let mut learner = Learner::new(vec![0u64; plan.needs().div_ceil(8) as usize]);
    learner.configure(run, true).map_err(fault)?;
    if !on.scorer.records.is_empty() {
        learner.load(Section::Samples, 0, &on.scorer.records).map_err(fault)?;
    }
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let pairs = task.settings.pairs;
    let ranks = vec![rank.into(); plan.program().tensors().count()];
    let mut bytes = vec![0; plan.run().estimator.shape().room(pairs as usize)];
    for generation in 1..=3 {
        let len = learner.evaluate(generation, 0, pairs, &mut NoTask, &mut bytes).map_err(fault)?;
        learner.credit(generation, 0, pairs, &bytes[..len]).map_err(fault)?;
        learner.step(task.rate).map_err(fault)?;
        on.generation(generation, task.rate, &ranks, pairs)?;
        ensure!(learner.weights() == on.weights, "{}: other weights than the firmware's", task.name);
    }
    Ok(())
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let tasks = [Task::cartpole(), Task::pendulum(), Task::digits()?];
    for (task, rank) in tasks.iter().flat_map(|task| RANKS.map(|rank| (task, rank))) {
        check(task, rank)?;
    }
    let budgets =
        tasks.each_ref().map(|task| format!("{} {} of {}", task.all_passes(), task.unit(), task.name));
    println!(
        "Estimator `weight`, sign noise, seeds {} to {}; within {}.\n\
         To the goal: median of the first of two consecutive looks at or above it, and in brackets the seeds that got\n\
         there. Final: median and lowest. A look is at held-out accuracy in per cent, or at the mean return over 100\n\
         fresh starts, and is not counted. Cost: multiply-adds of the passes, of the noise and of the update in all,\n\
         beside those of rank 1. Rules begin with the task's own rank ({}), those by trials with rank 1.\n",
        SEEDS.start(),
        SEEDS.end(),
        budgets.join(", "),
        tasks.each_ref().map(|task| task.settings.rank.to_string()).join(", ")
    );
    figures::print_head(&tasks);
    let mut least: Vec<u64> = Vec::new();
    let mut rows = Vec::new();
    for contender in FIXED.iter().chain(&OTHERS).chain(&RULES) {
        let of = |task: &Task| contender.learn(task, Budget::Passes(task.all_passes()));
        let row = tasks.iter().map(of).collect::<Result<Vec<_>>>()?;
        if least.is_empty() {
            least = row.iter().map(|figures| figures.products).collect();
        }
        figures::print_row(contender.name, &row, &least);
        rows.push((contender.name, row));
    }
    println!("\nThe same, with as many multiply-adds for each as rank 1 has taken above.\n");
    figures::print_head(&tasks);
    for contender in FIXED.iter().chain(&RULES) {
        let of = |(task, &all): (&Task, &u64)| contender.learn(task, Budget::Products(all));
        let row = tasks.iter().zip(&least).map(of).collect::<Result<Vec<_>>>()?;
        figures::print_row(contender.name, &row, &least);
    }
    println!(
        "\nSignal and noise in the credit of a generation: how large their ratio is over the runs of the first table,\n\
         as a share of pairs / parameters, which it would be if scores were linear in the weights.\n"
    );
    figures::print_ratios(&tasks, &rows[..FIXED.len()]);
    println!("\nMean rank of each layer, and mean of the pairs, in the runs of the first table.\n");
    figures::print_choices(&tasks, &rows[FIXED.len() + OTHERS.len()..]);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_rank_for_all_is_the_firmwares() {
        for (task, rank) in [(Task::cartpole(), 1), (Task::cartpole(), 8), (Task::pendulum(), 2)] {
            check(&task, rank).unwrap();
        }
    }
}
