use super::super::cases::{self, Case, GENERATION, cases};
use super::*;
use proptest::prelude::*;

/// The host's cores with the instructions of every level that they have.
fn levels(case: &Case) -> impl Iterator<Item = Cpu> {
    assert!(is_batched(&case.plan()), "{case:?}");
    let available = Level::ALL.iter().filter(|level| level.is_available());
    available.map(|&level| Cpu::with_level(&case.setup, level).unwrap())
}

/// Compares the scores of every level with the firmware's.
fn check(case: &Case) {
    for cpu in levels(case) {
        case.check(|range| cpu.inner.scores(GENERATION, &case.weights, &case.feed, range));
    }
}

proptest! {
    #![proptest_config(cases(96))]

    #[test]
    fn pairs_on_samples(case in cases::pairs_on_samples()) {
        check(&case);
    }

    #[test]
    fn slots_on_samples(case in cases::slots_on_samples()) {
        check(&case);
    }

    #[test]
    fn guided_slots(case in cases::guided_slots()) {
        for cpu in levels(&case) {
            case.check_from_any_unit(|range| {
                cpu.inner.scores(GENERATION, &case.weights, &case.feed, range)
            });
        }
    }

    #[test]
    fn pairs_on_windows(case in cases::pairs_on_windows()) {
        check(&case);
    }

    #[test]
    fn slots_on_windows(case in cases::slots_on_windows()) {
        check(&case);
    }

    #[test]
    fn guided_windows(case in cases::guided_windows()) {
        for cpu in levels(&case) {
            case.check_from_any_unit(|range| {
                cpu.inner.scores(GENERATION, &case.weights, &case.feed, range)
            });
        }
    }

    #[test]
    fn pairs_behind_a_front(case in cases::behind_front(prop_oneof![cases::pairs_on_samples(), cases::pairs_on_windows()])) {
        check(&case);
    }

    #[test]
    fn guided_behind_a_front(case in cases::behind_front(prop_oneof![cases::guided_slots(), cases::guided_windows()])) {
        check(&case);
    }

    #[test]
    fn pairs_on_texts(case in cases::pairs_on_texts()) {
        check(&case);
    }

    #[test]
    fn slots_on_texts(case in cases::slots_on_texts()) {
        check(&case);
    }
}

/// Members that answer puzzles have the firmware's marks, however many are side by side.
#[test]
fn answers_to_puzzles() {
    use super::super::ReferenceEvaluator;
    use crate::run::Identity;
    use eggroll_firmware::estimator::weight::{CreditTo, Weight};
    use eggroll_firmware::model::Description;
    use eggroll_firmware::noise::Noise;
    use eggroll_firmware::task::reward::{Reward, RewardKind};
    use eggroll_firmware::train::{Estimator, Run, TaskKind};

    let (rates, optimizer) =
        (crate::run::Schedule::LearningRate(1), eggroll_firmware::update::Optimizer::Residual);
    let mut seen = std::collections::BTreeSet::new();
    for (kind, noise, rank, own_samples) in [
        (RewardKind::Arithmetic, Noise::Sign, 1, false),
        (RewardKind::Sort, Noise::NearNormal, 2, true),
        (RewardKind::Countdown, Noise::Sign, 2, false),
    ] {
        let weight = Weight {
            pairs: 21,
            samples: 40,
            own_samples,
            rank,
            sigma_shift: 0,
            noise,
            clip: 127,
            credit: CreditTo::Pair,
        };
        let run = Run {
            seed: 9,
            model: Description::egg(12, 1, 64).unwrap(),
            task: TaskKind::Reward(Reward { kind, temperature: 16 }),
            estimator: Estimator::Weight(weight),
            optimizer,
            saturation: false,
        };
        let program = Program::new(&run.model).unwrap();
        let mut weights = vec![0; program.parameters()];
        program.initialize(run.seed, &mut weights);
        // It writes digits and ends, so that some answers have a mark.
        let head = program.tensors().last().unwrap();
        for (place, w) in weights[head.offset..][..head.len()].iter_mut().enumerate() {
            let token = place / 12;
            *w = if token == 0 || (48..58).contains(&token) { 30 * w.signum() } else { 0 };
        }
        let identity = Identity::new(&run, rates, 1, &[], &[], None);
        let setup = Arc::new(Setup {
            run,
            samples: Vec::new(),
            text: Arc::from([]),
            start: None,
            identity,
            sync: crate::update::Sync::default(),
            own: None,
            holds_text: false,
        });
        let mut reference = ReferenceEvaluator::new(&setup).unwrap();
        let weights: Arc<[i8]> = weights.into();
        for level in Level::ALL.iter().filter(|level| level.is_available()) {
            let cpu = Cpu::with_level(&setup, *level).unwrap();
            for units in [0..21, 4..5, 3..20] {
                let expected = reference.scores(2, &weights, &[], units.clone()).unwrap();
                assert_eq!(cpu.inner.scores(2, &weights, &[], units).unwrap(), expected, "{kind}");
                seen.extend(expected);
            }
        }
        assert!(cpu_refuses(&setup));
    }
    assert!(seen.len() > 9, "answers have different marks: {seen:?}");
}

fn cpu_refuses(setup: &Arc<Setup>) -> bool {
    let cpu = Cpu::new(setup).unwrap();
    let weights: Arc<[i8]> = vec![0; cpu.inner.program.parameters()].into();
    cpu.inner.scores(2, &weights, &[], 0..22) == Err(Error::NoSuchUnits { end: 22, has: 21 })
}
