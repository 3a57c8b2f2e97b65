//! Whether what the program chooses by itself learns, over depths, widths and numbers of classes.

use super::control::Float;
use super::rule::{Rule, learn};
use super::trace::{finals, over_seeds, passes_in_all};
use super::{parts_of, turned};
use anyhow::Result;
use eggroll_host::data::{Dataset, digits};
use eggroll_host::run::DataPreset;
use std::ops::RangeInclusive;
use std::time::Instant;

/// Seeds that no setting was chosen by.
const FRESH_SEEDS: RangeInclusive<u32> = 1001..=1004;
/// The control has the best of these learning rates, by the median of its own final accuracies.
const FLOAT_RATES: [f32; 3] = [0.003, 0.01, 0.03];
/// Points that the median may lie below the control's for a row to count as learned: twice the standard error
/// of such a median, 360 held-out samples a seed of which a twentieth is missed.
const MARGIN: f64 = 1.5;

/// A perceptron of 64 inputs.
#[derive(Clone, Copy)]
struct Shape {
    hidden: usize,
    width: usize,
    classes: u8,
}

impl Shape {
    fn model(self) -> String {
        let hidden = format!("-{}", self.width).repeat(self.hidden);
        format!("64{hidden}-{}", self.classes)
    }
}

/// Every depth and every width with ten classes, every number of classes with three depths, and corners.
fn shapes() -> Vec<Shape> {
    let of = |hidden, width, classes| Shape { hidden, width, classes };
    let depths = (0..=6).map(|hidden| of(hidden, 64, 10));
    let widths = [8, 16, 32, 128, 256, 512, 1024].map(|width| of(1, width, 10));
    let deep = [(2, 8), (4, 8), (6, 8), (6, 16), (6, 32), (6, 128), (3, 256)];
    let deep = deep.map(|(hidden, width)| of(hidden, width, 10));
    let classes = [2, 3, 5, 20, 32];
    let classes = classes.into_iter().flat_map(|classes| [0, 1, 3].map(|hidden| of(hidden, 64, classes)));
    let corners = [(6, 64, 2), (6, 64, 32), (1, 8, 2), (1, 8, 32), (1, 512, 2), (1, 512, 32), (6, 16, 32)];
    let corners = corners.map(|(hidden, width, classes)| of(hidden, width, classes));
    depths.chain(widths).chain(deep).chain(classes).chain(corners).collect()
}

/// Prints the row of a shape, and says whether it learns.
fn row(shape: Shape, data: &Dataset) -> Result<bool> {
    let started = Instant::now();
    let model = shape.model();
    let own = Rule::guided(&model, None);
    let traces = over_seeds(FRESH_SEEDS, |seed| learn(&own, data, &parts_of(data, seed)?, seed, &[]))?;
    let preset = DataPreset::of(shape.hidden + 1, None);
    let mut best = (0.0, 0.0);
    for rate in FLOAT_RATES {
        let (batch, steps) = (preset.guided.node.slots, preset.generations);
        let float = Float { model: model.clone(), batch, steps, rate, momentum: 0.9 };
        let traces = over_seeds(FRESH_SEEDS, |seed| float.learn(data, &parts_of(data, seed)?, seed, &[]))?;
        let found = finals(&traces);
        best = if found.0 > best.0 { found } else { best };
    }
    let (last, lowest) = finals(&traces);
    let learns = last + MARGIN >= best.0;
    println!(
        "| {model} | {:.0}k | {last:.1} (lowest {lowest:.1}) | {:.1} (lowest {:.1}) | {} |",
        passes_in_all(&traces) as f64 / 1000.0,
        best.0,
        best.1,
        if learns { "yes" } else { "no" }
    );
    eprintln!("{model}: {:.0} s", started.elapsed().as_secs_f64());
    Ok(learns)
}

/// Prints the table.
pub(in super::super) fn run() -> Result<()> {
    let shapes = shapes();
    println!(
        "Digits of 8 x 8 pixels, the first classes of them, or more classes by turning and mirroring them.\n\
         Medians over seeds {} to {}, each with a split of its own. A row counts as learned where the default\n\
         ends at most {MARGIN} points below float backpropagation of as many samples, which has the best of the\n\
         learning rates {FLOAT_RATES:?}.\n",
        FRESH_SEEDS.start(),
        FRESH_SEEDS.end()
    );
    println!("| network | passes in all | final | float backpropagation: final | learned |");
    println!("|---|---|---|---|---|");
    let digits = digits()?;
    let mut learned = 0;
    for &shape in &shapes {
        learned += usize::from(row(shape, &turned::digits(&digits, shape.classes)?)?);
    }
    println!("\n{learned} of {} learned.", shapes.len());
    Ok(())
}
