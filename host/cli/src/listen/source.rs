//! Where samples come from: a board's address or standard input, as pieces of bytes with their times.

use crate::error::Error;
use eggroll_host::data::input::STDIN;
use eggroll_host::fleet::board::BoardError;
use eggroll_host::fleet::link::{Address, LinkError};
use eggroll_host::words;
use std::fmt;
use std::io::{ErrorKind, Read};
use std::num::NonZeroU32;
use std::str::FromStr;
use std::time::Instant;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::sync::mpsc::{Receiver, Sender, channel};

/// The most bytes of a piece.
const PIECE: usize = 4096;
/// The most pieces that wait to be taken; after that, the sender waits.
const WAITING: usize = 64;

/// What is listened to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Source {
    /// Standard input.
    Stdin,
    /// A serial device, devices by a pattern, or a TCP port.
    Board(Address),
}

impl FromStr for Source {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == STDIN {
            return Ok(Self::Stdin);
        }
        match text.parse() {
            Ok(address @ (Address::Device(_) | Address::Devices(_) | Address::Tcp(_))) => {
                Ok(Self::Board(address))
            }
            _ => Err(
                "samples come from a serial device such as /dev/ttyACM0 (or with ,baud=N), tcp:HOST:PORT, \
                      or - for standard input"
                    .to_owned(),
            ),
        }
    }
}

impl fmt::Display for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stdin => f.write_str("standard input"),
            Self::Board(address) => f.write_str(&words::shown(&address.to_string(), 4 * words::MOST)),
        }
    }
}

/// What came.
pub(super) enum Part {
    /// Bytes, and when.
    Bytes(Vec<u8>, Instant),
    /// Nothing any more; an error says why.
    End(Option<std::io::Error>),
}

/// What is listened to while it is open. It is closed when this is dropped.
pub(super) struct Opened {
    pub(super) parts: Receiver<Part>,
    /// Some boards send only while somebody could answer.
    _writer: Option<Box<dyn AsyncWrite + Send + Unpin>>,
}

impl Source {
    /// With the baud rate of `--baud`.
    ///
    /// # Errors
    /// [`Error::Usage`] if it has none.
    pub(super) fn at(self, baud: Option<NonZeroU32>) -> Result<Self, Error> {
        let Some(baud) = baud else { return Ok(self) };
        match self {
            Self::Board(address @ (Address::Device(_) | Address::Devices(_))) => {
                let text = address.to_string();
                let path = text.rsplit_once(",baud=").map_or(text.as_str(), |(path, _)| path);
                let again = format!("{path},baud={baud}").parse();
                Ok(Self::Board(again.map_err(|error| Error::Usage(format!("--baud: {error}")))?))
            }
            other => {
                Err(Error::Usage(format!("--baud is for serial devices, and {other} is none: leave it out")))
            }
        }
    }

    /// Opens it, and begins to read.
    ///
    /// # Errors
    /// It cannot be opened.
    pub(super) async fn open(&self) -> Result<Opened, Error> {
        let (sender, parts) = channel(WAITING);
        let Self::Board(address) = self else {
            // A read of standard input cannot be taken back, so its thread ends with the program.
            let reader = std::thread::Builder::new().name("standard input".to_owned());
            let spawned = reader.spawn(move || read_stdin(&sender));
            spawned.map_err(|error| Error::Usage(format!("cannot start a thread: {error}")))?;
            return Ok(Opened { parts, _writer: None });
        };
        let address = match address {
            Address::Devices(devices) => match &devices.now()[..] {
                [] => return Err(BoardError::from(LinkError::NoMatch(devices.to_string())).into()),
                [only] => Address::Device(only.clone()),
                [first, second, ..] => {
                    return Err(Error::Usage(format!(
                        "{devices}: several devices match, such as {first} and {second}: name one"
                    )));
                }
            },
            other => other.clone(),
        };
        let link = address.open(0).await.map_err(BoardError::from)?;
        tokio::spawn(read_link(link.reader, sender));
        Ok(Opened { parts, _writer: Some(link.writer) })
    }
}

fn read_stdin(sender: &Sender<Part>) {
    let mut bytes = [0; PIECE];
    loop {
        let part = match std::io::stdin().lock().read(&mut bytes) {
            Ok(0) => Part::End(None),
            Ok(read) => Part::Bytes(bytes[..read].to_vec(), Instant::now()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Part::End(Some(error)),
        };
        let ends = matches!(part, Part::End(_));
        if sender.blocking_send(part).is_err() || ends {
            return;
        }
    }
}

async fn read_link(mut reader: Box<dyn AsyncRead + Send + Unpin>, sender: Sender<Part>) {
    let mut bytes = [0; PIECE];
    loop {
        let part = match reader.read(&mut bytes).await {
            Ok(0) => Part::End(None),
            Ok(read) => Part::Bytes(bytes[..read].to_vec(), Instant::now()),
            Err(error) if error.kind() == ErrorKind::Interrupted => continue,
            Err(error) => Part::End(Some(error)),
        };
        let ends = matches!(part, Part::End(_));
        if sender.send(part).await.is_err() || ends {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let shown = |text: &str| text.parse::<Source>().map(|source| source.to_string());
        assert_eq!(shown("-"), Ok("standard input".to_owned()));
        for text in ["/dev/ttyACM0", "/dev/ttyUSB1,baud=9600", "tcp:localhost:7000"] {
            assert_eq!(shown(text), Ok(text.to_owned()));
        }
        for text in ["", "sim", "cpu", "cuda", "tcp:host", "ttyACM0", "qemu:microbit", "/dev/ttyACM0,baud=0"]
        {
            assert!(shown(text).unwrap_err().contains("/dev/ttyACM0"), "{text}");
        }
    }

    #[test]
    fn baud_rates() {
        let at = |text: &str, baud| text.parse::<Source>().unwrap().at(NonZeroU32::new(baud));
        assert_eq!(at("/dev/ttyACM0", 9600).unwrap().to_string(), "/dev/ttyACM0,baud=9600");
        assert_eq!(at("/dev/ttyACM0,baud=300", 9600).unwrap().to_string(), "/dev/ttyACM0,baud=9600");
        assert_eq!(at("/dev/ttyACM0", 0).unwrap().to_string(), "/dev/ttyACM0");
        for text in ["-", "tcp:localhost:7000"] {
            assert!(at(text, 9600).unwrap_err().to_string().contains("--baud"), "{text}");
        }
    }
}
