//! What a self test is made of: rows, and the outputs that the firmware's forward pass has for them.

use super::content::Exported;
use crate::data::FeatureRule;
use crate::scratch::HeapScratch;
use eggroll_firmware::kernel::squared_error;
use eggroll_firmware::model::{Start, infer};
use eggroll_firmware::noise::sample_index;

/// The most rows of a self test.
pub const VECTORS: usize = 16;

/// A row of a self test.
pub(super) struct Vector {
    /// A raw value a feature. In an environment the inputs themselves, in `-127..=127`.
    pub(super) raw: Vec<i32>,
    /// The outputs, in `-127..=127`.
    pub(super) outputs: Vec<i8>,
    /// The raw values that the outputs of a regression stand for; otherwise empty.
    pub(super) values: Vec<i32>,
    /// The score of the row by a detector of anomalies; otherwise `None`.
    pub(super) score: Option<i32>,
}

/// Rows of the run's data, as far as there are any, or else of values that are drawn.
pub(super) fn vectors(exported: &Exported<'_>) -> Vec<Vector> {
    let inputs = exported.program.inputs();
    let rule = |feature| exported.preprocessing.and_then(|stored| stored.rule(feature));
    let rules: Vec<Option<FeatureRule>> = (0..inputs).map(rule).collect();
    let given = exported.rows.iter().filter(|row| row.len() == inputs).take(VECTORS).cloned();
    let mut rows: Vec<Vec<i32>> = given.collect();
    if rows.is_empty() {
        rows = (0..VECTORS as u32).map(|row| drawn(&rules, row)).collect();
    }
    let mut scratch = HeapScratch::new(exported.program);
    let vector = |raw: Vec<i32>| {
        let feature = |(rule, &raw): (&Option<FeatureRule>, &i32)| match rule {
            Some(rule) => rule.rule().apply(raw),
            None => raw.clamp(-127, 127) as i8,
        };
        let x: Vec<i8> = rules.iter().zip(&raw).map(feature).collect();
        let (program, weights) = (exported.program, &exported.weights.values);
        let outputs = infer(program, weights, Start::Input(&x), &mut [], &mut scratch.get()).to_vec();
        let targets = exported.preprocessing.map_or(&[][..], |stored| &stored.targets);
        let values = targets.iter().zip(&outputs).map(|(target, &output)| target.raw(output)).collect();
        let is_of_detector = exported.preprocessing.is_some_and(|stored| stored.normal.is_some());
        let score = is_of_detector.then(|| squared_error(&outputs, &x));
        Vector { raw, outputs, values, score }
    };
    rows.into_iter().map(vector).collect()
}

/// Values that become features all over their range; in the first rows the ends of what raw values may be.
fn drawn(rules: &[Option<FeatureRule>], row: u32) -> Vec<i32> {
    let value = |(feature, rule): (usize, &Option<FeatureRule>)| {
        let wanted = sample_index(row, feature as u64, 255) as i32 - 127;
        let Some(rule) = rule.map(|rule| rule.rule()) else { return wanted };
        match row {
            0 => i32::MIN,
            1 => i32::MAX,
            2 => rule.centre(),
            _ => {
                // About the raw value of the feature: any would do.
                let beside = (i128::from(wanted) << rule.shift()) / i128::from(rule.mul().max(1));
                let value = beside + i128::from(rule.centre());
                value.clamp(i32::MIN.into(), i32::MAX.into()) as i32
            }
        }
    };
    rules.iter().enumerate().map(value).collect()
}
