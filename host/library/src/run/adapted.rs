//! What a board has learned from samples of its own, once more on the host.

use eggroll_firmware::Error;
use eggroll_firmware::checksum::{checksum_of, checksum_of_parts};
use eggroll_firmware::deploy::{
    Adaptation, Adapted, Deployed, DeployedModel, ModelStore, RamFlash, Slots, keep_adapted,
};
use eggroll_firmware::progress::Quiet;
use eggroll_firmware::task::InArena;
use eggroll_firmware::train::Learner;

/// The unit of writing and the page of flash in memory ([`RamFlash`]).
const UNIT: usize = 4;
const PAGE: usize = 1024;

/// Says why what a board has learned cannot be repeated.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AdaptedError {
    /// The firmware refuses the models or the samples.
    #[error("the models and samples that it keeps do not go together: {0}")]
    Refused(#[from] Error),
    /// The model is as a host has deployed it.
    #[error("it has not adapted its model: the model is as it was deployed, so there is nothing to repeat")]
    NotAdapted,
    /// The other slot holds no model, or another one.
    #[error(
        "it no longer keeps the model that it began with (CRC-32 {base:08x}): whatever was deployed or cut short \
         since has taken its place"
    )]
    NoBase {
        /// The CRC-32 of that model.
        base: u32,
    },
    /// The board has no samples.
    #[error("it keeps no samples of its own, and its model says that it learned from {learned}")]
    NoSamples {
        /// The samples that it learned from.
        learned: u32,
    },
    /// The oldest samples of the board are others than those that it learned from.
    #[error(
        "the {learned} samples that it learned from are no longer the oldest of the {kept} that it keeps: newer ones \
         have taken their place. Have it learn once more, then this can repeat it"
    )]
    OtherSamples {
        /// The samples that it learned from.
        learned: u32,
        /// The samples that it keeps.
        kept: usize,
    },
}

/// What came of learning once more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repeated {
    /// What the board says that it has done.
    pub adapted: Adapted,
    /// The weights that this leads to.
    pub weights: Vec<i8>,
    /// Whether this leads to the board's model, byte by byte.
    pub equal: bool,
}

/// Trains the model that a board kept before on its samples, by the code that the board runs, and compares
/// what comes of it with the model that it keeps.
///
/// # Errors
/// [`AdaptedError`].
pub fn repeat_adaptation(
    model: &[u8],
    previous: Option<&[u8]>,
    samples: &[Vec<u8>],
) -> Result<Repeated, AdaptedError> {
    let adapted = DeployedModel::of_bytes(model)?.adapted.ok_or(AdaptedError::NotAdapted)?;
    let base = previous.filter(|bytes| checksum_of(bytes) == adapted.base);
    let base = base.ok_or(AdaptedError::NoBase { base: adapted.base })?;
    let learned = adapted.samples;
    if samples.is_empty() {
        return Err(AdaptedError::NoSamples { learned });
    }
    let other = AdaptedError::OtherSamples { learned, kept: samples.len() };
    let own = samples.get(..learned as usize).ok_or(other.clone())?;
    if checksum_of_parts(own.iter().flatten().copied()) != adapted.checksum {
        return Err(other);
    }
    let Adapted { seed, generations, rate, slots, .. } = adapted;
    let adaptation = Adaptation { seed, generations, rate, slots };
    let mut learner = room(adaptation, base, own)?;
    let again = adaptation.train(base, own.iter().map(Vec::as_slice), &mut learner, &mut Quiet)?;
    let weights = learner.weights().to_vec();
    let equal = kept(base, &weights, &again)? == model;
    Ok(Repeated { adapted, weights, equal })
}

/// A learner with as much memory as an adaptation takes.
fn room(
    adaptation: Adaptation,
    base: &[u8],
    samples: &[Vec<u8>],
) -> Result<Learner<Vec<u64>, InArena>, Error> {
    let run = adaptation.run(&DeployedModel::of_bytes(base)?, samples.len() as u32)?;
    let words = match Learner::new(Vec::new()).configure(run, true) {
        Err(Error::ArenaTooSmall { needs, .. }) => needs.div_ceil(8) as usize,
        Err(error) => return Err(error),
        Ok(_) => 0,
    };
    Ok(Learner::new(vec![0; words]))
}

/// The bytes of the adapted model as a board keeps it, whose flash is as large as that takes.
fn kept(base: &[u8], weights: &[i8], adapted: &Adapted) -> Result<Vec<u8>, Error> {
    // A page more than the model: a head, and what the weights come from.
    let pages = base.len().div_ceil(PAGE) + 1;
    let mut flash = vec![0xff; 2 * pages * PAGE];
    let mut store = Slots::<_, UNIT>::new(RamFlash::new(&mut flash)).ok_or(Error::Flash)?;
    store.begin(Deployed::of(base))?;
    store.write(0, base)?;
    store.commit()?;
    keep_adapted(&mut store, weights, adapted)?;
    store.model().map(<[u8]>::to_vec).ok_or(Error::NoModel)
}
