use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::features::Rule;
use eggroll_firmware::model::{LayerSet, Program};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::task::reward::{Reward, RewardKind};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{
    Dataset, FeatureRule, Fraction, Preprocessing, TargetColumn, Targets, digits, text,
};
use eggroll_host::evaluate::Evaluator;
use eggroll_host::fleet::link::faults::Injection;
use eggroll_host::fleet::link::{Address, Link, SIM_ARENA, Timing, sim};
use eggroll_host::fleet::{Fleet, Patience, Traffic, connect, gather};
use eggroll_host::run::{
    Config, DataFingerprint, DataName, ModelName, Preset, RewardSource, Samples, Schedule, Source,
    StartWeights, TextFingerprint, TextSource, TrainedModel, Weights, write_weights,
};
use eggroll_host::train::TrainError;
use eggroll_host::train::{CancellationToken, Experiment, Progress, Summary, Trainer, front_of};
use eggroll_host::update::{Setup, Sync};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What a run ends with.
pub type Outcome = Result<Summary, TrainError>;

/// Planned generations of a run that a test stops once it has seen what it waits for: no machine gets there.
pub const ENDLESS: u32 = 4_000_000;

/// How patient tests are with a link that loses nothing: a busy machine must not look like a board that is
/// gone.
pub const PATIENT: Timing = Timing { reply: Duration::from_secs(120), attempts: 4 };

/// How long a run may go on without what its test waits for before the test is taken for stuck; nothing is
/// measured by it.
const STUCK: Duration = Duration::from_secs(600);
/// Generations after which a run that waits for something goes slower: it is time that it takes, not
/// generations.
const UNHURRIED: u32 = 200;

/// A configuration of each estimator with every kind of odd size: 13 slots of 5 members, 21 pairs of rank 3,
/// 13 slots with a guide of which every second has 3 members.
pub fn every_estimator() -> [(Estimator, Optimizer); 7] {
    let vote = Optimizer::Vote { reference_rank_scale: false };
    let node = |antithetic| {
        Estimator::Node(Node { slots: 13, members: 5, amplitude: 4, clip: 7, skip: Some(1), antithetic })
    };
    let weight = |noise, clip, credit| {
        let (pairs, samples, own_samples) = (21, 7, clip == 1);
        Estimator::Weight(Weight {
            pairs,
            samples,
            own_samples,
            rank: 3,
            sigma_shift: 4,
            noise,
            clip,
            credit,
        })
    };
    [
        (node(false), Optimizer::Residual),
        (node(true), vote),
        (weight(Noise::Sign, 127, CreditTo::Pair), Optimizer::Residual),
        (weight(Noise::NearNormal, 1, CreditTo::Pair), vote),
        (weight(Noise::Sign, 7, CreditTo::Sample), Optimizer::Residual),
        (guided(3, LayerSet::ALL), Optimizer::Residual),
        (guided(3, LayerSet::of([0]).unwrap_or(LayerSet::ALL)), vote),
    ]
}

/// Slots with a guide, of which every second has so many members, and the layers that are trained.
pub fn guided(members: u32, train: LayerSet) -> Estimator {
    let node = Node { slots: 13, members, amplitude: 4, clip: 127, skip: Some(1), antithetic: false };
    let (member_slots, residual_weight, guide_scale) = (2, 5, 256);
    Estimator::Guided(Guided { node, member_slots, residual_weight, guide_scale, train })
}

/// A short run on the digits.
pub fn experiment(estimator: Estimator, optimizer: Optimizer, generations: u32) -> Experiment {
    let held_out = (Fraction::from_parts(2000), Fraction::from_parts(1000));
    of(
        digits().expect("the digits are built in"),
        "64-20-10+bias",
        held_out,
        (estimator, optimizer),
        generations,
        None,
    )
}

/// A run that a board of 16 KB with flash for its samples can do alone: 64-32-10 on all digits but those held
/// out.
pub fn digits_experiment(estimator: Estimator, optimizer: Optimizer, generations: u32) -> Experiment {
    let held_out = (Fraction::from_parts(2000), Fraction::from_parts(1000));
    let data = digits().expect("the digits are built in");
    of(data, "64-32-10", held_out, (estimator, optimizer), generations, None)
}

