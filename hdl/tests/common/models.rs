//! Small convolutional models.

use eggroll_firmware::model::{Activation, Description, Layer, Pool, Window};
use std::num::NonZeroU32;

/// A square window over rows, columns and channels, with rows and columns of zeros all around.
fn window([rows, columns, channels]: [u16; 3], kernel: u16, stride: u16, padding: u8) -> Window {
    Window {
        rows,
        columns,
        channels,
        kernel: [kernel, kernel],
        stride: [stride, stride],
        padding: [padding; 4],
    }
}

pub(crate) fn own(divisor: u32) -> Option<NonZeroU32> {
    NonZeroU32::new(divisor)
}

/// With a ReLU, as the next.
pub(crate) fn conv(
    over: [u16; 3],
    kernel: u16,
    stride: u16,
    padding: u8,
    channels: u32,
    bias: bool,
    divisor: Option<NonZeroU32>,
) -> Layer {
    let window = window(over, kernel, stride, padding);
    Layer::Conv { window, channels, bias, activation: Activation::Relu, divisor }
}

pub(crate) fn depthwise(
    over: [u16; 3],
    kernel: u16,
    stride: u16,
    padding: u8,
    bias: bool,
    divisor: Option<NonZeroU32>,
) -> Layer {
    let window = window(over, kernel, stride, padding);
    Layer::Depthwise { window, bias, activation: Activation::Relu, divisor }
}

/// The same layer without a ReLU.
pub(crate) fn plain(layer: Layer) -> Layer {
    let mut layer = layer;
    match &mut layer {
        Layer::Conv { activation, .. } | Layer::Depthwise { activation, .. } => {
            *activation = Activation::None
        }
        _ => panic!("{layer:?}"),
    }
    layer
}

/// A pool whose windows lie side by side.
pub(crate) fn pool(over: [u16; 3], kernel: u16, kind: Pool) -> Layer {
    Layer::Pool { window: window(over, kernel, kernel, 0), kind }
}

/// Without a ReLU: a model's last layer.
pub(crate) fn dense(outputs: u32, bias: bool) -> Layer {
    Layer::Dense { outputs, bias, activation: Activation::None }
}

fn join(outputs: u32) -> Layer {
    Layer::Join { outputs, activation: Activation::Relu }
}

pub(crate) fn model(inputs: u32, layers: impl IntoIterator<Item = Layer>) -> Description {
    Description { inputs, layers: layers.into_iter().collect() }
}

pub(crate) fn counted() -> Description {
    model(
        72,
        [
            conv([6, 6, 2], 3, 1, 0, 4, false, None),
            depthwise([4, 4, 4], 2, 2, 0, false, None),
            conv([2, 2, 4], 1, 1, 0, 8, false, None),
            dense(5, false),
        ],
    )
}

/// Each has something that the others lack.
pub(crate) fn all() -> Vec<(&'static str, Description)> {
    let input = [6, 6, 2];
    let relu_dense = |outputs| Layer::Dense { outputs, bias: false, activation: Activation::Relu };
    vec![
        (
            "pools, and a convolution of one place",
            model(
                72,
                [
                    conv(input, 3, 1, 1, 4, false, None),
                    pool([6, 6, 4], 2, Pool::Max),
                    conv([3, 3, 4], 3, 1, 0, 9, false, None),
                    dense(5, false),
                ],
            ),
        ),
        (
            "a pool first",
            model(
                72,
                [pool(input, 2, Pool::Average), conv([3, 3, 2], 2, 1, 0, 6, false, None), dense(5, true)],
            ),
        ),
        (
            "residual blocks, biases",
            model(
                72,
                [
                    conv(input, 3, 2, 1, 4, true, None),
                    Layer::Fork { outputs: 36 },
                    conv([3, 3, 4], 3, 1, 1, 6, true, None),
                    plain(conv([3, 3, 6], 3, 1, 1, 4, false, None)),
                    join(36),
                    Layer::Fork { outputs: 36 },
                    conv([3, 3, 4], 3, 1, 1, 5, false, None),
                    plain(conv([3, 3, 5], 2, 1, 0, 7, true, None)),
                    Layer::Shortcut { outputs: 36 },
                    plain(conv([3, 3, 4], 2, 1, 0, 7, false, None)),
                    join(28),
                    pool([2, 2, 7], 2, Pool::Average),
                    dense(5, true),
                ],
            ),
        ),
        (
            "depthwise",
            model(
                72,
                [
                    depthwise(input, 3, 1, 1, true, None),
                    conv(input, 1, 1, 0, 6, false, None),
                    depthwise([6, 6, 6], 3, 2, 1, false, own(20)),
                    conv([3, 3, 6], 1, 1, 0, 8, true, None),
                    pool([3, 3, 8], 3, Pool::Average),
                    dense(5, false),
                ],
            ),
        ),
        (
            // 128, 80 and 64 are 16 times a root and larger than the standard divisor, 32 is the standard one
            // of 8 inputs and smaller than that of 12, 100 is no multiple of 16.
            "divisors of their own",
            model(
                72,
                [
                    conv(input, 3, 1, 0, 4, false, own(128)),
                    conv([4, 4, 4], 2, 2, 0, 8, true, own(80)),
                    conv([2, 2, 8], 1, 1, 0, 10, false, own(32)),
                    conv([2, 2, 10], 2, 2, 0, 12, false, own(100)),
                    conv([1, 1, 12], 1, 1, 0, 11, false, own(32)),
                    plain(conv([1, 1, 11], 1, 1, 0, 5, false, own(64))),
                ],
            ),
        ),
        (
            "one place, biases",
            model(
                72,
                [conv(input, 6, 1, 0, 20, true, None), plain(conv([1, 1, 20], 1, 1, 0, 5, true, None))],
            ),
        ),
        ("dense, biases", Description::mlp(&[72, 20, 10, 5], true).unwrap()),
        (
            "behind a frozen front",
            model(
                72,
                [
                    Layer::Front { outputs: 72, tensors: 7 },
                    conv(input, 3, 1, 0, 4, false, None),
                    depthwise([4, 4, 4], 2, 2, 0, false, None),
                    relu_dense(12),
                    dense(5, false),
                ],
            ),
        ),
        (
            "a dense layer behind a frozen front",
            model(72, [Layer::Front { outputs: 72, tensors: 3 }, relu_dense(12), dense(5, false)]),
        ),
    ]
}
