use super::model::{Adapted, Answers, DeployedModel};
use super::store::{Deployed, ModelStore};
use crate::Error;
use crate::checksum::{checksum_of, checksum_of_parts};
use crate::estimator::guided::Guided;
use crate::estimator::node::Node;
use crate::model::LayerSet;
use crate::progress::Progress;
use crate::task::{InArena, NoTask};
use crate::train::{Estimator, Learner, Pace, Run, Section, TaskKind};
use crate::update::Optimizer;

/// How a board adapts the last layer of its model to samples of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Adaptation {
    /// Seed of the choice of samples.
    pub seed: u32,
    /// Generations to train.
    pub generations: u32,
    /// Learning rate of the first generation in 1/65536; it falls linearly to 0.
    pub rate: u32,
    /// Samples of a generation.
    pub slots: u32,
}

impl Default for Adaptation {
    /// What `eggroll-host adapt` begins with: 400 generations of 16 samples, at a rate of 0.08.
    fn default() -> Self {
        Self { seed: 1, generations: 400, rate: 5243, slots: 16 }
    }
}

impl Adaptation {
    /// The run of an adaptation of a model to so many samples: estimator `node` with a guide, of which the
    /// last layer alone needs none.
    ///
    /// # Errors
    /// [`Error::BadModel`] for a model that answers no classes.
    pub fn run(&self, model: &DeployedModel<'_>, samples: u32) -> Result<Run, Error> {
        if !matches!(model.answers, Answers::Classes(_)) {
            return Err(Error::BadModel);
        }
        let last = model.model.layers.len().saturating_sub(1);
        let node =
            Node { slots: self.slots, members: 0, amplitude: 8, clip: 127, skip: Some(1), antithetic: false };
        let train = LayerSet::of([last])?;
        let guided = Guided { node, member_slots: 1, residual_weight: 0, guide_scale: 256, train };
        Ok(Run {
            seed: self.seed,
            model: model.model.clone(),
            task: TaskKind::Samples { count: samples },
            estimator: Estimator::Guided(guided),
            optimizer: Optimizer::Residual,
            saturation: false,
        })
    }

    /// Trains the last layer of a model on samples, each its features and then its label; the learner holds
    /// the weights then. The same model, samples and settings give the same weights everywhere.
    ///
    /// # Errors
    /// Those of [`DeployedModel::of_bytes`], [`Learner::configure_as`], [`Learner::load`] and
    /// [`Learner::start`]; [`Error::Setting`] without samples.
    pub fn train<'s, A: AsMut<[u64]> + AsRef<[u64]>>(
        &self,
        model: &[u8],
        samples: impl Iterator<Item = &'s [u8]> + Clone,
        learner: &mut Learner<A, InArena>,
        progress: &mut dyn Progress,
    ) -> Result<Adapted, Error> {
        let deployed = DeployedModel::of_bytes(model)?;
        let count = samples.clone().count() as u32;
        // Another identity than before: what the same run has left of an adaptation, its residuals, must not
        // count.
        let identity = learner.identity().map_or(0, |before| before.wrapping_add(1));
        learner.configure_as(identity, &self.run(&deployed, count)?, true)?;
        let mut offset = 0;
        for sample in samples.clone() {
            learner.load(Section::Samples, offset, sample)?;
            offset += sample.len() as u32;
        }
        learner.load(Section::Weights, 0, deployed.weights)?;
        learner.start(0)?;
        let pace = Pace::Linear { initial: self.rate, generations: self.generations };
        let mut next = 1;
        while next <= self.generations {
            let left = self.generations + 1 - next;
            // Without members there are no scores.
            let (done, _) = learner.train(next, left, pace, &mut NoTask, progress, &mut [])?;
            next += done;
        }
        let Self { seed, generations, rate, slots } = *self;
        let checksum = checksum_of_parts(samples.flatten().copied());
        let base = checksum_of(model);
        Ok(Adapted { base, seed, generations, rate, slots, samples: count, checksum })
    }
}

/// Makes the store keep the same model with other weights, which say what they come from. The model that it
/// kept before stays in the other slot.
///
/// # Errors
/// Those of the store; [`Error::NoModel`]; [`Error::BadModel`] for weights of another model.
pub fn keep_adapted(store: &mut impl ModelStore, weights: &[i8], adapted: &Adapted) -> Result<(), Error> {
    let mut note = [0; NOTE];
    let note = postcard::to_slice(&Some(adapted), &mut note).or(Err(Error::BadModel))?;
    let model = store.model().ok_or(Error::NoModel)?;
    let (at, end) = places(model).filter(|(at, _)| at.len() == weights.len()).ok_or(Error::BadModel)?;
    let byte = |model: &[u8], place: usize| match place.checked_sub(at.start).and_then(|at| weights.get(at)) {
        Some(weight) => weight.to_le_bytes()[0],
        None => match place.checked_sub(end) {
            None => model.get(place).copied().unwrap_or_default(),
            Some(place) => note.get(place).copied().unwrap_or_default(),
        },
    };
    let length = end + note.len();
    let checksum = checksum_of_parts((0..length).map(|place| byte(model, place)));
    let mut offset = store.begin(Deployed { length: length as u32, checksum })? as usize;
    while offset < length {
        let mut piece = [0; PIECE];
        let len = PIECE.min(length - offset);
        let model = store.model().unwrap_or_default();
        let places = piece.iter_mut().take(len).zip(offset..);
        places.for_each(|(piece, place)| *piece = byte(model, place));
        store.write(offset as u32, piece.get(..len).unwrap_or_default())?;
        offset += len;
    }
    store.commit()
}

/// Bytes that are copied at a time.
const PIECE: usize = 64;
/// Room for what weights come from, on the wire.
const NOTE: usize = 48;

/// Where the weights of a model lie, and where its last field begins: what they come from.
fn places(model: &[u8]) -> Option<(core::ops::Range<usize>, usize)> {
    let deployed = DeployedModel::of_bytes(model).ok()?;
    let start = (deployed.weights.as_ptr() as usize).checked_sub(model.as_ptr() as usize)?;
    let host = (deployed.host.as_ptr() as usize).checked_sub(model.as_ptr() as usize)?;
    Some((start..start + deployed.weights.len(), host + deployed.host.len()))
}