/// A run of a small convolutional model on the first 64 of the digits: windows, a depthwise layer, a residual
/// block, a pool, biases.
pub fn windows_experiment(estimator: Estimator, optimizer: Optimizer, generations: u32) -> Experiment {
    let model = "conv:8x8x1/c6k3s2/dwk3/[c6k1]/max2/10+bias";
    of(some_digits(), model, (None, None), (estimator, optimizer), generations, None)
}

/// A run that adapts the last layer of what [`windows_experiment`] has left in `run`: its front runs on the
/// host, and boards train the dense layer alone.
pub fn adapting_experiment(run: &Path, generations: u32) -> Experiment {
    let TrainedModel { mut start, model, .. } = TrainedModel::read(run).expect("a run with its weights");
    let description = model.description().expect("a model");
    let last = LayerSet::of([description.layers.len() - 1]).unwrap_or(LayerSet::ALL);
    start.front = front_of(&description, last);
    let node = Node { slots: 13, members: 0, amplitude: 4, clip: 127, skip: Some(1), antithetic: false };
    let estimator = Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 256, train: last };
    let rule = (Estimator::Guided(estimator), Optimizer::Residual);
    starting(Some(start), some_digits(), &model.to_string(), (None, None), rule, generations, None)
}

/// The same run with another way of bringing weights to boards.
pub fn synced(mut experiment: Experiment, sync: Sync) -> Experiment {
    experiment.setup = Arc::new(Setup { sync, ..Setup::clone(&experiment.setup) });
    experiment
}

/// The same run for boards that train alone: they move their weights themselves, and hold a text.
pub fn for_boards_alone(mut experiment: Experiment) -> Experiment {
    let (sync, holds_text) = (Sync::Scores, true);
    experiment.setup = Arc::new(Setup { sync, holds_text, ..Setup::clone(&experiment.setup) });
    experiment
}

/// A run that a board of 16 KB can take part in: 64-32-10, on the first 64 of the digits.
pub fn small_experiment(estimator: Estimator, optimizer: Optimizer, generations: u32) -> Experiment {
    of(some_digits(), "64-32-10", (None, None), (estimator, optimizer), generations, None)
}

/// The first 64 of the digits.
pub fn some_digits() -> Dataset {
    let all = digits().expect("the digits are built in");
    let (rows, labels) =
        (0..64).map(|row| (all.row(row).to_vec(), all.label(row))).unzip::<_, _, Vec<_>, Vec<_>>();
    let data = Dataset::new("some digits", rows.concat(), labels, all.preprocessing.clone());
    data.expect("rows of the digits")
}

/// A regression of two targets on 300 rows of six features: a sum that a line explains, and a size that takes
/// a hidden layer. Raw targets are around 500 and -20, and a step of a target is 4 of them.
pub fn regression_experiment(
    loss: Loss,
    estimator: Estimator,
    optimizer: Optimizer,
    generations: u32,
) -> Experiment {
    let mut state = 1u32;
    let mut value = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (state >> 24) as i32 - 128
    };
    let (mut rows, mut raw) = (Vec::new(), Vec::new());
    for _ in 0..300 {
        let row = [(); 6].map(|()| value() / 2);
        rows.extend(row.map(|x| x as i8));
        raw.extend([500 + 2 * row[0] - 3 * row[1] + row[2], -20 + 4 * row[3].abs() - 120 + row[4]]);
    }
    let rule = |centre| FeatureRule::new(0, Rule::new(centre, 1, 2).expect("a rule")).expect("a rule");
    let columns: Vec<TargetColumn> = [(7, 500), (8, -20)]
        .map(|(number, centre)| TargetColumn { number, name: String::new(), rule: rule(centre) })
        .into();
    let scale = |(at, &raw): (usize, &i32)| columns[at % 2].rule.rule().apply(raw);
    let scaled = raw.iter().enumerate().map(scale).collect();
    let targets = Targets { columns, scaled, raw };
    let preprocessing =
        Preprocessing { classes: Vec::new(), targets: targets.columns.clone(), ..Preprocessing::as_is(6, 2) };
    let data = Dataset::regression("toy", rows, targets, preprocessing).expect("rows and targets");
    let held_out = (Fraction::from_parts(2000), Fraction::from_parts(1000));
    of(data, "6-20-2+bias", held_out, (estimator, optimizer), generations, Some(loss))
}

