//! What makes rows of a table the inputs of an imported model.

use eggroll_host::data::{FeatureRule, Preprocessing, Scale, TargetColumn};
use eggroll_import::Quantised;

/// The preprocessing of an imported model: that of the table, with the model's own scales. `order` says which
/// feature of the table each value of the model's input is.
pub(super) fn preprocessing(table: &Preprocessing, made: &Quantised, order: &[usize]) -> Preprocessing {
    let places = |feature: usize| table.rule(feature).map_or(0, |rule| rule.places());
    let scales = made.input.centre.iter().zip(&made.input.scale).zip(order);
    let mut rules: Vec<FeatureRule> = scales
        .map(|((&centre, &scale), &feature)| {
            let rule = FeatureRule::of_scale(places(feature), centre.into(), scale.into());
            rule.unwrap_or(FeatureRule::as_is())
        })
        .collect();
    if let Some(&first) = rules.first()
        && rules.iter().all(|&rule| rule == first)
    {
        rules.truncate(1);
    }
    let columns = order.iter().filter_map(|&feature| table.columns.get(feature).cloned()).collect();
    let outputs = made.output.offset.iter();
    let targets = table.targets.iter().zip(outputs).map(|(target, &offset)| {
        let scale = made.output.scale.into();
        let rule = FeatureRule::of_scale(target.rule.places(), offset.into(), scale);
        TargetColumn { rule: rule.unwrap_or(target.rule), ..target.clone() }
    });
    Preprocessing { scale: Scale::Imported, rules, columns, targets: targets.collect(), ..table.clone() }
}
