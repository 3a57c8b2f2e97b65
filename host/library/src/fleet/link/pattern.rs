//! Several devices by one pattern, quoted so that the program sees it and not the shell: those that appear later, too.

use super::device::Device;
use glob::{MatchOptions, Pattern, glob_with};
use std::fmt;
use std::path::Path;

/// As shells do: a name that starts with a dot is no board's.
const OPTIONS: MatchOptions =
    MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };

/// The serial devices whose paths match a pattern: `*`, `?`, `[...]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Devices(Device);

impl Devices {
    /// The pattern that a device's path is, if it is one and nothing is called so.
    pub(super) fn of(device: Device) -> Result<Self, Device> {
        let path = device.path.to_string_lossy();
        let is_pattern = path.contains(['*', '?', '[']) && Pattern::new(&path).is_ok();
        if is_pattern && !Path::new(&*path).exists() { Ok(Self(device)) } else { Err(device) }
    }

    /// Those that are there now, in alphabetical order.
    pub fn now(&self) -> Vec<Device> {
        let paths = glob_with(&self.0.path.to_string_lossy(), OPTIONS).into_iter().flatten();
        // A folder that may not be read holds no board of this user's.
        paths.filter_map(Result::ok).map(|path| Device { path, baud: self.0.baud }).collect()
    }
}

impl fmt::Display for Devices {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}
