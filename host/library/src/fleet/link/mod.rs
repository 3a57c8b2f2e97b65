//! Links: an address becomes a byte stream in each direction. Another kind of board is one more file here.

mod address;
mod cuda;
mod device;
mod emulated;
mod emulator;
mod error;
pub mod faults;
mod fpga;
mod images;
mod opener;
mod pattern;
mod probe;
mod qemu;
mod rp2040js;
mod sim;
mod tcp;

pub use address::{Address, MOST_ARENA, SIM_ARENA, UnknownAddress};
#[cfg(not(feature = "cuda"))]
pub(crate) use cuda::CUDA_MISSING;
pub use cuda::Cuda;
pub use device::{BAUD, Device};
pub use emulated::Emulated;
pub use error::LinkError;
pub use fpga::FpgaSim;
#[cfg(feature = "fpga-sim")]
pub use fpga::fpga_sim;
pub use images::BOARDS_VARIABLE;
pub use opener::{Open, Place};
pub use pattern::Devices;
pub use probe::Probe;
pub use sim::{SIM_FRAME, sim};
pub use tcp::Tcp;

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

impl Timing {
    /// How patient to be with a handshake, for which no board computes: half as much.
    pub(super) const fn handshake(self) -> Self {
        Self { reply: Duration::from_nanos(self.reply.as_nanos() as u64 / 2), ..self }
    }
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
