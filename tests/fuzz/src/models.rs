//! Convolutional models out of a fuzzer's bytes.

use crate::generate::mostly;
use arbitrary::{Result, Unstructured};
use eggroll_firmware::model::{Activation, Description, Layer, MAX_LAYERS, Pool, Window};
use std::num::NonZeroU32;

/// Rows, columns and channels of what the next layer reads.
type Area = [u16; 3];

fn activation(u: &mut Unstructured<'_>) -> Result<Activation> {
    Ok(if u.arbitrary()? { Activation::Relu } else { Activation::None })
}

fn values([rows, columns, channels]: Area) -> u32 {
    u32::from(rows).saturating_mul(columns.into()).saturating_mul(channels.into())
}

/// A window over some activations, which now and then does not fit.
fn window(u: &mut Unstructured<'_>, [rows, columns, channels]: Area, padded: bool) -> Result<Window> {
    let mut along = |size: u16| -> Result<(u16, u16, [u8; 2])> {
        let kernel = mostly(u, 1..=u32::from(size.clamp(1, 3)))? as u16;
        let most = u32::from(kernel.clamp(1, 4) - 1);
        let mut side = || if padded { mostly(u, 0..=most) } else { Ok(0) };
        let padding = [side()? as u8, side()? as u8];
        Ok((kernel, mostly(u, 1..=3)? as u16, padding))
    };
    let (height, down, [above, below]) = along(rows)?;
    let (width, across, [left, right]) = along(columns)?;
    let (kernel, stride, padding) = ([height, width], [down, across], [above, below, left, right]);
    Ok(Window { rows, columns, channels, kernel, stride, padding })
}

/// What a layer of windows makes, of such a number of channels.
fn behind(window: &Window, channels: u32) -> Area {
    let [rows, columns] = window.places();
    [rows as u16, columns as u16, channels as u16]
}

fn divisor(u: &mut Unstructured<'_>) -> Result<Option<NonZeroU32>> {
    Ok(if u.ratio(1, 4)? { NonZeroU32::new(mostly(u, 1..=1 << 20)?) } else { None })
}

fn conv(u: &mut Unstructured<'_>, area: Area, activation: Activation) -> Result<(Layer, Area)> {
    let padded = u.arbitrary()?;
    let (window, channels, bias) = (window(u, area, padded)?, mostly(u, 1..=3)?, u.arbitrary()?);
    let layer = Layer::Conv { window, channels, bias, activation, divisor: divisor(u)? };
    Ok((layer, behind(&window, channels)))
}

/// A convolution over one pixel at a time, which changes nothing but the channels.
fn pixels(u: &mut Unstructured<'_>, area: Area, channels: u32) -> Result<Layer> {
    let [rows, columns, of] = area;
    let window = Window { rows, columns, channels: of, kernel: [1, 1], stride: [1, 1], padding: [0; 4] };
    let (bias, activation) = (u.arbitrary()?, Activation::None);
    Ok(Layer::Conv { window, channels, bias, activation, divisor: divisor(u)? })
}

/// A small convolutional model; now and then with a size out of range, or a layer in the place of another.
pub(crate) fn convolutional(u: &mut Unstructured<'_>) -> Result<Description> {
    let mut area = [
        mostly(u, 1..=3)?.min(300) as u16,
        mostly(u, 1..=5)?.min(300) as u16,
        mostly(u, 1..=2)?.min(300) as u16,
    ];
    let inputs = if u.ratio(1, 16)? { mostly(u, 1..=9)? } else { values(area) };
    let mut layers: heapless::Vec<Layer, MAX_LAYERS> = heapless::Vec::new();
    // What has no room is left out.
    let mut push = |layer| {
        let _ = layers.push(layer);
    };
    for place in 0..u.int_in_range(1..=4)? {
        match u.int_in_range(0..=3)? {
            0 if place > 0 => {
                let (outputs, before) = (values(area), area);
                push(Layer::Fork { outputs });
                let (channels, between) = (u32::from(area[2]), mostly(u, 1..=2)?);
                let first = pixels(u, area, between)?;
                let middle = [area[0], area[1], between as u16];
                push(first);
                push(pixels(u, middle, channels)?);
                if u.arbitrary()? {
                    push(Layer::Shortcut { outputs });
                    push(pixels(u, before, channels)?);
                }
                push(Layer::Join {
                    outputs: if u.ratio(1, 16)? { 3 } else { outputs },
                    activation: activation(u)?,
                });
            }
            1 => {
                let window = window(u, area, true)?;
                let (bias, activation, divisor) = (u.arbitrary()?, activation(u)?, divisor(u)?);
                area = behind(&window, window.channels.into());
                push(Layer::Depthwise { window, bias, activation, divisor });
            }
            2 => {
                let window = window(u, area, false)?;
                area = behind(&window, window.channels.into());
                push(Layer::Pool { window, kind: *u.choose(&[Pool::Max, Pool::Average])? });
            }
            _ => {
                let activation = activation(u)?;
                let (layer, made) = conv(u, area, activation)?;
                area = made;
                push(layer);
            }
        }
    }
    let bias = u.arbitrary()?;
    push(Layer::Dense { outputs: mostly(u, 1..=4)?, bias, activation: Activation::None });
    if u.ratio(1, 16)? {
        let outputs = mostly(u, 1..=9)?;
        let other = *u.choose(&[
            Layer::Fork { outputs },
            Layer::Shortcut { outputs },
            Layer::Join { outputs, activation: Activation::None },
            Layer::Norm { outputs },
        ])?;
        let place = u.choose_index(layers.len())?;
        layers.as_mut_slice()[place] = other;
    }
    Ok(Description { inputs, layers })
}
