use crate::Error;
use crate::checksum::checksum_of;
use serde::{Deserialize, Serialize};

/// A model that a store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Deployed {
    /// Bytes of the model.
    pub length: u32,
    /// Their CRC-32.
    pub checksum: u32,
}

impl Deployed {
    /// What is said of the model with these bytes.
    pub fn of(model: &[u8]) -> Self {
        Self { length: model.len() as u32, checksum: checksum_of(model) }
    }
}

/// Where a board keeps its model over a reset.
///
/// A model comes in pieces, in order; whatever happens before the last is committed, the model before it
/// stays.
pub trait ModelStore {
    /// Bytes of the longest model; 0 where there is no store.
    fn capacity(&self) -> u32;

    /// The bytes of the model that it holds, if it holds one.
    fn model(&self) -> Option<&[u8]>;

    /// The bytes of the model that it held before, as long as they are there.
    fn previous(&self) -> Option<&[u8]> {
        None
    }

    /// How many samples of its own the board has beside the model.
    fn samples(&self) -> u32 {
        0
    }

    /// One of them: features, and then a label. 0 is the oldest.
    fn sample(&self, place: u32) -> Option<&[u8]> {
        let _ = place;
        None
    }

    /// What it holds, if anything.
    fn deployed(&self) -> Option<Deployed>;

    /// Makes room for a model. Returns how many of its bytes are here already: all of them where it is the
    /// model that the store holds, and some where the same has been begun before.
    ///
    /// # Errors
    /// [`Error::NoModelStore`]; [`Error::ModelTooLarge`]; [`Error::Flash`].
    fn begin(&mut self, model: Deployed) -> Result<u32, Error>;

    /// Takes the next bytes, or such as are here already. Returns the whole model where these were its last,
    /// which is then to be checked and [committed](Self::commit).
    ///
    /// # Errors
    /// [`Error::NotBegun`]; [`Error::Gap`] for bytes behind the next; [`Error::OutOfRange`];
    /// [`Error::ModelDiffers`] where the whole has another checksum; [`Error::Flash`].
    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<Option<&[u8]>, Error>;

    /// Makes the model that has come the one that the store holds; once it is, the same again changes
    /// nothing.
    ///
    /// # Errors
    /// [`Error::NotBegun`]; [`Error::Flash`].
    fn commit(&mut self) -> Result<(), Error>;
}

/// A store that may be missing, as where a board's flash is not fit for one: it keeps no model then.
impl<M: ModelStore> ModelStore for Option<M> {
    fn capacity(&self) -> u32 {
        self.as_ref().map_or(0, M::capacity)
    }

    fn model(&self) -> Option<&[u8]> {
        self.as_ref().and_then(M::model)
    }

    fn previous(&self) -> Option<&[u8]> {
        self.as_ref().and_then(M::previous)
    }

    fn samples(&self) -> u32 {
        self.as_ref().map_or(0, M::samples)
    }

    fn sample(&self, place: u32) -> Option<&[u8]> {
        self.as_ref().and_then(|store| store.sample(place))
    }

    fn deployed(&self) -> Option<Deployed> {
        self.as_ref().and_then(M::deployed)
    }

    fn begin(&mut self, model: Deployed) -> Result<u32, Error> {
        self.as_mut().map_or(Err(Error::NoModelStore), |store| store.begin(model))
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
        self.as_mut().map_or(Err(Error::NoModelStore), |store| store.write(offset, bytes))
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.as_mut().map_or(Err(Error::NoModelStore), M::commit)
    }
}

/// A board that keeps no model.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoModels;

impl ModelStore for NoModels {
    fn capacity(&self) -> u32 {
        0
    }

    fn model(&self) -> Option<&[u8]> {
        None
    }

    fn deployed(&self) -> Option<Deployed> {
        None
    }

    fn begin(&mut self, _: Deployed) -> Result<u32, Error> {
        Err(Error::NoModelStore)
    }

    fn write(&mut self, _: u32, _: &[u8]) -> Result<Option<&[u8]>, Error> {
        Err(Error::NoModelStore)
    }

    fn commit(&mut self) -> Result<(), Error> {
        Err(Error::NoModelStore)
    }
}
