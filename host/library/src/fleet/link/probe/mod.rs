//! Boards behind a debug probe: bytes go through two rings in the chip's RAM (RTT), which the probe reads and
//! writes while the chip runs.
//!
//! A board takes part that has a channel called `eggroll` each way beside the one of its logs, as boards
//! built with the feature `rtt` have. **Not run on hardware**; what is tested is the pump, against a mock of
//! the two channels, and a board's end of the rings, in an emulator whose memory a test reads and writes.

#[cfg(feature = "probe")]
mod rtt;

use super::{Link, LinkError};

/// What a build without probe-rs says.
#[cfg(not(feature = "probe"))]
const MISSING: &str = "this program was built without debug probes: build it with \
    `cargo build --release --features probe`";

/// A chip on the debug probe that is plugged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Probe {
    /// The chip, as probe-rs calls it.
    pub chip: String,
}

impl Probe {
    /// `CHIP`.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let is_name = text.starts_with(|c: char| c.is_ascii_alphanumeric())
            && text.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c));
        is_name.then(|| Self { chip: text.to_owned() })
    }

    fn refused(&self, why: &str) -> LinkError {
        LinkError::Probe { name: self.name(), why: why.to_owned() }
    }

    fn name(&self) -> String {
        format!("probe:{}", self.chip)
    }

    #[cfg(feature = "probe")]
    pub(super) async fn open(&self) -> Result<Link, LinkError> {
        rtt::open(self).await
    }

    #[cfg(not(feature = "probe"))]
    #[allow(clippy::unused_async, reason = "as in a build with probe-rs")]
    pub(super) async fn open(&self) -> Result<Link, LinkError> {
        Err(self.refused(MISSING))
    }
}

#[cfg(all(test, not(feature = "probe")))]
mod tests {
    use super::*;

    #[tokio::test]
    async fn without_the_feature_it_says_how_to_build_it_in() {
        let address: super::super::Address = "probe:nRF51822_xxAA".parse().unwrap();
        let refused = address.open(0).await.err().unwrap();
        assert_eq!(refused, Probe { chip: "nRF51822_xxAA".to_owned() }.refused(MISSING));
        assert!(refused.to_string().contains("--features probe"), "{refused}");
    }
}
