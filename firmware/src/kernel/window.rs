use super::copy_rows;
use crate::slice_ext::part;
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

/// What of a window at a place holds values, along an axis.
#[derive(Clone, Copy)]
struct Span {
    /// Where the window begins; padding may put that before the values.
    start: i32,
    /// Its first position with a value, and the end of them.
    first: u16,
    end: u16,
}

impl Span {
    #[inline(always)]
    fn new(at: u32, stride: u16, before: u8, kernel: u16, size: u16) -> Self {
        let start = at as i32 * i32::from(stride) - i32::from(before);
        let first = (-start).max(0);
        let end = i32::from(kernel).min(i32::from(size) - start).max(first);
        Self { start, first: first as u16, end: end as u16 }
    }

    #[inline(always)]
    const fn len(self) -> usize {
        (self.end - self.first) as usize
    }

    /// Place of the first value.
    #[inline(always)]
    const fn from(self) -> usize {
        (self.start + self.first as i32) as usize
    }
}

impl Window {
    #[inline(always)]
    fn rows_at(&self, row: u32) -> Span {
        Span::new(row, self.stride[0], self.padding[0], self.kernel[0], self.rows)
    }

    #[inline(always)]
    fn columns_at(&self, column: u32) -> Span {
        Span::new(column, self.stride[1], self.padding[2], self.kernel[1], self.columns)
    }

    /// The values under two spans in runs that lie side by side, each with its offset within the window.
    #[inline(always)]
    fn runs_of<'x>(&self, x: &'x [i8], rows: Span, columns: Span, mut each: impl FnMut(usize, &'x [i8])) {
        let channels = usize::from(self.channels);
        let (of_window, of_row) =
            (usize::from(self.kernel[1]) * channels, usize::from(self.columns) * channels);
        let len = columns.len() * channels;
        let mut at = usize::from(rows.first) * of_window + usize::from(columns.first) * channels;
        let mut start = rows.from() * of_row + columns.from() * channels;
        for _ in rows.first..rows.end {
            each(at, part(x, start, len));
            (at, start) = (at + of_window, start + of_row);
        }
    }

    /// Brings the values under the window at a place in runs that lie side by side, each with its offset
    /// within the window. Padding is left out.
    #[inline]
    pub fn runs<'x>(&self, x: &'x [i8], row: u32, column: u32, each: impl FnMut(usize, &'x [i8])) {
        self.runs_of(x, self.rows_at(row), self.columns_at(column), each);
    }

    /// Whether the values under the window lie side by side at every place, and none is padding: one row of
    /// the window, or rows that are read from edge to edge.
    #[inline]
    fn is_contiguous(&self) -> bool {
        let side_by_side = self.kernel[0] == 1 || self.kernel[1] == self.columns;
        self.padding == [0; 4] && side_by_side
    }

    /// Brings the values under the window at every place, in the order of the places. `room` has
    /// [`Self::len`] values.
    #[inline(always)]
    pub fn each(&self, x: &[i8], room: &mut [i8], mut each: impl FnMut(usize, &[i8])) {
        let ([rows, columns], contiguous) = (self.places(), self.is_contiguous());
        let (channels, len, taps) = (usize::from(self.channels), room.len(), self.taps() as usize);
        let (of_window, of_row) =
            (usize::from(self.kernel[1]) * channels, usize::from(self.columns) * channels);
        let (down, across) = (usize::from(self.stride[0]) * of_row, usize::from(self.stride[1]) * channels);
        let mut place = 0;
        for row in 0..rows {
            let of_rows = self.rows_at(row);
            let mut start = row as usize * down;
            for column in 0..columns {
                if contiguous {
                    each(place, part(x, start, len));
                } else {
                    let of_columns = self.columns_at(column);
                    if of_rows.len() * of_columns.len() < taps {
                        room.fill(0);
                    }
                    let at =
                        usize::from(of_rows.first) * of_window + usize::from(of_columns.first) * channels;
                    let start = of_rows.from() * of_row + of_columns.from() * channels;
                    let to = room.get_mut(at..).unwrap_or_default();
                    let from = x.get(start..).unwrap_or_default();
                    let len = of_columns.len() * channels;
                    copy_rows(to, of_window, from, of_row, len, of_rows.len());
                    each(place, room);
                }
                start += across;
                place += 1;
            }
        }
    }
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
