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
