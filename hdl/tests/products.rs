//! The unit's streams against the firmware's kernels: every shape, rank and member, at any speed of every
//! stream.

#[cfg(verilator)]
mod common;
#[macro_use]
#[path = "common/simulated.rs"]
mod simulated;
#[cfg(verilator)]
mod coverage;

/// Fewer than a debug build's patience allows would prove little: 10^5 in all, in several cores.
#[cfg(verilator)]
mod body {
    use super::common::Dice;
    use super::coverage::Coverage;
    use eggroll_hdl::product::{Cycles, Perturbation, Product, run};
    use eggroll_hdl::{Core, Kind};

    /// Chances, in sixteenths, that a stream moves in a cycle.
    fn pressure(dice: &mut Dice) -> [usize; 3] {
        if dice.one_in(3) { [16; 3] } else { [(); 3].map(|()| [1, 4, 8, 15, 16][dice.below(5)]) }
    }

    pub(super) fn random(kind: Kind, seed: u64, passes: usize) -> Coverage {
        let mut dice = Dice::new(seed);
        let mut core = Core::new(kind);
        let mut coverage = Coverage::default();
        for number in 0..passes {
            let product = dice.product(kind);
            let chances = pressure(&mut dice);
            let expected = product.expected();
            // A reset at any moment; what follows must not know of it.
            let stop = dice.one_in(50).then(|| u64::from(dice.word() % 400));
            let mut flow = || chances.map(|chance| dice.below(16) < chance);
            if stop.is_some() {
                let (begun, cycles) = run(&mut core, &product, &mut flow, stop).unwrap();
                assert_eq!(begun, expected[..begun.len()], "pass {number}, before a reset: {product:?}");
                coverage.resets(begun.len() < expected.len(), cycles);
            }
            let (y, cycles) =
                run(&mut core, &product, flow, None).unwrap_or_else(|e| panic!("{e}: {product:?}"));
            assert_eq!(y, expected, "pass {number}: {product:?}");
            coverage.pass(kind, &product, chances, &y, cycles);
        }
        coverage
    }

    pub(super) fn small() {
        let mut all = random(Kind::Small, 1, 35_000);
        all.merge(&random(Kind::Small, 2, 1_000));
        all.print("8 lanes");
        all.check_everything(Kind::Small);
    }

    pub(super) fn large() {
        let all = random(Kind::Large, 3, 35_000);
        all.print("32 lanes");
        all.check_everything(Kind::Large);
    }

    pub(super) fn tiny() {
        let all = random(Kind::Tiny, 4, 40_000);
        all.print("4 lanes, everything else at its bound");
        all.check_everything(Kind::Tiny);
    }

    /// At full speed, and at the largest shape: the figures that the README promises.
    pub(super) fn cycles() {
        for kind in [Kind::Small, Kind::Large] {
            let mut dice = Dice::new(5);
            let mut core = Core::new(kind);
            let mut measure = |m, n, perturbation, streams, twins: bool| {
                let product = Product {
                    perturbation,
                    streams,
                    emit_base: streams == 0,
                    emit_plus: streams > 0,
                    emit_minus: twins,
                    ..dice.shaped(kind, m, n)
                };
                let (y, cycles) = run(&mut core, &product, || [true; 3], None).unwrap();
                assert_eq!(y, product.expected());
                cycles
            };
            let rank = |rank| Perturbation::LowRank { rank, sigma_shift: 4 };
            let plain = measure(256, 256, Perturbation::Plain, 0, false);
            let one = measure(256, 256, rank(1), 1, false);
            let twins = measure(256, 256, rank(1), 1, true);
            let eight = measure(256, 256, rank(1), 4, true);
            let utilisation = |c: Cycles| c.lanes as f64 / c.all as f64;
            println!("{kind:?}: plain {plain:?}, rank 1 {one:?}, twins {twins:?}, eight members {eight:?}");
            assert!(utilisation(plain) >= 0.95 && utilisation(one) >= 0.95, "{plain:?} {one:?}");
            assert!(100 * one.all <= 102 * plain.all, "{one:?} {plain:?}");
            assert!(10 * twins.all <= 11 * one.all, "{twins:?} {one:?}");
            assert!(10 * eight.all <= 15 * one.all, "{eight:?} {one:?}");
        }
    }
}

simulated! {
    passes_of_8_lanes_equal_the_kernels: body::small();
    passes_of_32_lanes_equal_the_kernels: body::large();
    passes_of_the_smallest_core_equal_the_kernels: body::tiny();
    cycles_are_within_their_goals: body::cycles();
}
