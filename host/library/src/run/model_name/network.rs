//! Convolutional models as users write them, such as `conv:28x28x1/c8k3s2/c16k3s2/gap/10`.

use super::shape::{Shape, same_padding};
use super::written::{Kind, Written, narrow};
use eggroll_firmware::model::{Activation, Description, Layer, MAX_LAYERS, Pool, Window};
use std::fmt::Write;
use std::num::NonZeroU32;

/// Writes a description as [`parse`] reads it. What a reader would assume by itself is left out.
pub(super) fn shown(model: &Description) -> String {
    let linear = || model.layers.iter().filter(|layer| layer.is_linear());
    let all_biased = linear().all(has_bias);
    let shape = model.layers.first().and_then(Layer::window);
    let mut text = match shape {
        Some(window) => format!("conv:{}x{}x{}", window.rows, window.columns, window.channels),
        None => format!("conv:1x1x{}", model.inputs),
    };
    let layers = &model.layers;
    let mut separator = "/";
    let ends = ends_of_branches(layers);
    for (place, layer) in layers.iter().enumerate() {
        match layer {
            Layer::Fork { .. } => {
                text.push_str("/[");
                separator = "";
                continue;
            }
            Layer::Shortcut { .. } => {
                text.push('|');
                separator = "";
                continue;
            }
            Layer::Join { activation, .. } => {
                text.push(']');
                mark_activation(&mut text, *activation, place + 1 < layers.len());
            }
            layer => {
                text.push_str(separator);
                text.push_str(&one(layer, !all_biased && has_bias(layer)));
                if layer.is_linear() {
                    let expected = !ends[place] && Some(place) != last_linear(layers);
                    mark_activation(&mut text, layer.activation(), expected);
                }
            }
        }
        separator = "/";
    }
    if all_biased && linear().next().is_some() {
        text.push_str("+bias");
    }
    text
}

/// Adds what says that a layer has a ReLU, or none, where a reader would assume the other.
fn mark_activation(text: &mut String, activation: Activation, expected: bool) {
    match (activation, expected) {
        (Activation::Relu, false) => text.push('r'),
        (Activation::None, true) => text.push('l'),
        _ => {}
    }
}

fn has_bias(layer: &Layer) -> bool {
    matches!(
        layer,
        Layer::Dense { bias: true, .. }
            | Layer::Conv { bias: true, .. }
            | Layer::Depthwise { bias: true, .. }
    )
}

/// A layer without what is said of its activation.
fn one(layer: &Layer, biased: bool) -> String {
    let mut text = String::new();
    let divided = |text: &mut String, divisor: &Option<NonZeroU32>| {
        if let Some(divisor) = divisor {
            let _ = write!(text, "d{divisor}");
        }
    };
    match layer {
        Layer::Dense { outputs, .. } => text = outputs.to_string(),
        Layer::Conv { window, channels, divisor, .. } if is_one_place(window) => {
            text = channels.to_string();
            divided(&mut text, divisor);
        }
        Layer::Conv { window, channels, divisor, .. } => {
            let _ = write!(text, "c{channels}k{}", pair(window.kernel));
            moved(&mut text, window);
            divided(&mut text, divisor);
        }
        Layer::Depthwise { window, divisor, .. } => {
            let _ = write!(text, "dwk{}", pair(window.kernel));
            moved(&mut text, window);
            divided(&mut text, divisor);
        }
        Layer::Pool { window, kind: Pool::Average } if window.count() == 1 && is_all(window) => {
            text.push_str("gap");
        }
        Layer::Pool { window, kind } => {
            let name = if *kind == Pool::Max { "max" } else { "avg" };
            let _ = write!(text, "{name}{}", pair(window.kernel));
            if window.stride != window.kernel {
                let _ = write!(text, "s{}", pair(window.stride));
            }
        }
        _ => {}
    }
    if biased {
        text.push('b');
    }
    text
}

/// Whether a window is a dense layer's: all of its input is under it at its only place.
const fn is_one_place(window: &Window) -> bool {
    window.count() == 1 && window.rows == 1 && window.columns == 1 && window.taps() == 1
}

