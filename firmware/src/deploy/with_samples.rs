use super::flash::MappedFlash;
use super::log::SampleLog;
use super::store::{Deployed, ModelStore};
use crate::Error;

/// A store for models, and beside it a log of samples, which a host can read.
#[derive(Debug)]
pub struct WithSamples<M, F, const UNIT: usize> {
    /// The model.
    pub models: M,
    /// The samples.
    pub log: SampleLog<F, UNIT>,
}

impl<M: ModelStore, F: MappedFlash, const UNIT: usize> ModelStore for WithSamples<M, F, UNIT> {
    fn capacity(&self) -> u32 {
        self.models.capacity()
    }

    fn model(&self) -> Option<&[u8]> {
        self.models.model()
    }

    fn previous(&self) -> Option<&[u8]> {
        self.models.previous()
    }

    fn samples(&self) -> u32 {
        self.log.len() as u32
    }

    fn sample(&self, place: u32) -> Option<&[u8]> {
        self.log.iter().nth(place as usize)
    }

    fn deployed(&self) -> Option<Deployed> {
        self.models.deployed()
    }

    fn begin(&mut self, model: Deployed) -> Result<u32, Error> {
        self.models.begin(model)
    }

    fn write(&mut self, offset: u32, bytes: &[u8]) -> Result<Option<&[u8]>, Error> {
        self.models.write(offset, bytes)
    }

    fn commit(&mut self) -> Result<(), Error> {
        self.models.commit()
    }
}
