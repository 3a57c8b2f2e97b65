//! The settings of a new run, of its task and of the flags that they depend on.

use super::super::args::TrainArgs;
use super::super::flag_values::{CreditName, EstimatorName, LossName, OptimizerName};
use super::super::guide;
use super::common::{VOTE, with_hidden};
use crate::error::Error;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::task::Loss;
use eggroll_firmware::task::environment::EnvironmentKind;
use eggroll_firmware::task::reward::{Reward, RewardKind};
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::data::{Dataset, Fraction, Text, split};
use eggroll_host::run::{
    Config, DataFingerprint, DataName, DataPreset, ModelName, OwnTask, Preset, RewardSource, Samples,
    Schedule, Source, StartWeights, TextFingerprint, TextSource, TrainedModel,
};
use std::path::PathBuf;
use std::str::FromStr;

/// The seed of a run that names none.
const SEED: u32 = 1;

/// This is log2(6), which gives the schedule found for votes of estimator `weight`, `1 / (5 g / 1000 + 1)`.
const ALPHA: u32 = 169_408;

/// This is 0.6.
const NODE_RATE: u32 = 39_321;

/// This is 1.0.
const WEIGHT_RATE: u32 = 65_536;

/// The default settings of a run in an environment.
pub(in super::super) fn environment_defaults(
    args: &TrainArgs,
    kind: EnvironmentKind,
) -> Result<Config, Error> {
    let preset = Preset::of(kind);
    let mut weight = preset.weight();
    let vote = args.optimizer == Some(OptimizerName::Vote);
    if vote {
        weight.clip = 1;
    }
    let generations = args.generations.unwrap_or(preset.generations);
    Ok(Config {
        version: Config::version(),
        seed: SEED,
        source: Source::Environment(kind.into()),
        model: preset.model().map_err(|error| Error::Usage(error.to_string()))?,
        generations,
        evaluate_every: Preset { generations, ..preset }.evaluate_every(),
        optimizer: if vote { VOTE } else { Optimizer::Residual },
        saturation: false,
        schedule: if vote { Schedule::Alpha(ALPHA) } else { preset.schedule() },
        estimator: Estimator::Weight(weight),
    })
}

/// The default settings of a run on a task of the boards' own, whose inputs and outputs only the user knows.
pub(in super::super) fn own_defaults(args: &TrainArgs, own: OwnTask) -> Result<Config, Error> {
    let Some(model) = args.model.clone() else {
        return Err(Error::Usage(
            "--task own: the boards' task has inputs and outputs that only you know: give them by --model, such as \
             --model 2-16-1"
                .to_owned(),
        ));
    };
    let vote = args.optimizer == Some(OptimizerName::Vote);
    let (optimizer, schedule) = update(vote, WEIGHT_RATE);
    let generations = args.generations.unwrap_or(200);
    Ok(Config {
        version: Config::version(),
        seed: SEED,
        source: Source::Own(own),
        model,
        generations,
        evaluate_every: generations.div_ceil(50),
        optimizer,
        saturation: false,
        schedule,
        estimator: Estimator::Weight(Weight {
            pairs: 16,
            samples: 1,
            own_samples: false,
            rank: 1,
            sigma_shift: 2,
            noise: Noise::Sign,
            clip: if vote { 1 } else { 1000 },
            credit: CreditTo::Pair,
        }),
    })
}

/// How random members' answers are without a flag, in 1/16: without chance the difference of two members is
/// that of their weights alone, and models learn faster.
const TEMPERATURE: u8 = 0;

/// This is 0.2.
const REWARD_RATE: u32 = 13_107;

/// The default settings of a run on puzzles, which begins with a model that answers some of them.
pub(in super::super) fn reward_defaults(args: &TrainArgs, kind: RewardKind) -> Result<Config, Error> {
    let vote = args.optimizer == Some(OptimizerName::Vote);
    let (optimizer, schedule) = update(vote, REWARD_RATE);
    let generations = args.generations.unwrap_or(600);
    let start = args.from.as_deref().map(StartWeights::read).transpose()?;
    let model = start.as_ref().map(|(_, model, _)| model.clone());
    Ok(Config {
        version: Config::version(),
        seed: SEED,
        model: model.unwrap_or(ModelName::Egg { width: 64, blocks: 1, vocabulary: 64, relu: false }),
        generations,
        evaluate_every: generations.div_ceil(50),
        optimizer,
        saturation: false,
        schedule,
        estimator: Estimator::Weight(Weight {
            pairs: 64,
            samples: 32,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::Sign,
            clip: if vote { 1 } else { 1000 },
            credit: CreditTo::Pair,
        }),
        source: Source::Reward(RewardSource {
            reward: Reward { kind, temperature: TEMPERATURE },
            start: start.map(|(start, ..)| start),
        }),
    })
}

