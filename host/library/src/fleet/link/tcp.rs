//! Boards behind a TCP port, such as a serial server's.

use super::{Link, LinkError, Timing};
use crate::words;
use std::time::Duration;
use tokio::net::TcpStream;

/// A connection that takes longer than this has failed.
const LIMIT: Duration = Duration::from_secs(5);

/// The most characters of a host's name, which is the limit of the domain name system.
const LONGEST_HOST: usize = 255;

/// An address of the form `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp(pub(super) String);

impl Tcp {
    /// Reads `HOST:PORT`, where an IPv6 address is in brackets.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (host, port) = text.rsplit_once(':')?;
        let named = (1..=LONGEST_HOST).contains(&host.len()) && host.chars().all(words::is_plain);
        let known = named && port.parse::<u16>().is_ok_and(|port| port > 0);
        known.then(|| Self(text.to_owned()))
    }

    pub(super) async fn open(&self) -> Result<Link, LinkError> {
        let name = format!("tcp:{}", self.0);
        let unreachable = |why: String| LinkError::Unreachable { name: name.clone(), why };
        let stream = tokio::time::timeout(LIMIT, TcpStream::connect(&self.0)).await;
        let stream = stream
            .map_err(|_| unreachable(format!("no answer within {} s", LIMIT.as_secs())))?
            .map_err(|error| unreachable(error.to_string()))?;
        // Requests are small and the host waits for their replies, so nothing is gained by collecting bytes.
        stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
        let (reader, writer) = stream.into_split();
        let timing = Timing::default();
        Ok(Link { name, reader: Box::new(reader), writer: Box::new(writer), timing })
    }
}
