use super::connection::ConnectionRecord;
use crate::evaluate::Evaluator;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// An evaluator that joins the fleet, and the record that its connector reads; `None` for one without a
/// connector.
pub(super) type Registration = (Arc<dyn Evaluator>, Option<Arc<ConnectionRecord>>);

/// Lets evaluators join a fleet at any time.
#[derive(Clone)]
pub struct Registry {
    sender: mpsc::UnboundedSender<Registration>,
    /// The names of expelled evaluators, which may not join again.
    barred: Arc<Mutex<HashSet<Arc<str>>>>,
}

/// Says why an evaluator cannot join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistered {
    /// The fleet has been dropped.
    #[error("the run is over")]
    Over,
    /// An evaluator of this name was expelled.
    #[error("it gave wrong scores before, and may not join again")]
    Barred,
}

impl Registry {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Registration>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, barred: Arc::default() }, receiver)
    }

    /// Lets an evaluator join.
    ///
    /// # Errors
    /// [`NotRegistered`]; another try would fail as well.
    pub fn send(&self, evaluator: Arc<dyn Evaluator>) -> Result<(), NotRegistered> {
        self.register((evaluator, None))
    }

    /// Lets an evaluator join, whose connector reads the record.
    pub(super) fn register(&self, registration: Registration) -> Result<(), NotRegistered> {
        if self.is_barred(registration.0.name()) {
            return Err(NotRegistered::Barred);
        }
        self.sender.send(registration).map_err(|_| NotRegistered::Over)
    }

    /// Whether the fleet has been dropped, so that nobody can join any more.
    pub(crate) fn is_over(&self) -> bool {
        self.sender.is_closed()
    }

    pub(super) fn bar(&self, name: Arc<str>) {
        // A panic elsewhere cannot leave the set half changed.
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    /// Whether an evaluator of this name was expelled.
    pub fn is_barred(&self, name: &str) -> bool {
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}
