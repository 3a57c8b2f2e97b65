//! How good the answers of a trained regression are, beside baselines on the same rows.

use super::super::affordable::some;
use super::super::classes::{Inputs, Part};
use super::answered::Answered;
use super::baselines::RegressionBaselines;
use crate::data::{Dataset, Split, TargetColumn};
use eggroll_firmware::model::Program;

/// How good the answers of a trained regression are, beside baselines on the same rows.
pub struct RegressionAssessment {
    /// The targets.
    pub columns: Vec<TargetColumn>,
    /// The rows that all of them answered.
    pub part: Part,
    /// The targets of these rows, as raw values, row-major.
    pub truth: Vec<i32>,
    /// The model.
    pub model: Answered,
    /// The model on the training rows, or on 4096 of them.
    pub trained: Answered,
    /// A linear regression.
    pub linear: Answered,
    /// The mean of the training rows as the answer to every row.
    pub mean: Answered,
    /// The linear regression learned from every so many-th training row.
    pub every: usize,
    /// How the inputs of the training rows use their range; `None` without such rows.
    pub inputs: Option<Inputs>,
}

impl RegressionAssessment {
    /// Assesses a model on the parts of its data. Its weights must be those of the program, and its inputs
    /// those of the data. It is `None` for data without targets, and without rows.
    ///
    /// # Panics
    /// If the number of a row is not below that of the rows of the data.
    pub fn of(program: &Program, weights: &[i8], data: &Dataset, split: &Split) -> Option<Self> {
        let targets = data.targets()?;
        let (part, rows) = Part::of(split);
        let baselines = RegressionBaselines::fit(data, &split.train)?;
        Some(Self {
            columns: targets.columns.clone(),
            part,
            truth: rows.iter().flat_map(|&row| targets.raw_of(row as usize)).copied().collect(),
            model: Answered::model(program, weights, data, rows)?,
            trained: Answered::model(program, weights, data, &some(&split.train))?,
            linear: baselines.linear(data, rows)?,
            mean: baselines.mean(data, rows)?,
            every: baselines.every,
            inputs: Inputs::of(data, &split.train),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::data::{FeatureRule, LabelColumn, Preprocessing, Targets};
    use eggroll_firmware::features::Rule;

    /// Rows of one feature, which the model answers as it is, and their targets.
    fn assessed(target: impl Fn(i32, bool) -> i32) -> RegressionAssessment {
        let rule = FeatureRule::new(1, Rule::new(0, 2, 1).unwrap()).unwrap();
        let columns = vec![TargetColumn { number: 2, name: "flow".to_owned(), rule }];
        let rows: Vec<i8> = (0..200).map(|row| (row * 37 % 101 - 50) as i8).collect();
        let raw: Vec<i32> = rows.iter().enumerate().map(|(at, &x)| target(x.into(), at < 100)).collect();
        let scaled = raw.iter().map(|&raw| raw.clamp(-127, 127) as i8).collect();
        let preprocessing = Preprocessing {
            classes: Vec::new(),
            label: LabelColumn::default(),
            targets: columns.clone(),
            ..Preprocessing::as_is(1, 2)
        };
        let targets = Targets { columns, scaled, raw };
        let data = Dataset::regression("d", rows, targets, preprocessing).unwrap();
        let split = Split {
            train: (0..100).collect(),
            validation: vec![],
            test: (100..200).collect(),
            anomalies: vec![],
            old: vec![],
        };
        let model: crate::run::ModelName = "1-1".parse().unwrap();
        let program = Program::new(&model.description().unwrap()).unwrap();
        RegressionAssessment::of(&program, &[16], &data, &split).unwrap()
    }

    #[test]
    fn a_model_beside_baselines() {
        let right = assessed(|x, _| x);
        assert_eq!((right.part, right.model.values == right.truth), (Part::HeldOut, true));
        assert!((right.model.r2() - 1.0).abs() < 1e-12 && right.linear.r2() > 0.99 && right.mean.r2() <= 0.0);
        assert!(right.mean.is_behind(&right.model) && !right.model.is_behind(&right.linear));
        // A line of another slope, which a linear regression finds.
        let behind = assessed(|x, _| 100 - x);
        assert!(behind.model.r2() < 0.0 && behind.model.is_behind(&behind.linear));
        assert!(behind.model.is_behind(&behind.mean) && !behind.model.is_below(behind.trained.r2()));
        // Right where it was trained alone.
        let by_heart = assessed(|x, trains| if trains { x } else { -x });
        assert!(by_heart.trained.r2() > 0.99 && by_heart.model.is_below(by_heart.trained.r2()));
    }
}
