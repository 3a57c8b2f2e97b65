//! Every setting in a report's command is read as the same setting.

use super::args::TrainArgs;
use super::settings::{
    data_defaults, environment_defaults, overlay, own_defaults, reward_defaults, text_defaults,
};
use super::{Cli, Command};
use crate::report::command;
use clap::Parser;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::model::Program;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::environment::{Domain, EnvironmentKind, MAX_SPREAD};
use eggroll_firmware::task::reward::{MAX_TEMPERATURE, Reward, RewardKind, VOCABULARY};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Delimiter, Fraction, Missing, Mixed, Reading, Scale, Text, digits};
use eggroll_host::run::{
    Config, DataFingerprint, DataName, ModelName, OwnTask, RewardSource, Samples, Schedule, Source,
    StartWeights, TaskName, TextFingerprint, TextSource, Weights, write_weights,
};
use proptest::prelude::*;
use std::fs;
use std::path::{Path, PathBuf};

/// The words of a line as a shell splits it, if it has only quotes and escaped quotes.
fn words(line: &str) -> Vec<String> {
    let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
    let mut characters = line.chars();
    while let Some(c) = characters.next() {
        match c {
            '\'' => quoted = !quoted,
            '\\' if !quoted => word.extend(characters.next()),
            ' ' if !quoted => words.push(core::mem::take(&mut word)),
            c => word.push(c),
        }
    }
    words.push(word);
    words
}

fn read(line: &str) -> TrainArgs {
    match Cli::try_parse_from(words(line)).unwrap_or_else(|error| panic!("{line}: {error}")).command {
        Some(Command::Train(args)) => *args,
        _ => panic!("{line}"),
    }
}

/// The files that the settings name: one to start from, and two of a text.
struct Files {
    _folder: tempfile::TempDir,
    start: StartWeights,
    model: ModelName,
    texts: [PathBuf; 2],
}

impl Files {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let start = folder.path().join("it's $HOME.safetensors");
        let model = ModelName::Egg { width: 8, blocks: 1, vocabulary: 16, relu: false };
        let program = Program::new(&model.description().unwrap()).unwrap();
        let weights =
            Weights { values: vec![1; program.parameters()], generation: 0, run: None, threshold: None };
        write_weights(&start, &program, &model.to_string(), &weights).unwrap();
        let texts = ["a b'c.txt", "d\ne\\n.txt"].map(|name| folder.path().join(name));
        texts.iter().for_each(|text| fs::write(text, "text").unwrap());
        let (start, ..) = StartWeights::read(&start).unwrap();
        Self { _folder: folder, start, model, texts }
    }
}

fn text() -> Text {
    Text { name: "text".to_owned(), bytes: vec![0, 65, 66] }
}

fn fraction() -> impl Strategy<Value = Fraction> {
    (0u32..=9000).prop_map(|parts| Fraction::from_parts(parts).unwrap())
}

fn fixed(parts: u32) -> Fraction {
    Fraction::from_parts(parts).unwrap()
}

/// Any path that a configuration can hold.
fn path() -> impl Strategy<Value = PathBuf> {
    "/x[^\0/]{0,12}".prop_map(PathBuf::from)
}