/// A run on a text in this folder, of a small EGG model: streams of 5 tokens.
pub fn text_experiment(
    folder: &Path,
    estimator: Estimator,
    optimizer: Optimizer,
    generations: u32,
) -> Experiment {
    let file = folder.join("text.txt");
    std::fs::write(&file, "one text, and another. ".repeat(60)).expect("room for a text");
    let files = vec![file];
    let text = text(&files).expect("the text is there");
    let part = Fraction::from_parts(1000).unwrap_or_default();
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Text(TextSource {
            files,
            holdout: part,
            validation: part,
            context: 5,
            text: TextFingerprint::from(&text),
            start: None,
        }),
        model: "egg:D=20,L=2,V=128".parse().expect("a model"),
        generations,
        evaluate_every: 10,
        optimizer,
        schedule: schedule(optimizer),
        estimator,
        // Wherever it may be: the golden vectors are without it.
        saturation: estimator.leaves_saturation_open(),
    };
    Experiment::on_text(config, text).expect("a run on a text")
}

fn schedule(optimizer: Optimizer) -> Schedule {
    match optimizer {
        Optimizer::Residual => Schedule::LearningRate(26_214),
        Optimizer::Vote { .. } => Schedule::Alpha(2 << 16),
    }
}

fn of(
    data: Dataset,
    model: &str,
    held_out: (Option<Fraction>, Option<Fraction>),
    rule: (Estimator, Optimizer),
    generations: u32,
    loss: Option<Loss>,
) -> Experiment {
    starting(None, data, model, held_out, rule, generations, loss)
}

fn starting(
    start: Option<StartWeights>,
    data: Dataset,
    model: &str,
    (holdout, validation): (Option<Fraction>, Option<Fraction>),
    (estimator, optimizer): (Estimator, Optimizer),
    generations: u32,
    loss: Option<Loss>,
) -> Experiment {
    let schedule = schedule(optimizer);
    let none = || Fraction::from_parts(0).unwrap_or_default();
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Samples(Samples {
            start,
            name: DataName::Digits,
            holdout: holdout.unwrap_or_else(none),
            validation: validation.unwrap_or_else(none),
            balance: false,
            loss,
            quantile: None,
            reading: Default::default(),
            preprocessing: None,
            data: DataFingerprint::from(&data),
        }),
        model: model.parse().expect("a model"),
        generations,
        evaluate_every: 10,
        optimizer,
        schedule,
        estimator,
        // Wherever it may be: the golden vectors are without it.
        saturation: estimator.leaves_saturation_open(),
    };
    Experiment::new(config, data).expect("a run that fits its data")
}

/// A run in an environment: the settings that the program takes, a few pairs a generation.
pub fn environment(kind: EnvironmentKind, generations: u32) -> Experiment {
    let preset = Preset { pairs: 13, generations, ..Preset::of(kind) };
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Environment(kind.into()),
        model: preset.model().expect("a model"),
        generations,
        evaluate_every: 10,
        optimizer: Optimizer::Residual,
        schedule: preset.schedule(),
        estimator: Estimator::Weight(preset.weight()),
        saturation: false,
    };
    Experiment::load(config).expect("a run that fits its environment")
}

/// A run on puzzles, which begins with a model that writes digits and ends: some of its answers have a mark.
pub fn reward(folder: &Path, kind: RewardKind, generations: u32) -> Experiment {
    let model: ModelName = "egg:D=12,L=1,V=64".parse().expect("a model");
    let program = model.description().and_then(|model| Program::new(&model)).expect("a program");
    let mut values = vec![0; program.parameters()];
    program.initialize(1, &mut values);
    let head = program.tensors().last().expect("a head");
    for (place, w) in values[head.offset..][..head.len()].iter_mut().enumerate() {
        let token = place / 12;
        *w = if token == 0 || (48..58).contains(&token) { 30 * w.signum() } else { 0 };
    }
    let file = folder.join("start.safetensors");
    let weights = Weights { values, generation: 0, run: None, threshold: None };
    write_weights(&file, &program, &model.to_string(), &weights).expect("room for weights");
    let config = Config {
        version: Config::version(),
        seed: 11,
        source: Source::Reward(RewardSource {
            reward: Reward { kind, temperature: 16 },
            start: Some(StartWeights::read(&file).expect("weights").0),
        }),
        model,
        generations,
        evaluate_every: 2,
        optimizer: Optimizer::Residual,
        schedule: Schedule::LearningRate(4 << 16),
        estimator: Estimator::Weight(Weight {
            pairs: 13,
            samples: 8,
            own_samples: false,
            rank: 1,
            sigma_shift: 2,
            noise: Noise::Sign,
            clip: 127,
            credit: CreditTo::Pair,
        }),
        saturation: false,
    };
    Experiment::load(config).expect("a run on puzzles")
}