/// Whether a window is as large as what it moves over.
const fn is_all(window: &Window) -> bool {
    window.kernel[0] == window.rows && window.kernel[1] == window.columns
}

/// `3`, or `10x4` where rows and columns differ.
fn pair([rows, columns]: [u16; 2]) -> String {
    if rows == columns { rows.to_string() } else { format!("{rows}x{columns}") }
}

fn moved(text: &mut String, window: &Window) {
    if window.stride != [1, 1] {
        let _ = write!(text, "s{}", pair(window.stride));
    }
    let same = same_padding([window.rows, window.columns], window.kernel, window.stride);
    if Some(window.padding) != same {
        let [above, below, left, right] = window.padding;
        let _ = if above == below && below == left && left == right {
            write!(text, "p{above}")
        } else {
            write!(text, "p{above},{below},{left},{right}")
        };
    }
}

/// The last layer that multiplies, which has no ReLU whatever pools follow.
fn last_linear(layers: &[Layer]) -> Option<usize> {
    layers.iter().rposition(Layer::is_linear)
}

/// Of every layer, whether it ends a branch.
fn ends_of_branches(layers: &[Layer]) -> Vec<bool> {
    let next = |place: usize| layers.get(place + 1);
    (0..layers.len())
        .map(|place| matches!(next(place), Some(Layer::Shortcut { .. } | Layer::Join { .. })))
        .collect()
}

/// Reads a model as it is written behind `conv:`; the error is a sentence that says what is wrong.
pub(super) fn parse(text: &str) -> Result<Description, String> {
    let (text, biased) = text.strip_suffix("+bias").map_or((text, false), |text| (text, true));
    let mut parts = split(text);
    let input = parts.next().unwrap_or_default();
    let sizes: Option<Vec<u16>> = input.split('x').map(|size| size.parse().ok()).collect();
    let shape = match sizes.as_deref() {
        Some(&[rows, columns]) => Shape([rows, columns, 1]),
        Some(&[rows, columns, channels]) => Shape([rows, columns, channels]),
        _ => return Err(format!("`{input}` is no shape: give rows x columns x channels, like 28x28x1")),
    };
    let mut reader =
        Reader { inputs: shape.values(), shape, layers: Vec::new(), biased, explicit: Vec::new() };
    for part in parts {
        reader.part(part)?;
    }
    reader.finish()
}

/// The parts between slashes; those within brackets stay together.
fn split(text: &str) -> impl Iterator<Item = &str> {
    let mut depth = 0;
    text.split(move |c: char| {
        match c {
            '[' => depth += 1,
            ']' => depth -= 1,
            _ => {}
        }
        c == '/' && depth == 0
    })
}

/// Layers as they are read.
struct Reader {
    inputs: u32,
    shape: Shape,
    layers: Vec<Layer>,
    biased: bool,
    /// Of every layer, the activation that was named.
    explicit: Vec<Option<Activation>>,
}

impl Reader {
    fn push(&mut self, layer: Layer, activation: Option<Activation>) {
        self.layers.push(layer);
        self.explicit.push(activation);
    }

    fn part(&mut self, part: &str) -> Result<(), String> {
        let Some(branches) = part.strip_prefix('[') else { return self.layer(part) };
        let (branches, activation) = match branches.rsplit_once(']') {
            Some((branches, "")) => (branches, None),
            Some((branches, "l")) => (branches, Some(Activation::None)),
            Some((branches, "r")) => (branches, Some(Activation::Relu)),
            _ => return Err(format!("`{part}` has no bracket at its end")),
        };
        let (main, shortcut) = branches.split_once('|').map_or((branches, None), |(a, b)| (a, Some(b)));
        let kept = self.shape;
        self.push(Layer::Fork { outputs: kept.values() }, None);
        for layer in main.split('/') {
            self.layer(layer)?;
        }
        let made = self.shape;
        if let Some(shortcut) = shortcut {
            self.push(Layer::Shortcut { outputs: kept.values() }, None);
            self.shape = kept;
            self.layer(shortcut)?;
        }
        let other = if shortcut.is_some() { self.shape } else { kept };
        if made.0 != other.0 {
            return Err(format!("the branches of `{part}` make {made} and {other}, which cannot be added"));
        }
        self.push(Layer::Join { outputs: made.values(), activation: Activation::Relu }, activation);
        Ok(())
    }