/// The optimiser and its step sizes: votes, or residuals at a learning rate.
const fn update(vote: bool, rate: u32) -> (Optimizer, Schedule) {
    if vote { (VOTE, Schedule::Alpha(ALPHA)) } else { (Optimizer::Residual, Schedule::LearningRate(rate)) }
}

/// The default settings of a run on samples.
pub(in super::super) fn data_defaults(
    args: &TrainArgs,
    name: DataName,
    data: &Dataset,
    trained: Option<&TrainedModel>,
) -> Result<Config, Error> {
    let node = args.estimator.unwrap_or(EstimatorName::Node) == EstimatorName::Node;
    let vote = args.optimizer == Some(OptimizerName::Vote);
    let per_sample = args.credit == Some(CreditName::Sample);
    let regression = data.targets().is_some();
    let detector = data.anomalies().is_some();
    if detector && args.loss == Some(LossName::Absolute) {
        let way_out = "leave it out, the score of a row is the squared error";
        return Err(Error::Flag {
            flag: "--loss absolute",
            task: "--anomaly".to_owned(),
            way_out: way_out.into(),
        });
    }
    let trained = with_head(args, data, trained)?;
    let model = match (&args.model, &trained) {
        (Some(model), _) => model.clone(),
        (None, Some(trained)) => trained.model.clone(),
        (None, None) if detector => autoencoder(data.features)?,
        // Features of a file need not be such that an output of 0 inputs means nothing.
        (None, None) => ModelName::from_str(&format!(
            "{}-{}-{}{}",
            data.features,
            if data.preprocessing.signal.is_some() { DataPreset::width(data.features) } else { 64 },
            data.targets().map_or(data.classes, |targets| targets.columns.len()),
            if name.file().is_some() { "+bias" } else { "" }
        ))
        .map_err(|error| Error::Usage(error.to_string()))?,
    };
    let model = with_hidden(model, args)?;
    let guided = node && guide::is_on(args, &model)?;
    let rows = || data.anomalies().map_or(data.len(), |anomalies| anomalies.iter().filter(|of| !*of).count());
    let reading = args.reading();
    let parts = args.parts(&reading);
    let training = split(data, parts.holdout, parts.validation, parts.split)?.train.len();
    let preset = match args.adapts {
        true => DataPreset::of_adaptation(args.slots),
        false => guide::preset(args, &name, (regression.then(rows), detector), (training, &model)),
    };
    let estimator = if guided {
        Estimator::Guided(preset.guided)
    } else if node && regression {
        Estimator::Node(Node {
            slots: 16,
            members: 8,
            amplitude: 16,
            clip: 127,
            skip: Some(1),
            antithetic: false,
        })
    } else if node {
        Estimator::Node(Node {
            slots: 4,
            members: 8,
            amplitude: 4,
            clip: 7,
            skip: Some(1),
            antithetic: false,
        })
    } else {
        Estimator::Weight(Weight {
            pairs: if per_sample { 8 } else { 128 },
            samples: 16,
            own_samples: false,
            rank: 1,
            sigma_shift: if per_sample { 1 } else { 4 },
            noise: Noise::Sign,
            clip: match (per_sample, vote) {
                (true, _) => 7,
                (false, true) => 1,
                (false, false) => 127,
            },
            credit: if per_sample { CreditTo::Sample } else { CreditTo::Pair },
        })
    };
    let generations = args.generations.unwrap_or(match (guided, node, per_sample) {
        (true, ..) => preset.generations,
        (false, true, _) => 6000,
        (false, false, true) => 2000,
        (false, false, false) => 1000,
    });
    let rate = match (guided, node) {
        (true, _) => preset.rate,
        (false, true) => NODE_RATE,
        (false, false) => WEIGHT_RATE,
    };
    let (optimizer, schedule) = update(vote, rate);
    Ok(Config {
        version: Config::version(),
        seed: SEED,
        model,
        generations,
        evaluate_every: generations.div_ceil(100),
        optimizer,
        saturation: true,
        schedule,
        estimator,
        source: Source::Samples(Samples {
            holdout: parts.holdout,
            validation: parts.validation,
            balance: args.balance,
            loss: regression.then(|| args.loss.map_or(Loss::Squared, Loss::from)),
            quantile: detector.then(|| args.quantile.unwrap_or_default()),
            reading: reading.into(),
            preprocessing: name.file().map(|_| data.preprocessing.clone()),
            name,
            data: DataFingerprint::from(data),
            start: trained.map(|trained| trained.start),
        }),
    })
}

