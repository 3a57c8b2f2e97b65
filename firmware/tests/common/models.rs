//! Random convolutional models.

use super::Dice;
use eggroll_firmware::kernel::Window;
use eggroll_firmware::model::{Activation, Description, Layer, Pool};
use std::num::NonZeroU32;

/// Rows, columns and channels of activations.
#[derive(Clone, Copy)]
pub(crate) struct Area {
    pub(crate) rows: u16,
    pub(crate) columns: u16,
    pub(crate) channels: u16,
}

impl Area {
    fn behind(layer: &Layer) -> Self {
        let window = layer.window().unwrap();
        let along = |size: u16, kernel: u16, stride: u16, padding: [u8; 2]| {
            (size + u16::from(padding[0]) + u16::from(padding[1]) - kernel) / stride + 1
        };
        let [above, below, left, right] = window.padding;
        let channels = match *layer {
            Layer::Conv { channels, .. } => channels as u16,
            _ => window.channels,
        };
        Self {
            rows: along(window.rows, window.kernel[0], window.stride[0], [above, below]),
            columns: along(window.columns, window.kernel[1], window.stride[1], [left, right]),
            channels,
        }
    }

    pub(crate) fn values(self) -> u32 {
        u32::from(self.rows) * u32::from(self.columns) * u32::from(self.channels)
    }

    fn window(self, kernel: [u16; 2], stride: [u16; 2], padding: [u8; 4]) -> Window {
        let Self { rows, columns, channels } = self;
        Window { rows, columns, channels, kernel, stride, padding }
    }
}

/// Draws layers of a model one after another.
pub(crate) struct Drawing<'d> {
    dice: &'d mut Dice,
    area: Area,
    /// Most channels of a convolution.
    most: usize,
    layers: Vec<Layer>,
}

