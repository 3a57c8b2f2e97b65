//! What stands for a window where there are no convolutions: nothing, so that what would compute with one is
//! not linked.

/// Most values that a layer of windows reads or makes.
pub const MAX_VALUES: u32 = 0;

/// A window. Without the feature `convolution` there is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Window {}

impl Window {
    /// Rows and columns of its places.
    pub const fn places(&self) -> [u32; 2] {
        match *self {}
    }

    /// How many places it has.
    pub const fn count(&self) -> u64 {
        match *self {}
    }

    /// Positions within it.
    pub const fn taps(&self) -> u32 {
        match *self {}
    }

    /// Values within it.
    pub const fn len(&self) -> u64 {
        match *self {}
    }

    /// Whether it holds none.
    pub const fn is_empty(&self) -> bool {
        match *self {}
    }

    /// Brings the values under the window at a place in runs.
    pub fn runs<'x>(&self, _: &'x [i8], _: u32, _: u32, _: impl FnMut(usize, &'x [i8])) {
        match *self {}
    }

    /// Brings the values under the window at every place.
    pub fn each(&self, _: &[i8], _: &mut [i8], _: impl FnMut(usize, &[i8])) {
        match *self {}
    }
}
