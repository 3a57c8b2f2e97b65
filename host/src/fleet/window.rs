//! How many bytes of requests may be under way: as many as the board surely holds while it computes. A serial line
//! without flow control has nowhere to put more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;
use tokio::sync::Notify;
use tokio::time::Instant;

/// A request under way.
struct Sent {
    id: u32,
    bytes: usize,
    at: Instant,
}

/// The requests that a board has been sent and has not answered.
pub(super) struct Window {
    sent: Mutex<(Vec<Sent>, usize)>,
    answered: Notify,
    /// A request that is not answered for so long was lost, and takes no room any more.
    patience: Duration,
}

impl Window {
    /// Without a limit.
    pub(super) fn new(patience: Duration) -> Self {
        Self { sent: Mutex::new((Vec::new(), usize::MAX)), answered: Notify::new(), patience }
    }

    fn sent(&self) -> MutexGuard<'_, (Vec<Sent>, usize)> {
        // Whole after every single operation.
        self.sent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Allows so many bytes from now on; one request always.
    pub(super) fn limit(&self, bytes: usize) {
        self.sent().1 = bytes;
    }

    /// Waits until there is room for a request, or a repeat of it, and counts it in.
    pub(super) async fn admit(&self, id: u32, bytes: usize) {
        loop {
            let answered = self.answered.notified();
            let Some(lost_at) = self.try_admit(id, bytes) else { return };
            tokio::select! {
                () = answered => {}
                () = tokio::time::sleep_until(lost_at) => {}
            }
        }
    }

    /// Counts a request in, or says when the oldest that is in its way counts as lost.
    fn try_admit(&self, id: u32, bytes: usize) -> Option<Instant> {
        let (now, mut sent) = (Instant::now(), self.sent());
        let (sent, limit) = &mut *sent;
        sent.retain(|other| other.id != id && now < other.at + self.patience);
        let under_way: usize = sent.iter().map(|other| other.bytes).sum();
        match sent.first() {
            Some(oldest) if under_way + bytes > *limit => Some(oldest.at + self.patience),
            _ => {
                sent.push(Sent { id, bytes, at: now });
                None
            }
        }
    }

    /// A request is answered.
    pub(super) fn answered(&self, id: u32) {
        self.sent().0.retain(|other| other.id != id);
        self.answered.notify_one();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::Arc;

    #[tokio::test(start_paused = true)]
    async fn room_is_made_by_answers_and_by_time() {
        let patience = Duration::from_secs(2);
        let window = Arc::new(Window::new(patience));
        window.limit(100);
        // One is always let through; its repeat counts once.
        window.admit(1, 500).await;
        window.admit(1, 500).await;
        let began = Instant::now();
        let waiting = Arc::clone(&window);
        let second = tokio::spawn(async move { waiting.admit(2, 60).await });
        tokio::time::sleep(Duration::from_secs(1)).await;
        assert!(!second.is_finished());
        window.answered(1);
        second.await.unwrap();
        assert_eq!(began.elapsed(), Duration::from_secs(1));
        window.admit(3, 40).await;
        // Nobody answers: the next goes when the oldest counts as lost.
        window.admit(4, 1).await;
        assert_eq!(began.elapsed(), Duration::from_secs(1) + patience);
    }
}
