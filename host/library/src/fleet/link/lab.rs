//! The address of a lab: a NATS server, over which agents on other computers offer what is attached to them.

use crate::words;
use std::fmt;
use std::str::FromStr;

/// The longest address in bytes.
const LONGEST: usize = 512;
/// The number of hexadecimal digits in the name of a run.
const RUN_DIGITS: usize = 16;

/// `nats://[USER[:PASSWORD]@]HOST[:PORT]`, or `tls://` in place of `nats://` to insist on TLS. `#RUN` names a
/// run of the lab.
#[derive(Clone, PartialEq, Eq)]
pub struct LabAddress {
    server: String,
    /// The run, by the first 16 hexadecimal digits of its identity.
    pub run: Option<String>,
}

/// The error of a text that is no address of a lab.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{}` is no address of a lab: nats://[USER[:PASSWORD]@]HOST[:PORT][#RUN], where RUN has {RUN_DIGITS} hexadecimal \
     digits; tls:// insists on TLS", words::shown(.0, words::MOST)
)]
pub struct NoLab(String);

impl LabAddress {
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (server, run) = match text.split_once('#') {
            None => (text, None),
            Some((server, run)) => (server, Some(run)),
        };
        let run_fits =
            run.is_none_or(|run| run.len() == RUN_DIGITS && run.bytes().all(|b| b.is_ascii_hexdigit()));
        let rest = server.strip_prefix("nats://").or_else(|| server.strip_prefix("tls://"))?;
        let host = rest.rsplit_once('@').map_or(rest, |(_, host)| host);
        let (name, port) = match host.rsplit_once(':') {
            // The last part of an IPv6 address in brackets is no port.
            Some((name, port)) if !port.ends_with(']') => (name, Some(port)),
            _ => (host, None),
        };
        let port_fits = port.is_none_or(|port| port.parse::<u16>().is_ok_and(|port| port > 0));
        let plain = text.len() <= LONGEST && text.chars().all(|c| words::is_plain(c) && !c.is_whitespace());
        let named = !name.is_empty() && !name.contains(['/', '?']);
        (run_fits && port_fits && plain && named)
            .then(|| Self { server: server.to_owned(), run: run.map(str::to_ascii_lowercase) })
    }

    /// The server as a client of NATS takes it, without user and password.
    pub fn server(&self) -> String {
        match (self.server.split_once("://"), self.server.rsplit_once('@')) {
            (Some((scheme, _)), Some((_, host))) => format!("{scheme}://{host}"),
            _ => self.server.clone(),
        }
    }

    /// The user and the password; without a password it is a token. They must not be shown.
    pub fn user(&self) -> Option<(&str, Option<&str>)> {
        let (before, _) = self.server.rsplit_once('@')?;
        let (_, user) = before.split_once("://")?;
        Some(user.split_once(':').map_or((user, None), |(user, password)| (user, Some(password))))
    }

    /// The same lab, without a run of it.
    #[must_use]
    pub fn without_run(&self) -> Self {
        Self { server: self.server.clone(), run: None }
    }

    /// Whether it insists on TLS.
    pub fn is_tls(&self) -> bool {
        self.server.starts_with("tls://")
    }

    /// The same lab, with a run of it.
    #[must_use]
    pub fn with_run(&self, run: &str) -> Self {
        Self { server: self.server.clone(), run: Some(run.to_owned()) }
    }
}

impl FromStr for LabAddress {
    type Err = NoLab;

    fn from_str(text: &str) -> Result<Self, NoLab> {
        // What is shown of a wrong address must not be its password.
        Self::parse(text).ok_or_else(|| NoLab(without_password(text)))
    }
}

/// A text that may be an address, without what stands between a user's name and `@`, so that it can be shown.
pub fn without_password(text: &str) -> String {
    let Some((before, host)) = text.rsplit_once('@') else { return text.to_owned() };
    let Some((scheme, user)) = before.split_once("://") else { return text.to_owned() };
    // What is alone is a token, which is as secret as a password.
    match user.split_once(':') {
        Some((user, _)) => format!("{scheme}://{user}@{host}"),
        None => format!("{scheme}://{host}"),
    }
}

impl fmt::Display for LabAddress {
    /// The address without the password.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&without_password(&self.server))?;
        self.run.iter().try_for_each(|run| write!(f, "#{run}"))
    }
}

impl fmt::Debug for LabAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_of_labs() {
        for (text, shown, run) in [
            ("nats://lab", "nats://lab", None),
            (
                "nats://lab:4222#0123456789ABCDEF",
                "nats://lab:4222#0123456789abcdef",
                Some("0123456789abcdef"),
            ),
            ("tls://me:secret@lab.example:4222", "tls://me@lab.example:4222", None),
            ("nats://token@lab", "nats://lab", None),
            ("nats://[::1]:4222", "nats://[::1]:4222", None),
            ("nats://[::1]", "nats://[::1]", None),
        ] {
            let lab: LabAddress = text.parse().unwrap();
            assert_eq!((lab.to_string().as_str(), lab.run.as_deref()), (shown, run));
            assert_eq!(format!("{lab:?}"), shown, "no secret in a log");
        }
        let lab: LabAddress = "tls://me:secret@lab:4222".parse().unwrap();
        assert_eq!((lab.server().as_str(), lab.user()), ("tls://lab:4222", Some(("me", Some("secret")))));
        for odd in [
            "",
            "nats:",
            "nats://",
            "nats://:4222",
            "http://lab",
            "nats://lab:0",
            "nats://lab:99999",
            "nats://a b",
            "nats://lab#12",
            "nats://lab#xxxxxxxxxxxxxxxx",
            "nats://lab/path",
        ] {
            assert!(odd.parse::<LabAddress>().is_err(), "{odd}");
        }
        let error = "nats://me:secret@lab:0".parse::<LabAddress>().unwrap_err().to_string();
        assert!(!error.contains("secret"), "{error}");
    }
}
