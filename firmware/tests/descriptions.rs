//! Descriptions of convolutional models: what is refused, and by which layer's name.
#![cfg(feature = "convolution")]

mod common;

use common::small::{WINDOW, conv, dense, model, plain};
use common::{Dice, models};
use eggroll_firmware::Error;
use eggroll_firmware::Setting;
use eggroll_firmware::estimator::guided::Guided;
use eggroll_firmware::estimator::node::Node;
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{
    Activation, Description, Layer, LayerSet, MAX_LAYERS, Pool, Program, Scratch, Start, infer,
};
use eggroll_firmware::train::{Estimator, Plan, Run, TaskKind};
use eggroll_firmware::update::Optimizer;
use std::num::NonZeroU32;

const NODE: Node = Node { slots: 4, members: 2, amplitude: 4, clip: 127, skip: None, antithetic: false };
const VOTE: Optimizer = Optimizer::Vote { reference_rank_scale: false };

fn run_of(model: Description, estimator: Estimator) -> Run {
    let task = TaskKind::Samples { count: 4 };
    Run { seed: 5, model, task, estimator, optimizer: VOTE, saturation: false }
}

#[track_caller]
fn refused(model: &Description, layer: u32) {
    let error = Error::Shape { layer };
    assert_eq!(model.check(), Err(error), "{model:?}");
    assert_eq!(Program::new(model).err(), Some(error), "{model:?}");
    let run = run_of(model.clone(), Estimator::Node(NODE));
    assert_eq!(Plan::new(run, true).err(), Some(error), "{model:?}");
}

#[test]
fn windows_that_do_not_fit_are_refused() {
    assert_eq!(model(40, &[conv(WINDOW, 3), dense(2)]).check(), Ok(()));
    let wrong = [
        Window { rows: 0, ..WINDOW },
        Window { columns: 0, ..WINDOW },
        Window { channels: 0, ..WINDOW },
        Window { channels: 3, ..WINDOW },
        Window { rows: 4, ..WINDOW },
        Window { columns: 5, ..WINDOW },
        Window { kernel: [0, 2], ..WINDOW },
        Window { kernel: [3, 0], ..WINDOW },
        Window { kernel: [6, 2], ..WINDOW },
        Window { kernel: [3, 5], ..WINDOW },
        Window { kernel: [u16::MAX; 2], ..WINDOW },
        Window { stride: [0, 1], ..WINDOW },
        Window { stride: [1, 0], ..WINDOW },
        Window { padding: [3, 0, 0, 0], ..WINDOW },
        Window { padding: [0, 3, 0, 0], ..WINDOW },
        Window { padding: [0, 0, 2, 0], ..WINDOW },
        Window { padding: [0, 0, 0, 2], ..WINDOW },
        Window { padding: [255; 4], ..WINDOW },
    ];
    for window in wrong {
        let (bias, activation, divisor) = (false, Activation::None, None);
        let layers = [
            conv(window, 3),
            Layer::Depthwise { window, bias, activation, divisor },
            Layer::Pool { window, kind: Pool::Max },
            Layer::Pool { window, kind: Pool::Average },
        ];
        for layer in layers {
            refused(&model(40, &[layer, dense(2)]), 0);
            refused(&model(7, &[dense(40), layer, dense(2)]), 1);
        }
    }
    // Padding is a convolution's alone.
    let padded = Window { padding: [2, 1, 0, 1], ..WINDOW };
    assert_eq!(model(40, &[conv(padded, 3), dense(2)]).check(), Ok(()));
    refused(&model(40, &[Layer::Pool { window: padded, kind: Pool::Max }, dense(2)]), 0);
    for inputs in [0, 39, 41, u32::MAX] {
        refused(&model(inputs, &[conv(WINDOW, 3), dense(2)]), 0);
    }
    // 3 x 3 places of 3 channels are 27 values, not 28.
    let behind = Window { rows: 2, columns: 7, ..WINDOW };
    refused(&model(40, &[conv(WINDOW, 3), conv(behind, 1), dense(2)]), 1);
}

