//! Layers of an imported model, as the firmware has them.

use crate::error::Error;
use eggroll_firmware::model::{Activation, Description, Layer, MAX_LAYERS, Pool, Window};
use eggroll_host::words;
use eggroll_import::{self as imported, Quantised};
use std::num::NonZeroU32;
use std::path::Path;

/// The description of an imported model.
pub(super) fn description(made: &Quantised, file: &Path) -> Result<Description, Error> {
    let fault = |why: String| Error::Usage(format!("{}: {why}", words::path(file)));
    let mut layers = Vec::with_capacity(made.layers.len());
    let mut outputs = size(made.shape.len()).map_err(fault)?;
    let inputs = outputs;
    let mut kept = outputs;
    for (layer, report) in made.layers.iter().zip(names(made)) {
        let layer = one(layer, outputs, kept).map_err(|why| fault(format!("layer {report}: {why}")))?;
        match layer {
            Layer::Fork { .. } => kept = outputs,
            _ => outputs = layer.outputs(),
        }
        layers.push(layer);
    }
    if layers.len() > MAX_LAYERS {
        return Err(fault(format!("its {} layers are more than {MAX_LAYERS}", layers.len())));
    }
    let model = Description { inputs, layers: layers.into_iter().collect() };
    model.check().map_err(|error| fault(error.to_string()))?;
    Ok(model)
}

/// A name for every layer.
fn names(made: &Quantised) -> impl Iterator<Item = String> + '_ {
    let names = made.report.layers.iter().map(|layer| words::shown(&layer.name, words::MOST));
    names
        .chain(std::iter::repeat(String::new()))
        .enumerate()
        .map(|(place, name)| if name.is_empty() { place.to_string() } else { name })
}

fn one(layer: &imported::Layer, inputs: u32, kept: u32) -> Result<Layer, String> {
    Ok(match *layer {
        imported::Layer::Dense { inputs, outputs, bias, activation, divisor } => Layer::Conv {
            window: Window::whole(narrow(inputs)?),
            channels: size(outputs)?,
            bias,
            activation: of(activation),
            divisor: NonZeroU32::new(divisor),
        },
        imported::Layer::Conv { window, outputs, bias, activation, divisor } => Layer::Conv {
            window: windowed(&window)?,
            channels: size(outputs)?,
            bias,
            activation: of(activation),
            divisor: NonZeroU32::new(divisor),
        },
        imported::Layer::Depthwise { window, bias, activation, divisor } => Layer::Depthwise {
            window: windowed(&window)?,
            bias,
            activation: of(activation),
            divisor: NonZeroU32::new(divisor),
        },
        imported::Layer::Pool { window, pooling } => Layer::Pool {
            window: windowed(&window)?,
            kind: match pooling {
                imported::Pooling::Max => Pool::Max,
                imported::Pooling::Average => Pool::Average,
            },
        },
        imported::Layer::Fork => Layer::Fork { outputs: inputs },
        imported::Layer::Shortcut => Layer::Shortcut { outputs: kept },
        imported::Layer::Join { activation } => Layer::Join { outputs: inputs, activation: of(activation) },
    })
}

const fn of(activation: imported::Activation) -> Activation {
    match activation {
        imported::Activation::None => Activation::None,
        imported::Activation::Relu => Activation::Relu,
    }
}

fn windowed(window: &imported::Window) -> Result<Window, String> {
    let imported::Window { input, kernel, stride, padding } = *window;
    let [above, below, left, right] = padding;
    let byte =
        |side: usize| u8::try_from(side).map_err(|_| format!("a padding of {side} is more than {}", u8::MAX));
    Ok(Window {
        rows: narrow(input.rows)?,
        columns: narrow(input.columns)?,
        channels: narrow(input.channels)?,
        kernel: [narrow(kernel[0])?, narrow(kernel[1])?],
        stride: [narrow(stride[0])?, narrow(stride[1])?],
        padding: [byte(above)?, byte(below)?, byte(left)?, byte(right)?],
    })
}

fn size(size: usize) -> Result<u32, String> {
    u32::try_from(size).map_err(|_| format!("a size of {size} is too large"))
}

fn narrow(size: usize) -> Result<u16, String> {
    u16::try_from(size).map_err(|_| format!("a size of {size} is more than {}", u16::MAX))
}
