use crate::slice_ext::{copy, part, part_mut};
use serde::{Deserialize, Serialize};

/// Most values that a layer of windows reads or makes.
pub const MAX_VALUES: u32 = 1 << 22;

/// A window that moves over activations, which lie as rows, columns, channels (channel fastest). One
/// dimension is one row.
///
/// Places are counted by rows, then columns. A window that would only partly lie within the padded
/// activations is dropped: an axis has `(size + padding of both sides - kernel) // stride + 1` places.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Window {
    /// Rows of what it moves over.
    pub rows: u16,
    /// Columns of it.
    pub columns: u16,
    /// Channels of it.
    pub channels: u16,
    /// Rows and columns of the window.
    pub kernel: [u16; 2],
    /// Rows and columns from one place to the next.
    pub stride: [u16; 2],
    /// Rows of zeros above and below, columns of zeros to the left and to the right.
    pub padding: [u8; 4],
}

impl Window {
    /// A window over all of some values: the product of a dense layer.
    pub const fn whole(values: u16) -> Self {
        Self { rows: 1, columns: 1, channels: values, kernel: [1, 1], stride: [1, 1], padding: [0; 4] }
    }

    /// Whether it lies within what it moves over, at one place at least, and none of its places holds only
    /// padding.
    pub const fn is_valid(&self) -> bool {
        let [above, below, left, right] = self.padding;
        axis_is_valid(self.rows, self.kernel[0], self.stride[0], above, below)
            && axis_is_valid(self.columns, self.kernel[1], self.stride[1], left, right)
            && self.channels > 0
            && self.inputs() <= MAX_VALUES as u64
    }

    /// Values of what it moves over.
    pub const fn inputs(&self) -> u64 {
        self.rows as u64 * self.columns as u64 * self.channels as u64
    }

    /// Rows and columns of its places; 0 where it does not fit.
    pub const fn places(&self) -> [u32; 2] {
        let [above, below, left, right] = self.padding;
        [
            axis_places(self.rows, self.kernel[0], self.stride[0], above, below),
            axis_places(self.columns, self.kernel[1], self.stride[1], left, right),
        ]
    }

    /// How many places it has.
    pub const fn count(&self) -> u64 {
        let [rows, columns] = self.places();
        rows as u64 * columns as u64
    }

    /// Positions within it; padded ones count.
    pub const fn taps(&self) -> u32 {
        self.kernel[0] as u32 * self.kernel[1] as u32
    }

    /// Values within it, `taps * channels`; padded ones count.
    pub const fn len(&self) -> u64 {
        self.taps() as u64 * self.channels as u64
    }

    /// Whether it holds none; no window of a checked model does.
    pub const fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Window {
    /// The rows and columns of what lies under the window at place number `place`: the first row and column
    /// of the window, which padding may put before the values, and which rows and columns of it hold values.
    #[inline]
    fn part(&self, row: u32, column: u32) -> Part {
        let [above, _, left, _] = self.padding;
        let axis = |at: u32, stride: u16, before: u8, kernel: u16, size: u16| {
            let start = at as i32 * i32::from(stride) - i32::from(before);
            let from = (-start).max(0);
            let to = i32::from(kernel).min(i32::from(size) - start);
            (start, from as u16, to.max(from) as u16)
        };
        let rows = axis(row, self.stride[0], above, self.kernel[0], self.rows);
        let columns = axis(column, self.stride[1], left, self.kernel[1], self.columns);
        Part { rows, columns }
    }

    /// The values under the window at a place, where they lie side by side and none is padding.
    #[inline]
    fn contiguous<'x>(&self, x: &'x [i8], row: u32, column: u32) -> Option<&'x [i8]> {
        let channels = usize::from(self.channels);
        // One row of the window, or rows that are read from edge to edge.
        let side_by_side = self.kernel[0] == 1 || self.kernel[1] == self.columns;
        if self.padding != [0; 4] || !side_by_side {
            return None;
        }
        let first = row as usize * usize::from(self.stride[0]) * usize::from(self.columns)
            + column as usize * usize::from(self.stride[1]);
        Some(part(x, first * channels, self.taps() as usize * channels))
    }

    /// Brings the values under the window at a place in runs that lie side by side, each with its offset within
    /// the window. Padding is left out.
    #[inline]
    pub fn runs<'x>(&self, x: &'x [i8], row: u32, column: u32, mut each: impl FnMut(usize, &'x [i8])) {
        let Part { rows: (top, first, last), columns: (left, from, end) } = self.part(row, column);
        let channels = usize::from(self.channels);
        let of_row = usize::from(self.kernel[1]) * channels;
        let len = usize::from(end - from) * channels;
        for at in first..last {
            let row = (top + i32::from(at)) as usize * usize::from(self.columns);
            let start = (row + (left + i32::from(from)) as usize) * channels;
            each(usize::from(at) * of_row + usize::from(from) * channels, part(x, start, len));
        }
    }

    /// Copies the values under the window at a place to `to`, [`Self::len`] of them: rows, columns, channels.
    /// Padding is 0.
    #[inline]
    fn gather(&self, x: &[i8], row: u32, column: u32, to: &mut [i8]) {
        if self.padding != [0; 4] {
            to.fill(0);
        }
        self.runs(x, row, column, |at, run| copy(part_mut(to, at, run.len()), run));
    }

    /// Brings the values under the window at every place, in the order of the places. `room` has
    /// [`Self::len`] values.
    #[inline]
    pub fn each(&self, x: &[i8], room: &mut [i8], mut each: impl FnMut(usize, &[i8])) {
        let [rows, columns] = self.places();
        let mut place = 0;
        for row in 0..rows {
            for column in 0..columns {
                match self.contiguous(x, row, column) {
                    Some(values) => each(place, values),
                    None => {
                        self.gather(x, row, column, room);
                        each(place, room);
                    }
                }
                place += 1;
            }
        }
    }
}

/// What of a window holds values: along either axis where it begins, and its first and last position (the
/// end of them) with a value.
struct Part {
    rows: (i32, u16, u16),
    columns: (i32, u16, u16),
}

/// Places along an axis.
const fn axis_places(size: u16, kernel: u16, stride: u16, before: u8, behind: u8) -> u32 {
    let padded = size as u32 + before as u32 + behind as u32;
    match padded.checked_sub(kernel as u32) {
        Some(free) if kernel > 0 && stride > 0 => free / stride as u32 + 1,
        _ => 0,
    }
}

/// Padding on either side is shorter than the window, so that every place holds a value.
const fn axis_is_valid(size: u16, kernel: u16, stride: u16, before: u8, behind: u8) -> bool {
    let longest = if before > behind { before } else { behind };
    size > 0 && (longest as u16) < kernel && axis_places(size, kernel, stride, before, behind) > 0
}
