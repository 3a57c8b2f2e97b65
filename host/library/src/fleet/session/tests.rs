use super::conversation::{Conversation, Next};
use super::{OwnedAnswer, OwnedReply, SessionError};
use crate::fleet::link::Timing;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::oneshot;
use tokio::time::Instant;

const REPLY: Duration = Duration::from_secs(2);
const TIMING: Timing = Timing { reply: REPLY, attempts: 4 };

/// A conversation, the ids of the requests that it has written since the last look, and a clock that only the
/// test moves.
struct Talk {
    conversation: Conversation,
    now: Instant,
    /// Whether a board has nothing to compute for the requests.
    quick: bool,
    replies: Vec<oneshot::Receiver<Result<OwnedReply, SessionError>>>,
}

impl Talk {
    fn new(limit: usize) -> Self {
        let now = Instant::now();
        let mut conversation = Conversation::new(TIMING, now);
        conversation.limit(limit);
        Self { conversation, now, quick: false, replies: Vec::new() }
    }

    /// Adds a request of so many bytes, each of which is its id.
    fn ask(&mut self, id: u32, len: usize) {
        let (sender, reply) = oneshot::channel();
        self.conversation.ask(id, Arc::from(vec![id as u8; len]), self.quick, sender).unwrap();
        self.replies.push(reply);
    }

    /// Takes what is written now. A repeat begins with a zero.
    fn written(&mut self) -> Vec<u8> {
        let mut ids = Vec::new();
        while let Next::Write(frame) = self.conversation.next(self.now) {
            ids.push(*frame.last().unwrap());
        }
        ids
    }

    fn heard(&mut self, id: u32, answer: OwnedAnswer) {
        self.conversation.heard(OwnedReply { state: None, answer }, id, self.now);
    }

    fn done(&mut self, id: u32) {
        self.heard(id, OwnedAnswer::Done);
    }

    fn passes(&mut self, time: Duration) {
        self.now += time;
    }

    fn end(&mut self) -> Option<SessionError> {
        let ended = |reply: &mut oneshot::Receiver<_>| match reply.try_recv() {
            Ok(Err(why)) => Some(why),
            _ => None,
        };
        self.replies.iter_mut().find_map(ended)
    }
}

#[test]
fn no_more_than_the_board_has_room_for_is_under_way() {
    let mut talk = Talk::new(100);
    talk.ask(1, 500);
    for id in 2..6 {
        talk.ask(id, 40);
    }
    assert_eq!(talk.written(), [1], "one always is");
    talk.done(1);
    assert_eq!(talk.written(), [2, 3]);
    talk.done(2);
    assert_eq!(talk.written(), [4]);
    talk.done(3);
    talk.done(4);
    assert_eq!(talk.written(), [5]);
}

#[test]
fn an_answer_to_a_later_request_says_that_an_earlier_one_was_lost() {
    let mut talk = Talk::new(1000);
    for id in 1..=4 {
        talk.ask(id, 10);
    }
    assert_eq!(talk.written(), [1, 2, 3, 4]);
    talk.done(1);
    talk.done(3);
    assert_eq!(talk.written(), [2], "no time has passed");
    // The answer to 4 was written before the repeat of 2, so it does not show that this was lost.
    talk.done(4);
    assert_eq!(talk.written(), [0u8; 0]);
    talk.done(2);
    assert!(talk.conversation.is_idle());
    assert_eq!(talk.conversation.line(), (4, 1));
}

#[test]
fn a_repeat_goes_before_what_was_never_written() {
    let mut talk = Talk::new(30);
    for id in 1..=6 {
        talk.ask(id, 10);
    }
    assert_eq!(talk.written(), [1, 2, 3]);
    talk.done(2);
    assert_eq!(talk.written(), [1, 4]);
}

#[test]
fn after_a_silence_one_request_is_repeated_and_tells_of_the_others() {
    let mut talk = Talk::new(1000);
    for id in 1..=3 {
        talk.ask(id, 10);
    }
    assert_eq!(talk.written(), [1, 2, 3]);
    talk.passes(REPLY);
    assert_eq!(talk.written(), [1]);
    // It comes at once, so it is the answer to the repeat, and all that was written before is lost.
    talk.done(1);
    assert_eq!(talk.written(), [2, 3]);
}

#[test]
fn a_slow_board_is_not_asked_ever_more() {
    let mut talk = Talk::new(1000);
    // Each request takes three seconds and nothing is lost, so that every repeat makes the board work once
    // more.
    let (mut repeats, mut copies) = (0, Vec::new());
    for id in 1..=10 {
        talk.ask(id, 10);
        assert_eq!(talk.written(), [id as u8]);
        copies.push(id);
        let mut left = Duration::from_secs(3);
        while !copies.is_empty() {
            talk.passes(Duration::from_millis(500));
            let again = talk.written();
            repeats += again.len();
            copies.extend(again.into_iter().map(u32::from));
            left = left.saturating_sub(Duration::from_millis(500));
            if left.is_zero() {
                talk.done(copies.remove(0));
                left = Duration::from_secs(3);
            }
        }
    }
    assert_eq!(repeats, 1, "the host learns how long this board takes");
    assert_eq!(talk.end(), None);
}

