//! Patterns that name several devices, including those that appear later. A pattern is quoted on the command
//! line, so that the program expands it and not the shell.

use super::device::SerialDevice;
use glob::{MatchOptions, Pattern, glob_with};
use std::fmt;
use std::path::{Path, PathBuf};

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
        let paths = if cfg!(windows) { self.ports() } else { self.files() };
        paths.into_iter().map(|path| SerialDevice { path, baud: self.0.baud }).collect()
    }

    fn files(&self) -> Vec<PathBuf> {
        let paths = glob_with(&self.0.path.to_string_lossy(), OPTIONS).into_iter().flatten();
        // A folder that the user may not read is skipped.
        paths.filter_map(Result::ok).collect()
    }

    /// The ports of Windows are no files: the system lists them.
    fn ports(&self) -> Vec<PathBuf> {
        let ports = tokio_serial::available_ports().unwrap_or_default();
        matching(&self.0.path.to_string_lossy(), ports.into_iter().map(|port| port.port_name))
    }
}

/// The names that match a pattern, whatever the case of their letters, in the order of their numbers.
fn matching(pattern: &str, names: impl Iterator<Item = String>) -> Vec<PathBuf> {
    let Ok(pattern) = Pattern::new(pattern) else { return Vec::new() };
    let options = MatchOptions { case_sensitive: false, ..OPTIONS };
    let mut names: Vec<String> = names.filter(|name| pattern.matches_with(name, options)).collect();
    names.sort_by_key(|name| (name.len(), name.clone()));
    names.into_iter().map(PathBuf::from).collect()
}

impl fmt::Display for DevicePattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_ports_match_in_order() {
        let of = |pattern| {
            let names = ["COM10", "COM3", "LPT1", "COM12"].map(str::to_owned);
            matching(pattern, names.into_iter())
                .iter()
                .map(|path| path.display().to_string())
                .collect::<Vec<_>>()
        };
        assert_eq!(of("COM*"), ["COM3", "COM10", "COM12"]);
        assert_eq!(of("com1?"), ["COM10", "COM12"]);
        assert!(of("COM[").is_empty() && of("COM").is_empty());
    }
}
