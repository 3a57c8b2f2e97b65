//! Members of convolutional models on the simulated unit: the packed scores of the learner without one.

#[cfg(verilator)]
#[allow(dead_code, reason = "one set of helpers for several tests")]
mod common;
#[macro_use]
#[path = "common/simulated.rs"]
mod simulated;
#[cfg(verilator)]
#[path = "common/models.rs"]
mod models;

#[cfg(verilator)]
mod body {
    use super::common::Dice;
    use super::models::{self, conv, dense, depthwise, own, plain, pool};
    use eggroll_firmware::accelerator::{Fallback, OnUnit, Unit};
    use eggroll_firmware::estimator::guided::Guided;
    use eggroll_firmware::estimator::node::Node;
    use eggroll_firmware::estimator::weight::{CreditTo, Weight};
    use eggroll_firmware::model::{Description, LayerSet, Pool};
    use eggroll_firmware::noise::Noise;
    use eggroll_firmware::progress::Quiet;
    use eggroll_firmware::task::NoTask;
    use eggroll_firmware::train::{Estimator, Learner, Run, Section, TaskKind};
    use eggroll_firmware::update::Optimizer;
    use eggroll_hdl::{NoError, Spi};

    const SAMPLES: u32 = 5;

    fn node(members: u32, antithetic: bool) -> Estimator {
        Estimator::Node(Node { slots: 3, members, amplitude: 9, clip: 100, skip: Some(1), antithetic })
    }

    fn guided(train: LayerSet) -> Estimator {
        let node = Node { slots: 3, members: 5, amplitude: 6, clip: 127, skip: None, antithetic: false };
        let (member_slots, residual_weight, guide_scale) = (2, 5, 256);
        Estimator::Guided(Guided { node, member_slots, residual_weight, guide_scale, train })
    }

