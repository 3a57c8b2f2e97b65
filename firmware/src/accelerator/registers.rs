//! The unit's register map; `hdl/README.md` describes it.

/// "EGR1", the low byte first.
pub(super) const ID: u32 = 0x3152_4745;
/// The version of the map that this driver knows.
pub(super) const VERSION: u8 = 1;

/// ID, version and sizes: four words.
pub(super) const AT_ID: u32 = 0x00;
/// Busy, done, failed, tag and faults.
pub(super) const AT_STATUS: u32 = 0x10;
/// The settings of a product, eight words, at the place from which a write goes on into x.
pub(super) const AT_SETTINGS: u32 = 0x000F_FFE0;
/// Outputs, member by member.
pub(super) const AT_Y: u32 = 0x0020_0000;
/// Weights.
pub(super) const AT_W: u32 = 0x8000_0000;

/// Plain product.
pub(super) const MODE_PLAIN: u32 = 0;
/// Sign noise of low rank.
pub(super) const MODE_LOW_RANK: u32 = 1;
/// Noise on what comes out.
pub(super) const MODE_NODE: u32 = 2;

/// The fault of a unit that was reset and not cleared since.
pub(super) const RESET: u8 = 0x80;
