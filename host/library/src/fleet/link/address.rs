use super::device::SerialDevice;
use super::emulated::Emulated;
use super::fpga::FpgaSim;
use super::lab::{LabAddress, without_password};
use super::pattern::DevicePattern;
use super::probe::Probe;
use super::tcp::Tcp;
use super::{Cuda, Link, LinkError, qemu, rp2040js, sim};
use crate::words;
use std::fmt;
use std::str::FromStr;

/// The arena of a simulated board in bytes, unless its address gives another. Pages that are never touched
/// cost nothing.
pub const SIM_ARENA: u64 = 256 << 20;

/// The largest arena of a simulated board in bytes: a microcontroller cannot address more.
pub(crate) const MOST_ARENA: u64 = 1 << 32;

/// The kinds of addresses, as an error lists them.
const UNDERSTOOD: &str = "cpu (the host's own cores, many members side by side), cuda[:N] (an NVIDIA GPU), \
    sim[:N][,arena=BYTES] (simulated boards, one a core unless N says how many), \
    fpga-sim[:N] (simulated boards with a simulated FPGA), \
    a device such as /dev/ttyACM0 (or with ,baud=N), a quoted pattern of devices such as '/dev/ttyACM*', \
    tcp:HOST:PORT, qemu:BOARD[:N] and rp2040js:BOARD[:N] (emulated boards; ,image=PATH for an image of your own), \
    probe:CHIP (a board behind a debug probe), \
    nats://HOST:PORT (what agents on other computers offer)";

/// An address of boards, or of what evaluates in their place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The host's own cores, which need neither board nor link.
    Cpu,
    /// GPUs, which need neither board nor link.
    Cuda(Cuda),
    /// Simulated boards: the firmware's own server behind an in-memory link.
    Sim {
        /// The number of boards.
        count: usize,
        /// The arena of each in bytes.
        arena: u64,
    },
    /// Simulated boards with a simulated FPGA.
    FpgaSim(FpgaSim),
    /// A serial device.
    Device(SerialDevice),
    /// All serial devices that match a pattern, including those that appear later.
    Devices(DevicePattern),
    /// A TCP port.
    Tcp(Tcp),
    /// A chip behind a debug probe.
    Probe(Probe),
    /// Boards emulated by QEMU.
    Qemu(Emulated),
    /// Boards emulated by rp2040js.
    Rp2040js(Emulated),
    /// What agents on other computers offer. They join by themselves, so it has no links.
    Lab(LabAddress),
}

/// Says why a text is not an address.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UnknownAddress {
    /// The text names no known kind of board.
    #[error("unknown board address `{}`; understood are: {UNDERSTOOD}", words::shown(&without_password(.0), words::MOST))]
    Kind(String),
    /// The arena is larger than `MOST_ARENA`.
    #[error("arena={} is more than a board can have: give at most {MOST_ARENA} bytes", words::shown(.0, words::MOST))]
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

impl Address {
    /// The addresses of boards that it names now: a pattern names the devices that match, another address
    /// itself.
    pub(super) fn now(&self) -> Vec<Self> {
        match self {
            Self::Devices(devices) => devices.now().into_iter().map(Self::Device).collect(),
            other => vec![other.clone()],
        }
    }

    /// The number of links that it names. It is 0 for a pattern, whose devices have addresses of their own,
    /// and for the host's cores and GPUs.
    pub const fn count(&self) -> usize {
        match self {
            Self::Sim { count, .. } => *count,
            Self::FpgaSim(boards) => boards.count,
            Self::Cpu | Self::Cuda(_) | Self::Devices(_) | Self::Lab(_) => 0,
            Self::Device(_) | Self::Tcp(_) | Self::Probe(_) => 1,
            Self::Qemu(boards) | Self::Rp2040js(boards) => boards.count,
        }
    }

    /// Whether the board may go and come back during a run, as one on a plug or a network may.
    pub const fn returns(&self) -> bool {
        matches!(self, Self::Device(_) | Self::Devices(_) | Self::Tcp(_) | Self::Probe(_))
    }

