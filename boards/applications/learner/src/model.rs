//! What the application asks of a deployed model.

use crate::features::INPUTS;
use eggroll_firmware::Error;
use eggroll_firmware::checksum::checksum_of_parts;
use eggroll_firmware::deploy::{Answers, DeployedModel, PlacedRule, Predictor, Rules};

/// A feature in the unit that its rule takes, which may be finer.
fn scaled(raw: i32, rule: Option<PlacedRule>) -> i32 {
    (0..rule.map_or(0, |rule| rule.places)).fold(raw, |raw, _| raw.saturating_mul(10))
}

/// A model of these features with a rule for each, which answers classes.
fn checked(model: &[u8]) -> Result<DeployedModel<'_>, Error> {
    let model = DeployedModel::of_bytes(model)?;
    let inputs = model.model.inputs as usize;
    if inputs != INPUTS {
        return Err(Error::Inputs { needs: inputs as u32, has: INPUTS as u32 });
    }
    Ok(model)
}

/// How many classes it tells apart.
#[inline(never)]
pub(crate) fn classes(model: &[u8]) -> Result<usize, Error> {
    match checked(model)?.answers {
        Answers::Classes(names) => Ok(names.len()),
        _ => Err(Error::BadModel),
    }
}

/// The class of a window.
#[inline(never)]
pub(crate) fn classify(model: &[u8], raws: &[i32; INPUTS], memory: &mut [u64]) -> Result<usize, Error> {
    let rules = rules(model)?;
    let mut scaled_raws = [0; INPUTS];
    for (place, (to, &raw)) in scaled_raws.iter_mut().zip(raws).enumerate() {
        *to = scaled(raw, rules.at(place));
    }
    Ok(Predictor::new(model, memory)?.classify(&scaled_raws)?.class)
}

/// Its rules. Apart, so that the whole model is not on the stack while it answers.
#[inline(never)]
fn rules(model: &[u8]) -> Result<Rules<'_>, Error> {
    Ok(checked(model)?.rules)
}

/// A window as the model reads it.
#[inline(never)]
pub(crate) fn features(model: &[u8], raws: &[i32; INPUTS]) -> Result<[i8; INPUTS], Error> {
    classes(model)?;
    let rules = rules(model)?;
    let mut features = [0; INPUTS];
    for (place, (feature, &raw)) in features.iter_mut().zip(raws).enumerate() {
        let rule = rules.at(place);
        *feature = rule.map_or(0, |placed| placed.rule.apply(scaled(raw, rule)));
    }
    Ok(features)
}

/// A checksum of what features and classes of a model mean.
#[inline(never)]
pub(crate) fn meaning(model: &[u8]) -> Result<u32, Error> {
    let model = DeployedModel::of_bytes(model)?;
    let rules =
        (0..model.rules.len()).filter_map(|place| model.rules.at(place)).flat_map(|rule| rule.bytes());
    let Answers::Classes(names) = model.answers else { return Ok(checksum_of_parts(rules)) };
    let names = (0..names.len()).flat_map(|class| names.at(class).bytes().chain([b'\n']));
    Ok(checksum_of_parts(rules.chain(names)))
}
