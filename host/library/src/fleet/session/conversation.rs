//! Decides which request is written next, and when. It keeps the state of a session with a board, and does no
//! input or output itself.
//!
//! A board handles requests in the order in which they arrive, and answers each once. The answer to a later
//! request therefore shows that an earlier one was lost, which is then repeated at once. Only if nothing
//! comes at all, neither an answer nor a sign that the board is at work, is a request repeated because of the
//! time. Repeats go before requests that were never written. A request counts as sent once it is written.

use super::super::link::Timing;
use super::reply::{OwnedAnswer, OwnedReply};
use super::{LARGEST_FRAME, SessionError};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

/// A line is too bad if a board answers other requests while one was repeated so often.
const MOST_REPEATS: u32 = 64;
/// How long a board may say that it is at work on one request.
const LONGEST_WORK: Duration = Duration::from_secs(3600);
/// Slow boards make the host wait longer, but a silence never longer than this.
const LONGEST_PATIENCE: Duration = Duration::from_secs(60);
/// A request for which a board computes nothing is repeated after this time at the earliest. A busy machine
/// may cause shorter silences.
const SHORTEST_PATIENCE: Duration = Duration::from_millis(200);
/// Such a request is repeated after so many round trips without an answer.
const ROUND_TRIPS: u32 = 3;
/// So many answered requests are remembered that were repeated because of silence.
const REMEMBERED: usize = 16;

/// Where the reply to a request is sent.
pub(super) type Answered = oneshot::Sender<Result<OwnedReply, SessionError>>;

/// A request that is not answered yet.
struct Request {
    id: u32,
    frame: Arc<[u8]>,
    /// Whether a board answers it at once.
    quick: bool,
    /// Where its reply is sent; `None` if nobody waits for it any more.
    answered: Option<Answered>,
    /// How often it was written, and how often of these because nothing at all had come.
    writes: u32,
    silences: u32,
    /// The numbers of its first and its latest write, among all writes.
    first_write: u64,
    last_write: u64,
    /// The time of its latest write.
    written: Instant,
    /// Whether it has to be written again.
    lost: bool,
}

/// What the writing task does next.
pub(super) enum Next {
    /// Write this frame.
    Write(Arc<[u8]>),
    /// Wait for a change, or until this time.
    Wait(Option<Instant>),
    /// End, because the session is over.
    End,
}

