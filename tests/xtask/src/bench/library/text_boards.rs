//! How long a board takes that learns a text alone, counted.

use super::{Training, guide_of_text};
use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::{Core, M0_PLUS, M4};
use crate::process;
use anyhow::{Context, Result, anyhow, ensure};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Learner, Pace, Plan, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Fraction, text};
use eggroll_host::run::ModelName;

const MODEL: &str = "egg:D=24,L=1,V=128+relu";
/// The text, in the root of the repository.
const TEXT: &str = "LICENSE-APACHE";
/// Generations that are counted; each costs nearly the same.
const COUNTED: u32 = 20;
/// Those of the run that the documents show.
const GENERATIONS: u32 = 3000;
/// Streams and context, by the memory that boards have.
const SHAPES: [(u32, u32); 2] = [(8, 4), (8, 8)];
const PACE: Pace = Pace::Linear { initial: 104_858, generations: GENERATIONS };

/// The board, its core and how it is measured, and its clock.
const BOARDS: [(&str, Core, Measured, f64); 3] = [
    ("Pico, M0+, 125 MHz", M0_PLUS, Measured::Plus, 125e6),
    ("nRF52840, M4F, 64 MHz", M4, Measured::Recurrent, 64e6),
    ("STM32F405, M4F, 168 MHz", M4, Measured::Recurrent, 168e6),
];

fn run_of(streams: u32, context: u32, tokens: usize) -> Result<Run> {
    Ok(Run {
        seed: 1,
        model: MODEL.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?,
        task: TaskKind::HeldText { context, tokens: tokens as u32 },
        estimator: guide_of_text(streams * context),
        optimizer: Optimizer::Residual,
        saturation: false,
    })
}

/// What a learner holds after the counted generations on the host.
fn checksum(run: &Run, text: &[u8]) -> Result<u32> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let mut learner = Learner::new(vec![0u64; 1 << 17]);
    learner.configure(run.clone(), true).map_err(fault)?;
    learner.load(Section::Samples, 0, text).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let plan = learner.plan().context("no plan")?;
    let (streams, state_len) = (run.streams().context("no text")?, plan.program().state_len());
    let mut feed = vec![0; streams.feed_len(state_len) as usize];
    streams.read(1, text, &mut feed[..streams.feed_len(0) as usize]);
    learner.feed(1, 0, &feed).map_err(fault)?;
    let (done, _) = learner.train(1, COUNTED, PACE, &mut NoTask, &mut Quiet, &mut []).map_err(fault)?;
    ensure!(done == COUNTED, "{done} generations");
    Ok(learner.state().context("not started")?.checksum)
}

/// The same in the emulator; the weights must be the same.
fn count(counter: &Counter, run: &Run, text: &[u8]) -> Result<Interval> {
    let (generations, samples) = (COUNTED, text.len() as u32);
    let training = Training { run: run.clone(), pace: PACE, generations, samples, weights: 0 };
    let mut handed = postcard::to_stdvec(&training)?;
    handed.extend_from_slice(text);
    let outcome = counter.run("alone", &handed)?;
    let found = outcome.said.get("checksum").context("the image does not say what it holds")?;
    ensure!(*found == format!("{:08x}", checksum(run, text)?), "the core has trained other weights");
    outcome.intervals.into_iter().next_back().context("nothing was counted")
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let part = Fraction::from_parts(500).unwrap_or_default();
    let text = text(&[process::root().join(TEXT)])?;
    println!(
        "One board alone: {MODEL} on {TEXT}, `node` with a guide and no members, residual; {COUNTED} generations, counted\n\
         in the emulator, which ends with the host's weights; cycles without wait states.\n\n{}\n{}\n",
        M0_PLUS.weights(),
        M4.weights()
    );
    println!(
        "| board | streams x context | memory | thousand cycles a token | tokens a second | {GENERATIONS} generations |\n\
         |---|---|---|---|---|---|"
    );
    for (name, core, measured, hertz) in BOARDS {
        let counter = Counter::build(measured)?;
        for (streams, context) in SHAPES {
            let split = text.split(part, part, context)?;
            let read = &text.bytes[split.train];
            let run = run_of(streams, context, read.len())?;
            let needs = Plan::new(run.clone(), true).map_err(|error| anyhow!("{error}"))?.needs();
            let interval = count(&counter, &run, read)?;
            let tokens = f64::from(streams * context);
            let cycles = core.cycles(interval.counts) as f64 / f64::from(COUNTED) / tokens;
            println!(
                "| {name} | {streams} x {context} | {needs} | {:.0} | {:.0} | {:.0} s |",
                cycles / 1e3,
                hertz / cycles,
                cycles * tokens * f64::from(GENERATIONS) / hertz
            );
        }
    }
    Ok(())
}
