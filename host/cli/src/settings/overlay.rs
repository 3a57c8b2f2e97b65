//! Replaces settings by the flags that were given.

use super::super::args::TrainArgs;
use super::super::fits::{fits_environment, fits_own, fits_reward, fits_samples, fits_text, misplaced};
use super::super::flag_values::{
    CreditName, EstimatorName, GuideName, NoiseName, OptimizerName, SaturationName,
};
use super::super::guide;
use super::common::{VOTE, with_hidden};
use crate::error::Error;
use eggroll_firmware::estimator::weight::CreditTo;
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::Estimator;
use eggroll_firmware::update::Optimizer;
use eggroll_host::measure::Measure;
use eggroll_host::run::{Config, Preset, Samples, Schedule, Source, StartWeights, TaskName};
use eggroll_host::train::{TrainError, front_of};

/// Replaces settings of a configuration by the flags that were given.
pub(in super::super) fn overlay(mut config: Config, args: &TrainArgs) -> Result<Config, Error> {
    let set = |place: &mut u32, flag: Option<u32>| *place = flag.unwrap_or(*place);
    set(&mut config.seed, args.seed);
    set(&mut config.generations, args.generations);
    set(&mut config.evaluate_every, args.evaluate_every);
    config.model = with_hidden(args.model.clone().unwrap_or(config.model), args)?;
    let task = config.source.task();
    // Earlier versions kept a path as it was typed.
    let other = args.task()?.map(TaskName::absolute).filter(|other| *other != task.clone().absolute());
    if let Some(other) = other {
        let path = args.run.clone().unwrap_or_default();
        let [ours, theirs] = [other, task].map(|task| format!("\"{task}\""));
        return Err(Error::OtherConfig { path, setting: "task".to_owned(), ours, theirs });
    }
    match &mut config.source {
        Source::Samples(samples) => {
            samples.holdout = args.holdout.unwrap_or(samples.holdout);
            samples.balance |= args.balance;
            samples.loss = match (samples.loss, args.loss) {
                (Some(_), Some(loss)) => Some(loss.into()),
                (None, Some(_)) => {
                    return Err(misplaced(
                        "--loss",
                        &samples.name.to_string(),
                        "give --target COLUMN as well",
                    ));
                }
                (loss, None) => loss,
            };
            if args.balance && samples.loss.is_some() {
                let way_out = "leave it out, numbers have no classes";
                return Err(misplaced("--balance", &samples.name.to_string(), way_out));
            }
            samples.quantile = match (samples.quantile, args.quantile) {
                (None, Some(_)) => {
                    return Err(misplaced("--quantile", &samples.name.to_string(), "give --anomaly as well"));
                }
                (stored, asked) => asked.or(stored),
            };
            args.overlay_reading(&mut samples.reading);
            samples.validation = args.validation.unwrap_or(samples.validation);
            of_trained(args, samples)?;
            fits_samples(args, &samples.name)?;
        }
        Source::Text(text) => {
            text.holdout = args.holdout.unwrap_or(text.holdout);
            text.context = args.context.unwrap_or(text.context);
            if let Some(file) = &args.from {
                text.start = Some(StartWeights::read(file)?.0);
            }
            fits_text(args)?;
        }
        Source::Environment(domain) => {
            domain.spread = args.domain_randomize.unwrap_or(domain.spread);
            fits_environment(args, domain.kind)?;
        }
        Source::Own(_) => fits_own(args)?,
        Source::Reward(source) => {
            source.reward.temperature =
                args.temperature.map_or(source.reward.temperature, |of| of.sixteenths());
            if let Some(file) = &args.from {
                source.start = Some(StartWeights::read(file)?.0);
            }
            fits_reward(args, source.reward.kind, &config.model)?;
        }
    }
    if args.temperature.is_some() && !matches!(config.source, Source::Reward(_)) {
        let way_out = "leave it out, it is how random answers to puzzles are";
        return Err(misplaced("--temperature", &config.source.task().label(), way_out));
    }
    if args.domain_randomize.is_some() && !matches!(config.source, Source::Environment(_)) {
        let way_out = "leave it out, only a simulated environment has parameters to randomize";
        return Err(misplaced("--domain-randomize", &config.source.task().label(), way_out));
    }
    if let Some(goal) = args.until.filter(|goal| goal.measure != config.source.measure()) {
        let example = match config.source {
            Source::Samples(Samples { loss: Some(_), .. }) => "r2=0.8".to_owned(),
            Source::Samples(_) => "accuracy=0.95".to_owned(),
            Source::Environment(domain) => format!("return={}", Preset::of(domain.kind).goal),
            Source::Text(_) => "bits=2.5".to_owned(),
            Source::Own(_) => "score=-20".to_owned(),
            Source::Reward(_) => "success=0.9".to_owned(),
        };
        let way_out = format!("give a goal like {example}");
        let flag = match goal.measure {
            Measure::Accuracy => "--until accuracy",
            Measure::Return => "--until return",
            Measure::Bits => "--until bits",
            Measure::R2 => "--until r2",
            Measure::Own => "--until score",
            Measure::Success => "--until success",
        };
        return Err(Error::Flag { flag, task: format!("--task {}", config.source.task().label()), way_out });
    }
    for (flag, zero) in [("--generations", config.generations), ("--evaluate-every", config.evaluate_every)] {
        if zero == 0 {
            return Err(Error::Usage(format!("{flag} must be at least 1")));
        }
    }
    if let Some(name) = args.optimizer {
        config.optimizer = match (name, config.optimizer) {
            (OptimizerName::Residual, _) => Optimizer::Residual,
            (OptimizerName::Vote, vote @ Optimizer::Vote { .. }) => vote,
            (OptimizerName::Vote, Optimizer::Residual) => VOTE,
        };
    }
    overlay_schedule(&mut config, args)?;
    overlay_estimator(&mut config, args)?;
    overlay_front(&mut config, args)?;
    Ok(config)
}

