//! The settings of estimator `node` with a guide, of flags.

use super::args::TrainArgs;
use super::flag_values::{GuideName, LossName, OptimizerName, Skip, TrainedLayers};
use crate::error::Error;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::model::LayerSet;
use eggroll_firmware::train::Estimator;
use eggroll_host::run::{DataName, DataPreset, ModelName};

/// How many layers of a model have weights.
fn layers(model: &ModelName) -> usize {
    model.weighted().len()
}

/// The settings without flags, but for the slots, on which the number of generations depends. A regression
/// says how many rows it has, and whether it is a detector of anomalies; a classification how many rows
/// train.
pub(super) fn preset(
    args: &TrainArgs,
    name: &DataName,
    (regression, detector): (Option<usize>, bool),
    (training, model): (usize, &ModelName),
) -> DataPreset {
    match name.file() {
        _ if let Some(rows) = regression.filter(|_| detector) => {
            DataPreset::of_detector(layers(model), rows).with_slots(args.slots)
        }
        _ if let Some(rows) = regression => {
            DataPreset::of_regression(layers(model), rows).with_slots(args.slots)
        }
        Some(_) => {
            DataPreset::of_file(layers(model), args.slots).with_rows(training, model.inputs() as usize)
        }
        None => DataPreset::of(layers(model), args.slots),
    }
}

/// Whether a new run on a text has a guide. It has one by default unless a flag asks for members.
pub(super) fn is_on_text(args: &TrainArgs) -> Result<bool, Error> {
    let why = if args.antithetic {
        Some("leave out --antithetic, on a text it has no members")
    } else if args.members.is_some_and(|members| members > 0) {
        Some("leave out --members, on a text it has none")
    } else if args.skip.is_some_and(|Skip(skip)| skip.is_some()) {
        Some("leave out --skip, on a text it credits every token")
    } else if args.optimizer == Some(OptimizerName::Vote) {
        Some("on a text it needs --optimizer residual")
    } else {
        None
    };
    is_on_unless(why, args)
}

/// Whether there is a guide, where `why` says what it cannot go with.
fn is_on_unless(why: Option<&str>, args: &TrainArgs) -> Result<bool, Error> {
    match (args.guide, why) {
        (Some(GuideName::On), Some(why)) => Err(Error::Usage(format!("--guide on: {why}"))),
        (Some(GuideName::Off), _) => Ok(false),
        (_, why) => Ok(why.is_none()),
    }
}

/// The settings of a guide on a text, whose slots are the tokens of all streams.
pub(super) fn of_text(slots: u32) -> Guided {
    let node = Node { slots, members: 0, amplitude: 8, clip: 127, skip: None, antithetic: false };
    Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 64, train: LayerSet::ALL }
}

/// Whether a new run on data has a guide. It has one by default wherever it can.
pub(super) fn is_on(args: &TrainArgs, model: &ModelName) -> Result<bool, Error> {
    let why = if args.antithetic {
        Some("leave out --antithetic, its members are compared with the base model")
    } else if args.loss == Some(LossName::Absolute) {
        Some("it needs --loss squared")
    } else if matches!(model, ModelName::Egg { .. }) {
        Some("it needs a feed-forward model")
    } else {
        None
    };
    is_on_unless(why, args)
}

/// Refuses flags of a guide where there is none, and a guide where the run is made otherwise.
pub(super) fn fits(estimator: &Estimator, args: &TrainArgs) -> Result<(), Error> {
    let guided = matches!(estimator, Estimator::Guided(_));
    let asked = args.guide.map(|guide| guide == GuideName::On);
    if let Some(asked) = asked.filter(|asked| *asked != guided && (guided || *asked)) {
        let name = |on: bool| if on { "on" } else { "off" }.to_owned();
        let path = args.run.clone().unwrap_or_default();
        return Err(Error::OtherConfig {
            path,
            setting: "guide".to_owned(),
            ours: name(asked),
            theirs: name(guided),
        });
    }
    for (flag, given) in [
        ("--member-slots", args.member_slots.is_some()),
        ("--residual-weight", args.residual_weight.is_some()),
        ("--guide-scale", args.guide_scale.is_some()),
        // Without a guide it says where the front of a trained model ends.
        ("--train", args.train.is_some() && args.from.is_none()),
    ] {
        if given && !guided {
            return Err(Error::Usage(format!("{flag} goes with --guide on")));
        }
    }
    Ok(())
}