    fn weight(rank: u8, sigma_shift: u8, own_samples: bool, credit: CreditTo) -> Estimator {
        let (pairs, samples, noise, clip) = (5, 2, Noise::Sign, 1000);
        Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit })
    }

    fn every_estimator() -> [Estimator; 7] {
        [
            node(5, false),
            node(2, true),
            guided(LayerSet::ALL),
            guided(LayerSet::of([0, 1]).unwrap()),
            weight(1, 4, false, CreditTo::Pair),
            weight(3, 2, true, CreditTo::Pair),
            weight(2, 5, false, CreditTo::Sample),
        ]
    }

    /// A learner at its first generation, with weights and biases so large that little falls to 0.
    fn learner(model: &Description, estimator: Estimator, dice: &mut Dice) -> Learner<Vec<u64>> {
        let optimizer = match estimator {
            Estimator::Guided(_) => Optimizer::Residual,
            _ => Optimizer::Vote { reference_rank_scale: false },
        };
        let task = TaskKind::Samples { count: SAMPLES };
        let run = Run { seed: 7, model: model.clone(), task, estimator, optimizer, saturation: false };
        let mut learner = Learner::new(vec![0; 1 << 15]);
        learner.configure(run, false).unwrap_or_else(|error| panic!("{error:?}: {model:?} {estimator:?}"));
        learner.initialize().unwrap();
        let weights: Vec<u8> =
            learner.weights().iter().map(|_| (dice.within(0, 90) as i8).wrapping_sub(45) as u8).collect();
        learner.load(Section::Weights, 0, &weights).unwrap();
        let records: Vec<u8> = (0..SAMPLES)
            .flat_map(|_| {
                let features: Vec<u8> =
                    (0..model.inputs).map(|_| (dice.below(255) as i8).wrapping_add(-127) as u8).collect();
                let label = dice.below(model.outputs() as usize) as u8;
                features.into_iter().chain([label])
            })
            .collect();
        learner.load(Section::Samples, 0, &records).unwrap();
        learner.start(0).unwrap();
        learner
    }

    /// Compares a driver's scores with the learner's own; returns how many products the unit made and why the
    /// driver left members to the kernels, if it did.
    fn compare<const WIDTH: usize>(
        unit: &mut OnUnit<Spi, Vec<i8>, WIDTH>,
        model: &Description,
        estimator: Estimator,
        dice: &mut Dice,
    ) -> (u32, Option<Fallback<NoError>>) {
        let mut learner = learner(model, estimator, dice);
        unit.shadow().resize(learner.weights().len(), 0);
        let units = estimator.units();
        let mut expected = vec![0; 4096];
        let len = learner.evaluate(1, 0, units, &mut NoTask, &mut expected).unwrap();
        expected.truncate(len);
        let before = unit.unit().products();
        let mut scores = vec![0; 4096];
        let len = learner.evaluate_on(unit, &mut Quiet, 1, 0..units, &mut NoTask, &mut scores).unwrap();
        scores.truncate(len);
        assert_eq!(scores, expected, "{estimator:?} {model:?}");
        assert!(expected.iter().any(|&byte| byte != expected[0]), "{estimator:?} {model:?}: {expected:?}");
        (unit.unit().products() - before, unit.fallback().copied())
    }

    pub(super) fn models() {
        let mut dice = Dice::new(41);
        // One unit for all models: it has the weights of another each time.
        let mut unit = OnUnit::<_, _, 256>::new(Unit::new(Spi::new()).unwrap(), Vec::new());
        for (name, model) in models::all() {
            for estimator in every_estimator() {
                let (products, fallback) = compare(&mut unit, &model, estimator, &mut dice);
                assert_eq!(fallback, None, "{name}: {estimator:?}");
                assert!(products > 0, "{name}: {estimator:?}");
                println!("{name}: {products} products");
            }
        }
    }

    /// What the unit is asked for: a product a place, shared where nothing or only the core's noise differs.
    pub(super) fn count() {
        let mut dice = Dice::new(42);
        let mut unit = OnUnit::<_, _, 256>::new(Unit::new(Spi::new()).unwrap(), Vec::new());
        // 16 places of a convolution, 4 behind a depthwise layer, and one product of the dense layer.
        let model = models::counted();
        let none_skipped = Estimator::Node(Node {
            slots: 3,
            members: 5,
            amplitude: 9,
            clip: 100,
            skip: None,
            antithetic: false,
        });
        let (products, _) = compare(&mut unit, &model, none_skipped, &mut dice);
        assert_eq!(products, 3 * (16 + (1 + 5) * (4 + 1)));
        // The first layer's for 4 pairs at once, then for one, of two samples each.
        let (products, _) = compare(&mut unit, &model, weight(1, 4, false, CreditTo::Pair), &mut dice);
        assert_eq!(products, 2 * (2 * 16 + 2 * 5 * (4 + 1)));
        // A larger divisor than the standard: the unit's, but for pairs, whose factors would be others.
        let model = models::model(72, [conv([6, 6, 2], 3, 1, 0, 4, false, own(128)), dense(5, false)]);
        let (products, _) = compare(&mut unit, &model, none_skipped, &mut dice);
        assert_eq!(products, 3 * (16 + (1 + 5)));
        let (products, _) = compare(&mut unit, &model, weight(1, 4, false, CreditTo::Pair), &mut dice);
        assert_eq!(products, 2 * 2 * 5);
    }

    pub(super) fn left_to_the_kernels() {
        let mut dice = Dice::new(43);
        let mut small = OnUnit::<_, _, 64>::new(Unit::new(Spi::new()).unwrap(), Vec::new());
        let wide = models::model(72, [conv([6, 6, 2], 3, 1, 1, 4, true, None), dense(5, false)]);
        let factors = models::model(
            72,
            [depthwise([6, 6, 2], 5, 1, 0, false, None), pool([2, 2, 2], 2, Pool::Max), dense(5, false)],
        );
        let core_only = models::model(
            72,
            [depthwise([6, 6, 2], 3, 3, 0, true, None), plain(conv([2, 2, 2], 2, 2, 0, 5, false, own(33)))],
        );
        let near_normal = Estimator::Weight(Weight {
            pairs: 3,
            samples: 2,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::NearNormal,
            clip: 30_000,
            credit: CreditTo::Pair,
        });
        for (model, estimator, expected) in [
            (&wide, node(5, false), Fallback::Model),
            (&wide, weight(1, 4, false, CreditTo::Pair), Fallback::Model),
            (&factors, weight(8, 4, false, CreditTo::Pair), Fallback::Factors),
            (&core_only, node(5, false), Fallback::Products),
            (&core_only, guided(LayerSet::ALL), Fallback::Products),
            (&core_only, weight(1, 4, false, CreditTo::Pair), Fallback::Products),
            (&factors, near_normal, Fallback::Perturbation),
        ] {
            let (products, fallback) = compare(&mut small, model, estimator, &mut dice);
            assert_eq!((products, fallback), (0, Some(expected)), "{estimator:?} {model:?}");
            println!("{expected}");
        }
        // The same unit goes on with what it can do.
        let (products, fallback) =
            compare(&mut small, &factors, weight(1, 4, false, CreditTo::Pair), &mut dice);
        assert!(products > 0 && fallback.is_none(), "{fallback:?}");
    }
}

simulated! {
    members_of_convolutional_models_on_the_unit: body::models();
    a_product_a_place: body::count();
    what_does_not_fit_is_left_to_the_kernels: body::left_to_the_kernels();
}
