//! What the answers of a regression say about its run, once it has ended.

use super::advice::{GAP, GOOD, catch_up, inputs};
use super::diagnostics::{BY_HEART, Finding, FindingKind};
use eggroll_host::measure::RegressionAssessment;
use eggroll_host::run::Config;

/// What the answers of a regression say about its run, the inputs first, which everything else depends on.
pub(super) fn value_verdicts(config: &Config, of: &RegressionAssessment) -> Vec<Finding> {
    let fitted = overfitted(of);
    let behind = behind(config, of, fitted.is_some());
    [inputs(config, of.inputs, of.model.r2()), fitted, behind].into_iter().flatten().collect()
}

/// The finding that the training rows are answered far better than others.
fn overfitted(of: &RegressionAssessment) -> Option<Finding> {
    let (trained, r2) = (of.trained.r2(), of.model.r2());
    let seen = format!(
        "overfitting: R² is {trained:.3} on the training rows, but {r2:.3} on the {}",
        of.part.title()
    );
    let apart = trained - r2 > GAP && r2 < GOOD && of.model.is_below(trained);
    let kind = FindingKind::Overfitted;
    apart.then(|| Finding { kind, seen, advice: BY_HEART.to_owned() })
}

/// The finding that a baseline is better than the run, or the mean as good.
fn behind(config: &Config, of: &RegressionAssessment, overfitted: bool) -> Option<Finding> {
    let (r2, linear) = (of.model.r2(), of.linear.r2());
    let kind = FindingKind::Behind;
    if of.model.is_behind(&of.linear) {
        let seen = format!(
            "this run is behind a baseline: a linear regression has an R² of {linear:.3} on the same samples, the model \
             {r2:.3}"
        );
        return Some(Finding { kind, seen, advice: catch_up(config, overfitted) });
    }
    let seen = format!("the R² of {r2:.3} is not above 0: to answer always the mean is as good");
    let advice = if linear > 0.0 {
        catch_up(config, overfitted)
    } else {
        "a linear regression finds nothing either: look whether the columns can tell anything about the target, and \
         collect more rows"
            .to_owned()
    };
    (r2 <= 0.0).then_some(Finding { kind, seen, advice })
}
