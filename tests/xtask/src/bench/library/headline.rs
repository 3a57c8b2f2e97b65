//! How long one small board trains alone until the digits are learned.

use super::Training;
use super::learning::{median, over_seeds};
use crate::cores::counter::{Counter, Interval, Measured};
use crate::cores::thumb::{Core, Counts, M0, M0_PLUS, M4};
use anyhow::{Context, Result, anyhow, ensure};
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::model::Program;
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::runtime::{self, Server};
use eggroll_firmware::task::NoTask;
use eggroll_firmware::train::{Estimator, Learner, Pace, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use eggroll_firmware::wire::{
    Answer, Command, Features, Limits, Reply, Request, RunCommand, checksum_of, decode, encode,
};
use eggroll_host::data::{Dataset, Fraction, RUN_SPLIT, Split, digits, split};
use eggroll_host::measure::accuracy;
use eggroll_host::run::{DataPreset, ModelName};
use std::collections::BTreeMap;

const SEEDS: u32 = 10;
/// Bytes of a micro:bit's frames, and what of them a request to load carries.
const FRAME: usize = 256;
const CHUNK: usize = 224;
const MODEL: &str = "64-32-10";
const GOAL: f64 = 0.95;
/// Generations between two looks at the held-out accuracy.
const LOOK: u32 = 25;
/// The default settings of the digits.
const PRESET: DataPreset = DataPreset::of(2, None);
const GENERATIONS: u32 = PRESET.generations;
const PACE: Pace = Pace::Linear { initial: PRESET.rate, generations: GENERATIONS };

/// What one seed took on the host.
struct Learned {
    seed: u32,
    generations: u32,
    passes: u64,
    checksum: u32,
}

fn run_of(seed: u32, samples: usize) -> Result<Run> {
    let model = MODEL.parse::<ModelName>()?.description().map_err(|error| anyhow!("{error}"))?;
    let task = TaskKind::Samples { count: samples as u32 };
    Ok(Run {
        seed,
        model,
        task,
        estimator: Estimator::Guided(PRESET.guided),
        optimizer: Optimizer::Residual,
        saturation: false,
    })
}

/// Trains until two looks one after the other are at the goal.
fn learn(data: &Dataset, parts: &Split, seed: u32) -> Result<Learned> {
    let fault = |error: eggroll_firmware::Error| anyhow!("{error}");
    let run = run_of(seed, parts.train.len())?;
    let (estimator, units) = (run.estimator, run.estimator.units());
    let mut learner = Learner::new(vec![0u64; 1 << 17]);
    learner.configure(run, true).map_err(fault)?;
    learner.load(Section::Samples, 0, &data.records(&parts.train)).map_err(fault)?;
    learner.initialize().map_err(fault)?;
    learner.start(0).map_err(fault)?;
    let program = learner.plan().map(|plan| plan.program().clone()).context("no plan")?;
    let mut bytes = vec![0; estimator.shape().room(units as usize)];
    let (mut passes, mut before) = (0, 0.0);
    for generation in 1..=GENERATIONS {
        let (_, len) =
            learner.train(generation, 1, PACE, &mut NoTask, &mut Quiet, &mut bytes).map_err(fault)?;
        let scores = Scores::new(estimator.shape(), units as usize, &bytes[..len]).map_err(fault)?;
        passes += estimator.passes(u64::from(units), scores.values().count() as u64);
        if generation.is_multiple_of(LOOK) {
            let now = accuracy(&program, learner.weights(), data, &parts.test).unwrap_or(0.0);
            if now.min(before) >= GOAL {
                let checksum = learner.state().context("not started")?.checksum;
                return Ok(Learned { seed, generations: generation, passes, checksum });
            }
            before = now;
        }
    }
    Err(anyhow!("seed {seed} does not reach the goal"))
}

/// Trains as long in the emulator; the weights must be the same.
fn count(counter: &Counter, learned: &Learned, samples: &[u8], count: usize) -> Result<(Interval, String)> {
    let training = Training {
        run: run_of(learned.seed, count)?,
        pace: PACE,
        generations: learned.generations,
        samples: samples.len() as u32,
        weights: 0,
    };
    let mut handed = postcard::to_stdvec(&training)?;
    handed.extend_from_slice(samples);
    let outcome = counter.run("alone", &handed)?;
    let found = outcome.said.get("checksum").context("the image does not say what it holds")?;
    ensure!(*found == format!("{:08x}", learned.checksum), "the core has trained other weights");
    let needs = outcome.said.get("needs").context("the image does not say what it needs")?.clone();
    Ok((outcome.intervals.into_iter().next_back().context("nothing was counted")?, needs))
}

/// Identity of the run.
const RUN: u32 = 1;

/// The phases of a generation, by what the names of their functions contain; the first that fits.
const PHASES: [(&str, &[&str]); 7] = [
    ("products of base pass and members", &["eggroll_two_rows", "armv6m"]),
    ("noise", &["noise7entries"]),
    ("choice of samples", &["noise6choice"]),
    (
        "the rest of passes, log-likelihood, credit of outputs",
        &["model4pass", "matvec5scale", "node8evaluate"],
    ),
    ("guide", &["guided"]),
    (
        "update",
        &["learner4step", "update4step", "GenerationCredit", "Residual", "eggroll_advance", "eggroll_add"],
    ),
    ("checksum", &["Checksum"]),
];

fn phase_of(function: &str) -> &'static str {
    let found = PHASES.iter().find(|(_, parts)| parts.iter().any(|part| function.contains(part)));
    found.map_or("copies, divisions, packing, the rest", |(name, _)| name)
}

