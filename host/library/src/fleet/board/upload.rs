//! Loads sections of a board's memory, in frames of the size that its line carries.

use super::BoardEvaluator;
use crate::fleet::session::{LARGEST_FRAME, OwnedAnswer, SessionError};
use crate::update::Setup;
use eggroll_firmware::Error;
use eggroll_firmware::train::Section;
use eggroll_firmware::wire::{RunCommand, payload_within};
use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};

/// The fewest bytes that a request carries, however bad the line is. Smaller frames would be mostly overhead.
const LEAST_PAYLOAD: usize = 32;
/// The line is judged after so many answers.
const JUDGED_AFTER: u64 = 16;
/// After so many repeats the frames are halved. Without repeats they grow again.
const TOO_MANY: u64 = 5;

/// The quality of a board's line. On a line that loses bytes, short frames arrive more often than long ones.
pub(super) struct LineQuality {
    largest: usize,
    payload: AtomicUsize,
    /// How many requests were answered and repeated when the line was judged last.
    judged: Mutex<(u64, u64)>,
}

impl LineQuality {
    pub(super) fn new(largest_frame: u32) -> Self {
        let largest =
            payload_within(largest_frame as usize).clamp(LEAST_PAYLOAD, payload_within(LARGEST_FRAME));
        Self { largest, payload: AtomicUsize::new(largest), judged: Mutex::default() }
    }

    /// The most bytes that a request or a reply may carry now.
    pub(super) fn payload(&self) -> usize {
        self.payload.load(Ordering::Relaxed)
    }

    /// Takes in how many requests have been answered so far, and how many were repeated.
    pub(super) fn learn(&self, (answered, repeated): (u64, u64)) {
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        let lost = repeated.saturating_sub(judged.1);
        if lost < TOO_MANY && answered < judged.0 + JUDGED_AFTER {
            return;
        }
        *judged = (answered, repeated);
        let now = self.payload();
        let next = match lost {
            0 => (2 * now).min(self.largest),
            TOO_MANY.. => (now / 2).max(LEAST_PAYLOAD),
            _ => now,
        };
        self.payload.store(next, Ordering::Relaxed);
    }
}

impl BoardEvaluator {
    /// Sends the part of a section that has not arrived yet, and waits until it has. `version` identifies the
    /// bytes. Returns the first refusal.
    pub(super) async fn upload(
        &self,
        setup: &Setup,
        section: Section,
        version: u32,
        bytes: &[u8],
    ) -> Result<Option<Error>, SessionError> {
        let mut next = self.history.arrived(section, version).min(bytes.len());
        let room = self.session.room();
        let (mut under_way, mut pending) = (0, VecDeque::new());
        let mut loading = self.traffic.uploads.begin(&self.session.name, bytes.len());
        loop {
            let payload = self.line.payload();
            while let Some(rest) = bytes.get(next..).filter(|rest| !rest.is_empty())
                && (pending.is_empty() || under_way + payload <= room)
            {
                let part = rest.get(..payload).unwrap_or(rest);
                let load = RunCommand::Load { section, offset: next as u32, bytes: part };
                next += part.len();
                under_way += part.len();
                pending.push_back((next, part.len(), self.send_of(setup, load)?));
            }
            let Some((end, len, request)) = pending.pop_front() else {
                self.history.complete(section);
                return Ok(None);
            };
            match request.reply().await?.answer {
                OwnedAnswer::Refused(error) => return Ok(Some(error)),
                // Whatever this answer is, the checksum shows whether the bytes have arrived.
                _ => self.history.note(section, version, end),
            }
            under_way -= len;
            loading.arrived(end);
            self.line.learn(self.session.line());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_shrink_on_a_bad_line_and_grow_on_a_good_one() {
        let line = LineQuality::new(4096);
        let whole = line.payload();
        line.learn((40, 1));
        assert_eq!(line.payload(), whole, "one loss in 40 is no bad line");
        line.learn((41, 6));
        assert_eq!(line.payload(), whole / 2);
        for lost in 2..20 {
            line.learn((41, 5 * lost));
        }
        assert_eq!(line.payload(), LEAST_PAYLOAD);
        for answered in 1..20 {
            line.learn((100 + 16 * answered, 100));
        }
        assert_eq!(line.payload(), whole);
    }
}
