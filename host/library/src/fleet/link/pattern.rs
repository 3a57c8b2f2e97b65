//! Patterns that name several devices, including those that appear later. A pattern is quoted on the command
//! line, so that the program expands it and not the shell.

use super::device::SerialDevice;
use glob::{MatchOptions, Pattern, glob_with};
use std::fmt;
use std::path::Path;

/// Names that start with a dot do not match `*`, as in shells.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The serial devices whose paths match a pattern with `*`, `?` and `[...]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DevicePattern(SerialDevice);

impl DevicePattern {
    /// Takes the path of a device as a pattern, if it is one and no file has it as its name. Otherwise the
    /// device is returned as the error.
    pub(super) fn of(device: SerialDevice) -> Result<Self, SerialDevice> {
        let path = device.path.to_string_lossy();
        let is_pattern = path.contains(['*', '?', '[']) && Pattern::new(&path).is_ok();
        if is_pattern && !Path::new(&*path).exists() { Ok(Self(device)) } else { Err(device) }
    }

    /// The devices that match now, in alphabetical order.
    pub fn now(&self) -> Vec<SerialDevice> {
        let paths = glob_with(&self.0.path.to_string_lossy(), OPTIONS).into_iter().flatten();
        // A folder that the user may not read is skipped.
        paths.filter_map(Result::ok).map(|path| SerialDevice { path, baud: self.0.baud }).collect()
    }
}

impl fmt::Display for DevicePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
