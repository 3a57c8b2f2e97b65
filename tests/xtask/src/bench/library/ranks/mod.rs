//! What the rank of estimator `weight` does within a budget, and what rules would gain that choose it while a
//! run learns. Those rules are a prototype: the product has one rank for all layers and generations.

mod learn;
mod member;
mod rule;
mod task;

use super::learning::{median, over_seeds};
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Plan, Section};
use learn::{Budget, Learning, Outcome, Spent, learn};
use rule::Rule;
use std::ops::RangeInclusive;
use task::Task;

/// Nothing was chosen by these seeds, nor by any others: the limits of the rules are said by theory.
const SEEDS: RangeInclusive<u32> = 201..=205;
const RANKS: [u8; 4] = [1, 2, 4, 8];
const RULES: [(&str, Rule); 6] = [
    ("all ranks up where the ratio is low", Rule::Ratio { each: false, inverse: false }),
    ("all ranks up where the ratio is high", Rule::Ratio { each: false, inverse: true }),
    ("a layer's rank up where its ratio is low", Rule::Ratio { each: true, inverse: false }),
    ("a layer's rank up where its ratio is high", Rule::Ratio { each: true, inverse: true }),
    ("a layer's rank by trials", Rule::Trial),
    ("pairs up where the ratio is low", Rule::Pairs),
];

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

/// Trains within a budget by all seeds, and prints a row of what came of it.
fn row(task: &Task, name: &str, rule: Rule, budget: Budget) -> Result<Vec<Outcome>> {
    let outcomes = over_seeds(SEEDS, |seed| learn(task, rule, budget, seed))?;
    let there = outcomes.iter().filter(|outcome| outcome.reached.is_some()).count();
    // Seeds that never got there count as later than all others.
    let reached = |unit: f64, of: fn(Spent) -> u64| {
        let spent = |outcome: &Outcome| outcome.reached.map_or(u64::MAX, of);
        match median(outcomes.iter().map(spent).collect()) {
            Some(spent) if spent < u64::MAX => format!("{:.2}", spent as f64 / unit),
            _ => "-".to_owned(),
        }
    };
    let middle = |of: &dyn Fn(&Outcome) -> f64| median(outcomes.iter().map(of).collect()).unwrap_or(0.0);
    let lasts: Vec<f64> = outcomes.iter().map(|outcome| outcome.last).collect();
    let lowest = lasts.iter().copied().fold(f64::MAX, f64::min);
    let layers = outcomes.first().map_or(0, |outcome| outcome.ranks().len());
    let ranks: Vec<_> = (0..layers).map(|layer| format!("{:.1}", middle(&|of| of.ranks()[layer]))).collect();
    println!(
        "| {name} | {} | {:.0} | {} ({there}) | {} | {:.1} (lowest {lowest:.1}) | {:.0}k | {:.0}M | {:.0} % |",
        ranks.join(", "),
        middle(&Outcome::pairs),
        reached(1e3, |spent| spent.passes) + "k",
        reached(1e6, |spent| spent.products) + "M",
        median(lasts).unwrap_or(0.0),
        middle(&|of| of.all.passes as f64) / 1e3,
        middle(&|of| of.all.products as f64) / 1e6,
        100.0 * middle(&Outcome::share),
    );
    Ok(outcomes)
}

fn print_head(task: &Task, budget: &str) {
    let unit = task.unit();
    println!(
        "\n{}, {budget}; the goal is {}:\n\n\
         | rule | rank of each layer | pairs | {unit} to the goal | multiply-adds | final | {unit} in all | \
         multiply-adds | of the linear ratio |\n|---|---|---|---|---|---|---|---|---|",
        task.name, task.goal
    );
}

/// The same task with another rank, and a noise of another size.
fn with(task: &Task, rank: u8, finer: i8) -> Task {
    let mut task = task.clone();
    task.settings.rank = rank;
    task.settings.sigma_shift = task.settings.sigma_shift.saturating_add_signed(finer);
    task
}

fn tables(task: &Task) -> Result<()> {
    let all = task.all_passes();
    print_head(task, &format!("the same {} {}", all, task.unit()));
    let mut least = Vec::new();
    // Noise of rank r is sqrt(r) times as large: the later ones have the sigma of rank 1 or 2, or twice that.
    let twice = [(1, -1), (2, -1), (4, 1), (8, 1)];
    for (rank, finer) in RANKS.map(|rank| (rank, 0)).into_iter().chain(twice) {
        let task = with(task, rank, finer);
        let name = format!("rank {rank}, sigma-shift {}", task.settings.sigma_shift);
        let outcomes = row(&task, &name, Rule::Fixed, Budget::Passes(all))?;
        if (rank, finer) == (1, 0) {
            least = outcomes.iter().map(|outcome| outcome.all.products).collect();
        }
    }
    for (name, pairs) in [("half", task.settings.pairs / 2), ("twice", task.settings.pairs * 2)] {
        let mut task = task.clone();
        task.settings.pairs = pairs;
        row(&task, &format!("{name} the pairs"), Rule::Fixed, Budget::Passes(all))?;
    }
    for (name, rule) in RULES {
        row(task, name, rule, Budget::Passes(all))?;
    }
    let budget = median(least).unwrap_or(0);
    print_head(task, &format!("the same {:.0}M multiply-adds", budget as f64 / 1e6));
    for rank in RANKS {
        row(&with(task, rank, 0), &format!("rank {rank}"), Rule::Fixed, Budget::Products(budget))?;
    }
    for (name, rule) in RULES {
        row(task, name, rule, Budget::Products(budget))?;
    }
    Ok(())
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let tasks = [Task::cartpole(), Task::pendulum(), Task::digits()?];
    for (task, rank) in tasks.iter().flat_map(|task| RANKS.map(|rank| (task, rank))) {
        check(task, rank)?;
    }
    println!(
        "Estimator `weight`, sign noise, seeds {} to {}. To the goal: median of the first of two consecutive looks at\n\
         or above it, and in brackets the seeds that got there. Final: median and lowest. A look is at held-out accuracy\n\
         in per cent, or at the mean return over 100 fresh starts, and is not counted. Multiply-adds are those of the\n\
         passes, of the noise and of the update. The ratio is that of signal and noise in the credit of a generation,\n\
         as a share of pairs / parameters, which it would be if scores were linear in the weights.",
        SEEDS.start(),
        SEEDS.end()
    );
    tasks.iter().try_for_each(tables)
}
