//! The address of `--metrics`.

use eggroll_host::words;
use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// Where metrics are served: an address of this machine and a port. Port 0 is any that is free.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct MetricsAddress(pub(super) SocketAddr);

impl FromStr for MetricsAddress {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        // A name could mean several addresses, of which another program may have one.
        let here = text.strip_prefix("localhost:").and_then(|port| port.parse().ok());
        let here = here.map(|port: u16| SocketAddr::from((Ipv4Addr::LOCALHOST, port)));
        here.or_else(|| text.parse().ok()).map(Self).ok_or_else(|| {
            format!(
                "`{}` is not an address and a port, such as 127.0.0.1:9464, [::1]:9464 or 0.0.0.0:9464",
                words::shown(text, words::MOST)
            )
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        let of =
            |text: &str| text.parse::<MetricsAddress>().map(|MetricsAddress(address)| address.to_string());
        for (text, address) in [
            ("127.0.0.1:9464", "127.0.0.1:9464"),
            ("localhost:0", "127.0.0.1:0"),
            ("[::1]:80", "[::1]:80"),
            ("0.0.0.0:65535", "0.0.0.0:65535"),
        ] {
            assert_eq!(of(text), Ok(address.to_owned()));
        }
        for text in [
            "",
            "9464",
            ":9464",
            "localhost",
            "localhost:",
            "127.0.0.1",
            "127.0.0.1:65536",
            "::1:1x",
            "host:1",
        ] {
            assert!(of(text).is_err_and(|why| why.contains("127.0.0.1:9464")), "{text}");
        }
    }
}