/// Refuses flags that need a trained model where there is none.
fn of_trained(args: &TrainArgs, samples: &Samples) -> Result<(), Error> {
    let task = samples.name.to_string();
    for (flag, given) in [("--head", args.head.is_some()), ("--keep", args.keep.is_some())] {
        if given && samples.start.is_none() {
            return Err(misplaced(flag, &task, "give --from MODEL as well, it is of a trained model"));
        }
    }
    if args.keep.is_some() && samples.name.file().is_none() {
        return Err(misplaced("--keep", &task, "leave it out, it is of tables"));
    }
    match (args.head, samples.start.as_ref().and_then(|start| start.head)) {
        (Some(asked), Some(stored)) if asked != stored => Err(Error::OtherConfig {
            path: args.run.clone().unwrap_or_default(),
            setting: "head".to_owned(),
            ours: asked.to_string(),
            theirs: stored.to_string(),
        }),
        _ => Ok(()),
    }
}

/// Makes the frozen layers before the first one that is trained the front of a run from a trained model.
fn overlay_front(config: &mut Config, args: &TrainArgs) -> Result<(), Error> {
    let Config { source: Source::Samples(Samples { start: Some(start), .. }), model, estimator, .. } = config
    else {
        return Ok(());
    };
    let description = model.description().map_err(TrainError::Refused)?;
    let trained = match (&*estimator, &args.train) {
        (Estimator::Guided(guided), _) => guided.train,
        (_, None) => return Ok(()),
        (_, Some(asked)) => {
            let places = model.weighted();
            let trained = guide::trained(asked, model, &places)?;
            if trained.is_of_biases() {
                return Err(Error::Usage("--train bias goes with a guide: give --guide on".to_owned()));
            }
            let first = places.iter().position(|&place| trained.has(place)).unwrap_or(0);
            if let Some(gap) = (first..places.len()).find(|&number| !trained.has(places[number])) {
                return Err(Error::Usage(format!(
                    "--train: without a guide all layers from the first that is trained have to be, and layer {gap} is \
                     not: give --guide on, or last:{}",
                    places.len() - first
                )));
            }
            let front = front_of(&description, trained) as usize;
            if places.get(first).is_some_and(|&place| place != front) && first > 0 {
                return Err(Error::Usage(format!(
                    "--train: layer {first} is in a branch, which cannot be trained in part without a guide: give \
                     --guide on"
                )));
            }
            trained
        }
    };
    start.front = front_of(&description, trained);
    Ok(())
}

/// The slots of estimator `node` on a text, which are the tokens of all streams.
fn text_slots(args: &TrainArgs, context: u32, stored: u32) -> u32 {
    args.streams.map_or(stored, |streams| streams.saturating_mul(context))
}

fn overlay_schedule(config: &mut Config, args: &TrainArgs) -> Result<(), Error> {
    let vote = config.optimizer != Optimizer::Residual;
    for (flag, given, fits, with) in [
        ("--lr", args.lr.is_some(), !vote, "residual"),
        ("--alpha", args.alpha.is_some(), vote, "vote"),
        ("--q", args.q.is_some(), vote, "vote"),
    ] {
        if given && !fits {
            return Err(Error::Usage(format!("{flag} goes with --optimizer {with}")));
        }
    }
    let given = args.lr.map(Schedule::LearningRate);
    let given = given.or(args.alpha.map(Schedule::Alpha)).or(args.q.map(Schedule::Q));
    config.schedule = given.unwrap_or(config.schedule);
    Ok(())
}