/// Bytes and turns of a generation with the host in the loop: evaluate, apply the scores.
fn in_the_loop(learned: &Learned, data: &Dataset, parts: &Split) -> Result<(u64, u64, u64)> {
    let mut board = Board::new(run_of(learned.seed, parts.train.len())?, &data.records(&parts.train))?;
    let upload = std::mem::take(&mut board.bytes);
    board.turns = 0;
    let units = PRESET.guided.node.slots;
    for generation in 1..=learned.generations {
        let scores = board.ask(RunCommand::Evaluate { generation, first: 0, count: units }.of(RUN))?;
        let rate = PACE.at(generation);
        board.ask(RunCommand::Apply { generation, rate, first: 0, count: units, scores: &scores }.of(RUN))?;
    }
    Ok((upload, board.bytes, board.turns))
}

/// A simulated board with the frames of a micro:bit, and the bytes that went to it and came back.
struct Board<'a> {
    server: Server<'a, Vec<u64>>,
    bytes: u64,
    turns: u64,
}

impl Board<'_> {
    /// With samples and initial weights.
    fn new(run: Run, samples: &[u8]) -> Result<Self> {
        let buffer = || Box::leak(vec![0; FRAME].into_boxed_slice());
        let kind = runtime::Board { name: "sim", core: "host", features: Features::default() };
        let server = Server::new(kind, vec![0u64; 1 << 17], buffer(), buffer()).saying_every(u32::MAX);
        let mut board = Self { server, bytes: 0, turns: 0 };
        let program = Program::new(&run.model).map_err(|error| anyhow!("{error}"))?;
        let mut weights = vec![0; program.parameters()];
        program.initialize(run.seed, &mut weights);
        board.ask({
            let (limits, samples) = (Limits::NONE, checksum_of(samples));
            Command::Configure { identity: RUN, limits, run, updates: true, samples }
        })?;
        let weights: Vec<u8> = weights.iter().map(|&w| w as u8).collect();
        for (section, bytes) in [(Section::Samples, samples), (Section::Weights, &weights)] {
            for (place, bytes) in bytes.chunks(CHUNK).enumerate() {
                board.ask(RunCommand::Load { section, offset: (place * CHUNK) as u32, bytes }.of(RUN))?;
            }
        }
        board.ask(RunCommand::Start { generation: 0 }.of(RUN))?;
        Ok(board)
    }

    /// One request and its answer; the scores in it, if any.
    fn ask(&mut self, command: Command<'_>) -> Result<Vec<u8>> {
        let mut frame = [0; FRAME];
        let frame = encode(&Request { id: 1, command }, &mut frame)?;
        let mut reply = Vec::new();
        self.server.receive(frame, &mut reply).map_err(|error| anyhow!("{error:?}"))?;
        self.bytes += (frame.len() + reply.len()) as u64;
        self.turns += 1;
        reply.pop();
        match decode::<Reply<'_>>(&mut reply)?.answer {
            Answer::Scores { scores, .. } => Ok(scores.to_vec()),
            Answer::Refused(error) => Err(anyhow!("{error}")),
            _ => Ok(Vec::new()),
        }
    }
}