impl Drawing<'_> {
    fn flip(&mut self) -> bool {
        self.dice.below(2) == 0
    }

    fn activation(&mut self) -> Activation {
        if self.flip() { Activation::Relu } else { Activation::None }
    }

    /// Mostly none, else any from 1 to 2^20, bounds and powers of two more often.
    fn divisor(&mut self) -> Option<NonZeroU32> {
        let by = match self.dice.below(10) {
            0 => 1,
            1 => 1 << 20,
            2 => 1 << self.dice.below(21),
            3 => 1 + self.dice.below(1 << 20) as u32,
            4 => 1 + self.dice.below(300) as u32,
            5 => 16 * (1 + self.dice.below(20) as u32),
            _ => 0,
        };
        NonZeroU32::new(by)
    }

    /// Kernel, stride and padding along an axis of this size.
    fn axis(&mut self, size: u16, padded: bool) -> (u16, u16, [u8; 2]) {
        let kernel = 1 + self.dice.below(4.min(usize::from(size))) as u16;
        let mut side = || if padded { self.dice.below(usize::from(kernel)) as u8 } else { 0 };
        let padding = [side(), side()];
        (kernel, 1 + self.dice.below(3) as u16, padding)
    }

    fn window(&mut self, padded: bool) -> Window {
        let (height, down, [above, below]) = self.axis(self.area.rows, padded);
        let (width, across, [left, right]) = self.axis(self.area.columns, padded);
        self.area.window([height, width], [down, across], [above, below, left, right])
    }

    fn push(&mut self, layer: Layer) {
        if layer.window().is_some() {
            self.area = Area::behind(&layer);
        }
        self.layers.push(layer);
    }

    /// A convolution over some window.
    fn conv_over(&mut self, window: Window, channels: u32, activation: Activation) {
        let (bias, divisor) = (self.flip(), self.divisor());
        self.push(Layer::Conv { window, channels, bias, activation, divisor });
    }

    fn conv(&mut self) {
        let (padded, channels) = (self.flip(), 1 + self.dice.below(self.most) as u32);
        let window = if self.dice.below(4) == 0 {
            self.area.window([1, 1], [1, 1], [0; 4])
        } else {
            self.window(padded)
        };
        let activation = self.activation();
        self.conv_over(window, channels, activation);
    }

    fn depthwise_over(&mut self, window: Window, activation: Activation) {
        let (bias, divisor) = (self.flip(), self.divisor());
        self.push(Layer::Depthwise { window, bias, activation, divisor });
    }

    fn depthwise(&mut self) {
        let padded = self.flip();
        let (window, activation) = (self.window(padded), self.activation());
        self.depthwise_over(window, activation);
    }

    fn pool(&mut self, everything: bool) {
        let kernel = [self.area.rows, self.area.columns];
        let window = if everything { self.area.window(kernel, [1, 1], [0; 4]) } else { self.window(false) };
        let kind = if self.flip() { Pool::Max } else { Pool::Average };
        self.push(Layer::Pool { window, kind });
    }

    /// A window with as many places as there are pixels.
    fn same(&mut self) -> Window {
        let mut along = |size: u16| {
            let kernel = 1 + self.dice.below(3.min(usize::from(size))) as u16;
            let before = self.dice.below(usize::from(kernel)) as u8;
            (kernel, [before, kernel as u8 - 1 - before])
        };
        let (height, [above, below]) = along(self.area.rows);
        let (width, [left, right]) = along(self.area.columns);
        self.area.window([height, width], [1, 1], [above, below, left, right])
    }

    /// Two branches, the second of them with a layer or without.
    fn residual(&mut self) {
        let from = self.area;
        self.push(Layer::Fork { outputs: from.values() });
        for _ in 0..self.dice.below(3) {
            let window = self.same();
            let activation = self.activation();
            match self.dice.below(3) {
                0 => self.depthwise_over(window, activation),
                // A pool within a branch, which keeps the size.
                1 if window.padding == [0; 4] => self.push(Layer::Pool { window, kind: Pool::Max }),
                _ => {
                    let channels = 1 + self.dice.below(self.most) as u32;
                    self.conv_over(window, channels, activation);
                }
            }
        }
        if self.flip() {
            let window = self.same();
            if window.channels == from.channels && self.flip() {
                self.depthwise_over(window, Activation::None);
            } else {
                self.conv_over(window, from.channels.into(), Activation::None);
            }
        } else {
            let (padded, channels) = (self.flip(), 1 + self.dice.below(self.most) as u32);
            let window = self.window(padded);
            self.conv_over(window, channels, Activation::None);
            let to = self.area;
            self.layers.push(Layer::Shortcut { outputs: from.values() });
            self.area = from;
            if (window.rows, window.columns) == (from.rows, from.columns) {
                let window = Window { channels: from.channels, ..window };
                self.conv_over(window, channels, Activation::None);
            } else {
                let (bias, outputs) = (self.flip(), to.values());
                self.layers.push(Layer::Dense { outputs, bias, activation: Activation::None });
            }
            self.area = to;
        }
        let (outputs, activation) = (self.area.values(), self.activation());
        self.push(Layer::Join { outputs, activation });
    }

    fn any(&mut self) {
        match self.dice.below(6) {
            0 | 1 => self.conv(),
            2 => self.depthwise(),
            3 => self.pool(false),
            _ if self.layers.is_empty() => self.conv(),
            _ => self.residual(),
        }
    }

    fn dense(&mut self, outputs: u32, activation: Activation) {
        let bias = self.flip();
        self.layers.push(Layer::Dense { outputs, bias, activation });
        self.area = Area { rows: 1, columns: 1, channels: outputs as u16 };
    }

    /// The last layers: dense ones, a convolution over one place, or a pool over everything.
    fn end(&mut self, linear: bool) {
        let outputs = 1 + self.dice.below(4) as u32;
        match self.dice.below(if linear { 4 } else { 6 }) {
            0 | 1 => {
                if self.flip() {
                    let (hidden, activation) = (1 + self.dice.below(6) as u32, self.activation());
                    self.dense(hidden, activation);
                }
                self.dense(outputs, Activation::None);
            }
            2 => {
                self.pool(true);
                self.dense(outputs, Activation::None);
            }
            3 => {
                let kernel = [self.area.rows, self.area.columns];
                let window = self.area.window(kernel, [1, 1], [0; 4]);
                self.conv_over(window, outputs, Activation::None);
            }
            4 => self.pool(true),
            _ => {
                let window = self.area.window([1, 1], [1, 1], [0; 4]);
                self.conv_over(window, outputs, Activation::None);
                self.pool(true);
            }
        }
    }
}

