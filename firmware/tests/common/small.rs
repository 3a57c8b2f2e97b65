//! Small layers of convolutional models, and a model of some.

use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Activation, Description, Layer};

/// 5 rows, 4 columns and 2 channels under 3 x 2.
pub(crate) const WINDOW: Window =
    Window { rows: 5, columns: 4, channels: 2, kernel: [3, 2], stride: [1, 1], padding: [0; 4] };

pub(crate) fn model(inputs: u32, layers: &[Layer]) -> Description {
    Description { inputs, layers: layers.iter().copied().collect() }
}

pub(crate) fn conv(window: Window, channels: u32) -> Layer {
    Layer::Conv { window, channels, bias: true, activation: Activation::Relu, divisor: None }
}

/// A convolution of 1 x 1, without ReLU, which keeps the size.
pub(crate) fn plain(columns: u16, channels: u16) -> Layer {
    let window = Window { rows: 1, columns, channels, kernel: [1, 1], stride: [1, 1], padding: [0; 4] };
    let (channels, activation) = (channels.into(), Activation::None);
    Layer::Conv { window, channels, bias: false, activation, divisor: None }
}

pub(crate) fn dense(outputs: u32) -> Layer {
    Layer::Dense { outputs, bias: false, activation: Activation::None }
}