/// Prints the table.
pub(super) fn run() -> Result<()> {
    let data = digits()?;
    let part = |parts| Fraction::from_parts(parts).unwrap_or_default();
    let parts = split(&data, part(2000), part(1000), RUN_SPLIT)?;
    let samples = data.records(&parts.train);
    let mut learned = over_seeds(1..=SEEDS, |seed| learn(&data, &parts, seed))?;
    learned.sort_by_key(|learned| learned.seed);
    println!(
        "One board alone: {MODEL}, `node` with a guide, 4 slots x 2 members, residual, lr 1, linear over {GENERATIONS} generations.\n\
         {} training samples, held-out accuracy on {}, looked at every {LOOK} generations; to the second of two looks\n\
         at or above 95 %. Counted in the emulator, which ends with the host's weights; cycles without wait states.\n\n\
         {}\n{}\n{}\n",
        parts.train.len(),
        parts.test.len(),
        M0.weights(),
        M0_PLUS.weights(),
        M4.weights()
    );
    let [small, dsp] = [Counter::build(Measured::Small)?, Counter::build(Measured::Dsp)?];
    let plus = Counter::build(Measured::Plus)?;
    println!(
        "| seed | generations | passes | instructions, M0 / M4 | micro:bit, 16 MHz | Pico, 125 MHz | M4, 100 MHz |\n\
         |---|---|---|---|---|---|---|"
    );
    let (mut times, mut needs) = (Vec::new(), String::new());
    let (mut on_plus, mut of_flash) = (Counts::default(), Counts::default());
    let mut hot: BTreeMap<String, u64> = BTreeMap::new();
    let mut phases: BTreeMap<&str, u64> = BTreeMap::new();
    for learned in &learned {
        let (interval, bytes) = count(&small, learned, &samples, parts.train.len())?;
        let (pico, _) = count(&plus, learned, &samples, parts.train.len())?;
        on_plus += pico.counts;
        of_flash += pico.from_flash;
        for (function, counts) in &pico.functions {
            *hot.entry(function.clone()).or_default() += counts.instructions;
        }
        let (on_dsp, _) = count(&dsp, learned, &samples, parts.train.len())?;
        let seconds = |core: Core, counts: Counts, hertz: f64| core.cycles(counts) as f64 / hertz;
        let here = [
            seconds(M0, interval.counts, 16e6),
            seconds(M0_PLUS, pico.counts, 125e6),
            seconds(M4, on_dsp.counts, 100e6),
        ];
        let millions = |counts: Counts| counts.instructions as f64 / 1e6;
        println!(
            "| {} | {} | {} | {:.0} / {:.0} million | {:.1} s | {:.2} s | {:.2} s |",
            learned.seed,
            learned.generations,
            learned.passes,
            millions(interval.counts),
            millions(on_dsp.counts),
            here[0],
            here[1],
            here[2]
        );
        times.push(here);
        needs = bytes;
        for (function, counts) in &interval.functions {
            *phases.entry(phase_of(function)).or_default() += M0.cycles(*counts);
        }
    }
    let of = |core: usize| median(times.iter().map(|here| here[core]).collect()).unwrap_or(0.0);
    println!("| median | | | | {:.1} s | {:.2} s | {:.2} s |", of(0), of(1), of(2));
    println!("\n| phase of a generation, mean of all seeds | M0 cycles |\n|---|---|");
    let generations: u64 = learned.iter().map(|learned| u64::from(learned.generations)).sum();
    for (phase, cycles) in &phases {
        println!("| {phase} | {:.0} |", *cycles as f64 / generations as f64);
    }
    println!("| all | {:.0} |", phases.values().sum::<u64>() as f64 / generations as f64);
    println!(
        "\nOf the Pico's instructions {:.1} % run from flash, the rest from RAM.",
        100.0 * of_flash.instructions as f64 / on_plus.instructions as f64
    );
    let mut hot: Vec<_> = hot.into_iter().collect();
    hot.sort_by_key(|(_, instructions)| std::cmp::Reverse(*instructions));
    for (function, instructions) in hot.iter().take(12) {
        let share = 100.0 * *instructions as f64 / on_plus.instructions as f64;
        println!("{share:>6.1} % {:#}", rustc_demangle::demangle(function));
    }
    println!("\nArena that the image needs, samples in flash: {needs} bytes.");
    learned.sort_by_key(|learned| learned.generations);
    let middle = &learned[(learned.len() - 1) / 2];
    let (upload, bytes, turns) = in_the_loop(middle, &data, &parts)?;
    println!(
        "\nHost in the loop, {} generations (median): {bytes} bytes in {turns} turns, counted on a simulated board with\n\
         frames of {FRAME} bytes; upload before: {upload} bytes. Time on the wire, 10 bits a byte, without latency, beside\n\
         the board's own:\n\n| baud | upload | wire of the training |\n|---|---|---|",
        middle.generations
    );
    for baud in [115_200.0, 1e6] {
        println!("| {baud} | {:.1} s | {:.1} s |", upload as f64 * 10.0 / baud, bytes as f64 * 10.0 / baud);
    }
    Ok(())
}
