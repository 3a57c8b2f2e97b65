//! Models for the kernels that are wider than the random ones.

use crate::evaluate::cases::{Case, language_model};
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::estimator::weight::{CreditTo, Weight};
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Activation, Description, Layer, LayerSet};
use eggroll_firmware::noise::Noise;
use eggroll_firmware::train::{Estimator, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::num::NonZeroU32;

/// A run on a text.
pub(super) fn on_text(width: u32, blocks: u32, vocabulary: u32, context: u32, estimator: Estimator) -> Case {
    // Of one and three blocks one with ReLUs, of two without.
    let model = language_model(2 * u64::from(blocks % 2), width, blocks, vocabulary);
    let optimizer = Optimizer::Vote { reference_rank_scale: false };
    Case::new(
        Run { seed: 7, model, task: TaskKind::Text { context }, estimator, optimizer, saturation: false },
        7,
        false,
    )
}

pub(super) fn weight(pairs: u32, samples: u32, rank: u8, noise: Noise) -> Weight {
    let (own_samples, sigma_shift, clip, credit) = (true, 4, 1000, CreditTo::Pair);
    Weight { pairs, samples, own_samples, rank, sigma_shift, noise, clip, credit }
}

/// A guide from more outputs than a panel has, between layers that are frozen.
fn wide_guided() -> Case {
    let node = Node { slots: 40, members: 2, amplitude: 4, clip: 127, skip: None, antithetic: false };
    let (member_slots, residual_weight, guide_scale) = (1, 16, 256);
    let train = LayerSet::of([1]).unwrap();
    let guided = Guided { node, member_slots, residual_weight, guide_scale, train };
    let run = Run {
        seed: 7,
        model: Description::mlp(&[100, 300, 33, 290], true).unwrap(),
        task: TaskKind::Samples { count: 11 },
        estimator: Estimator::Guided(guided),
        optimizer: Optimizer::Vote { reference_rank_scale: false },
        saturation: false,
    };
    Case::new(run, 7, false)
}

/// A window of more inputs than a warp has signs for at once, more channels than its warps have panels, and
/// more places than are brought together at once; and divisors with and without a reciprocal.
fn wide_windows(estimator: Estimator) -> Case {
    let window = |rows, columns, channels, side| Window {
        rows,
        columns,
        channels,
        kernel: [side, side],
        stride: [1, 1],
        padding: [side as u8 / 2; 4],
    };
    let conv = |window, channels, by| Layer::Conv {
        window,
        channels,
        bias: true,
        activation: Activation::Relu,
        divisor: NonZeroU32::new(by),
    };
    let layers = [
        conv(window(6, 7, 2, 1), 32, 24),
        conv(window(6, 7, 32, 3), 260, 0),
        conv(window(6, 7, 260, 1), 5, 5000),
        Layer::Dense { outputs: 40, bias: true, activation: Activation::None },
    ];
    let run = Run {
        seed: 7,
        model: Description { inputs: 84, layers: layers.into_iter().collect() },
        task: TaskKind::Samples { count: 3 },
        estimator,
        optimizer: Optimizer::Vote { reference_rank_scale: false },
        saturation: false,
    };
    Case::new(run, 7, false)
}

/// Models that are wider than any of the cases above. They have more panels than warps, and divisors of both
/// kinds.
pub(super) fn wide() -> [Case; 8] {
    let node = Node { slots: 6, members: 3, amplitude: 4, clip: 7, skip: None, antithetic: true };
    [
        wide_guided(),
        wide_windows(Estimator::Weight(weight(2, 1, 1, Noise::Sign))),
        wide_windows(Estimator::Weight(weight(2, 1, 3, Noise::NearNormal))),
        wide_windows(Estimator::Node(node)),
        on_text(256, 1, 256, 2, Estimator::Weight(weight(3, 1, 1, Noise::Sign))),
        on_text(129, 2, 256, 2, Estimator::Weight(weight(3, 1, 4, Noise::NearNormal))),
        on_text(200, 1, 250, 3, Estimator::Node(node)),
        on_text(64, 2, 256, 5, Estimator::Weight(weight(20, 2, 4, Noise::Sign))),
    ]
}
