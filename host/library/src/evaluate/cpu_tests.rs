use super::super::cases::{self, Case, GENERATION, cases};
use super::*;
use proptest::prelude::*;

/// Compares the scores of every level with the firmware's.
fn check(case: &Case) {
    assert!(is_batched(&case.plan()), "{case:?}");
    for &level in Level::ALL.iter().filter(|level| level.is_available()) {
        let cpu = Cpu::with_level(&case.setup, level).unwrap();
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
    fn pairs_on_texts(case in cases::pairs_on_texts()) {
        check(&case);
    }

    #[test]
    fn slots_on_texts(case in cases::slots_on_texts()) {
        check(&case);
    }
}
