//! Forward passes until data is learned.

mod control;
mod defaults;
mod mnist;
mod rule;
mod shapes;
mod trace;
mod turned;

pub(super) use defaults::{FRESH_SEEDS, run as run_defaults};
pub(super) use rule::{Rule, Watch, learn_watched};
pub(super) use shapes::run as run_shapes;
pub(super) use trace::{Trace, median, over_seeds};

use anyhow::Result;
use control::Float;

pub(super) use control::Scikit;
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, Split, digits, split};
pub(super) use mnist::table as mnist_table;
use rule::learn;
use trace::{print_head, print_row};

const SEEDS: u32 = 10;
const GOALS: &[f64] = &[0.90, 0.95, 0.97];

/// The split with this number, in the parts that a run has without flags.
pub(super) fn parts_of(data: &Dataset, number: u32) -> Result<Split> {
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    Ok(split(data, part(2000), part(1000), number)?)
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let fixed = parts_of(&data, RUN_SPLIT)?;
    println!(
        "UCI digits, {} training samples; held-out accuracy on {} samples, looked at every 8 % of passes.\n\
         To a goal: median over {SEEDS} seeds of the forward passes (base passes counted) at the first of two\n\
         consecutive looks at or above it; in brackets the seeds that got there.",
        fixed.train.len(),
        fixed.test.len()
    );
    let flat = "64-64-10";
    for (title, own) in [("the split of every run", false), ("a split of its own for every seed", true)] {
        print_head(&format!("64-64-10, {title}"), &["rule"], GOALS);
        let with_split = |seed: u32, job: &(dyn Fn(&Split) -> Result<Trace> + Sync)| {
            if own { job(&parts_of(&data, seed)?) } else { job(&fixed) }
        };
        let guided = Rule::guided(flat, None);
        for rule in [guided, Rule::node(flat), Rule::per_sample(flat), Rule::per_pair(flat), Rule::vote(flat)]
        {
            let traces = over_seeds(1..=SEEDS, |seed| {
                with_split(seed, &|parts| learn(&rule, &data, parts, seed, GOALS))
            })?;
            print_row(rule.name, &traces);
        }
        let plain = Float { model: flat.to_owned(), ..Float::PLAIN };
        let control =
            over_seeds(1..=SEEDS, |seed| with_split(seed, &|parts| plain.learn(&data, parts, seed, GOALS)))?;
        print_row("control: float backpropagation (SGD, batch 4, a sample counted as 3 passes)", &control);
    }
    for (layers, model) in [(2, "64-64-64-10"), (4, "64-64-64-64-64-10")] {
        print_head(&format!("{layers} hidden layers ({model}), the split of every run"), &["rule"], GOALS);
        let guided = Rule::guided(model, None);
        for rule in [guided, Rule::node(model), Rule::per_sample(model), Rule::per_pair(model)] {
            let traces = over_seeds(1..=SEEDS, |seed| learn(&rule, &data, &fixed, seed, GOALS))?;
            print_row(rule.name, &traces);
        }
    }
    Ok(())
}
