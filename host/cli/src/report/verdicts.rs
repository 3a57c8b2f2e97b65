//! What the answers of a run say about it, once it has ended.

use super::advice::{GAP, GOOD, catch_up, inputs, percent};
use super::diagnostics::{BY_HEART, Finding, FindingKind};
use super::known::Known;
use eggroll_host::measure::{Assessment, Chance, Judged};
use eggroll_host::run::{Config, Source};
use eggroll_host::words;

/// A class of fewer rows says little by their answers.
const FEW_ROWS: u64 = 5;
/// A class is rare if it has less than this share of what it would have if all had as many.
const RARE: f64 = 0.3;
/// The classes that are named in a line.
const NAMED: usize = 3;

/// What the answers of a run say about it, the inputs first, which everything else depends on.
pub(super) fn verdicts(config: &Config, known: &Known) -> Vec<Finding> {
    let of = &known.assessment;
    let accuracy = of.model.accuracy().unwrap_or(0.0);
    let fitted = overfitted(of, accuracy);
    let behind = behind(config, of, accuracy, fitted.is_some());
    [inputs(config, of.inputs, accuracy), never_right(config, known), fitted, behind]
        .into_iter()
        .flatten()
        .collect()
}

/// Whether a run draws samples of all classes alike.
fn balances(config: &Config) -> bool {
    matches!(&config.source, Source::Samples(samples) if samples.balance)
}

/// The finding that no row of some classes is answered rightly.
fn never_right(config: &Config, known: &Known) -> Option<Finding> {
    let of = &known.assessment;
    let confusion = &of.model.confusion;
    let never = |&class: &usize| {
        let figures = confusion.class(class);
        figures.rows >= FEW_ROWS && figures.right == 0
    };
    let classes: Vec<usize> = (0..confusion.classes()).filter(never).collect();
    let training: u64 = of.baselines.counts.iter().sum();
    let rows_of = |class: usize| of.baselines.counts.get(class).copied().unwrap_or(0);
    let name = |&class: &usize| format!("`{}`", words::shown(&known.name(class), 40));
    let mut named: Vec<String> = classes.iter().take(NAMED).map(name).collect();
    if classes.len() > NAMED {
        named.push(format!("{} more", classes.len() - NAMED));
    }
    let last = named.pop()?;
    let all = if named.is_empty() { last } else { format!("{} and {last}", named.join(", ")) };
    let rows: u64 = classes.iter().map(|&class| confusion.rows(class)).sum();
    let seen = format!("no row of class {all} is answered rightly (recall 0 of {rows} rows)");
    let even = training as f64 / confusion.classes() as f64;
    let rare = classes.iter().any(|&class| (rows_of(class) as f64) < RARE * even);
    let advice = if rare {
        let fewest = classes.iter().map(|&class| rows_of(class)).min().unwrap_or(0);
        let rare = if classes.len() == 1 { "it is rare, with" } else { "the rarest has" };
        let balance = if balances(config) { "" } else { "draw all classes alike (--balance), or " };
        format!("{rare} {fewest} of {training} rows to train on: {balance}collect more of such rows")
    } else {
        "look whether such rows are labelled rightly and differ from the others in some column; a longer run may help"
            .to_owned()
    };
    Some(Finding { kind: FindingKind::NeverRight, seen, advice })
}

/// The finding that the training rows are answered far better than others.
fn overfitted(of: &Assessment, accuracy: f64) -> Option<Finding> {
    let trained = of.trained.accuracy()?;
    // The uncertainty is that of the rows that were held out.
    let watched = u32::try_from(of.model.confusion.total()).unwrap_or(u32::MAX);
    let uncertainty = Chance { watched, most_frequent: 0 };
    let seen = format!(
        "overfitting: {} of the training rows are answered rightly, but {} of the {}",
        percent(trained),
        percent(accuracy),
        of.part.title()
    );
    let apart = trained - accuracy > GAP && !uncertainty.may_reach(accuracy, trained);
    let kind = FindingKind::Overfitted;
    (apart && accuracy < GOOD).then(|| Finding { kind, seen, advice: BY_HEART.to_owned() })
}

/// The finding that a baseline is better than the run.
fn behind(config: &Config, of: &Assessment, accuracy: f64, overfitted: bool) -> Option<Finding> {
    let better = |other| of.model.beside(other).second_is_better();
    let (name, baseline) = if better(&of.regression) {
        ("a logistic regression", &of.regression)
    } else if better(&of.most_frequent) {
        ("always the most frequent class", &of.most_frequent)
    } else {
        return None;
    };
    // A balanced run answers frequent classes less often than is best for its accuracy.
    let recalls = |judged: &Judged| judged.confusion.balanced_accuracy().unwrap_or(0.0);
    if balances(config) && recalls(&of.model) >= recalls(baseline) {
        return None;
    }
    let seen = format!(
        "this run is behind a baseline: {name} reaches {:.1} % on the same samples, the model {:.1} %",
        100.0 * baseline.accuracy().unwrap_or(0.0),
        100.0 * accuracy
    );
    let advice = catch_up(config, overfitted);
    Some(Finding { kind: FindingKind::Behind, seen, advice })
}

