use super::connector::Record;
use crate::evaluate::Evaluator;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// An evaluator that joins, and where its seat looks what became of it.
pub(super) type Registration = (Arc<dyn Evaluator>, Option<Arc<Record>>);

/// Lets evaluators join a fleet at any time.
#[derive(Clone)]
pub struct Registry {
    sender: mpsc::UnboundedSender<Registration>,
    /// Names of those that are not let in again.
    barred: Arc<Mutex<HashSet<Arc<str>>>>,
}

/// Why an evaluator cannot join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotRegistered {
    /// The fleet is no more.
    #[error("the run is over")]
    Over,
    /// Its name was expelled.
    #[error("not let in again after wrong scores")]
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
    /// [`NotRegistered`]; then there is no use in trying again.
    pub fn send(&self, evaluator: Arc<dyn Evaluator>) -> Result<(), NotRegistered> {
        self.join((evaluator, None))
    }

    /// Lets the evaluator of a seat join.
    pub(super) fn join(&self, registration: Registration) -> Result<(), NotRegistered> {
        if self.is_barred(registration.0.name()) {
            return Err(NotRegistered::Barred);
        }
        self.sender.send(registration).map_err(|_| NotRegistered::Over)
    }

    /// Whether nobody can join any more.
    pub fn is_over(&self) -> bool {
        self.sender.is_closed()
    }

    pub(super) fn bar(&self, name: Arc<str>) {
        // A set of names is whole after every operation.
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).insert(name);
    }

    pub(super) fn is_barred(&self, name: &str) -> bool {
        self.barred.lock().unwrap_or_else(PoisonError::into_inner).contains(name)
    }
}