/// Any way to read a table that flags can ask for.
fn reading() -> impl Strategy<Value = Reading> {
    let column = || "[^\0]{1,8}|-?[0-9]";
    let columns = || prop::collection::vec(column(), 0..3);
    let missing = prop::sample::select(vec![Missing::Refuse, Missing::Drop, Missing::Mean]);
    let delimiter = prop::option::of(prop::sample::select(Delimiter::ALL.to_vec()));
    let scale = prop::option::of(prop::sample::select(Scale::ALL.to_vec()));
    let files = prop::array::uniform3(prop::option::of(path()));
    let more = (scale, prop::option::of(column()), files, any::<bool>(), columns());
    let features = prop::option::of("[a-z:0-9.,]{1,12}");
    let mixed = prop::option::of(prop::sample::select(vec![Mixed::Drop, Mixed::Majority]));
    let signal = (prop::array::uniform3(any::<Option<u32>>()), features, mixed);
    let all = (prop::option::of(column()), columns(), columns(), missing, delimiter, (more, signal));
    all.prop_map(|(label, drop, categorical, missing, delimiter, (more, signal))| {
        let ([window, hop, rate], features, mixed) = signal;
        let (scale, group, files, anomaly, normal) = more;
        Reading {
            target: Vec::new(),
            anomaly,
            normal,
            label,
            drop,
            categorical,
            missing,
            delimiter,
            scale,
            group,
            test: files[0].clone(),
            labels: files[1].clone(),
            test_labels: files[2].clone().filter(|_| files[0].is_some()),
            window,
            hop,
            rate,
            features,
            mixed,
            // They go with a trained model.
            keep: None,
            keep_share: None,
        }
    })
}

fn source(files: &Files) -> impl Strategy<Value = Source> + use<> {
    let data = DataFingerprint::from(&digits().unwrap());
    let samples = (
        prop_oneof![Just(DataName::Digits), path().prop_map(DataName::Csv), path().prop_map(DataName::File)],
        fraction(),
        fraction(),
    );
    let samples = (samples, reading()).prop_map(move |((name, holdout, validation), reading)| {
        let reading = if name == DataName::Digits { Reading::default() } else { reading };
        // A table for the test takes the place of a share.
        let holdout = if reading.test.is_some() { fixed(2000) } else { holdout };
        let preprocessing = (name != DataName::Digits).then(|| digits().unwrap().preprocessing);
        let data = data.clone();
        Source::Samples(Samples {
            start: None,
            name,
            holdout,
            validation,
            balance: false,
            loss: None,
            quantile: None,
            reading: reading.into(),
            preprocessing,
            data,
        })
    });
    let environment = (prop::sample::select(EnvironmentKind::ALL.to_vec()), 0..=MAX_SPREAD)
        .prop_map(|(kind, spread)| Source::Environment(Domain { kind, spread }));
    let (start, more) = (files.start.clone(), files.texts.to_vec());
    let starts = prop::option::of(Just(start));
    let texts = (path(), prop::sample::subsequence(more, 0..=2), fraction(), any::<u32>(), starts);
    let texts = texts.prop_map(|(first, more, holdout, context, start)| {
        let files = std::iter::once(first).chain(more).collect();
        let text = TextFingerprint::from(&text());
        Source::Text(TextSource { files, holdout, validation: fixed(500), context, text, start })
    });
    let own = Just(Source::Own(OwnTask::new("level", "mm")));
    let starts = prop::option::of(Just(files.start.clone()));
    let rewards = (prop::sample::select(RewardKind::ALL.to_vec()), 0..=MAX_TEMPERATURE, starts);
    let rewards = rewards.prop_map(|(kind, temperature, start)| {
        Source::Reward(RewardSource { reward: Reward { kind, temperature }, start })
    });
    prop_oneof![samples, environment, texts, own, rewards]
}

fn estimator() -> impl Strategy<Value = Estimator> {
    let clip = || 0..=i16::MAX;
    let node = (any::<(u32, u32, u8, Option<u16>, bool)>(), clip());
    let node = node.prop_map(|((slots, members, amplitude, skip, antithetic), clip)| {
        Estimator::Node(Node { slots, members, amplitude, clip, skip, antithetic })
    });
    let weight = (any::<(u32, u32, bool, u8, u8, bool, bool)>(), clip());
    let weight = weight.prop_map(|((pairs, samples, own_samples, rank, sigma_shift, sign, pair), clip)| {
        let noise = if sign { Noise::Sign } else { Noise::NearNormal };
        let credit = if pair { CreditTo::Pair } else { CreditTo::Sample };
        Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit })
    });
    let guided = (any::<(u32, u32, u8, Option<u16>)>(), clip(), any::<(u32, u8, u16, u16)>());
    let guided = guided.prop_map(|((slots, members, amplitude, skip), clip, guide)| {
        let (member_slots, residual_weight, guide_scale, layers) = guide;
        let node = Node { slots, members, amplitude, clip, skip, antithetic: false };
        let train = LayerSet::of((0..16).filter(|layer| layers >> layer & 1 == 1)).unwrap();
        Estimator::Guided(Guided { node, member_slots, residual_weight, guide_scale, train })
    });
    prop_oneof![node, weight, guided]
}

