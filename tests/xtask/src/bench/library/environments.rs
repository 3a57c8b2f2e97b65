//! Episodes until the environments are solved.

use super::controllers::{Controller, Tuned};
use super::evolution::{self, Population};
use super::kept::Kept;
use super::learning::{median, over_seeds};
use anyhow::{Result, anyhow, ensure};
use eggroll_firmware::model::{Description, Program, Scratch};
use eggroll_firmware::task::environment::{
    Base, Domain, EnvironmentKind, Episode, FRESH, RETURN_UNIT, play_base,
};
use eggroll_firmware::task::{Member, NoTask};
use eggroll_firmware::train::{Estimator, Learner, Run};
use eggroll_firmware::update::Optimizer;
use eggroll_host::measure::{SPREADS, SpreadReturns};
use eggroll_host::run::Preset;
use serde::{Deserialize, Serialize};
use std::ops::{Range, RangeInclusive};

/// Not the seeds on which the settings were tuned (1 to 25, and 101 to 105).
const SEEDS: RangeInclusive<u32> = 201..=210;
/// Fresh starts of the final mean, and those of the looks on the way.
const FINAL: Range<u32> = 0..100;
const LOOKS: Range<u32> = 1000..1100;

/// An environment, and what solves it beside the host's own settings ([`Preset`]).
struct Setting {
    kind: EnvironmentKind,
    control: evolution::Settings,
}

const fn control(sigma: f64, rate: f64) -> evolution::Settings {
    evolution::Settings { sigma, rate }
}

/// How far parameters lie from the nominal ones where the domain is randomized in training, in percent.
const SPREAD: u8 = 30;

/// The looks of a run: so many that episodes until the goal are known to a fiftieth of what most runs take.
const LOOK_COUNT: u32 = 250;

const SETTINGS: [Setting; 7] = [
    Setting { kind: EnvironmentKind::CartPole, control: control(0.5, 0.2) },
    Setting { kind: EnvironmentKind::MountainCar, control: control(0.5, 0.05) },
    Setting { kind: EnvironmentKind::Acrobot, control: control(0.4, 0.2) },
    Setting { kind: EnvironmentKind::Pendulum, control: control(0.2, 0.02) },
    Setting { kind: EnvironmentKind::Balance, control: control(0.1, 0.1) },
    Setting { kind: EnvironmentKind::LineFollower, control: control(0.2, 0.2) },
    Setting { kind: EnvironmentKind::Thermal, control: control(0.1, 0.1) },
];

/// How one run went.
#[derive(Clone, Copy, Default, Serialize, Deserialize)]
struct Trace {
    /// Episodes at the first of two consecutive looks at or above the goal.
    solved: Option<u64>,
    /// Episodes at the look before, where that was at or above the goal.
    #[serde(skip)]
    before: Option<u64>,
    last: f64,
}

/// A trained policy.
#[derive(Serialize, Deserialize)]
struct Trained {
    seed: u32,
    trace: Trace,
    weights: Vec<i8>,
}

impl Trace {
    fn look(&mut self, episodes: u64, mean: f64, goal: f64) {
        let here = (mean >= goal).then_some(episodes);
        self.solved = self.solved.or(here.and(self.before));
        self.before = here;
    }
}

impl Setting {
    const fn preset(&self) -> Preset {
        Preset::of(self.kind)
    }

    /// Mean return over 100 fresh starts at which it counts as solved.
    fn goal(&self) -> f64 {
        f64::from(self.preset().goal)
    }

    const fn episodes_a_generation(&self) -> u64 {
        2 * self.preset().pairs as u64 * self.preset().episodes as u64
    }

    fn model(&self) -> Result<Description> {
        self.preset().model()?.description().map_err(|error| anyhow!("{error}"))
    }

    /// The settings of the integers' runs, as a row names them.
    fn rule(&self) -> String {
        let Preset { pairs, episodes, generations, rank, sigma_shift, clip, rate, .. } = self.preset();
        let rate = f64::from(rate) / 65_536.0;
        format!(
            "integer: {pairs} pairs x {episodes} episodes x {generations}, rank {rank}, sigma-shift \
             {sigma_shift}, clip {clip}/{RETURN_UNIT}, lr {rate}"
        )
    }

    fn run(&self, seed: u32, spread: u8) -> Result<Run> {
        let preset = self.preset();
        Ok(Run {
            seed,
            model: self.model()?,
            task: Domain { kind: self.kind, spread }.into(),
            estimator: Estimator::Weight(preset.weight()),
            optimizer: Optimizer::Residual,
            saturation: false,
        })
    }

    /// Whether a look follows a generation, as long as the goal is not reached.
    const fn due(&self, generation: u32, trace: &Trace) -> bool {
        let every = self.preset().generations / LOOK_COUNT;
        trace.solved.is_none() && generation.is_multiple_of(if every == 0 { 1 } else { every })
    }

