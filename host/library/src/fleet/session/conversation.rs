//! Which request is written next, and when: the bookkeeping of a conversation with a board, without any input
//! or output of its own.
//!
//! A board handles requests in the order in which they arrive and answers each once. So an answer to a later
//! request says that an earlier one was lost, which is repeated at once; and only where nothing at all comes,
//! neither an answer nor a word that the board is at work, a request is repeated because of the time. Repeats
//! go before requests that were never written. A request counts as tried once it is written.

use super::super::link::Timing;
use super::reply::{OwnedAnswer, OwnedReply};
use super::{LARGEST_FRAME, SessionError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// How often one request is repeated to a board that answers others before the line counts as too bad.
const MOST_REPEATS: u32 = 64;
/// How long a board may say of one request that it works on it.
const LONGEST_WORK: Duration = Duration::from_secs(3600);
/// The longest silence that a slow board teaches the host to wait for.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// The shortest silence after which a request is repeated that takes a board no time: less may be the
/// machine's fault.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(200);
/// So many round trips of such a request are waited for.
const ROUND_TRIPS: u32 = 3;
/// Answered requests that are remembered because they were repeated for silence.
const REMEMBERED: usize = 16;

/// What a request waits for.
pub(super) type Answered = oneshot::Sender<Result<OwnedReply, SessionError>>;

/// A request that is not answered yet.
struct Request {
    id: u32,
    frame: Arc<[u8]>,
    /// Whether a board answers it at once.
    quick: bool,
    /// Who waits for the answer; `None` where nobody does any more.
    answered: Option<Answered>,
    /// How often it was written.
    writes: u32,
    /// Which of all writes were its first and its latest.
    first_write: u64,
    last_write: u64,
    /// When it was written last.
    written: Instant,
    /// It is to be written again.
    lost: bool,
    /// Whether that is, or was, for silence.
    waited_in_vain: bool,
}

/// What the writer does next.
pub(super) enum Next {
    /// Write this frame.
    Write(Arc<[u8]>),
    /// Wait for something to change, or until this time.
    Wait(Option<Instant>),
    /// The conversation is over.
    End,
}

/// The requests of a session.
pub(super) struct Conversation {
    timing: Timing,
    /// How long nothing may come before a request is repeated.
    patience: Duration,
    /// Never written yet, in order.
    waiting: VecDeque<Request>,
    /// Written and not answered, by their latest write.
    sent: VecDeque<Request>,
    /// Bytes that may be under way; one request always may.
    limit: usize,
    writes: u64,
    /// Since when nothing intact has come although something is awaited.
    silent_since: Instant,
    /// When a request was last repeated for it, or the silence began, and how often one was repeated.
    waits_since: Instant,
    silences: u32,
    /// How long a quick request takes there and back, the longest lately.
    round_trip: Option<Duration>,
    /// Since when the board says that it is at work, without an answer.
    working: Option<Instant>,
    /// Damaged frames since something intact came.
    damaged: u32,
    /// Ids of answered requests that had been repeated for silence.
    repeated_in_vain: VecDeque<u32>,
    end: Option<SessionError>,
    answered: u64,
    repeated: u64,
}

impl Conversation {
    pub(super) fn new(timing: Timing, now: Instant) -> Self {
        Self {
            timing,
            patience: timing.reply,
            waiting: VecDeque::new(),
            sent: VecDeque::new(),
            limit: usize::MAX,
            writes: 0,
            silent_since: now,
            waits_since: now,
            silences: 0,
            round_trip: None,
            working: None,
            damaged: 0,
            repeated_in_vain: VecDeque::new(),
            end: None,
            answered: 0,
            repeated: 0,
        }
    }

    pub(super) fn set_timing(&mut self, timing: Timing) {
        (self.timing, self.patience) = (timing, timing.reply);
    }

    /// Keeps no more bytes of requests under way than the board has room for beside the one that it handles.
    pub(super) fn limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Takes a request in.
    pub(super) fn ask(
        &mut self,
        id: u32,
        frame: Arc<[u8]>,
        quick: bool,
        answered: Answered,
    ) -> Result<(), SessionError> {
        if let Some(end) = &self.end {
            return Err(end.clone());
        }
        self.waiting.push_back(Request {
            id,
            frame,
            quick,
            answered: Some(answered),
            writes: 0,
            first_write: 0,
            last_write: 0,
            written: self.silent_since,
            lost: false,
            waited_in_vain: false,
        });
        Ok(())
    }

    /// Nobody waits for this request's answer any more.
    pub(super) fn abandon(&mut self, id: u32) {
        self.waiting.retain(|request| request.id != id);
        if let Some(request) = self.sent.iter_mut().find(|request| request.id == id) {
            (request.answered, request.lost) = (None, false);
        }
    }

    /// Whether nothing is under way, and nothing waits to be.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.sent.is_empty()
    }

    /// How many requests have been answered, and how often one was repeated.
    pub(super) const fn line(&self) -> (u64, u64) {
        (self.answered, self.repeated)
    }

    fn under_way(&self) -> usize {
        self.sent.iter().filter(|request| !request.lost).map(|request| request.frame.len()).sum()
    }

    /// What to do now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if self.end.is_some() {
            return Next::End;
        }
        self.look_at_the_clock(now);
        if self.end.is_some() {
            return Next::End;
        }
        if let Some(at) = self.due_repeat() {
            return self.repeat(at, now);
        }
        let room = |request: &Request| self.under_way() + request.frame.len() <= self.limit;
        if self.waiting.front().is_some_and(|request| self.sent.is_empty() || room(request))
            && let Some(request) = self.waiting.pop_front()
        {
            return self.write(request, now);
        }
        Next::Wait((!self.sent.is_empty()).then(|| self.waits_until()))
    }

    /// Until when something is to come, or a request is repeated: where the board has nothing to compute, a
    /// few round trips, and twice as long after each repeat.
    fn waits_until(&self) -> Instant {
        let quick = self.sent.iter().all(|request| request.quick);
        let wait = match self.round_trip.filter(|_| quick) {
            Some(round_trip) => {
                let least = (ROUND_TRIPS * round_trip).max(SHORTEST_PATIENCE);
                least.saturating_mul(1 << self.silences.min(16)).min(self.patience)
            }
            None => self.patience,
        };
        self.waits_since + wait
    }

    /// The oldest request that is to be repeated, if there is room for it.
    fn due_repeat(&self) -> Option<usize> {
        let lost = self.sent.iter().enumerate().filter(|(_, request)| request.lost);
        let (at, request) = lost.min_by_key(|(_, request)| request.id)?;
        let under_way = self.under_way();
        (under_way == 0 || under_way + request.frame.len() <= self.limit).then_some(at)
    }

    fn repeat(&mut self, at: usize, now: Instant) -> Next {
        if self.sent.get(at).is_some_and(|request| request.writes > MOST_REPEATS) {
            self.finish(SessionError::Lossy { repeats: MOST_REPEATS });
            return Next::End;
        }
        let Some(request) = self.sent.remove(at) else { return Next::Wait(Some(now)) };
        self.repeated += 1;
        // The zero ends whatever of an earlier frame lost its end.
        let frame: Arc<[u8]> = [&[0], &*request.frame].concat().into();
        let Next::Write(_) = self.write(request, now) else { return Next::End };
        Next::Write(frame)
    }

    fn write(&mut self, mut request: Request, now: Instant) -> Next {
        if self.sent.is_empty() && request.writes == 0 {
            (self.silent_since, self.waits_since) = (now, now);
        }
        self.writes += 1;
        if request.writes == 0 {
            request.first_write = self.writes;
        }
        (request.last_write, request.writes, request.lost) = (self.writes, request.writes + 1, false);
        request.written = now;
        let frame = Arc::clone(&request.frame);
        self.sent.push_back(request);
        Next::Write(frame)
    }

    /// Repeats the oldest request where nothing has come for too long, or ends the conversation.
    fn look_at_the_clock(&mut self, now: Instant) {
        if self.sent.is_empty() || now < self.waits_until() {
            return;
        }
        // What nobody waits for is not worth a repeat.
        self.sent.retain(|request| request.answered.is_some());
        let Some(oldest) = self.sent.iter_mut().min_by_key(|request| request.id) else { return };
        self.silences += 1;
        let waited = self.patience * self.timing.attempts;
        if now >= self.silent_since + waited {
            self.finish(SessionError::Silent { waited, damaged: self.damaged });
            return;
        }
        self.waits_since = now;
        (oldest.lost, oldest.waited_in_vain) = (true, true);
    }

    /// Something intact has come of this request.
    fn sign_of_life(&mut self, now: Instant) {
        (self.silent_since, self.waits_since, self.silences, self.damaged) = (now, now, 0, 0);
    }

    /// A reply has come.
    pub(super) fn heard(&mut self, reply: OwnedReply, id: u32, now: Instant) {
        let place = self.sent.iter().position(|request| request.id == id);
        if matches!(reply.answer, OwnedAnswer::Working) {
            self.sign_of_life(now);
            let since = *self.working.get_or_insert(now);
            if now > since + LONGEST_WORK {
                self.finish(SessionError::Endless { worked: LONGEST_WORK });
            } else if let Some(request) = place.and_then(|at| self.sent.get(at)) {
                self.lose_before(request.first_write);
            }
            return;
        }
        let Some(request) = place.and_then(|at| self.sent.remove(at)) else {
            // Nobody asked, unless the board was only slow: a repeat made it work twice. It gets more time
            // from now on.
            if let Some(at) = self.repeated_in_vain.iter().position(|&other| other == id) {
                self.repeated_in_vain.remove(at);
                self.patience = (2 * self.patience).min(LONGEST_PATIENCE);
                self.sign_of_life(now);
            }
            return;
        };
        self.sign_of_life(now);
        self.working = None;
        // An answer that comes soon after a repeat is the repeat's: whatever was written before that is lost,
        // too. One that takes long may be that of a slow board, which has the others still before it.
        let at_once = request.waited_in_vain && now < request.written + self.patience / 2;
        self.lose_before(if at_once { request.last_write } else { request.first_write });
        if request.quick && request.writes == 1 {
            let took = now - request.written;
            self.round_trip = Some(self.round_trip.map_or(took, |longest| took.max(longest * 7 / 8)));
        }
        if request.waited_in_vain {
            self.repeated_in_vain.push_back(id);
            if self.repeated_in_vain.len() > REMEMBERED {
                self.repeated_in_vain.pop_front();
            }
        }
        self.answered += 1;
        if let Some(answered) = request.answered {
            let _ = answered.send(Ok(reply));
        }
    }

    /// Requests whose latest write came before a request that the board has got were lost on the way, or
    /// their replies.
    fn lose_before(&mut self, write: u64) {
        self.sent.retain(|request| request.answered.is_some() || request.last_write > write);
        self.sent
            .iter_mut()
            .filter(|request| request.last_write < write)
            .for_each(|request| request.lost = true);
    }

    /// A damaged frame has come: most likely the reply to the oldest request. Where damage is all that comes,
    /// nothing is gained by asking as fast as it does.
    pub(super) fn heard_damage(&mut self, now: Instant) {
        self.damaged = self.damaged.saturating_add(1);
        if let Some(oldest) = self.sent.iter_mut().min_by_key(|request| request.id)
            && now >= oldest.written + self.patience / 64
        {
            oldest.lost = true;
        }
    }

    /// Ends the conversation, once: all who wait hear why.
    pub(super) fn finish(&mut self, why: SessionError) {
        if self.end.is_some() {
            return;
        }
        let all = self.sent.drain(..).chain(self.waiting.drain(..));
        all.filter_map(|request| request.answered).for_each(|answered| {
            let _ = answered.send(Err(why.clone()));
        });
        self.end = Some(why);
    }

    /// Bytes of requests that may be under way.
    pub(super) fn room(&self) -> usize {
        self.limit.min(LARGEST_FRAME)
    }
}
