//! What the verdicts on classes and on numbers have in common.

use super::diagnostics::{Finding, FindingKind};
use eggroll_firmware::train::Estimator;
use eggroll_host::data::Scale;
use eggroll_host::measure::Inputs;
use eggroll_host::run::{Config, Source};

/// From this accuracy or R² on a run is good, and its inputs and its fit need no word.
pub(super) const GOOD: f64 = 0.9;
/// How far the figure on training rows is above that on others before a model counts as overfitted.
pub(super) const GAP: f64 = 0.1;
/// Inputs that vary less than this, in the mean of their standard deviations, use a thirtieth of their range.
const NARROW: f64 = 4.0;
/// A share of inputs at their limits above which much is cut off.
const CUT_OFF: f64 = 0.3;

/// A share in whole percents.
pub(super) fn percent(share: f64) -> String {
    format!("{:.0} %", 100.0 * share)
}

/// What to try where a baseline is better.
pub(super) fn catch_up(config: &Config, overfitted: bool) -> String {
    let longer = config.generations.saturating_mul(4);
    match config.estimator {
        _ if overfitted => "a model without a hidden layer has less to learn by heart: --hidden none, or few nodes (--hidden \
                            8)"
            .to_owned(),
        Estimator::Weight(_) => {
            format!("--estimator node learns from far fewer passes; or train longer (--resume --generations {longer})")
        }
        Estimator::Node(_) | Estimator::Guided(_) => format!(
            "train longer (--resume --generations {longer}), or let `tune` try sizes and rates; --hidden none trains \
             what the regression is"
        ),
    }
}

/// The finding that the inputs do not use their range, in a run that is not good.
pub(super) fn inputs(config: &Config, of: Option<Inputs>, figure: f64) -> Option<Finding> {
    let inputs = of.filter(|_| figure < GOOD)?;
    let Source::Samples(samples) = &config.source else { return None };
    let scale = samples.preprocessing.as_ref().map(|stored| stored.scale);
    if inputs.deviation < NARROW {
        let kind = FindingKind::NarrowInputs;
        let seen = format!(
            "the inputs hardly vary: their standard deviation is {:.1} in a range of -127 to 127",
            inputs.deviation
        );
        let advice = match scale {
            Some(Scale::Standard | Scale::Wide) => "drop columns that hardly vary (--drop)",
            _ => "scale each column (--scale standard)",
        };
        return Some(Finding { kind, seen, advice: advice.to_owned() });
    }
    // What is spread over the whole range is meant to be at its ends.
    let spread = matches!(scale, Some(Scale::Minmax | Scale::None));
    let seen = format!("{} of the inputs are cut off at -127 or 127", percent(inputs.saturated));
    let advice = "keep their whole range by --scale minmax, or take outliers out".to_owned();
    let kind = FindingKind::CutInputs;
    (inputs.saturated > CUT_OFF && !spread).then_some(Finding { kind, seen, advice })
}