    fn layer(&mut self, part: &str) -> Result<(), String> {
        let fault = |why: String| format!("`{part}`: {why}");
        let written = Written::read(part).map_err(fault)?;
        let (kind, window, channels) = match written.kind {
            Kind::Flatten => {
                let values = narrow(self.shape.values(), "values to flatten").map_err(fault)?;
                self.shape = Shape([1, 1, values]);
                return Ok(());
            }
            Kind::Dense(outputs) => {
                let layer = self.dense(outputs, &written).map_err(fault)?;
                self.shape = Shape([1, 1, narrow(outputs, "outputs").map_err(fault)?]);
                self.push(layer, written.activation);
                return Ok(());
            }
            Kind::GlobalAverage => {
                let Shape([rows, columns, channels]) = self.shape;
                (Some(Pool::Average), self.shape.window([rows, columns], [1, 1], [0; 4]), channels.into())
            }
            Kind::Pool(kind) => {
                let kernel = written.kernel;
                let window = self.shape.window(kernel, written.stride.unwrap_or(kernel), [0; 4]);
                (Some(kind), window, window.channels.into())
            }
            Kind::Conv(channels) => (None, written.window(self.shape).map_err(fault)?, channels),
            Kind::Depthwise => {
                let window = written.window(self.shape).map_err(fault)?;
                (None, window, window.channels.into())
            }
        };
        let bias = self.biased || written.bias;
        let (activation, divisor) = (Activation::Relu, written.divisor);
        let layer = match (kind, written.kind) {
            (Some(kind), _) => Layer::Pool { window, kind },
            (None, Kind::Depthwise) => Layer::Depthwise { window, bias, activation, divisor },
            (None, _) => Layer::Conv { window, channels, bias, activation, divisor },
        };
        let fits = window.is_valid();
        self.shape = Shape::behind(&window, channels)
            .filter(|_| fits)
            .ok_or_else(|| fault(format!("its window does not fit {}", self.shape)))?;
        self.push(layer, written.activation);
        Ok(())
    }

    /// A dense layer; one that names its divisor is a convolution over one place.
    fn dense(&self, outputs: u32, written: &Written) -> Result<Layer, String> {
        let (bias, activation) = (self.biased || written.bias, Activation::Relu);
        let Some(divisor) = written.divisor else { return Ok(Layer::Dense { outputs, bias, activation }) };
        let window = Window::whole(narrow(self.shape.values(), "inputs")?);
        Ok(Layer::Conv { window, channels: outputs, bias, activation, divisor: Some(divisor) })
    }

    /// Gives layers their activations: ReLU to all but the last, and those that end a branch.
    fn finish(self) -> Result<Description, String> {
        let Self { inputs, mut layers, explicit, .. } = self;
        let (ends, last, count) = (ends_of_branches(&layers), last_linear(&layers), layers.len());
        for (place, (layer, explicit)) in layers.iter_mut().zip(explicit).enumerate() {
            let expected = match layer {
                Layer::Join { .. } => place + 1 < count,
                _ => !ends[place] && Some(place) != last,
            };
            let expected = if expected { Activation::Relu } else { Activation::None };
            match layer {
                Layer::Dense { activation, .. }
                | Layer::Conv { activation, .. }
                | Layer::Depthwise { activation, .. }
                | Layer::Join { activation, .. } => *activation = explicit.unwrap_or(expected),
                _ => {}
            }
        }
        if count > MAX_LAYERS {
            return Err(format!("{count} layers are more than {MAX_LAYERS}"));
        }
        let layers = layers.into_iter().collect();
        let model = Description { inputs, layers };
        model.check().map_err(|error| error.to_string())?;
        Ok(model)
    }
}
