//! Forward passes until the digits are learned.

use super::{control, node, weight, weight_per_sample};
use anyhow::{Result, anyhow};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Section};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, Split, digits, split};
use eggroll_host::measure::accuracy;
use eggroll_host::run::{Config, DataFingerprint, DataName, DataPreset, Samples, Schedule, Source};
use std::ops::RangeInclusive;
use std::sync::Mutex;

const SEEDS: u32 = 10;
const GOALS: [f64; 3] = [0.90, 0.95, 0.97];
/// Seeds that no setting was chosen by.
const FRESH_SEEDS: RangeInclusive<u32> = 1001..=1010;

struct Rule {
    name: &'static str,
    model: &'static str,
    estimator: Estimator,
    optimizer: Optimizer,
    schedule: Schedule,
    generations: u32,
}

/// The default: estimator `node` with a guide, as the program chooses it by the layers of the model and the
/// slots that it is told.
fn guided_rule(name: &'static str, model: &'static str, slots: Option<u32>) -> Rule {
    let preset = DataPreset::of(model.split('-').count() - 1, slots);
    Rule {
        name,
        model,
        estimator: Estimator::Guided(preset.guided),
        optimizer: Optimizer::Residual,
        schedule: preset.schedule(),
        generations: preset.generations,
    }
}

const GUIDED: &str = "`node` with a guide, the default";

/// The default of estimator `node` without a guide.
fn node_rule(model: &'static str) -> Rule {
    Rule {
        name: "`node` without a guide (4 slots x 8 members, 6000 generations, lr 0.6)",
        model,
        estimator: node(4, 8),
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(39_321),
        generations: 6000,
    }
}

/// Low-rank members, a fitness a pair and sample.
fn per_sample_rule(model: &'static str) -> Rule {
    Rule {
        name: "`weight`, credit per sample, residual (8 pairs x 16 samples, 2000 generations, lr 1)",
        model,
        estimator: weight_per_sample(8, 16),
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(65_536),
        generations: 2000,
    }
}

/// Low-rank members, a fitness a pair.
fn per_pair_rule(model: &'static str) -> Rule {
    Rule {
        name: "`weight`, residual (128 pairs x 16 samples, rank 1, 1000 generations, lr 1)",
        model,
        estimator: weight(128, 16, 1, 127),
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(65_536),
        generations: 1000,
    }
}

/// EGGROLL's vote.
fn vote_rule(model: &'static str) -> Rule {
    Rule {
        name: "`weight`, vote (128 pairs x 16 samples, rank 1, 1000 generations, alpha 2.585)",
        model,
        estimator: weight(128, 16, 1, 1),
        optimizer: Optimizer::Vote { reference_rank_scale: false },
        schedule: Schedule::Alpha(169_408),
        generations: 1000,
    }
}

/// How one run learned.
#[derive(Clone, Debug, Default)]
pub(super) struct Trace {
    /// Forward passes at the first of two consecutive looks at or above each goal.
    reached: [Option<u64>; GOALS.len()],
    before: f64,
    next_look: u64,
    last: f64,
    passes: u64,
}

impl Trace {
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
        for (reached, goal) in self.reached.iter_mut().zip(GOALS) {
            if reached.is_none() && accuracy.min(self.before) >= goal {
                *reached = Some(self.passes);
            }
        }
        (self.before, self.last) = (accuracy, accuracy);
    }
}

fn learn(rule: &Rule, data: &Dataset, parts: &Split, seed: u32) -> Result<Trace> {
    let config = Config {
        version: Config::version(),
        seed,
        source: Source::Samples(Samples {
            name: DataName::Digits,
            holdout: Fraction::ZERO,
            validation: Fraction::ZERO,
            reading: Default::default(),
            data: DataFingerprint::from(data),
        }),
        model: rule.model.parse()?,
        generations: rule.generations,
        evaluate_every: 1,
        optimizer: rule.optimizer,
        schedule: rule.schedule,
        estimator: rule.estimator,
        saturation: false,
    };
    let run = config.run(parts.train.len()).map_err(|error| anyhow!("{error}"))?;
    let (estimator, units) = (run.estimator, run.estimator.units());
    let rates = config.schedule.rates(config.generations);
    let mut learner = Learner::new(vec![0u64; 1 << 17]);
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    learner.configure(run, true).map_err(fault)?;
    learner.load(Section::Samples, 0, &data.records(&parts.train)).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let program = learner.plan().map(|plan| plan.program().clone()).ok_or_else(|| anyhow!("no plan"))?;
    let mut bytes = vec![0; estimator.shape().room(units as usize)];
    let (mut trace, mut passes) = (Trace::default(), 0);
    for generation in 1..=config.generations {
        let len = learner.evaluate(generation, 0, units, &mut NoTask, &mut bytes).map_err(fault)?;
        let scores = Scores::new(estimator.shape(), units as usize, &bytes[..len]).map_err(fault)?;
        passes += estimator.passes(u64::from(units), scores.values().count() as u64);
        learner.credit(generation, 0, units, &bytes[..len]).map_err(fault)?;
        learner.step(rates.at(generation)).map_err(fault)?;
        if trace.due(passes) || generation == config.generations {
            trace.look(accuracy(&program, learner.weights(), data, &parts.test).unwrap_or(0.0));
        }
    }
    Ok(trace)
}

