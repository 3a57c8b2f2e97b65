use std::fmt;
use std::str::FromStr;

/// Bytes of arena of a simulated board, unless its address says otherwise. Untouched pages cost nothing.
pub const SIM_ARENA: u64 = 256 << 20;

/// The kinds of addresses, as an error lists them.
const UNDERSTOOD: &str =
    "sim (one simulated board a core), sim:N (N of them), sim:N,arena=BYTES (with so much memory)";

/// Where boards are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Simulated boards: the firmware's own server behind an in-memory link.
    Sim {
        /// How many.
        count: usize,
        /// Bytes of arena each.
        arena: u64,
    },
}

/// An address that names no kind of board.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown board address `{0}`; understood are: {UNDERSTOOD}")]
pub struct UnknownAddress(String);

fn cores() -> usize {
    std::thread::available_parallelism().map_or(1, usize::from)
}

impl Default for Address {
    fn default() -> Self {
        Self::Sim { count: cores(), arena: SIM_ARENA }
    }
}

impl FromStr for Address {
    type Err = UnknownAddress;

    fn from_str(text: &str) -> Result<Self, UnknownAddress> {
        let unknown = || UnknownAddress(text.to_owned());
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        if kind != "sim" || text.ends_with(':') {
            return Err(unknown());
        }
        let (mut count, mut arena) = (cores(), SIM_ARENA);
        for part in rest.split(',').filter(|_| !rest.is_empty()) {
            match part.strip_prefix("arena=") {
                Some(bytes) => arena = bytes.parse().map_err(|_| unknown())?,
                None => count = part.parse().map_err(|_| unknown())?,
            }
        }
        if (1..=1024).contains(&count) { Ok(Self::Sim { count, arena }) } else { Err(unknown()) }
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Sim { count, arena: SIM_ARENA } => write!(f, "sim:{count}"),
            Self::Sim { count, arena } => write!(f, "sim:{count},arena={arena}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn simulated_boards() {
        let sim = |count, arena| Address::Sim { count, arena };
        assert_eq!("sim".parse(), Ok(Address::default()));
        assert_eq!("sim:3".parse(), Ok(sim(3, SIM_ARENA)));
        assert_eq!("sim:2,arena=14336".parse(), Ok(sim(2, 14336)));
        for text in ["sim:3", "sim:2,arena=14336"] {
            assert_eq!(text.parse::<Address>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn others_are_refused_with_what_is_understood() {
        for text in ["", "sim:", "sim:0", "sim:x", "sim:1,arena=", "sim:1,ram=3", "simulator", "/dev/ttyACM0"]
        {
            let message = text.parse::<Address>().unwrap_err().to_string();
            assert!(message.contains(&format!("`{text}`")) && message.contains("sim:N"), "{message}");
        }
    }
}
