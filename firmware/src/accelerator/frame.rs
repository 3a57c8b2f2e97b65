//! Frames to a unit. A header of eight bytes (command, 0, length u16, address u32) and its CRC-32; a write's
//! payload and the payload's CRC-32. A read's answer comes in the same transaction: a byte of turning round,
//! the status, the data, and the CRC-32 of status and data. Everything is little endian.

use super::error::UnitError;
use crc::{CRC_32_ISO_HDLC, Crc, Table};
use embedded_hal::spi::{Operation, SpiDevice};

/// How long chip select is high between two frames: 16 cycles of the slowest clock that a unit has, the 24
/// MHz of an iCE40 UP5K less the 10 % that its oscillator may be off (Lattice FPGA-DS-02008, "Internal
/// Oscillators").
pub(super) const GAP_NS: u32 = 750;
/// How long chip select is low before the first edge of SCK, and after the last: four cycles of that clock,
/// which samples both.
const SETTLES_NS: u32 = 200;

const CRC: Crc<u32, Table<1>> = Crc::<u32, Table<1>>::new(&CRC_32_ISO_HDLC);

/// What a frame wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Command {
    Read = 1,
    Write = 2,
    WriteRun = 4,
    Clear = 5,
}

/// The status byte of an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Status(u8);

impl Status {
    pub(super) const fn busy(self) -> bool {
        self.0 & 1 != 0
    }

    pub(super) const fn done(self) -> bool {
        self.0 & 2 != 0
    }

    pub(super) const fn failed(self) -> bool {
        self.0 & 4 != 0
    }

    /// Two bits that the last product was started with.
    pub(super) const fn tag(self) -> u32 {
        (self.0 >> 3 & 3) as u32
    }
}

/// What each frame adds to its payload: two checksums and a header.
pub(super) const OVERHEAD: usize = 16;

fn header(command: Command, len: u16, at: u32) -> [u8; 12] {
    let ([l0, l1], [a0, a1, a2, a3]) = (len.to_le_bytes(), at.to_le_bytes());
    let head = [command as u8, 0, l0, l1, a0, a1, a2, a3];
    let [c0, c1, c2, c3] = checksum([&head, &[]]).to_le_bytes();
    [command as u8, 0, l0, l1, a0, a1, a2, a3, c0, c1, c2, c3]
}

fn checksum(parts: [&[u8]; 2]) -> u32 {
    let mut digest = CRC.digest();
    parts.iter().for_each(|part| digest.update(part));
    digest.finalize()
}

/// Sends a frame without a payload.
pub(super) fn send<S: SpiDevice>(spi: &mut S, command: Command) -> Result<(), UnitError<S::Error>> {
    let header = header(command, 0, 0);
    let settles = || Operation::DelayNs(SETTLES_NS);
    spi.transaction(&mut [settles(), Operation::Write(&header), settles()]).map_err(UnitError::Bus)
}

/// Sends a payload of two parts, up to 65,535 bytes together.
pub(super) fn write<S: SpiDevice>(
    spi: &mut S,
    command: Command,
    at: u32,
    parts: [&[u8]; 2],
) -> Result<(), UnitError<S::Error>> {
    let [first, second] = parts;
    let len = u16::try_from(first.len() + second.len()).map_err(|_| UnitError::TooLarge)?;
    let mut operations = [
        Operation::DelayNs(SETTLES_NS),
        Operation::Write(&header(command, len, at)),
        Operation::Write(first),
        Operation::Write(second),
        Operation::Write(&checksum(parts).to_le_bytes()),
        Operation::DelayNs(SETTLES_NS),
    ];
    spi.transaction(&mut operations).map_err(UnitError::Bus)
}

/// Reads up to 65,535 bytes. `None` where the answer's checksum is wrong, or nobody answers.
pub(super) fn read<S: SpiDevice>(
    spi: &mut S,
    at: u32,
    data: &mut [u8],
) -> Result<Option<Status>, UnitError<S::Error>> {
    let len = u16::try_from(data.len()).map_err(|_| UnitError::TooLarge)?;
    let (mut start, mut end) = ([0; 2], [0; 4]);
    let mut operations = [
        Operation::DelayNs(SETTLES_NS),
        Operation::Write(&header(Command::Read, len, at)),
        Operation::Read(&mut start),
        Operation::Read(data),
        Operation::Read(&mut end),
        Operation::DelayNs(SETTLES_NS),
    ];
    spi.transaction(&mut operations).map_err(UnitError::Bus)?;
    let [_, status] = start;
    let intact = checksum([&[status], data]) == u32::from_le_bytes(end);
    // Its upper bits are neither those of a wire that is stuck, high or low.
    Ok((intact && status >> 5 == 0b101).then_some(Status(status)))
}