/// The addresses in a text.
pub fn addresses(text: &str) -> Vec<Address> {
    text.split_whitespace().map(|address| address.parse().expect("an address")).collect()
}

/// Trains on the boards at some addresses, all of which must be there, until the end of the run; `tell` hears
/// of every generation.
pub async fn train_on(
    boards: &str,
    experiment: Experiment,
    faults: Option<Injection>,
    tell: impl FnMut(&Progress<'_>, &Fleet),
) -> Summary {
    let (directory, traffic) = (tempfile::tempdir().expect("a folder"), Arc::default());
    let gathered = gather(&addresses(boards), faults, &experiment.setup, &traffic).await;
    let gathered = gathered.unwrap_or_else(|error| panic!("{error}"));
    assert!(gathered.left_out.is_empty(), "{:?}", gathered.left_out);
    let mut fleet = gathered.into_fleet(Patience(Duration::from_secs(20)));
    let path = directory.path().join("run");
    train_with(experiment, &mut fleet, &path, tell).await.unwrap_or_else(|error| panic!("{error}"))
}

/// Links to simulated boards.
pub fn sims(count: usize) -> Vec<Link> {
    let board = |number| Link { timing: PATIENT, ..sim(&format!("sim-{number}"), SIM_ARENA) };
    (0..count).map(board).collect()
}

/// A fleet of the boards behind these links, prepared for a run; `patience` in seconds.
pub async fn fleet_of(links: Vec<Link>, experiment: &Experiment, patience: f64) -> Fleet {
    let traffic = Arc::new(Traffic::default());
    let mut boards: Vec<Arc<dyn Evaluator>> = Vec::new();
    for link in links {
        boards.push(connect(link, &experiment.setup, &traffic).await.expect("a board that takes the run"));
    }
    Fleet::new(boards, Patience(Duration::from_secs_f64(patience)))
}

/// Trains in `directory` on the boards behind these links.
pub async fn train(experiment: Experiment, links: Vec<Link>, directory: &Path) -> Outcome {
    let mut fleet = fleet_of(links, &experiment, 5.0).await;
    train_with(experiment, &mut fleet, directory, |_, _| ()).await
}

/// Trains in `directory` on a fleet, telling of every generation.
pub async fn train_with(
    experiment: Experiment,
    fleet: &mut Fleet,
    directory: &Path,
    tell: impl FnMut(&Progress<'_>, &Fleet),
) -> Outcome {
    let trainer = Trainer::start(experiment, directory)?;
    trainer.train(fleet, None, &CancellationToken::new(), tell).await
}

/// Trains in `directory` until `seen`, which hears of every generation, says that what the test waits for has
/// happened. When that is depends on the machine, so a test that waits for something plans [`ENDLESS`]
/// generations, and compares with [`hash_after`] as many as it took.
pub async fn train_until(
    trainer: Trainer,
    fleet: &mut Fleet,
    mut seen: impl FnMut(&Progress<'_>, &Fleet) -> bool,
) -> Outcome {
    let (stop, since) = (CancellationToken::new(), Instant::now());
    let tell = |progress: &Progress<'_>, fleet: &Fleet| {
        if seen(progress, fleet) {
            stop.cancel();
        }
        assert!(since.elapsed() < STUCK, "what the test waits for does not happen");
        if progress.generation > UNHURRIED {
            std::thread::sleep(Duration::from_millis(5));
        }
    };
    trainer.train(fleet, None, &stop, tell).await
}

/// The weights after so many generations of a run on one board, which is left in `directory`.
pub async fn hash_after(experiment: Experiment, generations: u32, directory: &Path) -> String {
    let stop = CancellationToken::new();
    let mut fleet = fleet_of(sims(1), &experiment, 5.0).await;
    let trainer = Trainer::start(experiment, directory).expect("a free directory");
    let tell = |progress: &Progress<'_>, _: &Fleet| {
        if progress.generation >= generations {
            stop.cancel();
        }
    };
    let summary = trainer.train(&mut fleet, None, &stop, tell).await.expect("a board that stays");
    assert_eq!(summary.generations, generations);
    summary.weights_sha256
}
