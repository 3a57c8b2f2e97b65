//! Signals: recordings of sensors and of sounds, the windows that they are cut into, and what is computed of
//! each window.
//!
//! A window becomes a row of a table, whose columns are features; from then on it is a table as any other.
//! The arithmetic is the firmware's ([`eggroll_firmware::signal`]), so that a board that takes samples one by
//! one has the bits that a model was trained on.

mod design;
mod features;
mod folder;
mod mixed;
mod recording;
mod stored;
mod units;
mod wav;
mod windows;

pub(super) use design::{Asked, design};
pub(super) use features::{AUDIO, MOTION};
pub(super) use folder::{Grouped, Kind, Listing, groups, list};
pub use mixed::Mixed;
pub(super) use recording::{Labels, Recording, Samples, Texts};
pub use stored::{Channel, Named, Signal};
pub(super) use units::Units;
pub(super) use wav::{Sound, is_wav};
pub(super) use windows::{Counts, Kept, Purpose, Stretch, extract, kept, lanes, stretches, take_units};
