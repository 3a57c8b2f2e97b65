//! A board behind a TCP port: a serial server, an emulator, another machine.

use super::{Link, LinkError, Timing};
use crate::words;
use std::time::Duration;
use tokio::net::TcpStream;

/// Longer than this no connection takes that comes about.
const LIMIT: Duration = Duration::from_secs(5);

/// Characters of a host's name, in brackets or not: as many as the domain name system has.
const LONGEST_HOST: usize = 255;

/// `HOST:PORT`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tcp(pub(super) String);

impl Tcp {
    /// `HOST:PORT`; an IPv6 host stands in brackets.
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
        // Requests are small and wait for replies.
        stream.set_nodelay(true).map_err(|error| unreachable(error.to_string()))?;
        let (reader, writer) = stream.into_split();
        let timing = Timing::default();
        Ok(Link { name, reader: Box::new(reader), writer: Box::new(writer), timing })
    }
}
