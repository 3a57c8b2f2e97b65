use super::MAX_LAYERS;
use super::tensor::{Role, Tensor};
use crate::{Error, Setting};
use heapless::Vec;
use serde::{Deserialize, Serialize};

/// The entry of the list that says that of these layers only the biases are meant.
const BIASES: u8 = 128;

/// Some layers of a model, such as those that a run trains, with all of their parameters or with their biases
/// alone. It travels as the list of their places, counted from 0; a list without places means all layers, and
/// 128 in it that only biases are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[serde(try_from = "Vec<u8, MAX_LAYERS>", into = "Vec<u8, MAX_LAYERS>")]
pub struct LayerSet {
    /// A bit for each place.
    layers: u32,
    biases: bool,
}

impl LayerSet {
    /// All layers of any model.
    pub const ALL: Self = Self { layers: u32::MAX, biases: false };
    /// No layer.
    pub const NONE: Self = Self { layers: 0, biases: false };

    /// The layers at some places.
    ///
    /// # Errors
    /// [`Error::Setting`] for a place that no model has, or that is named twice.
    pub fn of(places: impl IntoIterator<Item = usize>) -> Result<Self, Error> {
        places.into_iter().try_fold(Self::NONE, |set, place| {
            let bit = u32::try_from(place).ok().filter(|_| place < MAX_LAYERS).map(|place| 1 << place);
            let bit =
                bit.filter(|bit| set.layers & bit == 0).ok_or(Error::Setting(Setting::TrainedLayers))?;
            Ok(Self { layers: set.layers | bit, ..set })
        })
    }

    /// Of the same layers only the biases.
    #[must_use]
    pub const fn of_biases(self) -> Self {
        Self { biases: true, ..self }
    }

    /// Whether only biases are meant.
    pub const fn is_of_biases(self) -> bool {
        self.biases
    }

    /// Whether these are all layers, be it with their biases alone.
    pub const fn is_all(self) -> bool {
        self.layers == u32::MAX
    }

    /// Whether a parameter is among those that are meant.
    pub const fn has_tensor(self, tensor: &Tensor) -> bool {
        self.has(tensor.layer) && (!self.biases || matches!(tensor.role, Role::Bias))
    }

    /// Whether the layer at this place is among them.
    #[inline]
    pub const fn has(self, place: usize) -> bool {
        place < u32::BITS as usize && self.layers >> place & 1 == 1
    }

    /// The same layers as far as they come before `end`.
    #[must_use]
    pub const fn before(self, end: usize) -> Self {
        if end < u32::BITS as usize { Self { layers: self.layers & ((1 << end) - 1), ..self } } else { self }
    }

    /// Whether there are none.
    pub const fn is_empty(self) -> bool {
        self.layers == 0
    }
}

impl TryFrom<Vec<u8, MAX_LAYERS>> for LayerSet {
    type Error = Error;

    fn try_from(places: Vec<u8, MAX_LAYERS>) -> Result<Self, Error> {
        let layers = || places.iter().filter(|&&place| place != BIASES);
        let set = if layers().next().is_none() {
            Self::ALL
        } else {
            Self::of(layers().map(|&place| place.into()))?
        };
        let marks = places.len() - layers().count();
        match marks {
            0 => Ok(set),
            1 => Ok(set.of_biases()),
            _ => Err(Error::Setting(Setting::TrainedLayers)),
        }
    }
}

impl From<LayerSet> for Vec<u8, MAX_LAYERS> {
    fn from(set: LayerSet) -> Self {
        let mark = core::iter::once(BIASES).filter(|_| set.biases);
        // The mark and all layers but one fill the list; all of them are no places.
        let places = (0..MAX_LAYERS as u8).filter(|&place| !set.is_all() && set.has(place.into()));
        mark.chain(places).take(MAX_LAYERS).collect()
    }
}
