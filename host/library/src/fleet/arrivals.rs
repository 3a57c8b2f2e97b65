use super::connection::ConnectionRecord;
use super::registry::Registration;
use crate::evaluate::Evaluator;
use std::sync::Arc;
use tokio::sync::mpsc;

/// Evaluators as they become ready. While it is kept, boards that are lost are connected again.
pub struct Arrivals {
    pub(super) registrations: mpsc::UnboundedReceiver<Registration>,
}

/// An evaluator that is ready.
pub struct Arrival {
    /// The evaluator. Its link is closed when the last handle is dropped.
    pub evaluator: Arc<dyn Evaluator>,
    record: Option<Arc<ConnectionRecord>>,
}

impl Arrival {
    /// Says that it has answered: a board that fails again and again without an answer is given up.
    pub fn answered(&self) {
        if let Some(record) = &self.record {
            record.answered();
        }
    }

    /// Says that it is lost, and why. Returns whether this is news to users.
    pub fn lost(&self, reason: &str) -> bool {
        self.record.as_ref().is_none_or(|record| record.lost(reason))
    }
}

impl Arrivals {
    /// Waits for the next one; `None` once none can come any more.
    pub async fn next(&mut self) -> Option<Arrival> {
        let (evaluator, record) = self.registrations.recv().await?;
        Some(Arrival { evaluator, record })
    }
}