    /// Opens one of the links that it names: `place` is below [`Self::count`]. A link that has ended may be
    /// opened again. A simulated or emulated board starts with its link. This must be called within a tokio
    /// runtime.
    ///
    /// # Errors
    /// [`LinkError`].
    pub async fn open(&self, place: usize) -> Result<Link, LinkError> {
        match self {
            Self::Cpu | Self::Cuda(_) | Self::Lab(_) => Err(LinkError::Nowhere),
            Self::Sim { arena, .. } => Ok(sim(&format!("sim-{place}"), *arena)),
            Self::FpgaSim(boards) => boards.open(&format!("fpga-sim-{place}")),
            Self::Device(device) => device.open().await,
            Self::Devices(devices) => Err(LinkError::NoMatch(devices.to_string())),
            Self::Tcp(tcp) => tcp.open().await,
            Self::Probe(probe) => probe.open().await,
            Self::Qemu(which) => qemu::open(which, format!("qemu:{}-{place}", which.board)).await,
            Self::Rp2040js(which) => rp2040js::open(which, format!("rp2040js:{}-{place}", which.board)).await,
        }
    }
}

fn simulated(text: &str, rest: &str) -> Result<Address, UnknownAddress> {
    let unknown = || UnknownAddress::Kind(text.to_owned());
    let (mut count, mut arena) = (cores(), SIM_ARENA);
    for part in rest.split(',').filter(|_| !rest.is_empty()) {
        match part.strip_prefix("arena=") {
            Some(bytes) => arena = self::arena(bytes).ok_or_else(unknown)??,
            None => count = part.parse().map_err(|_| unknown())?,
        }
    }
    if (1..=1024).contains(&count) { Ok(Address::Sim { count, arena }) } else { Err(unknown()) }
}

impl FromStr for Address {
    type Err = UnknownAddress;

    fn from_str(text: &str) -> Result<Self, UnknownAddress> {
        let (kind, rest) = text.split_once(':').unwrap_or((text, ""));
        let argument = text.split_once(':').map(|(_, argument)| argument);
        let address = match kind {
            "cpu" if rest.is_empty() && !text.ends_with(':') => Some(Self::Cpu),
            "cpu" => None,
            "cuda" => Cuda::device(argument).map(Self::Cuda),
            "cuda-sim" => Cuda::simulated(argument).map(Self::Cuda),
            "sim" if !text.ends_with(':') => return simulated(text, rest),
            "fpga-sim" => FpgaSim::parse(argument).map(Self::FpgaSim),
            "nats" | "tls" => LabAddress::parse(text).map(Self::Lab),
            "tcp" => Tcp::parse(rest).map(Self::Tcp),
            "probe" => Probe::parse(rest).map(Self::Probe),
            "qemu" => Emulated::parse(rest).map(Self::Qemu),
            "rp2040js" => Emulated::parse(rest).map(Self::Rp2040js),
            _ => SerialDevice::parse(text)
                .map(|path| DevicePattern::of(path).map_or_else(Self::Device, Self::Devices)),
        };
        address.ok_or_else(|| UnknownAddress::Kind(text.to_owned()))
    }
}

/// Reads the size of an arena. Returns `None` if the text is not a number.
fn arena(text: &str) -> Option<Result<u64, UnknownAddress>> {
    let number = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    // A number may have any length: one that does not fit 64 bits is too large as well.
    let bytes = text.parse().ok().filter(|&bytes| bytes <= MOST_ARENA);
    number.then(|| bytes.ok_or_else(|| UnknownAddress::Arena(text.to_owned())))
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Cpu => f.write_str("cpu"),
            Self::Cuda(which) => which.fmt(f),
            Self::Sim { count, arena: SIM_ARENA } => write!(f, "sim:{count}"),
            Self::Sim { count, arena } => write!(f, "sim:{count},arena={arena}"),
            Self::FpgaSim(boards) => write!(f, "fpga-sim:{}", boards.count),
            Self::Device(device) => device.fmt(f),
            Self::Devices(devices) => devices.fmt(f),
            Self::Tcp(Tcp(address)) => write!(f, "tcp:{address}"),
            Self::Probe(Probe { chip }) => write!(f, "probe:{chip}"),
            Self::Qemu(boards) => write!(f, "qemu:{boards}"),
            Self::Rp2040js(boards) => write!(f, "rp2040js:{boards}"),
            Self::Lab(lab) => lab.fmt(f),
        }
    }
}

#[cfg(test)]
#[path = "address_tests.rs"]
mod tests;
