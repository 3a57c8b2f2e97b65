//! CRC-32, of frames, of samples and of what a run holds.

use crc::Crc;

/// That of frames, byte by byte.
pub(crate) const FRAME_CRC: Crc<u32, crc::Table<1>> = Crc::<u32, crc::Table<1>>::new(&crc::CRC_32_ISO_HDLC);

// A wide machine checks many boards' weights each generation; a small one has no 16 KB for tables.
#[cfg(target_pointer_width = "64")]
static CRC: Crc<u32, crc::Table<16>> = Crc::<u32, crc::Table<16>>::new(&crc::CRC_32_ISO_HDLC);
#[cfg(not(target_pointer_width = "64"))]
static CRC: Crc<u32, crc::Table<1>> = FRAME_CRC;

/// CRC-32 of bytes.
pub fn checksum_of(bytes: &[u8]) -> u32 {
    CRC.checksum(bytes)
}

/// The same of bytes that come one by one.
pub fn checksum_of_parts(bytes: impl Iterator<Item = u8>) -> u32 {
    let mut digest = CRC.digest();
    bytes.for_each(|byte| digest.update(&[byte]));
    digest.finalize()
}

/// The sync checksum.
pub struct Checksum;

impl Checksum {
    /// CRC-32 over the run's identity and the generation (`u32` each, little endian), the weights, and the
    /// residuals (`i16`, little endian).
    pub fn of(run: u32, generation: u32, weights: &[i8], residuals: &[i16]) -> u32 {
        Self::with_guide(run, generation, weights, residuals, |_| ())
    }

    /// The same with the entries of a guide behind it (`i16`, little endian), which `guide` hands to what it
    /// is given, some at a time.
    pub fn with_guide(
        run: u32,
        generation: u32,
        weights: &[i8],
        residuals: &[i16],
        guide: impl FnOnce(&mut dyn FnMut(&[i16])),
    ) -> u32 {
        let mut digest = CRC.digest();
        digest.update(&run.to_le_bytes());
        digest.update(&generation.to_le_bytes());
        digest.update(bytemuck::cast_slice(weights));
        let mut update = |values: &[i16]| {
            if cfg!(target_endian = "little") {
                digest.update(bytemuck::cast_slice(values));
            } else {
                values.iter().for_each(|value| digest.update(&value.to_le_bytes()));
            }
        };
        update(residuals);
        guide(&mut update);
        digest.finalize()
    }
}
