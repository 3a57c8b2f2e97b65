//! What the answers of a regression say about its run, once it has ended.

use super::advice::{GAP, GOOD, catch_up, inputs};
use super::diagnostics::{BY_HEART, Finding, FindingKind};
use eggroll_host::measure::{RegressionAssessment, Score};
use eggroll_host::run::Config;

/// What the answers of a regression say about its run, the inputs first, which everything else depends on.
pub(super) fn value_verdicts(config: &Config, of: &RegressionAssessment) -> Vec<Finding> {
    let fitted = overfitted(of);
    let behind = behind(config, of, fitted.is_some());
    [inputs(config, of.inputs, of.model.r2()), fitted, behind].into_iter().flatten().collect()
}

/// The finding that the training rows are answered far better than others.
fn overfitted(of: &RegressionAssessment) -> Option<Finding> {
    let (trained, r2) = (Score::r2(of.trained.r2()), Score::r2(of.model.r2()));
    let seen =
        format!("overfitting: R² is {trained} on the training rows, but {r2} on the {}", of.part.title());
    let apart = trained.value - r2.value > GAP && r2.value < GOOD && of.model.is_below(trained.value);
    let kind = FindingKind::Overfitted;
    apart.then(|| Finding { kind, seen, advice: BY_HEART.to_owned() })
}

/// The finding that a baseline is better than the run, or the mean as good.
fn behind(config: &Config, of: &RegressionAssessment, overfitted: bool) -> Option<Finding> {
    let (r2, linear) = (Score::r2(of.model.r2()), Score::r2(of.linear.r2()));
    let kind = FindingKind::Behind;
    if of.model.is_behind(&of.linear) && linear.value > 0.0 {
        let seen = format!(
            "this run is behind a baseline: a linear regression has an R² of {linear} on the same samples, the model {r2}"
        );
        return Some(Finding { kind, seen, advice: catch_up(config, overfitted) });
    }
    let seen = format!("the R² of {r2} is not above 0: always answering the mean is as good");
    let advice = if linear.value > 0.0 {
        catch_up(config, overfitted)
    } else {
        "a linear regression finds nothing either: look whether the columns can tell anything about the target, and \
         collect more rows"
            .to_owned()
    };
    (r2.value <= 0.0).then_some(Finding { kind, seen, advice })
}