/// Replaces settings by the flags that were given.
pub(super) fn overlay(settings: &mut Guided, model: &ModelName, args: &TrainArgs) -> Result<(), Error> {
    overlay_node(&mut settings.node, args);
    settings.member_slots = args.member_slots.unwrap_or(settings.member_slots);
    settings.residual_weight = args.residual_weight.unwrap_or(settings.residual_weight);
    settings.guide_scale = args.guide_scale.unwrap_or(settings.guide_scale);
    let places = model.weighted();
    if let Some(layers) = &args.train {
        settings.train = trained(layers, model, &places)?;
    }
    let last = places.last().copied().unwrap_or(0);
    if settings.train.before(last).is_empty() || places.len() < 2 {
        // Only the last layer is trained, whose credit is exact: members would have nothing to tell.
        settings.node.members = 0;
    }
    Ok(())
}

/// The layers that are named among those with weights, which have `places` in the model.
pub(super) fn trained(asked: &TrainedLayers, model: &ModelName, places: &[usize]) -> Result<LayerSet, Error> {
    let numbers: Vec<u8> = match asked {
        TrainedLayers::All => return Ok(LayerSet::ALL),
        TrainedLayers::Biases => return biases(model),
        TrainedLayers::Last(count) if *count > places.len() => {
            let there = places.len();
            return Err(Error::Usage(format!("--train last:{count}: the model {model} has {there} layers")));
        }
        TrainedLayers::Last(count) => {
            (places.len() - count..places.len()).map(|number| number as u8).collect()
        }
        TrainedLayers::Numbers(numbers) => numbers.clone(),
    };
    let (layers, last) = (places.len(), places.len().saturating_sub(1));
    if let Some(place) = numbers.iter().find(|&&place| usize::from(place) > last) {
        let there = if last == 0 { "only layer 0".to_owned() } else { format!("layers 0 to {last}") };
        return Err(Error::Usage(format!("--train {place}: the model {model} has {there}")));
    }
    let all = (0..layers).all(|layer| numbers.iter().any(|&place| usize::from(place) == layer));
    let set = LayerSet::of(numbers.iter().filter_map(|&number| places.get(usize::from(number)).copied()));
    let set = set.map_err(|_| Error::Usage("--train names a layer twice".to_owned()))?;
    Ok(if all { LayerSet::ALL } else { set })
}

/// The layers that have a bias, which alone is trained.
fn biases(model: &ModelName) -> Result<LayerSet, Error> {
    let fault = |why: &str| Error::Usage(format!("--train bias: the model {model} {why}"));
    let described = model.description().map_err(|error| fault(&error.to_string()))?;
    let with_bias = described.layers.iter().enumerate().filter(|(_, layer)| layer.has_bias());
    let places: Vec<usize> = with_bias.map(|(place, _)| place).collect();
    if places.is_empty() {
        return Err(fault("has no bias: name layers instead"));
    }
    let all = places == model.weighted();
    let set = LayerSet::of(places).map_err(|error| fault(&error.to_string()))?;
    Ok(if all { LayerSet::ALL.of_biases() } else { set.of_biases() })
}

/// Replaces settings of slots, members and their noise by the flags that were given.
pub(super) fn overlay_node(settings: &mut Node, args: &TrainArgs) {
    settings.slots = args.slots.unwrap_or(settings.slots);
    settings.members = args.members.unwrap_or(settings.members);
    settings.amplitude = args.amplitude.unwrap_or(settings.amplitude);
    settings.clip = args.clip.unwrap_or(settings.clip);
    settings.skip = args.skip.map_or(settings.skip, |Skip(skip)| skip);
    settings.antithetic |= args.antithetic;
}
