//! Targets in the place of labels: scores, scaling, and a generation by two estimators.

use crate::training::{SAMPLES, after, one_generation, outputs, run as run_by, weights};
use crate::{Example, hex, list};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::scores::Scores;
use eggroll_firmware::model::{LayerSet, Unperturbed};
use eggroll_firmware::noise::sample_index;
use eggroll_firmware::task::{Loss, Target, raw_value};
use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::fmt::Write as _;

pub(crate) fn examples() -> Vec<Example> {
    vec![
        ("target-score", scores()),
        ("target-error", errors()),
        ("target-scaling", scaling()),
        ("regression", generation()),
    ]
}

/// The targets of the five samples.
const TARGETS: [[i8; 2]; 5] = [[40, -25], [3, 12], [-127, 127], [0, 0], [5, -1]];

fn squared(values: &[i8]) -> Target<'_> {
    Target::Values { values, loss: Loss::Squared }
}

fn scores() -> String {
    let cases: [(&[i8], &[i8]); 4] =
        [(&[32], &[0]), (&[32], &[4]), (&[3, -2], &[0, 1]), (&[127, 127, -127], &[-127, -127, 127])];
    cases.iter().fold(String::new(), |mut text, (t, l)| {
        let absolute = Target::Values { values: t, loss: Loss::Absolute }.score(l);
        let squared = squared(t).score(l);
        let _ = writeln!(
            text,
            "targets {}, outputs {}: squared {squared}, absolute {absolute}",
            list(*t),
            list(*l)
        );
        text
    })
}

fn errors() -> String {
    let cases: [(&[i8], &[i8]); 2] = [(&[32, -7, 0], &[0, -7, 5]), (&[127, -100, 100], &[-127, 127, -27])];
    cases.iter().fold(String::new(), |mut text, (t, l)| {
        let mut error = vec![0; l.len()];
        squared(t).error(l, &mut error);
        let _ = writeln!(text, "targets {}, outputs {}: error {}", list(*t), list(*l), list(error));
        text
    })
}

fn scaling() -> String {
    let rules = [(152, 27_235, 16), (-5, 3, 1), (7, 0, 5), (i32::MAX, 1, 40)];
    rules.iter().fold(String::new(), |mut text, &(centre, mul, shift)| {
        let raw = [-127, -1, 0, 1, 33, 127].map(|l| raw_value(l, centre, mul, shift));
        let _ = writeln!(
            text,
            "centre {centre}, mul {mul}, shift {shift}; outputs -127 -1 0 1 33 127: raw {}",
            list(raw)
        );
        text
    })
}

pub(crate) const NODE: Node =
    Node { slots: 3, members: 2, amplitude: 4, clip: 127, skip: Some(8), antithetic: false };

/// The run of the example.
pub(crate) fn run(estimator: Estimator) -> Run {
    let task = TaskKind::Regression { count: 5, loss: Loss::Squared };
    Run { task, ..run_by(estimator, Optimizer::Residual) }
}

fn generation() -> String {
    let guided =
        Guided { node: NODE, member_slots: 2, residual_weight: 8, guide_scale: 256, train: LayerSet::ALL };
    [("node", Estimator::Node(NODE)), ("with a guide", Estimator::Guided(guided))]
        .into_iter()
        .fold(String::new(), |text, (name, estimator)| text + name + "\n" + &by(estimator))
}

fn by(estimator: Estimator) -> String {
    let records = SAMPLES.iter().zip(TARGETS).flat_map(|((input, _), targets)| {
        input.iter().copied().chain(targets).map(i8::cast_unsigned).collect::<Vec<u8>>()
    });
    let mut learner = Learner::new(vec![0; 1024]);
    learner.configure(run(estimator), true).unwrap();
    learner.load(Section::Samples, 0, &records.collect::<Vec<u8>>()).unwrap();
    learner.initialize().unwrap();
    learner.start(0).unwrap();
    let packed = one_generation(&mut learner, 26_214);
    let scores = Scores::new(estimator.shape(), 3, &packed).unwrap();
    let (mut values, mut text) = (scores.values(), String::new());
    for (slot, flag) in (0..).zip(scores.flags()) {
        let sample = sample_index(1, NODE.sample_number(1, slot), 5);
        let (input, targets) = (SAMPLES[sample as usize].0, TARGETS[sample as usize]);
        let base = outputs(&weights(), &input, &mut Unperturbed);
        let (score, mut error) = (squared(&targets).score(&base), [0; 2]);
        squared(&targets).error(&base, &mut error);
        let _ = write!(
            text,
            "slot {slot}: sample {sample}, targets {}, outputs {}, score {score}",
            list(targets),
            list(&base)
        );
        assert_eq!(flag, !NODE.is_skipped(score));
        if flag {
            let f: Vec<i16> =
                values.by_ref().take(estimator.shape().values_of(slot as usize) as usize).collect();
            let _ = writeln!(text, ", error {}, f {}", list(error), list(f));
        } else {
            let _ = writeln!(text, ", skipped");
        }
    }
    let _ = writeln!(text, "packed {}", hex(&packed));
    after(&mut text, &mut learner);
    if !learner.guide().is_empty() {
        let _ = writeln!(text, "G after {}", list(learner.guide()));
    }
    text
}