    fn learn(&self, seed: u32, spread: u8) -> Result<Trained> {
        let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
        let Preset { pairs, generations, .. } = self.preset();
        let rates = self.preset().schedule().rates(generations);
        let mut learner = Learner::new(vec![0u64; 1 << 12]);
        learner.configure(self.run(seed, spread)?, true).map_err(fault)?;
        learner.initialize().map_err(fault)?;
        learner.start(0).map_err(fault)?;
        let program = learner.plan().map(|plan| plan.program().clone()).ok_or_else(|| anyhow!("no plan"))?;
        let mean = |learner: &mut Learner<Vec<u64>>, starts: Range<u32>| {
            let (mut bytes, mut products) = (vec![0; program.scratch_len()], vec![0; program.products()]);
            let pass = Scratch::new(&program, &mut bytes, &mut products).map_err(fault)?;
            let base = Base { program: &program, weights: learner.weights(), pass };
            Ok::<_, anyhow::Error>(mean_of(play_base(self.kind, seed, starts, base)))
        };
        let mut bytes = vec![0; 1 << 12];
        let mut trace = Trace::default();
        for generation in 1..=generations {
            let len = learner.evaluate(generation, 0, pairs, &mut NoTask, &mut bytes).map_err(fault)?;
            learner.credit(generation, 0, pairs, &bytes[..len]).map_err(fault)?;
            learner.step(rates.at(generation)).map_err(fault)?;
            if self.due(generation, &trace) {
                let episodes = u64::from(generation) * self.episodes_a_generation();
                trace.look(episodes, mean(&mut learner, LOOKS)?, self.goal());
            }
        }
        trace.last = mean(&mut learner, FINAL)?;
        let weights = learner.weights().to_vec();
        Ok(Trained { seed, trace, weights })
    }

    /// What is trained by all seeds, where it is not kept from before.
    fn policies(&self, spread: u8, kept: &Kept) -> Result<Vec<Trained>> {
        over_seeds(SEEDS, |seed| {
            let name = format!("{}, {}, spread {spread}, seed {seed}", self.kind, self.rule());
            kept.or(&name, || self.learn(seed, spread))
        })
    }

    /// The same of the control.
    fn controls(&self, kept: &Kept) -> Result<Vec<Trace>> {
        over_seeds(SEEDS, |seed| {
            let evolution::Settings { sigma, rate } = self.control;
            let name = format!("{}, float: sigma {sigma}, Adam {rate}, seed {seed}", self.kind);
            kept.or(&name, || Ok(self.learn_in_floats(seed)))
        })
    }

    fn learn_in_floats(&self, seed: u32) -> Trace {
        let Preset { kind, hidden, pairs, episodes, generations, .. } = self.preset();
        let sizes = [kind.inputs(), hidden, kind.outputs()];
        let population = Population { kind, sizes, pairs, episodes, generations };
        let mut trace = Trace::default();
        let mean = |member: &mut dyn Member, starts: Range<u32>| {
            mean_of(starts.map(|index| kind.play(Episode { seed, generation: FRESH, index }, member)))
        };
        evolution::learn(&population, self.control, seed, |generation, member| {
            if self.due(generation, &trace) {
                let episodes = u64::from(generation) * self.episodes_a_generation();
                trace.look(episodes, mean(member, LOOKS), self.goal());
            }
            if generation == generations {
                trace.last = mean(member, FINAL);
            }
        });
        trace
    }

    /// The returns of trained policies in every spread, medians of the seeds.
    fn print_returns(&self, policy: &str, trained: &[Trained]) -> Result<()> {
        let program = Program::new(&self.model()?).map_err(|error| anyhow!("{error}"))?;
        let figures = SPREADS.map(|spread| {
            let domain = Domain { kind: self.kind, spread };
            let all: Vec<_> =
                trained.iter().map(|of| SpreadReturns::of(&program, &of.weights, domain, of.seed)).collect();
            middle(spread, &all)
        });
        print_figures(self.kind, policy, &figures);
        Ok(())
    }

    /// The same of a controller by rule, on the same episodes.
    fn print_controller(&self, tuned: Tuned) {
        let Some((mut controller, name)) = Controller::of(self.kind, tuned) else { return };
        let figures = SPREADS.map(|spread| {
            let domain = Domain { kind: self.kind, spread };
            let all: Vec<_> = SEEDS
                .map(|seed| {
                    let play =
                        |index| domain.play(Episode { seed, generation: FRESH, index }, &mut controller);
                    SpreadReturns::from_returns(spread, FINAL.map(play).collect())
                })
                .collect();
            middle(spread, &all)
        });
        let how = match tuned {
            Tuned::ByHand => "by hand",
            Tuned::BySearch => "by search",
        };
        print_figures(self.kind, &format!("{name}, tuned {how}"), &figures);
    }