#[cfg(test)]
mod tests {
    use super::*;
    use eggroll_firmware::model::Program;
    use eggroll_firmware::train::Estimator;
    use eggroll_host::data::{Dataset, Preprocessing, Split};
    use eggroll_host::run::{DataFingerprint, DataName, ModelName, Preset, Samples, Schedule, Source};

    const LINEAR: &str = "2-2";

    fn config(generations: u32) -> Config {
        let preset = Preset::of(eggroll_firmware::task::environment::EnvironmentKind::CartPole);
        Config {
            version: Config::version(),
            seed: 1,
            source: Source::Samples(Samples {
                start: None,
                name: DataName::Digits,
                holdout: Default::default(),
                validation: Default::default(),
                balance: false,
                loss: None,
                quantile: None,
                reading: Default::default(),
                preprocessing: None,
                data: DataFingerprint { rows: 1, features: 2, classes: 2, sha256: String::new() },
            }),
            model: LINEAR.parse().unwrap(),
            generations,
            evaluate_every: 1,
            optimizer: eggroll_firmware::update::Optimizer::Residual,
            schedule: Schedule::LearningRate(1),
            estimator: Estimator::Weight(preset.weight()),
            saturation: false,
        }
    }

    /// A model of two inputs that are its outputs, on 100 training rows and 100 others: of the classes, 1 has
    /// every so many-th row. `row` makes a row of its class and whether it trains.
    fn known(every: usize, row: impl Fn(usize, bool) -> [i8; 2]) -> Known {
        let labels: Vec<u8> = (0..200).map(|number| u8::from(number % every == 0)).collect();
        let rows = labels.iter().enumerate().flat_map(|(number, &label)| row(label.into(), number < 100));
        let data = Dataset::new("d", rows.collect(), labels.clone(), Preprocessing::as_is(2, 2)).unwrap();
        let split = Split {
            train: (0..100).collect(),
            validation: vec![],
            test: (100..200).collect(),
            anomalies: vec![],
            old: vec![],
        };
        let model: ModelName = LINEAR.parse().unwrap();
        let program = Program::new(&model.description().unwrap()).unwrap();
        let assessment = Assessment::of(&program, &[16, 0, 0, 16], &data, &split);
        Known { assessment, names: vec!["good".to_owned(), "worn".to_owned()] }
    }

    fn kinds(known: &Known) -> Vec<FindingKind> {
        verdicts(&config(50), known).iter().map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_good_run_gets_no_word() {
        let good = known(2, |class, _| if class == 0 { [40, -40] } else { [-40, 40] });
        assert_eq!(kinds(&good), []);
        // Nor does one whose narrow inputs are enough.
        assert_eq!(kinds(&known(2, |class, _| if class == 0 { [2, 0] } else { [0, 2] })), []);
    }

    #[test]
    fn a_class_that_is_never_right_is_named() {
        let rare = known(10, |_, _| [40, -40]);
        let findings = verdicts(&config(50), &rare);
        let line = findings[0].line();
        assert_eq!(findings[0].kind, FindingKind::NeverRight);
        assert!(line.contains("`worn`") && line.contains("10 of 100 rows to train on"), "{line}");
        // One that has few rows is not.
        assert_eq!(kinds(&known(30, |_, _| [40, -40])), []);
    }

    #[test]
    fn overfitting_and_baselines() {
        // What was right while training is not on other rows.
        let overfitted = known(2, |class, trains| if (class == 0) == trains { [40, -40] } else { [-40, 40] });
        assert!(kinds(&overfitted).contains(&FindingKind::Overfitted), "{:?}", kinds(&overfitted));
        // Every answer is wrong, which a regression sees.
        let behind = known(2, |class, _| if class == 1 { [40, -40] } else { [-40, 40] });
        let findings = verdicts(&config(50), &behind);
        let last = findings.last().unwrap();
        assert_eq!(last.kind, FindingKind::Behind);
        let line = last.line();
        assert!(line.contains("regression reaches 100.0 %") && line.contains("--estimator node"), "{line}");
    }

    #[test]
    fn inputs_come_first() {
        let narrow = known(2, |class, _| if class == 1 { [2, 0] } else { [0, 2] });
        assert_eq!(kinds(&narrow)[0], FindingKind::NarrowInputs);
    }
}