/// A random model with windows: of one or two dimensions, with up to three layers or blocks before its end,
/// which is `linear` where a guide needs it so; its convolutions have up to `most` channels.
pub(crate) fn convolutional(dice: &mut Dice, linear: bool, most: usize) -> Description {
    loop {
        let rows = if dice.below(2) == 0 { 1 } else { 1 + dice.below(6) as u16 };
        let area = Area { rows, columns: 1 + dice.below(8) as u16, channels: 1 + dice.below(3) as u16 };
        let blocks = 1 + dice.below(3);
        let mut drawing = Drawing { dice, area, most, layers: vec![] };
        (0..blocks).for_each(|_| drawing.any());
        drawing.end(linear);
        let layers = drawing.layers;
        if layers.iter().any(|layer| layer.window().is_some()) && layers.iter().any(Layer::is_linear) {
            let model = Description { inputs: area.values(), layers: layers.into_iter().collect() };
            model.check().unwrap_or_else(|error| panic!("{model:?}: {error:?}"));
            return model;
        }
    }
}

/// Weights of one kind: anything, small ones, or all of them at a limit or 0.
pub(crate) fn weights(dice: &mut Dice, len: usize) -> Vec<i8> {
    match dice.below(8) {
        0 => vec![127; len],
        1 => vec![-127; len],
        2 => vec![0; len],
        3 => (0..len).map(|_| if dice.below(2) == 0 { 127 } else { -127 }).collect(),
        4 | 5 => (0..len).map(|_| dice.below(61) as i8 - 30).collect(),
        _ => dice.values(len),
    }
}

/// A number at some bound.
fn bound(dice: &mut Dice) -> u32 {
    const BOUNDS: [u32; 16] =
        [0, 1, 2, 3, 7, 64, 255, 256, 4096, 4097, 65_534, 65_535, 65_536, (1 << 20) + 1, 1 << 22, u32::MAX];
    BOUNDS[dice.below(BOUNDS.len())]
}

/// Changes one number of a window.
fn disturb_window(dice: &mut Dice, window: &mut Window) {
    let by = bound(dice) as u16;
    match dice.below(7) {
        0 => window.rows = by,
        1 => window.columns = by,
        2 => window.channels = by,
        3 | 4 => window.kernel[dice.below(2)] = by,
        5 => window.stride[dice.below(2)] = by,
        _ => window.padding[dice.below(4)] = by as u8,
    }
}

fn disturb(dice: &mut Dice, layer: &mut Layer) {
    let (number, flipped) = (bound(dice), [Activation::Relu, Activation::None][dice.below(2)]);
    match layer {
        Layer::Conv { window, channels, activation, divisor, .. } => match dice.below(6) {
            0 => *channels = number,
            1 => *activation = flipped,
            2 => *divisor = NonZeroU32::new(number),
            _ => disturb_window(dice, window),
        },
        Layer::Depthwise { window, activation, divisor, .. } => match dice.below(5) {
            0 => *activation = flipped,
            1 => *divisor = NonZeroU32::new(number),
            _ => disturb_window(dice, window),
        },
        Layer::Pool { window, .. } => disturb_window(dice, window),
        Layer::Dense { outputs, activation, .. } | Layer::Join { outputs, activation } => {
            if dice.below(2) == 0 { *outputs = number } else { *activation = flipped }
        }
        Layer::Embedding { outputs }
        | Layer::Block { outputs }
        | Layer::ReluBlock { outputs }
        | Layer::Norm { outputs }
        | Layer::Fork { outputs }
        | Layer::Shortcut { outputs }
        | Layer::Front { outputs, .. } => *outputs = number,
    }
}

/// A convolutional model in which up to three things were changed: most of these are no models.
pub(crate) fn disturbed(dice: &mut Dice) -> Description {
    let mut model = convolutional(dice, false, 4);
    for _ in 0..dice.below(4) {
        let at = dice.below(model.layers.len().max(1));
        match dice.below(8) {
            0 => model.inputs = bound(dice),
            1 if !model.layers.is_empty() => {
                model.layers.remove(at);
            }
            2 => {
                let outputs = model.layers.get(at).map_or(1, Layer::outputs);
                let activation = Activation::None;
                let layer = [
                    Layer::Fork { outputs },
                    Layer::Shortcut { outputs },
                    Layer::Join { outputs, activation },
                    Layer::Norm { outputs },
                ][dice.below(4)];
                // A model that is full stays as it is.
                let _ = model.layers.insert(at, layer);
            }
            3 if !model.layers.is_empty() => {
                let other = dice.below(model.layers.len());
                model.layers.swap(at, other);
            }
            _ => {
                if let Some(layer) = model.layers.get_mut(at) {
                    disturb(dice, layer);
                }
            }
        }
    }
    model
}
