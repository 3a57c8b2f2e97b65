use std::fmt;
use std::str::FromStr;

/// Bytes of arena of a simulated board, unless its address says otherwise. Untouched pages cost nothing.
pub const SIM_ARENA: u64 = 256 << 20;

/// Most bytes of arena of a simulated board: what the addresses of a microcontroller reach.
pub const MOST_ARENA: u64 = 1 << 32;

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

/// An address that names no boards.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownAddress {
    /// No kind of board is called so.
    #[error("unknown board address `{0}`; understood are: {UNDERSTOOD}")]
    Kind(String),
    /// More memory than a board can have.
    #[error("arena={0} is more than a board can have: give at most {MOST_ARENA} bytes")]
    Arena(String),
}

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
        let unknown = || UnknownAddress::Kind(text.to_owned());
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        if kind != "sim" || text.ends_with(':') {
            return Err(unknown());
        }
        let (mut count, mut arena) = (cores(), SIM_ARENA);
        for part in rest.split(',').filter(|_| !rest.is_empty()) {
            match part.strip_prefix("arena=") {
                Some(bytes) => arena = self::arena(bytes).ok_or_else(unknown)??,
                None => count = part.parse().map_err(|_| unknown())?,
            }
        }
        if (1..=1024).contains(&count) { Ok(Self::Sim { count, arena }) } else { Err(unknown()) }
    }
}

/// Bytes of arena; `None` where the text is no number.
fn arena(text: &str) -> Option<Result<u64, UnknownAddress>> {
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number of any length: what does not even fit 64 bits is too much as well.
    let bytes = text.parse().ok().filter(|&bytes| bytes <= MOST_ARENA);
    number.then(|| bytes.ok_or_else(|| UnknownAddress::Arena(text.to_owned())))
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

    #[test]
    fn arenas_beyond_every_board() {
        assert!("sim:1,arena=4294967296".parse::<Address>().is_ok());
        for arena in ["4294967297", "99999999999999999", "99999999999999999999999999"] {
            let message = format!("sim:1,arena={arena}").parse::<Address>().unwrap_err().to_string();
            assert!(message.contains(arena) && message.contains("at most 4294967296 bytes"), "{message}");
        }
    }
}