/// Runs `job` for every seed on all cores; results in no order.
pub(super) fn over_seeds<T: Send>(
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

pub(super) fn median<T: Copy + PartialOrd>(mut values: Vec<T>) -> Option<T> {
    values.sort_by(|a, b| a.partial_cmp(b).unwrap_or(std::cmp::Ordering::Equal));
    values.get(values.len().saturating_sub(1) / 2).copied()
}

fn print_row(name: &str, traces: &[Trace]) {
    let goals: Vec<String> = (0..GOALS.len())
        .map(|goal| {
            let there = traces.iter().filter(|trace| trace.reached[goal].is_some()).count();
            // Seeds that never got there count as later than all others.
            let passes = median(traces.iter().map(|trace| trace.reached[goal].unwrap_or(u64::MAX)).collect());
            match passes {
                Some(passes) if passes < u64::MAX => format!("{:.1}k ({there})", passes as f64 / 1000.0),
                _ => format!("- ({there})"),
            }
        })
        .collect();
    let last = median(traces.iter().map(|trace| 100.0 * trace.last).collect()).unwrap_or(0.0);
    let lowest = traces.iter().map(|trace| 100.0 * trace.last).fold(f64::MAX, f64::min);
    let passes = median(traces.iter().map(|trace| trace.passes).collect()).unwrap_or(0);
    println!(
        "| {name} | {} | {:.0}k | {last:.1} (lowest {lowest:.1}) |",
        goals.join(" | "),
        passes as f64 / 1000.0
    );
}

/// Prints the tables.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let parts = |number| split(&data, part(2000), part(1000), number);
    let fixed = parts(RUN_SPLIT)?;
    println!(
        "UCI digits, {} training samples; held-out accuracy on {} samples, looked at every 8 % of passes.\n\
         To a goal: median over {SEEDS} seeds of the forward passes (base passes counted) at the first of two\n\
         consecutive looks at or above it; in brackets the seeds that got there.",
        fixed.train.len(),
        fixed.test.len()
    );
    let flat = "64-64-10";
    for (title, own) in [("the split of every run", false), ("a split of its own for every seed", true)] {
        print_head(&format!("64-64-10, {title}"));
        let with_split = |seed: u32, job: &(dyn Fn(&Split) -> Result<Trace> + Sync)| {
            if own { job(&parts(seed)?) } else { job(&fixed) }
        };
        let guided = guided_rule(GUIDED, flat, None);
        for rule in [guided, node_rule(flat), per_sample_rule(flat), per_pair_rule(flat), vote_rule(flat)] {
            let traces =
                over_seeds(1..=SEEDS, |seed| with_split(seed, &|parts| learn(&rule, &data, parts, seed)))?;
            print_row(rule.name, &traces);
        }
        let control =
            over_seeds(1..=SEEDS, |seed| with_split(seed, &|parts| Ok(control::learn(&data, parts, seed))))?;
        print_row(control::NAME, &control);
    }
    for (layers, model) in [(2, "64-64-64-10"), (4, "64-64-64-64-64-10")] {
        print_head(&format!("{layers} hidden layers ({model}), the split of every run"));
        let guided = guided_rule(GUIDED, model, None);
        for rule in [guided, node_rule(model), per_sample_rule(model), per_pair_rule(model)] {
            print_row(rule.name, &over_seeds(1..=SEEDS, |seed| learn(&rule, &data, &fixed, seed))?);
        }
    }
    Ok(())
}

/// Prints the table of what the program chooses by itself.
pub(super) fn run_defaults() -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let parts = |number| split(&data, part(2000), part(1000), number);
    let flat = "64-64-10";
    print_head(&format!(
        "what the program chooses, seeds from {} on, a split of its own for each",
        FRESH_SEEDS.start()
    ));
    for rule in [
        guided_rule("64-64-10", flat, None),
        guided_rule("64-10, no hidden layer", "64-10", None),
        guided_rule("64-64-64-10, two hidden layers", "64-64-64-10", None),
        guided_rule("64-64-64-64-64-10, four hidden layers", "64-64-64-64-64-10", None),
        guided_rule("64-64-10, --slots 64, for a fleet", flat, Some(64)),
        guided_rule("64-32-10, for a micro:bit", "64-32-10", None),
    ] {
        print_row(rule.name, &over_seeds(FRESH_SEEDS, |seed| learn(&rule, &data, &parts(seed)?, seed))?);
    }
    Ok(())
}

fn print_head(title: &str) {
    println!("\n{title}:\n\n| rule | 90 % | 95 % | 97 % | passes in all | final |");
    println!("|---|---|---|---|---|---|");
}
