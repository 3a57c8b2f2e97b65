//! A model on a micro:bit that learns from its user.
//!
//! The model lies in flash, where a host has put it (`eggroll-host deploy`). Each window of the accelerometer
//! goes through it, and the display shows its class. Button A chooses a class, B takes the window just seen
//! as a sample of that class, both together adapt the model's last layer to all samples: from then on the
//! adapted model answers, over resets. No host is needed, and one may read samples and model later and repeat
//! the adaptation (`eggroll-host replay --boards ADDR`).
//!
//! What is here knows no chip: it runs on the micro:bit, on emulated cores and on a host.
#![no_std]

mod buttons;
mod features;
mod model;
mod shown;

pub use buttons::{Buttons, Press, STEADY};
pub use features::{Features, INPUTS, PLAN};
pub use shown::{Screen, Shown};

use eggroll_firmware::Error;
use eggroll_firmware::deploy::{Adaptation, Deployed, MappedFlash, ModelStore, WithSamples, keep_adapted};
use eggroll_firmware::progress::Progress;
use eggroll_firmware::task::InArena;
use eggroll_firmware::train::Learner;
use embedded_hal::digital::InputPin;
use embedded_hal::i2c::I2c;
use gesture::{Fault, Sensor};

/// How the model is adapted.
pub const ADAPTATION: Adaptation = Adaptation { seed: 1, generations: 400, rate: 5243, slots: 16 };

/// The sensor, the buttons and what is known of the model.
pub struct Application<'f, I2C, A, B> {
    sensor: Sensor<I2C>,
    buttons: Buttons<A, B>,
    features: &'f mut Features,
    /// The class that samples get.
    chosen: u8,
    /// The model adapts when the application is called next: before, the display says so.
    is_to_learn: bool,
    /// The model that answered last, and the checksum of what its features and classes mean.
    known: Option<(Deployed, u32)>,
}

impl<'f, I2C: I2c, A: InputPin, B: InputPin> Application<'f, I2C, A, B> {
    /// `features` are before their first sample.
    pub const fn new(sensor: Sensor<I2C>, buttons: Buttons<A, B>, features: &'f mut Features) -> Self {
        Self { sensor, buttons, features, chosen: 0, is_to_learn: false, known: None }
    }

    /// Looks at the buttons and takes the next sample, if the sensor has one. Returns what there is to show
    /// where that is something else than before.
    ///
    /// # Errors
    /// When the bus fails.
    // Not inlined: a caller's frame, which lies below a host's requests as well, stays small.
    #[inline(never)]
    pub fn poll<M: AsMut<[u64]> + AsRef<[u64]>, S: ModelStore, F: MappedFlash, const UNIT: usize>(
        &mut self,
        learner: &mut Learner<M, InArena>,
        store: &mut WithSamples<S, F, UNIT>,
        progress: &mut dyn Progress,
    ) -> Result<Option<Shown>, Fault<I2C::Error>> {
        if core::mem::take(&mut self.is_to_learn) {
            let learned = learn(learner, store, progress);
            let shown = learned.map_or_else(shown_of, |()| Shown::Learned);
            // The sensor's samples of the meantime are lost.
            self.features.restart();
            return Ok(Some(shown));
        }
        if let Err(error) = self.look(store) {
            return Ok(Some(shown_of(error)));
        }
        match self.buttons.poll() {
            Some(Press::A) => return Ok(Some(self.choose(store).unwrap_or_else(shown_of))),
            Some(Press::B) => {
                return Ok(Some(self.take(store).map_or_else(shown_of, |()| Shown::Taken)));
            }
            Some(Press::Both) => {
                self.is_to_learn = true;
                return Ok(Some(Shown::Learning));
            }
            None => {}
        }
        let Some(sample) = self.sensor.sample()? else { return Ok(None) };
        let Some(raws) = self.features.push(&sample) else { return Ok(None) };
        let answer = store.models.model().ok_or(Error::NoModel);
        let class = answer.and_then(|model| model::classify(model, raws, learner.scratch()));
        Ok(Some(class.map_or_else(shown_of, Shown::Class)))
    }

    /// Looks whether the model is another one. Samples whose features or classes mean something else than its
    /// own are none for it, and go. (Where power is cut between a deployment and this, a few milliseconds
    /// later, they stay.)
    fn look<S: ModelStore, F: MappedFlash, const UNIT: usize>(
        &mut self,
        store: &mut WithSamples<S, F, UNIT>,
    ) -> Result<(), Error> {
        let (Some(held), Some(model)) = (store.models.deployed(), store.models.model()) else {
            return Ok(());
        };
        if self.known.is_some_and(|(known, _)| known == held) {
            return Ok(());
        }
        let meaning = model::meaning(model)?;
        if self.known.replace((held, meaning)).is_some_and(|(_, before)| before != meaning) {
            self.chosen = 0;
            store.log.clear()?;
        }
        Ok(())
    }

    /// The next class becomes that of samples.
    fn choose<S: ModelStore, F: MappedFlash, const UNIT: usize>(
        &mut self,
        store: &WithSamples<S, F, UNIT>,
    ) -> Result<Shown, Error> {
        let classes = model::classes(store.models.model().ok_or(Error::NoModel)?)?;
        let next = self.chosen.saturating_add(1);
        self.chosen = if usize::from(next) < classes { next } else { 0 };
        Ok(Shown::Chosen(self.chosen.into()))
    }

    /// The window just seen becomes a sample.
    fn take<S: ModelStore, F: MappedFlash, const UNIT: usize>(
        &mut self,
        store: &mut WithSamples<S, F, UNIT>,
    ) -> Result<(), Error> {
        let raws = self.features.last().ok_or(Error::Gap { have: 0 })?;
        let model = store.models.model().ok_or(Error::NoModel)?;
        store.log.push(&model::features(model, raws)?, self.chosen)
    }
}

/// The model learns from all samples, and what came of it takes its place.
// Not inlined: training takes most of the stack, which answering needs none of.
#[inline(never)]
fn learn<M: AsMut<[u64]> + AsRef<[u64]>, S: ModelStore, F: MappedFlash, const UNIT: usize>(
    learner: &mut Learner<M, InArena>,
    store: &mut WithSamples<S, F, UNIT>,
    progress: &mut dyn Progress,
) -> Result<(), Error> {
    let model = store.models.model().ok_or(Error::NoModel)?;
    model::classes(model)?;
    let adapted = ADAPTATION.train(model, store.log.iter(), learner, progress)?;
    keep_adapted(&mut store.models, learner.weights(), &adapted)
}

fn shown_of(error: Error) -> Shown {
    match error {
        Error::NoModel => Shown::NoModel,
        Error::Inputs { .. } | Error::BadModel => Shown::OtherModel,
        _ => Shown::Failed,
    }
}
