//! Ranks.

mod learn;
mod member;
mod rule;
mod task;

use super::learning::{median, over_seeds};
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::train::{Learner, Plan, Section};
use learn::{Budget, Learning, Outcome, learn};
use rule::Rule;
use task::Task;

/// The prototype's members with one rank for all tensors are the product's.
fn check(task: &Task, seed: u32) -> Result<()> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let mut on = Learning::new(task, seed)?;
    let plan = Plan::new(on.scorer.run.clone(), true).map_err(fault)?;
    let mut learner = Learner::new(vec![0u64; plan.needs().div_ceil(8) as usize]);
    learner.configure(on.scorer.run.clone(), true).map_err(fault)?;
    if !on.scorer.records.is_empty() {
        learner.load(Section::Samples, 0, &on.scorer.records).map_err(fault)?;
    }
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let (rank, pairs) = (task.settings.rank.into(), task.settings.pairs);
    let ranks = vec![rank; on.scorer.program.tensors().count()];
    let mut bytes = vec![0; 1 << 12];
    for generation in 1..=5 {
        let len = learner.evaluate(generation, 0, pairs, &mut NoTask, &mut bytes).map_err(fault)?;
        learner.credit(generation, 0, pairs, &bytes[..len]).map_err(fault)?;
        learner.step(task.rate).map_err(fault)?;
        on.generation(generation, task.rate, &ranks, pairs)?;
        ensure!(learner.weights() == on.weights, "{}: other weights than the firmware's", task.name);
    }
    Ok(())
}

fn row(
    task: &Task,
    name: &str,
    rule: Rule,
    budget: Budget,
    seeds: std::ops::RangeInclusive<u32>,
) -> Result<()> {
    let outcomes: Vec<Outcome> = over_seeds(seeds, |seed| learn(task, rule, budget, seed))?;
    let there = outcomes.iter().filter(|o| o.reached.is_some()).count();
    let reached = |f: fn(&learn::Spent) -> u64| {
        median(outcomes.iter().map(|o| o.reached.as_ref().map_or(u64::MAX, f)).collect()).unwrap_or(0)
    };
    let k = |n: u64| if n == u64::MAX { "-".to_owned() } else { format!("{:.1}k", n as f64 / 1e3) };
    let m = |n: u64| if n == u64::MAX { "-".to_owned() } else { format!("{:.1}M", n as f64 / 1e6) };
    let mean = outcomes.iter().map(|o| o.last).sum::<f64>() / outcomes.len() as f64;
    let sd = (outcomes.iter().map(|o| (o.last - mean).powi(2)).sum::<f64>() / outcomes.len() as f64).sqrt();
    let low = outcomes.iter().map(|o| o.last).fold(f64::MAX, f64::min);
    println!(
        "| {} | {name} | {} ({there}) | {} | {} | {} | {:.2} +- {sd:.2} (median {:.2}, lowest {low:.1}) |",
        task.name,
        k(reached(|s| s.passes)),
        m(reached(|s| s.products)),
        k(median(outcomes.iter().map(|o| o.all.passes).collect()).unwrap_or(0)),
        m(median(outcomes.iter().map(|o| o.all.products).collect()).unwrap_or(0)),
        mean,
        median(outcomes.iter().map(|o| o.last).collect()).unwrap_or(0.0),
    );
    if std::env::var("SHOW").is_ok() {
        let o = &outcomes[0];
        println!(
            "    mean ranks {:?} pairs {}",
            o.ranks.iter().map(|r| *r as f64 / o.pairs as f64).collect::<Vec<_>>(),
            o.pairs / u64::from(o.generations)
        );
        for r in &o.ratios {
            println!("    {r:?}");
        }
    }
    Ok(())
}

pub fn run() -> Result<()> {
    let tasks = [
        Task::environment("cartpole", EnvironmentKind::CartPole, 50)?,
        Task::environment("pendulum", EnvironmentKind::Pendulum, 1000)?,
        Task::digits()?,
    ];
    for task in &tasks {
        check(task, 1)?;
        for rank in [2, 8] {
            let mut task = task.clone();
            task.settings.rank = rank;
            check(&task, 2)?;
        }
    }
    println!("equal to the firmware");
    let arg = |name: &str| std::env::var(name).ok();
    let only = arg("TASK");
    let seeds: u32 = arg("SEEDS").map_or(5, |s| s.parse().unwrap_or(5));
    let mode = arg("MODE").unwrap_or_default();
    for task in tasks.iter().filter(|t| only.as_ref().is_none_or(|o| o.split(',').any(|o| o == t.name))) {
        let with = |rank: u8, by: i32| {
            let mut task = task.clone();
            task.settings.sigma_shift = (i32::from(task.settings.sigma_shift) + by) as u8;
            task.settings.rank = rank;
            task
        };
        let all = Budget::Passes(task.all_passes());
        let first: u32 = arg("FIRST").map_or(401, |s| s.parse().unwrap_or(401));
        let seeds = first..=first + seeds - 1;
        match &*mode {
            "grid" => for (rank, by) in [(1, 0), (2, 0), (4, 0), (8, 0), (1, -1), (2, -1), (4, 1), (8, 1)] {
                let task = with(rank, by);
                row(&task, &format!("rank {rank} shift {}", task.settings.sigma_shift), Rule::Fixed, all, seeds.clone())?;
            },
            "pairs" => for pairs in arg("PAIRS").unwrap_or_default().split(',') {
                let mut task = task.clone();
                task.settings.pairs = pairs.parse()?;
                for rate in arg("RATES").unwrap_or("1".into()).split(',') {
                    let mut task = task.clone();
                    task.rate = (f64::from(task.rate) * rate.parse::<f64>()?) as u32;
                    row(&task, &format!("pairs {pairs} rate x {rate}"), Rule::Fixed, all, seeds.clone())?;
                }
            },
            _ => {
                let rate: f64 = arg("RATE").map_or(1.0, |s| s.parse().unwrap_or(1.0));
                let shift: i32 = arg("SHIFT").map_or(0, |s| s.parse().unwrap_or(0));
                let mut task = with(arg("RANK").map_or(task.settings.rank, |s| s.parse().unwrap_or(1)), shift);
                task.rate = (f64::from(task.rate) * rate) as u32;
                let n = |i: usize| -> Result<i64> { Ok(mode.split(':').nth(i).unwrap_or("0").parse()?) };
                let rule = match mode.split(':').next().unwrap_or_default() {
                    "fixed" => Rule::Fixed,
                    "rank" => Rule::Rank { each: n(1)? > 0, low: n(2)?, high: n(3)?, inverse: n(4)? > 0 },
                    "trial" => Rule::Trial { each: n(1)? > 0, generations: n(2)? as u32, per_product: n(3)? > 0 },
                    _ => Rule::Pairs { low: n(1)?, high: n(2)?, least: n(3)? as u32, most: n(4)? as u32 },
                };
                row(&task, &format!("{mode}, rate x {rate}"), rule, all, seeds)?;
            }
        }
    }
    Ok(())
}
