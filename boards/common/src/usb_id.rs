//! The vendor and the product that boards with USB of their own tell: one place, to be changed once.
//!
//! These are the ones that pid.codes sets aside for tests; devices that are passed on must not have them.

/// The vendor: pid.codes.
pub const VENDOR: u16 = 0x1209;
/// The product: the first that is set aside for tests.
pub const PRODUCT: u16 = 0x0001;