/// The layers of a model that are among these, or all; members only where a hidden layer is trained.
fn fitted(guided: Guided, model: &ModelName) -> Guided {
    let ModelName::Mlp { sizes, .. } = model else { return guided };
    let (layers, mut fitted) = (sizes.len() - 1, guided);
    let there: Vec<usize> = (0..layers).filter(|&layer| guided.train.has(layer)).collect();
    fitted.train = LayerSet::ALL;
    if !there.is_empty() && there.len() < layers {
        fitted.train = LayerSet::of(there).unwrap();
    }
    if fitted.train.before(layers - 1).is_empty() || layers == 1 {
        fitted.node.members = 0;
    }
    fitted
}

fn update() -> impl Strategy<Value = (Optimizer, Schedule)> {
    let vote = Optimizer::Vote { reference_rank_scale: false };
    prop_oneof![
        any::<u32>().prop_map(|rate| (Optimizer::Residual, Schedule::LearningRate(rate))),
        any::<u32>().prop_map(move |alpha| (vote, Schedule::Alpha(alpha))),
        any::<u32>().prop_map(move |q| (vote, Schedule::Q(q))),
    ]
}

fn model() -> impl Strategy<Value = ModelName> {
    prop_oneof![
        (prop::collection::vec(1u32..=4096, 2..6), any::<bool>())
            .prop_map(|(sizes, bias)| ModelName::Mlp { sizes, bias }),
        (1u32..200, 1u32..14, 1u32..4096, any::<bool>()).prop_map(|(width, blocks, vocabulary, relu)| {
            ModelName::Egg { width, blocks, vocabulary, relu }
        }),
    ]
    .prop_filter("no model of ours", |model| model.description().is_ok())
}

/// Any configuration that a command line can ask for.
fn config(files: &Files) -> impl Strategy<Value = Config> + use<> {
    let counts = (any::<u32>(), 1..=u32::MAX, 1..=u32::MAX);
    let all = (counts, source(files), model(), estimator(), (update(), any::<bool>()));
    all.prop_map(|((seed, generations, evaluate_every), source, model, mut estimator, update)| {
        let ((optimizer, schedule), saturation) = update;
        if let Source::Environment(domain) = source
            && estimator.node().is_some()
        {
            estimator = Estimator::Weight(eggroll_host::run::Preset::of(domain.kind).weight());
        }
        let mut model = model;
        if let Source::Reward(_) = source {
            if !model.is_recurrent() || model.inputs() < VOCABULARY {
                model = "egg:D=8,L=1,V=64".parse().unwrap();
            }
            if estimator.node().is_some() {
                estimator = asked(&read("eggroll-host train --task reward:sort")).estimator;
            }
        }
        if let Source::Own(_) = source {
            let own = asked(&read("eggroll-host train --task own --model 2-1")).estimator;
            estimator = match estimator {
                Estimator::Weight(weight) => {
                    Estimator::Weight(Weight { samples: 1, own_samples: false, ..weight })
                }
                _ => own,
            };
        }
        if let Estimator::Guided(guided) = estimator {
            let guidable = matches!((&source, &model), (Source::Samples(_), ModelName::Mlp { .. }));
            let plain = Estimator::Node(guided.node);
            estimator = if guidable { Estimator::Guided(fitted(guided, &model)) } else { plain };
        }
        if let Estimator::Weight(weight) = &mut estimator {
            if !matches!(source, Source::Samples(_)) {
                weight.credit = CreditTo::Pair;
            }
            if optimizer != Optimizer::Residual && weight.credit == CreditTo::Pair {
                weight.clip = 1;
            }
        }
        // Where the estimator leaves no choice, there is no such setting.
        let saturation = saturation && estimator.leaves_saturation_open();
        let version = Config::version();
        Config {
            version,
            seed,
            source,
            model,
            generations,
            evaluate_every,
            optimizer,
            saturation,
            schedule,
            estimator,
        }
    })
}