/// The requests of a session.
pub(super) struct Conversation {
    timing: Timing,
    /// A request is repeated if nothing comes for this time.
    patience: Duration,
    /// Requests that were never written, in order.
    waiting: VecDeque<Request>,
    /// Requests that were written and not answered, in the order of their latest writes.
    sent: VecDeque<Request>,
    /// The bytes that may be in flight. One request may always be.
    limit: usize,
    writes: u64,
    /// The time since which nothing intact has come, although something is awaited.
    silent_since: Instant,
    /// The time at which a request was last repeated because of this silence, or at which the silence began,
    /// and the number of these repeats.
    waits_since: Instant,
    silences: u32,
    /// The round trip of a quick request: the longest of the latest ones.
    round_trip: Option<Duration>,
    /// The time since which the board has said that it is at work, without an answer.
    working: Option<Instant>,
    /// The number of damaged frames since something intact came.
    damaged: u32,
    /// The ids of answered requests that were repeated because of silence.
    repeated_for_silence: VecDeque<u32>,
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
            repeated_for_silence: VecDeque::new(),
            end: None,
            answered: 0,
            repeated: 0,
        }
    }

    pub(super) fn set_timing(&mut self, timing: Timing) {
        (self.timing, self.patience) = (timing, timing.reply);
    }

    /// Sets how many bytes of requests may be in flight. It is the room that the board has in addition to the
    /// request that it handles.
    pub(super) fn limit(&mut self, bytes: usize) {
        self.limit = bytes;
    }

    /// Adds a request.
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
            silences: 0,
            first_write: 0,
            last_write: 0,
            written: self.silent_since,
            lost: false,
        });
        Ok(())
    }

    /// Notes that nobody waits for the reply to this request any more.
    pub(super) fn abandon(&mut self, id: u32) {
        self.waiting.retain(|request| request.id != id);
        if let Some(request) = self.sent.iter_mut().find(|request| request.id == id) {
            (request.answered, request.lost) = (None, false);
        }
    }

    /// Whether no request is in flight or waits to be written.
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

    /// Decides what to do now.
    pub(super) fn next(&mut self, now: Instant) -> Next {
        if self.end.is_some() {
            return Next::End;
        }
        self.check_time(now);
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

    /// The time at which a request is repeated unless something comes before. If the board has nothing to
    /// compute, it is after a few round trips, and the wait doubles with each repeat.
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

    /// The oldest request that has to be repeated, if there is room for it.
    fn due_repeat(&self) -> Option<usize> {
        let lost = self.sent.iter().enumerate().filter(|(_, request)| request.lost);
        let (at, request) = lost.min_by_key(|(_, request)| request.id)?;
        let under_way = self.under_way();
        (under_way == 0 || under_way + request.frame.len() <= self.limit).then_some(at)
    }

    fn repeat(&mut self, at: usize, now: Instant) -> Next {
        if self.sent.get(at).is_some_and(|request| request.writes > MOST_REPEATS + request.silences) {
            self.finish(SessionError::Lossy { repeats: MOST_REPEATS });
            return Next::End;
        }
        let Some(request) = self.sent.remove(at) else { return Next::Wait(Some(now)) };
        self.repeated += 1;
        // The zero ends an earlier frame that has lost its end.
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

    /// Repeats the oldest request if nothing has come for too long, or ends the session.
    fn check_time(&mut self, now: Instant) {
        if self.sent.is_empty() || now < self.waits_until() {
            return;
        }
        // Requests that nobody waits for are not repeated.
        self.sent.retain(|request| request.answered.is_some());
        let Some(oldest) = self.sent.iter_mut().min_by_key(|request| request.id) else { return };
        self.silences += 1;
        let waited = self.patience * self.timing.attempts;
        if now >= self.silent_since + waited {
            self.finish(SessionError::Silent { waited, damaged: self.damaged });
            return;
        }
        self.waits_since = now;
        (oldest.lost, oldest.silences) = (true, oldest.silences + 1);
    }

    /// Notes that something intact has come.
    fn sign_of_life(&mut self, now: Instant) {
        (self.silent_since, self.waits_since, self.silences, self.damaged) = (now, now, 0, 0);
    }

    /// Takes in a reply.
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
            // No request waits for this reply. If the request was answered before and repeated because of
            // silence, the board was only slow and worked twice, so it gets more time from now on.
            if let Some(at) = self.repeated_for_silence.iter().position(|&other| other == id) {
                self.repeated_for_silence.remove(at);
                self.patience = (2 * self.patience).min(LONGEST_PATIENCE);
                self.sign_of_life(now);
            }
            return;
        };
        self.sign_of_life(now);
        self.working = None;
        // An answer soon after a repeat is the answer to the repeat, so everything that was written before
        // the repeat is lost as well. A later answer may come from a slow board that still has to handle the
        // other requests.
        let at_once = request.silences > 0 && now < request.written + self.patience / 2;
        self.lose_before(if at_once { request.last_write } else { request.first_write });
        if request.quick && request.writes == 1 {
            let took = now - request.written;
            self.round_trip = Some(self.round_trip.map_or(took, |longest| took.max(longest * 7 / 8)));
        }
        if request.silences > 0 {
            self.repeated_for_silence.push_back(id);
            if self.repeated_for_silence.len() > REMEMBERED {
                self.repeated_for_silence.pop_front();
            }
        }
        self.answered += 1;
        if let Some(answered) = request.answered {
            let _ = answered.send(Ok(reply));
        }
    }

    /// Marks requests as lost whose latest write came before a request that the board has received. They, or
    /// their replies, were lost on the way.
    fn lose_before(&mut self, write: u64) {
        self.sent.retain(|request| request.answered.is_some() || request.last_write > write);
        self.sent
            .iter_mut()
            .filter(|request| request.last_write < write)
            .for_each(|request| request.lost = true);
    }

    /// Takes in a damaged frame, which most likely was the reply to the oldest request. If only damaged
    /// frames come, requests are not repeated as fast as these.
    pub(super) fn heard_damage(&mut self, now: Instant) {
        self.damaged = self.damaged.saturating_add(1);
        if let Some(oldest) = self.sent.iter_mut().min_by_key(|request| request.id)
            && now >= oldest.written + self.patience / 64
        {
            oldest.lost = true;
        }
    }

    /// Ends the session, once, and tells all who wait the reason.
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

    /// The bytes of requests that may be in flight.
    pub(super) fn room(&self) -> usize {
        self.limit.min(LARGEST_FRAME)
    }
}
