//! Links: an address becomes a byte stream in each direction. Another kind of board is one more file here.

mod address;
pub mod faults;
mod sim;

pub use address::{Address, MOST_ARENA, SIM_ARENA};
pub use sim::{SIM_FRAME, sim};

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// How patient a session is with a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// How long a reply may take before its request is repeated.
    pub reply: Duration,
    /// How often a request is sent before its board counts as gone.
    pub attempts: u32,
}

impl Default for Timing {
    /// Enough for the slowest board's largest request over the slowest serial line.
    fn default() -> Self {
        Self { reply: Duration::from_secs(2), attempts: 4 }
    }
}

/// A byte stream to a board, and what users call it.
pub struct Link {
    /// Address and number, as shown to users.
    pub name: String,
    /// Bytes from the board.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// Bytes to the board.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// How patient to be.
    pub timing: Timing,
}

/// Opens the links that an address names; a simulated board starts with its link.
pub fn open(address: &Address) -> Vec<Link> {
    (0..count(address)).map(|place| open_one(address, place)).collect()
}

/// How many links an address names.
pub const fn count(address: &Address) -> usize {
    match *address {
        Address::Sim { count, .. } => count,
    }
}

/// Opens one of the links that an address names, `place` below [`count`]; again, where it has ended.
pub fn open_one(address: &Address, place: usize) -> Link {
    match *address {
        Address::Sim { arena, .. } => sim(&format!("sim-{place}"), arena),
    }
}
