//! One layer as it is written, such as `c8k3s2`.

use super::shape::{Shape, same_padding};
use eggroll_firmware::model::{Activation, Pool, Window};
use std::num::NonZeroU32;

/// What is understood.
const UNDERSTOOD: &str = "no layer: give c8k3s2 (channels, kernel, stride), dwk3 (depthwise), max2, avg2, gap, flatten, \
     a number of outputs, or [main|shortcut]; behind them s (stride), p (padding), d (divisor), b (bias), l (no ReLU), \
     r (ReLU)";

/// The kind of a layer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A dense layer of so many outputs.
    Dense(u32),
    /// A convolution to so many channels.
    Conv(u32),
    Depthwise,
    Pool(Pool),
    /// An average over all rows and columns.
    GlobalAverage,
    Flatten,
}

/// A layer and what is said of it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Written {
    pub(super) kind: Kind,
    /// Rows and columns of its window.
    pub(super) kernel: [u16; 2],
    pub(super) stride: Option<[u16; 2]>,
    padding: Option<[u8; 4]>,
    pub(super) divisor: Option<NonZeroU32>,
    pub(super) bias: bool,
    pub(super) activation: Option<Activation>,
}

impl Written {
    /// Reads a layer; the error is the rest of a sentence.
    pub(super) fn read(part: &str) -> Result<Self, String> {
        let unknown = || UNDERSTOOD.to_owned();
        let starts =
            [("dw", Kind::Depthwise), ("max", Kind::Pool(Pool::Max)), ("avg", Kind::Pool(Pool::Average))];
        let whole = [("gap", Kind::GlobalAverage), ("flatten", Kind::Flatten)];
        let find = |names: &[(&str, Kind)]| {
            let mut found = names.iter().filter_map(|&(name, kind)| Some((kind, part.strip_prefix(name)?)));
            found.next()
        };
        let mut kernel = [1, 1];
        let (kind, mut rest) = if let Some(found) = find(&whole) {
            found
        } else if let Some((kind, mut rest)) = find(&starts) {
            if kind != Kind::Depthwise {
                kernel = pair(&mut rest).ok_or_else(unknown)?;
            }
            (kind, rest)
        } else if let Some(mut rest) = part.strip_prefix('c') {
            (Kind::Conv(number(&mut rest).ok_or_else(unknown)?), rest)
        } else {
            let mut rest = part;
            (Kind::Dense(number(&mut rest).ok_or_else(unknown)?), rest)
        };
        let mut written =
            Self { kind, kernel, stride: None, padding: None, divisor: None, bias: false, activation: None };
        let windowed = matches!(kind, Kind::Conv(_) | Kind::Depthwise);
        let linear = windowed || matches!(kind, Kind::Dense(_));
        let mut has_kernel = !windowed;
        while let Some(option) = rest.chars().next() {
            rest = &rest[option.len_utf8()..];
            match option {
                'k' if windowed => {
                    written.kernel = pair(&mut rest).ok_or_else(unknown)?;
                    has_kernel = true;
                }
                's' if windowed || matches!(kind, Kind::Pool(_)) => {
                    written.stride = Some(pair(&mut rest).ok_or_else(unknown)?);
                }
                'p' if windowed => written.padding = Some(padding(&mut rest).ok_or_else(unknown)?),
                'd' if linear => {
                    let divisor = number(&mut rest).and_then(NonZeroU32::new);
                    written.divisor = Some(divisor.ok_or("a divisor is at least 1")?);
                }
                'b' if linear => written.bias = true,
                'l' if linear => written.activation = Some(Activation::None),
                'r' if linear => written.activation = Some(Activation::Relu),
                _ => return Err(unknown()),
            }
        }
        if !has_kernel {
            return Err("give its kernel, like k3 or k10x4".to_owned());
        }
        Ok(written)
    }

    /// Its window over a shape: padded so that a stride of 1 keeps rows and columns, unless padding is named.
    pub(super) fn window(&self, shape: Shape) -> Result<Window, String> {
        let Shape([rows, columns, _]) = shape;
        let stride = self.stride.unwrap_or([1, 1]);
        let padding = match self.padding {
            Some(padding) => padding,
            None => same_padding([rows, columns], self.kernel, stride)
                .ok_or("its kernel is too large for padding: name it, like p0")?,
        };
        Ok(shape.window(self.kernel, stride, padding))
    }
}

/// A number in 16 bits.
pub(super) fn narrow(number: u32, what: &str) -> Result<u16, String> {
    u16::try_from(number).map_err(|_| format!("{number} {what} are more than 65535"))
}

/// Takes digits off the front.
fn number<T: std::str::FromStr>(rest: &mut &str) -> Option<T> {
    let end = rest.find(|c: char| !c.is_ascii_digit()).unwrap_or(rest.len());
    let (digits, behind) = rest.split_at(end);
    *rest = behind;
    digits.parse().ok()
}

/// Takes `3`, which is 3 by 3, or `10x4`.
fn pair(rest: &mut &str) -> Option<[u16; 2]> {
    let rows = number(rest)?;
    match rest.strip_prefix('x') {
        Some(mut behind) => {
            let columns = number(&mut behind)?;
            *rest = behind;
            Some([rows, columns])
        }
        None => Some([rows, rows]),
    }
}

/// Takes `1`, the same on all sides, or `1,1,0,2`: above, below, left, right.
fn padding(rest: &mut &str) -> Option<[u8; 4]> {
    let mut sides = [number(rest)?; 4];
    if !rest.starts_with(',') {
        return Some(sides);
    }
    for side in &mut sides[1..] {
        let mut behind = rest.strip_prefix(',')?;
        *side = number(&mut behind)?;
        *rest = behind;
    }
    Some(sides)
}