/// The trained model that a run begins with, with the last layer that was asked for.
fn with_head(
    args: &TrainArgs,
    data: &Dataset,
    trained: Option<&TrainedModel>,
) -> Result<Option<TrainedModel>, Error> {
    let Some(trained) = trained.cloned() else { return Ok(None) };
    let Some(outputs) = args.head else { return Ok(Some(trained)) };
    if (outputs as usize) < data.classes {
        let (classes, model) = (data.classes, &trained.model);
        return Err(Error::Usage(format!(
            "--head {outputs}: there are {classes} classes to tell for {model}: give --head {classes}"
        )));
    }
    Ok(Some(trained.with_head(outputs, args.seed.unwrap_or(SEED))?))
}

/// The model of a detector: an autoencoder with biases.
fn autoencoder(features: usize) -> Result<ModelName, Error> {
    let hidden = DataPreset::bottleneck(features);
    let model = ModelName::from_str(&format!("{features}-{hidden}-{features}+bias"));
    model.map_err(|error| Error::Usage(error.to_string()))
}

/// This is 0.3.
const TEXT_RATE: u32 = 19_661;
/// With a guide 1.6: so much of a weight's unit each row of a matrix moves by at first. Of 0.4 to 3 it was
/// the best for runs of one and of four million tokens.
const GUIDED_TEXT_RATE: u32 = 104_858;

/// The default settings of a run on a text.
pub(in super::super) fn text_defaults(
    args: &TrainArgs,
    files: Vec<PathBuf>,
    text: &Text,
) -> Result<Config, Error> {
    let node = args.estimator.unwrap_or(EstimatorName::Node) == EstimatorName::Node;
    let vote = args.optimizer == Some(OptimizerName::Vote);
    let guided = node && guide::is_on_text(args)?;
    let (context, streams, rate, generations) = if guided {
        (16, 64, GUIDED_TEXT_RATE, 3000)
    } else if node {
        (4, 32, TEXT_RATE, 3000)
    } else {
        (100, 1, WEIGHT_RATE, 1000)
    };
    let (context, streams) = (args.context.unwrap_or(context), args.streams.unwrap_or(streams));
    let generations = args.generations.unwrap_or(generations);
    let estimator = if guided {
        Estimator::Guided(guide::of_text(streams.saturating_mul(context)))
    } else if node {
        Estimator::Node(Node {
            slots: streams.saturating_mul(context),
            members: 4,
            amplitude: 4,
            clip: 7,
            skip: Some(1),
            antithetic: false,
        })
    } else {
        Estimator::Weight(Weight {
            pairs: 128,
            samples: streams,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::Sign,
            clip: if vote { 1 } else { 127 },
            credit: CreditTo::Pair,
        })
    };
    let (optimizer, schedule) = update(vote, rate);
    let part = Fraction::from_parts(500).unwrap_or_default();
    let start = args.from.as_deref().map(StartWeights::read).transpose()?;
    // Tokens that never come cost learning as well, so there are no more than needed.
    let vocabulary = if text.largest() < 128 { 128 } else { 256 };
    let model = start.as_ref().map(|(_, model, _)| model.clone());
    Ok(Config {
        version: Config::version(),
        seed: SEED,
        // A ReLU is worth 0.14 bits a byte to a guide after three million tokens.
        model: model.unwrap_or(ModelName::Egg { width: 64, blocks: 1, vocabulary, relu: guided }),
        generations,
        evaluate_every: generations.div_ceil(50),
        optimizer,
        // With a guide the rule against saturation always holds.
        saturation: !guided,
        schedule,
        estimator,
        source: Source::Text(TextSource {
            files,
            holdout: part,
            validation: part,
            context,
            text: TextFingerprint::from(text),
            start: start.map(|(start, ..)| start),
        }),
    })
}