#[test]
fn numbers_out_of_range_are_refused() {
    for (divisor, fits) in [(1, true), (1 << 20, true), ((1 << 20) + 1, false), (u32::MAX, false)] {
        let (bias, activation, divisor) = (false, Activation::None, NonZeroU32::new(divisor));
        for layer in [
            Layer::Conv { window: WINDOW, channels: 1, bias, activation, divisor },
            Layer::Depthwise { window: WINDOW, bias, activation, divisor },
        ] {
            let model = model(40, &[layer, dense(2)]);
            if fits { assert_eq!(model.check(), Ok(())) } else { refused(&model, 0) }
        }
    }
    for channels in [0, 65_536, 1 << 22, u32::MAX] {
        refused(&model(40, &[conv(WINDOW, channels), dense(2)]), 0);
    }
    // 2^22 values are the most, 65,535 what a dense layer reads, 4096 what a model makes.
    let wide = |columns, channels| Window { rows: 1, columns, channels, kernel: [1, 1], ..WINDOW };
    let gap = |columns, channels| {
        let window = Window { kernel: [1, columns], ..wide(columns, channels) };
        Layer::Pool { window, kind: Pool::Average }
    };
    let most = wide(1 << 15, 128);
    assert_eq!(model(1 << 22, &[gap(1 << 15, 128), dense(2)]).check(), Ok(()));
    assert_eq!(model(1 << 22, &[conv(most, 128), gap(1 << 15, 128), dense(2)]).check(), Ok(()));
    refused(&model(1 << 22, &[conv(most, 129), gap(1 << 15, 129), dense(2)]), 0);
    let more = wide(1 << 15, 129);
    refused(&model(129 << 15, &[conv(more, 1), gap(1 << 15, 1), dense(2)]), 0);
    refused(&model(1 << 22, &[conv(most, 1), conv(wide(1 << 15, 1), 2), dense(2)]), 2);
    refused(&model(4, &[dense(4097), conv(wide(4097, 1), 1)]), 1);
    assert_eq!(model(4, &[dense(4096), conv(wide(4096, 1), 1)]).check(), Ok(()));
    refused(&model(4, &[]), 0);
    let layers = MAX_LAYERS - 1;
    let full: Vec<Layer> = (0..layers).map(|_| plain(4, 1)).chain([dense(2)]).collect();
    assert_eq!(model(4, &full).check(), Ok(()));
    assert_eq!(Program::new(&model(4, &full)).unwrap().layers().count(), MAX_LAYERS);
}

