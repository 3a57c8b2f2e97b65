//! Links: an address becomes a byte stream in each direction. A new kind of board is one more file here.

mod address;
mod cuda;
mod device;
mod emulated;
mod emulator;
mod error;
pub mod faults;
mod fpga;
mod images;
mod lab;
mod opener;
mod pattern;
mod probe;
mod probed;
mod qemu;
mod rp2040js;
mod sim;
mod tcp;

pub use address::{Address, SIM_ARENA, UnknownAddress};
#[cfg(not(feature = "cuda"))]
pub(crate) use cuda::CUDA_MISSING;
pub use cuda::Cuda;
pub use device::SerialDevice;
pub use emulated::Emulated;
pub use error::LinkError;
pub use fpga::FpgaSim;
#[cfg(feature = "fpga-sim")]
pub use fpga::fpga_sim;
pub use lab::{LabAddress, NoLab, without_password};
pub use opener::{NumberedLink, OpenLink};
pub use pattern::DevicePattern;
pub use probe::Probe;
pub use sim::{sim, sim_with_task};
pub use tcp::Tcp;

use std::time::Duration;
use tokio::io::{AsyncRead, AsyncWrite};

/// How long a session waits for replies over a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timing {
    /// A request whose reply takes longer is repeated.
    pub reply: Duration,
    /// A board that does not reply to so many repeats of a request counts as gone.
    pub attempts: u32,
}

impl Timing {
    /// The timing of a handshake, which waits half as long because a board has nothing to compute for it.
    pub(super) const fn handshake(self) -> Self {
        Self { reply: Duration::from_nanos(self.reply.as_nanos() as u64 / 2), ..self }
    }
}

impl Default for Timing {
    /// This is enough for the largest request to the slowest board over the slowest serial line.
    fn default() -> Self {
        Self { reply: Duration::from_secs(2), attempts: 4 }
    }
}

/// A byte stream to a board and one from it.
pub struct Link {
    /// The address and number, as users see them.
    pub name: String,
    /// The bytes from the board.
    pub reader: Box<dyn AsyncRead + Send + Unpin>,
    /// The bytes to the board.
    pub writer: Box<dyn AsyncWrite + Send + Unpin>,
    /// How long to wait for replies.
    pub timing: Timing,
}
