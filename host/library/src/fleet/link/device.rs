//! Boards on serial devices.

use super::{Link, LinkError, Timing};
use crate::words;
use std::path::{Path, PathBuf};
use std::{fmt, io};
use tokio_serial::{ErrorKind, SerialPortBuilderExt};

/// The baud rate of the boards' serial lines. A USB device has no line and accepts any rate.
pub(crate) const BAUD: u32 = 115_200;

/// A serial device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SerialDevice {
    /// The path of the device.
    pub path: PathBuf,
    /// The baud rate.
    pub baud: u32,
}

impl SerialDevice {
    /// Reads `PATH` or `PATH,baud=N`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (path, baud) = match text.rsplit_once(",baud=") {
            Some((path, baud)) => (path, baud.parse().ok().filter(|&baud| baud > 0)?),
            None => (text, BAUD),
        };
        let is_path = path.starts_with(['/', '.']) || (cfg!(windows) && path.starts_with("COM"));
        is_path.then(|| Self { path: PathBuf::from(path), baud })
    }

    /// Opens the device. While it is open, no other program can open it.
    pub(super) fn open(&self) -> Result<Link, LinkError> {
        let path = self.path.to_string_lossy();
        let port = tokio_serial::new(path.as_ref(), self.baud).open_native_async();
        let (reader, writer) = tokio::io::split(port.map_err(|error| refused(&self.path, &error))?);
        let timing = Timing::default();
        Ok(Link { name: words::path(&self.path), reader: Box::new(reader), writer: Box::new(writer), timing })
    }
}

impl fmt::Display for SerialDevice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.baud {
            BAUD => write!(f, "{}", self.path.display()),
            baud => write!(f, "{},baud={baud}", self.path.display()),
        }
    }
}

fn refused(path: &Path, error: &tokio_serial::Error) -> LinkError {
    let path = path.to_owned();
    match error.kind() {
        ErrorKind::Io(io::ErrorKind::NotFound) => LinkError::NoDevice(path),
        ErrorKind::Io(io::ErrorKind::PermissionDenied) => LinkError::Denied(path),
        // This is the error of tokio-serial if another program holds the lock of the port.
        ErrorKind::NoDevice => LinkError::Busy(path),
        _ => LinkError::NotSerial { path, why: error.to_string() },
    }
}
