//! Members that are evaluated on the simulated FPGA: the same bytes.

#[cfg(verilator)]
mod body {
    use eggroll_firmware::estimator::node::Node;
    use eggroll_firmware::estimator::weight::{CreditTo, Weight};
    use eggroll_firmware::model::LayerSet;
    use eggroll_firmware::noise::Noise;
    use eggroll_firmware::train::Estimator;
    use eggroll_firmware::update::Optimizer;
    use eggroll_host::fleet::link::{Link, fpga_sim};
    use eggroll_tests::{digits_experiment, every_estimator, guided, sims, train, windows_experiment};
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering};

    async fn hash(experiment: eggroll_host::train::Experiment, links: Vec<Link>) -> String {
        let directory = tempfile::tempdir().unwrap();
        train(experiment, links, &directory.path().join("run")).await.unwrap().weights_sha256
    }

    pub(super) async fn digits() {
        let products = Arc::new(AtomicU64::new(0));
        let units = |products: &Arc<AtomicU64>| {
            vec![
                fpga_sim("fpga-0", Arc::clone(products)).unwrap(),
                fpga_sim("fpga-1", Arc::clone(products)).unwrap(),
            ]
        };
        let (estimator, optimizer) = every_estimator()[0];
        let run = || digits_experiment(estimator, optimizer, 12);
        let expected = hash(run(), sims(2)).await;
        assert_eq!(hash(run(), units(&products)).await, expected);
        // 13 slots of 5 members: two passes of the first layer a slot, the first with the base, and the
        // second layer's for six; fewer where slots are skipped, more where a range was late and given to
        // both.
        let count = products.load(Ordering::Relaxed);
        assert!(count >= 1000, "{count} products");
        println!("{count} products on two units, weights {expected}");
    }

    pub(super) async fn all_estimators() {
        let node = |antithetic, members| {
            Estimator::Node(Node { slots: 3, members, amplitude: 4, clip: 7, skip: Some(1), antithetic })
        };
        let weight = |rank, sigma_shift, own_samples, credit, clip| {
            let (pairs, samples, noise) = (7, 3, Noise::Sign);
            Estimator::Weight(Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit })
        };
        let residual = Optimizer::Residual;
        let vote = Optimizer::Vote { reference_rank_scale: false };
        for (estimator, optimizer) in [
            (node(false, 6), residual),
            (node(true, 3), vote),
            (weight(1, 4, false, CreditTo::Pair, 1), vote),
            (weight(4, 2, true, CreditTo::Pair, 100), residual),
            (weight(8, 6, false, CreditTo::Sample, 7), residual),
            (guided(3, LayerSet::ALL), residual),
            (guided(6, LayerSet::of([0]).unwrap()), vote),
        ] {
            let products = Arc::new(AtomicU64::new(0));
            let unit = vec![fpga_sim("fpga", Arc::clone(&products)).unwrap()];
            let expected = hash(digits_experiment(estimator, optimizer, 5), sims(1)).await;
            assert_eq!(
                hash(digits_experiment(estimator, optimizer, 5), unit).await,
                expected,
                "{estimator:?}"
            );
            assert!(products.load(Ordering::Relaxed) > 0, "{estimator:?} was left to the kernels");
        }
    }

    /// Whole runs, so that the unit's weights move, too.
    pub(super) async fn windows() {
        let node = Node { slots: 3, members: 4, amplitude: 4, clip: 7, skip: None, antithetic: false };
        let weight = Weight {
            pairs: 6,
            samples: 2,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::Sign,
            clip: 100,
            credit: CreditTo::Pair,
        };
        let (vote, residual) = (Optimizer::Vote { reference_rank_scale: false }, Optimizer::Residual);
        for (estimator, optimizer) in [
            (Estimator::Node(node), vote),
            (Estimator::Weight(weight), vote),
            (guided(3, LayerSet::ALL), residual),
        ] {
            let products = Arc::new(AtomicU64::new(0));
            let unit = vec![fpga_sim("fpga", Arc::clone(&products)).unwrap()];
            let expected = hash(windows_experiment(estimator, optimizer, 3), sims(1)).await;
            let found = hash(windows_experiment(estimator, optimizer, 3), unit).await;
            assert_eq!(found, expected, "{estimator:?}");
            let count = products.load(Ordering::Relaxed);
            assert!(count > 0, "{estimator:?} was left to the kernels");
            println!("{count} products: {estimator:?}");
        }
    }

    pub(super) async fn left_to_the_kernels() {
        let near_normal = Estimator::Weight(Weight {
            pairs: 4,
            samples: 2,
            own_samples: false,
            rank: 1,
            sigma_shift: 4,
            noise: Noise::NearNormal,
            clip: 1,
            credit: CreditTo::Pair,
        });
        let vote = Optimizer::Vote { reference_rank_scale: false };
        let products = Arc::new(AtomicU64::new(0));
        let unit = vec![fpga_sim("fpga", Arc::clone(&products)).unwrap()];
        let expected = hash(digits_experiment(near_normal, vote, 3), sims(1)).await;
        assert_eq!(hash(digits_experiment(near_normal, vote, 3), unit).await, expected);
        assert_eq!(products.load(Ordering::Relaxed), 0);
    }
}

#[test]
#[cfg_attr(not(verilator), ignore = "Verilator is not installed")]
fn digits_on_simulated_fpgas() {
    #[cfg(verilator)]
    run(body::digits());
}

#[test]
#[cfg_attr(not(verilator), ignore = "Verilator is not installed")]
fn every_estimator_on_a_simulated_fpga() {
    #[cfg(verilator)]
    run(body::all_estimators());
}

#[test]
#[cfg_attr(not(verilator), ignore = "Verilator is not installed")]
fn a_convolutional_model_on_a_simulated_fpga() {
    #[cfg(verilator)]
    run(body::windows());
}

#[test]
#[cfg_attr(not(verilator), ignore = "Verilator is not installed")]
fn what_the_unit_cannot_do_is_left_to_the_kernels() {
    #[cfg(verilator)]
    run(body::left_to_the_kernels());
}

#[cfg(verilator)]
fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap().block_on(test);
}