fn overlay_estimator(config: &mut Config, args: &TrainArgs) -> Result<(), Error> {
    let node = config.estimator.node().is_some();
    let other = match args.estimator {
        Some(EstimatorName::Node) => !node,
        Some(EstimatorName::Weight) => node,
        None => false,
    };
    if other {
        let (ours, theirs) = if node { ("weight", "node") } else { ("node", "weight") };
        let path = args.run.clone().unwrap_or_default();
        let [setting, ours, theirs] = ["estimator", ours, theirs].map(str::to_owned);
        return Err(Error::OtherConfig { path, setting, ours, theirs });
    }
    for (flag, given, of_node) in [
        ("--slots", args.slots.is_some(), true),
        ("--members", args.members.is_some(), true),
        ("--amplitude", args.amplitude.is_some(), true),
        ("--skip", args.skip.is_some(), true),
        ("--antithetic", args.antithetic, true),
        ("--guide on", args.guide == Some(GuideName::On), true),
        ("--pairs", args.pairs.is_some(), false),
        ("--samples", args.samples.is_some(), false),
        ("--own-samples", args.own_samples, false),
        ("--rank", args.rank.is_some(), false),
        ("--sigma-shift", args.sigma_shift.is_some(), false),
        ("--noise", args.noise.is_some(), false),
        ("--credit", args.credit.is_some(), false),
    ] {
        if given && of_node != node {
            let with = if of_node { "node" } else { "weight" };
            return Err(Error::Usage(format!("{flag} goes with --estimator {with}")));
        }
    }
    guide::fits(&config.estimator, args)?;
    match &mut config.estimator {
        Estimator::Guided(settings) => {
            if let Source::Text(text) = &config.source {
                settings.node.slots = text_slots(args, text.context, settings.node.slots);
            }
            guide::overlay(settings, &config.model, args)?;
        }
        Estimator::Node(settings) => {
            let streams = match &config.source {
                Source::Text(text) => text_slots(args, text.context, settings.slots),
                Source::Samples(_) | Source::Environment(_) | Source::Own(_) | Source::Reward(_) => {
                    settings.slots
                }
            };
            settings.slots = streams;
            guide::overlay_node(settings, args);
        }
        Estimator::Weight(settings) => {
            settings.credit = match args.credit {
                None => settings.credit,
                Some(CreditName::Pair) => CreditTo::Pair,
                Some(CreditName::Sample) => CreditTo::Sample,
            };
            let sign = config.optimizer != Optimizer::Residual && settings.credit == CreditTo::Pair;
            if sign && args.clip.is_some_and(|clip| clip != 1) {
                return Err(Error::Usage(
                    "--clip goes with --optimizer residual: a vote is a sign".to_owned(),
                ));
            }
            settings.pairs = args.pairs.unwrap_or(settings.pairs);
            settings.samples = args.samples.or(args.streams).unwrap_or(settings.samples);
            settings.own_samples |= args.own_samples;
            settings.rank = args.rank.unwrap_or(settings.rank);
            settings.sigma_shift = args.sigma_shift.unwrap_or(settings.sigma_shift);
            settings.clip = args.clip.unwrap_or(settings.clip);
            settings.noise = match args.noise {
                None => settings.noise,
                Some(NoiseName::Sign) => Noise::Sign,
                Some(NoiseName::NearNormal) => Noise::NearNormal,
            };
        }
    }
    overlay_saturation(config, args)
}

/// Sets the rule against saturation, where the estimator leaves the choice.
fn overlay_saturation(config: &mut Config, args: &TrainArgs) -> Result<(), Error> {
    let asked = args.saturation.map(|name| name == SaturationName::On);
    match asked {
        Some(false) if matches!(config.estimator, Estimator::Guided(_)) => {
            return Err(Error::Usage(
                "--saturation off: a run with a guide always has this rule, so give --guide off as well"
                    .to_owned(),
            ));
        }
        Some(true) if config.estimator.crediting_pairs().is_some() => {
            return Err(Error::Usage(
                "--saturation on goes with estimator node, or with --credit sample".to_owned(),
            ));
        }
        _ => {}
    }
    config.saturation = asked.unwrap_or(config.saturation) && config.estimator.leaves_saturation_open();
    Ok(())
}
