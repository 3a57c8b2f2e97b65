//! Boards on serial devices.

use super::probed::{is_probed, patiently};
use super::{Link, LinkError, Timing};
use crate::words;
use std::path::{Path, PathBuf};
use std::{fmt, io};
use tokio_serial::{ErrorKind, SerialPort, SerialPortBuilderExt, SerialStream};

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
        let is_path = path.starts_with(['/', '.']) || (cfg!(windows) && is_com(path));
        is_path.then(|| Self { path: PathBuf::from(path), baud })
    }

    /// Opens the device. While it is open, no other program can open it. One that was plugged in just now may
    /// be held by a program that looks what it is, which is waited for.
    pub(super) async fn open(&self) -> Result<Link, LinkError> {
        let opened = patiently(|| self.opened(), || is_probed(&self.path)).await?;
        let (reader, writer) = tokio::io::split(opened);
        let timing = Timing::default();
        Ok(Link { name: words::path(&self.path), reader: Box::new(reader), writer: Box::new(writer), timing })
    }
}

impl SerialDevice {
    fn opened(&self) -> Result<SerialStream, LinkError> {
        let path = self.path.to_string_lossy();
        let port = tokio_serial::new(path.as_ref(), self.baud).open_native_async();
        let mut port = port.map_err(|error| refused(&self.path, &error))?;
        // Two lines beside the data: a board that waits for a terminal wants DTR, and the circuit of an ESP32
        // that resets it by itself holds it in reset while RTS is on and DTR off (Espressif, esptool: boot
        // mode selection, automatic bootloader). So both are on, DTR first, whatever the system leaves them
        // at. A board that is reset by this answers later: the handshake is repeated for four seconds. A
        // pseudo terminal has no such lines, which is no fault.
        let _ = port.write_data_terminal_ready(true);
        let _ = port.write_request_to_send(true);
        Ok(port)
    }
}

/// Whether a text is the name of a serial port of Windows, or a pattern of such names.
fn is_com(text: &str) -> bool {
    text.get(..3).is_some_and(|start| start.eq_ignore_ascii_case("COM"))
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_windows() {
        assert!(["COM7", "com12", "COM*", "COM[1-4]"].into_iter().all(is_com));
        assert!(!is_com("CO") && !is_com("/dev/ttyACM0") && !is_com("µµ"));
        assert_eq!(SerialDevice::parse("COM7").is_some(), cfg!(windows));
    }
}