#[test]
fn branches_that_do_not_fit_are_refused() {
    let (fork, shortcut) = (|outputs| Layer::Fork { outputs }, |outputs| Layer::Shortcut { outputs });
    let join = |outputs| Layer::Join { outputs, activation: Activation::Relu };
    let relu = Layer::Dense { outputs: 4, bias: true, activation: Activation::Relu };
    let (linear, pool) = (plain(4, 1), {
        let window = Window { rows: 1, columns: 4, channels: 1, kernel: [1, 1], ..WINDOW };
        Layer::Pool { window, kind: Pool::Max }
    });
    let of = |layers: &[Layer]| model(4, layers);
    for fits in [
        vec![linear, fork(4), linear, join(4)],
        vec![pool, fork(4), dense(3), dense(4), join(4), dense(2)],
        vec![relu, fork(4), relu, dense(3), shortcut(4), dense(3), join(3), dense(2)],
        vec![relu, fork(4), linear, join(4), fork(4), linear, join(4)],
    ] {
        assert_eq!(of(&fits).check(), Ok(()), "{fits:?}");
    }
    for (layers, layer) in [
        // The model's own input.
        (vec![fork(4), linear, join(4)], 0),
        // Without a join, nested, of another length.
        (vec![linear, fork(4), linear], 3),
        (vec![linear, fork(4)], 2),
        (vec![linear, fork(4), linear, shortcut(4), linear], 5),
        (vec![linear, fork(4), linear, shortcut(4)], 4),
        (vec![linear, fork(4), fork(4), linear, join(4), join(4)], 2),
        (vec![linear, fork(4), linear, fork(4), linear, join(4), join(4)], 3),
        (vec![linear, fork(3), linear, join(4)], 1),
        (vec![linear, fork(4), dense(3), join(3)], 3),
        (vec![linear, fork(4), dense(3), join(4)], 3),
        (vec![linear, fork(4), dense(3), shortcut(3), dense(3), join(3)], 3),
        (vec![linear, fork(4), dense(3), shortcut(4), dense(2), join(3)], 5),
        (vec![linear, fork(4), dense(3), shortcut(4), dense(3), join(4)], 5),
        // Without a fork, or twice.
        (vec![linear, join(4)], 1),
        (vec![linear, shortcut(4), linear], 1),
        (vec![linear, fork(4), linear, join(4), join(4)], 4),
        (vec![linear, fork(4), linear, shortcut(4), linear, shortcut(4), linear, join(4)], 5),
        // Branches without an end of their own, or one with a ReLU.
        (vec![linear, fork(4), join(4)], 2),
        (vec![linear, fork(4), shortcut(4), linear, join(4)], 2),
        (vec![linear, fork(4), relu, join(4)], 3),
        (vec![linear, fork(4), relu, shortcut(4), linear, join(4)], 3),
        (vec![linear, fork(4), linear, shortcut(4), relu, join(4)], 5),
        (vec![linear, fork(4), linear, pool, join(4)], 4),
        (vec![linear, fork(4), pool, join(4)], 3),
        // More than one layer, or none, behind a shortcut; or one that is not linear.
        (vec![linear, fork(4), linear, shortcut(4), linear, linear, join(4)], 5),
        (vec![linear, fork(4), linear, shortcut(4), join(4)], 4),
        (vec![linear, fork(4), linear, shortcut(4), pool, join(4)], 4),
        // Layers of recurrent models.
        (vec![linear, Layer::Norm { outputs: 4 }, dense(4)], 1),
        (vec![Layer::Embedding { outputs: 4 }, linear, dense(4)], 0),
        (vec![linear, Layer::Block { outputs: 4 }, dense(4)], 1),
    ] {
        refused(&of(&layers), layer);
    }
}

/// A row of `columns` under one window, of so many channels.
fn row(columns: u16, channels: u16) -> Window {
    Window { rows: 1, columns, channels, kernel: [1, columns], stride: [1, 1], padding: [0; 4] }
}

