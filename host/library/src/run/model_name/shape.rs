//! Shapes of activations, and padding that keeps them.

use eggroll_firmware::model::Window;
use std::fmt;

/// What activations lie as: rows, columns, channels.
#[derive(Clone, Copy)]
pub(super) struct Shape(pub(super) [u16; 3]);

impl Shape {
    pub(super) fn values(self) -> u32 {
        self.0.iter().fold(1u32, |values, &size| values.saturating_mul(size.into()))
    }

    /// A window over it.
    pub(super) const fn window(self, kernel: [u16; 2], stride: [u16; 2], padding: [u8; 4]) -> Window {
        let Self([rows, columns, channels]) = self;
        Window { rows, columns, channels, kernel, stride, padding }
    }

    /// What a window makes of it.
    pub(super) fn behind(window: &Window, channels: u32) -> Option<Self> {
        let [rows, columns] = window.places();
        let size = |size: u32| u16::try_from(size).ok();
        Some(Self([size(rows)?, size(columns)?, size(channels)?]))
    }
}

impl fmt::Display for Shape {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self([rows, columns, channels]) = self;
        write!(f, "{rows}x{columns}x{channels}")
    }
}

/// The padding by which a window has `ceil(size / stride)` places along each axis: the odd row or column of
/// zeros lies below or to the right.
pub(super) fn same_padding(size: [u16; 2], kernel: [u16; 2], stride: [u16; 2]) -> Option<[u8; 4]> {
    let axis = |at: usize| {
        let (size, kernel, stride) = (u32::from(size[at]), u32::from(kernel[at]), u32::from(stride[at]));
        let places = size.div_ceil(stride.max(1));
        let all = ((places.saturating_sub(1)) * stride + kernel).saturating_sub(size);
        Some((u8::try_from(all / 2).ok()?, u8::try_from(all - all / 2).ok()?))
    };
    let ((above, below), (left, right)) = (axis(0)?, axis(1)?);
    Some([above, below, left, right])
}