    fn print_row(&self, rule: &str, traces: &[Trace]) {
        let there = traces.iter().filter(|trace| trace.solved.is_some()).count();
        // Seeds that never got there count as later than all others.
        let solved = median(traces.iter().map(|trace| trace.solved.unwrap_or(u64::MAX)).collect());
        let solved = solved.filter(|&episodes| episodes < u64::MAX);
        let solved = solved.map_or("-".to_owned(), |episodes| episodes.to_string());
        let last = median(traces.iter().map(|trace| trace.last).collect()).unwrap_or(0.0);
        let lowest = traces.iter().map(|trace| trace.last).fold(f64::MAX, f64::min);
        let all = u64::from(self.preset().generations) * self.episodes_a_generation();
        println!(
            "| {} (goal {}) | {rule} | {solved} ({there}) | {all} | {last:.1} (lowest {lowest:.1}) |",
            self.kind,
            self.goal()
        );
    }
}

/// Medians of the seeds' figures in one spread.
fn middle(spread: u8, all: &[SpreadReturns]) -> SpreadReturns {
    let of = |figure: fn(&SpreadReturns) -> f64| median(all.iter().map(figure).collect()).unwrap_or_default();
    SpreadReturns { spread, mean: of(|of| of.mean), worst_tenth: of(|of| of.worst_tenth) }
}

/// One row of the second table: mean, and in brackets that of the worst tenth, in every spread.
fn print_figures(kind: EnvironmentKind, policy: &str, figures: &[SpreadReturns]) {
    let cells: Vec<_> = figures.iter().map(|of| format!("{:.1} ({:.1})", of.mean, of.worst_tenth)).collect();
    println!("| {kind} | {policy} | {} |", cells.join(" | "));
}

fn mean_of(returns: impl ExactSizeIterator<Item = i32>) -> f64 {
    let count = returns.len() as f64;
    f64::from(returns.sum::<i32>()) / f64::from(RETURN_UNIT) / count
}

/// The settings of the environments that are named; all where none is.
fn chosen(only: &[String]) -> Result<Vec<&'static Setting>> {
    let names = SETTINGS.each_ref().map(|setting| setting.kind.to_string());
    let unknown = only.iter().find(|name| !names.contains(name));
    ensure!(unknown.is_none(), "--only {}: there are {}", unknown.map_or("", |name| name), names.join(", "));
    let is_chosen = |(name, _): &(&String, _)| only.is_empty() || only.contains(name);
    Ok(names.iter().zip(&SETTINGS).filter(is_chosen).map(|(_, setting)| setting).collect())
}

/// Prints the table of the environments that are named, or of all.
pub(super) fn run(only: &[String], kept: &Kept) -> Result<()> {
    let settings = chosen(only)?;
    println!(
        "Networks n-{}-m without biases (pendulum {}), sign noise; seeds {} to {}, which were not used to tune.\n\
         Solved: median over the seeds of the episodes at the first of two consecutive looks at or above the goal,\n\
         each a mean over {} fresh starts ({LOOK_COUNT} looks a run, not counted); in brackets the seeds that got there.\n\
         Final: mean return of the last model over {} other fresh starts, median and lowest of the seeds.\n",
        Preset::of(EnvironmentKind::CartPole).hidden,
        Preset::of(EnvironmentKind::Pendulum).hidden,
        SEEDS.start(),
        SEEDS.end(),
        LOOKS.len(),
        FINAL.len()
    );
    println!(
        "| environment | rule | episodes until solved | episodes in all | final |\n|---|---|---|---|---|"
    );
    let mut policies = Vec::new();
    for setting in settings {
        let trained = setting.policies(0, kept)?;
        let traces: Vec<_> = trained.iter().map(|trained| trained.trace).collect();
        setting.print_row(&setting.rule(), &traces);
        let evolution::Settings { sigma, rate } = setting.control;
        let control = format!("float control: the same, sigma {sigma}, Adam {rate}");
        setting.print_row(&control, &setting.controls(kept)?);
        policies.push((setting, trained));
    }
    println!(
        "\nReturns in the environment as it is, and with parameters up to so many percent from the nominal ones: mean,\n\
         and in brackets the mean of the worst tenth, of {} fresh starts; each the median of the seeds.\n\n\
         | environment | policy | as it is | 10 % | 20 % | 30 % | 50 % |\n|---|---|---|---|---|---|---|",
        FINAL.len()
    );
    for (setting, nominal) in &policies {
        setting.print_returns("network, trained as it is", nominal)?;
        let randomized = setting.policies(SPREAD, kept)?;
        setting.print_returns(&format!("network, `--domain-randomize {SPREAD}`"), &randomized)?;
        for tuned in [Tuned::ByHand, Tuned::BySearch] {
            setting.print_controller(tuned);
        }
    }
    Ok(())
}