#[test]
fn a_board_that_says_that_it_works_is_waited_for() {
    let mut talk = Talk::new(1000);
    talk.ask(1, 10);
    assert_eq!(talk.written(), [1]);
    for _ in 0..600 {
        talk.passes(REPLY - Duration::from_millis(1));
        talk.heard(1, OwnedAnswer::Working);
        assert_eq!(talk.written(), [0u8; 0]);
    }
    assert_eq!(talk.end(), None);
    // This does not go on for ever.
    for _ in 0..3000 {
        talk.passes(REPLY - Duration::from_millis(1));
        talk.heard(1, OwnedAnswer::Working);
    }
    assert!(matches!(talk.end(), Some(SessionError::Endless { .. })));
}

#[test]
fn a_silent_board_is_gone_after_all_attempts() {
    let mut talk = Talk::new(1000);
    talk.ask(1, 10);
    talk.ask(2, 10);
    let mut written = talk.written().len();
    for _ in 0..4 {
        talk.passes(REPLY);
        written += talk.written().len();
    }
    assert_eq!(written, 2 + 3, "four attempts at the first request, no more at the second");
    let waited = 4 * REPLY;
    assert_eq!(talk.end(), Some(SessionError::Silent { waited, damaged: 0 }));
    let (sender, _) = oneshot::channel();
    assert!(talk.conversation.ask(3, Arc::from([3].as_slice()), false, sender).is_err());
}

#[test]
fn a_board_that_is_slow_to_begin_may_be_asked_very_often() {
    let mut talk = Talk::new(1000);
    talk.conversation.set_timing(Timing { reply: REPLY / 20, attempts: 600 });
    talk.ask(1, 10);
    let mut writes = 0;
    for _ in 0..599 {
        writes += talk.written().len();
        talk.passes(REPLY / 20);
    }
    assert_eq!((talk.end(), writes), (None, 599));
    talk.done(1);
    assert!(talk.conversation.is_idle(), "the board has answered in time");
}

#[test]
fn damage_is_no_silence_and_no_life() {
    let mut talk = Talk::new(1000);
    talk.ask(1, 10);
    assert_eq!(talk.written(), [1]);
    talk.conversation.heard_damage(talk.now);
    assert_eq!(talk.written(), [0u8; 0], "garbage is not answered as fast as it comes");
    talk.passes(REPLY / 64);
    talk.conversation.heard_damage(talk.now);
    assert_eq!(talk.written(), [1], "before the time is over");
    for _ in 0..4 {
        talk.passes(REPLY);
        talk.written();
    }
    let said = talk.end().unwrap().to_string();
    assert_eq!(said, "no reply within 8 s; what came were 2 damaged frames");
}

#[test]
fn a_line_that_loses_everything_but_words_ends_in_words_that_are_true() {
    let mut talk = Talk::new(1000);
    talk.ask(1, 10);
    assert_eq!(talk.written(), [1]);
    for id in 2..200 {
        talk.ask(id, 10);
        talk.written();
        talk.done(id);
        talk.written();
        if let Some(why) = talk.end() {
            assert_eq!(why.to_string(), "its line loses too many frames: a request was repeated 64 times");
            return;
        }
    }
    panic!("a request may be lost for ever");
}

#[test]
fn what_nobody_waits_for_is_not_repeated() {
    let mut talk = Talk::new(20);
    for id in 1..=3 {
        talk.ask(id, 10);
    }
    assert_eq!(talk.written(), [1, 2]);
    talk.conversation.abandon(1);
    talk.conversation.abandon(3);
    talk.done(2);
    assert_eq!(talk.written(), [0u8; 0]);
    talk.passes(REPLY);
    assert_eq!(talk.written(), [0u8; 0]);
    assert!(talk.conversation.is_idle());
    assert_eq!(talk.end(), None);
}

/// On a line that takes 40 ms, a lost piece of an upload costs a fraction of a second, while a board that is
/// gone is given the same time as before.
#[test]
fn a_piece_of_an_upload_is_missed_soon() {
    let mut talk = Talk::new(100);
    talk.quick = true;
    talk.ask(1, 100);
    assert_eq!(talk.written(), [1]);
    talk.passes(Duration::from_millis(40));
    talk.done(1);
    talk.ask(2, 100);
    assert_eq!(talk.written(), [2]);
    talk.passes(Duration::from_millis(200));
    assert_eq!(talk.written(), [2]);
    talk.passes(Duration::from_millis(200));
    assert_eq!(talk.written(), [0u8; 0], "twice as long the second time");
    talk.passes(Duration::from_millis(200));
    assert_eq!(talk.written(), [2]);
    let mut waited = Duration::from_millis(600);
    while talk.end().is_none() {
        talk.passes(Duration::from_millis(100));
        waited += Duration::from_millis(100);
        talk.written();
        assert!(waited <= 5 * REPLY, "a board that is gone is noticed");
    }
    assert!(waited >= 4 * REPLY, "and not too soon");
}