#[test]
fn a_guide_needs_something_to_teach() {
    let guided = Guided {
        node: Node { members: 0, ..NODE },
        member_slots: 1,
        residual_weight: 0,
        guide_scale: 1,
        train: LayerSet::ALL,
    };
    let refusal = |model: &Description, guided: Guided| {
        Plan::new(run_of(model.clone(), Estimator::Guided(guided)), true).err()
    };
    let of = |places: &[usize]| LayerSet::of(places.iter().copied()).unwrap();
    let with = |members, places: &[usize]| {
        let train = if places.is_empty() { LayerSet::ALL } else { of(places) };
        Guided { node: Node { members, ..NODE }, train, ..guided }
    };
    let pool = Layer::Pool { window: row(4, 1), kind: Pool::Average };
    let small = model(4, &[pool, dense(2)]);
    let setting = |setting| Some(Error::Setting(setting));
    // Nothing hidden is there, or is trained.
    assert_eq!(refusal(&small, with(0, &[])), None);
    assert_eq!(refusal(&small, with(2, &[])), setting(Setting::GuidedMembers));
    assert_eq!(refusal(&small, Guided { guide_scale: 0, ..with(0, &[]) }), None);
    assert_eq!(refusal(&small, with(0, &[0])), setting(Setting::TrainedLayers));
    assert_eq!(refusal(&small, with(0, &[1])), None);
    let larger = model(
        4,
        &[
            plain(4, 1),
            Layer::Fork { outputs: 4 },
            plain(4, 1),
            Layer::Join { outputs: 4, activation: Activation::Relu },
            pool,
            dense(2),
        ],
    );
    for members in [0, 2] {
        assert_eq!(refusal(&larger, with(members, &[])), None);
        assert_eq!(refusal(&larger, with(members, &[2, 5])), None);
        assert_eq!(refusal(&larger, with(members, &[1, 3, 4])), setting(Setting::TrainedLayers));
    }
    assert_eq!(refusal(&larger, with(2, &[1, 4, 5])), setting(Setting::GuidedMembers));
    assert_eq!(refusal(&larger, with(0, &[6])), setting(Setting::TrainedLayers));
    // Of biases alone one must be there.
    let of_biases = |places| {
        let guided = with(0, places);
        Guided { train: guided.train.of_biases(), ..guided }
    };
    let biased =
        model(4, &[plain(4, 1), pool, Layer::Dense { outputs: 2, bias: true, activation: Activation::None }]);
    assert_eq!(refusal(&larger, of_biases(&[])), setting(Setting::TrainedLayers));
    assert_eq!(refusal(&biased, of_biases(&[])), None);
    assert_eq!(refusal(&biased, of_biases(&[0])), setting(Setting::TrainedLayers));
    let as_it_travels = |list: &[u8]| LayerSet::try_from(heapless::Vec::from_slice(list).unwrap());
    assert_eq!(as_it_travels(&[128]), Ok(LayerSet::ALL.of_biases()));
    assert_eq!(as_it_travels(&[1, 128]), Ok(of(&[1]).of_biases()));
    assert!(as_it_travels(&[128, 128]).is_err() && as_it_travels(&[129]).is_err());
    // The outputs' error must be known exactly.
    let windows = model(4, &[plain(4, 1)]);
    assert_eq!(refusal(&windows, with(0, &[])), setting(Setting::Guide));
    let pooled = model(4, &[plain(4, 1), pool]);
    assert_eq!(refusal(&pooled, with(0, &[])), setting(Setting::Guide));
    assert_eq!(refusal(&model(4, &[plain(1, 4)]), with(0, &[])), None);
    // 2^22 nodes and 17 outputs are more signs than a stream has.
    let window = Window { rows: 1, columns: 1 << 15, channels: 1, kernel: [1, 1], ..WINDOW };
    let gap = Layer::Pool { window: row(1 << 15, 128), kind: Pool::Average };
    let many = |outputs| model(1 << 15, &[conv(window, 128), gap, dense(outputs)]);
    assert_eq!(refusal(&many(16), with(0, &[])), None);
    assert_eq!(refusal(&many(17), with(0, &[])), setting(Setting::Noise));
}

/// A pass in memory of just the right size; every sum that leaves an `i32` panics here.
fn pass(program: &Program, weights: &[i8], input: &[i8]) -> Vec<i8> {
    let (mut bytes, mut sums) = (vec![85; program.scratch_len()], vec![-7; program.products()]);
    let mut scratch = Scratch::new(program, &mut bytes, &mut sums).unwrap();
    infer(program, weights, Start::Input(input), &mut [], &mut scratch).to_vec()
}

#[test]
fn no_description_makes_a_panic() {
    let mut dice = Dice::new(31);
    let (mut refused, mut passed) = (0, 0);
    for _ in 0..20_000 {
        let model = models::disturbed(&mut dice);
        let checked = model.check();
        let program = match Program::new(&model) {
            Ok(program) => program,
            Err(error) => {
                refused += 1;
                let places = model.layers.len() as u32;
                let (Error::Shape { layer } | Error::Overflow { layer, .. }) = error else {
                    panic!("{error:?}: {model:?}")
                };
                assert!(layer <= places && (checked == Err(error) || checked.is_ok()), "{model:?}");
                continue;
            }
        };
        assert_eq!(checked, Ok(()));
        // Any answer will do.
        let _ = Plan::new(run_of(model.clone(), Estimator::Node(NODE)), true).map(|plan| plan.needs());
        let cost: u64 = program.steps().map(|step| step.places() * step.read_len() as u64).sum();
        if program.parameters() < 1 << 16 && program.scratch_len() < 1 << 16 && cost < 1 << 16 {
            let weights = vec![127; program.parameters()];
            pass(&program, &weights, &vec![-127; program.inputs()]);
            passed += 1;
        }
    }
    assert!(refused > 4000 && passed > 4000, "{refused} {passed}");
}
