use super::seat::Record;
use crate::evaluate::Evaluator;
use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::mpsc;

/// An evaluator that joins, and where its seat looks what became of it.
pub(super) type Joiner = (Arc<dyn Evaluator>, Option<Arc<Record>>);

/// Lets evaluators join a fleet at any time.
#[derive(Clone)]
pub struct Joining {
    sender: mpsc::UnboundedSender<Joiner>,
    /// Names of those that are not let in again.
    barred: Arc<Mutex<HashSet<Arc<str>>>>,
}

/// Why an evaluator cannot join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotJoined {
    /// The fleet is no more.
    #[error("the run is over")]
    Over,
    /// Its name was expelled.
    #[error("not let in again after wrong scores")]
    Barred,
}

impl Joining {
    pub(super) fn new() -> (Self, mpsc::UnboundedReceiver<Joiner>) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (Self { sender, barred: Arc::default() }, receiver)
    }

    /// Lets an evaluator join.
    ///
    /// # Errors
    /// [`NotJoined`]; then there is no use in trying again.
    pub fn send(&self, evaluator: Arc<dyn Evaluator>) -> Result<(), NotJoined> {
        self.join((evaluator, None))
    }

    /// Lets the evaluator of a seat join.
    pub(super) fn join(&self, joiner: Joiner) -> Result<(), NotJoined> {
        if self.is_barred(joiner.0.name()) {
            return Err(NotJoined::Barred);
        }
        self.sender.send(joiner).map_err(|_| NotJoined::Over)
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
