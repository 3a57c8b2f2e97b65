use super::MAX_LAYERS;
use crate::{Error, Setting};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// Some layers of a model, such as those that a run trains. It travels as the list of their places, counted
/// from 0; an empty list means all layers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(try_from = "Vec<u8, MAX_LAYERS>", into = "Vec<u8, MAX_LAYERS>")]
pub struct LayerSet(u32);

impl LayerSet {
    /// All layers of any model.
    pub const ALL: Self = Self(u32::MAX);
    /// No layer.
    pub const NONE: Self = Self(0);

    /// The layers at some places.
    ///
    /// # Errors
    /// [`Error::Setting`] for a place that no model has, or that is named twice.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Result<Self, Error> {
        places.into_iter().try_fold(Self::NONE, |Self(set), place| {
            let bit = u32::try_from(place).ok().filter(|_| place < MAX_LAYERS).map(|place| 1 << place);
            let bit = bit.filter(|bit| set & bit == 0).ok_or(Error::Setting(Setting::TrainedLayers))?;
            Ok(Self(set | bit))
        })
    }

    /// Whether the layer at this place is among them.
    #[inline]
    pub const fn has(self, place: usize) -> bool {
        place < u32::BITS as usize && self.0 >> place & 1 == 1
    }

    /// The same layers as far as they come before `end`.
    #[must_use]
    pub const fn before(self, end: usize) -> Self {
        if end < u32::BITS as usize { Self(self.0 & ((1 << end) - 1)) } else { self }
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
}

impl TryFrom<Vec<u8, MAX_LAYERS>> for LayerSet {
    type Error = Error;

    fn try_from(places: Vec<u8, MAX_LAYERS>) -> Result<Self, Error> {
        if places.is_empty() { Ok(Self::ALL) } else { Self::of(places.iter().map(|&place| place.into())) }
    }
}

impl From<LayerSet> for Vec<u8, MAX_LAYERS> {
    fn from(set: LayerSet) -> Self {
        if set == LayerSet::ALL {
            return Self::new();
        }
        (0..MAX_LAYERS as u8).filter(|&place| set.has(place.into())).collect()
    }
}
