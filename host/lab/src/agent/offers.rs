//! What an agent says of itself.

use crate::messages::{Hello, MOST_OFFERS, Offer, RunName, Stage};
use std::sync::{Mutex, MutexGuard, PoisonError};
use tokio::sync::Notify;

/// The hello of the agent as it is now.
pub(super) struct Shown {
    hello: Mutex<Hello>,
    changed: Notify,
}

impl Shown {
    pub(super) fn new(instance: u64) -> Self {
        let hello = Hello {
            instance,
            version: env!("CARGO_PKG_VERSION").to_owned(),
            run: None,
            epoch: 0,
            stage: Stage::Idle,
            generation: 0,
            offers: Vec::new(),
            trouble: None,
        };
        Self { hello: Mutex::new(hello), changed: Notify::new() }
    }

    fn lock(&self) -> MutexGuard<'_, Hello> {
        // A panic elsewhere cannot leave a field half changed.
        self.hello.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Changes something that the coordinator has to know soon.
    fn set(&self, change: impl FnOnce(&mut Hello)) {
        change(&mut self.lock());
        self.changed.notify_one();
    }

    /// Waits until something has changed that the coordinator has to know soon.
    pub(super) async fn changed(&self) {
        self.changed.notified().await;
    }

    pub(super) fn hello(&self) -> Hello {
        self.lock().clone()
    }

    pub(super) fn joins(&self, run: RunName, epoch: u64) {
        self.set(|hello| {
            let (instance, version) = (hello.instance, core::mem::take(&mut hello.version));
            let (generation, offers, trouble) = (0, Vec::new(), None);
            *hello = Hello {
                instance,
                version,
                run: Some(run),
                epoch,
                stage: Stage::Preparing,
                generation,
                offers,
                trouble,
            };
        });
    }

    pub(super) fn idle(&self) {
        self.set(|hello| {
            (hello.run, hello.epoch, hello.stage, hello.generation) = (None, 0, Stage::Idle, 0);
            hello.offers.clear();
            hello.trouble = None;
        });
    }

    pub(super) fn epoch(&self, epoch: u64) {
        let mut hello = self.lock();
        if hello.epoch != epoch {
            hello.epoch = epoch;
            drop(hello);
            self.changed.notify_one();
        }
    }

    pub(super) fn stage(&self, stage: Stage) {
        self.set(|hello| hello.stage = stage);
    }

    pub(super) fn generation(&self, generation: u32) {
        self.lock().generation = generation;
    }

    pub(super) fn trouble(&self, trouble: Option<String>) {
        self.set(|hello| hello.trouble = trouble);
    }

    /// Offers an evaluator. Returns whether there was room for it.
    pub(super) fn offer(&self, number: u32, name: &str, most_units: u32) -> bool {
        let mut hello = self.lock();
        if hello.offers.len() >= MOST_OFFERS {
            return false;
        }
        hello.offers.push(Offer { number, name: name.to_owned(), most_units, waiting: 0 });
        drop(hello);
        self.changed.notify_one();
        true
    }

    /// Does not offer an evaluator any more.
    pub(super) fn withdraw(&self, number: u32) {
        self.set(|hello| hello.offers.retain(|offer| offer.number != number));
    }

    /// Sets how many requests wait for an evaluator.
    pub(super) fn waiting(&self, number: u32, waiting: u32) {
        if let Some(offer) = self.lock().offers.iter_mut().find(|offer| offer.number == number) {
            offer.waiting = waiting;
        }
    }
}