/// The configuration that the flags ask for in a new run.
fn asked(args: &TrainArgs) -> Config {
    let task = args.task().unwrap().unwrap().absolute();
    let defaults = match task {
        TaskName::Data(name) => data_defaults(args, name, &digits().unwrap(), None),
        TaskName::Text(files) => text_defaults(args, files, &text()),
        TaskName::Environment(kind) => environment_defaults(args, kind),
        TaskName::Reward(kind) => reward_defaults(args, kind),
        TaskName::Own => own_defaults(args, OwnTask::new("level", "mm")),
    };
    overlay(defaults.unwrap(), args).unwrap()
}

#[test]
fn hidden_layers_stand_between_the_inputs_and_outputs_of_the_task() {
    let model = |line: &str| asked(&read(&format!("eggroll-host train --task {line}"))).model.to_string();
    assert_eq!(model("digits --hidden 32,16"), "64-32-16-10");
    assert_eq!(model("digits --hidden none"), "64-10");
    assert_eq!(model("digits"), "64-64-10");
    assert_eq!(model("cartpole --hidden 8"), "4-8-2");
    // The defaults follow the depth.
    let asked = |line: &str| asked(&read(&format!("eggroll-host train --task {line}")));
    assert_eq!(asked("digits --hidden 48,48,48"), asked("digits --model 64-48-48-48-10"));
}

#[test]
fn every_setting_reads_back_as_itself() {
    let files = Files::new();
    let mut runner = proptest::test_runner::TestRunner::default();
    let checked = runner.run(&config(&files), |config| {
        let line = command(&config);
        let args = read(&line);
        prop_assert_eq!(&asked(&args), &config, "{}", line);
        // The flags give the same when the run is resumed.
        prop_assert_eq!(&overlay(config.clone(), &args).unwrap(), &config, "{}", line);
        prop_assert_eq!(Config::from_toml(&config.to_toml().unwrap()).unwrap(), config);
        Ok(())
    });
    checked.unwrap();
    assert!(Path::new(&files.start.file).is_file() && files.model.is_recurrent());
}

#[test]
fn the_defaults_are_what_the_report_says() {
    for line in [
        "digits",
        "digits --guide off",
        "digits --antithetic",
        "digits --model 64-10",
        "digits --model 64-32-32-10 --train 2,0",
        "digits --slots 64",
        "cartpole",
        "own --model 2-8-1",
        "text:/x",
        "text:/x --guide off",
        "text:/x --members 4",
        "text:/x --antithetic",
        "digits --estimator weight --optimizer vote",
    ] {
        let config = asked(&read(&format!("eggroll-host train --task {line}")));
        let said = command(&config);
        assert_eq!(asked(&read(&said)), config, "{said}");
    }
    let lr = |text: &str| asked(&read(&format!("eggroll-host train --task {text}"))).schedule;
    assert_eq!(lr("digits"), lr("digits --lr 1"));
    assert_eq!(lr("digits --guide off"), lr("digits --guide off --lr 0.59999"));
    assert_eq!(lr("digits --slots 64"), lr("digits --lr 1.5"));
    assert_eq!(lr("text:/x"), lr("text:/x --lr 1.6"));
    assert_eq!(lr("text:/x --members 4"), lr("text:/x --guide off --lr 0.3"));
    let vote = "digits --estimator weight --optimizer vote";
    assert_eq!(lr(vote), lr(&format!("{vote} --alpha 2.58496")));
}
