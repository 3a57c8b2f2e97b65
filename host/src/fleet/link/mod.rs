//! Links: an address becomes a byte stream in each direction. Another kind of board is one more file here.

mod address;
mod sim;

pub use address::{Address, SIM_ARENA};
pub use sim::{SIM_FRAME, sim};

use tokio::io::{AsyncRead, AsyncWrite};

/// A byte stream to a board, and what users call it.
pub struct Link {
    /// Address and number, as shown to users.
    pub name: String,
    /// Bytes from the board.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// Bytes to the board.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
}

/// Opens the links that an address names; a simulated board starts with its link.
pub fn open(address: &Address) -> Vec<Link> {
    match *address {
        Address::Sim { count, arena } => {
            (0..count).map(|number| sim(&format!("sim-{number}"), arena)).collect()
        }
    }
}
